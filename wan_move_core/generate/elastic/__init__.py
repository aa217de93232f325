"""Many processes, one run: what they tell each other through torchrun's store, and how each outlives the others.

Knows torch.distributed's store and nothing of models; :mod:`..claims` says who has a clip in hand.
"""
