"""Points followed through a clip, and that motion laid on another picture.

Knows only the nouns of the core; sources of weights are optional packages, imported when named.
"""
