"""SIGKILL at random moments: no acknowledged take or mark is lost, no row is without its media, `verify` is clean."""

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sora_lock.fanout import plan_fanout
from sora_lock.first_run import settle
from sora_lock.store import Store

ROUNDS = 30

pytestmark = pytest.mark.slow

# Stands for the page: plans, marks and comments through the same calls, and says what was acknowledged after each.
PAGE = """
import itertools, random, sys, time
from pathlib import Path
from sora_lock.fanout import plan_fanout
from sora_lock.store import Store
store, chance = Store.open(Path(sys.argv[1])), random.Random(int(sys.argv[2]))
for n in itertools.count():
    done = [t.take for t in store.takes("SC010")]
    if done:
        take, mark = chance.choice(done), chance.choice(["circled", "keep", "NG"])
        store.mark(take, mark, "page")
        print("mark", take, mark, flush=True)
    if len(store.jobs(states=["queued", "leased"])) < 3:
        cell = plan_fanout(store, scene="SC010", shot="SH020", cast="@mara in @alley", texts=["overcast"], frames=2, width=96, height=64, seed=n)
        print("plan", cell.id, store.jobs(cell=cell.id)[0].take, flush=True)
    time.sleep(chance.uniform(0, 0.03))
"""


class TestKilledAnywhere:
    def test_thirty_kills_of_worker_and_page_lose_nothing_acknowledged(self, tmp_path: Path) -> None:
        chance = random.Random(20)
        store = Store.open(tmp_path / "d")
        settle(store)
        planned: set[str] = set()
        marks: list[tuple[str, str]] = []
        taken: dict[str, str] = {}
        env = {**os.environ, "OMP_NUM_THREADS": "1"}
        worker = [sys.executable, "-m", "sora_lock", "worker", "--one", "--data", str(tmp_path / "d")]
        kills = 0
        running = subprocess.Popen(worker, env=env, stderr=subprocess.DEVNULL)
        while kills < ROUNDS:
            log = tmp_path / f"page{kills}.log"
            with log.open("w") as out:
                page = subprocess.Popen(
                    [sys.executable, "-c", PAGE, str(tmp_path / "d"), str(kills)], stdout=out, env=env
                )
            time.sleep(chance.uniform(1.0, 2.5))
            # Of two rounds the worker outlives one, or it would hardly come to finish a take.
            which = chance.choice(["worker", "page", "page", "both"]) if kills else "page"
            page.send_signal(signal.SIGKILL)
            page.wait()
            kills += 1
            if which != "page":
                running.send_signal(signal.SIGKILL)
                running.wait()
                kills += which == "both"
                running = subprocess.Popen(worker, env=env, stderr=subprocess.DEVNULL)
            for line in log.read_text().splitlines(keepends=True):
                if line.endswith("\n") and line.startswith("plan"):
                    planned.add(line.split()[2])
                elif line.endswith("\n"):
                    marks.append((line.split()[1], line.split()[2]))
            for take in store.takes("SC010"):
                assert taken.setdefault(take.take, take.result_sha256) == take.result_sha256
        deadline = time.monotonic() + 120
        while store.jobs(states=["queued", "leased"]) and time.monotonic() < deadline:
            time.sleep(0.3)
        running.terminate()
        running.wait(30)
        jobs = {j.take: j.state for j in store.jobs()}
        assert planned <= set(jobs)
        assert set(jobs.values()) <= {"done", "failed"}
        assert all(
            "worker" in (j.error or "") for j in store.jobs(states=["failed"])
        )  # its worker was killed again and again
        now = {t.take for t in store.takes("SC010")}
        assert set(taken) <= now
        assert now == {t for t, s in jobs.items() if s == "done"}
        history: dict[str, list[str]] = {}
        for take in now:
            history[take] = [row.mark for row in store.mark_history(take)]
        for take in {t for t, _ in marks}:
            # the same mark again is acknowledged and writes nothing
            acknowledged = (m for m, _ in itertools.groupby(m for t, m in marks if t == take))
            want = next(acknowledged, None)
            for mark in history[take]:  # in order; a mark that was written but not acknowledged may stand between
                if mark == want:
                    want = next(acknowledged, None)
            assert want is None, take
        assert not store.verify().problems

    def test_a_job_whose_worker_died_is_taken_over(self, tmp_path: Path) -> None:
        store = Store.open(tmp_path / "d")
        settle(store)
        plan_fanout(
            store, scene="SC010", shot="SH020", cast="@mara in @alley", texts=["fog"], frames=2, width=96, height=64
        )
        assert store.lease("dead", lease_s=0.1) is not None
        time.sleep(0.2)
        job = store.lease("alive")
        assert job is not None
        assert job.worker == "alive"
