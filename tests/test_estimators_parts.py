"""Proposed parts against the true ones of rendered figures over photographs; and silence where nothing can be told."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.composites import HELD_OUT, Composite, Scene, photograph
from sora_lock.colour import linear_from_srgb
from sora_lock.subjects.cut import proposed_parts
from sora_lock.subjects.estimators import faces, parts
from sora_lock.subjects.photo import Picture
from tests.brought_parts import dome

FOUR = (*(next(s for s in HELD_OUT if s.figure == name) for name in ("ivo", "abel", "mara", "noor")),)


def overlaps(truth: Composite) -> dict[str, float]:
    light = linear_from_srgb(truth.rgb)
    made = parts.propose(light, truth.alpha, faces.propose(light, truth.alpha))
    assert made is not None
    return {
        name: float(((made.numbers == k) & (truth.parts == k)).sum() / ((made.numbers == k) | (truth.parts == k)).sum())
        for k, name in enumerate(("face", "hair", "wardrobe"), 1)
    }


class TestTheFourFigures:
    @pytest.fixture(scope="class")
    def found(self) -> list[dict[str, float]]:
        """Overlaps on photographs that no constant was chosen on."""
        return [overlaps(photograph(scene, 300, 400, samples=1)) for scene in FOUR]

    @pytest.mark.parametrize(
        ("part", "mean", "least"), [("face", 0.7, 0.6), ("hair", 0.65, 0.5), ("wardrobe", 0.85, 0.8)]
    )
    def test_face_hair_and_wardrobe_overlap_the_true_ones(
        self, found: list[dict[str, float]], part: str, mean: float, least: float
    ) -> None:
        values = [row[part] for row in found]
        print(part, [round(v, 2) for v in values])
        assert np.mean(values) >= mean and min(values) >= least


class TestWhatIsProposed:
    def test_covers_the_matte_and_nothing_else_and_is_the_same_each_time(self) -> None:
        truth = photograph(Scene("noor", 10.0, "medium", "coffee.png", 2.0, (0.5, 0.5, 0.6), (1.5, 1.5, 1.5), (0.5, 0.5, 0.5)), 150, 200, 1)  # fmt: skip
        light = linear_from_srgb(truth.rgb)
        face = faces.propose(light, truth.alpha)
        made = [parts.propose(light, truth.alpha, face) for _ in range(2)]
        assert made[0] is not None and made[1] is not None
        assert np.array_equal(made[0].numbers > 0, truth.alpha >= 0.5)
        assert np.array_equal(made[0].numbers, made[1].numbers)

    def test_no_face_no_parts(self) -> None:
        made, _ = dome()
        grey = Picture(np.where(made.rgb > 0, np.uint8(120), np.uint8(0)), made.alpha)
        assert proposed_parts(grey) is None

    def test_a_bald_head_gets_no_hair_and_a_hand_is_body(self) -> None:
        y, x = np.mgrid[:200, :150] + 0.5
        head, body = np.hypot((x - 75) / 26, (y - 60) / 34) < 1, (np.abs(x - 75) < 55) & (y > 105)
        neck = (np.abs(x - 75) < 12) & (y > 80) & (y <= 105)
        alpha = (head | body | neck).astype(np.float32)
        hand = np.hypot(x - 45, y - 160) < 11
        rgb = np.where((body & ~hand)[..., None], np.array([40, 60, 110]), np.array([205, 150, 120])) * alpha[..., None]
        noise = np.random.default_rng(0).normal(scale=3, size=(200, 150, 1))
        made = proposed_parts(Picture(np.clip(rgb + noise, 0, 255).astype(np.uint8), alpha))
        assert made is not None
        assert not (made[0] == parts.HAIR).any()
        assert (made[0][head & (y < 85)] == parts.FACE).mean() > 0.95
        assert (made[0][hand] == parts.BODY).mean() > 0.8
        assert (made[0][body & (y > 115) & (np.hypot(x - 45, y - 160) > 14)] == parts.WARDROBE).all()
