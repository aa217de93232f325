"""Formats that hold a position per frame: arrays, lists of coordinates, torch files, the host's own tracks. A CSV
belongs here.

Part of formats: each reader takes text or bytes and gives an Imported with its report; detect.py chooses.
"""
