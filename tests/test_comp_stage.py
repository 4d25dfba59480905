"""Plates: first hits, edges and coverage."""

import numpy as np
import pytest

from sora_lock.camera import path
from sora_lock.engines.comp.scene import Attitude, PreparedScene
from sora_lock.engines.comp.stage import SUBS, cast_plate, rect_of
from tests.baked_parts import direction, scene


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> PreparedScene:
    return PreparedScene(scene(tmp_path_factory.mktemp("stage")))


def camera_of(prepared: PreparedScene, **axes: str):
    return path(direction(**axes), prepared.framing, 160, 90, 1, 1)[0]


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
