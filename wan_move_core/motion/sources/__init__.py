"""Tracks that nobody drew: moved regions, still anchors, recipes, windows of a long motion, few keys from many;
space/ is what turns in depth.

Knows evaluation, document, timing and the table of checks.
"""
