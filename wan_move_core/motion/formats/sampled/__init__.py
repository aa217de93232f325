"""Formats that hold a position per frame: arrays, lists of coordinates, torch files, the host's own tracks.

Part of formats, and knows what formats knows; each read() takes a Job and gives an Imported with its
report; detect.py chooses.
"""
