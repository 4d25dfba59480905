"""A render of a place becomes a set by its own plates: camera, floor and depth are those it was rendered with."""

from pathlib import Path

import numpy as np
import pytest

from sora_lock.__main__ import main
from sora_lock.errors import MediaError
from sora_lock.subjects.projected import build
from sora_lock.subjects.render import read
from sora_lock.subjects.render_place import place_of
from sora_lock.subjects.still import Still
from sora_lock.subjects.survey import Survey
from tests.still_parts import H, W, location


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Still:
    here = location("kitchen")
    data = here.render(tmp_path_factory.mktemp("render") / "kitchen.exr")
    return place_of(read(data, whole=True), Survey(focal_mm=here.survey.focal_mm), True)


class TestWhatItTells:
    def test_the_camera_comes_from_the_floor(self, kitchen: Still) -> None:
        here = location("kitchen")
        assert kitchen.made_by["survey"] == "its own floor"
        assert kitchen.camera.position_m[1] == pytest.approx(here.eye_m, rel=0.02)
        assert np.asarray(kitchen.camera.rotation)[1, 2] == pytest.approx(here.camera.rotation[1][2], abs=0.01)

    def test_reflectance_is_its_albedo(self, kitchen: Still) -> None:
        assert np.abs(kitchen.reflectance - location("kitchen").albedo).max() < 2e-3

    def test_geometry_lies_at_its_depth(self, kitchen: Still) -> None:
        parts, truth = build(kitchen, name="here"), location("kitchen").depth
        seen, far = kitchen.camera.project(parts.rest)
        inside = (seen > 1).all(axis=1) & (seen[:, 0] < W - 1) & (seen[:, 1] < H - 1)
        true = truth[seen[inside, 1].astype(int), seen[inside, 0].astype(int)]
        assert np.median(np.abs(far[inside] / true - 1)) < 0.01

    def test_its_sky_is_open(self, tmp_path: Path) -> None:
        here = location("desert")
        place = place_of(
            read(here.render(tmp_path / "d.exr"), whole=True), Survey(focal_mm=here.survey.focal_mm), False
        )
        assert np.array_equal(place.sky > 0.5, ~np.isfinite(here.depth))

    def test_what_was_drawn_wins(self, tmp_path: Path) -> None:
        here = location("alley")
        found = read(here.render(tmp_path / "a.exr"), whole=True)
        place = place_of(found, here.survey, False)
        assert place.made_by["survey"] == "drawn"
        assert place.camera.position_m[1] == pytest.approx(here.eye_m, rel=0.02)


class TestWhatIsRefused:
    def test_a_render_without_plates_names_what_it_lacks(self, tmp_path: Path) -> None:
        from sora_lock.media import exr

        exr.write_layers(
            tmp_path / "bare.exr",
            {"": np.full((H, W, 4), 0.5, np.float32), "albedo": np.full((H, W, 3), 0.5, np.float32)},
        )
        with pytest.raises(MediaError, match=r"normal|depth"):
            place_of(read((tmp_path / "bare.exr").read_bytes(), whole=True), Survey(), False)

    def test_hints_that_only_a_photograph_wants(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        location("alley").render(tmp_path / "a.exr")
        told = [
            "cutout",
            "--kind",
            "set",
            "--image",
            str(tmp_path / "a.exr"),
            "--apart",
            "1,2,3,4",
            "--out",
            str(tmp_path / "o"),
        ]
        assert main([*told, "--data", str(tmp_path / "data")]) == 2
        assert "own plates" in capsys.readouterr().err
        assert not (tmp_path / "o").exists()


def test_by_the_command_line_it_becomes_a_folder(tmp_path: Path) -> None:
    location("alley").render(tmp_path / "a.exr")
    told = [
        "cutout",
        "--kind",
        "set",
        "--image",
        str(tmp_path / "a.exr"),
        "--focal-mm",
        "22.6",
        "--out",
        str(tmp_path / "o"),
    ]
    assert main([*told, "--data", str(tmp_path / "data")]) == 0
    assert (
        main(["lock", "street", "--kind", "set", "--cut", str(tmp_path / "o"), "--data", str(tmp_path / "data")]) == 0
    )
