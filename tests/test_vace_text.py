"""What a model is told: the order of the prompt, what is denied, and what was cut."""

from __future__ import annotations

from sora_lock.direction import merge, read
from sora_lock.engines.vace.text import NEVER, Text, compose, cut_words, fitted
from sora_lock.records import Chip, Direction
from tests.vace_parts import scene


def prompt(line: str) -> Text:
    return compose(read(line), scene("m"))


def letters(text: str) -> int:
    """A tokenizer of one token a letter, one for the end."""
    return len(text.replace(" ", "")) + 1


class TestThePrompt:
    def test_says_the_direction_then_the_camera_then_who_and_where(self) -> None:
        assert prompt("golden hour, low angle, slow push-in").prompt == (
            "Golden hour. Camera: low angle, slow push in. A woman in a checked coat. The place: A narrow alley."
        )

    def test_holds_the_words_that_gave_no_chip_as_they_were_written(self) -> None:
        said = prompt("a red balloon drifts past her; heavy snow").prompt
        assert said.startswith("Heavy snow, a red balloon drifts past her. A woman")

    def test_of_a_branch_holds_what_it_inherits(self) -> None:
        told = merge(read("neon night, close-up"), read("same, but in the rain"))
        assert compose(told, scene("m")).prompt.startswith("Neon, night, rain. Camera: close-up.")

    def test_of_chips_set_by_hand_needs_no_text(self) -> None:
        assert compose(Direction("", (Chip("time", "dusk"),)), scene("m")).prompt.startswith("Dusk. A woman")

    def test_never_names_what_is_denied_and_the_negative_one_does(self) -> None:
        told = prompt("night, no rain")
        assert "rain" not in told.prompt and told.negative == f"rain, {NEVER}"

    def test_is_the_same_for_the_same_chips_however_they_were_worded(self) -> None:
        assert prompt("at golden hour").prompt == prompt("golden hour").prompt


class TestCutting:
    def test_leaves_alone_what_fits(self) -> None:
        text = Text("one two three", "no")
        assert fitted(text, letters, 12) is text and cut_words(text) == ()

    def test_keeps_as_many_whole_words_as_the_encoder_reads(self) -> None:
        text = fitted(Text("one two three four", "no"), letters, 12)
        assert (text.prompt, text.cut, text.negative) == ("one two three", ("four",), "no")
        assert fitted(Text("one two three four", "no"), letters, 11).prompt == "one two"
        assert fitted(Text("one", "no"), letters, 3).prompt == ""

    def test_says_which_words_were_cut(self) -> None:
        assert cut_words(Text("a", "", ("four",))) == (
            "the prompt is longer than the model reads: the last 1 word was cut (“four”)",
        )
        (said,) = cut_words(Text("a", "", tuple(["word"] * 40)))
        assert "the last 40 words were cut (“word word" in said and said.endswith("…”)") and len(said) < 170

    def test_cuts_the_place_before_the_direction(self) -> None:
        told = fitted(prompt("golden hour, low angle"), letters, 40)
        assert told.prompt.startswith("Golden hour. Camera: low angle.") and "alley." in told.cut
