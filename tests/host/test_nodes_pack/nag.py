"""A patch that does to a network what NAG packs do: another forward for the cross attention, made for two branches.

Normalised attention guidance (Chen et al. 2025) on Wan's image-to-video cross attention. As there, a batch of two is
taken for positive and negative, anything else for positives that all get the guidance.
"""

from __future__ import annotations

import torch

SCALE, ALPHA, TAU = 5.0, 0.5, 2.5


def patched(model, conditioning):
    """A clone of MODEL whose cross attention is guided away from ``conditioning``."""
    from comfy.ldm.modules.attention import optimized_attention

    clone = model.clone()
    network = clone.get_model_object("diffusion_model")
    states = network.text_embedding(conditioning[0][0].to(network.patch_embedding.weight.dtype))

    def forward_of(layer):
        def attend(query, context, options):
            keys, values = layer.norm_k(layer.k(context)), layer.v(context)
            return optimized_attention(query, keys, values, heads=layer.num_heads, transformer_options=options)

        def forward(x, context, context_img_len, transformer_options={}, **_):  # noqa: B006 - as the host's own
            picture, text = context[:, :context_img_len], context[:, context_img_len:]
            keys, values = layer.norm_k_img(layer.k_img(picture)), layer.v_img(picture)
            seen = optimized_attention(
                layer.norm_q(layer.q(x)), keys, values, heads=layer.num_heads, transformer_options=transformer_options
            )
            rest = None
            if text.shape[0] == 2:
                (x, rest), (text, rest_text) = x.chunk(2), text.chunk(2)
            query = layer.norm_q(layer.q(x))
            positive = attend(query, text, transformer_options)
            out = _guided(positive, attend(query, states.to(text), transformer_options))
            if rest is not None:
                out = torch.cat([out, attend(layer.norm_q(layer.q(rest)), rest_text, transformer_options)])
            return layer.o(out + seen)

        return forward

    for number, block in enumerate(network.blocks):
        clone.add_object_patch(f"diffusion_model.blocks.{number}.cross_attn.forward", forward_of(block.cross_attn))
    return clone


def _guided(positive: torch.Tensor, negative: torch.Tensor) -> torch.Tensor:
    guided = positive * SCALE - negative * (SCALE - 1)
    here, there = (t.norm(p=1, dim=-1, keepdim=True) for t in (positive, guided))
    guided = guided * torch.where(there / here > TAU, here * TAU / (there + 1e-7), 1.0)
    return guided * ALPHA + positive * (1 - ALPHA)
