"""Formats that hold control points to edit: other editors' strokes, splines and jobs, and our own document.

Part of formats: each reader takes text or bytes and gives an Imported with its report; detect.py chooses.
"""
