"""Files in the folders that ComfyUI allows: names, and the listing of its output.

Knows host; every room of this host that saves or loads imports it.
"""
