"""Lightning: strokes that fade by the stated law, open skies only, and light that is light: R stays what it was."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sora_lock.engines.comp import lightning
from sora_lock.engines.comp.scene import PreparedScene
from sora_lock.engines.comp.take import Filming
from sora_lock.hold import Hold
from tests.baked_parts import direction, scene, shot


class TestStrokes:
    def levels(self, amount: float, seed: int = 7, step_s: float = 0.002) -> np.ndarray:
        return np.array([lightning.level(amount, seed, k * step_s) for k in range(4000)])

    def test_fade_by_their_time_constant(self) -> None:
        x = self.levels(0.4)
        start = int(np.argmax(np.diff(x)) + 1)
        later = round(0.04 / 0.002)
        assert x[start + later] / x[start] == pytest.approx(math.exp(-0.04 / lightning.FADE_S), rel=0.02)

    def test_come_as_often_as_stated_and_return_once(self) -> None:
        x = self.levels(1.0)
        strokes = int((np.diff(x) > 0.2).sum())
        assert strokes == pytest.approx(2 * 8.0 / lightning.EVERY_S, abs=3)

    def test_are_the_seeds(self) -> None:
        assert np.array_equal(self.levels(1.0, 7), self.levels(1.0, 7))
        assert not np.array_equal(self.levels(1.0, 7), self.levels(1.0, 8))

    def test_do_not_come_without_a_storm(self) -> None:
        assert not self.levels(0.0).any()


class TestAFlash:
    def takes(self, root: Path) -> tuple[Filming, int]:
        prepared = PreparedScene(scene(root))
        take = Filming(prepared, replace(shot(prepared.scene), frames=48), direction(time="night", weather="storm"))
        return take, int(np.argmax([lightning.level(1.0, take.shot.seed, k / take.fps) for k in range(48)]))

    def test_brightens_its_frame_and_leaves_the_next_dark_one_alone(self, tmp_path: Path) -> None:
        take, at = self.takes(tmp_path)
        dark = next(k for k in range(48) if lightning.level(1.0, take.shot.seed, k / take.fps) == 0)
        before = take.frame(dark, aov=False).picture
        lit = take.frame(at, aov=False).picture
        assert lit.mean() > 1.3 * before.mean()
        assert np.array_equal(take.frame(dark, aov=False).picture, before)

    def test_keeps_the_grip(self, tmp_path: Path) -> None:
        take, at = self.takes(tmp_path)
        world = take.prepared.scene
        hold = Hold((*world.cast, world.stage), take.prepared.regions)
        hold.see(at, take.frame(at, aov=True), np.zeros((90, 160, 3), np.uint8))
        assert all("code values" not in g.note for by in hold.grips().values() for g in by.values())
