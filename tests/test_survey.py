"""What is drawn on a location still gives back the camera that took it."""

import math
from dataclasses import replace

import numpy as np
import pytest

from sora_lock.camera import Camera, _rotation
from sora_lock.errors import MediaError
from sora_lock.subjects.survey import LONG_SIDE_MM, Survey, camera_of, ground_point, mark_m, read_points

W, H, MM = 1600, 900, 28.0


def taken(pitch_deg: float, roll_deg: float, eye_m: float) -> Camera:
    """A camera that looks along -Z, up by `pitch_deg`."""
    lift = math.radians(pitch_deg)
    rotation = _rotation(np.array([0.0, math.sin(lift), -math.cos(lift)]), roll_deg)
    rows = tuple(tuple(float(v) for v in r) for r in rotation)
    return Camera((0.0, eye_m, 0.0), rows, MM / LONG_SIDE_MM * W, (W / 2, H / 2), W, H)  # type: ignore[arg-type]


def drawn(camera: Camera) -> Survey:
    """What somebody who knows would draw."""
    far = np.array([[-400.0, camera.position_m[1], -1000.0], [500.0, camera.position_m[1], -1000.0]])
    ends = camera.project(far)[0]
    stick = camera.project(np.array([[1.0, 0.0, -6.0], [1.0, 2.1, -6.0]]))[0]
    mark = camera.project(np.array([[-0.7, 0.0, -5.0]]))[0][0]
    return Survey((tuple(ends[0]), tuple(ends[1])), (tuple(stick[0]), tuple(stick[1])), 2.1, tuple(mark), focal_mm=MM)


class TestTheCamera:
    @pytest.mark.parametrize(("pitch", "roll", "eye"), [(0, 0, 1.6), (-12, 0, 1.2), (8, 3, 1.75), (-20, -6, 3.4)])
    def test_comes_back_from_horizon_and_upright(self, pitch: float, roll: float, eye: float) -> None:
        truth = taken(pitch, roll, eye)
        found, notes = camera_of(drawn(truth), W, H)
        assert notes == ()
        assert found.position_m[1] == pytest.approx(eye, rel=2e-3)
        assert np.allclose(found.rotation, truth.rotation, atol=2e-3)
        assert mark_m(drawn(truth), found) == pytest.approx((-0.7, 0.0, -5.0), abs=0.03)

    def test_is_level_and_at_eye_height_when_nothing_was_drawn_and_says_so(self) -> None:
        found, notes = camera_of(Survey(), W, H)
        assert np.array_equal(found.rotation, np.eye(3))
        assert found.position_m == (0.0, 1.55, 0.0)
        assert len(notes) == 3

    def test_does_not_depend_on_the_ends_order(self) -> None:
        survey = drawn(taken(-10, 2, 1.5))
        assert survey.horizon is not None and survey.upright is not None
        turned = replace(survey, horizon=survey.horizon[::-1], upright=survey.upright[::-1])
        assert camera_of(turned, W, H) == camera_of(survey, W, H)

    def test_is_the_same_on_a_smaller_copy(self) -> None:
        survey = drawn(taken(-10, 2, 1.5))
        whole, half = camera_of(survey, W, H)[0], camera_of(survey.scaled(0.5), W // 2, H // 2)[0]
        assert half.position_m[1] == pytest.approx(whole.position_m[1], rel=1e-3)
        assert np.allclose(half.rotation, whole.rotation, atol=1e-6)


class TestTheGround:
    def test_is_met_where_the_ray_goes_down_and_nowhere_else(self) -> None:
        camera = taken(-10, 0, 1.6)
        there = np.array([[0.8, 0.0, -7.0]])
        at = camera.project(there)[0][0]
        assert ground_point(camera, (float(at[0]), float(at[1]))) == pytest.approx(there[0], abs=1e-3)
        assert ground_point(camera, (800.0, 5.0)) is None


class TestWhatCannotBe:
    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"horizon": ((700, 300), (720, 300))}, "from side to side"),
            ({"horizon": ((100, 100), (1500, 1400))}, "rolled"),
            ({"horizon": ((0, 3000), (1600, 3000))}, "tilted"),
            ({"upright": ((800, 100), (800, 40))}, "below the horizon"),
            ({"upright": ((800, 700), (802, 700))}, "no height"),
            ({"upright_m": 0.0}, "0.1 to 60"),
            ({"focal_mm": 2.0}, "10 to 300"),
        ],
    )
    def test_is_refused_with_what_to_do(self, change: dict, words: str) -> None:
        survey = replace(drawn(taken(-5, 0, 1.6)), **change)
        with pytest.raises(MediaError, match=words):
            camera_of(survey, W, H)

    @pytest.mark.parametrize(("mark", "words"), [((800, 10), "above the horizon"), ((800, 372), "from the camera")])
    def test_a_mark_off_the_ground_is_refused(self, mark: tuple[float, float], words: str) -> None:
        camera = taken(-5, 0, 1.6)
        with pytest.raises(MediaError, match=words):
            mark_m(replace(drawn(camera), mark=mark), camera)

    @pytest.mark.parametrize("text", ["a, b", "1, 2, 3", "1, 2", "1,2,3,4,5,6", "1e9, 2, 3, 4"])
    def test_points_that_are_none_are_refused(self, text: str) -> None:
        with pytest.raises(MediaError, match="write 2 points"):
            read_points(text, "horizon", 2, 2)

    def test_points_are_read_however_they_are_set_apart(self) -> None:
        assert read_points(" 1, 2;3 4.5 ", "horizon", 2, 2) == ((1.0, 2.0), (3.0, 4.5))
        assert read_points(" ", "horizon", 2, 2) == ()
