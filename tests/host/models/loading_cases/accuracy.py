"""Velocity errors of every precision, stock loader beside ours; memory states; refusals."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from _start import measured_load, random_network, report, start, text_of, velocity, write_folder

base, big = Path(sys.argv[1]), sys.argv[2]
start(base)
peak = measured_load(big, "bf16 (published)")

import comfy.model_management
import comfy.ops
import comfy.sd
import torch
from comfy.ldm.wan.model import WanModel
from safetensors.torch import save_file
from wan_move_pack.wan_move_core.checkpoints.convert import convert
from wan_move_pack.wan_move_core.checkpoints.fp8 import is_quantised_name
from wan_move_pack.wan_move_core.checkpoints.shapes import NetworkShape
from wan_move_pack.wan_move_core.hosts.comfy.models import folders as paths
from wan_move_pack.wan_move_core.hosts.comfy.models import network as loading
from wan_move_pack.wan_move_core.hosts.comfy.sampling import sampler

SHAPE = NetworkShape(dim=512, ffn_dim=1024, num_layers=4, num_heads=4)
models = base / "models" / "diffusion_models"
tensors = random_network(SHAPE, torch.bfloat16)
folder = write_folder(models / "published", tensors, shards=3, heads=4)
single = convert(folder, models / "bf16.safetensors", "bf16").target
files = {to: convert(folder, models / f"{to}.safetensors", to).target for to in ("fp8", "fp8-legacy")}
matmul = convert(folder, models / "matmul.safetensors", "fp8", fp8_matmul=True).target
save_file({n: t.to(torch.float8_e4m3fn) for n, t in tensors.items()}, str(models / "naive.safetensors"),
          metadata={"config": '{"transformer": {"num_heads": 4}}'})  # fmt: skip

exact = {sigma: velocity(loading.load_model(folder, "fp32"), sigma) for sigma in (0.95, 0.5)}


def error(patcher) -> list[float]:
    return [float((velocity(patcher, s) - v).norm() / v.norm()) for s, v in exact.items()]


results: dict = {"errors": {}, "equal": {}, "peak": peak, "arithmetic": {}}
ours = {p: loading.load_model(folder, p) for p in loading.PRECISIONS}
errors = results["errors"]
for precision, patcher in ours.items():
    errors[f"ours, {precision}"] = error(patcher)
stock = {
    "bf16": comfy.sd.load_diffusion_model(str(single)),
    "naive cast": comfy.sd.load_diffusion_model(str(single), {"dtype": torch.float8_e4m3fn}),
    **{to: comfy.sd.load_diffusion_model(str(file)) for to, file in files.items()},
}
for name, patcher in stock.items():
    errors[f"stock, {name}"] = error(patcher)


# On cards the arithmetic follows the precision; here the CPU is told to, as load_model does where the device can.
for precision in ("bf16 (published)", "fp16"):
    patcher = loading.load_model(files["fp8"], precision)
    loading.set_arithmetic(patcher, {"fp16": torch.float16}.get(precision, torch.bfloat16))
    errors[f"fp8 file, arithmetic of {precision}"] = error(patcher)
    computed = patcher.model.manual_cast_dtype
    results["arithmetic"][precision] = str(computed).removeprefix("torch.")


def same(a, b) -> bool:
    return torch.equal(velocity(a), velocity(b))


equal = results["equal"]
equal["single file = folder"] = same(loading.load_model(single, "bf16 (published)"), ours["bf16 (published)"])
equal["fp8 while loading = converted, stock"] = same(ours["fp8 scaled"], stock["fp8"])
equal["converted, ours = stock"] = same(loading.load_model(files["fp8"], "as stored"), stock["fp8"])
equal["legacy, ours = stock"] = same(loading.load_model(files["fp8-legacy"], "as stored"), stock["fp8"])
equal["index = folder"] = same(loading.load_model(next(folder.glob("*.index.json")), "fp8 scaled"), ours["fp8 scaled"])
reference = {n: t.to(torch.float8_e4m3fn).float() for n, t in tensors.items()}
save_file(reference, str(models / "naive_fp32.safetensors"),
          metadata={"config": '{"transformer": {"num_heads": 4}}'})  # fmt: skip
kept = loading.load_model(models / "naive.safetensors", "fp32")
upcast = velocity(loading.load_model(models / "naive_fp32.safetensors", "fp32"))
errors["fp8 digits kept exactly"] = [float((velocity(kept) - upcast).norm() / upcast.norm())]


def full_precision(patcher) -> bool | None:
    """What the first layer was told about its products; None on hosts that do not keep it apart from the device's."""
    return getattr(patcher.model.diffusion_model.blocks[0].ffn[0], "_full_precision_mm_config", None)


# Scaled e5m2 in the forms that files come in; the reference is the digits multiplied out, which any loader reads.
digits, scales = {}, {}
for name, value in tensors.items():
    if is_quantised_name(name):
        scales[name] = value.float().abs().max() / 57344
        digits[name] = (value.float() / scales[name]).to(torch.float8_e5m2)
rest = {n: t for n, t in tensors.items() if n not in digits}
told = {"config": '{"transformer": {"num_heads": 4}}'}
CONFIG = json.dumps({"format": "float8_e4m3fn", "full_precision_matrix_mult": True}).encode()
multiplied = {**rest, **{n: d.float() * scales[n] for n, d in digits.items()}}
save_file({n: t.float() for n, t in multiplied.items()}, str(models / "e5m2_plain.safetensors"), metadata=told)
layers = {n.removesuffix(".weight"): n for n in digits}
forms = {
    "legacy": {**{f"{k}.scale_weight": scales[n].reshape(1) for k, n in layers.items()},
               "scaled_fp8": torch.zeros(2).to(torch.float8_e5m2)},
    "unmarked": {f"{k}.weight_scale": scales[n] for k, n in layers.items()},
    "mistagged": {**{f"{k}.weight_scale": scales[n] for k, n in layers.items()},
                  **{f"{k}.comfy_quant": torch.tensor(list(CONFIG), dtype=torch.uint8) for k in layers}},
    "metadata": {f"{k}.weight_scale": scales[n] for k, n in layers.items()},
}  # fmt: skip
plain = loading.load_model(models / "e5m2_plain.safetensors", "fp32")
for form, beside in forms.items():
    tag = {"_quantization_metadata": json.dumps({"layers": {k: {"format": "float8_e4m3fn"} for k in layers}})}
    file = models / f"e5m2_{form}.safetensors"
    save_file({**rest, **digits, **beside}, str(file), metadata={**told, **(tag if form == "metadata" else {})})
    patcher = loading.load_model(file, "fp32")
    errors[f"e5m2, {form}"] = error(patcher)
    apart = (velocity(patcher) - velocity(plain)).norm() / velocity(plain).norm()
    equal[f"e5m2, {form}"] = float(apart) < 0.005

# What dynamic VRAM leaves behind, on a machine that cannot have it: a bf16 model whose weights are the file's float32.
wide = loading.load_model(folder, "bf16 (published)")
for weight in wide.model.diffusion_model.parameters():
    weight.data = weight.data.float()


def kinds(patcher) -> list[str]:
    return sorted({str(p.dtype).removeprefix("torch.") for p in patcher.model.diffusion_model.parameters()})


moves: list[int] = []
comfy.utils.set_progress_bar_global_hook(lambda done, total, *_, **__: moves.append(done))
results["wide"] = {"before": kinds(wide), "cast": loading.cast_weights(wide, torch.bfloat16), "after": kinds(wide)}
results["wide"] |= {"progress": max(moves), "again": loading.cast_weights(wide, torch.bfloat16)}
equal["left wide, then cast"] = same(wide, ours["bf16 (published)"])


def cancelled(precision: str) -> str:
    comfy.model_management.interrupt_current_processing()
    try:
        loading.load_model(folder, precision)
    except BaseException as stopped:
        return type(stopped).__name__
    return "not heard"


results["progress"] = {}
for precision in loading.PRECISIONS:
    moves.clear()
    loading.load_model(folder, precision)
    results["progress"][precision] = [list(moves), cancelled(precision)]
comfy.utils.set_progress_bar_global_hook(None)

results["full precision products"] = {
    "while loading": full_precision(ours["fp8 scaled"]),
    "while loading, fp8_matmul": full_precision(loading.load_model(folder, "fp8 scaled", True)),
    "marked file, switch off": full_precision(loading.load_model(matmul, "as stored", False)),
    "marked file, switch on": full_precision(loading.load_model(matmul, "as stored", True)),
    "legacy file, switch on": full_precision(loading.load_model(files["fp8-legacy"], "as stored", True)),
}
results["dtypes"] = {
    precision: sorted({str(p.dtype).removeprefix("torch.") for p in patcher.model.diffusion_model.parameters()})
    for precision, patcher in ours.items()
}

# Memory states of the host: streamed per call, partly unloaded, unloaded, loaded again, made anew by the host.
for precision in ("bf16 (published)", "fp8 scaled"):
    patcher = ours[precision]
    before = velocity(patcher)
    cpu = torch.device("cpu")
    comfy.model_management.unload_all_models()
    patcher.load(cpu, lowvram_model_memory=4 * 2**20, full_load=False)
    equal[f"{precision}, streamed"] = torch.equal(velocity(patcher, load=False), before)
    patcher.partially_load(cpu, 16 * 2**20)
    equal[f"{precision}, partly loaded"] = torch.equal(velocity(patcher, load=False), before)
    patcher.partially_unload(cpu, 8 * 2**20)
    equal[f"{precision}, partly unloaded"] = torch.equal(velocity(patcher, load=False), before)
    patcher.detach()
    equal[f"{precision}, reloaded"] = torch.equal(velocity(patcher), before)
    make, arguments = patcher.cached_patcher_init
    again = make(*arguments, disable_dynamic=True)
    equal[f"{precision}, made anew"] = torch.equal(velocity(again), before)

# --lowvram and --novram exclude --cpu. What those flags do is to set this state.
state = comfy.model_management.VRAMState
for precision, before in ((p, velocity(ours[p])) for p in ("bf16 (published)", "fp8 scaled")):
    for name in ("LOW_VRAM", "NO_VRAM"):
        comfy.model_management.unload_all_models()
        comfy.model_management.vram_state = state[name]
        equal[f"{precision}, {name}"] = torch.equal(velocity(loading.load_model(folder, precision)), before)
    comfy.model_management.vram_state = state.DISABLED

broken = dict(tensors)
del broken["blocks.2.ffn.2.bias"]
broken["head.head.bias"] = torch.zeros(63)
incomplete = write_folder(models / "broken", broken, shards=2, heads=4)
results["refusals"] = {
    "broken": text_of(lambda: loading.load_model(incomplete)),
    "matmul": text_of(lambda: loading.load_model(folder, "bf16 (published)", True)),
    "precision": text_of(lambda: loading.load_model(folder, "int4")),
    "traversal": text_of(lambda: paths.find("diffusion_models", "../../../../etc/passwd")),
    "absent": text_of(lambda: paths.find("diffusion_models", "absent.safetensors")),
}


def _tiny_network(kind: str, in_dim: int, out_dim: int):
    """A model of the host's own class, one layer and no values."""
    network = WanModel(
        model_type=kind, in_dim=in_dim, out_dim=out_dim, dim=32, ffn_dim=64, freq_dim=256, text_dim=64, num_heads=2,
        num_layers=1, operations=comfy.ops.disable_weight_init, dtype=torch.float32, device="cpu",
    )  # fmt: skip
    told = {"config": '{"transformer": {"num_heads": 2, "text_dim": 64}}'}
    zeros = {name: torch.zeros_like(value) for name, value in network.state_dict().items()}
    return comfy.sd.load_diffusion_model_state_dict(zeros, metadata=told)


networks = {"5B": ("t2v", 48, 48), "T2V": ("t2v", 16, 16), "I2V": ("i2v", 36, 16), "Wan2.2 A14B": ("t2v", 36, 16)}
for name, (kind, in_dim, out_dim) in networks.items():
    model = _tiny_network(kind, in_dim, out_dim)
    results["refusals"][f"sampling {name}"] = text_of(lambda model=model: sampler.require_wan(model))
without_images = NetworkShape(dim=128, ffn_dim=128, num_layers=2, num_heads=1, image_dim=None)
experts = write_folder(base / "expert", random_network(without_images, torch.bfloat16), shards=2, heads=1)
loaded = loading.load_model(experts, "fp8 scaled")
results["Wan2.2 expert"] = {
    "refused": text_of(lambda: sampler.require_wan(loaded)),
    "finite": bool(torch.isfinite(velocity(loaded)).all()),
    "image branch": any("img" in name for name in loaded.model.state_dict()),
    "off": float((velocity(loaded) - velocity(loading.load_model(experts, "fp32"))).norm() / velocity(loaded).norm()),
}
(models / "published" / "Wan2.1_VAE.pth").write_bytes(b"x")
(models / "published" / "models_t5_umt5-xxl-enc-bf16.pth").write_bytes(b"x")
(models / "alone-00001-of-00002.safetensors").write_bytes(b"x")
results["refusals"]["shard"] = text_of(lambda: loading.load_model(models / "alone-00001-of-00002.safetensors"))
results["names"] = sorted(paths.model_names())
results["text names"] = paths.torch_names("text_encoders", "models_t5_umt5-xxl-enc-bf16.pth", "t5")
report(results)
