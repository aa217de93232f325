"""What the nodes that draw tracks and drafts do, and the node's own pictures.

Knows draft, lead, overlay, tracks, condition and host.
"""
