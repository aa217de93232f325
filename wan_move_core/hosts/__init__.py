"""The two programs that run the model: ComfyUI and diffusers, one folder each.

Only a host's folder imports that host; hosts know the core, the core never knows a host (commands start diffusers).
"""
