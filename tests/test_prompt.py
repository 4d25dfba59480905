"""What a model is told: subjects, set, the line, and what a branch keeps."""

from dataclasses import replace
from pathlib import Path

import pytest

from sora_lock.direction import merge, read
from sora_lock.engines import Scene
from sora_lock.engines.prompt import composed
from sora_lock.records import Direction
from tests.baked_parts import scene


@pytest.fixture
def told(tmp_path: Path) -> Scene:
    made = scene(tmp_path)
    woman = replace(made.cast[0], about="A woman in her thirties\n in an ochre wool coat.")
    return replace(made, cast=(woman,), stage=replace(made.stage, about="An alley between brick walls"))


class TestComposed:
    def test_subjects_come_first_then_the_set_then_the_line(self, told: Scene) -> None:
        assert composed(read("neon night, a dog runs past"), told) == (
            "A woman in her thirties in an ochre wool coat. An alley between brick walls. neon night, a dog runs past."
        )

    def test_a_set_that_may_be_any_place_is_not_told_of(self, told: Scene) -> None:
        anywhere = replace(told, stage=replace(told.stage, policies=dict.fromkeys(told.stage.policies, "free")))
        assert composed(read("a harbour"), anywhere) == "A woman in her thirties in an ochre wool coat. a harbour."
        partly = {a: "free" if n else "hold" for n, a in enumerate(told.stage.policies)}
        assert "brick" in composed(read("a harbour"), replace(told, stage=replace(told.stage, policies=partly)))

    def test_what_was_not_understood_is_told_too(self, told: Scene) -> None:
        line = read("wistful, juggling oranges")
        assert line.unread
        assert "wistful, juggling oranges." in composed(line, told)

    def test_a_branch_tells_what_it_keeps_of_the_take_before(self, told: Scene) -> None:
        line = merge(read("low angle, fog, golden hour"), read("same, but in the rain"))
        said = composed(line, told)
        assert "same, but in the rain." in said
        assert all(word in said for word in ("low angle", "fog", "golden hour"))

    def test_nothing_of_the_line_is_told_twice(self, told: Scene) -> None:
        assert composed(read("heavy rain"), told).count("rain") == 1

    def test_the_names_of_locks_stay_here(self, told: Scene) -> None:
        assert "dummy" not in composed(read("noir"), told)

    def test_nothing_said_is_an_empty_prompt(self, tmp_path: Path) -> None:
        assert composed(Direction("  "), scene(tmp_path)) == ""
