"""What the nodes that make and mend motion do.

Knows motion, tracks, looking and host.
"""
