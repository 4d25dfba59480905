"""The worker: poster before clip, cancelling in the middle, failing with words, retrying, and leaving nothing behind."""

import os
import signal
import time
from pathlib import Path

import pytest

from sora_lock import worker
from sora_lock.fanout import plan_fanout
from sora_lock.store import Store


def plan(store: Store, *texts: str, frames: int = 3, **more) -> int:
    cell = plan_fanout(
        store,
        scene="SC010",
        shot="SH020",
        cast="@mara in @alley",
        texts=texts,
        frames=frames,
        width=96,
        height=64,
        **more,
    )
    return cell.id


@pytest.fixture(scope="module")
def kept() -> dict:
    """One `prepare` for all tests of this file."""
    return {}


def step(store: Store, kept: dict, name: str = "w1") -> str:
    job = store.lease(name)
    assert job is not None
    worker.run(store, job, name, kept)
    return job.stage


class TestAJob:
    def test_posters_of_all_come_before_the_first_clip(self, stage: Store, kept: dict) -> None:
        cell = plan(stage, "overcast", "golden hour")
        assert [step(stage, kept) for _ in range(4)] == ["poster", "poster", "clip", "clip"]
        jobs = stage.jobs(cell=cell)
        assert {j.state for j in jobs} == {"done"}
        for job in jobs:
            take = stage.take(job.take)
            assert set(take.files) == {"clip.mp4", "master.mkv", "poster.jpg"}
            assert all(stage.blob(sha).stat().st_size > 500 for sha in take.files.values())
            assert take.recipe_sha256 == job.recipe.recipe_sha256
        assert not stage.verify().problems

    def test_the_same_recipe_gives_the_same_master(self, stage: Store, kept: dict) -> None:
        cell = plan(stage, "night, rain", "night, rain")
        for _ in range(4):
            step(stage, kept)
        one, two = (stage.take(j.take) for j in stage.jobs(cell=cell))
        assert one.recipe_sha256 == two.recipe_sha256
        assert one.files["master.mkv"] == two.files["master.mkv"]

    def test_a_cancel_in_the_middle_ends_it_and_leaves_nothing(self, stage: Store, kept: dict, monkeypatch) -> None:
        monkeypatch.setattr(worker, "BEAT_EVERY_S", 0.01)
        cell = plan(stage, "overcast", frames=40)
        step(stage, kept)
        job = stage.lease("w1")
        assert job is not None
        stage.cancel([job.id])
        worker.run(stage, job, "w1", kept)
        (after,) = stage.jobs(cell=cell)
        assert after.state == "cancelled"
        assert stage.takes("SC010") == []
        assert list(worker.unfinished(stage.data).iterdir()) == []

    def test_one_that_cannot_be_made_says_why_and_can_be_retried(self, stage: Store, kept: dict, monkeypatch) -> None:
        cell = plan(stage, "overcast")
        picture = stage.lock("mara")
        with monkeypatch.context() as patch:
            patch.setattr("sora_lock.resolve.shipped", dict)  # as if the shipped cast were gone
            step(stage, {})
        (failed,) = stage.jobs(cell=cell)
        assert failed.state == "failed"
        assert failed.error and picture.name in failed.error
        stage.retry(failed.id)
        assert [step(stage, kept), step(stage, kept)] == ["poster", "clip"]
        assert stage.jobs(cell=cell)[0].state == "done"

    def test_a_worker_that_lost_its_lease_writes_no_take(self, stage: Store, kept: dict, monkeypatch) -> None:
        monkeypatch.setattr(worker, "BEAT_EVERY_S", 0.01)
        plan(stage, "overcast", frames=40)
        step(stage, kept)
        job = stage.lease("slow", 0.01)
        assert job is not None
        time.sleep(0.05)
        assert stage.lease("quick") is not None
        worker.run(stage, job, "slow", kept)
        assert stage.takes("SC010") == []


class TestHowMany:
    @pytest.mark.parametrize(
        ("cores", "gigabytes", "cards", "number"),
        [(2, 24, 0, 2), (8, 64, 0, 4), (8, 8, 0, 2), (4, 2, 0, 1), (2, 24, 3, 3)],
    )
    def test_work_side_by_side_follows_from_cores_memory_and_cards(
        self, monkeypatch: pytest.MonkeyPatch, cores: int, gigabytes: int, cards: int, number: int
    ) -> None:
        monkeypatch.setattr("os.cpu_count", lambda: cores)
        monkeypatch.setattr("sora_lock.worker.memory_bytes", lambda: gigabytes << 30)
        monkeypatch.setattr("sora_lock.worker.gpus", lambda: tuple(map(str, range(cards))))
        assert worker.usual_number() == number


class TestCollecting:
    def test_what_a_killed_worker_left_an_hour_ago_goes_and_the_rest_stays(self, tmp_path: Path) -> None:
        old, new = worker.unfinished(tmp_path) / "take-old", worker.unfinished(tmp_path) / "take-new"
        for folder in (old, new):
            folder.mkdir()
            (folder / "part.mkv").write_bytes(b"x")
        for path in (old / "part.mkv", old):
            os.utime(path, (time.time() - 7200,) * 2)
        worker.collect(tmp_path)
        assert [p.name for p in worker.unfinished(tmp_path).iterdir()] == ["take-new"]


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc to see processes")
class TestBeside:
    def test_a_killed_supervisor_is_started_again_and_all_end_with_the_block(self, stage: Store) -> None:
        def alive() -> list[int]:
            found = []
            for entry in Path("/proc").iterdir():
                if entry.name.isdigit():
                    try:
                        if str(stage.data).encode() in (entry / "cmdline").read_bytes():
                            found.append(int(entry.name))
                    except OSError:
                        continue
            return found

        def wait(condition) -> bool:
            deadline = time.monotonic() + 90
            while not condition() and time.monotonic() < deadline:
                time.sleep(0.1)
            return condition()

        with worker.beside(stage.data, 1):
            assert wait(lambda: len(alive()) == 2)  # itself and the one child that was asked for
            first = min(alive())
            os.kill(first, signal.SIGKILL)
            assert wait(lambda: first not in alive() and len(alive()) == 2)
        assert wait(lambda: alive() == [])
