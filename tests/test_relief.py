"""A picture with plates as a body: scale, shape, soft edge, surfaces, and what a camera frames of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sora_lock.camera import Framing, path
from sora_lock.colour import linear_from_srgb, srgb_from_linear
from sora_lock.errors import MediaError
from sora_lock.media.images import png
from sora_lock.subjects.brought import Parts
from sora_lock.subjects.photo import painted_colours, painted_parts, regions_for
from sora_lock.subjects.plates import checked
from sora_lock.subjects.relief import MOST_CELLS, build, cut_sides, scale_of
from tests.baked_parts import direction
from tests.brought_parts import dome, relief


def seen(parts: Parts) -> np.ndarray:
    """Vertices of the triangles that are seen and solid."""
    return parts.rest[np.unique(parts.faces[parts.layer == 0])]


class TestScale:
    def test_a_whole_figure_stands_on_the_floor_and_is_as_tall_as_said(self) -> None:
        _, _, parts = relief(height_m=1.6)
        points = seen(parts)
        assert points[:, 1].min() < 0.02
        assert abs(points[:, 1].max() - 1.6) < 0.03
        assert abs(points[:, 0].max() + points[:, 0].min()) < 0.03
        assert parts.info["relief"]["cut_m"] is None

    def test_a_figure_cut_off_at_the_waist_hangs_where_its_waist_is(self) -> None:
        _, _, parts = relief(cut=True, height_m=1.7)
        cut = parts.info["relief"]["cut_m"]
        assert 0.3 < cut < 1.5
        assert abs(seen(parts)[:, 1].min() - cut) < 0.02
        assert abs(seen(parts)[:, 1].max() - 1.7) < 0.03

    def test_the_faces_height_tells_the_scale_of_a_cut_figure(self) -> None:
        made, _ = dome(cut=True)
        near, far = (scale_of(made, "character", None, (100, 110, 200, 110 + tall)) for tall in (160, 80))
        assert far.m_per_px == pytest.approx(2 * near.m_per_px, rel=0.01)

    def test_a_prop_is_shown_whole_by_a_medium_shot(self) -> None:

        made, plates = dome()
        parts = build(made, plates, "prop", *regions_for(made, "prop"), name="egg", height_m=0.3)
        frame = parts.info["framing"]
        framing = Framing(tuple(frame["eye_m"]), frame["head_radius_m"], frame["height_m"])
        (camera,) = path(direction(), framing, 640, 360, 1, 7)
        pixels, _ = camera.project(np.array([[0, 0, 0], [0, 0.3, 0]]))
        assert ((pixels[:, 1] > 0) & (pixels[:, 1] < 360)).all()
        assert pixels[0, 1] - pixels[1, 1] > 200

    @pytest.mark.parametrize("height", [0.1, 9.0, float("nan")])
    def test_a_height_nobody_has_is_refused(self, height: float) -> None:
        with pytest.raises(MediaError, match=r"wanted 0.4 to 3 m"):
            relief(height_m=height)

    def test_sides_at_which_the_picture_cuts_are_named(self) -> None:
        made, _ = dome()
        assert cut_sides(made) == ()
        assert cut_sides(replace(made, alpha=np.ascontiguousarray(made.alpha[:, 120:]))) == ("left",)


class TestShape:
    def test_what_is_nearer_stands_out(self) -> None:
        _, _, parts = relief()
        points = seen(parts)
        middle = np.hypot(points[:, 0], points[:, 1] - 0.85) < 0.2
        rim = np.abs(points[:, 1] - 0.85) > 0.8
        assert points[middle, 2].mean() > points[rim, 2].mean() + 0.08

    def test_the_grid_stays_within_its_budget_however_large_the_picture(self) -> None:
        made, plates = dome(1200, 1600)
        parts = build(made, plates, "character", *regions_for(made, "character"), name="egg")
        assert len(parts.rest) <= 120_000
        assert (parts.layer < 2).sum() <= 2.1 * MOST_CELLS
        assert parts.reflectance.shape[0] <= 2048

    @pytest.mark.parametrize("cut", [False, True])
    def test_what_casts_shadows_is_closed(self, cut: bool) -> None:
        _, _, parts = relief(cut=cut)
        faces = parts.faces[parts.layer != 1]
        edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
        _, count = np.unique(edges, axis=0, return_counts=True)
        assert (count == 1).sum() <= (8 if cut else 0)  # of a cut one only the skirt's two ends are open

    def test_a_cut_figures_shadow_reaches_the_floor(self) -> None:
        _, _, parts = relief(cut=True)
        assert parts.rest[parts.faces[parts.layer == 2]][..., 1].min() == 0
        assert parts.rest[parts.faces[parts.layer < 2]][..., 1].min() > 0.3

    def test_a_wild_depth_value_does_not_throw_a_spike(self) -> None:
        made, plates = dome()
        depth = plates.depth.copy()
        depth[200, 150] = 0.1
        parts = build(made, replace(plates, depth=depth), "character", *regions_for(made, "character"), name="egg")
        assert seen(parts)[:, 2].max() < 0.5

    def test_the_soft_edge_is_seen_and_casts_no_shadow(self) -> None:
        made, _, parts = relief()
        texel = np.clip(
            (parts.st[parts.faces[parts.layer == 1]].mean(axis=1) * parts.alpha.shape[0]).astype(int), 0, None
        )
        assert (parts.alpha[texel[:, 1], texel[:, 0]] < 255).mean() > 0.8
        reached = np.unique(parts.faces[parts.layer < 2])
        for axis in (0, 1):
            spread = np.ptp(parts.rest[reached][:, axis]) * parts.info["relief"]["texels_per_m"]
            assert spread >= np.flatnonzero((made.alpha > 0.02).any(axis=axis)).size


class TestMattes:
    def test_a_white_that_is_not_quite_white_covers_wholly(self) -> None:
        made, plates = dome()
        grey = replace(made, alpha=np.where(made.alpha > 0.97, np.float32(0.97), made.alpha))
        parts = build(grey, plates, "character", *regions_for(made, "character"), name="egg")
        assert (parts.alpha == 255).sum() > 0.9 * (made.alpha == 1).sum()

    def test_a_black_that_is_not_quite_black_covers_nothing(self) -> None:
        made, plates = dome()
        noisy = replace(made, alpha=np.maximum(made.alpha, np.float32(0.015)))
        clean, rough = (build(m, plates, "character", *regions_for(m, "character"), name="egg") for m in (made, noisy))
        assert np.array_equal(clean.rest, rough.rest)


class TestSurfaces:
    def test_the_core_keeps_the_plates_reflectance_texel_by_texel(self) -> None:
        made, plates, parts = relief()
        rows, columns = (np.flatnonzero((made.alpha > 0).any(axis=k)) for k in (1, 0))
        y0, x0 = rows[0] - 4, columns[0] - 4
        inner = np.zeros(made.alpha.shape, bool)
        inner[150:250, 110:190] = True
        y, x = np.nonzero(inner)
        wanted = srgb_from_linear(plates.reflectance[y, x]) * 255
        assert np.abs(parts.reflectance[y - y0, x - x0] - wanted).max() <= 0.51

    def test_nothing_of_the_old_background_is_in_the_texture(self) -> None:
        _, _, parts = relief()
        rgb = linear_from_srgb(parts.reflectance)
        assert (
            rgb[..., 1] < 0.3 * rgb[..., 0]
        ).all()  # the egg has a quarter as much green as red, the wall ten times as much

    def test_estimated_normals_are_smoothed_and_given_ones_are_not(self) -> None:
        made, plates = dome()
        rough = plates.normal + np.random.default_rng(2).normal(0, 0.2, plates.normal.shape).astype(np.float32)
        plates = replace(plates, normal=rough)

        def unrest(estimated: bool) -> float:
            told = replace(plates, estimated=estimated)
            parts = build(made, told, "character", *regions_for(made, "character"), name="egg")
            return float(np.abs(np.diff(parts.normal[120:180, 80:120, 0].astype(float), axis=1)).mean())

        assert unrest(False) > 5 * unrest(True)

    def test_a_painted_face_is_soft_and_painted_cloth_is_not(self) -> None:
        made, plates = dome()
        painted = np.zeros(made.alpha.shape, np.uint8)
        painted[:160], painted[160:] = 1, 3
        regions, numbers, _ = painted_parts(made, painted)
        parts = build(made, plates, "character", regions, numbers, name="egg")
        soft = parts.material[..., 2]
        assert soft[60, 94] > 200 > 100 > soft[250, 94]


class TestPaintedParts:
    def test_a_part_nobody_painted_is_the_picture(self) -> None:
        made, _ = dome()
        painted = np.zeros(made.alpha.shape, np.uint8)
        painted[:160] = 1
        regions, plate, box = painted_parts(made, painted)
        assert [(r.name, r.attributes) for r in regions] == [
            ("face", ("face", "expression")),
            ("picture", ("hair", "wardrobe", "body")),
        ]
        assert plate[100, 150] == 1
        assert plate[250, 150] == 2
        assert plate[5, 5] == 0
        assert box is not None
        assert box[3] == 160

    def test_colours_stand_for_parts(self) -> None:
        made, _ = dome()
        paint = np.zeros((400, 300, 3), np.uint8)
        paint[:100], paint[100:200], paint[200:300], paint[300:] = (250, 5, 5), (0, 255, 0), (9, 0, 240), (255, 250, 0)
        assert painted_colours(made, png(paint))[[50, 150, 250, 350], 10].tolist() == [1, 2, 3, 4]

    @pytest.mark.parametrize(
        ("painted", "words"),
        [
            (np.zeros((400, 300), np.uint8), "No part is painted"),
            (np.full((400, 300), 9, np.uint8), "wanted 0 to 4"),
            (np.ones((40, 30), np.uint8), "as the picture has it"),
        ],
    )
    def test_nothing_painted_unknown_parts_and_other_sizes_are_refused(self, painted: np.ndarray, words: str) -> None:
        with pytest.raises(MediaError, match=words):
            painted_parts(dome()[0], painted)


class TestPlates:
    def test_a_plate_of_another_size_is_refused(self) -> None:
        made, plates = dome()
        with pytest.raises(MediaError, match="depth plate has the shape"):
            checked(replace(plates, depth=plates.depth[:-1]), made.alpha)

    @pytest.mark.parametrize("name", ["reflectance", "normal", "depth"])
    def test_values_that_are_none_are_refused_in_words(self, name: str) -> None:
        made, plates = dome()
        broken = getattr(plates, name).copy()
        broken[150:250] = np.nan
        with pytest.raises(MediaError, match=rf"{name} plate has no value over \d+%"):
            checked(replace(plates, **{name: broken}), made.alpha)

    def test_a_few_holes_are_filled_from_around(self) -> None:
        made, plates = dome()
        depth, normal = plates.depth.copy(), plates.normal.copy()
        depth[200, 150:153], normal[210, 150] = np.inf, 0
        mended = checked(replace(plates, depth=depth, normal=normal), made.alpha)
        assert np.abs(mended.depth[200, 150:153] - plates.depth[200, 150:153]).max() < 0.01
        assert mended.normal[210, 150] @ plates.normal[210, 150] > 0.99

    def test_normals_come_back_at_unit_length(self) -> None:
        made, plates = dome()
        mended = checked(replace(plates, normal=plates.normal * np.float32(3)), made.alpha)
        assert np.abs(np.linalg.norm(mended.normal[made.alpha >= 0.5], axis=1) - 1).max() < 1e-5


class TestOpenness:
    def test_of_a_render_is_taken_instead_of_what_depth_tells(self) -> None:
        made, plates = dome()
        told = np.broadcast_to(np.where(np.arange(300) < 150, 0.5, 0.9).astype(np.float32), made.alpha.shape)
        regions, numbers = regions_for(made, "character")
        parts = build(made, replace(plates, openness=told), "character", regions, numbers, name="egg")
        assert parts.alpha is not None
        solid = parts.alpha > 250
        columns = np.flatnonzero(solid.any(axis=0))
        middle = (columns[0] + columns[-1]) // 2
        material = parts.material[..., 0]
        ratio = parts.alpha.shape[0] // material.shape[0]
        left, right = (solid[::ratio, ::ratio].copy() for _ in range(2))
        left[:, middle // ratio - 8 :], right[:, : middle // ratio + 8] = False, False
        assert abs(np.median(material[left]) / 255 - 0.5) < 0.02 and abs(np.median(material[right]) / 255 - 0.9) < 0.02

    def test_of_another_size_is_refused(self) -> None:
        made, plates = dome()
        with pytest.raises(MediaError, match="openness plate has the shape"):
            checked(replace(plates, openness=np.ones((4, 4), np.float32)), made.alpha)
