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
        coarse, index = draw.random(50, np.float32), draw.integers(0, 50, (4, 200)).astype(np.int32)
        weight, out = draw.random((4, 200), np.float32), np.empty(200, np.float32)
        loops.weighed(coarse, index, weight, out)
        assert np.allclose(out, (coarse[index] * weight).sum(axis=0), atol=1e-6)


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
        near, weight = np.empty((9, 4), np.int32), np.empty((9, 4), np.float32)
        valid = np.array([False, True, True, True])
        loops.neighbours(1, 4, position, normal, np.ones(4, np.float32), valid, near, weight)
        said = {k: float(weight[near[:, 1] == k, 1].sum()) for k in range(3)}
        assert said[1] == pytest.approx(1.0, abs=1e-4)
        assert said[0] < 1e-5
        assert said[2] < 1e-5
        assert np.allclose(weight.sum(axis=0), 1.0, atol=1e-5)
