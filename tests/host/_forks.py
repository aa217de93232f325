"""Run by the host's interpreter: imports what the host imports, then forks for each script that it is told of.

usage: _forks.py FD. A line of JSON on standard input, {"argv", "env", "stdout", "stderr"} with the last two as files,
is a script to run as ``python SCRIPT ...`` would; its exit code goes to FD. No module of ComfyUI is imported here:
those read their flags while they are imported.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import sys
import traceback
from contextlib import suppress
from pathlib import Path

HEAVY = (
    "torch", "torch._dynamo", "torchvision", "transformers", "tokenizers", "torchsde", "scipy.stats", "kornia",
    "einops", "av", "aiohttp", "safetensors.torch", "PIL.Image", "cv2", "numpy",
)  # fmt: skip


def run(argv: list[str], env: dict[str, str], stdout: str, stderr: str) -> int:
    for number, name in ((1, stdout), (2, stderr)):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.clear()
    os.environ.update(env)
    sys.argv, sys.path[0] = argv, str(Path(argv[0]).parent)
    try:
        runpy.run_path(argv[0], run_name="__main__")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def main() -> None:
    answers = os.fdopen(int(sys.argv[1]), "w")
    for name in HEAVY:
        # A host need not have all of them.
        with suppress(Exception):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = run(**json.loads(line))
                sys.stdout.flush()
                sys.stderr.flush()
            finally:
                os._exit(code)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), file=answers, flush=True)


if __name__ == "__main__":
    main()
