"""ComfyUI's door to the Wan-Move pack. Importable without a host, where it offers nothing."""

from importlib.util import find_spec

WEB_DIRECTORY = "./js"
__all__ = ["WEB_DIRECTORY"]

if __package__ and find_spec("folder_paths") is not None:
    from .nodes import why_unusable

    _reason = why_unusable()
    if _reason is None:
        from .nodes import comfy_entrypoint

        __all__ += ["comfy_entrypoint"]
    else:
        # Raising would print a traceback of the host's own, which says less.
        import logging

        logging.error(_reason)
