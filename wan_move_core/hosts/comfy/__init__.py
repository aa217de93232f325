"""The only code that imports ComfyUI; host.py lists every symbol of it that is touched.

Rooms by what they serve, one for each kind of node; nodes import from here, and nothing else does.
"""
