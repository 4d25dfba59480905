"""Clips as subjects: whose matte counts, corrections, the map of time, one transform for all frames."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sora_lock.errors import MediaError
from sora_lock.hold import core
from sora_lock.media.footage import Footage, read_footage
from sora_lock.media.images import png
from sora_lock.subjects.clip import (
    Clip,
    Key,
    Matted,
    conform,
    corrected,
    cut_out,
    frame_shown,
    key_frames,
    lasts_frames,
)
from tests.clip_parts import H, W, box_of, film, walker, with_alpha
from tests.footage_parts import coded, drawn


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    return read_footage(film(), tmp_path_factory.mktemp("film") / "frames")


@pytest.fixture(scope="module")
def made(footage: Footage) -> Matted:
    return cut_out(footage, Key(0, box_of(walker()[1][0])))


def off(made: Matted, truth: np.ndarray | None = None) -> np.ndarray:
    truth = walker()[1][: len(made.mattes)] if truth is None else truth
    return np.abs(made.mattes / 255 - truth).mean(axis=(1, 2))


class TestCutOut:
    def test_a_box_on_the_first_frame_is_enough_for_all(self, made: Matted) -> None:
        assert made.keys == (0,)
        assert off(made).max() < 0.01

    def test_the_key_frame_may_be_any(self, footage: Footage) -> None:
        late = cut_out(footage, Key(9, box_of(walker()[1][9])))
        assert late.keys == (9,)
        assert off(late).max() < 0.01

    def test_alpha_that_comes_along_is_the_matte(self, tmp_path: Path) -> None:
        read = read_footage(with_alpha(), tmp_path / "frames")
        own = cut_out(read, None)
        assert own.keys == ()
        assert off(own).max() < 0.002
        assert any("own alpha" in n for n in own.notes)

    def test_a_second_clip_is_the_matte(self, footage: Footage, tmp_path: Path) -> None:
        grey = [np.repeat(np.rint(m * 255).astype(np.uint8)[..., None], 3, axis=2) for m in walker()[1]]
        told = cut_out(footage, None, read_footage(coded(grey, options={"crf": "8"}), tmp_path / "matte"))
        assert off(told).max() < 0.01

    def test_colours_of_the_edge_are_free_of_the_wall(self, made: Matted) -> None:
        picture = made.picture(10)
        soft = (picture.alpha > 0.1) & (picture.alpha < 0.9)
        # orange and skin have more red than blue; where the wall shines through they have not
        assert (picture.rgb[soft][:, 0].astype(int) > picture.rgb[soft][:, 2]).mean() > 0.97
        assert (picture.rgb[picture.alpha == 0] == 0).all()

    @pytest.mark.parametrize(
        ("key", "said"),
        [
            (None, "has no matte"),
            (Key(0), "has no matte"),
            (Key(99, (10, 10, 60, 60)), "no frame 99; the clip has frames 0 to 15"),
            (Key(0, (300, 10, 400, 60)), "does not lie within the clip of 320x180"),
        ],
    )
    def test_hints_that_say_nothing_are_refused(self, footage: Footage, key: Key | None, said: str) -> None:
        with pytest.raises(MediaError, match=said):
            cut_out(footage, key)

    def test_a_matte_of_another_length_is_refused(self, footage: Footage, tmp_path: Path) -> None:
        short = read_footage(coded(drawn(6, W, H)), tmp_path / "matte")
        with pytest.raises(MediaError, match="6 frames at 24 and the clip 16 at 24"):
            cut_out(footage, None, short)

    def test_a_frame_without_anybody_is_named(self, footage: Footage) -> None:
        empty = replace(footage, frames=np.dstack([footage.frames[0], np.zeros((H, W), np.uint8)])[None].repeat(3, 0))
        with pytest.raises(MediaError, match="empty at frame 0"):
            cut_out(empty, None)


class TestCorrected:
    def test_strokes_on_a_later_frame_count_from_there_on(self, made: Matted) -> None:
        no = np.zeros((H, W), bool)
        no[160:172, 130:140] = True  # a part of the coat's hem is none of the subject
        again = corrected(made, Key(12, None, None, no))
        assert again.keys == (0, 12)
        assert again.mattes[12][no].max() == 0
        assert again.mattes[14][no].mean() < 0.5 * made.mattes[14][no].mean()
        assert np.array_equal(again.mattes[0], made.mattes[0])

    def test_without_strokes_it_is_refused(self, made: Matted) -> None:
        with pytest.raises(MediaError, match="Nothing was painted"):
            corrected(made, Key(3))


class TestTime:
    def test_at_one_rate_frames_are_frames_until_the_last_stays(self) -> None:
        assert [frame_shown(f, "24", "24", 3) for f in range(5)] == [0, 1, 2, 2, 2]

    def test_another_rate_shows_what_a_player_would(self) -> None:
        assert [frame_shown(f, "30", "24", 99) for f in range(6)] == [0, 1, 2, 3, 5, 6]
        assert [frame_shown(f, "12", "24", 99) for f in range(5)] == [0, 0, 1, 1, 2]
        assert frame_shown(1000, "24000/1001", "24", 10_000) == 999

    def test_its_end_in_a_shot_is_known(self) -> None:
        assert [lasts_frames(16, "24", rate) for rate in ("24", "48", "12", "25")] == [16, 32, 8, 17]

    def test_key_frames_are_spread_from_the_first(self) -> None:
        assert key_frames(48) == (0, 16, 31)
        assert key_frames(2) == (0, 1)


class TestConformed:
    @pytest.fixture(scope="class")
    def clip(self) -> Clip:
        frames, mattes = walker()
        files = [png(np.dstack([f, np.rint(m * 255).astype(np.uint8)])) for f, m in zip(frames, mattes, strict=True)]
        return Clip(len(files), "24", files.__getitem__)

    def test_one_transform_serves_all_frames(self, clip: Clip) -> None:
        shot = conform(clip, 480, 270, "24")
        assert len({shot.at(f).transform for f in range(clip.count)}) == 1
        middles = [np.flatnonzero((shot.at(f).coverage > 0.5).any(axis=0)).mean() for f in (0, 15)]
        assert middles[1] - middles[0] == pytest.approx(30 * shot.place.scale, abs=1)  # it walks, and is not centred

    def test_the_core_is_covered_exactly(self, clip: Clip) -> None:
        seen = conform(clip, 480, 270, "24").at(5)
        assert core(seen.coverage).sum() > 3000
        assert (seen.rgb[core(seen.coverage)].sum(axis=1) > 0).all()
