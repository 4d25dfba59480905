"""A decoder as a child process: the file goes in, one line of JSON and bytes come out, and a crash, a hang or hunger ends with a clear error.

Place in the path: under every reader of files from outside. The scripts beside it (`*_sandbox.py`) run as `python -I SCRIPT KIND ...`, import nothing of
the package and limit themselves before they touch a byte.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from sora_lock.errors import MediaError


def decoded(
    script: str, kind: str, data: bytes | Path, *limits: int | str, wall_s: float
) -> tuple[dict[str, Any], bytes]:
    """What a sandbox script says of a file, and the bytes behind it.

    Args:
        script: file name beside this module; kind: what `probe.sniff` told, handed on so that no decoder chooses by itself.
        data: the file's bytes, or where it lies.
        limits: further arguments that the script takes.
        wall_s: seconds it may take.

    Raises:
        MediaError: what the script said is wrong, or that it took too long, or died.
    """
    command = _command(script, kind, limits)
    try:
        with ExitStack() as held:
            given: dict[str, Any] = (
                {"input": data} if isinstance(data, bytes) else {"stdin": held.enter_context(data.open("rb"))}
            )
            done = subprocess.run(command, **given, capture_output=True, timeout=wall_s, env=_kept(), check=False)
    except subprocess.TimeoutExpired:
        raise MediaError(f"The {kind.upper()} took longer than {wall_s:g} s to decode; export it again.") from None
    line, _, body = done.stdout.partition(b"\n")
    if done.returncode != 0 or not line:
        raise MediaError(
            f"The {kind.upper()} could not be decoded within its limits; export it again, or scale it down."
        )
    head: dict[str, Any] = json.loads(line)
    if "error" in head:
        raise MediaError(head["error"])
    return head, body


@contextmanager
def answering(script: str, kind: str, data: bytes, *limits: int, wall_s: float) -> Iterator[IO[bytes]]:
    """As `decoded`, for answers too long to be held: the script's standard output while it runs.

    The output ends early when the script dies or `wall_s` is over; who reads must know where it ought to end. The child is gone on leaving.
    """
    with tempfile.TemporaryFile() as given:
        given.write(data)
        given.seek(0)
        child = subprocess.Popen(
            _command(script, kind, limits), stdin=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_kept()
        )
        assert child.stdout is not None
        alarm = threading.Timer(wall_s, child.kill)
        alarm.start()
        try:
            yield child.stdout
        finally:
            alarm.cancel()
            child.kill()
            child.stdout.close()
            child.wait()


def _command(script: str, kind: str, limits: tuple[int | str, ...]) -> list[str]:
    return [sys.executable, "-I", str(Path(__file__).with_name(script)), kind, *map(str, limits)]


def _kept() -> dict[str, str]:
    """What of the environment a decoder gets."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "LANG")}
    return kept | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # each thread would take of the memory it has
