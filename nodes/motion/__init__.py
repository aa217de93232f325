"""Nodes that draw, make, change and check motion.

A schema and one call into the core per node; each file exports NODES.
"""
