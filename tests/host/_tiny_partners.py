"""Random files of the networks that work beside ours, from the host's own classes, as small as their formats allow.

    python _tiny_partners.py CHECKOUT MODELS

Run by the host's interpreter; ``MODELS`` is the server's folder of that name.
"""

from __future__ import annotations

import sys
from pathlib import Path

DEPTH, FILM, UNI3C, SAM3 = (
    "tiny_da3.safetensors",
    "tiny_rife.safetensors",
    "tiny_uni3c.safetensors",
    "no_sam3.safetensors",
)
DIM = 32
"""Of the tiny Wan network; Uni3C's first layer and residuals have its width."""


def make_partners(models: Path) -> None:
    import comfy.ops
    import torch
    from _tiny import _filled
    from comfy.ldm.depth_anything_3.model import DepthAnything3Net
    from comfy.ldm.wan.uni3c import WanUni3CControlnet
    from comfy_extras.frame_interpolation_models.ifnet import IFNet
    from safetensors.torch import save_file

    how = {"device": "cpu", "dtype": torch.float32, "operations": comfy.ops.disable_weight_init}
    depth = DepthAnything3Net(
        "vits", head_dim_in=384, head_features=16, head_out_channels=(16, 16, 16, 16), head_use_sky_head=False,
        out_layers=(5, 7, 9, 11), **how,
    )  # fmt: skip
    uni3c = WanUni3CControlnet(
        conv_out_dim=DIM,
        dim=192,
        ffn_dim=64,
        num_layers=1,
        time_embed_dim=DIM,
        out_proj_dim=DIM,
        mid_channels=16,
        **how,
    )
    made = {
        f"geometry_estimation/{DEPTH}": depth, f"frame_interpolation/{FILM}": IFNet(4, (8, 8, 8, 8, 8), **how),
        f"model_patches/{UNI3C}": uni3c,
    }  # fmt: skip
    for name, network in made.items():
        (models / name).parent.mkdir(parents=True, exist_ok=True)
        save_file(_filled(network, 5), models / name)
    (models / "checkpoints").mkdir(exist_ok=True)
    save_file({"no": torch.zeros(1)}, models / "checkpoints" / SAM3)


if __name__ == "__main__":
    checkout, models = sys.argv[1:]
    sys.path[:0] = [checkout, str(Path(__file__).resolve().parent)]
    sys.argv = ["main.py", "--cpu"]
    import comfy.options

    comfy.options.enable_args_parsing()
    make_partners(Path(models))
