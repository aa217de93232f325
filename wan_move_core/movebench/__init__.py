"""The MoveBench benchmark: its data set, resumable runs, scores and report.

Knows adherence, generate, motion's formats and tracking, and the nouns of the core.
"""
