"""Mattes carried along the motion from key frames, against truth; and boxes."""

import numpy as np
import pytest

from sora_lock.errors import MediaError
from sora_lock.subjects.estimators.carried import Motion, between, carry, carry_box
from tests.clip_parts import walker


def codes(mattes: np.ndarray) -> np.ndarray:
    return np.rint(mattes * 255).astype(np.uint8)


def carried(*keys: int, only: range | None = None, start: np.ndarray | None = None) -> np.ndarray:
    frames, truth = walker()
    out = np.zeros(truth.shape, np.uint8) if start is None else start.copy()
    for key in keys:
        out[key] = codes(truth[key])
    carry(frames, out, keys, only=only)
    return out


@pytest.fixture(scope="module")
def from_the_first() -> np.ndarray:
    return carried(0)


class TestWhatAKeyReaches:
    def test_is_all_up_to_the_keys_beside_it(self) -> None:
        assert [between((2, 7, 8), k, 10) for k in (2, 7, 8)] == [range(0, 7), range(3, 8), range(8, 10)]


class TestAMatte:
    def test_stays_on_somebody_who_walks_before_a_moving_wall(self, from_the_first: np.ndarray) -> None:
        truth = walker()[1]
        off = np.abs(from_the_first / 255 - truth).mean(axis=(1, 2))
        still = np.abs(truth[0] - truth).mean(axis=(1, 2))
        assert off.max() < 0.005
        assert off[-1] < 0.1 * still[-1]  # not moving it at all would be ten times worse

    def test_does_not_flicker(self, from_the_first: np.ndarray) -> None:
        off = from_the_first / 255 - walker()[1]
        assert np.abs(np.diff(off, axis=0)).mean() < 0.002

    def test_is_that_of_the_key_frames_to_the_bit(self) -> None:
        both = carried(4, 12)
        assert np.array_equal(both[4], codes(walker()[1][4]))
        assert np.array_equal(both[12], codes(walker()[1][12]))
        assert np.abs(both / 255 - walker()[1]).mean(axis=(1, 2)).max() < 0.005

    def test_a_further_key_changes_nothing_beyond_the_keys_beside_it(self) -> None:
        before = carried(0, 6)
        again = carried(0, 6, 12, only=between((0, 6, 12), 12, 16), start=before)
        assert np.array_equal(again[:7], before[:7])
        assert not np.array_equal(again[7:], before[7:])

    def test_between_two_keys_a_mistake_of_one_is_mended_by_the_other(self) -> None:
        # at the first key a patch of the wall was taken for the subject; at the second it was not
        frames, truth = walker()
        mattes = np.zeros(truth.shape, np.uint8)
        mattes[0], mattes[12] = codes(truth[0]), codes(truth[12])
        mattes[0, 100:130, 170:200] = 255
        carry(frames, mattes, (0, 12))
        assert (mattes[8] / 255 - truth[8]).max() < 0.7
        assert np.abs(mattes[8] / 255 - truth[8]).mean() < 0.005

    def test_of_somebody_who_is_gone_is_lost_with_the_frame_named(self) -> None:
        frames, truth = (a[:5].copy() for a in walker())
        frames[2:] = 40
        mattes = np.zeros(truth.shape, np.uint8)
        mattes[0, 60:66, 100:106] = 255
        with pytest.raises(MediaError, match=r"lost at frame \d"):
            carry(frames, mattes, (0,))


class TestMotion:
    def test_says_where_what_is_here_is_there(self) -> None:
        frames, truth = walker()
        motion = Motion(frames[4], frames[3])
        y, x = np.mgrid[: truth.shape[1], : truth.shape[2]]
        inside = truth[4] == 1
        assert np.median((motion.x - x)[inside]) == pytest.approx(-2, abs=0.3)
        assert np.median((motion.x - x)[truth[4] == 0]) == pytest.approx(1, abs=0.3)
        assert np.median((motion.y - y)[truth[4] == 0]) == pytest.approx(0, abs=0.3)

    def test_a_box_goes_with_what_it_holds(self) -> None:
        frames, _ = walker()
        boxes = carry_box(frames.__getitem__, len(frames), (90, 36, 130, 80))
        middle = [(b[0] + b[2]) / 2 for b in boxes]
        assert middle[-1] - middle[0] == pytest.approx(30, abs=3)
        assert all(34 <= b[2] - b[0] <= 46 for b in boxes)
