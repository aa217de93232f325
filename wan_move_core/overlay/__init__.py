"""Tracks drawn upon frames: discs, tails, labels.

Knows the nouns of the core; take draw.draw_tracks for clips, brush for single frames, style for the look.
"""
