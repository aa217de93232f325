"""generate --takes: the takes made one after another (run), each measured once (measure), and ranked on a page.

Part of wan-move generate; may know what the other commands know.
"""
