"""A render on the command line: from the file to a lock that any light reaches, or to one line that says what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sora_lock.__main__ import main
from sora_lock.records import Lock
from sora_lock.store import Store
from tests.render_parts import arnold, files, truth, written

BLENDER = Path(__file__).parent / "renders" / "blender.exr"


@pytest.fixture
def render(tmp_path: Path) -> Path:
    path = tmp_path / "a.exr"
    path.write_bytes(files(False)["Arnold"][1])
    return path


def locked(data: Path, name: str) -> Lock:
    store = Store.open(data)
    try:
        return store.lock(name)
    finally:
        store.close()


class TestCutout:
    def test_writes_the_renders_own_plates_parts_and_height(self, tmp_path: Path) -> None:
        out = tmp_path / "cut"
        assert main(["cutout", "--image", str(BLENDER), "--kind", "character", "--out", str(out), "--data", str(tmp_path / "d")]) == 0  # fmt: skip
        told = json.loads((out / "cut.json").read_text())
        assert not told["estimated"] and told["height_m"] == pytest.approx(1.8, abs=0.06)
        assert [name for name, _, _ in told["shown"]][-1] == "regions.seen.png"
        assert all((out / name).is_file() for name, _, _ in told["shown"])
        assert all(e["made_by"].startswith("render ") for e in told["plates"].values())

    def test_takes_what_is_named_and_a_prop_has_no_parts(self, tmp_path: Path, render: Path) -> None:
        out = tmp_path / "cut"
        assert main(["cutout", "--image", str(render), "--kind", "prop", "--object", "Coat", "--out", str(out), "--data", str(tmp_path / "d")]) == 0  # fmt: skip
        assert not (out / "regions.png").exists()

    @pytest.mark.parametrize(
        ("more", "said"),
        [
            (["--object", "Haed"], "is 'Head' meant?"),
            (["--layer", "albedo"], "write QUANTITY=NAME"),
            (["--box", "1,1,9,9"], "brings its own matte"),
            (["--units", "cm"], "0.018 m high"),
        ],
    )
    def test_says_in_one_line_what_is_wrong_and_leaves_nothing(
        self, tmp_path: Path, render: Path, more: list[str], said: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "cut"
        assert main(["cutout", "--image", str(render), "--out", str(out), "--data", str(tmp_path / "d"), *more]) == 2
        told = capsys.readouterr().err
        assert said in told and told.count("\n") == 1
        assert not out.exists()

    def test_a_layer_that_is_missing_leaves_nothing(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        channels, header = arnold()
        (tmp_path / "a.exr").write_bytes(written({n: c for n, c in channels.items() if "albedo" not in n}, header))
        assert main(["cutout", "--image", str(tmp_path / "a.exr"), "--out", str(tmp_path / "cut"), "--data", str(tmp_path / "d")]) == 2  # fmt: skip
        assert "no layer of albedo" in capsys.readouterr().err
        assert not (tmp_path / "cut").exists()


class TestLock:
    def test_a_render_becomes_a_body_with_the_parts_its_names_tell(self, tmp_path: Path, render: Path) -> None:
        data = tmp_path / "d"
        assert main(["lock", "ada", "--kind", "character", "--image", str(render), "--relight", "--data", str(data)]) == 0  # fmt: skip
        lock = locked(data, "ada")
        assert lock.subject == "brought/relief"
        assert {r.name for r in lock.regions} >= {"face", "hair", "wardrobe"}
        assert all(who.startswith("render ") for who in lock.made_by.values())

    def test_from_its_folder_without_parts_and_as_a_prop(self, tmp_path: Path, render: Path) -> None:
        data, out = tmp_path / "d", tmp_path / "cut"
        assert main(["cutout", "--image", str(render), "--out", str(out), "--data", str(data)]) == 0
        assert main(["lock", "ada", "--kind", "character", "--cut", str(out), "--relight", "--no-regions", "--data", str(data)]) == 0  # fmt: skip
        assert [r.name for r in locked(data, "ada").regions] == ["picture"]
        assert main(["lock", "vase", "--kind", "prop", "--cut", str(out), "--relight", "--data", str(data)]) == 0
        assert locked(data, "vase").kind == "prop"

    def test_a_file_takes_the_place_of_a_layer(self, tmp_path: Path, render: Path) -> None:
        from sora_lock.media.exr import write_layers

        data = tmp_path / "d"
        write_layers(tmp_path / "n.exr", {"normal": np.where(truth().alpha[..., None] > 0, truth().normal, (0, 0, 1))})
        assert main(["lock", "ada", "--kind", "character", "--image", str(render), "--relight", "--normal", str(tmp_path / "n.exr"), "--data", str(data)]) == 0  # fmt: skip
        made_by = locked(data, "ada").made_by
        assert made_by["normal"].startswith("given ") and made_by["depth"].startswith("render ")

    def test_without_relight_it_is_held_by_pixel(self, tmp_path: Path, render: Path) -> None:
        assert main(["lock", "ada", "--kind", "character", "--image", str(render), "--data", str(tmp_path / "d")]) == 0
        assert locked(tmp_path / "d", "ada").subject == "photo"
