"""Surfaces of brought models: one atlas, its gutters, what textures say on it, and normals that light as the model's own."""

from typing import Any

import numpy as np
import pytest

from sora_lock.camera import Camera
from sora_lock.engines.comp.stage import Body, Mesh, Topology, resolve
from sora_lock.media.gltf import Model, Texture, open_model
from sora_lock.subjects.baked import BakedSubject
from sora_lock.subjects.brought import pack
from sora_lock.subjects.models.bring import bring
from sora_lock.subjects.models.frames import frames
from sora_lock.subjects.models.rays import Rays
from sora_lock.subjects.models.soup import join
from sora_lock.subjects.models.standing import standing
from sora_lock.subjects.models.texels import filled, texels
from sora_lock.subjects.models.textures import Pictures, moved
from sora_lock.subjects.models.unwrap import unwrapped
from tests.model_parts import Glb, ball, box, brought, bumps, joined, letters, mesh, planks, quad

Cast = tuple[Any, np.ndarray, np.ndarray]


def rayed(subject: BakedSubject, origins: np.ndarray, ways: np.ndarray) -> Any:
    """Samples as comp resolves them."""
    body = Body(subject, (0.0, 0.0, 0.0), 0.0, 1)
    held = Mesh(Topology([body]), [body.world(subject.posed({}, 0))])
    hits = held.cast(origins, ways)
    camera = Camera((0, 0, 0), ((1, 0, 0), (0, 1, 0), (0, 0, 1)), 4000.0, (32.0, 32.0), 64, 64)
    return resolve(held, camera, np.arange(len(ways)), ways, hits, origins), hits


def straight(x: Any, y: Any, z: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
    """Rays along -Z through points of the plane z = 0."""
    x, y = (np.asarray(v, np.float32).ravel() for v in (x, y))
    return np.stack([x, y, np.full_like(x, z)], axis=1), np.tile(np.array([0, 0, -1], np.float32), (len(x), 1))


def board(texture: np.ndarray | None = None, flip: bool = False, normal: np.ndarray | None = None, **more: Any) -> Glb:
    """A square of 1 m facing +Z, from y = 0 to 1, with another beside it, so that its atlas is made anew."""
    glb = Glb()
    told: dict[str, Any] = {}
    if normal is not None:
        told["normalTexture"] = {"index": glb.image(normal)}
    front = glb.material("front", texture=None if texture is None else glb.image(texture), **told, **more)
    shape = quad((-0.5, 0, 0), (1, 0, 0), (0, 1, 0))
    if flip:
        shape["TEXCOORD_0"][:, 0] = 1 - shape["TEXCOORD_0"][:, 0]
    mesh(glb, "front", shape, front)
    mesh(glb, "other", quad((0.5, 0, -0.3), (-1, 0, 0), (0, 1, 0)), glb.material("other", (0.2, 0.4, 0.6, 1)))
    return glb


def subject_of(glb: Glb) -> BakedSubject:
    return pack(bring(glb.data(), "prop", "board").parts)[1]


class TestTexels:
    ST = np.array([(0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)], np.float32)
    FACES = np.array([(0, 1, 2), (0, 2, 3)], np.int32)

    def test_all_of_a_chart_and_its_gutter_are_covered_and_no_more(self) -> None:
        found = texels(self.ST, self.FACES, 64)
        plane = np.zeros(64 * 64, bool)
        plane[found.at] = True
        rows = np.flatnonzero(plane.reshape(64, 64).any(axis=1))
        assert (rows[0], rows[-1]) == (14, 49)  # 16..47, and on each side two whose centres are within 1.5 texels
        assert found.twice == 0

    def test_values_go_on_straight_into_the_gutter(self) -> None:
        found = texels(self.ST, self.FACES, 64)
        at = found.of(self.FACES, self.ST)
        assert np.allclose(at[:, 0] * 64 - 0.5, found.at % 64, atol=1e-3)
        assert np.allclose(at[:, 1] * 64 - 0.5, found.at // 64, atol=1e-3)

    def test_what_lies_twice_is_counted(self) -> None:
        again = np.concatenate([self.FACES, self.FACES])
        assert texels(self.ST, again, 64, gutter=0.0).twice > 800

    def test_the_rest_takes_the_nearest(self) -> None:
        plane = np.zeros((8, 8, 1), np.uint8)
        plane[2, 2], plane[6, 6] = 10, 20
        full = filled(plane, np.array([2 * 8 + 2, 6 * 8 + 6], np.int32))
        assert full[0, 0] == 10 and full[7, 7] == 20


class TestTextures:
    IMAGE = np.arange(16, dtype=np.uint8).reshape(4, 4, 1).repeat(3, axis=2) * 10

    def read(self, uv: list[tuple[float, float]], wrap: str, step: float = 0.0) -> np.ndarray:
        texture = Texture(0, 0, (0, 0), (1, 1), 0.0, (wrap, wrap), 1.0)
        at = np.array(uv, np.float32)
        return Pictures((self.IMAGE,)).read(texture, at, np.full(len(at), step, np.float32), colour=False)[:, 0] * 255

    def test_the_first_texel_is_the_upper_left(self) -> None:
        assert np.allclose(self.read([(0.125, 0.125), (0.875, 0.125), (0.125, 0.875)], "clamp"), [0, 30, 120])

    def test_repeat_mirror_and_clamp(self) -> None:
        beyond = [(1.125, 0.125), (-0.125, 0.125)]
        assert np.allclose(self.read(beyond, "repeat"), [0, 30], atol=0.01)
        assert np.allclose(self.read(beyond, "mirror"), [30, 0], atol=0.01)
        assert np.allclose(self.read(beyond, "clamp"), [30, 0], atol=0.01)

    def test_a_repeat_has_no_seam(self) -> None:
        assert np.allclose(self.read([(1.0, 0.125), (0.0, 0.125)], "repeat"), 15)

    def test_what_is_coarser_than_the_texture_is_its_mean(self) -> None:
        assert np.allclose(self.read([(0.5, 0.5)], "repeat", step=4.0), 75, atol=0.5)

    def test_a_transform_scales_then_turns_then_moves(self) -> None:
        texture = Texture(0, 0, (0.5, 0.0), (2, 2), float(np.pi / 2), ("repeat", "repeat"), 1.0)
        assert np.allclose(
            moved(texture, np.array([(0.25, 0.0), (0.0, 0.25)], np.float32)), [(0.5, -0.5), (1.0, 0.0)], atol=1e-6
        )


class TestFrames:
    def test_are_those_that_comp_makes_of_the_same_mesh(self) -> None:
        subject = brought("crate")[1]
        body = Body(subject, (0.0, 0.0, 0.0), 0.0, 1)
        table = Mesh(Topology([body]), [body.world(subject.posed({}, 0))]).table
        own = frames(subject.rest, subject.faces, subject.st, subject.weld)
        assert np.allclose(own.normal, table[:, :3], atol=1e-4)
        assert np.allclose(own.along, table[:, 3:6], atol=1e-3)
        assert np.array_equal(own.hand, body.mirrored)


class TestReflectance:
    def test_a_picture_stands_upright_and_the_right_way_round(self) -> None:
        subject = subject_of(board(letters()))
        y, x = np.mgrid[0.02:0.98:40j, -0.48:0.48:40j]
        samples, _ = rayed(subject, *straight(x, y))
        blue = samples.reflectance.numpy()[2].reshape(40, 40) > 1.5 * samples.reflectance.numpy()[0].reshape(40, 40)
        truth = letters(40)[::-1, :, 0] < 100  # the first row of rays is the lowest
        assert (blue == truth).mean() > 0.96

    def test_mirrored_coordinates_show_it_mirrored(self) -> None:
        samples, _ = rayed(subject_of(board(letters(), flip=True)), *straight([-0.15, 0.15], [0.2, 0.2]))
        left, right = samples.reflectance.numpy()[0]
        assert right < 0.1 < left  # the F's stem is left of the middle, and here right of it

    def test_factors_and_vertex_colours_multiply(self) -> None:
        glb = board(np.full((16, 16, 3), 255, np.uint8))
        glb.json["materials"][0]["pbrMetallicRoughness"]["baseColorFactor"] = [0.5, 1.0, 0.25, 1]
        made = glb.json["meshes"][0]["primitives"][0]
        made["attributes"]["COLOR_0"] = glb.accessor(np.tile([1.0, 0.5, 1.0], (4, 1)))
        samples, _ = rayed(subject_of(glb), *straight([0.0], [0.5]))
        assert np.allclose(samples.reflectance.numpy()[:, 0], [0.5, 0.5, 0.25], atol=0.01)

    def test_tiles_are_as_sharp_as_their_texture(self) -> None:
        glb = Glb()
        mesh(
            glb,
            "floor",
            quad((-1, 0, 0), (2, 0, 0), (0, 2, 0), (8, 8)),
            glb.material("wood", texture=glb.image(planks())),
        )
        mesh(glb, "other", quad((1, 0, -0.3), (-2, 0, 0), (0, 2, 0)), glb.material("grey", (0.3, 0.3, 0.3, 1)))
        x = np.arange(-0.9, 0.9, 0.002)
        samples, _ = rayed(subject_of(glb), *straight(x, np.full_like(x, 0.6)))
        from sora_lock.colour import linear_from_srgb

        truth = linear_from_srgb(planks())[
            np.full(len(x), int((-0.6 * 4) % 1 * 256)), ((x + 1) * 4 % 1 * 256).astype(int)
        ]
        seen = samples.reflectance.numpy().T
        assert np.corrcoef(seen[:, 0], truth[:, 0])[0, 1] > 0.9

    def test_own_coordinates_keep_the_texture_code_by_code(self) -> None:
        glb = Glb()
        draw = np.random.default_rng(2).integers(0, 256, (512, 512, 3), np.uint8)
        skin = glb.material("skin", texture=glb.image(draw))
        mesh(glb, "sheet", {**quad((-1, 0, 0), (2, 0, 0), (0, 2, 0))}, skin)
        made = bring(glb.data(), "prop", "sheet").parts
        assert made.reflectance.shape == (512, 512, 3)
        assert np.array_equal(made.reflectance, draw)

    def test_no_seam_shows_where_charts_meet(self) -> None:
        """A ball of one colour with a smooth gradient by height: neighbours across a chart's border differ no more than within one."""
        glb = Glb()
        ramp = np.repeat(np.linspace(40, 220, 256).astype(np.uint8)[:, None, None], 256, axis=1).repeat(3, axis=2)
        shape = joined(ball((0, 0.5, 0), 0.5, 24, 48))
        mesh(glb, "ball", shape, glb.material("ramp", texture=glb.image(ramp)))
        mesh(glb, "foot", box((-0.1, -0.1, -0.1), (0.1, 0.02, 0.1)), glb.material("foot", (0.1, 0.1, 0.1, 1)))
        subject = subject_of(glb)
        y, x = np.mgrid[0.2:0.9:120j, -0.28:0.28:120j]
        samples, hits = rayed(subject, *straight(x, y))
        shade = samples.reflectance.numpy()[1].reshape(120, 120)
        assert (np.asarray(hits["primID"]) >= 0).all()
        across = np.abs(np.diff(shade, axis=1))
        assert across.max() < 0.02, across.max()


class TestNormals:
    def truth(self, model: Model, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The bosses' own normals on the board of 1 m: a sphere's, eight to a side."""
        px, py = (x + 0.5) * 8 % 1 * 2 - 1, (1 - y) * 8 % 1 * 2 - 1
        r2 = px * px + py * py
        n = np.where(
            (r2 < 0.8)[:, None],
            np.stack([0.8 * px, -0.8 * py, np.sqrt(np.maximum(1 - r2, 0.15))], axis=1),
            [0.0, 0.0, 1.0],
        )
        return n / np.linalg.norm(n, axis=1, keepdims=True)

    @pytest.mark.parametrize("flip", [False, True])
    def test_a_baked_map_lights_like_the_models_own(self, flip: bool) -> None:
        glb = board(normal=bumps()[:, ::-1] * np.array([1, 1, 1], np.uint8) if flip else bumps(), flip=flip)
        if flip:  # a picture mirrored in its coordinates and its content, whose red still is along growing u
            pixels = bumps()[:, ::-1].copy()
            pixels[..., 0] = 255 - pixels[..., 0]
            glb = board(normal=pixels, flip=True)
        subject = subject_of(glb)
        draw = np.random.default_rng(3)
        x, y = draw.uniform(-0.45, 0.45, 400).astype(np.float32), draw.uniform(0.05, 0.95, 400).astype(np.float32)
        samples, _ = rayed(subject, *straight(x, y))
        seen, truth = samples.normal.numpy().T, self.truth(open_model(glb.data()), x, y)
        angle = np.degrees(np.arccos(np.clip((seen * truth).sum(axis=1), -1, 1)))
        assert np.median(angle) < 4, np.percentile(angle, [50, 90])
        for way in ((0.7, 0.3, 0.65), (-0.7, 0.3, 0.65), (0.0, 0.8, 0.6)):  # lit from right, left and above
            assert np.corrcoef(seen @ way, truth @ way)[0, 1] > 0.93

    def test_custom_vertex_normals_live_on_in_the_map(self) -> None:
        glb = Glb()
        shape = quad((-0.5, 0, 0), (1, 0, 0), (0, 1, 0))
        bent = np.array([(-0.5, 0, 1), (0.5, 0, 1), (0.5, 0, 1), (-0.5, 0, 1)], np.float64)
        shape["NORMAL"] = bent / np.linalg.norm(bent, axis=1, keepdims=True)
        mesh(glb, "front", shape, glb.material("grey"))
        mesh(glb, "other", quad((0.5, 0, -0.3), (-1, 0, 0), (0, 1, 0)), glb.material("other"))
        samples, _ = rayed(subject_of(glb), *straight([-0.4, 0.0, 0.4], [0.5, 0.5, 0.5]))
        assert np.allclose(samples.normal.numpy()[0], [-0.37, 0.0, 0.37], atol=0.04)

    def test_flat_faces_stay_flat_where_the_file_has_no_normals(self) -> None:
        glb = Glb()
        shape = box((-0.5, 0, -0.5), (0.5, 1, 0.5))
        del shape["NORMAL"], shape["TEXCOORD_0"]
        corners, order = np.unique(shape["POSITION"], axis=0, return_inverse=True)
        glb.thing("cube", [glb.primitive(order.reshape(-1)[shape["faces"]], POSITION=corners)])
        samples, _ = rayed(subject_of(glb), *straight([-0.45, 0.0, 0.45], [0.1, 0.5, 0.9]))
        assert np.allclose(samples.normal.numpy().T, [(0, 0, 1)] * 3, atol=0.03)


class TestMaterial:
    def test_corners_are_less_open_than_what_stands_free(self) -> None:
        rays = Rays(*(np.asarray(v) for v in _corner()))
        points = np.array([(0.02, 0.0, 0.02), (0.9, 0.0, 0.9)], np.float32)
        open_ = rays.openness(points, np.tile(np.array([0, 1, 0], np.float32), (2, 1)), 0.5, 64)
        assert open_[0] < 0.5 and open_[1] > 0.97

    def test_roughness_is_the_files_and_metals_shine(self) -> None:
        _, subject = brought("crate")
        parts = [p["name"] for p in subject.info["parts"]]
        side = subject.atlas().material.shape[0]

        def rough(name: str) -> float:
            st = subject.st[subject.faces[subject.part == parts.index(name)][:, 0]]
            px = np.clip((st * side).astype(int), 0, side - 1)
            return float(np.median(subject.atlas().material[px[:, 1], px[:, 0], 1])) / 255

        assert rough("crate") == pytest.approx(0.7, abs=0.02)
        assert rough("band") < 0.26

    def test_a_mask_makes_holes_in_a_prop(self) -> None:
        leaf = np.dstack([np.full((64, 64, 3), 90, np.uint8), np.zeros((64, 64), np.uint8)])
        leaf[16:48, 16:48, 3] = 255
        glb = board(leaf, alphaMode="MASK")
        subject = subject_of(glb)
        alpha = subject.atlas().alpha
        assert alpha is not None
        _, hits = rayed(subject, *straight([0.0, -0.45], [0.5, 0.95]))
        corner = subject.faces[hits["primID"]]
        w = np.stack([1 - hits["u"] - hits["v"], hits["u"], hits["v"]], axis=1)
        px = np.clip(
            (np.einsum("nk,nkc->nc", w, subject.st[corner]) * alpha.shape[0]).astype(int), 0, alpha.shape[0] - 1
        )
        assert alpha[px[:, 1], px[:, 0]].tolist() == [255, 0]


def _corner() -> tuple[np.ndarray, np.ndarray]:
    shape = joined(
        quad((0, 0, 2), (2, 0, 0), (0, 0, -2)),
        quad((0, 0, 0), (2, 0, 0), (0, 2, 0)),
        quad((0, 0, 2), (0, 0, -2), (0, 2, 0)),
    )
    return shape["POSITION"].astype(np.float32), shape["faces"].astype(np.int32)


class TestUnwrap:
    def test_charts_do_not_overlap_and_keep_their_distance(self) -> None:
        model, _ = standing(open_model(_many().data()), "prop", None)
        sheet = unwrapped(join(model), Pictures(model.images), "prop")
        assert not sheet.own
        drawn = texels(sheet.st, sheet.soup.faces, sheet.side, gutter=0.0)
        assert drawn.twice == 0
        assert len(sheet.soup.faces) == sum(len(p.faces) for p in model.pieces)

    def test_finer_textures_get_more_of_the_atlas(self) -> None:
        model, _ = standing(open_model(_many().data()), "prop", None)
        sheet = unwrapped(join(model), Pictures(model.images), "prop")
        drawn = texels(sheet.st, sheet.soup.faces, sheet.side, gutter=0.0)
        count = np.bincount(sheet.soup.piece[drawn.triangle], minlength=2) / np.bincount(
            sheet.soup.piece, sheet.soup.areas
        )
        assert count[0] > 3 * count[1]


def _many() -> Glb:
    glb = Glb()
    mesh(glb, "fine", box((-0.5, 0, -0.5), (0.5, 1, 0.5)), glb.material("fine", texture=glb.image(planks(512))))
    mesh(glb, "coarse", box((1.5, 0, -0.5), (2.5, 1, 0.5)), glb.material("coarse", texture=glb.image(planks(16))))
    return glb
