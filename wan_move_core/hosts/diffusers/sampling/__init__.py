"""The pipeline: inputs, schedule, branches of guidance, the loop.

Knows method and models.
"""
