"""The published encoders under Hugging Face's names, held against transformers and the published run."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from wan_move_core.checkpoints.keys import (
    clip_tensors,
    clip_vision_state_dict,
    is_published_clip,
    is_published_umt5,
    umt5_names,
    umt5_state_dict,
)
from wan_move_core.checkpoints.layout import CLIP_NAME, TOKENIZER_FOLDER, UMT5_NAME, iter_tensors
from wan_move_core.errors import WanMoveError


def test_the_published_text_states_are_reproduced_through_the_renamed_weights(golden):
    transformers = pytest.importorskip("transformers")
    folder = golden / "tiny_official" / "checkpoint"
    tensors = dict(iter_tensors(folder / UMT5_NAME))
    assert is_published_umt5(tensors) and not is_published_clip(tensors)
    renamed = umt5_state_dict(tensors)
    vocab, width = tensors["token_embedding.weight"].shape
    buckets, heads = tensors["blocks.0.pos_embedding.embedding.weight"].shape
    config = transformers.UMT5Config(
        vocab_size=vocab,
        d_model=width,
        d_kv=tensors["blocks.0.attn.q.weight"].shape[0] // heads,
        d_ff=tensors["blocks.0.ffn.fc1.weight"].shape[0],
        num_layers=3,
        num_heads=heads,
        relative_attention_num_buckets=buckets,
        feed_forward_proj="gated-gelu",
        dropout_rate=0.0,
    )
    model = transformers.UMT5EncoderModel(config).eval()
    assert renamed.keys() == model.state_dict().keys()
    model.load_state_dict(renamed)
    expected = np.load(golden / "tiny_official" / "expected.npz")["context"]
    from tokenizers import Tokenizer

    ids = Tokenizer.from_file(str(folder / TOKENIZER_FOLDER / "tokenizer.json")).encode("a red square moves").ids
    ids = ids if ids[-1] == 1 else [*ids, 1]
    padded = torch.zeros(1, 512, dtype=torch.long)
    padded[0, : len(ids)] = torch.tensor(ids)
    with torch.no_grad():
        states = model(input_ids=padded, attention_mask=(padded != 0).long()).last_hidden_state[0, : len(ids)]
    assert states.shape == expected.shape
    assert float((states - torch.from_numpy(expected)).abs().max()) < 1e-5


def test_the_published_image_features_are_reproduced_through_the_renamed_weights(golden):
    transformers = pytest.importorskip("transformers")
    tensors = dict(iter_tensors(golden / "clip_vision" / CLIP_NAME))
    assert is_published_clip(tensors) and not is_published_umt5(tensors)
    config = transformers.CLIPVisionConfig(
        hidden_size=64,
        intermediate_size=256,
        num_hidden_layers=4,
        num_attention_heads=4,
        image_size=32,
        patch_size=8,
        hidden_act="gelu",
        layer_norm_eps=1e-5,
    )
    model = transformers.CLIPVisionModel(config).eval()
    prefix = "vision_model." if any(n.startswith("vision_model.") for n in model.state_dict()) else ""
    model.load_state_dict(clip_vision_state_dict(tensors, prefix))
    expected = np.load(golden / "clip_vision" / "expected.npz")
    with torch.no_grad():
        states = model(torch.from_numpy(expected["pixel_values"]), output_hidden_states=True).hidden_states[-2]
    assert float((states - torch.from_numpy(expected["penultimate"])).abs().max()) < 1e-5


def test_real_sizes_give_the_known_numbers_of_keys():
    block = ["norm1", "attn.q", "attn.k", "attn.v", "attn.o", "norm2", "ffn.gate.0", "ffn.fc1", "ffn.fc2"]
    block.append("pos_embedding.embedding")
    names = ["token_embedding.weight", "norm.weight"]
    names += [f"blocks.{i}.{part}.weight" for i in range(24) for part in block]
    assert len({hf for name in names for hf in umt5_names(name)}) == 243
    assert umt5_names("blocks.23.ffn.fc1.weight") == ("encoder.block.23.layer.1.DenseReluDense.wi_1.weight",)


def test_fused_attention_is_split_into_views_and_unused_tensors_go():
    qkv = torch.arange(12.0).reshape(6, 2)
    parts = dict(clip_tensors("visual.transformer.3.attn.to_qkv.weight", qkv))
    assert [n.rsplit(".", 2)[-2] for n in parts] == ["q_proj", "k_proj", "v_proj"]
    assert torch.equal(torch.cat(list(parts.values())), qkv)
    assert next(iter(parts.values())).untyped_storage().data_ptr() == qkv.untyped_storage().data_ptr()
    for unused in ("log_scale", "visual.head", "textual.model.token_embedding.weight"):
        assert not list(clip_tensors(unused, torch.zeros(2, 2)))


def test_unknown_names_are_refused():
    with pytest.raises(WanMoveError, match=r"unknown tensor 'blocks\.0\.surprise\.weight'"):
        umt5_names("blocks.0.surprise.weight")
    with pytest.raises(WanMoveError, match=r"unknown tensor 'visual\.surprise'"):
        list(clip_tensors("visual.surprise", torch.zeros(1)))
