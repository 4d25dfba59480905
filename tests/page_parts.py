"""The page as a process of its own, and browsers that visit it: shared by the tests of the page."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sora_lock.store import Store

CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
ARGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
WAIT_MS = 60_000
# Marks of a test file that drives a browser.
BROWSING = [
    pytest.mark.page,
    pytest.mark.xdist_group("page"),
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"),
        reason="no Chromium here; on Debian: apt-get install -y chromium",
    ),
]


@contextmanager
def serving(data: Path, worker: bool, *more: str) -> Iterator[str]:
    """The page as people start it, on a port of its own and with `more` arguments; yields its address on this machine.

    Its worker has one child: each takes seconds of a core to begin, and tests run side by side already.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    hands = ("--processes", "1") if worker else ("--no-worker",)
    command = [sys.executable, "app.py", "--data", str(data), "--port", str(port), *hands, *more]
    log = data.parent / "page.log"
    with log.open("wb") as out:
        page = subprocess.Popen(command, cwd=Path(__file__).parent.parent, stdout=out, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}/"
    try:
        for _ in range(600):
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert page.poll() is None, log.read_text()
            time.sleep(0.1)
        yield address
    finally:
        page.terminate()
        try:
            page.wait(30)
        except subprocess.TimeoutExpired:
            page.kill()
            page.wait()


class Room:
    """One page, its store, and browsers that are somebody."""

    def __init__(self, browser: Any, address: str, store: Store) -> None:
        self.browser, self.address, self.store = browser, address, store
        self.errors: list[str] = []
        self.contexts: list[Any] = []

    def visit(self, who: str = "ana", query: str = "") -> Any:
        context = self.browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": "sora_lock_name", "value": who, "url": self.address}])
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(self.address + query)
        page.wait_for_selector("#feed .cell")
        page.wait_for_function("document.querySelector('#lines textarea') && window.soraLock")
        return page

    def close(self) -> None:
        for context in self.contexts:
            context.close()


def until(true: Callable[[], Any], seconds: float = 60) -> Any:
    """Waits for something to hold; returns it."""
    end = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.1)
    return value
