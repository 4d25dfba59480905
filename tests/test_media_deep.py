"""Files of numbers: read at their own depth, in a child process, or refused."""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from sora_lock.errors import MediaError
from sora_lock.media.deep import open_planes
from sora_lock.media.exr import write_layers


def png(pixels: np.ndarray) -> bytes:
    done, data = cv2.imencode(".png", pixels)
    assert done
    return data.tobytes()


class TestWhatIsRead:
    def test_every_one_of_65536_levels_survives(self) -> None:
        levels = np.arange(65536, dtype=np.uint16).reshape(256, 256)
        opened = open_planes(png(levels))
        assert opened.coded and opened.kind == "png"
        assert np.array_equal(np.rint(opened.layers[""][..., 0] * 65535).astype(np.uint16), levels)

    def test_channels_come_in_the_order_red_green_blue_alpha(self) -> None:
        blue_green_red_alpha = np.zeros((8, 8, 4), np.uint16)
        blue_green_red_alpha[...] = (1000, 2000, 3000, 65535)
        assert np.allclose(open_planes(png(blue_green_red_alpha)).layers[""][0, 0] * 65535, [3000, 2000, 1000, 65535])

    def test_tiff_of_16_bit_as_well(self) -> None:
        done, data = cv2.imencode(".tiff", np.full((8, 8), 12345, np.uint16))
        assert done
        assert open_planes(data.tobytes()).layers[""][3, 3, 0] * 65535 == pytest.approx(12345)

    def test_an_exr_keeps_its_layers_and_what_is_beyond_one(self, tmp_path: Path) -> None:
        normal = np.random.default_rng(0).normal(size=(6, 5, 3)).astype(np.float32)
        depth = np.full((6, 5), np.inf, np.float32)
        write_layers(tmp_path / "a.exr", {"normal": normal, "depth": depth})
        opened = open_planes((tmp_path / "a.exr").read_bytes())
        assert not opened.coded
        assert np.array_equal(opened.layers["normal"], normal)
        assert np.isinf(opened.layers["depth"]).all() and opened.layers["depth"].shape == (6, 5, 1)


class TestWhatIsRefused:
    def test_too_large_a_raster_is_refused_before_it_is_decoded(self) -> None:
        head = struct.pack(">IIBBBBB", 60_000, 60_000, 16, 2, 0, 0, 0)
        chunk = struct.pack(">I", len(head)) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
        with pytest.raises(MediaError, match="60000x60000 px, which is too large"):
            open_planes(
                b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
            )

    def test_too_large_an_exr_as_well(self, tmp_path: Path) -> None:
        write_layers(tmp_path / "a.exr", {"": np.zeros((40, 50, 3), np.float32)})
        with pytest.raises(MediaError, match="50x40 px, which is too large"):
            open_planes((tmp_path / "a.exr").read_bytes(), max_side=45)

    @pytest.mark.parametrize("kept", [12, 60, 300])
    def test_a_damaged_exr_is_refused(self, tmp_path: Path, kept: int) -> None:
        write_layers(tmp_path / "a.exr", {"": np.random.default_rng(0).normal(size=(40, 50, 3)).astype(np.float32)})
        with pytest.raises(MediaError, match=r"damaged|could not be decoded"):
            open_planes((tmp_path / "a.exr").read_bytes()[:kept])

    def test_what_is_no_picture_is_refused(self) -> None:
        with pytest.raises(MediaError):
            open_planes(b"ffconcat version 1.0\nfile secret.txt\n")
