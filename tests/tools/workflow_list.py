"""The example workflows that begin with a drawing, a file or text, one function each; and the list of all of them."""

from __future__ import annotations

from typing import Any

from workflow_blueprint import blueprint_as_app
from workflow_graph import Workflow
from workflow_list_lead import draft_leads
from workflow_list_models import fast_start, two_experts
from workflow_list_motion import camera_move, long_clip, motion_transfer, region_drag, turn_in_3d
from workflow_list_partners import camera_by_uni3c, camera_with_depth, smoother, things_by_words
from workflow_list_retake import retake, retake_loop
from workflow_motions import swinging_coordinates
from workflow_parts import (
    DRAFT_FIRST,
    FILES,
    LORA,
    PUBLISHED_FOLDER,
    decode,
    draw,
    encode,
    files_note,
    film,
    guide,
    load_models,
    load_picture,
    sample,
    save_with_overlay,
    show_as_app,
    write_prompts,
)  # fmt: skip

SLOW = (
    "The published settings take 40 steps: a long wait on most cards. The live preview shows four moments of the clip "
    "with the tracks on them; cancel early when the motion goes wrong."
)


def draw_and_generate(info: dict[str, Any]) -> Workflow:
    w = Workflow(info, "01 Draw and generate")
    w.column()
    w.note(
        f"""
# Draw how things move, then generate

1. **Picture**: press *choose file to upload*, or keep ComfyUI's own drawing of a girl.
2. **Motion Editor**: press **Edit motion**. Drag from any object: it moves. **Space** plays. **Hold the rest** adds
   still points over everything else. **Done** saves it. The girl's arms already wave; delete them to begin anew.
3. **Prompt**: say what is in the picture and what happens.
4. **Run**. The video lands in `output/wan_move`, and beside it one with the tracks drawn on it.

{DRAFT_FIRST}

{SLOW} The workflow *03 Fast with a distilled LoRA* needs 6 passes through the network instead of 80.

**App mode** (newer ComfyUI, at the top left) shows the picture, the motion, the prompt and the seed alone.

Change the motion and run again: the picture is not encoded again. The seed stays until you change it, so that two runs
differ by their motion alone.

Size: 832x480 or 480x832 and 81 frames is what the model was made for. Set them in the editor's node; *Encode Image*
follows (fit `area`, and the linked length).

{files_note(*FILES)}

The published folder {PUBLISHED_FOLDER} (82 GB with its encoders) works as well: put it under
`models/diffusion_models` and choose it in *Load Wan-Move Model*.
""",
    )
    m = load_models(w)
    drawn = draw(w, m)
    draft = {"picture": drawn.editor["picture"], "tracks": drawn.editor["tracks"], "draw_tracks": True}
    w.add("WanMoveDraft", **draft, _size=(380, 330))
    show_as_app(w, drawn, film(w, m, drawn, "draw"))
    return w


def tracks_from_a_file(info: dict[str, Any]) -> Workflow:
    w = Workflow(info, "02 Tracks from a file")
    w.column()
    w.note(
        f"""
# Tracks from a file, published settings

1. Put a picture and its tracks into ComfyUI's `input` folder and press **R**.
2. **Picture**: the picture that the tracks belong to.
3. **Load Tracks**: the file. `.npy`, `.npz`, `.json`, `.safetensors` and ATI's `.pth` are recognised by their content;
   a published pair has its second file under *visibility*. The report tells what was read, assumed or left out.
4. **Run**. 40 steps, cfg 5, shift 3, UniPC: the published settings.

To try it, take `example.jpg`, `example_tracks.npy` and `example_visibility.npy` from the
[examples of Wan-Move](https://github.com/ali-vilab/Wan-Move/tree/main/examples), or write tracks with *Save Tracks*.

{DRAFT_FIRST}

The size follows the published rule (fit `area`): the picture's own shape at about 832x480 pixels. Tracks are moved
with the picture.

{files_note(*FILES)}

For the published precision put {PUBLISHED_FOLDER} under `models/diffusion_models` and choose it in *Load Wan-Move
Model* with `bf16 (published)`: 33 GB.
""",
    )
    m = load_models(w)
    texts = write_prompts(w, m.clip, "Describe the picture and what happens in it.")
    w.column("Picture and motion", "motion")
    picture = load_picture(w)
    tracks = w.add(
        "WanMoveLoadTracks", file="example_tracks.npy", visibility="example_visibility.npy", _size=(340, 380)
    )
    encoded = encode(w, picture["IMAGE"], m, length=tracks["length"], fit="area")
    w.add(
        "WanMoveDraft", picture=picture["IMAGE"], tracks=tracks["tracks"], draw_tracks=True,
        wanmove_image=encoded["wanmove_image"], _size=(340, 330),
    )  # fmt: skip
    w.column("Video", "video")
    guided = guide(w, texts, encoded, tracks["tracks"])
    images = decode(w, sample(w, m.model, guided)["latent"], m.vae)
    save_with_overlay(w, images, tracks["tracks"], "tracks", encoded=encoded)
    return w


def fast(info: dict[str, Any]) -> Workflow:
    w = Workflow(info, "03 Fast with a distilled LoRA")
    w.column()
    w.note(
        f"""
# Fast: a step-distilled LoRA

Six steps without guidance instead of forty with it: 6 passes through the network instead of 80, for trying motions
out. The LoRA was distilled from plain Wan2.1; it fits because Wan-Move has the same network. Details may be softer and
large motion weaker than with the published settings.

1. **Picture** and **Edit motion**, as in *01 Draw and generate*.
2. The **Sampler** is set to `fast`: 6 steps, cfg 1, shift 8. With cfg 1 the negative prompt is not used.
3. **Run**. In **App mode** nothing else is shown.

For 4 or 8 steps take the other `fast` presets, as your LoRA was made for. When a motion pleases, remove the LoRA
(Ctrl+B on its node), set the preset to `published` and run again.

{files_note(*FILES, LORA)}
""",
    )
    m = load_models(w, lora=True)
    drawn = draw(w, m)
    show_as_app(w, drawn, film(w, m, drawn, "fast", preset="fast"))
    return w


def low_memory(info: dict[str, Any]) -> Workflow:
    w = Workflow(info, "04 Low memory with fp8")
    w.column()
    w.note(
        f"""
# Low memory: fp8

For cards with 12 to 16 GB (computed from sizes, not measured). What saves memory here:

- **Load Wan-Move Model**, `fp8 scaled`: 17 GB instead of 33. ComfyUI streams what does not fit on the card. The file
  below is fp8 already; a bf16 file or the published folder is quantised while it is loaded. Do that once with
  `wan-move convert FOLDER -o wan_move_fp8.safetensors --to fp8`.
- **Load CLIP** on `cpu`: the text encoder never touches the card. A prompt then takes some seconds longer.
- **VAE Decode (Tiled)**: decodes piece by piece.
- Fewer frames: 49 instead of 81 is three seconds. The model was made for 81 but follows other lengths too.

There is no block-swap node on purpose: ComfyUI manages the memory itself, and such nodes get in its way. If memory is
still short, start ComfyUI with `--lowvram` or `--novram`.

{files_note(*FILES)}
""",
    )
    m = load_models(w, precision="fp8 scaled", text_on="cpu")
    film(w, m, draw(w, m, frames=49), "low_memory", tiled=True)
    return w


def track_cfg(info: dict[str, Any]) -> Workflow:
    w = Workflow(info, "05 A weight for the tracks")
    w.column()
    w.note(
        f"""
# One weight for the prompt, another for the tracks

When the motion is followed too weakly, or so strictly that things deform, weigh the tracks by themselves.

- **Guider**: `text_cfg` is the usual cfg. `track_cfg` is how strongly the tracks count: equal to `text_cfg` is the
  published method and takes two passes per step; another value takes three, half as much time again.
- Try 3, 5 and 8 with the same seed. 0 ignores the tracks.
- **Guide**: `negative_branch` is `plain` here, so that the negative does not carry the motion.
- **Solver** and **Sigmas** are the published solver and schedule, for ComfyUI's own *SamplerCustomAdvanced*. The
  one-stop *Sampler* can do the same: connect `plain` and set `track_cfg`.

This is an option of this pack: the published code has one weight only.

{files_note(*FILES)}
""",
    )
    m = load_models(w)
    drawn = draw(w, m)
    editor = drawn.editor
    w.column("Condition", "video")
    encoded = encode(w, editor["picture"], m, length=editor["length"], fit="area")
    guided = guide(w, drawn.texts, encoded, editor["tracks"], negative_branch="plain")
    w.column("Sampling with two weights", "video")
    guider = w.add(
        "WanMoveGuider", model=m.model, positive=guided["positive"], plain=guided["plain"],
        negative=guided["negative"], text_cfg=5.0, track_cfg=8.0,
    )  # fmt: skip
    sampled = w.add(
        "SamplerCustomAdvanced", noise=w.add("RandomNoise", noise_seed=42)["NOISE"], guider=guider["guider"],
        sampler=w.add("WanMoveSolver")["sampler"], sigmas=w.add("WanMoveSigmas")["sigmas"],
        latent_image=guided["latent"],
    )  # fmt: skip
    images = decode(w, sampled["output"], m.vae)
    save_with_overlay(w, images, editor["tracks"], "track_weight")
    return w


def other_editors(info: dict[str, Any]) -> Workflow:
    w = Workflow(info, "06 Coordinates from another editor")
    w.column()
    w.note(
        f"""
# Coordinates from another editor, through ComfyUI's own nodes

Spline editors and path animators of other packs give their tracks as text: `[[{{"x":100,"y":201}}, ...], ...]`, one
entry per frame, in pixels of the video. Paste it below, or link such a node's coordinate output.

Two ways from there, both run here:

- **ComfyUI's own nodes** (the model's path): *WanMoveTracksFromCoords* and *WanMoveTrackToVideo*, sampled by
  *KSampler*. They take one video at a time, and crop the picture but not the tracks: give them a picture of the video's
  shape.
- **This pack** (the draft's path): *Parse Tracks* reads all these and reports what it found; *Check Tracks* says what
  will not work; *Motion Draft* shows the motion. Its tracks feed ComfyUI's nodes as well, and the other way round.

The sample text swings the girl's hands up in ComfyUI's example picture.

{files_note(*FILES)}
""",
    )
    m = load_models(w, native=True)
    texts = write_prompts(w, m.clip)
    w.column("Picture and coordinates", "motion")
    picture = load_picture(w)
    fitted = w.add(
        "ImageScale", image=picture["IMAGE"], upscale_method="lanczos", width=832, height=480, crop="center"
    )["IMAGE"]
    text = w.add("PrimitiveStringMultiline", value=swinging_coordinates(), _title="Coordinate JSON", _size=(320, 200))[
        "STRING"
    ]
    features = w.add("CLIPVisionEncode", clip_vision=m.vision, image=fitted, crop="none")["CLIP_VISION_OUTPUT"]
    w.column("This pack: read, check, draft", "motion")
    parsed = w.add("WanMoveParseTracks", text=text, width=832, height=480, _size=(340, 330))
    checked = w.add(
        "WanMoveCheckTracks",
        tracks=parsed["tracks"],
        picture=fitted,
        width=832,
        height=480,
        length=81,
        _size=(340, 330),
    )
    w.add("WanMoveDraft", picture=fitted, tracks=checked["tracks"], draw_tracks=True, _size=(340, 330))
    w.column("ComfyUI's own nodes", "video")
    native = w.add("WanMoveTracksFromCoords", track_coords=text)
    guided = w.add(
        "WanMoveTrackToVideo", positive=texts[0], negative=texts[1], vae=m.vae, tracks=native["TRACKS"],
        start_image=fitted, clip_vision_output=features, length=native["track_length"],
    )  # fmt: skip
    shifted = w.add("ModelSamplingSD3", model=m.model, shift=3.0)["MODEL"]
    sampled = w.add(
        "KSampler", model=shifted, positive=guided["positive"], negative=guided["negative"],
        latent_image=guided["latent"], seed=42, steps=40, cfg=5.0, sampler_name="uni_pc", scheduler="simple",
    )  # fmt: skip
    images = decode(w, sampled["LATENT"], m.vae)
    save_with_overlay(w, images, native["TRACKS"], "coordinates")
    return w


WORKFLOWS = (
    draw_and_generate, tracks_from_a_file, fast, low_memory, track_cfg, other_editors, camera_move, region_drag,
    motion_transfer, turn_in_3d, long_clip, draft_leads, two_experts, fast_start, retake,
    things_by_words, camera_with_depth, camera_by_uni3c, smoother, blueprint_as_app, retake_loop,
)  # fmt: skip
"""In the order of the template browser."""
