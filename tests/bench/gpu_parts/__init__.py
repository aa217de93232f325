"""What ``gpu.py`` measures, one file for each subject. A part is a function of a :class:`bench.Bench` that adds rows.

Only ``networks`` and the parts that need it import diffusers, and as late as they can: the kernels and the guide are
measured on a machine that has torch alone.
"""
