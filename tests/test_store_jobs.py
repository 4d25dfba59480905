"""Jobs: planning, leasing, taking over from the dead, cancelling, finishing once."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from sora_lock.errors import InputError, NamingError, NotFoundError, StoreError
from sora_lock.records import Chip
from sora_lock.store import Store
from tests.store_parts import a_grid, a_recipe, a_take, shoot_all, shoot_one


class TestPlanning:
    def test_gives_each_variation_a_take_number_and_a_job(self, store: Store) -> None:
        cell = a_grid(store, 3)
        jobs = store.jobs(cell=cell.id)
        assert [j.take for j in jobs] == [f"SC010_SH020_T{i:03d}" for i in (1, 2, 3)]
        assert {(j.state, j.stage, j.progress, j.cancel, j.attempts) for j in jobs} == {
            ("queued", "poster", 0.0, False, 0)
        }
        assert [j.recipe for j in jobs] == [a_recipe(i) for i in range(3)]

    def test_numbers_run_per_scene_and_shot_and_are_never_used_again(self, store: Store) -> None:
        first = a_grid(store, 2)
        store.cancel(j.id for j in store.jobs(cell=first.id))
        a_grid(store, 1, shot="SH030")
        a_grid(store, 1, scene="SC020")
        a_grid(store, 1)
        assert [j.take for j in store.jobs()][2:] == ["SC010_SH030_T001", "SC020_SH020_T001", "SC010_SH020_T003"]

    @pytest.mark.parametrize("count", [0, 97])
    def test_refuses_an_empty_or_too_large_grid(self, store: Store, count: int) -> None:
        with pytest.raises(InputError):
            store.plan("SC010", {}, [a_recipe(i) for i in range(count)])
        assert (store.scenes(), store.revision()) == ([], 0)

    def test_takes_ninety_six(self, store: Store) -> None:
        assert len(store.jobs(cell=a_grid(store, 96).id)) == 96

    def test_refuses_a_parent_that_is_not_there_not_made_or_of_another_scene(self, store: Store) -> None:
        a_grid(store, 1)
        for parent in ("SC010_SH020_T009", "SC010_SH020_T001", "", "'"):
            with pytest.raises(NotFoundError):
                a_grid(store, 1, parent=parent)
        shoot_all(store)
        with pytest.raises(NotFoundError, match="belongs to scene SC010"):
            a_grid(store, 1, parent="SC010_SH020_T001", scene="SC020")
        assert [s.code for s in store.scenes()] == ["SC010"]
        assert a_grid(store, 1, parent="SC010_SH020_T001").parent_take == "SC010_SH020_T001"

    def test_writes_nothing_when_the_last_recipe_is_refused(self, store: Store) -> None:
        with pytest.raises(InputError):
            store.plan("SC010", {}, [a_recipe(0), a_recipe(1, scene="SC020")])
        with pytest.raises(NamingError):
            store.plan("SC010", {}, [a_recipe(0), a_recipe(1, shot="../..")])
        with pytest.raises(NamingError):
            store.plan("SC010", {}, [a_recipe(0), a_recipe(1, shot="sh020")])
        assert (store.scenes(), store.jobs(), store.revision()) == ([], [], 0)


class TestLeasing:
    def test_gives_all_posters_before_any_clip_then_the_oldest(self, store: Store) -> None:
        a_grid(store, 2)
        shoot_one(store)
        a_grid(store, 1)
        order = []
        while (job := store.lease("w1")) is not None:
            order.append((job.take[-1], job.stage))
            if job.stage == "poster":
                store.poster_done(job.id, "w1", store.put(b"poster"))
            else:
                store.finish(job.id, "w1", a_take(store, job))
        assert order == [("2", "poster"), ("3", "poster"), ("1", "clip"), ("2", "clip"), ("3", "clip")]

    def test_of_one_grids_clips_gives_those_first_that_take_longer(self, store: Store) -> None:
        still = [a_recipe(k) for k in range(3)]
        rain = replace(still[2].direction, chips=(*still[2].direction.chips, Chip("weather", "rain", "rain")))
        push = replace(still[1].direction, chips=(*still[1].direction.chips, Chip("move", "push in", "slow push in")))
        store.plan("SC010", {}, [still[0], replace(still[1], direction=push), replace(still[2], direction=rain)])
        order = []
        while (job := store.lease("w1")) is not None:
            order.append((job.take[-1], job.stage))
            if job.stage == "poster":
                store.poster_done(job.id, "w1", store.put(b"poster"))
            else:
                store.finish(job.id, "w1", a_take(store, job))
        assert order == [(str(k), "poster") for k in (1, 2, 3)] + [("2", "clip"), ("3", "clip"), ("1", "clip")]

    def test_gives_a_job_to_one_worker_only(self, store: Store) -> None:
        a_grid(store, 1)
        assert store.lease("w1") is not None
        assert store.lease("w2") is None

    def test_leaves_takes_of_an_engine_to_those_who_have_what_it_needs(self, store: Store) -> None:
        wanted = [replace(r, shot=replace(r.shot, engine=e)) for r, e in ((a_recipe(1), "vace"), (a_recipe(2), "comp"))]
        store.plan("SC010", {"note": "grid"}, wanted)
        mine = store.lease("without a GPU", without=("vace",))
        assert mine is not None and mine.recipe.shot.engine == "comp"
        assert store.lease("without a GPU", without=("vace",)) is None
        other = store.lease("with a GPU")
        assert other is not None and other.recipe.shot.engine == "vace"

    def test_an_expired_lease_is_taken_over_at_the_same_stage(self, store: Store) -> None:
        a_grid(store, 1)
        shoot_one(store)
        job = store.lease("w1", lease_s=0.0)
        assert job is not None
        time.sleep(0.01)
        again = store.lease("w2")
        assert again is not None
        assert (again.id, again.stage, again.attempts, again.worker) == (job.id, "clip", 1, "w2")
        assert not store.beat(job.id, "w1", 0.9)
        with pytest.raises(StoreError):
            store.finish(job.id, "w1", a_take(store, job))
        assert not store.fail(job.id, "w1", "late")
        assert not store.cancelled(job.id, "w1")
        store.finish(again.id, "w2", a_take(store, again))
        assert store.job(job.id).state == "done"

    def test_a_worker_that_was_only_slow_keeps_what_nobody_took(self, store: Store) -> None:
        a_grid(store, 1)
        job = store.lease("w1", lease_s=0.0)
        assert job is not None
        time.sleep(0.01)
        assert store.beat(job.id, "w1", 0.5)
        assert store.lease("w2") is None

    def test_three_dead_workers_fail_a_take_and_a_retry_forgets_them(self, store: Store) -> None:
        a_grid(store, 1)
        for death in range(3):
            job = store.lease(f"w{death}", lease_s=0.0)
            assert job is not None
            assert job.attempts == death
            time.sleep(0.01)
        assert store.lease("w4") is None
        failed = store.jobs()[0]
        assert failed.state == "failed"
        assert "died three times" in str(failed.error)
        assert store.retry(failed.id).attempts == 0
        shoot_all(store)
        assert store.job(failed.id).state == "done"

    def test_beats_tell_progress_within_its_range(self, store: Store) -> None:
        a_grid(store, 1)
        job = store.lease("w1")
        assert job is not None
        for given, kept in ((0.25, 0.25), (7.0, 1.0), (float("nan"), 1.0), (-1.0, 0.0)):
            assert store.beat(job.id, "w1", given, eta_s=3.5)
            assert (store.job(job.id).progress, store.job(job.id).eta_s) == (kept, 3.5)
        assert store.beat(job.id, "w1", 0.5, eta_s=float("inf"))
        assert store.job(job.id).eta_s is None

    def test_workers_are_alive_when_seen_or_holding_a_lease(self, store: Store) -> None:
        a_grid(store, 1)
        assert store.workers() == []
        store.worker_seen("w1")
        store.lease("w2")
        assert store.workers() == ["w1", "w2"]


class TestPosters:
    def test_hand_the_job_back_for_its_clip(self, store: Store) -> None:
        a_grid(store, 1)
        job = store.lease("w1")
        assert job is not None
        poster = store.put(b"poster")
        store.poster_done(job.id, "w1", poster, ["puts on a hat"])
        now = store.job(job.id)
        assert (now.state, now.stage, now.poster_sha256, now.cannot) == ("queued", "clip", poster, ("puts on a hat",))
        assert now.worker is None

    def test_must_be_put_first(self, store: Store) -> None:
        a_grid(store, 1)
        job = store.lease("w1")
        assert job is not None
        with pytest.raises(StoreError):
            store.poster_done(job.id, "w1", "7" * 64)
        assert store.job(job.id).stage == "poster"


class TestFinishing:
    def test_inserts_the_take_and_closes_the_job(self, store: Store) -> None:
        a_grid(store, 1)
        shoot_all(store)
        job = store.jobs()[0]
        assert (job.state, job.progress, job.worker) == ("done", 1.0, None)
        assert store.take(job.take).recipe == job.recipe
        assert store.blob(store.take(job.take).files["clip.mp4"]).read_bytes() == f"{job.take} clip.mp4".encode()

    def test_refuses_what_was_not_asked_for_or_is_not_there(self, store: Store) -> None:
        a_grid(store, 1)
        shoot_one(store)
        job = store.lease("w1")
        assert job is not None
        take = a_take(store, job)
        for wrong in (
            replace(take, take="SC010_SH020_T002"),
            replace(take, parent="SC010_SH020_T001"),
            replace(take, cell=7),
            replace(take, recipe_sha256="8" * 64),
            replace(take, files={**take.files, "clip.mp4": "9" * 64}),
            replace(take, files={}),
        ):
            with pytest.raises(StoreError):
                store.finish(job.id, "w1", wrong)
        assert store.job(job.id).state == "leased"
        assert store.takes("SC010") == []
        store.finish(job.id, "w1", take)
        with pytest.raises(StoreError):
            store.finish(job.id, "w1", take)
        assert store.takes("SC010") == [take]

    def test_a_failure_is_kept_in_words_whatever_they_hold(self, store: Store) -> None:
        a_grid(store, 1)
        job = store.lease("w1")
        assert job is not None
        assert store.fail(job.id, "w1", "no\x00 weights \ud800")
        assert store.job(job.id).error == "no\ufffd weights \ufffd"
        with pytest.raises(InputError):
            store.retry(a_grid(store, 1).id + 100)
        assert store.retry(job.id).error is None


class TestCancelling:
    def test_ends_what_waits_at_once_and_asks_for_what_runs(self, store: Store) -> None:
        cell = a_grid(store, 3)
        running = store.lease("w1")
        assert running is not None
        assert store.cancel([j.id for j in store.jobs(cell=cell.id)]) == 3
        assert [j.state for j in store.jobs(cell=cell.id)] == ["leased", "cancelled", "cancelled"]
        assert not store.beat(running.id, "w1", 0.5)
        assert store.job(running.id).cancel
        assert store.cancelled(running.id, "w1")
        assert store.job(running.id).state == "cancelled"
        assert store.lease("w1") is None

    def test_reaches_a_job_whose_worker_died(self, store: Store) -> None:
        a_grid(store, 1)
        job = store.lease("w1", lease_s=0.0)
        assert job is not None
        store.cancel([job.id])
        time.sleep(0.01)
        assert store.lease("w2") is None
        assert store.job(job.id).state == "cancelled"

    def test_comes_too_late_for_finished_work(self, store: Store) -> None:
        a_grid(store, 1)
        shoot_one(store)
        job = store.lease("w1")
        assert job is not None
        store.cancel([job.id])
        store.finish(job.id, "w1", a_take(store, job))
        assert (store.job(job.id).state, store.job(job.id).cancel) == ("done", False)
        assert store.cancel([job.id]) == 0

    def test_between_poster_and_clip_keeps_the_poster(self, store: Store) -> None:
        a_grid(store, 1)
        job = store.lease("w1")
        assert job is not None
        store.cancel([job.id])
        store.poster_done(job.id, "w1", store.put(b"poster"))
        assert (store.job(job.id).state, store.job(job.id).stage) == ("cancelled", "clip")
        assert store.retry(job.id).stage == "clip"

    def test_of_an_unknown_job_cancels_nothing(self, store: Store) -> None:
        cell = a_grid(store, 1)
        with pytest.raises(NotFoundError):
            store.cancel([*(j.id for j in store.jobs(cell=cell.id)), 999])
        assert store.jobs(cell=cell.id)[0].state == "queued"


class TestAskingForJobs:
    def test_by_cell_scene_and_state(self, store: Store) -> None:
        first, _ = a_grid(store, 2), a_grid(store, 1, scene="SC020")
        store.lease("w1")
        assert len(store.jobs()) == 3
        assert [j.take for j in store.jobs(scene="SC020")] == ["SC020_SH020_T001"]
        assert [j.state for j in store.jobs(cell=first.id, states=["leased"])] == ["leased"]
        assert len(store.jobs(states={"queued", "leased"})) == 3
        assert store.jobs(states=[]) == []
        with pytest.raises(InputError):
            store.jobs(states=["asleep"])
        with pytest.raises(NotFoundError):
            store.job(99)
