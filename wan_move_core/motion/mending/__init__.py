"""What a press of the button does about an issue: fixes for tracks and for documents.

Knows checks and sources; commands and nodes import it.
"""
