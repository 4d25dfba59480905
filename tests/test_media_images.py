"""Pictures from outside: every usual kind becomes sRGB RGBA, everything else a sentence; nothing takes the program along."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from sora_lock.errors import MediaError
from sora_lock.media.images import cover, crop_pair, jpeg, open_image, png, read_image, read_own


def saved(image: Image.Image, kind: str = "PNG", **how: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def noise(mode: str = "RGB", side: int = 120) -> Image.Image:
    rng = np.random.default_rng(2)
    return Image.fromarray(rng.integers(0, 256, (side, side, 3), dtype=np.uint8)).convert(mode)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


class TestConversion:
    @pytest.mark.parametrize("mode", ["RGB", "RGBA"])
    def test_plain_png_keeps_its_bytes(self, mode: str) -> None:
        image = noise(mode)
        out = read_image(saved(image))
        assert out.shape == (120, 120, 4)
        assert np.array_equal(out[..., :3], np.asarray(image.convert("RGB")))
        assert out[..., 3].min() == 255

    def test_alpha_is_straight(self) -> None:
        out = read_image(saved(Image.new("RGBA", (4, 4), (200, 100, 50, 128))))
        assert out[0, 0].tolist() == [200, 100, 50, 128]

    @pytest.mark.parametrize(("mode", "want"), [("L", 124), ("LA", 124), ("1", 255)])
    def test_grey_becomes_rgb(self, mode: str, want: int) -> None:
        image = Image.new("L", (4, 4), 124) if mode != "1" else Image.new("1", (4, 4), 1)
        out = read_image(saved(image.convert(mode)))
        assert out[0, 0].tolist() == [want, want, want, 255]

    def test_a_palette_with_a_transparent_entry_becomes_alpha(self) -> None:
        image = Image.new("P", (4, 4), 0)
        image.putpalette([10, 20, 30, 200, 100, 50])
        image.putpixel((1, 1), 1)
        out = read_image(saved(image, transparency=0))
        assert out[1, 1].tolist() == [200, 100, 50, 255]
        assert out[0, 0, 3] == 0

    def test_a_transparent_colour_of_a_png_becomes_alpha(self) -> None:
        image = Image.new("RGB", (4, 4), (1, 2, 3))
        image.putpixel((2, 2), (9, 9, 9))
        out = read_image(saved(image, transparency=(1, 2, 3)))
        assert out[0, 0, 3] == 0
        assert out[2, 2].tolist() == [9, 9, 9, 255]

    def test_sixteen_bits_of_grey_are_rounded_not_clipped(self) -> None:
        values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
        still = open_image(saved(Image.fromarray(values)))
        assert np.abs(still.rgba[..., 0].astype(float) - values / 257).max() <= 0.51
        assert any("16 bits" in n for n in still.notes)

    def test_sixteen_bits_of_colour_are_read(self) -> None:
        rows = b"".join(b"\x00" + struct.pack(">HHH", 0xFFFF, 0x8080, 0x0000) * 4 for _ in range(4))
        data = (
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 16, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b"")
        )
        assert read_image(data)[0, 0].tolist() == [255, 128, 0, 255]

    @pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
    def test_cmyk_becomes_rgb_the_right_way_round(self, kind: str) -> None:
        still = open_image(saved(Image.new("RGB", (32, 32), (200, 100, 50)).convert("CMYK"), kind))
        assert np.abs(still.rgba[16, 16, :3].astype(int) - (200, 100, 50)).max() <= 3
        assert any("CMYK" in n for n in still.notes)

    def test_an_embedded_profile_is_obeyed(self) -> None:
        # L* 53.24 of a D50 Lab picture is mid grey 127 or so in sRGB; taken as sRGB it would be another value.
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        plain = read_image(saved(noise(), icc_profile=srgb))
        assert np.abs(plain[..., :3].astype(int) - np.asarray(noise())).max() <= 1
        still = open_image(saved(Image.new("RGB", (8, 8), (9, 9, 9)), icc_profile=lab))
        assert any("profile" in n for n in still.notes)

    def test_exif_turns_the_picture_and_is_then_dropped(self) -> None:
        image = Image.new("RGB", (40, 20), (0, 0, 0))
        image.paste((255, 255, 255), (0, 0, 40, 4))
        exif = Image.Exif()
        exif[0x0112] = 6
        exif[0x8825] = {1: "N", 2: (52.0, 31.0, 12.0)}
        still = open_image(saved(image, "JPEG", exif=exif, quality=95))
        assert still.rgba.shape == (40, 20, 4)
        assert still.rgba[20, 18, 0] > 200
        assert still.rgba[20, 2, 0] < 50
        assert b"Exif" not in png(still.rgba)
        assert b"Exif" not in jpeg(still.rgba[..., :3])


class TestRefusal:
    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
    @pytest.mark.parametrize("keep", [0.02, 0.5, 0.9])
    def test_cut_off_files_are_said_to_be_damaged(self, kind: str, keep: float) -> None:
        data = saved(noise(), kind)
        with pytest.raises(MediaError, match=r"damaged or cut off"):
            read_image(data[: max(16, int(len(data) * keep))])

    def test_a_flipped_byte_in_a_png_is_found(self) -> None:
        data = bytearray(saved(noise()))
        data[len(data) // 2] ^= 0xFF
        with pytest.raises(MediaError, match="damaged"):
            read_image(bytes(data))

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"", "empty"),
            (b"<svg/>", "SVG"),
            (b"<html><body>picture.png</body></html>", "HTML"),
            (b"just words", "plain text"),
        ],
    )
    def test_what_is_no_picture_is_named(self, data: bytes, words: str) -> None:
        with pytest.raises(MediaError, match=words):
            read_image(data)

    def test_a_decompression_bomb_is_refused_before_it_unfolds(self) -> None:
        bomb = (
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", struct.pack(">IIBBBBB", 16000, 16000, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(bytes(10_000_000)))
            + chunk(b"IEND", b"")
        )
        with pytest.raises(MediaError, match="80 million pixels"):
            read_image(bomb)

    def test_a_picture_that_is_too_long_is_refused(self) -> None:
        with pytest.raises(MediaError, match="17000x2"):
            read_image(saved(Image.new("L", (17000, 2))))

    def test_an_animation_is_refused_in_words(self) -> None:
        data = saved(Image.new("RGB", (9, 9)), save_all=True, append_images=[Image.new("RGB", (9, 9), (9, 9, 9))])
        with pytest.raises(MediaError, match="animated or has pages"):
            read_image(data)

    def test_of_a_multi_picture_jpeg_the_first_is_taken(self) -> None:
        data = saved(noise(), "MPO", save_all=True, append_images=[noise("RGB", 40)])
        assert read_image(data).shape == (120, 120, 4)

    def test_floating_point_pictures_are_refused_in_words(self) -> None:
        with pytest.raises(MediaError, match="floating-point"):
            read_image(saved(Image.new("F", (4, 4), 0.5), "TIFF"))

    def test_a_gif_says_what_to_do(self) -> None:
        with pytest.raises(MediaError, match="Save it as PNG"):
            read_image(saved(Image.new("P", (4, 4)), "GIF"))


class TestWriting:
    def test_png_gives_its_bytes_back_and_is_reproducible(self) -> None:
        pixels = np.asarray(noise("RGBA"))
        assert np.array_equal(read_own(png(pixels)), pixels)
        assert png(pixels) == png(pixels.copy())

    def test_a_grey_plate_stays_one_plane(self) -> None:
        plate = np.arange(64, dtype=np.uint8).reshape(8, 8)
        assert np.array_equal(read_own(png(plate)), plate)

    def test_jpeg_is_close(self) -> None:
        y, x = np.mgrid[:64, :64]
        rgb = np.stack([x * 4, y * 4, x + y], -1).astype(np.uint8)
        assert np.abs(read_own(jpeg(rgb, 95)).astype(int) - rgb).mean() < 3

    def test_a_picture_of_noise_is_written_too(self) -> None:
        rgb = np.random.default_rng(1).integers(0, 256, (540, 960, 3), np.uint8)
        assert np.abs(read_own(jpeg(rgb, 92)).astype(int) - rgb).mean() < 12

    def test_a_damaged_picture_of_our_own_is_said(self) -> None:
        with pytest.raises(MediaError, match="verify"):
            read_own(png(np.zeros((8, 8, 3), np.uint8))[:40])

    def test_a_pair_of_crops_stands_side_by_side_at_one_height(self) -> None:
        left, right = np.full((50, 100, 3), 10, np.uint8), np.full((80, 40, 3), 200, np.uint8)
        pair = crop_pair(left, right, height_px=100, gap_px=8)
        assert pair.shape == (100, 200 + 8 + 50, 3)
        assert pair[50, 100, 0] == 10
        assert pair[50, -5, 0] == 200


class TestCovering:
    def ramp(self, width: int, height: int) -> np.ndarray:
        """Red grows by 2 a pixel to the right, green by 2 downwards."""
        y, x = np.mgrid[0:height, 0:width]
        return np.stack([2 * x, 2 * y, np.zeros_like(x)], -1).astype(np.uint8)

    @pytest.mark.parametrize(("width", "height"), [(120, 60), (60, 120), (100, 100), (64, 36)])
    def test_the_centre_stays_the_centre_and_nothing_is_stretched(self, width: int, height: int) -> None:
        out = cover(self.ramp(width, height), 48, 32).astype(int)
        assert out.shape == (32, 48, 3)
        scale = max(48 / width, 32 / height)
        middle = out[15:17, 23:25].mean((0, 1))
        assert np.abs(middle[:2] - (width - 1, height - 1)).max() <= 1.5
        steps = np.diff(out[16, 4:-4, 0]).mean(), np.diff(out[4:-4, 24, 1]).mean()
        assert np.abs(np.array(steps) * scale - 2).max() < 0.15

    def test_a_picture_of_the_size_is_left_as_it_is(self) -> None:
        rgb = self.ramp(48, 32)
        assert np.array_equal(cover(rgb, 48, 32), rgb)
