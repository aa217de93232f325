"""Prompts for the tests, built from small pieces: ``Graph`` numbers nodes and links them by value."""

from __future__ import annotations

import json
from typing import Any

from _tiny import DIT, TEXT_WIDTH, VAE


class Graph:
    """``g.add("KSampler", seed=1, ...)`` returns the node's id; ``g.out(id, 1)`` links its second output."""

    def __init__(self) -> None:
        self.prompt: dict[str, Any] = {}

    def add(self, kind: str, **inputs: Any) -> str:
        node = str(len(self.prompt) + 1)
        self.prompt[node] = {"class_type": kind, "inputs": {k: v for k, v in inputs.items() if v is not None}}
        return node

    @staticmethod
    def out(node: str, index: int = 0) -> list:
        return [node, index]


def diagonal(frames: int, size_wh: tuple[int, int], count: int = 2, told: bool = True) -> dict[str, Any]:
    """``count`` tracks across the picture, beside each other, as TestTracks reads them."""
    width, height = size_wh
    xy = [
        [
            [
                width * (0.2 + 0.5 * f / max(frames - 1, 1)),
                height * (0.15 + 0.6 * n / count + 0.1 * f / max(frames - 1, 1)),
            ]
            for n in range(count)
        ]
        for f in range(frames)
    ]
    return {"xy": xy, **({"size_wh": list(size_wh)} if told else {})}


class Video(Graph):
    """The usual graph up to Guide, in a 64x64 video of 9 frames unless told; names hold the nodes' ids."""

    def __init__(
        self,
        width: int = 64,
        height: int = 64,
        length: int = 9,
        fit: str = "crop",
        tracks: dict[str, Any] | None = None,
        picture: dict[str, Any] | None = None,
        end_picture: bool = False,
        model: str = DIT,
        text_width: int = TEXT_WIDTH,
        **guide: Any,
    ) -> None:
        super().__init__()
        self.size = (width, height, length)
        self.vae = self.add("VAELoader", vae_name=VAE)
        self.model = self.add("UNETLoader", unet_name=model, weight_dtype="default")
        positive = self.add("TestText", seed=1, width=text_width)
        negative = self.add("TestText", seed=2, width=text_width)
        clip = self.add("TestClipVision", seed=3)
        self.text = self.add("TestSetClipVision", conditioning=[positive, 0], clip_vision_output=[clip, 0])
        self.negative_text = self.add("TestSetClipVision", conditioning=[negative, 0], clip_vision_output=[clip, 0])
        self.picture = self.add("TestImage", **{"width": width, "height": height, **(picture or {})})
        end = [self.add("TestImage", width=width, height=height, frames=2), 0] if end_picture else None
        self.encode = self.add(
            "WanMoveEncodeImage", picture=[self.picture, 0], vae=[self.vae, 0], width=width, height=height,
            length=length, fit=fit, end_picture=end,
        )  # fmt: skip
        self.tracks = self.add("TestTracks", json_text=json.dumps(tracks or diagonal(length, (width, height))))
        settings = {
            "strength": 1.0, "start": 0.0, "end": 1.0, "negative_branch": "guided", "tracks_space": "auto",
            "batch_size": 1, "tracks": [self.tracks, 0], **guide,
        }  # fmt: skip
        self.guide = self.add(
            "WanMoveGuide", positive=[self.text, 0], negative=[self.negative_text, 0],
            wanmove_image=[self.encode, 0], **settings,
        )  # fmt: skip

    def sampler(self, **settings: Any) -> str:
        """WanMoveSampler on the guide, 2 steps unless told."""
        values = {"seed": 0, "preset": "custom", "steps": 2, "cfg": 2.0, "track_cfg": -1.0, "shift": 3.0, **settings}
        return self.add(
            "WanMoveSampler", model=[self.model, 0], positive=[self.guide, 0], negative=[self.guide, 1],
            latent=[self.guide, 3], **values,
        )  # fmt: skip

    def decode(self, latent: str) -> str:
        return self.add("VAEDecode", samples=[latent, 0], vae=[self.vae, 0])

    def save_condition(self, name: str) -> str:
        return self.add(
            "TestSave", name=name, positive=[self.guide, 0], negative=[self.guide, 1], plain=[self.guide, 2],
            latent=[self.guide, 3], wanmove_image=[self.encode, 0], images=[self.encode, 1],
        )  # fmt: skip
