"""Where motion comes from: the stored document, its timing and evaluation, other sources, checks, mending,
trackers, formats.

Each folder is one subject and says whom it knows; nothing here knows pictures being drawn, models or hosts.
"""
