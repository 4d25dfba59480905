"""Type: any text is drawn, measured, wrapped and cut without an error."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from sora_lock.export.lettering import clean, cut, draw, fitted, length, ring, wrap

ODD = [
    "",
    " ",
    "plain",
    "größe “Жλ” →",
    "مرحبا שלום",
    "你好 日本語",
    "🎬👩‍🎤",
    "e\u0301\u0301\u0301",
    "\u0301 alone",
    "a\x00b\x1bc",
    "\ud800",
    "\u202etxet",
    "<script>${x}{{y}}",
    "tab\tnew\nline",
    "x" * 5000,
]


class TestAnyText:
    @pytest.mark.parametrize("text", ODD)
    def test_is_drawn_as_wide_as_it_was_measured(self, text: str) -> None:
        canvas = ImageDraw.Draw(Image.new("RGB", (400, 60)))
        for face in ("text", "strong", "mono"):
            assert draw(canvas, (5, 40), text, face, 22, (255, 255, 255)) == pytest.approx(
                length(clean(text), face, 22)
            )

    @pytest.mark.parametrize("text", ODD)
    def test_is_wrapped_within_its_room(self, text: str) -> None:
        lines = wrap(text, "text", 22, 200, 3)
        assert len(lines) <= 3
        assert all(length(line, "text", 22) <= 200 for line in lines)

    def test_keeps_no_control_and_no_mark_of_direction(self) -> None:
        assert clean("a\x00\u202eb \n c\ud800") == "ab c"

    def test_cut_text_ends_in_an_ellipsis_and_fits(self) -> None:
        assert cut("short", "text", 22, 500) == "short"
        said = cut("a very long direction indeed", "text", 22, 120)
        assert said.endswith("…")
        assert length(said, "text", 22) <= 120

    def test_what_the_first_font_lacks_comes_from_the_second(self) -> None:
        def ink(text: str) -> int:
            page = Image.new("L", (80, 60))
            draw(ImageDraw.Draw(page), (5, 40), text, "mono", 30, 255)  # type: ignore[arg-type]
            return sum(page.histogram()[128:])

        assert ink("ش") > 0
        assert ink("ش") != ink("\u4e2d")

    def test_letter_spacing_widens(self) -> None:
        assert length("SCENE", "strong", 20, 0.2) == pytest.approx(length("SCENE", "strong", 20) + 4 * 4)


class TestPictures:
    def test_fitted_keeps_the_proportions_on_a_ground(self) -> None:
        out = fitted(Image.new("RGB", (100, 100), (255, 255, 255)), 200, 100, (9, 9, 9))
        assert out.size == (200, 100)
        assert out.getpixel((10, 50)) == (9, 9, 9)
        assert out.getpixel((100, 50)) == (255, 255, 255)

    def test_a_ring_is_hollow_and_a_disc_is_not(self) -> None:
        page = Image.new("RGB", (60, 60))
        ring(page, 15, 30, 9, 2, (255, 0, 0))
        ring(page, 45, 30, 9, 9, (255, 0, 0))
        assert page.getpixel((15, 30)) == (0, 0, 0)
        assert page.getpixel((45, 30)) == (255, 0, 0)
