"""The Hub, its router, providers and their file hosts, all on one loopback port, told apart by the host that the client asked for."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import numpy as np

from sora_lock.engines import Layers, Scene
from sora_lock.engines.comp import Comp
from sora_lock.engines.hosted import wire
from sora_lock.media import film
from sora_lock.media.video import ProxyWriter
from sora_lock.records import Direction, Shot

TOKEN = "hf_" + "notarealone" * 3
QUICK = wire.Limits(overall_s=20.0, request_s=3.0, tries=3, backoff_s=0.05, longest_wait_s=2.0)
MEDIA = "v3.files.example.com"
_numbers = count(1)


@dataclass
class Answer:
    """What is answered in the place of the usual.

    Attributes:
        cut: the connection is closed after the body, whatever length was said.
        after_s: how long it takes.
        silent: the connection is closed without a word.
        trickle_s: between any two bytes of the body.
    """

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    after_s: float = 0.0
    silent: bool = False
    trickle_s: float = 0.0


@dataclass(frozen=True)
class Seen:
    """A request that came."""

    stage: str
    method: str
    host: str
    path: str
    token: str
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        """Its body as JSON."""
        return dict(json.loads(self.body))


@dataclass
class Cloud:
    """What is at the other end.

    Attributes:
        clip: what the file host has.
        task: what the provider's model does.
        polls: how often a job is not ready yet.
        instead: stage ("map", "submit", "status", "result", "media") -> answers given before the usual ones.
        left_alone: set when somebody hung up before all bytes were sent.
        model: a name of its own for each cloud, since the client remembers models for good.
    """

    clip: bytes = b""
    task: str = "text-to-video"
    polls: int = 0
    instead: dict[str, list[Answer]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    address: tuple[str, int] = ("", 0)
    left_alone: threading.Event = field(default_factory=threading.Event)
    model: str = field(default_factory=lambda: f"owner/model-{next(_numbers)}")

    def count(self, stage: str) -> int:
        """How many requests of a stage came."""
        return sum(s.stage == stage for s in self.seen)

    def asked(self, stage: str) -> Seen:
        """The first request of a stage."""
        return next(s for s in self.seen if s.stage == stage)

    def usual(self, stage: str, provider: str) -> Answer:
        """What each provider answers when all is well."""
        if stage == "map":
            names = ("fal-ai", "novita", "replicate", "together", "wavespeed")
            mapped = {n: {"status": "live", "providerId": "maker/clips", "task": self.task} for n in names}
            return _json({"id": self.model, "inferenceProviderMapping": mapped})
        if stage == "media":
            return Answer(body=self.clip, headers={"Content-Type": "video/mp4"})
        url = f"https://{MEDIA}/out/clip.mp4"
        ready = stage != "submit" and self.count("status") > self.polls
        if provider == "fal-ai":
            if stage == "result":
                return _json({"video": {"url": url}, "seed": 3})
            at = "https://queue.fal.run/maker/clips/requests/r1"
            status = "COMPLETED" if ready else "IN_QUEUE" if stage == "submit" else "IN_PROGRESS"
            return _json({"request_id": "r1", "status": status, "response_url": at})
        if provider == "together":
            made = {"outputs": {"video_url": url}} if ready else {}
            return _json({"id": "v1", "status": "completed" if ready else "queued", **made})
        if provider == "wavespeed":
            data = {"urls": {"get": "https://api.wavespeed.ai/api/v3/predictions/p1/result"}}
            return _json({"data": {**data, "status": "completed" if ready else "processing", "outputs": [url]}})
        if provider == "replicate":
            return _json({"output": [url]})
        return _json({"video": {"video_url": url}})


def _json(told: Any) -> Answer:
    return Answer(body=json.dumps(told).encode(), headers={"Content-Type": "application/json"})


def _stage(method: str, host: str, path: str) -> str:
    if host == "huggingface.co":
        return "map"
    if host != "router.huggingface.co":
        return "media"
    if method == "POST":
        return "submit"
    return "result" if path.startswith("/fal-ai") and "/status" not in path else "status"


class _Handler(BaseHTTPRequestHandler):
    cloud: Cloud
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, *words: Any) -> None:
        """Quiet."""

    def _answer(self) -> None:
        cloud, host = self.cloud, self.headers["Host"].partition(":")[0]
        stage = _stage(self.command, host, self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        cloud.seen.append(Seen(stage, self.command, host, self.path, self.headers.get("Authorization", ""), body))
        waiting = cloud.instead.get(stage)
        answer = waiting.pop(0) if waiting else cloud.usual(stage, self.path.split("/")[1])
        time.sleep(answer.after_s)
        if answer.silent:
            self.close_connection = True
            return
        try:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body) + 1000 * answer.cut))
            self.end_headers()
            if answer.trickle_s:
                for byte in answer.body:
                    self.wfile.write(bytes([byte]))
                    time.sleep(answer.trickle_s)
            else:
                self.wfile.write(answer.body)
        except OSError:
            cloud.left_alone.set()
            self.close_connection = True
        if answer.cut:
            self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *whose: Any) -> None:
        """Quiet: who hangs up in the middle is what some tests are about."""


class Loopback(httpx2.HTTPTransport):
    """Carries every request to the cloud's port; the host it was meant for stays in its head."""

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__()
        self._address = address

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        where = request.url.copy_with(scheme="http", host=self._address[0], port=self._address[1])
        return super().handle_request(
            httpx2.Request(
                request.method, where, headers=request.headers, stream=request.stream, extensions=request.extensions
            )
        )


@contextmanager
def clouded() -> Iterator[Cloud]:
    """A cloud that the real client talks to while the block runs."""
    cloud = Cloud()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"cloud": cloud}))
    cloud.address = ("127.0.0.1", server.server_address[1])
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    wire.install(Loopback(cloud.address))
    try:
        yield cloud
    finally:
        wire.install(httpx2.HTTPTransport())
        server.shutdown()
        server.server_close()


def stepped(folder: Path, width: int = 192, height: int = 64, fps: int = 12, frames: int = 6) -> bytes:
    """A clip whose frame k is grey 40 + 30 k between two broad red margins of a quarter of the width each."""
    path = folder / "stepped.mp4"
    with ProxyWriter(path, width, height, fps, crf=4) as film:
        for k in range(frames):
            frame = np.full((height, width, 3), 40 + 30 * k, np.uint8)
            frame[:, : width // 4] = frame[:, -width // 4 :] = (200, 20, 20)
            film.write(frame)
    return path.read_bytes()


class Blocked:
    """A guide: what comp films of a scene."""

    def __init__(self, scene: Scene, shot: Shot, direction: Direction) -> None:
        comp = Comp()
        told = {"cancelled": lambda: False, "aov": lambda frame: True}
        self._layers = list(comp.frames(comp.prepare(scene), shot, direction, **told))
        self.frames = shot.frames

    def rgb(self, frame: int) -> np.ndarray:
        """The finished frame."""
        return film.develop(self._layers[frame].picture, frame=frame)

    def layers(self, frame: int) -> Layers:
        """What comp yielded."""
        return self._layers[frame]

    def held(self, frame: int) -> np.ndarray:
        """The figure."""
        return self._layers[frame].coverage["dummy"]
