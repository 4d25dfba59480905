"""Baked subjects: loading, posing, digests, the shipped ones."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from sora_lock.errors import MediaError
from sora_lock.paths import shipped
from sora_lock.subjects import baked
from tests.baked_parts import write_figure, write_set


class TestLoading:
    def test_a_figure_has_its_parts_and_a_digest(self, tmp_path: Path) -> None:
        subject = baked.load(write_figure(tmp_path))
        assert [r.name for r in subject.regions] == ["face", "coat"]
        assert subject.kind == "character"
        assert len(subject.subject_sha256) == 64

    def test_the_digest_follows_the_geometry(self, tmp_path: Path) -> None:
        one = baked.load(write_set(tmp_path / "a")).subject_sha256
        again = baked.load(write_set(tmp_path / "b")).subject_sha256
        other = baked.load(write_set(tmp_path / "c", wall=False)).subject_sha256
        assert one == again != other

    def test_the_atlas_digest_is_that_of_its_floats(self, tmp_path: Path) -> None:
        atlas = baked.load(write_set(tmp_path)).atlas()
        data = np.ascontiguousarray(atlas.reflectance, "<f4").tobytes()
        assert atlas.atlas_sha256 == hashlib.sha256(data).hexdigest()

    def test_the_atlas_is_in_memory_once_and_stays_as_it_was(self, tmp_path: Path) -> None:
        atlas = baked.load(write_set(tmp_path)).atlas()
        before = atlas.reflectance.copy()
        assert np.shares_memory(atlas.chain.texels, atlas.reflectance)
        assert np.array_equal(atlas.reflectance, before) and baked.digest_of(atlas.reflectance) == atlas.atlas_sha256

    def test_a_surface_has_its_material_on_the_raster_of_its_normals(self) -> None:
        draw = np.random.default_rng(2)
        normal, material = (draw.integers(0, 256, (n, n, 3), dtype=np.uint8) for n in (16, 8))
        made = baked.Atlas(np.zeros((16, 16, 3), np.float32), normal, material, "").surface
        assert made.sides.tolist() == [16, 8, 4]
        assert np.array_equal(made.level(0)[..., :3], normal)
        assert np.array_equal(made.level(0)[::2, ::2, 3:], material)

    def test_a_damaged_geometry_is_refused_in_words(self, tmp_path: Path) -> None:
        folder = write_set(tmp_path)
        (folder / "geometry.npz").write_bytes(b"PK nothing")
        with pytest.raises(MediaError, match="cannot be read"):
            baked.load(folder)

    def test_another_format_version_is_refused(self, tmp_path: Path) -> None:
        folder = write_set(tmp_path)
        text = (folder / "subject.json").read_text().replace('"format": 1', '"format": 9')
        (folder / "subject.json").write_text(text)
        with pytest.raises(MediaError, match="format 9"):
            baked.load(folder)

    def test_a_damaged_texture_is_refused_when_it_is_asked_for(self, tmp_path: Path) -> None:
        folder = write_set(tmp_path)
        (folder / "normal.webp").write_bytes(b"RIFF")
        with pytest.raises(MediaError, match=r"normal\.webp"):
            baked.load(folder).atlas()


class TestPosing:
    def test_the_performance_loops_without_a_jump(self, tmp_path: Path) -> None:
        subject = baked.load(write_figure(tmp_path))
        assert np.array_equal(subject.posed({}, 0), subject.posed({}, 48))
        steps = [np.abs(subject.posed({}, f + 1) - subject.posed({}, f)).max() for f in range(48)]
        assert 0 < max(steps) < 0.001

    def test_an_expression_adds_its_offset_by_weight(self, tmp_path: Path) -> None:
        subject = baked.load(write_figure(tmp_path))
        half = subject.posed({"smile": 0.5}, 0) - subject.posed({}, 0)
        assert half[:, 0].max() == pytest.approx(0.01, abs=1e-4)

    def test_an_unknown_expression_changes_nothing(self, tmp_path: Path) -> None:
        subject = baked.load(write_figure(tmp_path))
        assert np.array_equal(subject.posed({"rapture": 1.0}, 5), subject.posed({}, 5))

    def test_a_head_that_looks_aside_takes_no_shoulder_with_it(self) -> None:
        subject = baked.load(shipped()["mara"])
        ahead, aside = subject.posed({}, 0), subject.posed({}, 0, (40.0, 0.0))
        eye = float(subject.info["character"]["eye_m"][1])
        low = ahead[:, 1] < eye - 0.22
        hair = subject.part == next(k for k, p in enumerate(subject.info["parts"]) if p["name"] == "hair")
        low[subject.faces[hair]] = False
        assert np.array_equal(aside[low], ahead[low])
        pivot = np.asarray(subject.info["character"]["head_m"])[[0, 2]]
        head = ahead[:, 1] > eye
        before, after = ahead[head][:, [0, 2]] - pivot, aside[head][:, [0, 2]] - pivot
        turned = np.degrees(np.arctan2(after[:, 0], after[:, 1]) - np.arctan2(before[:, 0], before[:, 1]))
        assert np.allclose((turned + 180) % 360 - 180, 40.0, atol=0.1)
        assert np.allclose(aside[head][:, 1], ahead[head][:, 1], atol=1e-5)

    def test_a_head_that_looks_up_raises_the_face(self) -> None:
        subject = baked.load(shipped()["mara"])
        face = np.asarray(subject.info["character"]["eye_m"])
        near = np.linalg.norm(subject.posed({}, 0) - face, axis=1) < 0.03
        assert (subject.posed({}, 0, (0.0, 15.0)) - subject.posed({}, 0))[near, 1].min() > 0.008

    def test_a_set_does_not_move(self, tmp_path: Path) -> None:
        subject = baked.load(write_set(tmp_path))
        assert np.array_equal(subject.posed({}, 0), subject.posed({}, 31))


class TestWalking:
    def test_bones_carry_the_figure_and_the_loop_closes(self, tmp_path: Path) -> None:
        subject = baked.load(write_figure(tmp_path, walks=True))
        assert subject.frames_of("walk") == 96
        middle = [float(subject.posed({}, f, performance="walk")[:, 0].mean()) for f in (0, 24, 48, 96)]
        assert middle == pytest.approx([-0.5, 0.0, 0.5, -0.5], abs=0.01)

    def test_a_fraction_of_a_frame_lies_between_its_neighbours(self, tmp_path: Path) -> None:
        subject = baked.load(write_figure(tmp_path, walks=True))
        a, half, b = (subject.posed({}, f, performance="walk") for f in (95, 95.5, 96))
        assert np.allclose(half, (a + b) / 2, atol=1e-3)

    def test_expressions_and_looks_ride_on_the_head(self, tmp_path: Path) -> None:
        subject = baked.load(write_figure(tmp_path, walks=True))
        head = subject.rest[:, 1] > 1.4
        plain, smiling = (subject.posed(e, 24, performance="walk")[head] for e in ({}, {"smile": 1.0}))
        # 2 cm to the figure's left, its head turned by 60 degrees
        assert np.allclose((smiling - plain).mean(axis=0), [0.01, 0.0, -0.0173], atol=1e-3)
        aside = subject.posed({}, 24, (20.0, 0.0), "walk")
        assert np.abs(aside[head] - plain).max() > 0.03

    def test_its_bearing_says_where_eyes_head_and_hips_are(self, tmp_path: Path) -> None:
        subject = baked.load(write_figure(tmp_path, walks=True))
        there = subject.bearing("walk", 24)
        assert there.head_deg == pytest.approx(60.0, abs=0.1)
        assert there.hips_deg == pytest.approx(30.0, abs=0.1)
        assert there.eye_m == pytest.approx((0.11 * np.sin(np.pi / 3), 1.6, 0.11 * np.cos(np.pi / 3)), abs=1e-3)
        still = subject.bearing("idle", 24)
        assert (still.eye_m, still.head_deg) == (pytest.approx((0.0, 1.6, 0.11)), 0.0)

    def test_who_has_no_walk_goes_on_standing(self, tmp_path: Path) -> None:
        subject = baked.load(write_figure(tmp_path))
        assert subject.frames_of("walk") == 48
        assert np.array_equal(subject.posed({}, 7, performance="walk"), subject.posed({}, 7))


class TestTheShippedOnes:
    def test_four_characters_and_four_sets_are_there(self) -> None:
        kinds = [baked.load(folder).kind for folder in shipped().values()]
        assert kinds.count("character") == 4
        assert kinds.count("set") == 4

    @pytest.mark.parametrize("name", shipped())
    def test_each_keeps_to_the_format(self, name: str) -> None:
        subject = baked.load(shipped()[name])
        assert subject.faces.min() >= 0
        assert subject.faces.max() < len(subject.rest) == len(subject.st) == len(subject.weld)
        assert len(subject.part) == len(subject.faces)
        assert subject.part.max() < len(subject.regions)
        assert 0 <= subject.st.min() <= subject.st.max() <= 1
        assert np.isfinite(subject.rest).all()
        if subject.kind == "character":
            assert set(subject.info["character"]["expressions"]) == set(subject.expressions)
            first = np.abs(subject.posed({}, 1) - subject.posed({}, 0)).max()
            assert np.abs(subject.posed({}, 48) - subject.posed({}, 47)).max() < 4 * first + 0.002
