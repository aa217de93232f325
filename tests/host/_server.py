"""A real ComfyUI server with this pack linked in, and a client that queues prompts and hears every event."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from _host import READS_CONFIG, ROOT, lend_requirements, version_of

FOLDERS = ("custom_nodes", "models/diffusion_models", "models/vae", "models/clip_vision", "models/text_encoders")
TEST_NODES = Path(__file__).resolve().parent / "test_nodes_pack"


class Refused(Exception):
    """The server did not accept the prompt. ``str`` holds every message; ``details`` the server's JSON."""

    def __init__(self, details: dict[str, Any]) -> None:
        self.details = details
        errors = [e for node in details.get("node_errors", {}).values() for e in node["errors"]]
        lines = [f"{e['message']}: {e['details']}" for e in errors] or [json.dumps(details)]
        super().__init__("\n".join(lines))


@dataclass
class Run:
    """What was heard of one prompt."""

    prompt_id: str
    executed: list[str] = field(default_factory=list)
    started: dict[str, float] = field(default_factory=dict)
    """Seconds on the monotonic clock at which each node began."""
    cached: list[str] = field(default_factory=list)
    ui: dict[str, dict[str, Any]] = field(default_factory=dict)
    progress: list[tuple[str, float, float]] = field(default_factory=list)
    previews: list[bytes] = field(default_factory=list)
    error: dict[str, Any] | None = None
    interrupted: bool = False
    seconds: float = 0.0

    @property
    def message(self) -> str:
        return (self.error or {}).get("exception_message", "")


class Server:
    """``with Server(...)`` starts ComfyUI on a free port and ends it. ``base`` holds its folders."""

    def __init__(
        self,
        checkout: Path,
        python: Path,
        base: Path,
        *,
        flags: Iterable[str] = (),
        packs: Iterable[tuple[str, Path]] = (("wan-move", ROOT), ("wan-move-test-nodes", TEST_NODES)),
        environment: dict[str, str] | None = None,
    ) -> None:
        self.checkout, self.python, self.base, self.flags = checkout, python, base, list(flags)
        self.environment = environment or {}
        for name in (*FOLDERS, "input", "output", "temp", "user"):
            (base / name).mkdir(parents=True, exist_ok=True)
        for name, folder in packs:
            link = base / "custom_nodes" / name
            if not link.exists():
                link.symlink_to(folder, target_is_directory=True)
        self.port = 0
        self.log = base / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._schemas: dict[str, Any] | None = None

    def __enter__(self) -> Server:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "WAN_MOVE_TEST_MODELS": str(self.base / "models")}
        if version_of(self.checkout) < READS_CONFIG:
            environment["WAN_MOVE_TEST_BY_SHAPE"] = "1"
        environment.update(self.environment)
        environment.pop("PYTHONPATH", None)
        lent = lend_requirements(self.python, self.base / "lent")
        if lent is not None:
            environment["PYTHONPATH"] = str(lent)
        command = [self.python, "main.py", "--cpu", "--port", self.port, "--base-directory", self.base]
        command += ["--database-url", "sqlite:///:memory:", "--disable-auto-launch", "--disable-api-nodes", *self.flags]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(word) for word in command],
                cwd=self.checkout, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        try:
            self._wait_until_it_answers(180)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log_text(self) -> str:
        return self.log.read_text(errors="replace")

    def schemas(self, client: Client) -> dict[str, Any]:
        """object_info, asked once."""
        if self._schemas is None:
            self._schemas = client.object_info()
        return self._schemas

    def stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)

    def _wait_until_it_answers(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self._process is not None
            if self._process.poll() is not None:
                raise RuntimeError(f"ComfyUI ended with {self._process.returncode}:\n{self.log_text[-4000:]}")
            try:
                urllib.request.urlopen(f"{self.url}/system_stats", timeout=2).read()
                return
            except OSError:
                time.sleep(0.2)
        raise RuntimeError(f"ComfyUI did not answer in {seconds} s:\n{self.log_text[-4000:]}")


class Client:
    """One browser tab: queues prompts, hears the websocket. Use :meth:`run` for a prompt from start to end."""

    def __init__(self, server: Server) -> None:
        self.server, self.client_id = server, uuid.uuid4().hex
        self.runs: dict[str, Run] = {}
        self._ended: set[str] = set()
        self._now: str | None = None
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._listen()), daemon=True)
        self._thread.start()
        if not self._ready.wait(20):
            raise RuntimeError("the websocket did not open")

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    # -- asking -----------------------------------------------------------------------------------------------------

    def get(self, path: str, **query: str) -> bytes:
        tail = f"?{urllib.parse.urlencode(query)}" if query else ""
        return urllib.request.urlopen(f"{self.server.url}{path}{tail}", timeout=30).read()

    def post(self, path: str, body: Any = None) -> Any:
        data = json.dumps(body if body is not None else {}).encode()
        request = urllib.request.Request(
            f"{self.server.url}{path}", data, {"Content-Type": "application/json"}, method="POST"
        )
        try:
            answer = urllib.request.urlopen(request, timeout=30).read()
        except urllib.error.HTTPError as error:
            raise Refused(json.loads(error.read() or b"{}")) from None
        return json.loads(answer) if answer else None

    def object_info(self) -> dict[str, Any]:
        return json.loads(self.get("/object_info"))

    def history(self, prompt_id: str) -> dict[str, Any]:
        return json.loads(self.get(f"/history/{prompt_id}"))[prompt_id]

    def view(self, result: dict[str, str]) -> bytes:
        """The bytes of a file that a node's ui names: {filename, subfolder, type}."""
        return self.get("/view", **{k: result[k] for k in ("filename", "subfolder", "type")})

    def interrupt(self) -> None:
        self.post("/interrupt")

    # -- running ----------------------------------------------------------------------------------------------------

    def filled(self, prompt: dict[str, Any]) -> dict[str, Any]:
        """The prompt as the page would send it: widgets that it does not name have their defaults."""
        whole = {}
        for node, about in prompt.items():
            inputs = dict(about["inputs"])
            for name, spec in self.server.schemas(self)[about["class_type"]]["input"].get("required", {}).items():
                if name not in inputs and len(spec) > 1 and "default" in spec[1]:
                    inputs[name] = spec[1]["default"]
            whole[node] = {**about, "inputs": inputs}
        return whole

    def queue(self, prompt: dict[str, Any], *, previews: bool = False) -> Run:
        prompt = self.filled(prompt)
        extra = {"preview_method": "latent2rgb" if previews else "none"}
        answer = self.post("/prompt", {"prompt": prompt, "client_id": self.client_id, "extra_data": extra})
        with self._changed:
            return self.runs.setdefault(answer["prompt_id"], Run(answer["prompt_id"]))

    def wait(self, run: Run, seconds: float = 120) -> Run:
        with self._changed:
            if not self._changed.wait_for(lambda: run.prompt_id in self._ended, seconds):
                raise TimeoutError(f"no end after {seconds} s; executed {run.executed}\n{self.server.log_text[-3000:]}")
        return run

    def run(self, prompt: dict[str, Any], *, previews: bool = False, fail: bool = False, seconds: float = 120) -> Run:
        """Queue and wait. Raises when the prompt fails, unless ``fail`` says that it should."""
        started = time.monotonic()
        run = self.wait(self.queue(prompt, previews=previews), seconds)
        run.seconds = time.monotonic() - started
        if run.error and not fail:
            trace = "".join(run.error.get("traceback", []))
            raise AssertionError(f"{run.error.get('node_type')}: {run.message}\n{trace}")
        if fail and not run.error:
            raise AssertionError(f"the prompt should have failed; it executed {run.executed}")
        return run

    def wait_for(self, condition: Any, seconds: float = 60) -> None:
        """Until ``condition()`` holds, looked at after every event."""
        with self._changed:
            if not self._changed.wait_for(condition, seconds):
                raise TimeoutError(f"not within {seconds} s")

    # -- hearing ----------------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        import aiohttp

        self._stop = asyncio.Event()
        async with aiohttp.ClientSession() as session:
            socket_url = f"{self.server.url}/ws?clientId={self.client_id}"
            async with session.ws_connect(socket_url, max_msg_size=0) as socket_:
                self._ready.set()
                stop = asyncio.ensure_future(self._stop.wait())
                while not stop.done():
                    heard = asyncio.ensure_future(socket_.receive())
                    await asyncio.wait({heard, stop}, return_when=asyncio.FIRST_COMPLETED)
                    if not heard.done():
                        heard.cancel()
                        break
                    message = heard.result()
                    if message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.ERROR):
                        break
                    with self._changed:
                        self._note(message.data)
                        self._changed.notify_all()
                stop.cancel()

    def _note(self, data: Any) -> None:
        if isinstance(data, bytes):
            # Event 1 is a preview: four bytes of event, four of picture format, then the picture.
            if int.from_bytes(data[:4], "big") == 1 and self._now in self.runs:
                self.runs[self._now].previews.append(data[8:])
            return
        event = json.loads(data)
        kind, about = event["type"], event["data"]
        prompt_id = about.get("prompt_id") if isinstance(about, dict) else None
        if prompt_id is None:
            return
        self._now = prompt_id
        run = self.runs.setdefault(prompt_id, Run(prompt_id))
        if kind == "executing" and about["node"] is not None:
            run.executed.append(about["node"])
            run.started[about["node"]] = time.monotonic()
        elif kind == "execution_cached":
            run.cached += about["nodes"]
        elif kind == "executed":
            run.ui[about["node"]] = about["output"] or {}
        elif kind == "progress":
            run.progress.append((about["node"], about["value"], about["max"]))
        elif kind == "execution_error":
            run.error = about
            self._ended.add(prompt_id)
        elif kind == "execution_interrupted":
            run.interrupted = True
            self._ended.add(prompt_id)
        elif kind == "execution_success":
            self._ended.add(prompt_id)
