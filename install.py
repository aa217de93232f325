"""Run by ComfyUI's Manager after requirements.txt: OpenCV, but only where no variant of it is installed.

requirements.txt cannot say "any of the four OpenCV packages"; naming one there would overwrite another pack's variant,
because all four install the same folder.
"""

import subprocess
import sys
from importlib.util import find_spec

OPENCV = "opencv-python-headless>=4.8"


def install_command() -> "list[str] | None":
    """What to run, or None where OpenCV is there."""
    if find_spec("cv2") is not None:
        return None
    pip = ["-m", "pip"] if find_spec("pip") is not None or find_spec("uv") is None else ["-m", "uv", "pip"]
    return [sys.executable, *pip, "install", OPENCV]


if __name__ == "__main__":
    command = install_command()
    if command is None:
        sys.stdout.write("Wan-Move: OpenCV is installed already and stays as it is.\n")
    else:
        sys.exit(subprocess.call(command))
