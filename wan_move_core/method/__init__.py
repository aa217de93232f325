"""The paper: guidance, the published solver, schedule and numbers, the picture as the encoders see it.

Knows the nouns of the core (errors, geometry, tracks); generate, hosts and nodes import its modules.
"""
