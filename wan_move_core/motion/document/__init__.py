"""The stored truth: bounded JSON, layers and their fields, parsing, dense tracks, remapping to another size or
length.

Knows timing and the nouns of the core; read documents with read.parse_document.
"""
