"""Whether diffusers can be used here: present, of the tested minor version, and not broken by another package."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version

from ...errors import WanMoveError

TESTED_MINOR = "0.42"
OLDEST_PYTHON = (3, 11)
"""What this diffusers itself installs on; the rest of the pack runs on 3.10."""
_INSTALL = "install the extra: pip install 'wan-move[standalone]'"


def require_diffusers() -> str:
    """Import what the engine needs from diffusers and transformers; the version of diffusers.

    Raises: WanMoveError when a package is missing, when the minor version is not the tested one, or when importing
        fails because of an installed package that does not fit this torch (a torchvision built for another one).
    """
    found = _installed("diffusers")
    if not found.startswith(f"{TESTED_MINOR}."):
        raise WanMoveError(
            where="diffusers",
            what=f"version {found} is installed; the engine extends parts that change between minor versions "
            f"and is tested with {TESTED_MINOR}",
            fix=_fix(f"pip install 'diffusers>={TESTED_MINOR}.1,<0.43'"),
        )
    for package in ("transformers", "accelerate", "ftfy"):
        _installed(package)
    try:
        with _quiet_transformers():
            from diffusers import WanImageToVideoPipeline  # noqa: F401
            from transformers import CLIPVisionModel, UMT5EncoderModel  # noqa: F401
    except Exception as error:
        raise _why_import_failed(error) from error
    return found


@contextmanager
def _quiet_transformers() -> Iterator[None]:
    # It advises installing torchvision, which this engine does not need and which breaks it when it does not fit.
    from transformers.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(before)


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        raise WanMoveError(where=package, what="the package is not installed", fix=_fix(_INSTALL)) from None


def _fix(install: str) -> str:
    """``install``, and before it the Python that it needs where this one is older."""
    if sys.version_info[:2] >= OLDEST_PYTHON:
        return install
    here, needed = (".".join(map(str, version)) for version in (sys.version_info[:2], OLDEST_PYTHON))
    return (
        f"make an environment with Python {needed} or later (this is {here}, on which diffusers {TESTED_MINOR} "
        f"does not install), then: {install}"
    )


def _why_import_failed(error: BaseException) -> WanMoveError:
    told = []
    cause: BaseException | None = error
    while cause is not None and len(told) < 10:
        told.append(f"{type(cause).__name__}: {cause}")
        cause = cause.__cause__ or cause.__context__
    text = " <- ".join(told)
    if "torchvision" in text:
        import torch

        try:
            vision = version("torchvision")
        except PackageNotFoundError:
            vision = "of unknown version"
        return WanMoveError(
            where="torchvision",
            what=f"torchvision {vision} does not fit torch {torch.__version__}, and diffusers cannot be imported "
            f"beside it ({told[-1][:200]})",
            fix="remove torchvision (the engine does not need it), or install the build made for this torch",
        )
    return WanMoveError(where="diffusers", what=f"importing it failed ({text[:400]})", fix=_INSTALL)
