"""Renders as files: every channel bit for bit, in one part or many, whatever their windows; or refused in words."""

import struct
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from sora_lock.errors import MediaError
from sora_lock.media.passes import open_passes
from tests.render_parts import NUMBERS, files, split, written


def bits(plane: np.ndarray) -> np.ndarray:
    return plane.view(np.uint16 if plane.dtype == np.float16 else np.uint32)


class TestWhatIsRead:
    @pytest.mark.parametrize("half", [False, True])
    @pytest.mark.parametrize("package", list(files(False)))
    def test_each_packages_layers_come_back_bit_for_bit(self, package: str, half: bool) -> None:
        channels, data = files(half)[package]
        planes = open_passes(data).planes
        assert set(planes) == set(channels)
        for name, plane in channels.items():
            assert planes[name].dtype == plane.dtype, name
            assert np.array_equal(bits(planes[name]), bits(plane)), name

    def test_a_part_that_does_not_repeat_its_name_lends_it(self, tmp_path: Path) -> None:
        plane = np.ones((8, 8), np.float32)
        made = [
            OpenEXR.Part({}, {"R": plane}, "ViewLayer.Combined"),
            OpenEXR.Part({}, {"Depth.Z": plane}, "ViewLayer.Depth"),
        ]
        OpenEXR.File(made).write(str(tmp_path / "a.exr"))
        assert set(open_passes((tmp_path / "a.exr").read_bytes()).planes) == {
            "ViewLayer.Combined.R",
            "ViewLayer.Depth.Z",
        }

    def test_tiles_are_read(self) -> None:
        plane = np.random.default_rng(0).random((40, 50)).astype(np.float32)
        data = written({"R": plane}, {"type": OpenEXR.tiledimage, "tiles": OpenEXR.TileDescription()})
        assert np.array_equal(open_passes(data).planes["R"], plane)

    def test_less_data_than_picture_leaves_nothing_around_it_and_overscan_is_cut_off(self) -> None:
        plane = np.arange(1, 13, dtype=np.float32).reshape(3, 4)

        def windows(left: int, top: int, wide: int, tall: int) -> dict[str, object]:
            data = (np.array([left, top], np.int32), np.array([left + 3, top + 2], np.int32))
            return {
                "dataWindow": data,
                "displayWindow": (np.zeros(2, np.int32), np.array([wide - 1, tall - 1], np.int32)),
            }

        inner = open_passes(written({"R": plane}, windows(2, 1, 10, 6)))
        assert inner.planes["R"].shape == (6, 10) and np.array_equal(inner.planes["R"][1:4, 2:6], plane)
        assert inner.planes["R"].sum() == plane.sum() and inner.covered.sum() == 12
        outer = open_passes(written({"R": plane}, windows(-1, -1, 2, 2)))
        assert np.array_equal(outer.planes["R"], plane[1:, 1:3])
        with pytest.raises(MediaError, match="no pixels within"):
            open_passes(written({"R": plane}, windows(50, 50, 10, 6)))

    def test_the_header_brings_camera_and_manifest(self) -> None:
        opened = open_passes(files(False)["Arnold"][1])
        assert np.shape(opened.attributes["worldToCamera"]) == (4, 4)
        assert {n: int(v, 16) for n, v in opened.manifests[0].numbers.items()} == NUMBERS

    @pytest.mark.parametrize("manifest", ["{", "[1, 2]", "[" * 100_000, '{"a": {"b": 1}}'])
    def test_a_broken_manifest_names_nothing_and_harms_nothing(self, manifest: str) -> None:
        header = {"cryptomatte/1/name": "crypto_object", "cryptomatte/1/manifest": manifest}
        opened = open_passes(written({"R": np.ones((4, 4), np.float32)}, header))
        assert opened.manifests[0].name == "crypto_object"


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b"", "0 bytes"),
            (b"R G B A\nhello\n", "plain text.*OpenEXR"),
            (b"\x89PNG\r\n\x1a\n" + bytes(40), "is a PNG"),
            (b"\x76\x2f\x31\x01", "damaged or cut off"),
            (b"\x76\x2f\x31\x01\x02\x00\x00\x00" + bytes(90), "damaged or cut off"),
        ],
    )
    def test_what_is_no_render(self, data: bytes, said: str) -> None:
        with pytest.raises(MediaError, match=said):
            open_passes(data)

    @pytest.mark.parametrize("package", ["Arnold", "Blender, a part a pass"])
    @pytest.mark.parametrize("kept", [0.02, 0.3, 0.9])
    def test_a_truncated_file(self, package: str, kept: float) -> None:
        data = files(False)[package][1]
        with pytest.raises(MediaError, match="damaged or cut off") as caught:
            open_passes(data[: int(kept * len(data))])
        assert "/" not in str(caught.value)

    @pytest.mark.parametrize("window", ["dataWindow", "displayWindow"])
    def test_a_forged_window_before_anything_is_decoded(self, window: str) -> None:
        data = files(False)["Arnold"][1]
        at = data.index(window.encode() + b"\0box2i\0") + len(window) + 11
        forged = data[:at] + struct.pack("<4i", 0, 0, 2_000_000_000, 2_000_000_000) + data[at + 16 :]
        with pytest.raises(MediaError, match=r"2000000001x2000000001 px; wanted|damaged"):
            open_passes(forged)
        turned = data[:at] + struct.pack("<4i", 50, 50, 0, 0) + data[at + 16 :]
        with pytest.raises(MediaError, match=r"wanted|damaged"):
            open_passes(turned)

    def test_too_many_channels_for_the_memory_that_is_given(self) -> None:
        plane = np.zeros((8, 8), np.float16)
        with pytest.raises(MediaError, match="1025 channels"):
            open_passes(written({f"c{k:04d}": plane for k in range(1025)}))

    def test_deep_data(self) -> None:
        deep = np.empty((4, 4), object)
        for k in range(16):
            deep[k // 4, k % 4] = np.ones(1 + k % 3, np.float32)
        data = written({"Z": deep, "A": deep}, {"type": OpenEXR.deepscanline, "compression": OpenEXR.ZIPS_COMPRESSION})
        with pytest.raises(MediaError, match="deep data"):
            open_passes(data)

    def test_pixels_that_are_not_square(self) -> None:
        with pytest.raises(MediaError, match="2 times as wide as high"):
            open_passes(written(split("", np.ones((4, 4, 3), np.float32), "RGB"), {"pixelAspectRatio": 2.0}))
