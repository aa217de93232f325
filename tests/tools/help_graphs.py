"""The smallest sensible graph around each node, as its help page shows it: what feeds it, and what it feeds.

``SOURCES[node][input] = (node before, its output)``, ``TARGETS[node][output] = (node after, its input)``. Names are
those of the nodes' schemas; tests/host/pack/test_help_pictures.py holds them to a running server.
"""

from __future__ import annotations

Links = dict[str, dict[str, tuple[str, str]]]

_PICTURE = ("LoadImage", "IMAGE")
_MASK = ("LoadImage", "MASK")
_TRACKS = ("WanMoveMotionEditor", "tracks")
_FITTED = ("WanMoveMotionEditor", "picture")
_MODEL = ("WanMoveModelLoader", "MODEL")
_CLIP = ("VAEDecode", "IMAGE")
_GUIDE = ("WanMoveGuide", "tracks")

SOURCES: Links = {
    "WanMoveMotionEditor": {"picture": _PICTURE},
    "WanMoveLoadTracks": {},
    "WanMoveParseTracks": {"text": ("PrimitiveStringMultiline", "STRING")},
    "WanMoveSaveTracks": {"tracks": _TRACKS},
    "WanMoveMergeTracks": {"tracks_1": ("WanMoveCameraTracks", "tracks"), "tracks_2": _TRACKS},
    "WanMoveEditTracks": {"tracks": ("WanMoveLoadTracks", "tracks")},
    "WanMoveTracksForOthers": {"tracks": _TRACKS, "picture": _FITTED},
    "WanMoveRegionTracks": {"mask": _MASK, "picture": _PICTURE},
    "WanMoveCameraTracks": {"picture": _PICTURE},
    "WanMoveVideoTracks": {"clip": ("GetVideoComponents", "images"), "picture": _PICTURE},
    "WanMoveRotate3D": {"mask": _MASK, "picture": _PICTURE},
    "WanMoveHoldRest": {"tracks": ("WanMoveRegionTracks", "tracks"), "picture": _PICTURE},
    "WanMoveCheckTracks": {"tracks": ("WanMoveHoldRest", "tracks"), "picture": _PICTURE},
    "WanMoveSplitTracks": {"tracks": _TRACKS, "picture": ("ImageFromBatch", "IMAGE")},
    "WanMoveJoinClips": {"clip_1": _CLIP, "clip_2": _CLIP},
    "WanMoveSimplifyTracks": {"tracks": ("WanMoveVideoTracks", "tracks")},
    "WanMoveEncodeImage": {
        "picture": _FITTED,
        "vae": ("VAELoader", "VAE"),
        "clip_vision": ("CLIPVisionLoader", "CLIP_VISION"),
    },
    "WanMoveGuide": {
        "positive": ("CLIPTextEncode", "CONDITIONING"),
        "negative": ("CLIPTextEncode", "CONDITIONING"),
        "wanmove_image": ("WanMoveEncodeImage", "wanmove_image"),
        "tracks": _TRACKS,
    },
    "WanMoveSigmas": {},
    "WanMoveSolver": {},
    "WanMoveGuider": {
        "model": _MODEL,
        "positive": ("WanMoveGuide", "positive"),
        "plain": ("WanMoveGuide", "plain"),
        "negative": ("WanMoveGuide", "negative"),
    },
    "WanMoveSampler": {
        "model": _MODEL,
        "positive": ("WanMoveGuide", "positive"),
        "negative": ("WanMoveGuide", "negative"),
        "latent": ("WanMoveGuide", "latent"),
    },
    "WanMoveEncodeDraft": {
        "draft": ("WanMoveDraft", "images"),
        "mask": ("WanMoveDraft", "mask"),
        "vae": ("VAELoader", "VAE"),
        "wanmove_image": ("WanMoveEncodeImage", "wanmove_image"),
    },
    "WanMoveDrawTracks": {"images": _CLIP, "tracks": _TRACKS},
    "WanMoveDraft": {"picture": _FITTED, "tracks": _TRACKS},
    "WanMoveSideBySide": {"first": _CLIP, "second": ("WanMoveDrawTracks", "images")},
    "WanMoveBenchCase": {},
    "WanMoveBenchScore": {
        "images": _CLIP,
        "reference": ("WanMoveBenchCase", "reference"),
        "tracks": ("WanMoveBenchCase", "tracks"),
    },
    "WanMoveAdherence": {"images": _CLIP, "tracks": _TRACKS},
    "WanMoveBestClip": {"clip_1": _CLIP, "clip_2": _CLIP, "tracks": _TRACKS},
    "WanMoveModelLoader": {},
    "WanMoveTextEncoderLoader": {},
    "WanMoveCLIPVisionLoader": {},
}

_SAVE = ("CreateVideo", "images")
_CUSTOM = "SamplerCustomAdvanced"

TARGETS: Links = {
    "WanMoveMotionEditor": {"tracks": _GUIDE, "picture": ("WanMoveEncodeImage", "picture")},
    "WanMoveLoadTracks": {"tracks": _GUIDE},
    "WanMoveParseTracks": {"tracks": _GUIDE},
    "WanMoveSaveTracks": {},
    "WanMoveMergeTracks": {"tracks": _GUIDE},
    "WanMoveEditTracks": {"tracks": _GUIDE},
    "WanMoveTracksForOthers": {
        "guide": ("WanVaceToVideo", "control_video"),
        "mask": ("WanVaceToVideo", "control_masks"),
        "coordinates": ("WanTrackToVideo", "tracks"),
    },
    "WanMoveRegionTracks": {"tracks": ("WanMoveHoldRest", "tracks")},
    "WanMoveCameraTracks": {"tracks": _GUIDE},
    "WanMoveVideoTracks": {"tracks": ("WanMoveCheckTracks", "tracks")},
    "WanMoveRotate3D": {"tracks": ("WanMoveHoldRest", "tracks")},
    "WanMoveHoldRest": {"tracks": _GUIDE},
    "WanMoveCheckTracks": {"tracks": _GUIDE},
    "WanMoveSplitTracks": {"tracks": _GUIDE, "length": ("WanMoveEncodeImage", "length")},
    "WanMoveJoinClips": {"images": _SAVE},
    "WanMoveSimplifyTracks": {"document": ("WanMoveParseTracks", "text")},
    "WanMoveEncodeImage": {"wanmove_image": ("WanMoveGuide", "wanmove_image")},
    "WanMoveGuide": {
        "positive": ("WanMoveSampler", "positive"),
        "negative": ("WanMoveSampler", "negative"),
        "latent": ("WanMoveSampler", "latent"),
    },
    "WanMoveSigmas": {"sigmas": (_CUSTOM, "sigmas")},
    "WanMoveSolver": {"sampler": (_CUSTOM, "sampler")},
    "WanMoveGuider": {"guider": (_CUSTOM, "guider")},
    "WanMoveSampler": {"latent": ("VAEDecode", "samples")},
    "WanMoveDrawTracks": {"images": _SAVE},
    "WanMoveDraft": {},
    "WanMoveEncodeDraft": {"lead_draft": ("WanMoveSampler", "lead_draft")},
    "WanMoveSideBySide": {"images": _SAVE},
    "WanMoveBenchCase": {
        "picture": ("WanMoveEncodeImage", "picture"),
        "prompt": ("CLIPTextEncode", "text"),
        "tracks": _GUIDE,
        "reference": ("WanMoveBenchScore", "reference"),
    },
    "WanMoveBenchScore": {"report": ("PreviewAny", "source")},
    "WanMoveAdherence": {"images": _SAVE, "suggested": _GUIDE},
    "WanMoveBestClip": {"images": _SAVE},
    "WanMoveModelLoader": {"MODEL": ("WanMoveSampler", "model")},
    "WanMoveTextEncoderLoader": {"CLIP": ("CLIPTextEncode", "clip")},
    "WanMoveCLIPVisionLoader": {"CLIP_VISION": ("WanMoveEncodeImage", "clip_vision")},
}

HOST_TITLES = {
    "ImageFromBatch": ("Get Image from Batch", "ImageFromBatch"),
    "PrimitiveStringMultiline": ("Text (Multiline)", "String (Multiline)"),
}
"""Nodes of the host whose title changed between releases: the one that is drawn, whichever release draws (ComfyUI
0.33.0's), then the older ones."""
