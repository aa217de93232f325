"""What the benchmark's nodes and the adherence node do.

Knows movebench, adherence and the other rooms of this host.
"""
