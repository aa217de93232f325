"""What one model learnt beside another, as a LoRA file: Wan-Move minus the model that it was trained from.

``names`` (diffusers' names, and those of the file), ``source`` (two checkpoints of any layout), ``factors`` (the best
matrices of a small rank), ``extract`` (layer by layer, resumable); ``read`` (anyone's file, key by key), ``few_steps``
(which ones damp motion). Knows checkpoints and errors.
"""
