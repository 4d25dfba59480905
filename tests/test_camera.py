"""Cameras: projection, framing by size and angle, moves."""

import numpy as np
import pytest

from sora_lock.camera import MOVES, SIZES, Camera, Framing, path, push_scale
from sora_lock.direction import read
from tests.baked_parts import direction

EYE = (0.3, 1.6, 0.1)
FRAMING = Framing(EYE, head_radius_m=0.13, height_m=1.72, camera_deg=20, facing_deg=8)
W, H = 960, 540


def at(camera: Camera, *points: tuple[float, float, float]) -> np.ndarray:
    return camera.project(np.array(points))[0]


def one(**axes: object) -> Camera:
    return path(direction(**axes), FRAMING, W, H, 1, 1)[0]  # type: ignore[arg-type]


class TestACamera:
    def test_rays_and_projection_are_each_others_inverse(self) -> None:
        camera = one()
        y, x = 100.5, 700.5
        ray = camera.directions(np.array([x], np.float32), np.array([y], np.float32))
        point = np.asarray(camera.position_m) + ray * 3.0
        px, depth = camera.project(point)
        assert np.allclose(px, [[x, y]], atol=1e-2)
        assert depth[0] == pytest.approx(3.0, abs=1e-5)

    def test_rotation_is_orthonormal_and_right_handed(self) -> None:
        for angle in ("low", "high", "dutch", "overhead"):
            r = np.array(one(angle=angle).rotation)
            assert np.allclose(r @ r.T, np.eye(3), atol=1e-9)
            assert np.linalg.det(r) == pytest.approx(1.0)

    def test_a_scaled_raster_sees_the_same_picture(self) -> None:
        camera = one()
        assert np.allclose(at(camera.scaled(0.25), EYE) * 4, at(camera, EYE), atol=0.5)


class TestFraming:
    @pytest.mark.parametrize("size", SIZES)
    def test_the_eyes_lie_on_the_line_of_the_size(self, size: str) -> None:
        assert at(one(size=size), EYE)[0, 1] == pytest.approx(SIZES[size][2] * H, abs=0.5)

    def test_a_medium_shot_has_headroom_and_cuts_at_the_waist(self) -> None:
        top, waist, knees = at(one(), (0.3, 1.72, 0.1), (0.3, 1.10, 0.1), (0.3, 0.7, 0.1))[:, 1]
        assert 20 < top < 140
        assert waist < H < knees

    def test_a_wide_shot_holds_the_whole_figure(self) -> None:
        top, feet = at(one(size="wide"), (0.3, 1.72, 0.1), (0.3, 0.0, 0.1))[:, 1]
        assert top > 0
        assert feet < H

    def test_sizes_go_from_close_to_wide(self) -> None:
        heads = []
        for size in SIZES:
            low, high = at(one(size=size), (0.3, 1.5, 0.1), (0.3, 1.7, 0.1))[:, 1]
            heads.append(low - high)
        assert heads == sorted(heads, reverse=True)

    def test_low_is_below_the_chest_and_looks_up_and_high_looks_down(self) -> None:
        low, level, high = (one(angle=a) for a in ("low", "eye level", "high"))
        assert low.position_m[1] < 0.9 < level.position_m[1] < EYE[1] + 0.1 < high.position_m[1] - 0.4
        assert low.rotation[2][1] < -0.2
        assert high.rotation[2][1] > 0.2
        assert abs(level.rotation[2][1]) < 0.02

    def test_the_camera_stays_in_the_free_space_before_the_mark(self) -> None:
        for size in SIZES:
            for lens in ("wide angle", "normal", "telephoto"):
                position = np.array(one(size=size, lens=lens).position_m)
                assert np.linalg.norm(position - np.array(EYE)) < 4.5
                assert position[1] > 0.1

    def test_two_figures_are_both_in_the_picture(self) -> None:
        pair = Framing((0.0, 1.6, 0.0), spread_m=0.9)
        camera = path(direction(size="close-up"), pair, W, H, 1, 1)[0]
        x = at(camera, (-0.45, 1.6, 0), (0.45, 1.6, 0))[:, 0]
        assert 60 < x.min() < x.max() < W - 60


class TestMoves:
    def test_a_static_shot_has_one_camera(self) -> None:
        cameras = path(direction(), FRAMING, W, H, 24, 1)
        assert all(c is cameras[0] for c in cameras)

    def test_a_push_in_enlarges_by_its_stated_scale(self) -> None:
        cameras = path(direction(move="push in"), FRAMING, W, H, 48, 1)
        start, end = push_scale(1.0)
        depths = [c.project(np.array([EYE]))[1][0] for c in (cameras[0], cameras[-1])]
        assert depths[0] / depths[1] == pytest.approx(start / end, rel=0.01)

    def test_a_slow_push_travels_less(self) -> None:
        def way(amount: float) -> float:
            cameras = path(direction(move=("push in", amount)), FRAMING, W, H, 24, 1)
            return float(np.linalg.norm(np.subtract(cameras[0].position_m, cameras[-1].position_m)))

        assert way(0.5) < way(1.0) < way(1.5)

    @pytest.mark.parametrize("move", [m for m in MOVES if m != "static"])
    def test_every_move_moves_smoothly(self, move: str) -> None:
        cameras = path(direction(move=move), FRAMING, W, H, 48, 1)
        x = np.concatenate([at(c, (0.0, 1.5, -1.5)) for c in cameras])
        step = np.diff(x, axis=0)
        assert np.abs(step).sum() > 4
        assert np.abs(np.diff(step, axis=0)).max() < 0.25 * np.abs(step).max() + 1.0

    def test_pan_right_moves_the_picture_left_and_pan_left_the_other_way(self) -> None:
        for move, sign in (("pan right", -1), ("pan left", 1)):
            cameras = path(direction(move=move), FRAMING, W, H, 12, 1)
            assert sign * (at(cameras[-1], EYE)[0, 0] - at(cameras[0], EYE)[0, 0]) > 100

    def test_truck_right_goes_right_without_turning(self) -> None:
        cameras = path(direction(move="truck right"), FRAMING, W, H, 12, 1)
        way = np.subtract(cameras[-1].position_m, cameras[0].position_m)
        assert way @ np.array(cameras[0].rotation[0]) > 0.2
        assert np.allclose(cameras[0].rotation, cameras[-1].rotation)

    def test_an_orbit_keeps_the_eyes_in_place(self) -> None:
        cameras = path(direction(move="orbit left"), FRAMING, W, H, 12, 1)
        spots = np.concatenate([at(c, EYE) for c in cameras])
        assert np.ptp(spots, axis=0).max() < 0.5

    def test_handheld_is_seeded(self) -> None:
        def shaken(seed: int) -> list[object]:
            return [c.key for c in path(direction(move="handheld"), FRAMING, W, H, 6, seed)]

        assert shaken(1) == shaken(1)
        assert shaken(1) != shaken(2)


class TestARoom:
    def test_a_wide_picture_ends_below_what_stands_over_its_subject(self) -> None:
        framing = Framing((0.0, 1.6, 0.0), top_m=2.75)
        for size in ("wide", "extreme wide"):
            camera = path(direction(size=size), framing, 960, 540, 1, 1)[0]
            top = camera.project(np.array([[0.0, 2.75, 0.0]]))[0][0, 1]
            assert top <= 0.5, size
            feet = camera.project(np.array([[0.0, 0.0, 0.0]]))[0][0, 1]
            assert feet < 540


class TestFocalLengths:
    @pytest.mark.parametrize("millimetres", [24, 35, 50, 85])
    def test_a_named_one_is_that_of_a_frame_24_mm_high(self, millimetres: int) -> None:
        camera = path(read(f"medium shot, {millimetres}mm lens"), FRAMING, W, H, 1, 1)[0]
        assert camera.focal_px == pytest.approx(H * millimetres / 24.0, rel=1e-6)

    def test_the_size_of_the_subject_stays_and_the_distance_changes(self) -> None:
        short, long = (path(read(f"medium close-up, {mm}mm"), FRAMING, W, H, 1, 1)[0] for mm in (24, 85))
        heights = [float(np.ptp(at(c, (0.3, 1.75, 0.1), (0.3, 1.45, 0.1))[:, 1])) for c in (short, long)]
        assert heights[0] == pytest.approx(heights[1], rel=0.06)
        far = [float(np.linalg.norm(np.asarray(c.position_m) - EYE)) for c in (short, long)]
        assert far[1] > 2.5 * far[0]
