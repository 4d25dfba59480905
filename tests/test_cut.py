"""A picture cut out by a box or strokes, its folder of files, and what becomes of files that were replaced."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from sora_lock.errors import MediaError, NotFoundError
from sora_lock.media import exr
from sora_lock.media.images import png
from sora_lock.notebook.cutting import strokes_of
from sora_lock.subjects.cut import read_cut, read_parts, replace_file, replaced, write_cut
from sora_lock.subjects.photo import Picture, cut_out, painted_colours
from sora_lock.subjects.plates import PALEST, Plates, plates_for

H, W = 160, 120


def photograph() -> tuple[bytes, np.ndarray]:
    """An orange egg before grey-green noise, PNG, and where it is."""
    y, x = np.mgrid[:H, :W]
    inside = np.hypot((x - 60) / 34, (y - 84) / 56) < 1
    draw = np.random.default_rng(4)
    ground = np.stack(
        [draw.integers(60, 120, (H, W)), draw.integers(90, 150, (H, W)), draw.integers(80, 130, (H, W))], axis=-1
    )
    shade = (0.55 + 0.45 * np.clip((90 - x) / 60, 0, 1))[..., None]
    egg = np.array([225, 120, 50]) * shade + draw.integers(-6, 7, (H, W, 3))
    return png(np.clip(np.where(inside[..., None], egg, ground), 0, 255).astype(np.uint8)), inside


@pytest.fixture(scope="module")
def made() -> Picture:
    return cut_out(photograph()[0], (20, 20, 100, 148))


@pytest.fixture(scope="module")
def plates(made: Picture) -> Plates:
    return plates_for(made)


class TestCutOut:
    def test_finds_what_the_box_holds(self, made: Picture) -> None:
        inside = photograph()[1]
        assert np.abs(made.alpha - inside).mean() < 0.02
        assert (made.rgb[made.alpha == 0] == 0).all()

    def test_obeys_strokes(self) -> None:
        data, inside = photograph()
        yes, no = np.zeros((H, W), bool), np.zeros((H, W), bool)
        yes[60:110, 50:70], no[:12], no[-6:, :30] = True, True, True
        alpha = cut_out(data, (10, 10, 110, 152), yes, no).alpha
        assert (alpha[yes] == 1).all()
        assert (alpha[no] == 0).all()
        assert np.abs(alpha - inside).mean() < 0.05

    def test_later_strokes_correct_what_hangs_together_with_them_and_nothing_else(self, made: Picture) -> None:
        no = np.zeros((H, W), bool)
        no[130:138, 55:65] = True  # the egg's foot is none of the subject
        again = cut_out(photograph()[0], None, None, no, earlier=made).alpha
        assert (again[no] == 0).all()
        assert np.array_equal(again[:60], made.alpha[:60])

    @pytest.mark.parametrize("box", [(20, 20, 20, 148), (0, 0, 500, 500), (-1, 0, 50, 50)])
    def test_a_box_beside_the_picture_is_refused(self, box: tuple[int, int, int, int]) -> None:
        with pytest.raises(MediaError, match="box"):
            cut_out(photograph()[0], box)

    def test_nothing_said_is_refused(self) -> None:
        with pytest.raises(MediaError):
            cut_out(photograph()[0])


class TestPlates:
    def test_all_are_estimated_and_say_so(self, made: Picture, plates: Plates) -> None:
        assert plates.estimated
        assert set(plates.made_by.values()) == {"classical 1"}
        assert np.allclose(np.linalg.norm(plates.normal[made.alpha > 0.9], axis=1), 1, atol=1e-3)
        luma = plates.reflectance[made.alpha >= 0.5] @ np.array([0.2126, 0.7152, 0.0722])
        assert luma.mean() <= PALEST + 1e-3

    def test_the_light_is_taken_out_of_the_colours(self, made: Picture, plates: Plates) -> None:
        from sora_lock.colour import linear_from_srgb

        left, right = (slice(60, 110), slice(38, 48)), (slice(60, 110), slice(72, 82))
        light = linear_from_srgb(made.rgb)[..., 1]
        before, after = (np.log(x[left].mean() / x[right].mean()) for x in (light, plates.reflectance[..., 1]))
        assert before > 0.25
        assert abs(after) < 0.6 * before

    def test_an_unknown_plate_is_refused(self, made: Picture) -> None:
        with pytest.raises(MediaError, match="no plate called"):
            plates_for(made, {"smell": b""})


class TestAFolder:
    def test_comes_back_as_it_was_written(self, made: Picture, plates: Plates, tmp_path: Path) -> None:
        write_cut(tmp_path, made, plates)
        picture, again = read_cut(tmp_path)
        assert np.array_equal(picture.alpha, made.alpha)
        assert dict(again.made_by) == dict(plates.made_by)
        assert again.estimated
        core = made.alpha >= 0.5
        assert np.allclose(again.reflectance[core], plates.reflectance[core], atol=2e-3)
        assert np.allclose(again.normal[core], plates.normal[core], atol=4e-3)

    def test_a_file_that_was_replaced_counts_as_given(self, made: Picture, plates: Plates, tmp_path: Path) -> None:
        write_cut(tmp_path, made, plates)
        exr.write_layers(tmp_path / "reflectance.exr", {"reflectance": np.full((H, W, 3), 0.3, np.float32)})
        again = read_cut(tmp_path)[1]
        assert again.made_by["reflectance"].startswith("given ")
        assert again.made_by["normal"] == "classical 1"
        assert np.allclose(again.reflectance[made.alpha >= 0.5], 0.3, atol=1e-3)

    def test_what_is_missing_or_damaged_is_said(self, made: Picture, plates: Plates, tmp_path: Path) -> None:
        with pytest.raises(NotFoundError, match=r"cut\.json"):
            read_cut(tmp_path)
        write_cut(tmp_path, made, plates)
        (tmp_path / "normal.exr").unlink()
        with pytest.raises(NotFoundError, match=r"normal\.exr"):
            read_cut(tmp_path)
        for text in ("{", "[]", json.dumps({"plates": {"normal": 3}, "estimated": True})):
            (tmp_path / "cut.json").write_text(text)
            with pytest.raises(MediaError, match=r"cut\.json"):
                read_cut(tmp_path)


class TestReplacing:
    def test_a_file_takes_an_estimates_place_and_says_so(self, made: Picture, plates: Plates, tmp_path: Path) -> None:
        write_cut(tmp_path, made, plates)
        front = np.zeros((H, W, 3), np.float32)
        front[..., 2] = 1
        data = png(np.rint(127.5 * (front + 1)).astype(np.uint8))
        replace_file(tmp_path, "normal", data)
        again = read_cut(tmp_path)[1]
        assert again.made_by["normal"] == f"given {hashlib.sha256(data).hexdigest()[:12]}" and again.estimated
        assert np.allclose(again.normal[made.alpha >= 0.5], (0, 0, 1), atol=0.01)
        shown = json.loads((tmp_path / "cut.json").read_text())["shown"]
        assert [row[0] for row in shown] == [f"{n}.seen.png" for n in ("matte", "reflectance", "normal", "depth")]
        assert shown[2][2].startswith("given ")
        assert replaced(tmp_path) == {"normal": data}

    def test_with_shape_and_depth_given_nothing_is_estimated(
        self, made: Picture, plates: Plates, tmp_path: Path
    ) -> None:
        write_cut(tmp_path, made, plates)
        for what, plane in (("normal", plates.normal), ("depth", plates.depth)):
            exr.write_layers(tmp_path / "a.exr", {what: plane})
            replace_file(tmp_path, what, (tmp_path / "a.exr").read_bytes())
        assert not read_cut(tmp_path)[1].estimated

    def test_painted_parts_are_taken(self, made: Picture, plates: Plates, tmp_path: Path) -> None:
        write_cut(tmp_path, made, plates)
        assert read_parts(tmp_path) is None
        red = np.zeros((H, W, 3), np.uint8)
        red[..., 0] = 255
        replace_file(tmp_path, "parts", png(red))
        parts = read_parts(tmp_path)
        assert parts is not None and (painted_colours(made, parts) == 1).all()
        assert (tmp_path / "regions.seen.png").is_file()

    @pytest.mark.parametrize("what", ["normal", "depth", "reflectance", "parts", "smell"])
    def test_a_file_that_cannot_be_it_changes_nothing(
        self, made: Picture, plates: Plates, tmp_path: Path, what: str
    ) -> None:
        write_cut(tmp_path, made, plates)
        before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
        for data in (b"", png(np.zeros((20, 20, 3), np.uint8)), b"R G B"):
            with pytest.raises(MediaError):
                replace_file(tmp_path, what, data)
        assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


class TestStrokes:
    def test_warm_paint_is_subject_and_blue_is_background(self) -> None:
        layer = np.zeros((8, 8, 4), np.uint8)
        layer[1, 1], layer[5, 5] = (230, 165, 92, 255), (74, 144, 217, 255)
        read = strokes_of({"layers": [layer]})
        assert read is not None
        assert tuple(read[1, 1]) == (255, 255, 255)
        assert tuple(read[5, 5]) == (0, 0, 0)
        assert tuple(read[0, 0]) == (128, 128, 128)
        assert strokes_of({"layers": [np.zeros((8, 8, 4), np.uint8)]}) is None
        assert strokes_of(None) is None
