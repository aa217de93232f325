"""What the nodes that make and mend motion do, and the files that their editor hands to the core.

Knows motion, editor, tracks, looking and host.
"""
