"""Memory plans: what is chosen, what is estimated, and that each step really did something."""

from __future__ import annotations

import json

import pytest
import torch

from wan_move_core.checkpoints.shapes import PUBLISHED_SHAPE, expected_shapes
from wan_move_core.errors import WanMoveError
from wan_move_core.generate.memory import (
    GB,
    PRESETS,
    MemoryPlan,
    Sharing,
    choose_plan,
    estimate,
    plan_lines,
    sharing_notes,
)

TEXT = 11.4 * GB


def _estimate(plan, **more):
    return estimate(plan, PUBLISHED_SHAPE, (832, 480), 81, text_bytes=TEXT, **more)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_estimate_of_a_preset_fits_its_card(preset):
    computed = _estimate(choose_plan(preset, card_bytes=None))
    # An N GB card holds N GiB.
    assert computed.card < int(preset[:-1]) * 2**30 - 0.5 * GB


def test_weights_are_counted_as_they_are():
    """Against the sum over the published shapes: 16.395e9 parameters, the big matrices half of it in fp8."""
    count = sum(torch.Size(s).numel() for s in expected_shapes(PUBLISHED_SHAPE).values())
    assert count == pytest.approx(16.395e9, rel=1e-3)
    active = _estimate(MemoryPlan("x"), gguf_bytes=0).network
    plain = _estimate(MemoryPlan("x")).network - active
    assert plain == pytest.approx(2 * count, rel=0.04)
    assert _estimate(MemoryPlan("x", storage="fp8")).network - active == pytest.approx(count, rel=0.08)
    assert _estimate(MemoryPlan("x"), shards=4).network - active == pytest.approx(plain / 4)
    assert _estimate(MemoryPlan("x"), sequence=4, gguf_bytes=0).network == pytest.approx(active / 4)


def test_what_is_chosen():
    for gigabytes, preset in (
        (85, "80g"),
        (79.1, "80g"),
        (47, "40g"),
        (42.2, "40g"),
        (25.3, "24g"),
        (16.9, "16g"),
        (12.6, "12g"),
    ):
        assert choose_plan("auto", card_bytes=int(gigabytes * GB)).preset == preset
    assert choose_plan("auto", card_bytes=None).preset == "cpu"
    with pytest.raises(WanMoveError, match=r"the card has 8\.0 GB, the smallest preset wants 12"):
        choose_plan("auto", card_bytes=8 * 10**9)
    with pytest.raises(WanMoveError, match="unknown preset '1g'"):
        choose_plan("1g", card_bytes=None)
    plan = choose_plan("80g", card_bytes=None, storage="fp8", t5_cpu=True, offload_model=True)
    assert (plan.storage, plan.text_on_cpu, plan.leaves_for_vae) == ("fp8", True, True)
    told = "\n".join(plan_lines(plan, _estimate(plan)))
    assert "computed, not measured" in told and "on the CPU" in told and "fp8" in told


EIGHT = Sharing(team=8, network=True, text=True, here=8)


def _told(plan, sharing):
    computed = _estimate(plan, shards=sharing.network_shards, text_shards=sharing.text_shards, sequence=sharing.team)
    return computed, "\n".join(plan_lines(plan, computed, 1, sharing))


def test_shared_weights_are_an_eighth_each_and_none_in_host_memory():
    """33.8 GB of network and 11.4 GB of text encoder over eight cards; no process builds them in host memory first."""
    plan = choose_plan("80g", card_bytes=None, sharing=EIGHT)
    computed, told = _told(plan, EIGHT)
    active = _estimate(plan, gguf_bytes=0, sequence=8).network
    assert computed.network - active == pytest.approx(4.2 * GB, rel=0.03)
    assert computed.text == pytest.approx(TEXT / 8)
    assert computed.host == 0
    # What is gathered for its turn is a few of forty blocks, and counts.
    assert 2 * 33.8 / 40 < computed.gathered / GB < 4 * 33.8 / 40
    assert computed.card >= computed.network + computed.gathered
    assert told.count("shared out among 8 processes, each with its own rows") == 2
    assert "host 0.0 GB each, 0.0 GB for 8 of them" in told


def test_a_plan_for_small_cards_saves_nothing_that_sharing_has_saved():
    alone = choose_plan("16g", card_bytes=None)
    assert alone.blocks_per_group and alone.storage == "fp8" and alone.text_on_cpu
    shared = choose_plan("16g", card_bytes=None, offload_model=True, sharing=EIGHT)
    assert (shared.blocks_per_group, shared.leaves_for_vae, shared.storage) == (0, False, "plain")
    assert not shared.text_on_cpu
    assert choose_plan("16g", card_bytes=None, storage="fp8", sharing=EIGHT).storage == "fp8"
    network_only = Sharing(team=8, network=True, here=8)
    assert choose_plan("16g", card_bytes=None, sharing=network_only).text_on_cpu


def test_the_plan_counts_every_process_of_the_machine():
    """Eight processes that offload keep eight networks in host memory."""
    plan = choose_plan("24g", card_bytes=None)
    apart = Sharing(team=1, here=8)
    computed, told = _told(plan, apart)
    assert computed.host == computed.host_network == pytest.approx(17 * GB, rel=0.05)
    assert f"host {computed.host / GB:.1f} GB each, {8 * computed.host / GB:.1f} GB for 8 of them" in told
    alone = "\n".join(plan_lines(plan, computed))
    assert "each" not in alone and f"host {computed.host / GB:.1f} GB" in alone
    assert "this machine has 64.0" in sharing_notes(apart, computed, TEXT, None, int(64 * GB))[0]
    assert sharing_notes(apart, computed, TEXT, None, int(200 * GB)) == []


def test_a_team_keeps_one_text_encoder_on_the_cpu():
    """Eight processes that offload: eight networks, and one text encoder of each team of four."""
    plan = choose_plan("16g", card_bytes=None)
    computed = _estimate(plan)
    for team, here, encoders in ((8, 8, 1), (4, 8, 2), (1, 8, 8), (8, 4, 1)):
        kept = max(encoders * TEXT, here * computed.host_network)
        assert computed.host_of(Sharing(team=team, here=here)) == pytest.approx(kept)


def test_sharing_is_advised_against_where_a_card_holds_it_whole():
    whole = _estimate(choose_plan("80g", card_bytes=None, sharing=EIGHT), sequence=8)
    network, text = sharing_notes(EIGHT, whole, TEXT, int(85 * GB))
    assert "each card holds the network whole" in network and "without --dit_fsdp" in network
    assert "each card holds the text encoder whole (11.4 of 85.0 GB); without --t5_fsdp" in text
    assert [note.split()[5] for note in sharing_notes(EIGHT, whole, TEXT, int(24 * GB))] == ["text"]
    assert sharing_notes(EIGHT, whole, TEXT, int(12 * GB)) == []
    assert sharing_notes(Sharing(team=8, here=8), whole, TEXT, int(85 * GB)) == []


@pytest.fixture(scope="module")
def tiny(golden):
    pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")
    return golden / "tiny_official" / "checkpoint"


def test_steps_that_did_nothing_are_errors(tiny):
    from wan_move_core.hosts.diffusers import load_pipeline
    from wan_move_core.hosts.diffusers.models.placement import place_network, place_vae

    pipe = load_pipeline(tiny, dtype="fp32", text_encoder=False)
    cpu = torch.device("cpu")
    with pytest.raises(
        WanMoveError, match=r"fp8 storage\): it had no effect: no layer of the network is stored in fp8"
    ):
        place_network(pipe, MemoryPlan("x", storage="fp8"), cpu)
    pipe.transformer.enable_group_offload = lambda **options: None
    with pytest.raises(WanMoveError, match=r"group offload\): it had no effect: 0 of 3 blocks"):
        place_network(pipe, MemoryPlan("x", blocks_per_group=1), cpu)
    place_vae(pipe.vae, MemoryPlan("x", vae_tiling=True))
    assert pipe.vae.use_tiling


def test_prompts_are_written_out_by_a_local_chat_model(tmp_path):
    """A tiny random chat model: what it says is noise, but greedy, so twice the same, and made from the prompt."""
    transformers = pytest.importorskip("transformers")
    from tokenizers import Tokenizer, models, pre_tokenizers

    from wan_move_core.generate.prompts import extend_prompts

    words = ["<pad>", "<eos>", "<unk>", *(f"w{i}" for i in range(60)), "cat", "dog"]
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<eos>")
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=len(words), hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=2, pad_token_id=0, eos_token_id=1, max_position_embeddings=1024,
    )  # fmt: skip
    transformers.LlamaForCausalLM(config).save_pretrained(tmp_path)
    fast.save_pretrained(tmp_path)
    with pytest.raises(WanMoveError, match="is no chat model"):
        extend_prompts(["cat"], tmp_path)
    fast.chat_template = "{% for m in messages %}{{ m['content'] }} {% endfor %}"
    fast.save_pretrained(tmp_path)
    first = extend_prompts(["cat", "dog"], tmp_path)
    assert len(first) == 2 and all(isinstance(text, str) and text for text in first)
    assert extend_prompts(["cat", "dog"], tmp_path) == first
    with pytest.raises(WanMoveError, match="'fr'"):
        extend_prompts(["cat"], tmp_path, "fr")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "none such"}))
    with pytest.raises(WanMoveError, match="cannot be loaded"):
        extend_prompts(["cat"], tmp_path)
