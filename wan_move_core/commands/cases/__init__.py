"""The cases of wan-move generate and bench: run one after another (run), each led by what it names (lead).

Part of the commands; may know what they know.
"""
