"""A run of the model as data: arguments, cases, settings, prompts, memory plan, results that resume.

Knows method, checkpoints, overlay, lead, motion/document, motion/formats and the nouns of the core, never a host:
hosts are given these.
"""
