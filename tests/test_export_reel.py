"""The reel: slates, numbers, and each take at its own speed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from sora_lock.errors import MediaError, NotFoundError
from sora_lock.export.reel import BurnIn, raster, slate, source_frames, write_reel
from sora_lock.export.selects import Select, reel_names, selects, timecode
from sora_lock.media.video import frame_count, read_frames
from sora_lock.store import Store
from tests.export_parts import shoot_take, three_takes


@pytest.fixture
def chosen(store: Store, tmp_path: Path) -> tuple[Select, ...]:
    three_takes(store, tmp_path)
    return selects(store, "SC010", True)


class TestSelects:
    def test_circled_takes_come_in_order_with_mark_and_wording(self, chosen: tuple[Select, ...]) -> None:
        assert [(s.take.take, s.mark, s.number) for s in chosen] == [
            ("SC010_SH020_T001", "circled", "T001"),
            ("SC010_SH020_T003", "circled", "T003"),
        ]
        assert chosen[0].said == "golden hour"
        assert chosen[0].locks == ("@mara v2", "@alley v1")

    def test_all_takes_where_circles_are_not_asked_for(self, store: Store, tmp_path: Path) -> None:
        three_takes(store, tmp_path)
        assert [s.mark for s in selects(store, "sc010", False)] == ["circled", "NG", "circled"]

    def test_an_unknown_scene_and_nothing_circled_are_said(self, store: Store, tmp_path: Path) -> None:
        with pytest.raises(NotFoundError, match="no scene"):
            selects(store, "SC999", True)
        store.ensure_scene("SC020")
        with pytest.raises(NotFoundError, match="no finished takes"):
            selects(store, "SC020", False)
        shoot_take(store, tmp_path)
        with pytest.raises(NotFoundError, match="circle a take"):
            selects(store, "SC010", True)

    def test_takes_of_ten_thousand_sort_by_number(self) -> None:
        assert reel_names(["SC010_SH020_T007"]) == ["10020007"]

    def test_reel_names_are_unique_in_eight_characters(self) -> None:
        takes = [f"SC{s:03d}_SH020_T{t:03d}" for s in (10, 110, 1010) for t in (1, 2, 999, 1000, 1001)]
        names = reel_names(takes)
        assert len(set(names)) == len(takes)
        assert all(len(n) == 8 and n.isalnum() and n.upper() == n for n in names)

    @pytest.mark.parametrize(
        ("frame", "fps", "want"),
        [
            (0, "24", "00:00:00:00"),
            (47, "24", "00:00:01:23"),
            (48, "24000/1001", "00:00:02:00"),
            (30 * 3600, "30000/1001", "01:00:00:00"),
        ],
    )
    def test_timecode_counts_without_drops(self, frame: int, fps: str, want: str) -> None:
        assert timecode(frame, Fraction(fps)) == want


class TestSlate:
    @pytest.mark.parametrize("size", [(960, 540), (320, 180), (540, 960), (2048, 858), (64, 64)])
    def test_fits_any_raster(self, chosen: tuple[Select, ...], size: tuple[int, int]) -> None:
        card = np.asarray(slate(chosen[0], *size))
        assert card.shape == (size[1], size[0], 3)
        assert card.std() > 3

    @pytest.mark.parametrize("text", ["größe 你好 🎬 \u202e", "x" * 4000, "<script>${y}", " "])
    def test_takes_any_words(self, chosen: tuple[Select, ...], text: str) -> None:
        slate(replace(chosen[0], said=text), 480, 270, scene_title=text)

    def test_slates_of_two_takes_differ(self, chosen: tuple[Select, ...]) -> None:
        one, two = (np.asarray(slate(s, 480, 270)) for s in chosen)
        assert not np.array_equal(one, two)


class TestBurnIn:
    def test_writes_at_the_foot_only_and_changes_with_the_frame(self, chosen: tuple[Select, ...]) -> None:
        rgb = np.full((360, 640, 3), 128, np.uint8)
        burn = BurnIn(chosen[0], 640, 360)
        one, two = burn(rgb, 0), burn(rgb, 1)
        assert np.array_equal(one[:300], rgb[:300])
        assert one[300:].max() > 200
        assert not np.array_equal(one, two)
        assert (rgb == 128).all()

    def test_can_be_read_over_white(self, chosen: tuple[Select, ...]) -> None:
        out = BurnIn(chosen[0], 640, 360)(np.full((360, 640, 3), 255, np.uint8), 3)
        assert out[-8:, 300].max() < 120


class TestSpeed:
    def test_a_take_at_the_reels_rate_shows_every_frame_once(self) -> None:
        assert source_frames(48, Fraction(24), Fraction(24)) == list(range(48))

    def test_a_faster_take_skips_and_a_slower_one_repeats(self) -> None:
        assert source_frames(8, Fraction(48), Fraction(24)) == [0, 2, 4, 6]
        assert source_frames(3, Fraction(12), Fraction(24)) == [0, 0, 1, 1, 2, 2]


class TestReel:
    def test_shows_a_slate_and_then_the_take(self, store: Store, chosen: tuple[Select, ...], tmp_path: Path) -> None:
        path = tmp_path / "reel.mp4"
        starts = write_reel(path, chosen, lambda s: store.blob(s.take.files["master.mkv"]))
        frames = list(read_frames(path))
        assert starts == [0, 54]
        assert len(frames) == frame_count(path) == 2 * (48 + 6)
        assert frames[0].shape == (432, 768, 3)
        middle = [int(f[150, 384].mean()) for f in (frames[48], frames[53], frames[102], frames[107])]
        assert np.abs(np.array(middle) - [40, 45, 160, 165]).max() <= 2

    def test_takes_of_another_size_and_rate_are_fitted(self, store: Store, tmp_path: Path) -> None:
        takes = three_takes(store, tmp_path)
        odd = shoot_take(store, tmp_path, "snow", width=72, height=72, fps="48", level=200)
        store.mark(odd.take, "circled", "ana")
        chosen = selects(store, "SC010", True)
        assert raster(chosen) == (768, 432, Fraction(24))
        path = tmp_path / "reel.mp4"
        write_reel(path, chosen, lambda s: store.blob(s.take.files["clip.mp4"]))
        frames = list(read_frames(path))
        assert len(frames) == 2 * 54 + 48 + 3
        assert frames[-1][200, 10].max() < 8
        assert frames[-1][200, 384].min() > 190
        assert len(takes) == 3

    def test_a_damaged_film_leaves_no_reel(self, chosen: tuple[Select, ...], tmp_path: Path) -> None:
        bad = tmp_path / "bad.mkv"
        bad.write_bytes(b"not a film")
        with pytest.raises(MediaError):
            write_reel(tmp_path / "reel.mp4", chosen, lambda s: bad)
        assert not list(tmp_path.glob("*reel*")) and not list(tmp_path.glob(".*part"))
