"""Grips: cores, pasting of pictures, and what lowers a claim."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from sora_lock.engines import Actor, Aov, Layers, RegionEntry
from sora_lock.hold import CORE_PX, Hold, core, paste
from sora_lock.records import digest
from sora_lock.subjects.baked import Atlas
from tests.test_records import a_lock

H, W, SIDE = 40, 60, 64


def an_atlas() -> Atlas:
    rng = np.random.default_rng(3)
    reflectance = rng.random((SIDE, SIDE, 3), np.float32)
    empty = np.zeros((1, 1, 3), np.uint8)
    return Atlas(reflectance, empty, empty, "b" * 64)


@dataclass
class Subject:
    made: Atlas

    def atlas(self) -> Atlas:
        return self.made


@dataclass
class Picture:
    rgb: np.ndarray
    coverage: np.ndarray
    transform: np.ndarray
    sha256: str


def layers_of(atlas: Atlas, error: float = 0.0, cover_columns: int = 40) -> Layers:
    rng = np.random.default_rng(5)
    st = np.dstack([rng.random((H, W)), rng.random((H, W)), rng.random((H, W)) * 3]).astype(np.float32)
    shading = rng.random((H, W, 3)).astype(np.float32) * 1.5
    diffuse = atlas.chain.sample(st.reshape(-1, 3)).reshape(H, W, 3) * shading + np.float32(error)
    coverage = np.zeros((H, W), np.float32)
    coverage[:, :cover_columns] = 1
    blank = np.zeros((H, W, 3), np.float32)
    aov = Aov(diffuse, shading, st, blank[..., 0], blank, blank, blank + 1, blank)
    region = np.where(coverage > 0, 1, 0).astype(np.uint16)
    return Layers(diffuse, region, {"mara": coverage}, np.ones((H, W), bool), aov)


def a_hold(atlas: Atlas) -> Hold:
    lock = a_lock()
    actor = Actor(lock, Subject(atlas), None, {"face": "hold", "expression": "free"})
    return Hold([actor], [RegionEntry("mara", "face", ("face", "expression"))])


class TestCores:
    def test_coverage_is_eroded_by_the_stated_pixels(self) -> None:
        coverage = np.zeros((40, 40), np.float32)
        coverage[10:30, 10:30] = 1
        assert core(coverage).sum() == (20 - 2 * CORE_PX) ** 2

    def test_almost_full_coverage_is_no_core(self) -> None:
        assert not core(np.full((20, 20), 0.999, np.float32)).any()

    def test_blended_pixels_are_left_out(self) -> None:
        single = np.ones((20, 20), bool)
        single[5] = False
        assert not core(np.ones((20, 20), np.float32), single)[5].any()


class TestReflectance:
    def test_is_claimed_where_the_diffuse_layer_can_be_rebuilt(self) -> None:
        hold = a_hold(an_atlas())
        hold.see(0, layers_of(an_atlas()), np.zeros((H, W, 3), np.uint8))
        grip = hold.grips()["mara"]["face"]
        assert grip.grip == "reflectance"
        assert grip.core == pytest.approx((40 - CORE_PX) / 40, abs=1e-3)

    def test_is_lowered_when_colour_came_in_beside_the_shading(self) -> None:
        hold = a_hold(an_atlas())
        hold.see(0, layers_of(an_atlas(), error=2 / 255), np.zeros((H, W, 3), np.uint8))
        grip = hold.grips()["mara"]["face"]
        assert (grip.grip, "code values" in grip.note) == ("guided", True)

    def test_is_lowered_when_the_atlas_is_another(self) -> None:
        atlas = replace(an_atlas(), atlas_sha256="9" * 64)
        hold = a_hold(atlas)
        hold.see(0, layers_of(atlas), np.zeros((H, W, 3), np.uint8))
        assert hold.grips()["mara"]["face"].grip == "guided"

    def test_is_lowered_when_most_of_the_region_is_edge(self) -> None:
        hold = a_hold(an_atlas())
        hold.see(0, layers_of(an_atlas(), cover_columns=5), np.zeros((H, W, 3), np.uint8))
        assert hold.grips()["mara"]["face"].grip == "guided"

    def test_is_not_claimed_without_a_proof(self) -> None:
        hold = a_hold(an_atlas())
        hold.see(0, replace(layers_of(an_atlas()), aov=None), np.zeros((H, W, 3), np.uint8))
        assert hold.grips()["mara"]["face"].grip == "guided"

    def test_says_nothing_of_what_is_free(self) -> None:
        assert "expression" not in a_hold(an_atlas()).grips()["mara"]


class TestPixel:
    @pytest.fixture
    def picture(self) -> Picture:
        rng = np.random.default_rng(8)
        coverage = np.zeros((H, W), np.float32)
        coverage[4:36, 10:50] = 1
        coverage[3, 10:50] = coverage[36, 10:50] = 0.5
        return Picture(rng.integers(0, 256, (H, W, 3), dtype=np.uint8), coverage, np.eye(2, 3), "7" * 64)

    def a_hold(self, picture: Picture) -> Hold:
        return Hold([Actor(replace(a_lock(), subject="photo"), picture, None, {"face": "hold"})], [])

    def test_the_core_has_the_very_bytes_of_the_conformed_anchor(self, picture: Picture) -> None:
        behind = np.full((H, W, 3), 77, np.uint8)
        out = self.a_hold(picture).finish(behind)
        assert np.array_equal(out[core(picture.coverage)], picture.rgb[core(picture.coverage)])
        assert np.array_equal(out[picture.coverage == 0], behind[picture.coverage == 0])

    def test_edges_are_mixed_in_linear_light(self, picture: Picture) -> None:
        black, white = np.zeros((H, W, 3), np.uint8), replace(picture, rgb=np.full((H, W, 3), 255, np.uint8))
        assert np.unique(paste(black, white)[picture.coverage == 0.5]).tolist() == [188]

    def test_is_claimed_with_transform_and_hash(self, picture: Picture) -> None:
        hold = self.a_hold(picture)
        rgb = hold.finish(np.zeros((H, W, 3), np.uint8))
        hold.see(0, replace(layers_of(an_atlas()), aov=None, coverage={}), rgb)
        grip = hold.grips()["mara"]["face"]
        assert grip.grip == "pixel"
        assert "7" * 64 in grip.note

    def test_one_changed_code_value_in_the_core_lowers_it(self, picture: Picture) -> None:
        hold = self.a_hold(picture)
        rgb = hold.finish(np.zeros((H, W, 3), np.uint8))
        rgb[20, 30, 1] ^= 1
        hold.see(3, replace(layers_of(an_atlas()), aov=None, coverage={}), rgb)
        grip = hold.grips()["mara"]["face"]
        assert (grip.grip, "frame 3" in grip.note) == ("guided", True)


@dataclass
class Body(Subject):
    subject_sha256: str


class TestClips:
    def test_are_laid_over_and_proved_with_the_picture_of_each_frame(self) -> None:
        coverage = np.zeros((H, W), np.float32)
        coverage[4:36, 10:50] = 1
        shown = [Picture(np.full((H, W, 3), 40 + k, np.uint8), coverage, np.eye(2, 3), str(k) * 64) for k in range(3)]
        clip = replace(a_lock(), subject="clip", frames=("1" * 64,) * 3, fps="24")
        hold = Hold([Actor(clip, shown[0], None, {"face": "hold"}, shown.__getitem__, 3)], [])
        empty = replace(layers_of(an_atlas()), aov=None, coverage={})
        for frame in range(3):
            rgb = hold.finish(np.zeros((H, W, 3), np.uint8), frame)
            assert (rgb[core(coverage)] == 40 + frame).all()
            hold.see(frame, empty, rgb)
        grip = hold.grips()["mara"]["face"]
        assert grip.grip == "pixel"
        assert digest([p.sha256 for p in shown]) in grip.note
        hold.see(1, empty, hold.finish(np.zeros((H, W, 3), np.uint8), 2))  # the picture of another frame
        assert hold.grips()["mara"]["face"].grip == "guided"

    @pytest.mark.parametrize(("known", "grip"), [("5" * 64, "reflectance"), ("6" * 64, "guided")])
    def test_by_reflectance_need_a_body_that_the_lock_names(self, known: str, grip: str) -> None:
        clip = replace(a_lock(), subject="brought/clip", frames=(known,), fps="24")
        bodies = [Body(an_atlas(), "5" * 64)]
        actor = Actor(clip, bodies[0], None, {"face": "hold"}, bodies.__getitem__, 1)
        hold = Hold([actor], [RegionEntry("mara", "face", ("face", "expression"))])
        hold.see(0, layers_of(an_atlas()), np.zeros((H, W, 3), np.uint8))
        assert hold.grips()["mara"]["face"].grip == grip
