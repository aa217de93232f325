"""The only code that knows ComfyUI; host/ lists every symbol of it that is touched, and alone reaches for one.

Rooms by what they serve, one for each kind of node; nodes import from here, and nothing else does.
"""
