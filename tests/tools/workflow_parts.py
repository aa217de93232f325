"""What the example workflows have in common: model files, loaders, prompts, saving, notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workflow_graph import ACTIVE, Node, Out, Workflow
from workflow_motions import FRAMES, waving

PROMPT = "A child's drawing of a girl comes to life. She stands on a green hill under a blue sky and waves both arms."
NEGATIVE = (
    "镜头晃动，色调艳丽，过曝，静态，细节模糊不清，字幕，风格，作品，画作，画面，静止，整体发灰，最差质量，低质量，"
    "JPEG压缩残留，丑陋的，残缺的，多余的手指，画得不好的手部，画得不好的脸部，畸形的，毁容的，形态畸形的肢体，手指融合，"
    "静止不动的画面，杂乱的背景，三条腿，背景人很多，倒着走"
)
"""The negative prompt of the published code."""

WAN = "https://huggingface.co/Comfy-Org/Wan_2.1_ComfyUI_repackaged/resolve/main/split_files"


@dataclass(frozen=True)
class ModelFile:
    name: str
    url: str
    directory: str
    size: str = ""
    """Empty where no page that we read tells it."""

    def embedded(self) -> dict[str, str]:
        """As the page reads it, to offer the download."""
        return {"name": self.name, "url": self.url, "directory": self.directory}


def _file(url: str, directory: str, size: str = "") -> ModelFile:
    return ModelFile(url.rsplit("/", 1)[1], url, directory, size)


MODEL = _file(
    "https://huggingface.co/Kijai/WanVideo_comfy_fp8_scaled/resolve/main/WanMove/"
    "Wan21-WanMove_fp8_scaled_e4m3fn_KJ.safetensors",
    "diffusion_models",
    "16.4 GB",
)
TEXT = _file(f"{WAN}/text_encoders/umt5_xxl_fp8_e4m3fn_scaled.safetensors", "text_encoders", "6.7 GB")
VISION = _file(f"{WAN}/clip_vision/clip_vision_h.safetensors", "clip_vision", "1.3 GB")
VAE = _file(f"{WAN}/vae/wan_2.1_vae.safetensors", "vae", "0.25 GB")
LORA = _file(
    "https://huggingface.co/Kijai/WanVideo_comfy/resolve/main/Lightx2v/"
    "lightx2v_I2V_14B_480p_cfg_step_distill_rank64_bf16.safetensors",
    "loras",
    "0.74 GB",
)
WAN22 = "https://huggingface.co/Comfy-Org/Wan_2.2_ComfyUI_Repackaged/resolve/main/split_files/diffusion_models"
HIGH = _file(f"{WAN22}/wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors", "diffusion_models", "14.3 GB")
LOW = _file(f"{WAN22}/wan2.2_i2v_low_noise_14B_fp8_scaled.safetensors", "diffusion_models", "14.3 GB")
SAM3 = _file(
    "https://huggingface.co/Comfy-Org/sam3.1/resolve/main/checkpoints/sam3.1_multiplex_fp16.safetensors", "checkpoints"
)
DEPTH = _file(
    "https://huggingface.co/Comfy-Org/Depth-Anything-3/resolve/main/geometry_estimation/"
    "depth_anything_3_mono_large.safetensors",
    "geometry_estimation",
)
FILM = _file(
    "https://huggingface.co/Comfy-Org/frame_interpolation/resolve/main/frame_interpolation/film_net_fp16.safetensors",
    "frame_interpolation",
)
UNI3C = _file(
    "https://huggingface.co/Kijai/WanVideo_comfy/resolve/main/Wan21_Uni3C_controlnet_fp16.safetensors", "model_patches"
)
"""Of the host's own blueprints; Uni3C's: of the pull request that brought its node (Comfy-Org/ComfyUI 14946)."""
FILES = (MODEL, TEXT, VISION, VAE)
DRAFT_FIRST = (
    "**Look before you wait**: select the node **Motion Draft** and press the play button above it. It warps the "
    "picture along the tracks in seconds, without the model."
)
OFF = "(off)"
"""In the title of a group of nodes that is saved muted or bypassed."""
PUBLISHED_FOLDER = "[Ruihang/Wan-Move-14B-480P](https://huggingface.co/Ruihang/Wan-Move-14B-480P)"


def files_note(*files: ModelFile) -> str:
    """The part of a note that names the model files, their folders and their sizes."""
    lines = [
        "## Model files",
        "ComfyUI offers to download what is missing when the workflow opens. By hand:",
        "",
        *(f"- `models/{f.directory}/` [{f.name}]({f.url}) ({f.size})".removesuffix(" ()") for f in files),
    ]
    return "\n".join(lines)


@dataclass(frozen=True)
class Loaded:
    model: Out
    clip: Out
    vae: Out
    vision: Out | None = None
    plain: Out | None = None
    """The model before the LoRA, where there is one."""


def load_models(
    w: Workflow,
    *,
    native: bool = False,
    lora: bool = False,
    precision: str = "bf16 (published)",
    text_on: str = "default",
) -> Loaded:
    """The column of loaders. ``native``: the host's own model loader instead of ours."""
    w.column("Models", "models")
    if native:
        loader = w.add("UNETLoader", unet_name=MODEL.name, _models=[MODEL.embedded()])
    else:
        loader = w.add("WanMoveModelLoader", model=MODEL.name, precision=precision, _models=[MODEL.embedded()])
    model = plain = loader[0]
    if lora:
        model = w.add("LoraLoaderModelOnly", model=model, lora_name=LORA.name, _models=[LORA.embedded()])[0]
    clip = w.add("CLIPLoader", clip_name=TEXT.name, type="wan", device=text_on, _models=[TEXT.embedded()])
    vae = w.add("VAELoader", vae_name=VAE.name, _models=[VAE.embedded()])
    vision = w.add("CLIPVisionLoader", clip_name=VISION.name, _models=[VISION.embedded()])
    return Loaded(model, clip["CLIP"], vae["VAE"], vision["CLIP_VISION"], plain)


def load_experts(w: Workflow) -> tuple[Loaded, Out]:
    """Wan2.2's two experts, which need no image encoder; the second beside the rest."""
    w.column("Models", "models")
    high, low = (
        w.add(
            "WanMoveModelLoader", model=file.name, precision="as stored", _models=[file.embedded()],
            _title=f"Load {name}-noise expert",
        )[0]
        for name, file in (("high", HIGH), ("low", LOW))
    )  # fmt: skip
    clip = w.add("CLIPLoader", clip_name=TEXT.name, type="wan", device="default", _models=[TEXT.embedded()])
    vae = w.add("VAELoader", vae_name=VAE.name, _models=[VAE.embedded()])
    return Loaded(high, clip["CLIP"], vae["VAE"]), low


def write_prompts(w: Workflow, clip: Out, text: str = PROMPT) -> tuple[Out, Out]:
    """(positive, negative), below the loaders."""
    green, red = {"_colour": "#232", "_size": (320, 170)}, {"_colour": "#322", "_size": (320, 150)}
    positive = w.add("CLIPTextEncode", text=text, clip=clip, _title="Prompt", **green)
    negative = w.add("CLIPTextEncode", text=NEGATIVE, clip=clip, _title="Negative prompt (published)", **red)
    return positive["CONDITIONING"], negative["CONDITIONING"]


def load_picture(w: Workflow, title: str = "Picture", **more: Any) -> Node:
    return w.add("LoadImage", image="example.png", _title=title, _size=(320, 340), **more)


def encode(w: Workflow, picture: Out, loaded: Loaded, **more: Any) -> Node:
    seen = {} if loaded.vision is None else {"clip_vision": loaded.vision}
    return w.add("WanMoveEncodeImage", picture=picture, vae=loaded.vae, **seen, **more)


def guide(w: Workflow, texts: tuple[Out, Out], encoded: Node, tracks: Out, **more: Any) -> Node:
    return w.add(
        "WanMoveGuide",
        positive=texts[0],
        negative=texts[1],
        wanmove_image=encoded["wanmove_image"],
        tracks=tracks,
        **more,
    )


def sample(w: Workflow, model: Out, guided: Node, **more: Any) -> Node:
    return w.add(
        "WanMoveSampler", model=model, positive=guided["positive"], negative=guided["negative"],
        latent=guided["latent"], **{"preset": "published", "seed": 42, **more},
    )  # fmt: skip


def decode(w: Workflow, latent: Out, vae: Out, tiled: bool = False) -> Out:
    return w.add("VAEDecodeTiled" if tiled else "VAEDecode", samples=latent, vae=vae)["IMAGE"]


def save(w: Workflow, images: Out, name: str, title: str, fps: float = 16.0, mode: int = ACTIVE) -> Node:
    """CreateVideo, by default at the model's 16 frames per second, and SaveVideo under output/wan_move."""
    video = w.add("CreateVideo", images=images, fps=fps, _mode=mode)["VIDEO"]
    shown = {"_title": title, "_size": (420, 380), "_mode": mode}
    return w.add("SaveVideo", video=video, filename_prefix=f"wan_move/{name}", **shown)


def save_with_overlay(
    w: Workflow, images: Out, tracks: Out, name: str, layout: str = "under", encoded: Node | None = None
) -> Node:
    """Two columns: the video, whose node comes back, and the video with its tracks drawn on it, side by side."""
    w.column("Result", "video")
    result = save(w, images, name, "Video")
    w.column("Result beside its tracks", "video")
    fitted = {} if encoded is None else {"wanmove_image": encoded["wanmove_image"]}
    drawn = w.add("WanMoveDrawTracks", images=images, tracks=tracks, **fitted)
    both = w.add("WanMoveSideBySide", first=images, second=drawn["images"], layout=layout)
    save(w, both["images"], f"{name}_tracks", "Video and its tracks")
    return result


@dataclass(frozen=True)
class Drawing:
    """The prompts, the picture, and the motion editor in which the girl waves."""

    texts: tuple[Out, Out]
    picture: Node
    editor: Node


def draw(w: Workflow, m: Loaded, frames: int = FRAMES, **into_editor: Any) -> Drawing:
    """The prompts below the loaders, and the column with picture and editor."""
    texts = write_prompts(w, m.clip)
    w.column("Picture and motion", "motion")
    picture = load_picture(w)
    motion = {"picture": picture["IMAGE"], "length": frames, "document": waving(frames), **into_editor}
    return Drawing(texts, picture, w.add("WanMoveMotionEditor", **motion, _size=(380, 470)))


@dataclass(frozen=True)
class Film:
    """What the nodes behind a drawing gave."""

    sampled: Node
    images: Out
    result: Node


def film(w: Workflow, m: Loaded, drawn: Drawing, name: str, *, tiled: bool = False, **settings: Any) -> Film:
    """The columns from a drawing to its saved video: encoded, guided, sampled by ``settings``, saved as ``name``."""
    w.column("Video", "video")
    encoded = encode(w, drawn.editor["picture"], m, length=drawn.editor["length"], fit="area")
    sampled = sample(w, m.model, guide(w, drawn.texts, encoded, drawn.editor["tracks"]), **settings)
    images = decode(w, sampled["latent"], m.vae, tiled)
    return Film(sampled, images, save_with_overlay(w, images, drawn.editor["tracks"], name))


def show_as_app(w: Workflow, drawn: Drawing, made: Film) -> None:
    """The five things that a person who only wants the video touches."""
    prompt, _ = drawn.texts
    inputs = [(drawn.picture, "image"), (drawn.editor, "motion"), (prompt.node, "text"), (made.sampled, "seed")]
    w.as_app(inputs, [made.result])
