"""How closely a clip follows its tracks: measured, pictured, reported, with advice.

Knows motion's tracking and sources, and the nouns of the core; movebench and hosts import it.
"""
