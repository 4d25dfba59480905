"""Painting parts: what the editor starts from, and what is read from it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sora_lock.notebook.parts import BRUSH_ALPHA, BRUSHES, canvas, numbers_of, painted_file, stands
from sora_lock.subjects.cut import write_cut
from sora_lock.subjects.photo import Picture, painted_colours
from tests.brought_parts import dome


def over(below: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """A stroke of the brush over RGBA pixels, straight alpha."""
    a, b = BRUSH_ALPHA, below[..., 3:] / 255
    alpha = a + b * (1 - a)
    rgb = (np.array(colour) * a + below[..., :3] * b * (1 - a)) / alpha
    return np.rint(np.dstack([rgb, alpha * 255])).astype(np.uint8)


def cut_dome(folder: Path, parts: tuple[np.ndarray, str] | None = None) -> Picture:
    made, plates = dome()
    write_cut(folder, made, replace(plates, made_by=dict.fromkeys(("reflectance", "normal", "depth"), "a test")), parts)
    return made


class TestTheEditor:
    def test_starts_from_the_proposal_and_gives_it_back(self, tmp_path: Path) -> None:
        made = dome()[0]
        numbers = np.where(made.alpha >= 0.5, np.arange(400)[:, None] // 100 + 1, 0).astype(np.uint8)
        cut_dome(tmp_path, (numbers, "a test"))
        shown = canvas(tmp_path)
        assert shown is not None and stands(shown)
        assert np.array_equal(numbers_of(shown), numbers)
        data = painted_file(shown)
        assert data is not None and np.array_equal(painted_colours(made, data), numbers)

    def test_has_nothing_where_nothing_was_proposed(self, tmp_path: Path) -> None:
        cut_dome(tmp_path)
        assert canvas(tmp_path) is None
        assert not stands(None) and not stands({"background": None, "layers": [], "composite": None})

    @pytest.mark.parametrize("new", list(BRUSHES))
    @pytest.mark.parametrize("old", list(BRUSHES))
    @pytest.mark.parametrize("alpha", [0, 128, 204, 255])
    def test_a_stroke_wins_over_what_was_there(self, old: str, new: str, alpha: int) -> None:
        below = np.broadcast_to(np.array([*BRUSHES[old], alpha], np.uint8), (3, 3, 4))
        read = numbers_of({"layers": [over(below, BRUSHES[new])]})
        assert read is not None and (read == 1 + list(BRUSHES).index(new)).all()

    def test_what_is_rubbed_out_is_no_part(self) -> None:
        assert painted_file({"layers": [np.zeros((4, 4, 4), np.uint8)]}) is None
        assert painted_file({"layers": []}) is None
