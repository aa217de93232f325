"""The extracted LoRA through ComfyUI's own loader node. Argument: a folder for the models."""

import sys
from pathlib import Path

import _start

base_folder = Path(sys.argv[1])
_start.start(base_folder)

import logging

import comfy.sd
import folder_paths
import torch
from safetensors.torch import save_file
from wan_move_pack.wan_move_core.checkpoints.lora.extract import extract_lora
from wan_move_pack.wan_move_core.checkpoints.lora.names import is_image_branch
from wan_move_pack.wan_move_core.checkpoints.shapes import NetworkShape
from wan_move_pack.wan_move_core.hosts.comfy.models import network as loading

import nodes

RANK = 256
SHAPE = NetworkShape(dim=256, ffn_dim=512, num_layers=2, num_heads=2)
base = _start.random_network(SHAPE, torch.float32)
learnt = _start.random_network(SHAPE, torch.float32, seed=5)
model = {
    name: tensor + (0.05 * learnt[name] if tensor.ndim > 1 else 0.05 * (learnt[name] - learnt[name].mean()))
    for name, tensor in base.items()
}
# The one matrix that no rank of 256 holds whole: the host has its sides from the image encoder.
name = "img_emb.proj.1.weight"
few = torch.randn(1280, 40, generator=torch.Generator().manual_seed(3)) * 0.01
model[name] = base[name] + few @ few.T
# Modulation is no layer's weight or bias: what the host does about it is looked at alone.
turned = {name: model[name] if name.endswith("modulation") else tensor for name, tensor in base.items()}
model = {name: base[name] if name.endswith("modulation") else tensor for name, tensor in model.items()}
folders = {
    name: _start.write_folder(base_folder / name, tensors, shards=2, heads=2)
    for name, tensors in (("wan_move", model), ("wan21", base), ("turned", turned))
}
loras = Path(folder_paths.get_folder_paths("loras")[0])
loras.mkdir(parents=True, exist_ok=True)
pair = (folders["wan_move"], folders["wan21"])
extract_lora(*pair, loras / "full.safetensors", RANK, dtype="fp32")
extract_lora(folders["turned"], folders["wan21"], loras / "turned.safetensors", 16, dtype="fp32")
extract_lora(*pair, loras / "half.safetensors", RANK, dtype="fp16")
extract_lora(*pair, loras / "small.safetensors", 16, dtype="fp32")
extract_lora(*pair, loras / "without.safetensors", RANK, dtype="fp32", leave_out=(0,), image_branch=False)

warned: list[str] = []
heard = logging.Handler(logging.WARNING)
heard.emit = lambda record: warned.append(record.getMessage())  # type: ignore[method-assign]
logging.getLogger().addHandler(heard)


def with_lora(patcher, name: str, strength: float = 1.0):
    return nodes.LoraLoaderModelOnly().load_lora_model_only(patcher, f"{name}.safetensors", strength)[0]


def load(folder: Path):
    return loading.load_model(folder, "fp32")


def off(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a - b).norm() / b.norm())


truth, plain = _start.velocity(load(folders["wan_move"])), _start.velocity(load(folders["wan21"]))
results = {"apart": off(plain, truth)}
for name in ("full", "half", "small"):
    results[name] = off(_start.velocity(with_lora(load(folders["wan21"]), name)), truth)
results["strength 0.5"] = off(_start.velocity(with_lora(load(folders["wan21"]), "full", 0.5)), truth)
target = _start.velocity(load(folders["turned"]))
results["modulation apart"] = off(plain, target)
results["modulation"] = off(_start.velocity(with_lora(load(folders["wan21"]), "turned")), target)
patched = with_lora(load(folders["wan21"]), "full")
results["patches"] = len(patched.patches)
results["tensors"] = len(base)
weights = {}
import comfy.model_management

comfy.model_management.load_models_gpu([patched], force_full_load=True)
for name, value in patched.model.diffusion_model.state_dict().items():
    weights[name] = float((value.float() - model[name]).abs().max())
results["largest weight error"] = max(weights.values())
results["worst"] = max(weights, key=weights.__getitem__)
results["not loaded"] = [text for text in warned if "not loaded" in text]

# Wan2.2's network: the same 36 channels, without the branch of image features.
warned.clear()
two = {n: t.contiguous() for n, t in base.items() if not is_image_branch(n)}
save_file(two, str(base_folder / "wan22.safetensors"))


def expert():
    return comfy.sd.load_diffusion_model(str(base_folder / "wan22.safetensors"), {"dtype": torch.float32})


results["wan22, complete file"] = len(with_lora(expert(), "full").patches)
results["wan22, complaints about a complete file"] = sum("not loaded" in text for text in warned)
warned.clear()
carried = with_lora(expert(), "without")
results["wan22 patches"] = len(carried.patches)
results["wan22 expected"] = sum(not n.startswith("blocks.0.") for n in two)
results["wan22 not loaded"] = [text for text in warned if "not loaded" in text]
comfy.model_management.load_models_gpu([carried], force_full_load=True)
weights = {
    name: float((value.float() - (base if name.startswith("blocks.0.") else model)[name]).abs().max())
    for name, value in carried.model.diffusion_model.state_dict().items()
}
results["wan22 weight error"] = max(weights.values())
results["wan22 worst"] = max(weights, key=weights.__getitem__)
_start.report(results)
