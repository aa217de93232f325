"""The pipeline: inputs, schedule, branches of guidance, the loop.

Knows method, lead, models and this host's guards; the loader and the engine import it.
"""
