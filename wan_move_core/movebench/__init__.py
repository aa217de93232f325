"""The MoveBench benchmark: its data set, resumable runs, scores and report.

Knows motion, adherence, generate and the nouns of the core.
"""
