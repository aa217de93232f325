"""The painted scene that is moved when no picture is at hand.

Knows nothing but its own assets.
"""
