"""Clips from outside: decoded behind limits to upright sRGB frames at one rate, or refused with nothing left behind."""

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from sora_lock.errors import MediaError
from sora_lock.media.footage import Footage, read_footage
from sora_lock.media.images import open_image
from tests.footage_parts import apng, boxed, coded, drawn, gif, of_two_sizes, sound, text_bomb, turned

RED, BLUE = (210, 60, 40), (30, 60, 200)


@pytest.fixture
def read(tmp_path: Path):
    def reading(data: bytes) -> Footage:
        return read_footage(data, tmp_path / "frames")

    return reading


def near(pixels: np.ndarray, colour: tuple[int, int, int], most: int = 8) -> bool:
    return bool(np.abs(pixels[..., :3].astype(int) - colour).max() <= most)


class TestWhatIsRead:
    @pytest.mark.parametrize(
        ("codec", "pixels", "container"),
        [
            ("libx264", "yuv420p", "mp4"),
            ("libx265", "yuv420p10le", "mov"),
            ("libvpx-vp9", "yuv420p", "webm"),
            ("libx264", "yuv444p", "matroska"),
        ],
    )
    def test_each_kind_becomes_frames_at_its_rate(self, read, codec: str, pixels: str, container: str) -> None:
        made = read(coded(drawn(), codec, pixels, container))
        assert (made.frames.shape, made.fps, made.brought) == ((12, 48, 64, 3), "24", (64, 48))
        for k, frame in enumerate(made.frames):
            assert near(frame[18:30, 8 + k : 24 + k], RED, 14)
            assert near(frame[:6], BLUE, 14)

    @pytest.mark.parametrize(
        ("codec", "pixels", "container"),
        [("libvpx", "yuva420p", "webm"), ("libvpx-vp9", "yuva420p", "webm"), ("prores_ks", "yuva444p10le", "mov")],
    )
    def test_alpha_comes_along(self, read, codec: str, pixels: str, container: str) -> None:
        made = read(coded(drawn(), codec, pixels, container))
        assert made.frames.shape[3] == 4
        alpha = made.frames[5, ..., 3].astype(int)
        assert alpha[20:28, 14:28].min() > 245
        assert alpha[:8].max() < 10

    @pytest.mark.parametrize("matrix", [(1, 0.2126, 0.0722), (6, 0.299, 0.114)])
    @pytest.mark.parametrize("full", [False, True])
    def test_matrix_and_range_are_those_the_clip_says(self, read, matrix: tuple, full: bool) -> None:
        # coded by the formulas of BT.709 and BT.601, not by a converter
        space, kr, kb = matrix
        r, g, b = (v / 255 for v in RED)
        y = kr * r + (1 - kr - kb) * g + kb * b
        chroma = (b - y) / (2 * (1 - kb)), (r - y) / (2 * (1 - kr))
        codes = [y * 255, *(c * 255 + 128 for c in chroma)] if full else [16 + 219 * y, *(128 + 224 * c for c in chroma)]  # fmt: skip
        frames = []
        for _ in range(4):
            frame = av.VideoFrame(64, 48, "yuv444p")
            for plane, code in zip(frame.planes, codes, strict=True):
                plane.update(np.full(plane.buffer_size, round(code), np.uint8))
            frames.append(frame)
        tags = {"colorspace": space, "color_range": 2 if full else 1, "color_primaries": 1, "color_trc": 1}
        made = read(coded(frames, pixels="yuv444p", tags=tags, options={"qp": "0"}))
        assert near(made.frames, RED, 2), made.frames[0, 0, 0]
        assert not any("matrix" in n for n in made.notes)

    def test_a_telephones_clip_is_turned_upright(self, read) -> None:
        made = read(turned(coded(drawn())))
        assert made.frames.shape == (12, 64, 48, 3)
        assert made.brought == (48, 64)
        assert near(made.frames[0][8:24, 18:30], RED, 14)  # what was at the left is at the top
        assert any("upright" in n for n in made.notes)

    def test_pixels_that_are_not_square_are_squared(self, read) -> None:
        made = read(coded(drawn(), aspect=Fraction(3, 2)))
        assert made.frames.shape == (12, 48, 96, 3)
        assert any("96x48" in n for n in made.notes)

    def test_a_large_clip_is_reduced(self, read) -> None:
        made = read(coded(drawn(3, 1920, 1080)))
        assert made.frames.shape[1:3] == (720, 1280)
        assert made.brought == (1920, 1080)
        assert any("1280x720" in n for n in made.notes)


class TestItsRate:
    def test_who_needs_less_or_more_of_it_says_so(self, tmp_path: Path) -> None:
        made = read_footage(coded(drawn(2, 320, 160)), tmp_path / "frames", longest_px=64)
        assert made.frames.shape == (2, 32, 64, 3)

    def test_a_varying_one_becomes_constant(self, read) -> None:
        times = [0, 33, 67, 100, 133, 167, 300, 333, 367, 400, 433, 467]  # three pictures were dropped
        made = read(coded(drawn(), fps=30, times=times))
        assert made.fps == "30"
        assert any("varied" in n for n in made.notes)
        assert 14 <= len(made.frames) <= 16
        assert near(made.frames[-1][18:30, 4 + 11 + 2 : 28 + 11 - 2], RED, 14)

    def test_a_broadcast_one_is_kept_exactly(self, read) -> None:
        assert read(coded(drawn(), "libvpx", container="webm", fps=Fraction(24000, 1001))).fps == "24000/1001"

    def test_sixty_a_second_are_halved_where_they_would_be_too_many(self, read) -> None:
        made = read(coded(drawn(300, 32, 32), fps=60))
        assert (made.fps, len(made.frames)) == ("30", 150)
        assert any("from 60 to 30" in n for n in made.notes)

    def test_slow_motion_comes_down_to_what_a_film_may_have(self, read) -> None:
        assert read(coded(drawn(48, 32, 32), fps=240)).fps == "120"

    def test_ten_seconds_of_thirty_become_twenty_four(self, read) -> None:
        made = read(coded(drawn(300, 32, 32), fps=30))
        assert (made.fps, len(made.frames)) == ("24", 240)


def cut_short(data: bytes, part: float) -> bytes:
    return data[: int(len(data) * part)]


BAD = {
    "nothing at all": (lambda: b"", r"empty \(0 bytes\)"),
    "a list of other files": (lambda: b"ffconcat version 1.0\nfile /etc/hostname\n", "plain text"),
    "a playlist": (lambda: b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/hostname\n", "plain text"),
    "an animated PNG": (lambda: apng(100_000), "of the kind PNG"),
    "an animated GIF": (lambda: gif(100_000), "of the kind GIF"),
    "a file without its index": (lambda: cut_short(coded(drawn()), 0.5), "damaged or cut off"),
    "a file without its end": (lambda: cut_short(coded(drawn(48), index_first=True), 0.8), r"cut off|damaged"),
    "a WebM without its end": (lambda: cut_short(coded(drawn(48), "libvpx", container="webm"), 0.6), r"cut off|damaged"),
    "noise behind a head": (lambda: coded(drawn())[:48] + bytes(range(256)) * 8, "damaged or cut off"),
    "a short forged duration": (
        lambda: boxed(coded(drawn(72)), b"mdhd", 16, struct.pack(">I", 24)), "head says"),
    "a long forged duration": (
        lambda: coded(drawn(24), "libvpx", container="webm").replace(*forged_webm()), "head says 3600"),
    "times of years": (lambda: coded(drawn(3), "libvpx", container="webm", times=[0, 33, 2_000_000_000]), "far longer than 10 s"),
    "sound alone": (sound, "no moving picture"),
    "a change of size": (of_two_sizes, "changes its size from 64x48 to 96x80"),
    "eleven seconds": (lambda: coded(drawn(264, 32, 32)), r"runs 11\.0 s; at most 10 s"),
    "ten thousand pictures": (lambda: coded(drawn(2500, 16, 16), "mpeg4", fps=1000), "more than 2400"),
    "a single picture": (lambda: coded(drawn(1)), "single picture"),
    "nothing but black": (lambda: coded([np.zeros((48, 64, 3), np.uint8)] * 6), "black from its first"),
    "a size beyond the limit": (lambda: coded(drawn(2, 4112, 16), "mpeg4"), "4112x16 px"),
    "HDR": (lambda: coded(drawn(), tags={"colorspace": 9, "color_primaries": 9, "color_trc": 18}), "HDR"),
    "pixels like needles": (lambda: coded(drawn(), aspect=Fraction(9)), "times as wide as high"),
    "a codec nobody shoots in": (lambda: coded(drawn(), "snow", container="matroska"), "coded in snow"),
}  # fmt: skip


def forged_webm() -> tuple[bytes, bytes]:
    """The duration of a second in ms, as WebM writes it, and that of an hour."""
    return b"\x44\x89\x88" + struct.pack(">d", 1000), b"\x44\x89\x88" + struct.pack(">d", 3_600_000)


class TestWhatIsRefused:
    @pytest.mark.parametrize("what", BAD)
    def test_with_a_clear_error_and_nothing_left(self, what: str, tmp_path: Path) -> None:
        make, said = BAD[what]
        with pytest.raises(MediaError, match=said):
            read_footage(make(), tmp_path / "frames")
        assert list(tmp_path.iterdir()) == []


class TestAsPictures:
    @pytest.mark.parametrize(
        ("make", "said"),
        [
            (lambda: apng(100_000), "animated"),
            (lambda: gif(100_000), "of the kind GIF"),
            (text_bomb, "damaged"),
            (lambda: coded(drawn()), "a film of the kind MP4"),
        ],
    )
    def test_bombs_and_films_are_refused(self, make, said: str) -> None:
        with pytest.raises(MediaError, match=said):
            open_image(make())
