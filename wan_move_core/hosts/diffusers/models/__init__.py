"""Weights into diffusers' models: parts, filling, GGUF, fp8 layers, precision, placement on cards.

Knows checkpoints, generate and this host's guards; the loader, the engine and the pipeline import it.
"""
