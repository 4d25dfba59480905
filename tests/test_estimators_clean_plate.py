"""Clean plates: a hole filled with what the rest of the picture is made of."""

import numpy as np
import pytest

from sora_lock.errors import MediaError
from sora_lock.subjects.estimators.clean_plate import fill


def bricks(height: int = 120, width: int = 160) -> np.ndarray:
    """A wall of bricks with mortar, lit evenly, with grain."""
    y, x = np.mgrid[:height, :width]
    row = y // 10
    joint = (y % 10 < 2) | ((x + 9 * (row % 2)) % 18 < 2)
    draw = np.random.default_rng(1).integers(-6, 7, (height, width, 1))
    return np.clip(np.where(joint[..., None], [200, 195, 185], [150, 70, 50]) + draw, 0, 255).astype(np.uint8)


def hole_of(shape: tuple[int, ...], y0: int, y1: int, x0: int, x1: int) -> np.ndarray:
    hole = np.zeros(shape[:2], bool)
    hole[y0:y1, x0:x1] = True
    return hole


class TestFilling:
    def test_goes_on_with_the_pattern(self) -> None:
        wall = bricks()
        hole = hole_of(wall.shape, 40, 80, 60, 100)
        spoilt = np.where(hole[..., None], np.uint8([0, 255, 0]), wall)
        made = fill(spoilt, hole, np.ones(hole.shape, np.uint8))
        off = np.abs(made[hole].astype(int) - wall[hole]).mean()
        assert off < 22
        assert off < 0.5 * np.abs(wall[hole].astype(int) - wall.reshape(-1, 3).mean(axis=0)).mean()

    def test_leaves_the_rest_to_the_bit_and_is_the_same_every_time(self) -> None:
        wall = bricks()
        hole = hole_of(wall.shape, 40, 80, 60, 100)
        made = fill(wall, hole, np.ones(hole.shape, np.uint8))
        assert np.array_equal(made[~hole], wall[~hole])
        assert np.array_equal(made, fill(wall, hole, np.ones(hole.shape, np.uint8)))

    def test_makes_ground_of_ground_only(self) -> None:
        picture = bricks()
        picture[60:] = [40, 160, 60]
        label = np.ones(picture.shape[:2], np.uint8)
        label[60:] = 2
        hole = hole_of(picture.shape, 30, 100, 60, 90)
        made = fill(np.where(hole[..., None], np.uint8(255), picture), hole, label)
        assert np.abs(made[66:100, 60:90].astype(int) - [40, 160, 60]).max() < 40
        assert (made[30:54, 60:90, 1] < 140).mean() > 0.5

    def test_of_no_hole_it_is_the_picture(self) -> None:
        wall = bricks()
        assert np.array_equal(fill(wall, np.zeros(wall.shape[:2], bool), np.ones(wall.shape[:2], np.uint8)), wall)

    def test_a_hole_that_is_most_of_the_picture_is_refused(self) -> None:
        wall = bricks()
        with pytest.raises(MediaError, match="clean plate as a file"):
            fill(wall, hole_of(wall.shape, 0, 110, 0, 160), np.ones(wall.shape[:2], np.uint8))
