"""wan-move tracks: look, check, convert (command), change, make.

A command like the others: the names below are what cli.py asks for.
"""

from .command import DESCRIPTION, EPILOG, SUMMARY, add_arguments, run

__all__ = ["DESCRIPTION", "EPILOG", "SUMMARY", "add_arguments", "run"]
