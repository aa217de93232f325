"""How closely a clip follows its tracks: measured, pictured, reported, with advice.

Knows motion and the nouns of the core.
"""
