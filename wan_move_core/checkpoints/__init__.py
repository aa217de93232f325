"""Files of weights: the published layout, shapes, key maps, headers, streaming, fp8 conversion.

Knows only errors; generate, hosts and commands import it.
"""
