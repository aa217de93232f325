"""A camera or a thing that moves in space: depth, projection, occlusion, planes read from files.

Part of sources, and knows only what sources knows.
"""
