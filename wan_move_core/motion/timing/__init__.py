"""When a thing is where: easing, curves, values between keys, and how a path is timed (path.py).

Pure numbers, knows no other folder; document, evaluation and sources import it.
"""
