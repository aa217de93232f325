"""Weights into diffusers' models: parts, filling, GGUF, fp8 layers, precision, placement on cards.

Knows checkpoints and generate; the loader and the pipeline import it.
"""
