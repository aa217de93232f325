"""The published solver, guidance of several branches and previews on ComfyUI's sampling.

Knows condition, method, lead and host.
"""
