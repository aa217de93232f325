"""Several takes of one clip: how they are varied and named (plan), and the page that ranks them (page).

Part of generate, and knows what generate knows; measuring them is the command's.
"""
