"""Formats that hold control points to edit: other editors' strokes, splines and jobs, and our own document.

Part of formats, and knows what formats knows; each read() takes a Job and gives an Imported with its
report; detect.py chooses.
"""
