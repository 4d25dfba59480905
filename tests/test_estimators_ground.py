"""Where ground ends and sky is, on pictures whose truth is known."""

import numpy as np
import pytest

from sora_lock.subjects.estimators.ground import ground, horizon_rows
from sora_lock.subjects.survey import Survey, camera_of
from tests.still_parts import H, W, location


def true_edge(name: str) -> np.ndarray:
    """The row from which, in each column, something stands on the ground for good, from below [W]."""
    here = location(name)
    off = ~((np.abs(here.above_m) < 0.06) & np.isfinite(here.depth))
    run = round(0.025 * H)
    held = np.ones((H, W), bool)
    total = np.concatenate([np.zeros((1, W), int), np.cumsum(off, axis=0)])
    held[run - 1 :] = total[run:] - total[: H - run + 1] == run
    return np.where(held, np.arange(H)[:, None] + 1, 0).max(axis=0)


class TestGround:
    @pytest.mark.parametrize("name", ["alley", "kitchen", "desert", "rooftop"])
    def test_ends_about_where_it_does_in_most_columns(self, name: str) -> None:
        here = location(name)
        found = ground(here.rgb, here.camera, sky="none" if name == "kitchen" else "find")
        assert np.median(np.abs(found.edge_px - true_edge(name))) < 0.025 * H

    def test_never_reaches_above_the_horizon(self) -> None:
        here = location("desert")
        assert (ground(here.rgb, here.camera).edge_px > horizon_rows(here.camera)).all()

    def test_a_line_that_was_drawn_wins(self) -> None:
        here = location("alley")
        found = ground(here.rgb, here.camera, ((0.0, 300.0), (320.0, 240.0), (640.0, 320.0)))
        assert found.edge_px[0] == pytest.approx(300, abs=0.2)
        assert found.edge_px[320] == pytest.approx(240.1, abs=0.2)

    def test_goes_on_behind_what_is_not_of_the_place(self) -> None:
        here = location("kitchen")
        plain = ground(here.rgb, here.camera, sky="none").edge_px
        hole = np.zeros((H, W), bool)
        hole[150:330, 250:340] = True
        painted = np.where(hole[..., None], np.uint8(255), here.rgb)
        behind = ground(painted, here.camera, sky="none", hole=hole).edge_px
        assert np.abs(behind[250:340] - np.interp(np.arange(250, 340), [249, 340], behind[[249, 340]])).max() < 0.01
        assert np.median(np.abs(behind - plain)) < 2


class TestSky:
    @pytest.mark.parametrize("name", ["desert", "rooftop"])
    def test_is_told_from_what_stands_before_it(self, name: str) -> None:
        here = location(name)
        found, true = ground(here.rgb, here.camera).sky > 0.5, ~np.isfinite(here.depth)
        assert (found & true).sum() / (found | true).sum() > 0.9

    def test_of_a_room_there_is_none(self) -> None:
        here = location("kitchen")
        assert not ground(here.rgb, here.camera, sky="none").sky.any()

    def test_a_textured_wall_is_none(self) -> None:
        draw = np.random.default_rng(2)
        wall = np.clip(np.kron(draw.integers(120, 220, (36, 64, 1)), np.ones((10, 10, 3))), 0, 255).astype(np.uint8)
        camera, _ = camera_of(Survey(), W, H)
        assert ground(wall, camera).sky.mean() < 0.02


class TestHorizonRows:
    def test_are_those_of_points_at_the_eyes_height(self) -> None:
        camera, _ = camera_of(Survey(((0.0, 100.0), (640.0, 160.0))), W, H)
        rows = horizon_rows(camera)
        assert rows[0] == pytest.approx(100, abs=0.5)
        assert rows[-1] == pytest.approx(160, abs=0.5)
