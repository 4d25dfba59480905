"""Linear probes: what they read of a picture, and that they tell apart what a plane can."""

from __future__ import annotations

import numpy as np
import pytest

from sora_lock.paths import shipped
from training.data import INDOOR_WEATHERS, LIGHTS, TIMES, WEATHERS
from training.features import features
from training.places import KINDS
from training.probe import FAMILIES, QUESTIONS, Shown, answers_of, hits, probes, trained


def bars(across: bool) -> np.ndarray:
    line = np.where(np.arange(256) // 8 % 2, 200, 40).astype(np.uint8)
    flat = np.tile(line, (144, 1)) if across else np.tile(line[:144, None], (1, 256))
    return np.repeat(flat[..., None], 3, axis=2)


class TestFeatures:
    def test_are_as_many_for_every_size_and_finite(self):
        black, grey = np.zeros((144, 256, 3), np.uint8), np.full((90, 160, 3), 128, np.uint8)
        assert features(black).shape == features(grey).shape
        assert np.isfinite(features(black)).all()

    def test_tell_the_direction_of_edges_and_a_veil_of_haze(self):
        upright, level = features(bars(True)), features(bars(False))
        assert np.abs(upright - level).max() > 0.5
        veiled = features((bars(True) // 2 + 100).astype(np.uint8))
        assert np.abs(veiled - upright).max() > 0.5

    def test_do_not_depend_on_how_large_the_same_picture_is(self):
        small, large = features(bars(True)[::2, ::2]), features(bars(True))
        other = features(np.full((144, 256, 3), (30, 60, 120), np.uint8))
        assert np.abs(small - large).mean() < 0.3 * np.abs(other - large).mean()


class TestAnswers:
    def test_every_light_weather_and_kind_of_place_has_one(self):
        for light in (*LIGHTS, ""):
            for time in (*TIMES, ""):
                assert answers_of("alley", [("light", light), ("time", time)])["light"] in FAMILIES["light"]
        for weather in (*WEATHERS, *INDOOR_WEATHERS):
            assert answers_of("alley", [("weather", weather)])["weather"] in FAMILIES["weather"]
        for kind in (*KINDS, *shipped("sets")):
            assert answers_of(kind, [])["set"] in FAMILIES["set"]

    def test_a_light_counts_before_the_time_of_day(self):
        assert answers_of("alley", [("light", "neon"), ("time", "day")])["light"] == "neon"
        assert answers_of("alley", [("time", "dusk")])["light"] == "night"


class TestAProbe:
    def test_tells_apart_what_a_plane_can(self):
        rng = np.random.default_rng(0)
        right = [("dark", "light")[k % 2] for k in range(80)]
        shown = rng.normal(0, 1, (80, 24)).astype(np.float32)
        shown[np.array(right) == "light", :6] += 2
        made = trained(shown[:60], right[:60])
        answers = made.answer(shown[60:])
        assert np.mean([a == r for a, r in zip(answers, right[60:], strict=True)]) > 0.9

    def test_of_each_question_is_asked_apart(self):
        rng = np.random.default_rng(1)
        shown = rng.normal(0, 1, (60, 12)).astype(np.float32)
        answers = {q: [("a", "b")[int(v > 0)] for v in shown[:, k]] for k, q in enumerate(QUESTIONS)}
        found = Shown(shown, answers)
        assert min(hits(probes(found), found).values()) > 0.75
        assert hits(probes(found), Shown(shown, {q: ["c"] * 60 for q in QUESTIONS})) == pytest.approx(
            dict.fromkeys(QUESTIONS, 0)
        )
