"""What loading the pack adds to ComfyUI's start: the host is imported first, then the pack, in fresh processes.

python tests/bench/import_time.py [runs]
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import _setup
import _unmeasured

CODE = """
import sys, time, json, asyncio, importlib.util
sys.path.insert(0, {checkout!r}); sys.argv = ["main.py", "--cpu"]
import comfy.options; comfy.options.enable_args_parsing(True)
import utils.extra_config, server, execution, nodes, comfy.samplers, latent_preview, comfy_api.latest
before = set(sys.modules)
print("PACK BEGINS", file=sys.stderr, flush=True)
start = time.perf_counter()
spec = importlib.util.spec_from_file_location("pack", {root!r} + "/__init__.py", submodule_search_locations=[{root!r}])
pack = importlib.util.module_from_spec(spec); sys.modules["pack"] = pack; spec.loader.exec_module(pack)
async def load(): return await (await pack.comfy_entrypoint()).get_node_list()
found = asyncio.run(load())
for node in found: node.GET_SCHEMA()
seconds = time.perf_counter() - start
new = sorted({{m.split(".")[0] for m in set(sys.modules) - before}} - {{"pack"}} - set(sys.stdlib_module_names))
print(json.dumps([seconds, len(found), new]))
"""
LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|\s*(\S+)")


def run(python: str, checkout: Path, *flags: str) -> tuple[float, int, list[str], list[tuple[int, str]]]:
    """Seconds, nodes, packages nobody had imported before, and (own microseconds, module) of the pack's imports."""
    code = CODE.format(checkout=str(checkout), root=str(_setup.ROOT))
    done = subprocess.run([python, *flags, "-c", code], cwd=checkout, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    seconds, count, new = json.loads(done.stdout.strip().splitlines()[-1])
    told = done.stderr.split("PACK BEGINS", 1)[-1]
    return seconds, count, new, sorted(((int(m[1]), m[3]) for m in LINE.finditer(told)), reverse=True)


def _version(checkout: Path) -> str:
    found = re.search(r'"([^"]+)"', (checkout / "comfyui_version.py").read_text(encoding="utf-8"))
    return found[1] if found else "unknown"


def main() -> None:
    checkout = _setup.comfy_checkout()
    if checkout is None:
        _unmeasured.not_measured("no ComfyUI found")
    home = Path.home() / "comfy" / "venv" / "bin" / "python"
    python = _setup.os.environ.get("COMFYUI_PYTHON") or str(home if home.exists() else sys.executable)
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    run(python, checkout)  # writes the byte code
    times, count, new = [], 0, []
    for _ in range(runs):
        seconds, count, new, _ = run(python, checkout)
        times.append(seconds)
    print(
        f"## Loading the pack into ComfyUI, schemas included\n\nComfyUI {_version(checkout)}; {runs} fresh processes.\n"
    )
    print("| nodes | median, ms | least, ms | packages nobody had imported |")
    print("|---|---|---|---|")
    print(
        f"| {count} | {statistics.median(times) * 1000:.0f} | {min(times) * 1000:.0f} | {', '.join(new) or 'none'} |\n"
    )
    print("The slowest imports of one run under -X importtime (slower itself):\n")
    print("| module | own time, ms |")
    print("|---|---|")
    for microseconds, name in run(python, checkout, "-X", "importtime")[3][:8]:
        print(f"| {name} | {microseconds / 1000:.1f} |")


if __name__ == "__main__":
    main()
