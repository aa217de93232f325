"""ComfyUI's TRACKS socket to our Tracks and back, and the editor node's document.

Knows motion, files and host.
"""
