"""The compiled loops: each against the same thing said in NumPy, and that nothing compiles behind one's back."""

import numpy as np
import pytest

from sora_lock.camera import path
from sora_lock.engines.comp import loops, rigs
from sora_lock.engines.comp.scene import PreparedScene
from sora_lock.engines.comp.take import Filming
from tests.baked_parts import direction, scene, shot


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> PreparedScene:
    return PreparedScene(scene(tmp_path_factory.mktemp("loops")))


class TestCompileAll:
    def test_after_it_no_take_compiles_anything(self, prepared: PreparedScene) -> None:
        loops.compile_all()
        before = [f.signatures for f in loops.COMPILED]
        assert all(len(known) == 1 for known in before)
        for name in rigs.RIGS:
            for weather in ("downpour", "fog"):
                take = Filming(prepared, shot(prepared.scene), direction(light=name, weather=weather))
                take.frame(0, aov=False)
        assert [f.signatures for f in loops.COMPILED] == before


class TestWeighed:
    def test_it_is_the_weighted_mean(self) -> None:
        draw = np.random.default_rng(3)
        coarse, index = draw.random(50, np.float32), draw.integers(0, 50, (200, 4)).astype(np.int32)
        weight, out = draw.random((200, 4), np.float32), np.empty(200, np.float32)
        loops.weighed(coarse, index, weight, out)
        assert np.allclose(out, (coarse[index] * weight).sum(axis=1), atol=1e-6)


class TestSmoothed:
    def test_it_is_the_weighted_mean_of_nine_and_borders_repeat(self) -> None:
        draw = np.random.default_rng(4)
        coarse, weight = draw.random((6, 7), np.float32), draw.random((42, 9), np.float32)
        weight /= weight.sum(axis=1, keepdims=True)
        out = np.empty(42, np.float32)
        loops.smoothed(6, 7, coarse.ravel(), weight, out)
        nine = np.lib.stride_tricks.sliding_window_view(np.pad(coarse, 1, mode="edge"), (3, 3)).reshape(42, 9)
        assert np.allclose(out, (nine * weight).sum(axis=1), atol=1e-6)

    def test_what_is_even_stays_as_it_is(self) -> None:
        out = np.empty(12, np.float32)
        loops.smoothed(3, 4, np.full(12, 0.3, np.float32), np.full((12, 9), 1 / 9, np.float32), out)
        assert (out == np.float32(0.3)).all()


class TestRaysThrough:
    def test_they_are_the_cameras_own_directions(self, prepared: PreparedScene) -> None:
        camera = path(direction(), prepared.framing, 160, 90, 1, 1)[0]
        pixels, offsets = np.array([0, 77, 160 * 90 - 1]), np.array([[0.25, -0.1], [0.0, 0.0]], np.float32)
        out = np.empty((6, 3), np.float32)
        centre, turn = np.asarray(camera.centre_px, np.float32), np.asarray(camera.rotation, np.float32)
        loops.rays_through(pixels, offsets, 160, centre, camera.focal_px, turn, out)
        x = (pixels % 160)[:, None] + 0.5 + offsets[:, 0]
        y = (pixels // 160)[:, None] + 0.5 + offsets[:, 1]
        want = camera.directions(x.astype(np.float32).ravel(), y.astype(np.float32).ravel())
        assert np.allclose(out, want, atol=1e-5)


class TestFrames:
    def test_a_welded_ridge_shares_one_normal_and_charts_keep_their_own_direction(self) -> None:
        # two right triangles of equal area, leaning left and right of a ridge along z; the ridge's vertices are doubled
        points = np.array([[-1, 0, 0], [0, 1, 0], [0, 1, 1], [0, 1, 0], [1, 0, 0], [0, 1, 1]], np.float32)
        faces, weld = np.array([[0, 2, 1], [3, 5, 4]], np.int32), np.array([0, 1, 2, 1, 3, 2], np.int32)
        along_s = np.array([[1, 0], [0, 1]], np.float32)  # s grows along the first edge, along the second edge
        normals, tangents = np.empty_like(points), np.empty_like(points)
        loops.frames(points, faces, weld, along_s, np.zeros((4, 3), np.float32), normals, tangents)
        assert np.allclose(normals[[1, 2, 3, 5]], [0, 1, 0], atol=1e-6)
        assert np.allclose(normals[0], np.array([-1, 1, 0]) / np.sqrt(2), atol=1e-6)
        assert np.allclose(tangents[0], np.array([1, 1, 1]) / np.sqrt(3), atol=1e-6)
        assert np.allclose(tangents[4], np.array([1, -1, 0]) / np.sqrt(2), atol=1e-6)


class TestNeighbours:
    def test_a_point_beyond_a_step_in_depth_or_without_a_surface_says_next_to_nothing(self) -> None:
        position = np.array([[x, 0, 0 if x < 2 else 1] for x in range(4)], np.float32)
        normal = np.tile(np.array([0, 0, 1], np.float32), (4, 1))
        weight, valid = np.empty((4, 9), np.float32), np.array([False, True, True, True])
        loops.neighbours(1, 4, position, normal, np.ones(4, np.float32), valid, weight)
        left, own, right = weight[1].reshape(3, 3).sum(axis=0)  # of one row, the rows above and below are itself again
        assert own == pytest.approx(1.0, abs=1e-4)
        assert left < 1e-5
        assert right < 1e-5
        assert np.allclose(weight.sum(axis=1), 1.0, atol=1e-5)
