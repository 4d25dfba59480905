"""A picture that a model drew says so, until it is locked; anything else says nothing."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sora_lock.freeze import freeze_cut, freeze_picture
from sora_lock.media.images import png, read_image
from sora_lock.media.origin import origin, with_origin
from sora_lock.store import Store
from sora_lock.subjects.cut import read_cut, write_cut
from sora_lock.subjects.photo import cut_out, picture
from sora_lock.subjects.plates import plates_for

WORDS = "someone/model@0123, “an old man”, seed 7"


@pytest.fixture(scope="module")
def drawn() -> bytes:
    """A warm ellipse with alpha, as a model's picture."""
    y, x = np.mgrid[:160, :120] + 0.5
    inside = ((x - 60) / 40) ** 2 + ((y - 80) / 66) ** 2 < 1
    rgb = np.where(inside[..., None], [180, 120, 90], [40, 60, 110]).astype(np.uint8)
    rgb = np.clip(rgb + np.random.default_rng(0).integers(-6, 6, rgb.shape), 0, 255).astype(np.uint8)
    return with_origin(png(np.dstack([rgb, np.where(inside, 255, 0).astype(np.uint8)])), WORDS)


class TestTheNote:
    def test_it_is_read_back_and_the_pixels_are_untouched(self, drawn: bytes) -> None:
        plain = png(np.arange(48, dtype=np.uint8).reshape(4, 4, 3))
        noted = with_origin(plain, WORDS)
        assert origin(noted) == WORDS and np.array_equal(read_image(noted), read_image(plain))
        with Image.open(io.BytesIO(noted)) as image:
            assert image.text["sora-lock drawn by"] == WORDS  # another reader finds the same

    @pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n" + b"\xff" * 100])
    def test_what_has_none_says_nothing(self, data: bytes) -> None:
        assert origin(data) == ""

    def test_it_is_one_short_printable_line(self) -> None:
        noted = with_origin(png(np.zeros((2, 2, 3), np.uint8)), "a\x1b[2J\nb" + "x" * 9000)
        assert "\x1b" not in origin(noted) and "\n" not in origin(noted) and len(origin(noted)) == 400

    @pytest.mark.parametrize("at", range(33, 90, 7))
    def test_a_damaged_one_never_fails(self, drawn: bytes, at: int) -> None:
        assert isinstance(origin(drawn[:at]), str)
        assert isinstance(origin(drawn[:at] + b"\xff\xff" + drawn[at + 2 :]), str)


class TestTheLock:
    def test_a_picture_held_by_pixel_names_the_model(self, store: Store, drawn: bytes) -> None:
        lock = freeze_picture(store, "old", "prop", picture(drawn))
        assert lock.made_by == {"picture": WORDS}

    def test_a_picture_that_nobody_drew_is_as_it_was(self, store: Store, drawn: bytes) -> None:
        saved_anew = png(read_image(drawn))
        assert freeze_picture(store, "old", "prop", picture(saved_anew)).made_by == {}

    def test_it_goes_through_the_folder_of_a_cut_out(self, store: Store, drawn: bytes, tmp_path: Path) -> None:
        made = cut_out(drawn, (10, 8, 110, 152))
        write_cut(tmp_path / "cut", made, plates_for(made, None, None, "classical"))
        assert read_cut(tmp_path / "cut")[0].drawn_by == WORDS
        lock = freeze_cut(store, "old", "prop", tmp_path / "cut")
        assert lock.made_by["picture"] == WORDS and set(lock.made_by) > {"picture"}
