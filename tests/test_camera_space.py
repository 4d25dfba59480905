"""Normals of any world brought to the camera's space, by its matrix or by the depth."""

import numpy as np
import pytest

from sora_lock.errors import MediaError
from sora_lock.subjects.camera_space import slopes, turned
from tests.render_parts import FOCAL_PX, H, W, truth

INSIDE = truth().alpha >= 0.5


def off_deg(found: np.ndarray) -> float:
    """95th percentile of the angle to the true normals in the core."""
    core = truth().alpha >= 1
    unit = truth().normal / np.maximum(np.linalg.norm(truth().normal, axis=2, keepdims=True), 1e-6)
    return float(np.degrees(np.percentile(np.arccos(np.clip((found * unit)[core].sum(axis=1), -1, 1)), 95)))


def world(turn: np.ndarray) -> np.ndarray:
    return (truth().normal @ turn.T).astype(np.float32)


class TestByTheDepth:
    @pytest.mark.parametrize("mirrored", [False, True])
    @pytest.mark.parametrize("seed", range(4))
    def test_any_world_right_or_left_handed_is_found(self, seed: int, mirrored: bool) -> None:
        turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
        turn *= np.sign(np.linalg.det(turn)) * (-1 if mirrored else 1)
        made = turned(world(turn), truth().depth, INSIDE, FOCAL_PX, None)
        assert off_deg(made.normal) < 2 and made.off_deg is not None and made.off_deg < 2

    def test_an_unknown_focal_length_is_found_on_the_way(self) -> None:
        made = turned(world(truth().turn), truth().depth, INSIDE, None, None)
        assert made.focal_px == pytest.approx(FOCAL_PX, rel=0.05)
        assert off_deg(made.normal) < 3

    def test_the_unit_of_the_depth_does_not_matter(self) -> None:
        made = turned(world(truth().turn), truth().depth * 100, INSIDE, FOCAL_PX, None)
        assert off_deg(made.normal) < 2

    def test_normals_that_are_in_camera_space_stay_as_they_are(self) -> None:
        made = turned(world(np.eye(3)), truth().depth, INSIDE, FOCAL_PX, None)
        assert off_deg(made.normal) < 0.1 and "are in camera space" in made.words

    def test_bumps_are_no_hindrance(self) -> None:
        bumps = np.random.default_rng(0).normal(scale=0.15, size=(H, W, 3)).astype(np.float32)
        made = turned(world(truth().turn) + bumps * INSIDE[..., None], truth().depth, INSIDE, FOCAL_PX, None)
        assert made.off_deg is not None and 5 < made.off_deg < 15

    def test_normals_of_another_shape_are_refused(self) -> None:
        draw = np.random.default_rng(1).normal(size=(H, W, 3)).astype(np.float32)
        with pytest.raises(MediaError, match="do not fit the depth"):
            turned(draw, truth().depth, INSIDE, FOCAL_PX, None)
        with pytest.raises(MediaError, match="shows too little"):
            turned(world(np.eye(3)), np.full((H, W), np.inf, np.float32), INSIDE, FOCAL_PX, None)


class TestByTheCamera:
    @pytest.mark.parametrize("away", [1, -1])
    @pytest.mark.parametrize("depth", [True, False])
    def test_a_header_whose_camera_looks_along_plus_or_minus_z(self, away: int, depth: bool) -> None:
        camera = np.eye(4)
        camera[:3, :3] = truth().turn * np.array([1, 1, away])
        made = turned(world(truth().turn), truth().depth if depth else None, INSIDE, FOCAL_PX, camera)
        assert off_deg(made.normal) < 0.1 and "header" in made.words

    def test_a_camera_of_another_shot_gives_way_to_the_depth(self) -> None:
        camera = np.eye(4)
        camera[:3, :3] = np.linalg.qr(np.random.default_rng(9).normal(size=(3, 3)))[0]
        made = turned(world(truth().turn), truth().depth, INSIDE, FOCAL_PX, camera)
        assert off_deg(made.normal) < 2 and "fitting" in made.words

    def test_without_depth_and_camera_only_what_faces_the_camera_is_believed(self) -> None:
        assert off_deg(turned(world(np.eye(3)), None, INSIDE, None, None).normal) < 0.1
        with pytest.raises(MediaError, match="neither a depth layer nor a camera"):
            turned(world(truth().turn), None, INSIDE, None, None)


class TestSlopes:
    def test_are_those_of_the_surface_and_say_nothing_over_steps(self) -> None:
        made = slopes(truth().depth, FOCAL_PX)
        said = (np.abs(made).max(axis=2) > 0) & (truth().alpha >= 1)
        unit = truth().normal / np.maximum(np.linalg.norm(truth().normal, axis=2, keepdims=True), 1e-6)
        apart = np.degrees(np.arccos(np.clip((made * unit)[said].sum(axis=1), -1, 1)))
        assert np.median(apart) < 2
        assert not made[truth().alpha == 0].any()
