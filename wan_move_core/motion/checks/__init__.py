"""Rules that find what will silently not work; ids, texts and thresholds stand in checks.json, which the editor
reads too.

Knows evaluation and document; sources may read the table, mending mends what is found.
"""
