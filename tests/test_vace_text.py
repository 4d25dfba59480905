"""What a model is told: the order of the prompt, what is denied, and what was cut."""

from __future__ import annotations

from sora_lock.direction import merge, read
from sora_lock.engines.vace.text import LIMIT, NEVER, Encoder, Text, compose, cut_words, fitted, told
from sora_lock.records import Chip, Direction
from tests.vace_parts import scene


def prompt(line: str) -> Text:
    return compose(read(line), scene("m"))


def letters(text: str) -> int:
    """A tokenizer of one token a letter, one for the end."""
    return len(text.replace(" ", "")) + 1


class TestThePrompt:
    def test_says_who_and_where_and_then_the_line(self) -> None:
        assert (
            prompt("golden hour, low angle").prompt
            == "A woman in a checked coat. A narrow alley. golden hour, low angle."
        )

    def test_of_a_branch_holds_what_it_inherits(self) -> None:
        told = compose(merge(read("neon night, close-up"), read("same, but in the rain")), scene("m"))
        assert told.prompt.endswith("same, but in the rain. neon, night, close-up.")

    def test_never_names_what_is_denied_and_the_negative_one_does(self) -> None:
        told = prompt("night, no rain; a dog runs past, without snow")
        assert told.prompt.endswith("alley. night, a dog runs past.")
        assert told.negative == f"rain, snow, {NEVER}"

    def test_of_a_chip_denied_by_hand_leaves_the_line_alone(self) -> None:
        told = compose(
            Direction("night", (Chip("time", "night", "night"), Chip("weather", "fog", "", 0.0))), scene("m")
        )
        assert told.prompt.endswith(" night.") and told.negative.startswith("fog, ")


class TestASmallEncoder:
    def test_is_told_only_what_the_line_denies(self) -> None:
        line = read("night, no rain")
        assert told(line, scene("m"), Encoder(letters, LIMIT - 1)).negative == "rain"
        assert told(read("night"), scene("m"), Encoder(letters, LIMIT - 1)).negative == ""
        assert told(line, scene("m"), Encoder(letters)).negative == f"rain, {NEVER}"


class TestCutting:
    def test_leaves_alone_what_fits(self) -> None:
        text = Text("one two three", "no")
        assert fitted(text, Encoder(letters, 12)) is text and cut_words(text) == ()

    def test_keeps_as_many_whole_words_as_the_encoder_reads(self) -> None:
        text = fitted(Text("one two three four", "no"), Encoder(letters, 12))
        assert (text.prompt, text.cut, text.negative) == ("one two three", ("four",), "no")
        assert fitted(Text("one two three four", "no"), Encoder(letters, 11)).prompt == "one two"
        assert fitted(Text("one", "no"), Encoder(letters, 3)).prompt == ""

    def test_says_which_words_were_cut(self) -> None:
        assert cut_words(Text("a", "", ("four",))) == (
            "the prompt is longer than the model reads: the last 1 word was cut (“four”)",
        )
        (said,) = cut_words(Text("a", "", tuple(["word"] * 40)))
        assert "the last 40 words were cut (“word word" in said and said.endswith("…”)") and len(said) < 170
