"""The example workflows in which the host's own nodes for masks, depth, cameras and smoothness work beside ours.

Each partner lies in a group that is switched off: releases of the host that lack its nodes open the workflow and run
the rest.
"""

from __future__ import annotations

from typing import Any

from workflow_graph import BYPASSED, MUTED, Out, Workflow
from workflow_list_models import UNTRIED
from workflow_motions import waving
from workflow_parts import (
    DEPTH,
    DRAFT_FIRST,
    FILES,
    FILM,
    OFF,
    SAM3,
    UNI3C,
    Drawing,
    decode,
    draw,
    encode,
    files_note,
    film,
    guide,
    load_models,
    load_picture,
    sample,
    save,
    save_with_overlay,
    write_prompts,
)  # fmt: skip

SWITCH_ON = (
    "**Right-click the title of the group, *Set Group Nodes to Always*.** Its nodes come with ComfyUI 0.33 (that is "
    "where we ran them) and newer. An older ComfyUI says that they are missing: close the message, the rest works."
)


def things_by_words(info: dict[str, Any]) -> Workflow:
    w = Workflow(info, "16 Things found by words")
    w.column()
    w.note(
        f"""
# Things found by words: SAM3's masks in the Motion Editor

Name a thing instead of painting around it. ComfyUI's own SAM3 nodes find it, and the Motion Editor offers it as a thing
that is cut out already: drag it, turn it, give it a way.

1. **Picture**.
2. Switch the group *SAM3* on. {SWITCH_ON}
3. **What to find**: words with commas between them, `girl, house`. With a number it finds so many of a kind: `bird:3`.
4. Select **Motion Draft** and press the play button above it: the masks are made, without the video's model.
5. **Edit motion**: what was found lies in the picture as things. Drag them. A thing that you leave alone changes
   nothing.
6. **Run**. Once you have drawn, the group may be switched off again: the editor keeps its things.

The same masks fit *Region Tracks*, *Rotate in 3D* and *Camera Tracks* (its `mask`): link `masks` there. **SAM3
Detect**, `individual_masks`: on, each thing is a thing of its own; off, all are one. Nothing found: lower its
`threshold`.

Without the group this is *01 Draw and generate*: the girl's arms wave.

{DRAFT_FIRST}

{files_note(*FILES, SAM3)}
""",
    )
    m = load_models(w)
    texts = write_prompts(w, m.clip)
    w.column("Picture", "picture")
    picture = load_picture(w)
    w.column(f"SAM3 {OFF}", "picture")
    loader = w.add("CheckpointLoaderSimple", ckpt_name=SAM3.name, _models=[SAM3.embedded()], _mode=MUTED)
    words = w.add(
        "CLIPTextEncode", text="girl", clip=loader["CLIP"], _title="What to find", _size=(320, 120), _mode=MUTED
    )
    found = w.add(
        "SAM3_Detect", model=loader["MODEL"], image=picture["IMAGE"], conditioning=words["CONDITIONING"],
        individual_masks=True, _mode=MUTED,
    )  # fmt: skip
    w.column("Motion", "motion")
    motion = {"picture": picture["IMAGE"], "mask": found["masks"], "document": waving()}
    editor = w.add("WanMoveMotionEditor", **motion, _size=(380, 490))
    draft = {"picture": editor["picture"], "tracks": editor["tracks"], "draw_tracks": True}
    w.add("WanMoveDraft", **draft, _size=(380, 330))
    film(w, m, Drawing(texts, picture, editor), "found")
    return w


def estimate_depth(w: Workflow, picture: Out) -> Out:
    """The muted group that makes a depth map of ``picture``, near dark, as its distances are evenly graded."""
    w.column(f"Depth Anything 3 {OFF}", "picture")
    loader = w.add("LoadDA3Model", model_name=DEPTH.name, _models=[DEPTH.embedded()], _mode=MUTED)
    seen = w.add("DA3Inference", da3_model=loader[0], image=picture, mode="mono", _mode=MUTED)
    shown = w.add(
        "DA3Render", da3_geometry=seen[0], output="depth", **{"output.normalization": "v2_style"}, _mode=MUTED
    )
    return w.add("ImageInvert", image=shown["IMAGE"], _title="Near is dark", _mode=MUTED)["IMAGE"]


NEAR_IS_DARK = """
**Why it is inverted**: Depth Anything 3 gives distances, and *DA3 Render* draws them near bright, evenly graded in
distance. Our *near is bright* means evenly graded in 1 / distance, as Depth Anything 1 and 2 draw it. Inverted it is
*near is dark*, as it was measured. `near` and `far` set how deep the picture is.
""".strip()


def camera_with_depth(info: dict[str, Any]) -> Workflow:
    w = Workflow(info, "17 Camera in depth")
    w.column()
    w.note(
        f"""
# Move the camera through the depth of the picture

Near things pass far ones, and hide them. ComfyUI's own Depth Anything 3 nodes look at the picture; *Camera Tracks*
flies through what they see.

1. **Picture**: one with a foreground and a distance.
2. Switch the group *Depth Anything 3* on. {SWITCH_ON}
3. **Camera Tracks**: the move and how far. Without the group the picture is flat.
4. Play *Motion Draft*, then **Run**.

{NEAR_IS_DARK}

Any other depth node does as well: link its picture to `depth` and choose `depth_kind`. The metric Depth Anything 3
model tells metres: `raw` in *DA3 Render*, no inversion, kind `metres`.

{DRAFT_FIRST}

{files_note(*FILES, DEPTH)}
""",
    )
    m = load_models(w)
    texts = write_prompts(
        w, m.clip, "A child's drawing of a girl on a green hill. The camera moves sideways, smoothly."
    )
    w.column("Picture", "picture")
    picture = load_picture(w)
    depth = estimate_depth(w, picture["IMAGE"])
    w.column("Camera", "motion")
    tracks = w.add(
        "WanMoveCameraTracks", picture=picture["IMAGE"], depth=depth, move="truck right", amount=12.0,
        move_2="dolly in", amount_2=15.0, depth_kind="near is dark", _size=(360, 900),
    )  # fmt: skip
    w.column("Video", "video")
    encoded = encode(w, picture["IMAGE"], m, length=tracks["length"])
    draft = {"picture": picture["IMAGE"], "tracks": tracks["tracks"], "wanmove_image": encoded["wanmove_image"]}
    w.add("WanMoveDraft", **draft, _size=(340, 330))
    images = decode(w, sample(w, m.model, guide(w, texts, encoded, tracks["tracks"]))["latent"], m.vae)
    save_with_overlay(w, images, tracks["tracks"], "camera_depth", encoded=encoded)
    return w


def camera_by_uni3c(info: dict[str, Any]) -> Workflow:
    w = Workflow(info, "18 Camera by Uni3C beside tracks")
    w.column()
    w.note(
        f"""
# Things by tracks, the camera by Uni3C

Tracks for the camera and tracks for things can be mixed up by the model. Uni3C is a controlnet for Wan that takes the
camera from a rendered flight, beside the tracks. ComfyUI has it natively.

1. **Picture** and **Edit motion**: how the *things* move, as *01 Draw and generate*. The girl's arms wave.
2. **Camera Tracks**: the flight. The things ride the camera.
3. Switch both groups on, *Depth Anything 3* and *Uni3C*. {SWITCH_ON}
4. *Motion Draft* is the rendered flight that Uni3C follows: play it first. Then **Run**.

Without the groups the camera's tracks do the work alone, flat, and everything runs. **Uni3C**, `strength`: lower when
things are torn along with the camera. `end_percent` 0.5: it leads the first half of the sampling only.

The file is for models of Wan 14B. It was made for renders of a point cloud, with holes; the draft has its holes filled.
{UNTRIED}

{NEAR_IS_DARK}

{DRAFT_FIRST}

{files_note(*FILES, DEPTH, UNI3C)}
""",
    )
    m = load_models(w)
    drawn = draw(w, m)
    editor = drawn.editor
    depth = estimate_depth(w, editor["picture"])
    w.column("Camera", "motion")
    tracks = w.add(
        "WanMoveCameraTracks", picture=editor["picture"], depth=depth, object_tracks=editor["tracks"],
        length=editor["length"], move="dolly in", amount=20.0, spacing=64, depth_kind="near is dark", _size=(360, 900),
    )  # fmt: skip
    w.column("Condition and flight", "video")
    encoded = encode(w, editor["picture"], m, length=editor["length"], fit="area")
    draft = {"picture": editor["picture"], "tracks": tracks["tracks"], "wanmove_image": encoded["wanmove_image"]}
    flight = w.add("WanMoveDraft", **draft, _size=(340, 330))
    w.column(f"Uni3C {OFF}", "models")
    loader = w.add("ModelPatchLoader", name=UNI3C.name, _models=[UNI3C.embedded()], _mode=BYPASSED)
    model = w.add(
        "WanUni3CControlnetApply", model=m.model, model_patch=loader["MODEL_PATCH"], vae=m.vae,
        render_video=flight["images"], _mode=BYPASSED,
    )["MODEL"]  # fmt: skip
    w.column("Video", "video")
    sampled = sample(w, model, guide(w, drawn.texts, encoded, tracks["tracks"]))
    images = decode(w, sampled["latent"], m.vae)
    save_with_overlay(w, images, tracks["tracks"], "uni3c", encoded=encoded)
    return w


def smoother(info: dict[str, Any]) -> Workflow:
    w = Workflow(info, "19 Twice the frames")
    w.column()
    w.note(
        f"""
# Twice the frames: 32 a second instead of 16

The model makes 16 frames a second. ComfyUI's own frame interpolation puts another between every two of them; the motion
stays as long and as fast as you drew it.

1. **Picture** and **Edit motion**, as in *01 Draw and generate*.
2. **Run**. The video at 16 frames a second is saved.
3. When it pleases, switch the group *Frame interpolation* on and run again: the video is kept, only the frames between
   are made. {SWITCH_ON}

For four times the frames set the `multiplier` to 4 and the rate of *Create Video* to 64: the rate is 16 times the
multiplier. 81 frames become 161 with 2, 321 with 4.

Interpolate last: give *Adherence*, *Join Clips* and *Split Tracks* the 16 frames a second that your tracks belong to.

{DRAFT_FIRST}

{files_note(*FILES, FILM)}
""",
    )
    m = load_models(w)
    made = film(w, m, draw(w, m), "smooth")
    w.column(f"Frame interpolation {OFF}", "video")
    loader = w.add("FrameInterpolationModelLoader", model_name=FILM.name, _models=[FILM.embedded()], _mode=MUTED)
    frames = w.add(
        "FrameInterpolate", interp_model=loader["INTERP_MODEL"], images=made.images, multiplier=2, _mode=MUTED
    )["IMAGE"]
    save(w, frames, "smooth_32", "Video, 32 frames a second", fps=32.0, mode=MUTED)
    return w
