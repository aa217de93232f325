"""The encoded picture and the guided condition that ComfyUI's sampling takes.

Knows method and host.
"""
