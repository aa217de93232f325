"""Drawn vectors as paths to edit: SVG.

Part of formats, and knows what formats and paths know. svg walks the elements (no entities, no references, bounded),
path_data reads the d attribute, affine the transforms.
"""
