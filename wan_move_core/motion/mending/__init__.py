"""What a press of the button does about an issue: fixes for tracks and for documents.

Knows checks, sources, document and evaluation; commands and hosts import it.
"""
