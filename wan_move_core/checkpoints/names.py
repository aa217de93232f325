"""Names that need nothing computed: the published folder's files, and what a conversion can be asked for.

Source of the files' names: Wan-Move 27409be and its model page.
"""

from __future__ import annotations

INDEX_NAME = "diffusion_pytorch_model.safetensors.index.json"
SINGLE_NAME = "diffusion_pytorch_model.safetensors"
CONFIG_NAME = "config.json"
UMT5_NAME = "models_t5_umt5-xxl-enc-bf16.pth"
CLIP_NAME = "models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth"
VAE_NAME = "Wan2.1_VAE.pth"
TOKENIZER_FOLDER = "google/umt5-xxl"
EXPERT_FOLDERS = ("high_noise_model", "low_noise_model")
"""In Wan2.2 A14B's published folder, in place of one network's files."""

TARGET_NAMES = ("bf16", "fp16", "fp32", "fp8", "fp8-legacy")
"""What ``convert --to`` takes; fp8-legacy is the older form of scaled fp8."""
