"""What a model is told: the words within their frame, and which of them it does not read."""

from __future__ import annotations

import pytest

from sora_lock.audition.words import FRAMES, framed
from sora_lock.errors import PromptError

MAN = "an old man in a striped coat"


class TestTheFrame:
    @pytest.mark.parametrize("frame", list(FRAMES))
    def test_the_words_stand_in_it_as_they_were_written(self, frame: str) -> None:
        made = framed(f"  {MAN}. ", frame, lambda text: True)
        before, after = FRAMES[frame].split("{}")
        assert made.text == before + MAN + after and (made.cut, made.said) == ("", "")

    def test_a_figure_is_before_something_plain_and_a_place_is_empty(self) -> None:
        for frame in ("character", "portrait", "prop"):
            assert "plain light grey background" in FRAMES[frame] and "soft even light" in FRAMES[frame]
        assert "without people" in FRAMES["set"] and "eye level" in FRAMES["set"]

    def test_braces_of_a_person_are_only_braces(self) -> None:
        assert "{a} {0}" in framed("{a} {0}", "set", lambda text: True).text


class TestWhatIsCut:
    def test_the_last_words_go_and_the_frame_stays(self) -> None:
        frame = len(FRAMES["character"].split()) - 1
        made = framed(MAN, "character", lambda text: len(text.split()) <= frame + 3)
        assert made.cut == "in a striped coat" and "an old man, standing" in made.text
        assert "the last 4 words were left out (“in a striped coat”)" in made.said

    def test_of_many_the_first_are_shown(self) -> None:
        made = framed("old " * 40, "set", lambda text: text.count("old") <= 10)
        assert len(made.cut.split()) == 30 and "the last 30 words" in made.said and made.said.count("old") == 12

    def test_one_word_is_said_as_one(self) -> None:
        room = len(FRAMES["set"].split()) - 1 + len(MAN.split()) - 1
        assert "the last word was left out" in framed(MAN, "set", lambda text: len(text.split()) <= room).said

    def test_a_model_that_reads_not_one_word_is_refused(self) -> None:
        with pytest.raises(PromptError, match="does not even read the word 'an'"):
            framed(MAN, "character", lambda text: False)


class TestWhatNoPromptMayBe:
    @pytest.mark.parametrize("text", ["", "  ", "a\0b", "a\u202eb", "x" * 2001, "a\ud800"])
    def test_it_is_refused(self, text: str) -> None:
        with pytest.raises(PromptError):
            framed(text, "character", lambda text: True)
