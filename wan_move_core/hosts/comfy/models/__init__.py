"""Weights into ComfyUI's own model objects: network, text encoder, vision encoder, the folders they lie in.

Knows checkpoints and host.
"""
