"""Layers: what is written comes back bit for bit, under the names compositing programs know."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from sora_lock.errors import MediaError, StoreUnwritableError
from sora_lock.media.exr import read_layers, write_layers


def layers(height: int = 40, width: int = 60) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    made = {
        name: rng.normal(size=(height, width, 3)).astype(np.float32) for name in ("diffuse", "shading", "st", "normal")
    }
    made["depth"] = np.full((height, width), np.inf, np.float32)
    made["coverage"] = rng.random((height, width), np.float32)
    made["region"] = rng.integers(0, 65535, (height, width)).astype(np.uint16)
    return made


class TestLayers:
    def test_come_back_bit_for_bit(self, tmp_path: Path) -> None:
        made = layers()
        write_layers(tmp_path / "0000.exr", made)
        back = read_layers(tmp_path / "0000.exr")
        assert set(back) == set(made)
        assert all(np.array_equal(back[n], made[n].astype(np.float32)) for n in made)

    def test_come_back_bit_for_bit_in_half_too_with_what_is_beyond_all_numbers(self, tmp_path: Path) -> None:
        every = np.arange(65536, dtype=np.uint16).view(np.float16).reshape(256, 256)
        made = {"depth": every, "diffuse": np.dstack([every] * 3), "coverage": np.ones((256, 256), np.float32)}
        write_layers(tmp_path / "a.exr", made)
        with OpenEXR.File(str(tmp_path / "a.exr"), separate_channels=True) as opened:
            stored = {n: np.array(c.pixels) for n, c in opened.channels().items()}
        assert stored["coverage.A"].dtype == np.float32
        for name in ("depth.Z", "diffuse.R", "diffuse.B"):
            assert np.array_equal(stored[name].view(np.uint16), every.view(np.uint16))
        back = read_layers(tmp_path / "a.exr")["depth"]
        assert np.array_equal(back, every.astype(np.float32), equal_nan=True)

    def test_have_the_names_compositing_programs_know(self, tmp_path: Path) -> None:
        write_layers(tmp_path / "0000.exr", layers())
        with OpenEXR.File(str(tmp_path / "0000.exr"), separate_channels=True) as opened:
            names = set(opened.channels())
        assert {"diffuse.R", "st.S", "st.T", "st.LOD", "coverage.A", "region.ID", "depth.Z", "normal.X"} <= names

    def test_a_layer_without_a_name_is_plain_rgb(self, tmp_path: Path) -> None:
        atlas = np.random.default_rng(1).random((8, 8, 3), np.float32)
        write_layers(tmp_path / "a.exr", {"": atlas})
        with OpenEXR.File(str(tmp_path / "a.exr")) as opened:
            assert np.array_equal(opened.channels()["RGB"].pixels, atlas)
        assert np.array_equal(read_layers(tmp_path / "a.exr")[""], atlas)

    def test_the_same_layers_give_the_same_bytes(self, tmp_path: Path) -> None:
        for name in ("a.exr", "b.exr"):
            write_layers(tmp_path / name, layers())
        assert (tmp_path / "a.exr").read_bytes() == (tmp_path / "b.exr").read_bytes()

    def test_nothing_but_the_file_is_left(self, tmp_path: Path) -> None:
        write_layers(tmp_path / "a.exr", layers())
        assert [p.name for p in tmp_path.iterdir()] == ["a.exr"]


class TestBadLayers:
    def test_none_at_all_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(MediaError, match="at least one"):
            write_layers(tmp_path / "a.exr", {})

    def test_differing_sizes_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(MediaError, match="like the first"):
            write_layers(tmp_path / "a.exr", {"depth": np.zeros((4, 4)), "region": np.zeros((4, 5))})
        assert list(tmp_path.iterdir()) == []

    def test_two_planes_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(MediaError, match="2 planes"):
            write_layers(tmp_path / "a.exr", {"motion": np.zeros((4, 4, 2))})

    def test_a_folder_that_is_not_there_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(StoreUnwritableError):
            write_layers(tmp_path / "none" / "a.exr", layers())

    @pytest.mark.parametrize("data", [b"", b"hello", b"\x76\x2f\x31\x01" + b"\x02" * 90])
    def test_what_is_no_exr_is_said(self, tmp_path: Path, data: bytes) -> None:
        (tmp_path / "a.exr").write_bytes(data)
        with pytest.raises(MediaError, match=r"a\.exr"):
            read_layers(tmp_path / "a.exr")

    def test_a_cut_off_file_is_said(self, tmp_path: Path) -> None:
        write_layers(tmp_path / "a.exr", layers())
        (tmp_path / "a.exr").write_bytes((tmp_path / "a.exr").read_bytes()[:4000])
        with pytest.raises(MediaError):
            read_layers(tmp_path / "a.exr")
