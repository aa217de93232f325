"""The encoded picture, the guided condition and the encoded draft that ComfyUI's sampling takes.

Knows method, lead and host.
"""
