"""The editor outside ComfyUI: the page's server and the job that it edits.

Knows motion's document, its evaluation and the nouns of the core; the editor itself is js/editor.
"""
