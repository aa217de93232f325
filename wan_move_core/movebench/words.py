"""What the command line and the reports say of the scores, at hand without what computes them."""

from __future__ import annotations

NOTICE = (
    "Measured by this program's own scoring: the script published with MoveBench was seen in part only (its list of "
    "measures, its FID and the size of FVD's input; not its EPE, SSIM and PSNR), so these numbers may not be "
    "comparable with published ones."
)
ALEXNET_FILE = "alexnet-owt-7be5be79.pth"
CLIP_REPO = "openai/clip-vit-base-patch32"
LPIPS_HELP = (
    f"torchvision's AlexNet ({ALEXNET_FILE}; torchvision.models.alexnet(weights='DEFAULT') puts it into torch's cache, "
    "where it is found by itself); the heads are torchmetrics' own, or in the same file as lin0..lin4"
)
CLIP_HELP = (
    f"a CLIP image tower under Hugging Face's names, file or folder (huggingface-cli download {CLIP_REPO} puts one "
    "into the cache, where it is found by itself)"
)
