"""Asking for takes: what is refused before a job exists, and what one call writes."""

import pytest

from sora_lock.direction import read
from sora_lock.errors import (
    ContradictionError,
    EngineUnavailableError,
    InputError,
    NamingError,
    NotFoundError,
    PolicyError,
    PromptError,
    ShotError,
)
from sora_lock.fanout import plan_fanout
from sora_lock.records import Direction
from sora_lock.store import Store


def plan(store: Store, **changes):
    given = {"scene": "SC010", "shot": "SH020", "cast": "@mara in @alley", "texts": ["rain", "golden hour"]}
    return plan_fanout(store, **{**given, **changes})


class TestAFanout:
    def test_is_one_cell_with_a_take_and_a_job_for_each_line(self, stage: Store) -> None:
        cell = plan(stage)
        jobs = stage.jobs(cell=cell.id)
        assert [j.take for j in jobs] == ["SC010_SH020_T001", "SC010_SH020_T002"]
        assert [j.recipe.direction.text for j in jobs] == ["rain", "golden hour"]
        assert {j.stage for j in jobs} == {"poster"}

    def test_corrected_directions_win_over_the_text(self, stage: Store) -> None:
        cell = plan(stage, directions=[read("fog")], texts=["rain"])
        assert [j.recipe.direction.text for j in stage.jobs(cell=cell.id)] == ["fog"]

    def test_a_star_override_reaches_every_lock_that_has_the_attribute(self, stage: Store) -> None:
        cell = plan(stage, texts=["smiling"], overrides={"*": {"expression": "free"}})
        assert stage.jobs(cell=cell.id)[0].recipe.shot.overrides == {"mara": {"expression": "free"}}

    def test_html_and_templates_in_a_line_stay_text(self, stage: Store) -> None:
        line = "rain <script>alert(1)</script> ${x} {{y}}"
        cell = plan(stage, texts=[line])
        assert stage.jobs(cell=cell.id)[0].recipe.direction.text == line


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"frames": 0}, ShotError),
            ({"frames": -3}, ShotError),
            ({"frames": 10**6}, ShotError),
            ({"frames": "many"}, ShotError),
            ({"width": 0}, ShotError),
            ({"width": 961}, ShotError),
            ({"height": 10**5}, ShotError),
            ({"seed": -1}, ShotError),
            ({"seed": 2**64}, ShotError),
            ({"seed": "NaN"}, ShotError),
            ({"seed": float("nan")}, ShotError),
            ({"seed": "inf"}, ShotError),
            ({"fps": "0"}, ShotError),
            ({"fps": "24/0"}, ShotError),
            ({"fps": "fast"}, ShotError),
            ({"engine": "magic"}, EngineUnavailableError),
            ({"texts": []}, PromptError),
            ({"texts": [""]}, PromptError),
            ({"texts": ["   \n"]}, PromptError),
            ({"texts": ["x" * 100_000]}, PromptError),
            ({"texts": ["rain\0"]}, PromptError),
            ({"texts": ["rain \ud800"]}, PromptError),
            ({"texts": ["rain \u202e"]}, PromptError),
            ({"texts": ["rain"] * 97}, PromptError),
            ({"scene": "../x"}, NamingError),
            ({"scene": "SC\0"}, NamingError),
            ({"shot": "<b>"}, NamingError),
            ({"cast": "@nobody in @alley"}, NotFoundError),
            ({"cast": "@mara in @nowhere"}, NotFoundError),
            ({"cast": "@mara"}, PromptError),
            ({"cast": "@alley in @mara"}, PromptError),
            ({"cast": ""}, PromptError),
            ({"parent": "SC010_SH020_T999"}, NotFoundError),
            ({"overrides": {"mara": {"wings": "free"}}}, PolicyError),
            ({"overrides": {"mara": {"face": "maybe"}}}, PolicyError),
            ({"overrides": {"zoe": {"face": "free"}}}, PolicyError),
            ({"overrides": {"*": {"wings": "free"}}}, PolicyError),
        ],
    )
    def test_with_a_clear_error_and_nothing_written(self, stage: Store, changes: dict, error: type[InputError]) -> None:
        cells = len(stage.cells("SC010"))
        with pytest.raises(error) as told:
            plan(stage, **changes)
        assert len(str(told.value)) > 15
        assert "\n" not in str(told.value)
        assert stage.jobs() == []
        assert len(stage.cells("SC010")) == cells

    def test_a_line_against_a_hold_carries_the_contradiction(self, stage: Store) -> None:
        with pytest.raises(ContradictionError) as told:
            plan(stage, texts=["rain", "smiling"])
        (found,) = told.value.contradictions
        assert (found.line, found.attribute) == (1, "expression")
        assert stage.jobs() == []


class TestBranching:
    def test_a_variation_is_laid_over_the_parents_direction(self, stage: Store, monkeypatch) -> None:
        base = plan(stage, texts=["golden hour, low angle"])
        job = stage.jobs(cell=base.id)[0]

        class Taken:
            recipe = job.recipe

        # The parent's pixels do not matter here, only its recipe.
        monkeypatch.setattr(stage, "take", lambda take: Taken)
        monkeypatch.setattr(stage, "plan", lambda scene, body, recipes, **kw: recipes)
        (recipe,) = plan(stage, texts=["same, but in the rain"], parent=job.take)
        assert isinstance(recipe.direction, Direction)
        assert {(c.axis, c.value) for c in recipe.direction.chips} >= {
            ("time", "golden hour"),
            ("angle", "low"),
            ("weather", "rain"),
        }
