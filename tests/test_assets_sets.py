"""The shipped sets keep the baked format, and their marks are places where a figure can stand and be filmed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from PIL import Image

SETS = Path(__file__).resolve().parents[1] / "assets" / "sets"
NAMES = ("alley", "kitchen", "desert", "rooftop")
OPEN = 0.6
"""From this share of sky on a set is open country: its frames end in a horizon, not in walls."""
BUDGET_BYTES = 10_000_000
PRODUCTS = ("subject.json", "geometry.npz", "reflectance.webp", "normal.webp", "material.webp")


class Baked:
    """One set's files as arrays, with a scene to cast rays in."""

    def __init__(self, name: str) -> None:
        self.folder = SETS / name
        self.info: dict[str, Any] = json.loads((self.folder / "subject.json").read_text())
        with np.load(self.folder / "geometry.npz", allow_pickle=False) as data:
            self.geo = {k: data[k] for k in data.files}
        self.triangles = self.geo["rest"][self.geo["faces"]]
        self.scene = EmbreeScene()
        TriangleMesh(self.scene, np.ascontiguousarray(self.triangles))

    def image(self, name: str) -> np.ndarray:
        with Image.open(self.folder / name) as image:
            return np.asarray(image)

    def distance(self, origin: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """Metres to the first surface from origins [N, 3] along directions [N, 3]."""
        unit = direction / np.linalg.norm(direction, axis=1, keepdims=True)
        return self.scene.run(origin.astype(np.float32), unit.astype(np.float32), query="DISTANCE")


@pytest.fixture(scope="module", params=NAMES)
def baked(request: pytest.FixtureRequest) -> Baked:
    return Baked(request.param)


def toward(yaw_deg: float) -> np.ndarray:
    a = np.radians(yaw_deg)
    return np.array([np.sin(a), 0.0, np.cos(a)])


class TestGeometry:
    def test_arrays_have_the_types_and_shapes_of_format_one(self, baked: Baked) -> None:
        g = baked.geo
        vertices = len(g["rest"])
        assert g["faces"].dtype == np.int32 and g["faces"].shape[1] == 3
        assert g["st"].dtype == np.float32 and g["st"].shape == (vertices, 2)
        assert g["part"].dtype == np.uint8 and g["part"].shape == (len(g["faces"]),)
        assert g["weld"].dtype == np.int32 and g["weld"].shape == (vertices,)
        assert g["rest"].dtype == np.float32 and g["rest"].shape == (vertices, 3)
        assert len(g["faces"]) <= 60_000

    def test_indices_and_coordinates_stay_in_range(self, baked: Baked) -> None:
        g = baked.geo
        assert g["faces"].min() >= 0 and g["faces"].max() < len(g["rest"])
        assert g["st"].min() >= 0 and g["st"].max() <= 1
        assert g["part"].max() < len(baked.info["parts"])
        assert np.isfinite(g["rest"]).all()

    def test_everything_lies_within_the_stated_bounds(self, baked: Baked) -> None:
        low, high = np.array(baked.info["bounds_m"])
        assert (baked.geo["rest"] >= low - 0.02).all() and (baked.geo["rest"] <= high + 0.02).all()

    def test_no_triangle_is_degenerate(self, baked: Baked) -> None:
        t = baked.triangles.astype(np.float64)
        area = np.linalg.norm(np.cross(t[:, 1] - t[:, 0], t[:, 2] - t[:, 0]), axis=1)
        assert area.min() > 0

    def test_twins_of_one_weld_share_a_place(self, baked: Baked) -> None:
        g = baked.geo
        order = np.argsort(g["weld"], kind="stable")
        ids, place = g["weld"][order], g["rest"][order]
        same = ids[1:] == ids[:-1]
        assert np.abs(place[1:] - place[:-1])[same].max() < 1e-4


class TestParts:
    def test_every_part_has_attributes_of_a_set_and_some_triangles(self, baked: Baked) -> None:
        used = set(np.unique(baked.geo["part"]).tolist())
        for index, part in enumerate(baked.info["parts"]):
            assert part["attributes"] and set(part["attributes"]) <= {"layout", "props", "surfaces"}, part
            assert index in used, part["name"]

    def test_names_are_distinct_and_at_least_six_are_props(self, baked: Baked) -> None:
        names = [p["name"] for p in baked.info["parts"]]
        assert len(set(names)) == len(names)
        assert sum("props" in p["attributes"] for p in baked.info["parts"]) >= 6

    def test_glowing_parts_name_a_practical(self, baked: Baked) -> None:
        for part in baked.info["parts"]:
            if glow := part.get("emission"):
                assert glow["practical"] in baked.info["practicals"], part["name"]
                assert len(glow["rgb"]) == 3 and all(0 <= c <= 1 for c in glow["rgb"]) and glow["gain"] > 0

    def test_only_the_kitchen_is_a_room_with_a_window(self, baked: Baked) -> None:
        assert any(p.get("window") for p in baked.info["parts"]) == (baked.info["name"] == "kitchen")

    def test_default_policies_hold_all_that_a_set_has(self, baked: Baked) -> None:
        assert baked.info["policies"]["default"] == dict.fromkeys(("layout", "props", "surfaces"), "hold")


class TestTextures:
    def test_images_are_square_rgb_of_allowed_sizes(self, baked: Baked) -> None:
        side = baked.image("reflectance.webp").shape
        assert side in ((2048, 2048, 3), (3072, 3072, 3), (4096, 4096, 3))
        for name in ("normal.webp", "material.webp"):
            assert baked.image(name).shape in (side, (side[0] // 2, side[0] // 2, 3))

    def test_reflectance_is_that_of_real_surfaces(self, baked: Baked) -> None:
        code = baked.image("reflectance.webp").astype(np.float32) / 255
        linear = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
        assert linear.min() >= 0.0199 and linear.max() <= 0.901
        assert 0.08 < linear.mean() < 0.5

    def test_reflectance_carries_fine_detail(self, baked: Baked) -> None:
        grey = baked.image("reflectance.webp").astype(np.float32).mean(2)
        assert np.abs(np.diff(grey, axis=1)).mean() > 1.0

    def test_normals_are_unit_and_look_outward(self, baked: Baked) -> None:
        n = baked.image("normal.webp")[::3, ::3].astype(np.float32) / 127.5 - 1
        assert n[..., 2].min() > 0
        assert np.abs(np.linalg.norm(n, axis=-1) - 1).max() < 0.06

    def test_occlusion_and_roughness_vary(self, baked: Baked) -> None:
        m = baked.image("material.webp").astype(np.float32) / 255
        assert m[..., 0].max() > 0.95 and m[..., 0].std() > 0.05
        assert m[..., 1].min() > 0.02 and m[..., 1].std() > 0.1

    def test_a_set_keeps_its_budget(self, baked: Baked) -> None:
        assert sum((baked.folder / name).stat().st_size for name in PRODUCTS) <= BUDGET_BYTES


class TestMarks:
    def test_there_are_two_or_three_and_they_lie_on_the_floor_within_bounds(self, baked: Baked) -> None:
        low, high = np.array(baked.info["bounds_m"])
        assert 2 <= len(baked.info["marks"]) <= 3
        for mark in baked.info["marks"].values():
            p = np.array(mark["position_m"])
            assert p[1] == 0 and (p[[0, 2]] > low[[0, 2]]).all() and (p[[0, 2]] < high[[0, 2]]).all()

    def test_the_floor_about_a_mark_is_free(self, baked: Baked) -> None:
        a = np.linspace(0, 2 * np.pi, 16, endpoint=False)
        for name, mark in baked.info["marks"].items():
            p = np.array(mark["position_m"])
            for radius in (0.0, 0.2, 0.35):
                o = p + np.stack([radius * np.cos(a), np.full(16, 2.1), radius * np.sin(a)], -1)
                d = baked.distance(o, np.tile([0.0, -1.0, 0.0], (16, 1)))
                assert np.abs(d - 2.1).max() < 0.06, name

    def test_the_camera_sees_the_figure_from_35_degrees_either_side(self, baked: Baked) -> None:
        for name, mark in baked.info["marks"].items():
            for yaw in np.linspace(-35, 35, 15):
                for height in (0.7, 1.2, 1.65):
                    o = np.array(mark["position_m"]) + np.array([0, height, 0])
                    assert baked.distance(o[None], toward(mark["camera_deg"] + yaw)[None])[0] > 4.5, (name, yaw, height)

    def test_the_default_frame_is_filled_but_for_the_sky_that_belongs_there(self, baked: Baked) -> None:
        for name, mark in baked.info["marks"].items():
            back = toward(mark["camera_deg"])
            eye = np.array(mark["position_m"]) + 5 * back + [0, 1.5, 0]
            side = np.array([back[2], 0, -back[0]])
            u, v = np.meshgrid(np.linspace(-0.445, 0.445, 64), np.linspace(-0.25, 0.25, 36))
            d = -back + u[..., None] * side + v[..., None] * np.array([0, 1.0, 0])
            d = d.reshape(-1, 3)
            far = baked.distance(np.tile(eye, (len(d), 1)), d)
            seen = far < 1e3
            assert seen[(v < 0).ravel()].all(), name
            assert np.ptp(far[seen]) > 3, name
            if baked.info["open_sky"] < OPEN:
                assert seen.mean() > 0.9, name
            else:
                assert 0.08 < seen[(v > 0).ravel()].mean() < 0.9, name
                assert far[seen].max() > 40, name

    def test_surfaces_about_the_marks_have_300_texels_a_metre(self, baked: Baked) -> None:
        side = baked.image("reflectance.webp").shape[0]
        for name, mark in baked.info["marks"].items():
            o = np.array(mark["position_m"]) + np.array([0, 1.0, 0])
            rng = np.random.default_rng(1)
            d = np.stack([rng.normal(0, 0.5, 200), np.full(200, -1.0), rng.normal(-0.4, 0.4, 200)], -1)
            hit = baked.scene.run(np.tile(o, (200, 1)).astype(np.float32), d.astype(np.float32), query="INTERSECT")
            floor = np.array([i for i, part in enumerate(baked.info["parts"]) if part["name"] in ("ground", "floor")])
            hit = hit[(hit >= 0) & np.isin(baked.geo["part"][np.maximum(hit, 0)], floor)]
            t, s = baked.triangles[hit], baked.geo["st"][baked.geo["faces"][hit]] * side
            metres = np.linalg.norm(np.cross(t[:, 1] - t[:, 0], t[:, 2] - t[:, 0]), axis=1)
            a, b = s[:, 1] - s[:, 0], s[:, 2] - s[:, 0]
            texels = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
            assert np.median(np.sqrt(texels / metres)) >= 299, name


class TestLight:
    def test_practicals_are_complete_and_lie_within_the_set(self, baked: Baked) -> None:
        low, high = np.array(baked.info["bounds_m"])
        for name, p in baked.info["practicals"].items():
            assert p["kind"] in ("neon", "lamp", "window") and isinstance(p["default_on"], bool)
            assert p["power"] > 0 and p["radius_m"] > 0 and all(0 <= c <= 1 for c in p["rgb"])
            assert (np.array(p["position_m"]) >= low).all() and (np.array(p["position_m"]) <= high).all(), name

    def test_each_lamp_burns_within_a_part_that_glows(self, baked: Baked) -> None:
        gaps: dict[str, float] = {}
        for index, part in enumerate(baked.info["parts"]):
            glow = part.get("emission", {"practical": "window"} if part.get("window") else None)
            if glow:
                own = baked.triangles[baked.geo["part"] == index].reshape(-1, 3)
                at = np.array(baked.info["practicals"][glow["practical"]]["position_m"])
                gap = float(np.maximum(own.min(0) - at, at - own.max(0)).max())
                gaps[glow["practical"]] = min(gap, gaps.get(glow["practical"], gap))
        assert gaps.keys() == baked.info["practicals"].keys()
        for name, gap in gaps.items():
            assert gap <= baked.info["practicals"][name]["radius_m"], name

    def test_the_sun_reaches_every_mark(self, baked: Baked) -> None:
        az, el = np.radians([baked.info["sun"]["azimuth_deg"], baked.info["sun"]["elevation_deg"]])
        to_sun = np.array([[np.cos(el) * np.sin(az), np.sin(el), np.cos(el) * np.cos(az)]])
        for name, mark in baked.info["marks"].items():
            head = np.array([mark["position_m"]]) + np.array([0, 1.6, 0])
            assert baked.distance(head, to_sun)[0] > 1e3, name

    def test_open_sky_is_a_share(self, baked: Baked) -> None:
        assert 0 <= baked.info["open_sky"] <= 1
