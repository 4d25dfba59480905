"""Takes shot on the real path in this very process, and written to files as the command line writes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sora_lock.commands.takes import write_take
from sora_lock.fanout import plan_fanout
from sora_lock.layers import Shared
from sora_lock.resolve import resolve
from sora_lock.shoot import shoot
from sora_lock.store import Store
from sora_lock.worker import run, unfinished


def shot_here(
    store: Store, cast: str, lines: Sequence[str], out: Path, *, judged: bool = False, **asked: Any
) -> list[Path]:
    """Plans a fan-out, leases its jobs one after another, and writes each take with its layers; the folders, in order.

    Args:
        judged: whether continuity is looked at, which costs several times what filming does; how a take is held it does not change.
    """
    plan = {"scene": "SC010", "shot": "SH020", "fps": "24", "seed": "7", "who": "test"} | asked
    cell = plan_fanout(store, cast=cast, texts=list(lines), **plan)
    kept: dict[str, Any] = {}
    while (job := store.lease("test", 600.0)) is not None:
        if job.stage == "poster":
            run(store, job, "test", kept)
            continue
        ready = resolve(store, job.recipe, kept)
        take = shoot(
            store, ready, take=job.take, parent=job.parent, cell=job.cell, folder=unfinished(store.data),
            progress=lambda count: None, cancelled=lambda: False, judges=None if judged else {},
        )  # fmt: skip
        store.finish(job.id, "test", take)
    shared, folders = Shared(kept), []
    for job in store.jobs(cell=cell.id):
        assert job.state == "done", job.error
        folders.append(out / job.take)
        write_take(store, store.take(job.take), folders[-1], layers=shared)
    return folders
