"""Wan-Move's shared core: motion in, tracks, latent guidance, pictures out. Imports no host and nothing heavy."""

from .errors import WanMoveError

__version__ = "0.5.1"
__all__ = ["WanMoveError", "__version__"]
