"""A location still with its survey: what is estimated, what is given, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sora_lock.colour import linear_from_srgb
from sora_lock.errors import MediaError
from sora_lock.media import exr
from sora_lock.media.images import png
from sora_lock.subjects.packed import read_packed
from sora_lock.subjects.place import write_place
from sora_lock.subjects.projected import PARTS, build, regions_plate
from sora_lock.subjects.still import Card, Still, still
from sora_lock.subjects.survey import Survey
from tests.still_parts import H, W, as_actor, location


@pytest.fixture(scope="module")
def room() -> Still:
    here = location("kitchen")
    return still(here.data, here.survey, indoors=True)


@pytest.fixture(scope="module")
def station() -> Still:
    """The desert's two pumps stand apart."""
    here = location("desert")
    return still(here.data, here.survey, apart=[(200, 160, 330, 260)])


class TestWhatIsKnown:
    def test_the_camera_is_the_one_that_took_it(self, room: Still) -> None:
        truth = location("kitchen")
        assert room.camera.position_m[1] == pytest.approx(truth.eye_m, rel=0.01)
        assert room.camera.focal_px == pytest.approx(truth.camera.focal_px)

    def test_reflectance_keeps_chromaticity_and_has_less_light_in_it(self, room: Still) -> None:
        light = linear_from_srgb(room.seen)
        lit = light.sum(axis=2) > 0.05
        share = [x / x.sum(axis=2, keepdims=True) for x in (room.reflectance, light)]
        assert np.abs(share[0] - share[1])[lit].max() < 0.02
        assert 0.05 < float(np.median(room.reflectance.mean(axis=2))) < 0.4

    def test_depth_follows_ground_and_horizon(self, room: Still) -> None:
        here = location("kitchen")
        actor = as_actor(room)
        points = actor.subject.rest[np.unique(actor.subject.faces[(actor.subject.layer == 0)])]
        seen, depth = room.camera.project(points)
        inside = (seen > 2).all(axis=1) & (seen[:, 0] < W - 2) & (seen[:, 1] < H - 2)
        truth = here.depth[seen[inside, 1].astype(int), seen[inside, 0].astype(int)]
        assert np.median(np.abs(depth[inside] / truth - 1)) < 0.05

    def test_what_stands_apart_is_a_card_before_a_clean_plate(self, station: Still) -> None:
        assert len(station.cards) == 1
        inside = station.cards[0].alpha > 0.5
        assert 0.004 < inside.mean() < 0.1
        assert station.made_by["clean plate"] == "classical 1"
        behind = np.abs(station.rgb.astype(int) - station.seen)
        assert behind[inside].mean() > 12
        assert behind[station.cards[0].alpha == 0].mean() < 1
        assert "clean plate" not in still(location("rooftop").data, location("rooftop").survey).made_by

    def test_what_is_removed_is_gone_from_the_picture_too(self) -> None:
        here = location("desert")
        made = still(here.data, here.survey, remove=[(200, 160, 330, 260)])
        assert made.cards == ()
        assert (np.abs(made.seen.astype(int) - here.rgb).max(axis=2) > 40).mean() > 0.003
        assert np.array_equal(made.seen, made.rgb)

    def test_strokes_point_at_things_as_boxes_do(self) -> None:
        here = location("desert")
        yes, no = np.zeros((H, W), bool), np.zeros((H, W), bool)
        yes[190:245, 238:252] = True
        made = still(here.data, here.survey, strokes=(yes, no))
        assert len(made.cards) == 1
        assert made.cards[0].alpha[215, 245] == 1

    def test_a_given_clean_plate_fills_the_hole(self) -> None:
        here = location("desert")
        grey = png(np.full((H, W, 3), 128, np.uint8))
        made = still(here.data, here.survey, remove=[(200, 160, 330, 260)], clean=grey)
        changed = np.abs(made.rgb.astype(int) - here.rgb).max(axis=2) > 0
        assert (made.rgb[changed] == 128).all()
        assert made.made_by["clean plate"].startswith("given ")

    def test_given_depth_and_reflectance_win(self, tmp_path: Path) -> None:
        here = location("alley")
        depth = np.where(np.isfinite(here.depth), here.depth, 80).astype(np.float32)
        colours = np.full((H, W, 3), 0.25, np.float32)
        files = {}
        for name, plane in (("depth", depth), ("reflectance", colours)):
            exr.write_layers(tmp_path / f"{name}.exr", {name: plane})
            files[name] = (tmp_path / f"{name}.exr").read_bytes()
        made = still(here.data, here.survey, files=files)
        assert np.allclose(made.reflectance, 0.25)
        assert made.depth is not None and np.allclose(made.depth, depth)
        parts = build(made, name="here")
        seen, far = made.camera.project(parts.rest)
        inside = (seen > 1).all(axis=1) & (seen[:, 0] < W - 1) & (seen[:, 1] < H - 1)
        truth = depth[seen[inside, 1].astype(int), seen[inside, 0].astype(int)]
        near = truth < 60
        assert np.median(np.abs(far[inside] / truth - 1)[near]) < 0.02


class TestTheGeometry:
    def test_lies_within_bounds_and_has_marks_on_its_ground(self, room: Still) -> None:
        parts = build(room, name="here")
        assert parts.info["kind"] == "set"
        for mark in parts.info["marks"].values():
            seen, depth = room.camera.project(np.array([mark["position_m"]], float))
            assert depth[0] > 0 and 0 <= seen[0, 0] < W and seen[0, 1] < H
            assert mark["position_m"][1] == 0

    def test_the_picture_is_its_texture(self, room: Still) -> None:
        atlas = as_actor(room).subject.atlas()
        assert np.abs(atlas.reflectance[:H, :W] - np.clip(room.reflectance, 0, 1)).max() < 0.01

    def test_sky_is_open_and_rooms_are_closed(self, station: Still, room: Still) -> None:
        sky, ceiling = (as_actor(p).subject.atlas().alpha[:H, :W] for p in (station, room))
        assert (sky[:40] == 0).mean() > 0.95
        assert (ceiling == 255).all()

    def test_regions_tell_ground_from_what_stands_and_each_card(self, station: Still) -> None:
        numbers = regions_plate(station)
        assert set(np.unique(numbers)) == {0, 1, 2, 3}
        assert numbers[H - 2, W // 2] == 1
        assert (numbers[station.cards[0].alpha > 0.5] == len(PARTS) + 1).all()

    def test_the_same_picture_gives_the_same_geometry(self) -> None:
        here = location("rooftop")
        one, two = (build(still(here.data, here.survey), name="here") for _ in range(2))
        assert np.array_equal(one.rest, two.rest) and np.array_equal(one.reflectance, two.reflectance)


class TestTheFolder:
    def test_holds_the_archive_its_anchors_and_what_to_look_at(self, tmp_path: Path) -> None:
        here = location("desert")
        made = write_place(tmp_path / "out", still(here.data, here.survey, apart=[(200, 160, 330, 260)]))
        told = json.loads((tmp_path / "out" / "cut.json").read_text())
        assert told["what"] == "place"
        assert [words for _, words, _ in told["shown"]] == [
            "picture", "picture, its light taken out", "ground, sky and a person at the mark", "clean plate",
        ]  # fmt: skip
        assert all((tmp_path / "out" / name).is_file() for name, _, _ in told["shown"])
        found = read_packed(tmp_path / "out")
        assert found.subject.kind == "set"
        assert found.readiness[0].quantity == "place behind a person"
        assert made.eye_m == pytest.approx(here.eye_m, rel=0.02)

    def test_is_not_begun_when_it_cannot_be_packed(self, tmp_path: Path) -> None:
        here = location("desert")
        made = still(here.data, here.survey)
        whole = Card(np.ones((H, W), np.float32), made.reflectance, np.zeros((H, W, 3), np.float32), 3.0)
        with pytest.raises(MediaError, match="fewer or smaller"):
            write_place(tmp_path / "out", replace(made, cards=(whole,) * 90))
        assert not (tmp_path / "out").exists()


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"apart": [(0, 0, 9000, 20)]}, "within the picture"),
            ({"files": {"normal": b""}}, "no plate"),
            ({"clean": png(np.zeros((50, 300, 3), np.uint8)), "remove": [(200, 160, 330, 260)]}, "same size"),
            ({"files": {"depth": b"nothing"}}, "kind|text"),
        ],
    )
    def test_says_what_to_do(self, change: dict, words: str) -> None:
        here = location("desert")
        with pytest.raises(MediaError, match=words):
            still(here.data, here.survey, **change)

    def test_a_small_picture(self) -> None:
        with pytest.raises(MediaError, match="320 px"):
            still(png(np.zeros((200, 300, 3), np.uint8)), Survey())

    def test_nothing_but_sky(self) -> None:
        clear = np.zeros((H, W, 4), np.uint8)
        with pytest.raises(MediaError, match="nothing but sky"):
            still(png(clear), Survey())

    def test_a_mark_in_the_sky(self) -> None:
        here = location("desert")
        with pytest.raises(MediaError, match="above the horizon"):
            still(here.data, replace(here.survey, mark=(100.0, 20.0)))

    def test_too_many_things(self) -> None:
        here = location("desert")
        with pytest.raises(MediaError, match="8 at most"):
            still(here.data, here.survey, apart=[(200, 160, 330, 260)] * 9)


def test_a_larger_picture_is_reduced_and_says_so() -> None:
    here = location("rooftop")
    large = np.asarray(Image.fromarray(here.rgb).resize((2560, 1440)))
    made = still(png(large), here.survey.scaled(4.0))
    assert made.rgb.shape == (1152, 2048, 3)
    assert any("reduced" in n for n in made.notes)
    assert made.camera.position_m[1] == pytest.approx(here.eye_m, rel=0.01)
