"""Cameras before a place known from one picture: crops of it, with small moves that stay within it."""

import numpy as np
import pytest

from sora_lock.camera import Camera, Framing
from sora_lock.projection import MOVES, path, wanted_px, widest_px
from tests.baked_parts import direction

PHOTO = Camera(
    (0.0, 1.5, 0.0), ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), 1400.0, (1000.0, 600.0), 2000, 1200
)
EYE = (0.4, 1.6, -5.0)
FRAMING = Framing(EYE, shot_from=PHOTO)


def corners(camera: Camera, depth: float) -> np.ndarray:
    """The frame's corners at a depth before the camera, in px of the photograph [4, 2]."""
    x = np.array([0, camera.width, camera.width, 0], np.float32)
    y = np.array([0, 0, camera.height, camera.height], np.float32)
    points = np.asarray(camera.position_m) + camera.directions(x, y).astype(float) * depth
    return PHOTO.project(points)[0]


class TestAStillShot:
    @pytest.mark.parametrize("size", ["close-up", "medium", "wide"])
    def test_is_a_part_of_the_picture_with_its_own_perspective(self, size: str) -> None:
        camera = path(direction(size=size), FRAMING, 960, 540, 8, 7)[0]
        assert camera.position_m == PHOTO.position_m
        assert camera.rotation == PHOTO.rotation
        assert np.allclose(corners(camera, 3.0), corners(camera, 30.0))
        assert corners(camera, 5.0).min() > -1e-6

    def test_shows_as_much_at_the_subject_as_its_size_asks(self) -> None:
        camera = path(direction(size="medium"), FRAMING, 960, 540, 1, 7)[0]
        tall_m = 540 / camera.focal_px * 5.0
        assert tall_m == pytest.approx(3.45 * 1.7 / 7.5, rel=1e-3)
        assert wanted_px(direction(size="medium"), FRAMING, 960, 540) == pytest.approx(tall_m / 5.0 * 1400, rel=1e-3)

    def test_is_never_wider_than_the_picture(self) -> None:
        camera = path(direction(size="extreme wide"), FRAMING, 960, 540, 1, 7)[0]
        assert 540 / camera.focal_px * 1400 == pytest.approx(widest_px(PHOTO, 960, 540))
        low, high = corners(camera, 5.0).min(axis=0), corners(camera, 5.0).max(axis=0)
        assert (low > -0.01).all() and high[0] <= 2000.01 and high[1] <= 1200.01

    def test_holds_one_camera_throughout(self) -> None:
        cameras = path(direction(size="medium"), FRAMING, 960, 540, 12, 7)
        assert all(c is cameras[0] for c in cameras)


class TestMoves:
    @pytest.mark.parametrize("move", sorted(MOVES - {"static"}))
    @pytest.mark.parametrize("size", ["medium", "extreme wide"])
    def test_go_somewhere_and_show_nothing_beyond_the_picture(self, move: str, size: str) -> None:
        cameras = path(direction(size=size, move=move), FRAMING, 960, 540, 25, 7)
        assert len({c.key for c in cameras}) > 10
        slack = 0.05 * np.array([2000, 1200])  # the place is drawn out by as much beyond the picture
        for camera in cameras:
            for depth in (3.6, 5.0, 40.0):  # nearer there is nothing: the ground begins there
                seen = corners(camera, depth)
                assert (seen >= -slack).all() and (seen <= np.array([2000, 1200]) + slack).all()

    def test_an_orbit_keeps_the_subject_where_it_is_and_a_truck_does_not(self) -> None:
        def way(move: str) -> float:
            cameras = path(direction(size="medium", move=move), FRAMING, 960, 540, 25, 7)
            x = [float(c.project(np.array([EYE]))[0][0, 0]) for c in cameras]
            return max(x) - min(x)

        assert way("orbit left") < 1.0
        assert way("truck left") > 40.0

    def test_depth_does_the_rest(self) -> None:
        first, *_, last = path(direction(size="medium", move="truck right"), FRAMING, 960, 540, 25, 7)
        near, far = np.array([[0.0, 1.0, -3.0]]), np.array([[0.0, 1.0, -30.0]])
        apart = [float((c.project(near)[0] - c.project(far)[0])[0, 0]) for c in (first, last)]
        assert abs(apart[1] - apart[0]) > 20

    def test_a_push_in_comes_nearer_and_closer(self) -> None:
        first, *_, last = path(direction(size="medium", move="push in"), FRAMING, 960, 540, 25, 7)
        assert last.position_m[2] < first.position_m[2] - 0.2
        assert last.focal_px > 1.2 * first.focal_px
