"""Leases jobs and runs the path: the only processes that import torch.

Place in the path: beside it. `supervise` keeps one child a core; each child leases a job, makes its poster, hands it back, and makes clips
once no poster waits. Killing a child or the supervisor loses nothing: the lease runs out and another child takes the job over.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sora_lock.devices import VISIBLE, gpus, memory_bytes
from sora_lock.engines import ENGINES
from sora_lock.errors import NotFoundError, SoraLockError, StoreError, TakeCancelled
from sora_lock.store import Job, Store

if TYPE_CHECKING:
    from sora_lock.filmed import Ready

IDLE_S = 0.25
BEAT_EVERY_S = 0.5
LEASE_S = 20
EACH_BYTES = 7 << 29
"""Memory that one of several workers should find: each holds geometry, textures and plates of up to three scenes, 1.5 to 3.5 GB."""
PARENT = "SORA_LOCK_PARENT"  # in the environment of what `spawn` starts: who started it

log = logging.getLogger("sora_lock.worker")


def supervise(data: Path, processes: int | None = None, *, until: Callable[[], bool] = lambda: False) -> None:
    """Keeps `processes` children alive until `until()` or a signal; then stops them and waits.

    Where there are GPUs, each has one child of its own; what wants a GPU is left to these, and the others film.

    Args:
        processes: default `usual_number()`.
    """
    cards = gpus()
    count = processes or usual_number()
    children: dict[int, subprocess.Popen[bytes]] = {}
    born: dict[int, float] = {}
    with signalled() as stopping:
        try:
            while not (stopping() or until() or orphaned()):
                # A child that dies at once (a broken installation) is restarted once a second, not in a tight loop.
                for place in range(count):
                    if place not in children or children[place].poll() is not None:
                        children[place] = spawn(data, "--one", *_engines(place, cards), gpu=_card(place, cards))
                        born[place] = time.monotonic()
                time.sleep(1.0 if any(time.monotonic() - t < 1 for t in born.values()) else 0.2)
        finally:
            for child in children.values():
                child.terminate()
            for child in children.values():
                try:
                    child.wait(10)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()


@contextmanager
def signalled() -> Iterator[Callable[[], bool]]:
    """Whether this process was asked to end (SIGTERM, SIGINT) while the block runs."""
    asked = False

    def stop(signum: int, frame: object) -> None:
        nonlocal asked
        asked = True

    previous = {s: signal.signal(s, stop) for s in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield lambda: asked
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _card(place: int, cards: Sequence[str]) -> str | None:
    """The GPU of the child at `place`: its own, none ("") for those beyond, None where there are none at all."""
    if not cards:
        return None
    return cards[place] if place < len(cards) else ""


def _engines(place: int, cards: Sequence[str]) -> tuple[str, ...]:
    if not cards or place < len(cards):
        return ()
    return tuple(word for e in ENGINES if e.on_gpu for word in ("--without", e.name))


def usual_number() -> int:
    """How many work side by side unless told otherwise: one a core and one for each `EACH_BYTES` of memory, at most 4; one a GPU at least."""
    return max(1, min(4, os.cpu_count() or 1, memory_bytes() // EACH_BYTES), len(gpus()))


def spawn(data: Path, *extra: str, gpu: str | None = None, folder: Path | None = None) -> subprocess.Popen[bytes]:
    """Starts `worker` on the data folder as a child of this process; it ends itself when this process is gone.

    Args:
        gpu: the only GPU it may see; None leaves that as it is.
        folder: where the package is, where that is not the current directory.
    """
    env = {**os.environ, "OMP_NUM_THREADS": "1", PARENT: str(os.getpid())}
    if gpu is not None:
        env[VISIBLE] = gpu
    command = [sys.executable, "-m", "sora_lock", "worker", "--data", str(data), *extra]
    return subprocess.Popen(command, env=env, cwd=folder, stdin=subprocess.DEVNULL)


@contextmanager
def beside(data: Path, processes: int | None = None) -> Iterator[None]:
    """Keeps one supervisor of so many `processes` alive as a process of its own while the block runs: one that was killed is started again."""
    ending = threading.Event()
    number = () if processes is None else ("--processes", str(processes))
    child = spawn(data, *number)

    def watch() -> None:
        nonlocal child
        while not ending.wait(1.0):
            if child.poll() is not None:
                log.warning("the worker ended with %s; starting another", child.returncode)
                child = spawn(data, *number)

    watcher = threading.Thread(target=watch, name="worker-watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ending.set()
        watcher.join()
        child.terminate()
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()


def orphaned() -> bool:
    """Whether this process was started by `spawn` and whoever started it is gone (killed, say, before it could end us)."""
    return PARENT in os.environ and os.environ[PARENT] != str(os.getppid())


def work(data: Path, without: Sequence[str] = (), *, until: Callable[[], bool] = lambda: False) -> None:
    """One child: leases and makes takes until told to stop, or until its supervisor is gone; none of the engines `without`."""
    import torch

    from sora_lock import shoot

    torch.set_num_threads(1)  # children share the cores between them; one thread each also keeps sums in one order
    stopping = False

    def stop(signum: int, frame: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def done() -> bool:
        return stopping or until() or orphaned()

    store = Store.open(data)
    collect(data)
    shoot.warm_up()
    name = f"{socket.gethostname()[:20]}-{os.getpid()}"
    kept: dict[str, Ready] = {}
    seen = 0.0
    while not done():
        if time.monotonic() - seen > 2:
            store.worker_seen(name)
            seen = time.monotonic()
        job = store.lease(name, LEASE_S, without)
        if job is None:
            time.sleep(IDLE_S)
            continue
        run(store, job, name, kept, done)
    store.close()


def run(
    store: Store, job: Job, worker: str, kept: dict[str, Ready], stopping: Callable[[], bool] = lambda: False
) -> None:
    """One leased stage of a job, from lease to outcome; what goes wrong is written on the job, in words for the tile."""
    from sora_lock import shoot
    from sora_lock.media import images
    from sora_lock.resolve import resolve

    folder = Path(tempfile.mkdtemp(prefix="take-", dir=unfinished(store.data)))
    frames, done_frames = job.recipe.shot.frames, 0.0
    began = time.monotonic()
    lost, asked, over = threading.Event(), threading.Event(), threading.Event()

    def beat() -> None:
        # A thread of its own, since preparing a scene on a busy machine can outlast a lease and asks nobody.
        while not (over.is_set() or lost.is_set() or asked.is_set()):
            left = (time.monotonic() - began) / done_frames * (frames - done_frames) if done_frames else None
            try:
                if not store.beat(job.id, worker, done_frames / frames, left, LEASE_S):
                    (asked if store.job(job.id).cancel else lost).set()
            except StoreError:
                log.exception("take %s: no heartbeat now", job.take)
            over.wait(BEAT_EVERY_S)

    def cancelled() -> bool:
        return lost.is_set() or asked.is_set() or stopping()

    def progress(count: float) -> None:
        nonlocal done_frames
        done_frames = count

    heart = threading.Thread(target=beat, name=f"beat-{job.id}", daemon=True)
    heart.start()
    try:
        store.must_stand(job.recipe)
        ready = resolve(store, job.recipe, kept)
        if job.stage == "poster":
            rgb, cannot = shoot.poster(ready)
            store.poster_done(job.id, worker, store.put(images.jpeg(rgb, 90)), cannot)
            return
        began = time.monotonic()
        take = shoot.shoot(
            store,
            ready,
            take=job.take,
            parent=job.parent,
            cell=job.cell,
            folder=folder,
            progress=progress,
            cancelled=cancelled,
        )
        store.finish(job.id, worker, take)
    except TakeCancelled:
        if asked.is_set():
            store.cancelled(job.id, worker)
        # A lost lease or a stop is no outcome: whoever leases the job next makes the take.
    except (SoraLockError, OSError, MemoryError, ValueError, RuntimeError) as error:
        log.exception("take %s failed", job.take)
        words = str(error) if isinstance(error, SoraLockError) else f"{type(error).__name__}: {error}"
        try:
            store.fail(job.id, worker, words or type(error).__name__)
        except (StoreError, NotFoundError):
            log.exception("take %s: the failure could not be recorded; its lease will run out", job.take)
    finally:
        over.set()
        heart.join()
        shutil.rmtree(folder, ignore_errors=True)


def unfinished(data: Path) -> Path:
    """Where unfinished files live: inside the data folder, so that finishing is a rename."""
    folder = data / "unfinished"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def collect(data: Path, older_s: float = 3600.0) -> None:
    """Removes what killed workers left unfinished over an hour ago; a take in the making is never that old untouched."""
    for folder in unfinished(data).iterdir():
        try:
            if time.time() - max(p.stat().st_mtime for p in (folder, *folder.iterdir())) > older_s:
                shutil.rmtree(folder, ignore_errors=True)
        except FileNotFoundError:
            continue  # another worker was faster
