"""ComfyUI's real frontend without ComfyUI: the published wheel, served straight from its zip, beside this pack and the few answers
that the page needs. It starts in a fraction of a second and needs neither torch nor a checkout."""
# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

import asyncio
import io
import json
import mimetypes
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web
from frontend_settings import SETTINGS

HERE = Path(__file__).resolve().parent
PACK = HERE.parents[2] / "js"
STATIC = "comfyui_frontend_package/static/"
OBJECT_INFO = HERE.parent / "fixtures" / "object_info.json"
FOLDERS = ("input", "output", "temp")
mimetypes.add_type("text/javascript", ".mjs")
mimetypes.add_type("text/javascript", ".js")


def find_wheel(version: str) -> tuple[Path | None, str]:
    """The wheel of a frontend version: in $WAN_MOVE_FRONTENDS, in ~/comfy/frontends, else downloaded into a cache. Or why not."""
    name = f"comfyui_frontend_package-{version}-py3-none-any.whl"
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "wan-move" / "frontends"
    named = os.environ.get("WAN_MOVE_FRONTENDS")
    for folder in (Path(named) if named else None, Path.home() / "comfy" / "frontends", cache):
        if folder is not None and (folder / name).is_file():
            return folder / name, ""
    cache.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "-d",
        str(cache),
        f"comfyui-frontend-package=={version}",
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return None, f"frontend {version}: the download did not end in 120 s"
    if (cache / name).is_file():
        return cache / name, ""
    return None, f"frontend {version} is not at hand and cannot be downloaded: {done.stderr.strip()[-300:]}"


class FrontendServer:
    """``with FrontendServer(wheel, base)`` serves on a free port. ``input/``, ``output/`` and ``temp/`` lie in ``base``."""

    def __init__(self, wheel: Path, base: Path, settings: dict[str, Any] | None = None) -> None:
        self.zip = zipfile.ZipFile(wheel)
        self.base = base
        self._first_settings = {**SETTINGS, **(settings or {})}
        self.info = json.loads(OBJECT_INFO.read_text(encoding="utf-8"))
        self.url = ""
        self._sockets: set[web.WebSocketResponse] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._zip_lock = threading.Lock()
        for name in FOLDERS:
            (base / name).mkdir(parents=True, exist_ok=True)
        self._know_nothing()

    def _know_nothing(self) -> None:
        self.settings = dict(self._first_settings)
        self.history: dict[str, Any] = {}
        self.uploads: list[str] = []
        self.queued: list[Any] = []

    def forget(self) -> None:
        """As a host that was just installed: no runs, no files, no settings of an earlier test."""
        self._know_nothing()
        for name in FOLDERS:
            shutil.rmtree(self.base / name)
            (self.base / name).mkdir()

    def __enter__(self) -> FrontendServer:
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()), daemon=True)
        self._thread.start()
        if not self._ready.wait(20):
            raise RuntimeError("the test server did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self.zip.close()

    def send(self, kind: str, data: dict[str, Any]) -> None:
        """A websocket event to every page, such as ``executed``."""

        async def tell() -> None:
            for socket in list(self._sockets):
                await socket.send_json({"type": kind, "data": data})

        asyncio.run_coroutine_threadsafe(tell(), self._loop).result(10)

    # -- serving ----------------------------------------------------------------------------------------------------

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        app = web.Application(client_max_size=64 * 2**20)
        for path, answer in self._answers().items():
            app.router.add_get(path, self._json(answer))
            app.router.add_get(f"/api{path}", self._json(answer))
        for prefix in ("", "/api"):
            app.router.add_get(f"{prefix}/view", self._view)
            app.router.add_post(f"{prefix}/upload/image", self._upload)
            app.router.add_post(f"{prefix}/settings", self._set)
            app.router.add_post(f"{prefix}/settings/{{name}}", self._set)
            app.router.add_post(f"{prefix}/prompt", self._prompt)
            app.router.add_post(f"{prefix}/wan_move/{{action}}", self._files)
            app.router.add_route("*", f"{prefix}/userdata{{tail:.*}}", self._userdata)
        app.router.add_get("/ws", self._ws)
        app.router.add_get("/api/{tail:.*}", self._missing)
        app.router.add_get("/extensions/wan-move/{tail:.+}", self._pack)
        app.router.add_get("/{tail:.*}", self._frontend)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]
        self._ready.set()
        await self._stop.wait()
        for socket in list(self._sockets):
            await socket.close()
        await runner.cleanup()

    def _answers(self) -> dict[str, Callable[[], Any]]:
        scripts = ["/extensions/wan-move/wan_move.js"]
        core = sorted(
            n.removeprefix(STATIC)
            for n in self.zip.namelist()
            if n.startswith(f"{STATIC}extensions/core/") and n.endswith(".js")
        )
        return {
            "/object_info": lambda: self.info,
            "/extensions": lambda: [f"/{name}" for name in core] + scripts,
            "/settings": lambda: self.settings,
            "/users": lambda: {"storage": "server", "migrated": True},
            "/system_stats": lambda: {"system": {"os": "posix", "comfyui_version": "0.18.1", "python_version": "3", "pytorch_version": "2", "embedded_python": False, "argv": [], "ram_total": 1, "ram_free": 1}, "devices": []},
            "/features": dict,
            "/i18n": dict,
            "/queue": lambda: {"queue_running": [], "queue_pending": []},
            "/prompt": lambda: {"exec_info": {"queue_remaining": 0}},
            "/history": lambda: self.history,
            "/history_v2": lambda: {"history": []},
            "/jobs": lambda: {"jobs": [], "pagination": {"offset": 0, "limit": 0, "total": 0, "has_more": False}},
            "/embeddings": list,
            "/models": list,
            "/experiment/models": list,
            "/global_subgraphs": dict,
            "/node_replacements": dict,
            "/workflow_templates": dict,
            "/internal/folder_paths": dict,
            "/internal/logs/raw": lambda: {"entries": []},
            "/internal/files/output": lambda: [f.name for f in sorted((self.base / "output").iterdir(), key=lambda f: -f.stat().st_mtime)],
        }  # fmt: skip

    @staticmethod
    def _json(answer: Callable[[], Any]) -> Any:
        async def handle(_: web.Request) -> web.Response:
            return web.json_response(answer())

        return handle

    async def _set(self, request: web.Request) -> web.Response:
        body = await request.json()
        name = request.match_info.get("name")
        self.settings.update({name: body} if name else body)
        return web.json_response({})

    async def _files(self, request: web.Request) -> web.Response:
        """The pack's own routes, which a real server has from the pack (tests/host/tracks/test_editor_files.py)."""
        from wan_move_core.editor.importing import answer

        reply = answer(request.match_info["action"], await request.read())
        return web.Response(status=reply.status, body=reply.content, headers={"Content-Type": reply.media_type})

    async def _view(self, request: web.Request) -> web.StreamResponse:
        query = request.rel_url.query
        root = self.base / query.get("type", "output")
        path = (root / query.get("subfolder", "") / query["filename"]).resolve()
        if not path.is_relative_to(root.resolve()) or not path.is_file():
            raise web.HTTPNotFound
        if query.get("channel") == "rgb":
            # As the host does: the colours, whatever the transparency says.
            from PIL import Image

            out = io.BytesIO()
            with Image.open(path) as picture:
                picture.convert("RGB").save(out, format="PNG")
            return web.Response(body=out.getvalue(), content_type="image/png")
        return web.FileResponse(path)

    async def _upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        field: Any = form["image"]
        name = Path(field.filename).name
        (self.base / "input" / name).write_bytes(field.file.read())
        self.uploads.append(name)
        return web.json_response({"name": name, "subfolder": "", "type": "input"})

    async def _prompt(self, request: web.Request) -> web.Response:
        self.queued.append(await request.json())
        return web.json_response({"prompt_id": f"p{len(self.queued)}", "number": len(self.queued), "node_errors": {}})

    async def _userdata(self, request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.json_response(
                [] if request.rel_url.query.get("dir") else {}, status=200 if request.rel_url.query.get("dir") else 404
            )
        return web.json_response({"path": "workflows/x.json", "size": 1, "modified": 1})

    async def _missing(self, _: web.Request) -> web.Response:
        return web.json_response({}, status=404)

    async def _pack(self, request: web.Request) -> web.StreamResponse:
        path = (PACK / request.match_info["tail"]).resolve()
        if not path.is_relative_to(PACK) or not path.is_file():
            raise web.HTTPNotFound
        return web.FileResponse(
            path,
            headers={"Cache-Control": "no-cache", "Content-Type": mimetypes.guess_type(path.name)[0] or "text/plain"},
        )

    async def _frontend(self, request: web.Request) -> web.Response:
        name = STATIC + (request.match_info["tail"] or "index.html")
        if name == f"{STATIC}user.css":
            return web.Response(text="", content_type="text/css")
        try:
            with self._zip_lock:
                data = self.zip.read(name)
        except KeyError:
            raise web.HTTPNotFound from None
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return web.Response(body=data, content_type=kind, headers={"Cache-Control": "max-age=3600"})

    async def _ws(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.add(socket)
        sid = request.rel_url.query.get("clientId") or "test"
        await socket.send_json(
            {"type": "status", "data": {"status": {"exec_info": {"queue_remaining": 0}}, "sid": sid}}
        )
        try:
            async for message in socket:
                if message.type == WSMsgType.ERROR:
                    break
        finally:
            self._sockets.discard(socket)
        return socket


def trimmed(object_info: dict[str, Any]) -> dict[str, Any]:
    """What the tests need of a host's object_info, without what differs from machine to machine."""
    keep = {
        name: object_info[name]
        for name in ("WanMoveMotionEditor", "LoadImage", "ImageScale", "PreviewImage", "PrimitiveInt")
    }
    keep = json.loads(json.dumps(keep))
    image = keep["LoadImage"]["input"]["required"]["image"]
    image[0] = ["scene.png"]
    keep["WanMoveMotionEditor"]["python_module"] = "custom_nodes.wan-move"
    return keep


if __name__ == "__main__":
    # Record anew: the argument is a running server's object_info, saved as a file.
    made = trimmed(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    OBJECT_INFO.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
