"""ComfyUI's door to the Wan-Move pack. Importable without a host, where it offers nothing."""

from importlib.util import find_spec

WEB_DIRECTORY = "./js"

if __package__ and find_spec("comfy_api") is not None:
    from .nodes import comfy_entrypoint

    __all__ = ["WEB_DIRECTORY", "comfy_entrypoint"]
else:
    __all__ = ["WEB_DIRECTORY"]
