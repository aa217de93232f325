"""A document to tracks: every layer evaluated, seen through the camera.

Knows document, timing and the nouns of the core; take evaluate.tracks_from_document, and region for the cells under an
outline.
"""
