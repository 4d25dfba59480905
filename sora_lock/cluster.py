"""Workers on an existing Ray cluster: `worker --workers ray`.

Place in the path: beside the worker, which stays the unit; Ray only says where one runs and starts it again when its machine goes. Ray is an optional extra
(`requirements-ray.txt`). The data folder must be the same folder on all machines: jobs are leased from the history there, as ever.
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sora_lock.errors import EngineUnavailableError, InputError
from sora_lock.worker import signalled, spawn

log = logging.getLogger("sora_lock.cluster")
ASK_EVERY_S = 0.5
START_AGAIN_S = 2.0
KNOCK_S = 5.0


def connected() -> Any:
    """The `ray` package, connected to the cluster that `RAY_ADDRESS` names, or that runs on this machine; never one of its own.

    Raises:
        EngineUnavailableError: without the package, or without a cluster.
    """
    try:
        import ray
    except ImportError:
        raise EngineUnavailableError(
            "Ray is not installed here; `python -m pip install -r requirements-ray.txt` gets it (79 MB)."
        ) from None
    if not ray.is_initialized():
        address = os.environ.get("RAY_ADDRESS", "auto")
        try:
            _knock(address)
            ray.init(address=address, logging_level=logging.WARNING, log_to_driver=False)
        except (OSError, RuntimeError, ValueError) as error:
            raise EngineUnavailableError(
                f"There is no Ray cluster to join ({str(error).splitlines()[0][:120]}); start one with `ray start --head`, or set RAY_ADDRESS."
            ) from None
    return ray


def _knock(address: str) -> None:
    """OSError when nobody listens at HOST:PORT: Ray's own client ends the whole process over that, after a minute."""
    host, colon, port = address.rpartition("://")[2].rpartition(":")
    if colon and port.isdigit():
        socket.create_connection((host, int(port)), KNOCK_S).close()


def supervise(data: Path, count: int | None = None, *, until: Callable[[], bool] = lambda: False) -> None:
    """Keeps `count` workers alive on the cluster until `until()`; then stops them and waits.

    Args:
        data: the data folder, reachable by this path from every machine.
        count: default one a GPU of the cluster, or one a core where it has none.

    Raises:
        EngineUnavailableError: without Ray or a cluster.
        InputError: when the cluster has not room for so many.
    """
    ray = connected()
    has = ray.cluster_resources()
    cards, cores = int(has.get("GPU", 0)), int(has.get("CPU", 0))
    count = count or cards or cores
    if count > max(cards, cores):
        raise InputError(f"{count} workers were asked for; the cluster has {cores} cores and {cards} GPUs.")
    wants = {"num_gpus": 1} if cards >= count else {"num_cpus": 1}
    hand = ray.remote(**wants, max_concurrency=2)(Hand)  # it must hear `stop` while it stays
    with signalled() as stopping:
        _keep(ray, hand, data, count, lambda: stopping() or until())


def _keep(ray: Any, hand: Any, data: Path, count: int, done: Callable[[], bool]) -> None:
    hands = [hand.remote(str(data), _package()) for _ in range(count)]
    running = {h.stay.remote(): n for n, h in enumerate(hands)}
    try:
        while not done():
            ended, _ = ray.wait(list(running), timeout=ASK_EVERY_S)
            for call in ended:
                number = running.pop(call)
                log.warning("worker %d of the cluster ended (%s); starting another", number, _why(ray, call))
                time.sleep(START_AGAIN_S)
                hands[number] = hand.remote(str(data), _package())
                running[hands[number].stay.remote()] = number
    finally:
        for h in hands:
            h.stop.remote()  # each ends at its next breath; what it was at is leased again
        ray.wait(list(running), num_returns=len(running), timeout=15)
        for h in hands:
            ray.kill(h)


class Hand:
    """One worker's keeper on a machine of the cluster: a child process as on any machine, since takes want an interpreter of their own."""

    def __init__(self, data: str, package: str) -> None:
        if package not in sys.path:
            sys.path.insert(0, package)
        # Ray tells an actor its GPU in CUDA_VISIBLE_DEVICES, which the child inherits.
        self.child: subprocess.Popen[bytes] = spawn(Path(data), "--one", folder=Path(package))

    def stay(self) -> int:
        """Waits for the child; its exit status."""
        return self.child.wait()

    def stop(self) -> None:
        """Asks the child to end after the frame it is at."""
        self.child.terminate()


def _package() -> str:
    return str(Path(__file__).resolve().parents[1])


def _why(ray: Any, call: Any) -> str:
    try:
        return f"status {ray.get(call)}"
    except ray.exceptions.RayError as error:
        return type(error).__name__
