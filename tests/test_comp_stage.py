"""Plates: first hits, textures by the stated rule, edges and coverage."""

import numpy as np
import pytest
import torch

from sora_lock.camera import path
from sora_lock.engines.comp.scene import Attitude, PreparedScene
from sora_lock.engines.comp.stage import SUBS, cast_plate, rect_of
from sora_lock.engines.comp.texture import Pyramid
from tests.baked_parts import direction, scene


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> PreparedScene:
    return PreparedScene(scene(tmp_path_factory.mktemp("stage")))


def camera_of(prepared: PreparedScene, **axes: str):
    return path(direction(**axes), prepared.framing, 160, 90, 1, 1)[0]


def by_hand(atlas: np.ndarray, s: float, t: float, lod: float) -> np.ndarray:
    levels = [atlas.astype(np.float64)]
    while levels[-1].shape[0] > 1:
        a = levels[-1]
        levels.append((a[::2, ::2] + a[1::2, ::2] + a[::2, 1::2] + a[1::2, 1::2]) / 4)
    lod = min(max(lod, 0), len(levels) - 1)
    out = np.zeros(3)
    for level, weight in ((int(lod), 1 - lod % 1), (min(int(lod) + 1, len(levels) - 1), lod % 1)):
        image, n = levels[level], len(levels[level])
        x, y = s * n - 0.5, t * n - 0.5
        for dy in (0, 1):
            for dx in (0, 1):
                i, j = int(np.floor(x)) + dx, int(np.floor(y)) + dy
                w = (1 - abs(x - i)) * (1 - abs(y - j))
                out += weight * w * image[min(max(j, 0), n - 1), min(max(i, 0), n - 1)]
    return out


class TestSample:
    def test_it_follows_the_stated_rule(self) -> None:
        draw = np.random.default_rng(0)
        atlas = draw.random((32, 32, 3), np.float32)
        s, t, lod = draw.random((3, 200), np.float32) * np.float32([[1], [1], [7]])
        got = Pyramid(atlas).sample(torch.from_numpy(s), torch.from_numpy(t), torch.from_numpy(lod)).numpy().T
        want = np.stack(
            [by_hand(atlas, *x) for x in zip(s.astype(float), t.astype(float), lod.astype(float), strict=True)]
        )
        assert np.abs(got - want).max() < 2e-6

    def test_the_middle_of_a_texel_is_that_texel(self) -> None:
        atlas = np.random.default_rng(1).random((8, 8, 3), np.float32)
        at = (torch.arange(8) + 0.5) / 8
        got = Pyramid(atlas).sample(at, torch.full((8,), 2.5 / 8), torch.zeros(8)).numpy().T
        assert np.allclose(got, atlas[2], atol=1e-6)

    def test_a_chain_stops_at_an_odd_side(self) -> None:
        assert Pyramid(np.zeros((96, 96, 3), np.float32)).sides.tolist() == [96, 48, 24, 12, 6, 3]


class TestTheSet:
    def test_depth_of_the_wall_is_planar(self, prepared: PreparedScene) -> None:
        camera = camera_of(prepared)
        plate = prepared.set_plate(camera, keep=True)
        z = plate.centre.position.numpy()[2].reshape(90, 160)
        assert np.allclose(z[10], -4.0, atol=1e-3)
        _, depth = camera.project(plate.centre.position.numpy().T)
        assert np.allclose(depth, plate.centre.depth.numpy(), atol=1e-3)

    def test_normals_face_the_camera(self, prepared: PreparedScene) -> None:
        plate = prepared.set_plate(camera_of(prepared, size="wide"), keep=True)
        facing = (plate.centre.normal * plate.centre.view).sum(0)
        assert float(facing.min()) >= 0
        assert np.allclose(plate.centre.normal.norm(dim=0), 1, atol=1e-4)

    def test_coarser_levels_are_read_farther_away(self, prepared: PreparedScene) -> None:
        near = prepared.set_plate(camera_of(prepared), keep=True).centre.lod.numpy()
        small = prepared.set_plate(camera_of(prepared).scaled(0.25), keep=True).centre.lod.numpy()
        assert small.mean() > near.mean() + 1

    def test_only_where_floor_meets_wall_are_there_extra_samples(self, prepared: PreparedScene) -> None:
        plate = prepared.set_plate(camera_of(prepared, size="wide"), keep=True)
        assert 0 < len(plate.edge) < 0.10 * 160 * 90
        assert len(plate.subs) == SUBS * len(plate.edge)


class TestTheCast:
    def test_it_stands_in_its_rectangle_and_before_the_wall(self, prepared: PreparedScene) -> None:
        camera = camera_of(prepared, size="wide")
        mesh = prepared.cast_mesh(0.0, (Attitude(),))
        plate = cast_plate(mesh, prepared.set_plate(camera, keep=True))
        assert plate.rect == rect_of(camera, mesh.points)
        assert float(plate.samples.depth.max()) < camera.position_m[2] + 0.5
        assert set(plate.samples.region.tolist()) == {1, 2}

    def test_its_area_is_that_of_its_outline(self, prepared: PreparedScene) -> None:
        camera = camera_of(prepared, size="close-up")
        mesh = prepared.cast_mesh(0.0, (Attitude(),))
        plate = cast_plate(mesh, prepared.set_plate(camera, keep=True))
        weight = np.zeros(160 * 90)
        head = plate.samples.region.numpy() == 1
        pixel = plate.samples.pixel.numpy()
        edge = np.isin(pixel, plate.edge)
        np.add.at(weight, pixel[head & edge], 1 / (SUBS + 1))
        weight[pixel[head & ~edge]] = 1
        centre, depth = camera.project(np.array([[0, 1.57, 0]]))
        distance = np.linalg.norm(np.array([0, 1.57, 0]) - camera.position_m)
        radius = camera.focal_px * 0.13 / np.sqrt(distance**2 - 0.13**2)
        # the part of the disc above the coat's top edge, counted on a fine raster
        y, x = np.mgrid[0:900, 0:1600] / 10 + 0.05
        disc = np.hypot(x - centre[0, 0], y - centre[0, 1]) < radius * (distance / depth[0]) ** 0.0
        rows = weight.reshape(90, 160).sum(axis=1)
        top = int(centre[0, 1])
        want = disc[: top * 10].sum() / 100
        assert rows[:top].sum() == pytest.approx(want, rel=0.02)

    def test_regions_name_lock_and_part(self, prepared: PreparedScene) -> None:
        assert [(r.lock, r.part) for r in prepared.regions] == [
            ("dummy", "face"), ("dummy", "coat"), ("void", "floor"), ("void", "wall"),
        ]  # fmt: skip

    def test_expressions_move_the_vertices(self, prepared: PreparedScene) -> None:
        plain, smiling = prepared.cast_mesh(0.0, (Attitude(),)), prepared.cast_mesh(0.0, (Attitude((("smile", 1.0),)),))
        assert np.abs(smiling.points - plain.points).max() == pytest.approx(0.02, abs=1e-4)
