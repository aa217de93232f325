"""The example workflows of each kind of motion: camera, region, another video, a turn in space, and a long clip."""

from __future__ import annotations

from typing import Any

from workflow_graph import MUTED, Workflow
from workflow_motions import along_the_hill
from workflow_parts import (
    DRAFT_FIRST,
    FILES,
    decode,
    encode,
    files_note,
    guide,
    load_models,
    load_picture,
    sample,
    save_with_overlay,
    write_prompts,
)  # fmt: skip


def camera_move(info: dict[str, Any]) -> Workflow:
    w = Workflow(info, "07 Camera move")
    w.column()
    w.note(
        f"""
# Move the camera

1. **Picture**: any picture, a landscape or a room shows it best.
2. **Camera Tracks**: choose a move and how far. Degrees for pan, tilt, roll and orbit; percent for truck, pedestal,
   dolly and zoom. A second move can run at the same time; `keys` takes several moves in a row.
3. **Depth** (optional, muted here): with a depth map near things pass far ones. Take it from any depth node, such as
   Depth Anything, or load one made elsewhere: choose it in the node *Depth map*, then select the node and press
   **Ctrl+M**. Near is bright unless you say otherwise. Without it the picture is flat.
4. **Run**.

{DRAFT_FIRST}

Things that move by themselves: link their tracks to `object_tracks`, and they ride the camera.

{files_note(*FILES)}
""",
    )
    m = load_models(w)
    texts = write_prompts(w, m.clip, "A child's drawing of a girl on a green hill. The camera moves in smoothly.")
    w.column("Picture", "picture")
    picture = load_picture(w)
    depth = load_picture(w, "Depth map (muted; wake it: Ctrl+M)", _mode=MUTED)
    w.column("Camera", "motion")
    tracks = w.add(
        "WanMoveCameraTracks", picture=picture["IMAGE"], depth=depth["IMAGE"], move="zoom in", amount=30.0,
        move_2="truck right", amount_2=8.0, _size=(360, 900),
    )  # fmt: skip
    w.column("Video", "video")
    encoded = encode(w, picture["IMAGE"], m, length=tracks["length"])
    w.add(
        "WanMoveDraft", picture=picture["IMAGE"], tracks=tracks["tracks"], wanmove_image=encoded["wanmove_image"],
        _size=(340, 330),
    )  # fmt: skip
    guided = guide(w, texts, encoded, tracks["tracks"])
    images = decode(w, sample(w, m.model, guided)["latent"], m.vae)
    save_with_overlay(w, images, tracks["tracks"], "camera", encoded=encoded)
    return w


def region_drag(info: dict[str, Any]) -> Workflow:
    w = Workflow(info, "08 Drag a region")
    w.column()
    w.note(
        f"""
# Drag a whole thing, not a point

One point does not hold a large thing together; a region of points does.

1. **Picture**: right-click it, **Open in Mask Editor**, paint over the thing that shall move, save.
2. **Region Tracks**: how far it moves (pixels of the picture), turns, scales or leans until the end. `follow` makes it
   soft, `elastic` keeps it grown into the picture. For several stops use `keys`; for a drawn way link a *Motion Editor*
   with one path to `path`.
3. **Hold the Rest** puts still points over everything else, so that the background does not drift along.
4. **Check Tracks** says what will not work, and mends it when `fix` says so.
5. **Run**.

{DRAFT_FIRST}

{files_note(*FILES)}
""",
    )
    m = load_models(w)
    texts = write_prompts(w, m.clip)
    w.column("Picture and mask", "picture")
    picture = load_picture(w, "Picture, with the mask painted in it")
    w.column("Region", "motion")
    region = w.add(
        "WanMoveRegionTracks", mask=picture["MASK"], picture=picture["IMAGE"], move_x=120.0, move_y=-20.0, rotate=8.0,
        _size=(360, 860),
    )  # fmt: skip
    w.column("Hold, check, draft", "motion")
    held = w.add("WanMoveHoldRest", tracks=region["tracks"], picture=picture["IMAGE"], _size=(340, 300))
    checked = w.add("WanMoveCheckTracks", tracks=held["tracks"], picture=picture["IMAGE"], length=81, _size=(340, 330))
    encoded = encode(w, picture["IMAGE"], m, length=region["length"])
    w.add(
        "WanMoveDraft", picture=picture["IMAGE"], tracks=checked["tracks"], wanmove_image=encoded["wanmove_image"],
        _size=(340, 330),
    )  # fmt: skip
    w.column("Video", "video")
    guided = guide(w, texts, encoded, checked["tracks"])
    images = decode(w, sample(w, m.model, guided)["latent"], m.vae)
    save_with_overlay(w, images, checked["tracks"], "region", encoded=encoded)
    return w


def motion_transfer(info: dict[str, Any]) -> Workflow:
    w = Workflow(info, "09 Motion from another video")
    w.column()
    w.note(
        f"""
# Motion transfer: move the picture as a video moves

1. **Reference video**: upload a clip whose motion you want. Five seconds are enough; hard cuts break tracks.
2. **Picture**: what shall move so. It follows best when the thing lies where the clip's thing lies.
3. **Video Tracks** follows a grid of points through the clip and lays them on the picture. `spacing` sets how many;
   `retarget` how clip and picture are matched: `frame` takes the whole frame, `similarity` and `affine` match masks or
   point pairs, `regions` matches each mask with its partner. The report says how many points were lost.
4. **Check Tracks** finds points that jump or leave the picture.
5. **Run**.

{DRAFT_FIRST}

The built-in tracker is dense flow held to the first frame. CoTracker and TAPIR can be chosen where their packages
and weights are installed. To draw on the result, send it through *Simplify Tracks* into a *Motion Editor*.

{files_note(*FILES)}
""",
    )
    m = load_models(w)
    texts = write_prompts(w, m.clip)
    w.column("Video and picture", "picture")
    clip = w.add("LoadVideo", file="reference.mp4", _title="Reference video", _size=(320, 340))
    frames = w.add("GetVideoComponents", video=clip["VIDEO"])
    picture = load_picture(w)
    w.column("Motion", "motion")
    tracks = w.add("WanMoveVideoTracks", clip=frames["images"], picture=picture["IMAGE"], length=81, _size=(360, 580))
    checked = w.add(
        "WanMoveCheckTracks",
        tracks=tracks["tracks"],
        picture=picture["IMAGE"],
        length=81,
        fix="errors",
        _size=(360, 330),
    )
    w.column("Condition", "video")
    encoded = encode(w, picture["IMAGE"], m, length=tracks["length"])
    w.add(
        "WanMoveDraft", picture=picture["IMAGE"], tracks=checked["tracks"], wanmove_image=encoded["wanmove_image"],
        _size=(340, 330),
    )  # fmt: skip
    guided = guide(w, texts, encoded, checked["tracks"])
    w.column("Sampling", "video")
    images = decode(w, sample(w, m.model, guided)["latent"], m.vae)
    save_with_overlay(w, images, checked["tracks"], "transfer", encoded=encoded)
    return w


def turn_in_3d(info: dict[str, Any]) -> Workflow:
    w = Workflow(info, "10 Turn a thing in 3D")
    w.column()
    w.note(
        f"""
# Turn a thing in space

1. **Picture**: right-click it, **Open in Mask Editor**, paint over the thing that shall turn, save.
2. **Rotate in 3D**: its form (`cylinder` for people and bottles, `sphere` for heads and balls, `plane` for signs,
   `depth` with a depth map), by how many degrees, about which axis. What turns to the back is hidden.
3. **Hold the Rest** keeps the background still.
4. **Run**. Begin with 20 to 60 degrees: the model has to invent what comes into view.

{DRAFT_FIRST} A draft can only show what the picture holds: the far side stays empty there.

{files_note(*FILES)}
""",
    )
    m = load_models(w)
    texts = write_prompts(w, m.clip, "A child's drawing of a girl on a green hill. She turns around smoothly.")
    w.column("Picture and mask", "picture")
    picture = load_picture(w, "Picture, with the mask painted in it")
    w.column("Turn", "motion")
    turned = w.add("WanMoveRotate3D", mask=picture["MASK"], picture=picture["IMAGE"], angle=45.0, _size=(360, 720))
    w.column("Hold and draft", "motion")
    held = w.add("WanMoveHoldRest", tracks=turned["tracks"], picture=picture["IMAGE"], _size=(340, 300))
    encoded = encode(w, picture["IMAGE"], m, length=turned["length"])
    w.add(
        "WanMoveDraft", picture=picture["IMAGE"], tracks=held["tracks"], wanmove_image=encoded["wanmove_image"],
        _size=(340, 330),
    )  # fmt: skip
    w.column("Video", "video")
    guided = guide(w, texts, encoded, held["tracks"])
    images = decode(w, sample(w, m.model, guided)["latent"], m.vae)
    save_with_overlay(w, images, held["tracks"], "turn", encoded=encoded)
    return w


def long_clip(info: dict[str, Any]) -> Workflow:
    w = Workflow(info, "11 Long clip in windows")
    w.column()
    w.note(
        f"""
# One long motion, several generations

The model makes 81 frames at a time. Here a motion of 161 frames is drawn once and generated in two windows; the last
frame of the first is the picture of the second.

1. **Picture** and **Edit motion**: the editor's length is 161 = 2 x 80 + 1.
2. **Split Tracks** (`window` 0 and 1) cuts the motion. Points that have left the picture are dropped; `refill` can add
   new ones.
3. Each window is encoded, guided and sampled by ComfyUI's own *KSampler* (with *ModelSamplingSD3* for the shift).
4. **Join Clips** shows the frame that two windows share only once.

A third window: copy the second one's column, set its `window` to 2, take its picture from the second window's last
frame, link its clip to `clip_3`, and make the motion 241 frames long. Colours may drift a little with every window.

{files_note(*FILES)}
""",
    )
    m = load_models(w)
    texts = write_prompts(w, m.clip, "A child's drawing of a girl walks to the right over a green hill.")
    shifted = w.add("ModelSamplingSD3", model=m.model, shift=3.0)["MODEL"]
    w.column("Picture and motion", "motion")
    picture = load_picture(w)
    editor = w.add(
        "WanMoveMotionEditor", picture=picture["IMAGE"], length=161, document=along_the_hill(161), _size=(380, 470)
    )
    start, clips = editor["picture"], []
    for window in (0, 1):
        w.column(f"Window {window}", "video")
        part = w.add(
            "WanMoveSplitTracks", tracks=editor["tracks"], picture=start, window=window, window_length=81,
            _title=f"Split Tracks: window {window}", _size=(340, 340),
        )  # fmt: skip
        encoded = encode(w, start, m, length=part["length"], fit="area")
        guided = guide(w, texts, encoded, part["tracks"])
        w.column(f"Sampling of window {window}", "video")
        sampled = w.add(
            "KSampler", model=shifted, positive=guided["positive"], negative=guided["negative"],
            latent_image=guided["latent"], seed=42 + window, steps=40, cfg=5.0, sampler_name="uni_pc",
            scheduler="simple", _size=(320, 280),
        )  # fmt: skip
        clips.append(decode(w, sampled["LATENT"], m.vae))
        if window == 0:
            last = {"batch_index": 4095, "length": 1, "_title": "Its last frame"}
            start = w.add("ImageFromBatch", image=clips[0], **last)["IMAGE"]
    joined = w.add("WanMoveJoinClips", clip_1=clips[0], clip_2=clips[1])
    save_with_overlay(w, joined["images"], editor["tracks"], "long")
    return w
