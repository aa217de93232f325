"""wan-move's commands, one file (or folder) each, with SUMMARY, add_arguments and run.

May know every room of the core and the diffusers host; nobody but cli.py imports them.
"""
