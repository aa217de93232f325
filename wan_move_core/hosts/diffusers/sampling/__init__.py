"""The pipeline: inputs, schedule, branches of guidance, the loop.

Knows method, models and this host's guards; the loader and the engine import it.
"""
