"""SIGKILL at random moments: what was acknowledged is there, and what is there is whole.

The two roles of the product run as processes of their own: one plans, marks and comments as the page does, one leases and finishes as the
worker does. Each writes a line to a pipe after a write was committed; then both are killed in the middle of whatever they do.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import pytest

from sora_lock.store import Store
from tests.store_parts import a_grid, a_lock, a_take, age_all, all_files, shoot_all

ROOT = Path(__file__).parent.parent


def acknowledge(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())  # one write: a line arrives whole or not at all


def page(store: Store, name: str) -> None:
    """Plans, marks, comments, locks, retries: for ever."""
    dice = random.Random(name)
    for n in count():
        if len(store.jobs(states=["queued"])) < 12:
            made = store.takes("SC010") if n else []
            parent = dice.choice(made).take if made else None
            cell = a_grid(store, 3, parent=parent)
            acknowledge("cell", cell.id, *(j.take for j in store.jobs(cell=cell.id)))
        for take in store.takes("SC010")[-3:]:
            mark = dice.choice(["circled", "keep", "NG"])
            store.mark(take.take, mark, name)
            acknowledge("mark", take.take, mark, len(store.mark_history(take.take)))
            acknowledge("comment", take.take, store.comment(take.take, n % 48, f"{name} said {n}", name))
        lock = store.add_lock(a_lock(store, f"extra{n % 3}", face=dice.choice(["hold", "free"])))
        acknowledge("lock", lock.lock_sha256)
        for job in store.jobs(states=["failed"]):  # three deaths are nothing here
            store.retry(job.id)


def worker(store: Store, name: str) -> None:
    """Leases and finishes: for ever."""
    while True:
        job = store.lease(name, lease_s=0.3)
        if job is None:
            time.sleep(0.005)
        elif job.stage == "poster":
            store.poster_done(job.id, name, store.put(f"{job.take} poster.jpg".encode() * 1000))
            acknowledge("poster", job.id)
        elif store.beat(job.id, name, 0.5, 1.0, lease_s=0.3):
            master = store.data / "unfinished" / f"{job.take}.{name}.mkv"
            master.write_bytes(f"{job.take} master.mkv".encode())
            store.put_file(master)
            take = a_take(store, job)
            store.finish(job.id, name, take)
            acknowledge("take", take.take, take.files["clip.mp4"])


def killed(data: Path, journal: str, round_: int, dice: random.Random) -> list[list[str]]:
    """Starts both roles, kills both at a random moment of their work, and returns what they acknowledged."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.test_store_kill", str(data), journal, role, f"{role}{round_}"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        for role in ("page", "worker")
    ]
    first = [p.stdout.readline() for p in running if p.stdout]  # both are in the thick of it
    time.sleep(dice.uniform(0.0, 0.4))
    for process in dice.sample(running, 2):
        process.send_signal(signal.SIGKILL)
        time.sleep(dice.choice([0.0, 0.05]))
    rest = [p.communicate()[0] for p in running]
    lines = [line for a, b in zip(first, rest, strict=True) for line in (a + b).decode().splitlines()]
    return [line.split() for line in lines]


def missing(store: Store, acknowledged: list[list[str]]) -> list[str]:
    """What was acknowledged and is not there."""
    lost = []
    cells, jobs = {c.id for c in store.cells("SC010", limit=None)}, {j.take: j for j in store.jobs()}
    takes = {t.take: t for t in store.takes("SC010")}
    comments = {t: {c.id for c in store.comments(t)} for t in takes}
    history = {t: store.mark_history(t) for t in takes}
    locks = {k.lock_sha256 for name in (k.name for k in store.locks()) for k in store.versions(name)}
    posters = {j.id for j in jobs.values() if j.poster_sha256 and store.blob(j.poster_sha256)}
    for what, *rest in acknowledged:
        there = {
            "cell": lambda r: int(r[0]) in cells and all(t in jobs for t in r[1:]),
            "poster": lambda r: int(r[0]) in posters,
            "take": lambda r: r[0] in takes and jobs[r[0]].state == "done" and store.blob(r[1]).exists(),
            "mark": lambda r: len(history[r[0]]) >= int(r[2]) and r[1] in {m.mark for m in history[r[0]]},
            "comment": lambda r: int(r[1]) in comments[r[0]],
            "lock": lambda r: r[0] in locks,
        }[what](rest)
        if not there:
            lost.append(" ".join([what, *rest]))
    return lost


class TestKilledAtRandomMoments:
    @pytest.mark.slow
    @pytest.mark.parametrize(("journal", "kills"), [("wal", 10), ("delete", 4)])
    def test_nothing_acknowledged_is_lost_and_all_that_is_there_is_whole(
        self, tmp_path: Path, journal: str, kills: int
    ) -> None:
        dice = random.Random(journal)
        acknowledged: list[list[str]] = []
        for round_ in range(kills):
            acknowledged += killed(tmp_path, journal, round_, dice)
            store = Store.open(tmp_path, journal)
            assert store.verify().problems == []
            assert missing(store, acknowledged) == []
            store.close()
        assert {line[0] for line in acknowledged} == {"cell", "poster", "take", "mark", "comment", "lock"}

        time.sleep(0.35)  # the last leases run out
        age_all(tmp_path)
        store = Store.open(tmp_path, journal)
        for job in store.jobs(states=["failed"]):
            store.retry(job.id)
        shoot_all(store)
        assert {j.state for j in store.jobs()} == {"done"}
        assert all_files(tmp_path / "unfinished") == []
        assert store.verify().problems == []
        assert missing(store, acknowledged) == []
        store.close()


if __name__ == "__main__":
    data, journal, role, name = sys.argv[1:]
    {"page": page, "worker": worker}[role](Store.open(Path(data), journal), name)
