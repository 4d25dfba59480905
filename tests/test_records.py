"""The records: canonical form, digests, and the way back from JSON."""

import json
import math
from dataclasses import replace

import pytest

from sora_lock.records import (
    Anchor,
    Chip,
    Direction,
    Finding,
    Grip,
    Lock,
    Placement,
    Recipe,
    Region,
    Shot,
    Take,
    canonical,
    digest,
    finding_from,
    lock_from,
    plain,
    recipe_from,
    take_from,
)

FIRST_DIGEST = "c29b4e1006cc2daee2af27984a9904fe19931e40811af4f5707541860fbcd648"
"""Of the lock below as the first version of the records had it."""


def the_first() -> Lock:
    face, anchor = Region("face", ("face",)), Anchor("front", "c" * 64, "d" * 64)
    return Lock("mara", "character", 1, "cast/mara", "a" * 64, "b" * 64, (face,), {"face": "hold"}, (anchor,))


def a_lock(**changes: object) -> Lock:
    base: dict[str, object] = {
        "name": "mara",
        "kind": "character",
        "version": 1,
        "subject": "cast/mara",
        "subject_sha256": "a" * 64,
        "atlas_sha256": "b" * 64,
        "regions": (Region("face", ("face",)), Region("mouth", ("face", "expression"))),
        "policies": dict.fromkeys(("face", "expression", "hair", "wardrobe", "body"), "hold"),
        "anchors": (Anchor("front", "c" * 64, "d" * 64),),
    }
    return Lock(**{**base, **changes})  # type: ignore[arg-type]


def a_recipe(text: str = "rain", seed: int = 7, scene: str = "SC010") -> Recipe:
    lock = a_lock()
    floor = Placement("alley", 1, "e" * 64)
    shot = Shot(scene, "SH020", (Placement("mara", 1, lock.lock_sha256, None),), floor, seed=seed)
    return Recipe(shot, Direction(text, (Chip("weather", "rain", text),)), "1", {"numpy": "2"})


class TestCanonicalForm:
    def test_the_order_of_keys_does_not_matter(self) -> None:
        assert digest({"a": 1, "b": (2, 3)}) == digest({"b": [2, 3], "a": 1})

    def test_text_stays_itself(self) -> None:
        assert canonical({"t": "é ${x} <b>"}) == '{"t":"é ${x} <b>"}'.encode()

    @pytest.mark.parametrize("value", [math.nan, math.inf])
    def test_no_number_that_json_cannot_hold_gets_a_digest(self, value: float) -> None:
        with pytest.raises(ValueError, match="JSON"):
            canonical({"x": value})


class TestLocksAndRecipes:
    def test_a_lock_survives_json(self) -> None:
        lock = a_lock()
        assert lock_from(json.loads(json.dumps(plain(lock)))) == lock

    def test_a_lock_of_yesterday_has_its_digest_today(self) -> None:
        assert the_first().lock_sha256 == FIRST_DIGEST
        assert "made_by" not in plain(the_first())

    def test_who_made_its_plates_is_part_of_a_lock(self) -> None:
        told = replace(the_first(), made_by={"depth": "classical 1"})
        assert told.lock_sha256 != FIRST_DIGEST
        assert lock_from(json.loads(json.dumps(plain(told)))) == told

    def test_another_policy_is_another_lock(self) -> None:
        freer = a_lock(policies={**a_lock().policies, "expression": "free"})
        assert freer.lock_sha256 != a_lock().lock_sha256
        assert "expression" not in freer.held

    def test_a_recipe_survives_json(self) -> None:
        assert recipe_from(json.loads(json.dumps(plain(a_recipe())))) == a_recipe()

    def test_only_what_determines_pixels_is_in_a_recipes_digest(self) -> None:
        assert a_recipe("rain").recipe_sha256 == a_recipe("now in the rain", scene="SC020").recipe_sha256
        assert a_recipe(seed=8).recipe_sha256 != a_recipe(seed=7).recipe_sha256

    def test_a_take_survives_json(self) -> None:
        take = Take(
            take="SC010_SH020_T001",
            parent=None,
            cell=1,
            recipe=a_recipe(),
            recipe_sha256=a_recipe().recipe_sha256,
            result_sha256="f" * 64,
            grips={"mara": {"face": Grip("reflectance", 0.9)}},
            report={"mara": {"face": Finding("pass", 0.95, 12, (1, 2, 3, 4), 0.5), "hair": Finding("not_seen")}},
            cannot=("puts on a hat",),
            files={"clip.mp4": "0" * 64},
            seconds={"render": 1.5},
            created_utc="2026-11-22T20:00:00+00:00",
        )
        assert take_from(json.loads(json.dumps(plain(take)))) == take

    def test_a_finding_with_curve_and_map_survives_json_and_one_without_is_written_as_ever(self) -> None:
        told = Finding("flag", 0.31, 12, (1, 2, 3, 4), 0.5, curve=((0, 0.8), (12, 0.31)), map_sha256="a" * 64)
        assert finding_from(json.loads(json.dumps(plain(told)))) == told
        assert plain(Finding("not_seen")).keys().isdisjoint({"curve", "map_sha256"})
        assert finding_from(plain(Finding("not_seen"))) == Finding("not_seen")


class TestDirections:
    def test_a_negated_chip_is_no_value(self) -> None:
        dry = Direction("no rain, fog", (Chip("weather", "rain", "no rain", 0), Chip("weather", "fog", "fog", 1.5)))
        assert dry.values("weather") == {"fog": 1.5}
        assert dry.chip("weather") == Chip("weather", "fog", "fog", 1.5)
        assert dry.chip("light") is None
