"""Films: the master gives its bytes back, the proxy plays everywhere, and nothing is left half-written."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from sora_lock.errors import MediaError, ShotError, StoreUnwritableError
from sora_lock.media import video
from sora_lock.media.video import MasterWriter, ProxyWriter, frame_count, rate, read_frames


def clip(frames: int = 30, width: int = 96, height: int = 64) -> list[np.ndarray]:
    """Noise over a moving gradient: every code value occurs."""
    rng = np.random.default_rng(5)
    y, x = np.mgrid[:height, :width]
    out = []
    for f in range(frames):
        base = np.stack([(2 * x + 3 * f) % 256, (y * 3 + f) % 256, (x + y) % 256], -1)
        out.append(np.clip(base + rng.integers(-9, 10, base.shape), 0, 255).astype(np.uint8))
    return out


def write(kind: type, path: Path, frames: list[np.ndarray], fps: str = "24") -> Path:
    with kind(path, frames[0].shape[1], frames[0].shape[0], fps) as film:
        for frame in frames:
            film.write(frame)
    return path


class TestMaster:
    @pytest.mark.parametrize(("width", "height"), [(96, 64), (66, 64), (70, 50), (16, 16), (962, 542)])
    def test_gives_back_the_very_bytes(self, tmp_path: Path, width: int, height: int) -> None:
        frames = clip(3, width, height)
        back = list(read_frames(write(MasterWriter, tmp_path / "m.mkv", frames)))
        assert len(back) == 3
        assert all(np.array_equal(a, b) for a, b in zip(frames, back, strict=True))

    def test_every_frame_is_a_key_frame_of_ffv1(self, tmp_path: Path) -> None:
        path = write(MasterWriter, tmp_path / "m.mkv", clip(5))
        with av.open(str(path)) as film:
            assert film.streams.video[0].codec_context.name == "ffv1"
            assert all(p.is_keyframe for p in film.demux(video=0) if p.size)

    def test_a_flipped_byte_is_found(self, tmp_path: Path) -> None:
        frames = clip(3)
        path = write(MasterWriter, tmp_path / "m.mkv", frames)
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 0x55
        path.write_bytes(bytes(data))
        try:
            back = list(read_frames(path))
        except MediaError:
            return
        assert not all(np.array_equal(a, b) for a, b in zip(frames, back, strict=False))

    def test_the_same_frames_give_the_same_bytes(self, tmp_path: Path) -> None:
        one, two = (write(MasterWriter, tmp_path / name, clip(14)).read_bytes() for name in ("one", "two"))
        assert hashlib.sha256(one).digest() == hashlib.sha256(two).digest()


class TestProxy:
    def test_says_nothing_of_the_time_or_the_library(self, tmp_path: Path) -> None:
        data = write(ProxyWriter, tmp_path / "p.mp4", clip(14)).read_bytes()
        assert b"x264" not in data
        assert b"Lavf" not in data
        header = data.index(b"mvhd") + 4
        assert data[header + 4 : header + 12] == bytes(8)  # created and modified: never

    def test_the_same_frames_give_the_same_picture(self, tmp_path: Path) -> None:
        one, two = (list(read_frames(write(ProxyWriter, tmp_path / name, clip(14)))) for name in ("one", "two"))
        assert max(np.abs(a.astype(int) - b).mean() for a, b in zip(one, two, strict=True)) < 1.0

    def test_no_cpu_encodes_a_picture_of_its_own(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        here = list(read_frames(write(ProxyWriter, tmp_path / "here.mp4", clip(14))))
        monkeypatch.setattr(video, "_X264", video._X264 + ":asm=0")
        plain = list(read_frames(write(ProxyWriter, tmp_path / "plain.mp4", clip(14))))
        assert max(np.abs(a.astype(int) - b).mean() for a, b in zip(here, plain, strict=True)) < 1.0

    def test_is_what_every_browser_plays(self, tmp_path: Path) -> None:
        path = write(ProxyWriter, tmp_path / "p.mp4", clip(30), "24000/1001")
        with av.open(str(path)) as film:
            stream = film.streams.video[0]
            context = stream.codec_context
            assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
            assert (context.color_primaries, context.color_trc, context.colorspace, context.color_range) == (1, 1, 1, 1)
            assert stream.average_rate == Fraction(24000, 1001)

    def test_its_index_stands_in_front(self, tmp_path: Path) -> None:
        data = write(ProxyWriter, tmp_path / "p.mp4", clip(5)).read_bytes()
        assert 0 < data.find(b"moov") < data.find(b"mdat")

    def test_a_key_frame_is_never_further_than_twelve_frames(self, tmp_path: Path) -> None:
        path = write(ProxyWriter, tmp_path / "p.mp4", clip(40))
        with av.open(str(path)) as film:
            shown = sorted((p.pts, p.is_keyframe) for p in film.demux(video=0) if p.size)
        keys = [i for i, (_, key) in enumerate(shown) if key]
        assert keys[0] == 0
        assert max(np.diff([*keys, 40])) <= 12

    def test_flat_colours_come_back_within_three_code_values(self, tmp_path: Path) -> None:
        colours = [(0, 0, 0), (255, 255, 255), (128, 128, 128), (200, 30, 40), (30, 200, 60), (230, 20, 200)]
        frame = np.repeat(np.array(colours, np.uint8)[None], 64, axis=0).repeat(32, axis=1)
        back = list(read_frames(write(ProxyWriter, tmp_path / "p.mp4", [frame] * 4)))[2]
        for i, colour in enumerate(colours):
            assert np.abs(back[32, i * 32 + 16].astype(int) - colour).max() <= 3


class TestBothWriters:
    @pytest.mark.parametrize("kind", [MasterWriter, ProxyWriter])
    def test_an_aborted_film_leaves_nothing(self, tmp_path: Path, kind: type) -> None:
        film = kind(tmp_path / "f", 96, 64, 24)
        for frame in clip(3):
            film.write(frame)
        film.abort()
        film.abort()
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("kind", [MasterWriter, ProxyWriter])
    def test_an_error_inside_leaves_nothing(self, tmp_path: Path, kind: type) -> None:
        with pytest.raises(ShotError, match="wanted uint8"), kind(tmp_path / "f", 96, 64, 24) as film:
            film.write(clip(1)[0])
            film.write(clip(1, 64, 64)[0])
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("kind", [MasterWriter, ProxyWriter])
    def test_the_name_appears_only_when_the_film_is_whole(self, tmp_path: Path, kind: type) -> None:
        film = kind(tmp_path / "f", 96, 64, 24)
        film.write(clip(1)[0])
        assert not (tmp_path / "f").exists()
        film.close()
        assert [p.name for p in tmp_path.iterdir()] == ["f"]

    @pytest.mark.parametrize("kind", [MasterWriter, ProxyWriter])
    @pytest.mark.parametrize(("width", "height"), [(95, 64), (96, 63), (0, 64), (100000, 64)])
    def test_odd_and_impossible_sizes_are_refused_in_words(
        self, tmp_path: Path, kind: type, width: int, height: int
    ) -> None:
        with pytest.raises(ShotError, match=r"even|wanted 16"):
            kind(tmp_path / "f", width, height, 24)
        assert list(tmp_path.iterdir()) == []

    def test_a_film_without_frames_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ShotError, match="no frames"):
            MasterWriter(tmp_path / "f", 96, 64, 24).close()
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("kind", [MasterWriter, ProxyWriter])
    def test_a_folder_that_is_not_there_is_said(self, tmp_path: Path, kind: type) -> None:
        with pytest.raises(StoreUnwritableError, match="cannot be written"):
            kind(tmp_path / "none" / "f", 96, 64, 24)

    def test_a_full_disk_leaves_nothing(self, tmp_path: Path) -> None:
        """A file-size limit stands for the full disk: the write fails in the middle of the film."""
        code = (
            "import resource, signal, sys, numpy as np\n"
            "from pathlib import Path\n"
            "from sora_lock.errors import StoreUnwritableError\n"
            "from sora_lock.media.video import MasterWriter\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
            "rng = np.random.default_rng(1)\n"
            "try:\n"
            "    with MasterWriter(Path(sys.argv[1]) / 'm.mkv', 256, 256, 24) as film:\n"
            "        for _ in range(20): film.write(rng.integers(0, 255, (256, 256, 3), dtype=np.uint8))\n"
            "except StoreUnwritableError as fault:\n"
            "    print('said:', fault)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.stdout.startswith("said: The film m.mkv could not be written"), done.stderr
        assert list(tmp_path.iterdir()) == []


class TestReading:
    @pytest.mark.parametrize("kind", [MasterWriter, ProxyWriter])
    @pytest.mark.parametrize(("start", "stop"), [(0, 1), (23, 26), (25, 28), (39, None), (40, 50), (5, 5)])
    @pytest.mark.parametrize("fps", ["24", "24000/1001", "30000/1001", "120"])
    def test_a_part_is_the_same_as_in_the_whole(
        self, tmp_path: Path, kind: type, start: int, stop: int | None, fps: str
    ) -> None:
        path = write(kind, tmp_path / "f", clip(40), fps)
        whole = list(read_frames(path))
        part = list(read_frames(path, start, stop))
        assert len(whole) == 40 == frame_count(path)
        assert len(part) == len(whole[start:stop])
        assert all(np.array_equal(a, b) for a, b in zip(part, whole[start:stop], strict=True))

    def test_a_playlist_named_mp4_is_not_followed(self, tmp_path: Path) -> None:
        write(ProxyWriter, tmp_path / "secret.mp4", clip(3))
        (tmp_path / "fake.mp4").write_text("ffconcat version 1.0\nfile secret.mp4\n")
        with pytest.raises(MediaError, match="plain text"):
            list(read_frames(tmp_path / "fake.mp4"))

    @pytest.mark.parametrize("keep", [0, 5, 600])
    def test_a_cut_off_film_is_said(self, tmp_path: Path, keep: int) -> None:
        path = write(ProxyWriter, tmp_path / "p.mp4", clip(3))
        path.write_bytes(path.read_bytes()[:keep])
        with pytest.raises(MediaError):
            list(read_frames(path))

    def test_a_film_that_is_not_there_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(MediaError, match="cannot be opened"):
            list(read_frames(tmp_path / "none.mp4"))


class TestRate:
    @pytest.mark.parametrize("fps", ["", "0", "-24", "nan", "inf", "1/0", "1000", "twenty"])
    def test_what_is_no_frame_rate_is_refused(self, fps: str) -> None:
        with pytest.raises(ShotError):
            rate(fps)

    def test_ratios_stay_exact(self) -> None:
        assert rate("24000/1001") == Fraction(24000, 1001)
