"""Commands that run or check the installation: the page, workers, the hosted Space, the proof of the history.

Place in the path: on top.
"""

from __future__ import annotations

import signal
import sys
from argparse import Namespace
from contextlib import nullcontext

from sora_lock import cluster
from sora_lock import worker as workers
from sora_lock.commands.opening import Result, open_store
from sora_lock.errors import InputError


def verify(args: Namespace) -> Result:
    """Re-hashes rows and media; with `--reshoot`, makes a take again in a scratch folder and compares its bits."""
    store = open_store(args)
    if args.reshoot is None:
        found = store.verify()
        result = {"rows": found.rows_checked, "blobs": found.blobs_checked, "problems": list(found.problems)}
        words = f"{found.rows_checked} rows and {found.blobs_checked} media files checked: " + (
            "clean." if not found.problems else ""
        )
        return result, [words, *found.problems], 1 if found.problems else 0
    from sora_lock.layers import reshoot

    take = store.take(args.reshoot)
    again = reshoot(store, take)
    same = again == take.files["master.mkv"]
    result = {
        "take": take.take,
        "recipe_sha256": take.recipe_sha256,
        "master_sha256": take.files["master.mkv"],
        "again_sha256": again,
        "same": same,
    }
    return (
        result,
        [f"{take.take}: " + ("the recipe reproduces its bits." if same else "the bits differ from the master.")],
        0 if same else 1,
    )


def worker(args: Namespace) -> Result:
    """Runs workers until a signal."""
    if args.one:
        workers.work(args.data, args.without)
    else:
        open_store(args).close()
        processes = _processes(args)
        if args.workers == "ray":
            cluster.supervise(args.data, processes)
        else:
            workers.supervise(args.data, processes)
    return {"stopped": True}, [], 0


def _processes(args: Namespace) -> int | None:
    """How many children were asked for; None leaves that to the machine."""
    asked: int | None = args.processes
    if asked is not None and not 1 <= asked <= 64:
        raise InputError(f"--processes is {asked}; wanted 1 to 64.")
    return asked


def space(args: Namespace) -> Result:
    """Shows, and with `--push` creates, the hosted Space."""
    from sora_lock import space as hosting

    plan = hosting.plan()
    hosting.write_front_matter(plan)
    if args.push:
        plan["url"] = hosting.push(plan)
    return plan, [f"{key}: {value}" for key, value in plan.items()], 0


def page(args: Namespace) -> Result:
    """Serves the notebook until interrupted, with a supervised worker as its own process."""
    from sora_lock.notebook.serve import launch

    processes = _processes(args)
    store = open_store(args)
    # A polite kill ends like Ctrl-C, so that the worker is ended too; it would notice by itself, but only at its next breath.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    with nullcontext() if args.no_worker else workers.beside(args.data, processes):
        launch(store, args.host, args.port, args.pass_phrase, args.open)
    return {"stopped": True}, [], 0
