"""The editor outside ComfyUI: the page's server, the job that it edits, and the files that any editor hands to Python.

Knows motion's document, its evaluation, its formats and the nouns of the core; the editor itself is js/editor.
"""
