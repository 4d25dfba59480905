"""The lens in closed form: an out-of-focus point is a disc of known radius, light is kept, focus lies on the eyes."""

from pathlib import Path

import numpy as np
import pytest

from sora_lock.engines.comp import lens
from sora_lock.engines.comp.scene import PreparedScene
from sora_lock.engines.comp.take import Filming
from tests.baked_parts import direction, scene, shot

STEPS = (1.9, 3.61, 6.859)  # radii that are blurred at once; those between are mixed of two


def point(side: int = 61) -> np.ndarray:
    picture = np.zeros((side, side, 3), np.float32)
    picture[side // 2, side // 2] = 100.0
    return picture


class TestDefocus:
    @pytest.mark.parametrize("radius", STEPS)
    def test_a_point_becomes_a_disc_of_its_radius_and_keeps_its_light(self, radius: float) -> None:
        out = lens.defocus(point(), np.full((61, 61), radius, np.float32))[..., 1]
        y, x = np.mgrid[:61, :61] - 30
        away = np.hypot(x, y)
        assert out.sum() == pytest.approx(100.0, rel=0.01)
        assert out[away > 1.35 * radius + 2].max() < 0.01 * out.max()  # large ones are blurred on a coarser raster
        # the mean square distance of an even disc from its middle is half the square of its radius
        assert np.sqrt((out * away**2).sum() / out.sum()) == pytest.approx(radius / np.sqrt(2), rel=0.12)

    def test_what_is_in_focus_stays_as_it_is(self) -> None:
        picture = np.random.default_rng(1).random((40, 50, 3), np.float32)
        radius = np.zeros((40, 50), np.float32)
        radius[:, 30:] = 5.0
        out = lens.defocus(picture, radius)
        assert np.array_equal(out[:, :30], picture[:, :30])
        assert np.abs(out[:, 35:] - picture[:, 35:]).mean() > 0.1

    def test_the_wall_behind_is_out_of_focus_by_the_thin_lens(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        prepared = PreparedScene(scene(tmp_path, 320, 180))
        take = Filming(prepared, shot(prepared.scene), direction(size="close-up"))
        asked: list[np.ndarray] = []
        kept = lens.defocus
        monkeypatch.setattr(lens, "defocus", lambda picture, radius: asked.append(radius) or kept(picture, radius))
        take.frame(0, aov=False)
        camera, aperture = take.cameras[0], take.aperture_m
        assert aperture > 0
        _, focus = camera.project(np.array([prepared.framing.eye_m]))
        px, wall = camera.project(np.array([[-1.2, 1.9, -4.0]]))  # the back wall stands at z = -4
        x, y = (int(v) for v in px[0])
        # circle of confusion over the focal length: aperture * |1/focus - 1/depth|, here as a radius in px
        want = 0.5 * aperture * camera.focal_px * abs(1 / focus[0] - 1 / wall[0])
        assert asked[0][y, x] == pytest.approx(min(want, 14.0 * 180 / 540), rel=0.02)


class TestGlass:
    def test_bloom_keeps_light_and_only_bright_things_show_it(self) -> None:
        out = lens.glazed(point(121), dark=0.0)[..., 0]
        assert out.sum() == pytest.approx(100.0, rel=0.08)
        flat = np.full((60, 80, 3), 0.4, np.float32)
        assert np.allclose(lens.glazed(flat, dark=0.0), flat, atol=1e-4)

    def test_corners_are_darker_than_the_middle(self) -> None:
        flat = np.full((60, 80, 3), 0.4, np.float32)
        out = lens.glazed(flat)
        assert out[0, 0, 0] < 0.95 * out[30, 40, 0]
