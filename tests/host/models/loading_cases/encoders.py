"""The published text and image encoders through the host's classes, beside transformers and the reference numbers."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from _start import measured_load, report, start, text_of

base, golden, big = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
# Whole precision: by default the host rounds encoders to fp16, which is more than the differences looked for.
start(base, "--fp32-text-enc")
peak = measured_load(big, "fp8 scaled")

import json

import numpy as np
import sentencepiece
import torch
from wan_move_pack.wan_move_core.checkpoints.keys import umt5_names
from wan_move_pack.wan_move_core.hosts.comfy.models import text_encoder as loading_text
from wan_move_pack.wan_move_core.hosts.comfy.models import vision as loading_vision
from wan_move_pack.wan_move_core.method.encoder_pixels import published_clip_pixels

results: dict = {"refusals": {}, "peak": peak}
refusals = results["refusals"]

# A text encoder as small as the host's detection allows: 24 layers, feed-forward width 10240.
WIDTH, HEADS, HEAD, HIDDEN, VOCAB = 32, 2, 16, 10240, 96
folder = base / "models" / "text_encoders"
folder.mkdir(parents=True)
generator = torch.Generator().manual_seed(3)


def random(*size: int) -> torch.Tensor:
    return torch.randn(size, generator=generator) * size[-1] ** -0.5


published = {"token_embedding.weight": random(VOCAB, WIDTH) * 5, "norm.weight": 1 + random(WIDTH)}
for i in range(24):
    block = {
        "norm1": 1 + random(WIDTH), "norm2": 1 + random(WIDTH),
        **{f"attn.{part}": random(HEADS * HEAD, WIDTH) for part in "qkv"}, "attn.o": random(WIDTH, HEADS * HEAD),
        "ffn.gate.0": random(HIDDEN, WIDTH), "ffn.fc1": random(HIDDEN, WIDTH), "ffn.fc2": random(WIDTH, HIDDEN),
        "pos_embedding.embedding": random(32, HEADS),
    }  # fmt: skip
    published.update({f"blocks.{i}.{part}.weight": tensor for part, tensor in block.items()})
pth = folder / "models_t5_umt5-xxl-enc-bf16.pth"
torch.save(published, pth)
refusals["tokenizer"] = text_of(lambda: loading_text.load_text_encoder(pth))
place = folder / "google" / "umt5-xxl"
place.mkdir(parents=True)
(place / "tokenizer.json").write_text("{}")
refusals["only tokenizer.json"] = text_of(lambda: loading_text.load_text_encoder(pth))
sentences = base / "sentences.txt"
sentences.write_text("\n".join(f"a red square moves over the {w} table {i}" for i, w in enumerate("xyzabc" * 20)))
sentencepiece.SentencePieceTrainer.train(
    input=str(sentences), model_prefix=str(base / "spiece"), vocab_size=40, pad_id=0, eos_id=1, unk_id=2, bos_id=-1,
    minloglevel=2,
)  # fmt: skip
(place / "spiece.model").write_bytes(b"not a model")
refusals["damaged tokenizer"] = text_of(lambda: loading_text.load_text_encoder(pth))
(place / "spiece.model").write_bytes((base / "spiece.model").read_bytes())

clip = loading_text.load_text_encoder(pth)
prompt = "a red square moves"
tokens = clip.tokenize(prompt)
states = clip.encode_from_tokens(tokens)

from transformers import UMT5Config, UMT5EncoderModel

config = UMT5Config(
    vocab_size=VOCAB, d_model=WIDTH, d_kv=HEAD, d_ff=HIDDEN, num_layers=24, num_heads=HEADS, dropout_rate=0.0,
    feed_forward_proj="gated-gelu",
)  # fmt: skip
reference = UMT5EncoderModel(config).eval()
renamed = {hf: t for n, t in published.items() for hf in umt5_names(n)}
results["same keys as transformers"] = renamed.keys() == reference.state_dict().keys()
reference.load_state_dict(renamed)
ids = [*sentencepiece.SentencePieceProcessor(model_file=str(base / "spiece.model")).encode(prompt), 1]
padded = torch.zeros(1, 512, dtype=torch.long)
padded[0, : len(ids)] = torch.tensor(ids)
with torch.no_grad():
    expected = reference(input_ids=padded, attention_mask=(padded != 0).long()).last_hidden_state
results["text"] = {
    "difference": float((states[0, : len(ids)] - expected[0, : len(ids)]).abs().max()),
    "scale": float(expected[0, : len(ids)].abs().max()),
    "padding": float(states[0, len(ids) :].abs().max()) if states.shape[1] > len(ids) else 0.0,
    "shape": list(states.shape),
}
make, arguments = clip.patcher.cached_patcher_init
results["text made anew"] = type(make(*arguments, disable_dynamic=True)).__name__
on_cpu = loading_text.load_text_encoder(pth, "cpu")
results["text on cpu"] = [str(on_cpu.patcher.load_device), str(on_cpu.patcher.offload_device)]

torch.save({k: v for k, v in published.items() if k != "blocks.7.attn.k.weight"}, folder / "short.pth")
refusals["incomplete text"] = text_of(lambda: loading_text.load_text_encoder(folder / "short.pth"))
torch.save({**published, "blocks.3.attn.o.weight": torch.zeros(31, 32)}, folder / "bent.pth")
refusals["misshapen text"] = text_of(lambda: loading_text.load_text_encoder(folder / "bent.pth"))
torch.save({"encoder.block.0.x": torch.zeros(1)}, folder / "stock.pth")
refusals["repackaged text"] = text_of(lambda: loading_text.load_text_encoder(folder / "stock.pth"))
torch.save({**published, "token_embedding.weight": random(30, WIDTH)}, folder / "few.pth")
refusals["tokenizer of another"] = text_of(lambda: loading_text.load_text_encoder(folder / "few.pth"))
torch.save({"foo": torch.zeros(1)}, folder / "other.pth")
refusals["other as text"] = text_of(lambda: loading_text.load_text_encoder(folder / "other.pth"))
refusals["other as vision"] = text_of(lambda: loading_vision.load_clip_vision(folder / "other.pth"))

if golden.is_dir():
    tiny = base / "clip.json"
    tiny.write_text(json.dumps({
        "hidden_act": "gelu", "hidden_size": 64, "image_size": 32, "intermediate_size": 256, "layer_norm_eps": 1e-5,
        "model_type": "clip_vision_model", "num_attention_heads": 4, "num_channels": 3, "num_hidden_layers": 4,
        "patch_size": 8, "projection_dim": 16,
    }))  # fmt: skip
    file = golden / "clip_vision" / "models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth"
    numbers = np.load(golden / "clip_vision" / "expected.npz")
    vision = loading_vision.load_clip_vision(file, tiny)
    picture = torch.from_numpy(numbers["image"]).permute(0, 2, 3, 1).float() / 255
    pixels = published_clip_pixels(picture, vision.image_size, vision.image_mean, vision.image_std)
    import comfy.clip_vision
    import comfy.model_management

    comfy.model_management.load_model_gpu(vision.patcher)
    with torch.no_grad():
        penultimate = vision.model(pixel_values=pixels, intermediate_output=-2)[1]
        cropped = vision.encode_image(picture, crop=True)["penultimate_hidden_states"]
    expected_states = torch.from_numpy(numbers["penultimate"])
    results["vision"] = {
        "difference": float((penultimate - expected_states).abs().max()),
        "with the host's own preprocessing": float((cropped - expected_states).abs().max()),
        "embedding is finite": bool(torch.isfinite(vision.encode_image(picture)["image_embeds"]).all()),
    }
    # As where the host is frozen or zipped: its modules have no file, and the description is found all the same.
    del comfy.clip_vision.__file__
    refusals["vision of another size"] = text_of(lambda: loading_vision.load_clip_vision(file))
report(results)
