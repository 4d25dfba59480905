"""A take of which something drifted: what its engine can do about it."""

from __future__ import annotations

from dataclasses import replace

from sora_lock.records import Direction, Finding, Generation, Lock, Take
from sora_lock.retake import flagged, remedy
from sora_lock.store import Store
from tests.planted import grid
from tests.test_generation import DAY, a_base, plus
from tests.test_records import a_lock

LOCKS: tuple[Lock, ...] = (a_lock(), replace(a_lock(), name="alley", kind="set", policies={"layout": "hold"}))
MADE = Generation("m@1", "m", "references", "guided")
RAIN = plus(("weather", "rain"))


def taken(
    number: int,
    made: Generation | None,
    direction: Direction = RAIN,
    engine: str = "vace",
    flag: bool = True,
    cell: int = 1,
    **changes: object,
) -> Take:
    base = a_base(direction, engine=engine if made else "comp", generation=made, **changes)
    report = {"mara": {"face": Finding("flag" if flag else "pass", 0.3), "hair": Finding("pass", 0.9)}, "alley": {}}
    return replace(base, take=f"SC010_SH010_T{number:03d}", report=report, cell=cell)


class TestWhatDrifted:
    def test_is_told_by_lock_and_attribute(self) -> None:
        assert flagged(taken(1, None)) == {"mara": ("face",)}

    def test_is_nothing_to_be_done_about_where_nothing_did(self) -> None:
        assert remedy(taken(1, MADE, flag=False), [], LOCKS) is None


class TestAnEngineThatFilms:
    def test_would_film_the_same_again_and_says_so(self) -> None:
        found = remedy(taken(1, None), [], LOCKS)
        assert found is not None and not found.can and not found.asked
        assert "same for every seed" in found.words and "direction" in found.words


class TestAnEngineThatInvents:
    def test_gets_the_next_seed_and_the_pixels_of_a_take_that_stands_the_same(self) -> None:
        base = taken(1, None, DAY, flag=False)
        found = remedy(taken(2, MADE), [base, taken(2, MADE)], LOCKS)
        assert found is not None and found.can
        assert (found.asked["mode"], found.asked["base"], found.asked["seed"]) == ("matte", base.take, 8)
        assert found.asked["model"] == "m"
        assert "T001" in found.words and "references" in found.words

    def test_goes_by_one_without_drift_then_by_one_that_was_filmed_then_by_the_latest(self) -> None:
        blocked = replace(MADE, mode="blocked")
        drifted, invented = taken(1, None, DAY), taken(2, blocked, DAY, flag=False)
        early, late = taken(3, None, DAY, flag=False), taken(4, None, DAY, flag=False)
        bad = taken(9, blocked)

        def chosen(*others: Take) -> str:
            found = remedy(bad, [*others, bad], LOCKS)
            assert found is not None
            return str(found.asked["base"])

        assert chosen(drifted) == drifted.take
        assert chosen(invented, drifted) == invented.take
        assert chosen(early, invented) == early.take
        assert chosen(early, late) == late.take

    def test_without_such_a_take_gets_the_next_seed_and_says_what_is_missing(self) -> None:
        elsewhere = [taken(1, None, DAY, flag=False, width=640), taken(3, None, plus(("size", "wide")), flag=False)]
        found = remedy(taken(2, MADE), elsewhere, LOCKS)
        assert found is not None and found.can
        assert (found.asked["mode"], found.asked["seed"]) == ("references", 8)
        assert "comp first" in found.words

    def test_on_a_base_already_gets_the_next_seed_on_the_same(self) -> None:
        made = replace(MADE, mode="matte", hold="reflectance", base="SC010_SH010_T001", base_sha256="c" * 64)
        found = remedy(taken(2, made), [], LOCKS)
        assert found is not None
        assert (found.asked["mode"], found.asked["base"]) == ("matte", "SC010_SH010_T001")

    def test_gets_no_seed_that_its_cell_had(self) -> None:
        bad = taken(2, MADE)
        same = taken(3, MADE, seed=10)
        other = taken(4, MADE, seed=99, cell=2)
        found = remedy(bad, [bad, same, other], LOCKS)
        assert found is not None and found.asked["seed"] == 11

    def test_gets_no_seed_of_a_retake_that_is_there_or_on_its_way(self, stage: Store) -> None:
        """A second press is another try and not the same take once more."""
        bad = taken(2, MADE)
        retaken = replace(taken(3, MADE, seed=8, cell=2), parent=bad.take)
        found = remedy(bad, [bad, retaken], LOCKS)
        assert found is not None and found.asked["seed"] == 9 and "On its way" not in found.words
        cell = grid(stage, ["fog"])
        job = replace(stage.jobs(cell=cell)[0], parent=bad.take)
        job = replace(job, recipe=replace(job.recipe, shot=replace(job.recipe.shot, seed=12)))
        found = remedy(bad, [bad, retaken], LOCKS, [job])
        assert found is not None and found.can and found.asked["seed"] == 13
        assert found.words.startswith(f"On its way: {job.take[-4:]}. Another would be the next seed")

    def test_who_is_paid_for_each_take_is_said(self) -> None:
        found = remedy(taken(2, MADE, engine="hosted"), [], LOCKS)
        assert found is not None and "billed" in found.words
