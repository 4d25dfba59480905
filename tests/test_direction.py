"""Prompts, chips, amounts, negation, merging, and text that tries to be something else."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict

import pytest

from sora_lock import direction
from sora_lock.direction import VOCABULARY, cast, lines, merge, product, read, words
from sora_lock.direction_terms import AMOUNTS, COLOURING, GLUE, INHERENT, NEGATORS
from sora_lock.errors import PromptError
from sora_lock.records import Chip, Direction


def chips(text: str) -> list[tuple[str, str, float]]:
    return [(c.axis, c.value, c.amount) for c in read(text).chips]


class TestReading:
    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("now bathed in dramatic chiaroscuro", [("light", "chiaroscuro", 1)]),
            ("now in a heavy downpour", [("weather", "downpour", 1.5)]),
            (
                "golden hour, low angle, slow push-in",
                [("time", "golden hour", 1), ("angle", "low", 1), ("move", "push in", 0.5)],
            ),
            ("neon night, fog", [("light", "neon", 1), ("time", "night", 1), ("weather", "fog", 1)]),
            ("same, but in the rain", [("weather", "rain", 1)]),
            ("key from the left", [("key", "left", 1)]),
            ("lit from below", [("key", "below", 1)]),
            ("smiling", [("expression", "smile", 1)]),
            ("Black & white, film noir", [("grade", "black and white", 1), ("light", "noir", 1)]),
            ("wide-angle lens, wide shot", [("lens", "wide angle", 1), ("size", "wide", 1)]),
            ("extreme close-up", [("size", "extreme close-up", 1)]),
            ("MEDIUM CLOSE UP", [("size", "medium close-up", 1)]),
            ("bird’s-eye view", [("angle", "overhead", 1)]),
            ("turns and walks, wide shot", [("performance", "walk", 1), ("size", "wide", 1)]),
            ("walks two steps", [("performance", "walk", 1)]),
            ("she paces back and forth, does not smile", [("performance", "walk", 1), ("expression", "smile", 0)]),
            ("no walking", [("performance", "walk", 0)]),
            ("stands still", [("performance", "idle", 1)]),
            ("85mm, shallow depth of field", [("lens", "telephoto", 1), ("lens", "shallow focus", 1)]),
            ("a red coat", [("wardrobe", "red", 1)]),
            ("with a beard", [("face", "beard", 1)]),
            ("bald", [("hair", "bald", 1)]),
            ("on a beach", [("background", "beach", 1)]),
        ],
    )
    def test_a_crew_s_phrase_is_understood_in_full(self, text: str, wanted: list[tuple[str, str, float]]) -> None:
        assert chips(text) == wanted
        assert read(text).unread == ()

    def test_every_chip_carries_the_exact_words_that_caused_it(self) -> None:
        text = "Golden  Hour, with a very SLOW push-in and no more rain"
        found = {c.value: c.words for c in read(text).chips}
        assert found == {"golden hour": "Golden  Hour", "push in": "very SLOW push-in", "rain": "no more rain"}
        assert all(w in text for w in found.values())

    def test_words_it_does_not_know_stay_unread_and_are_not_guessed(self) -> None:
        assert read("wistful") == Direction("wistful", (), ("wistful",))
        assert read("wistful golden hour").unread == ("wistful",)
        assert read("дождь, neon").unread == ("дождь",)

    def test_glue_is_reported_only_when_it_glues_nothing(self) -> None:
        assert read("now in a dramatic light").unread == ("dramatic", "light")
        assert read("dramatic, neon").unread == ("dramatic",)
        assert read("heavy").unread == ("heavy",)
        assert read("the").unread == ("the",)
        assert read("same").unread == ()

    def test_the_longest_phrase_wins(self) -> None:
        assert chips("clear of fog") == [("weather", "fog", 0)]
        assert chips("clear sky") == [("weather", "clear", 1)]
        assert chips("medium wide") == [("size", "medium wide", 1)]
        assert chips("light rain") == [("weather", "rain", 0.5)]

    def test_a_phrase_does_not_reach_over_a_comma(self) -> None:
        assert chips("medium, wide") == [("size", "medium", 1), ("size", "wide", 1)]
        assert chips("push, in") == []

    def test_saying_it_twice_gives_one_chip_with_the_last_words(self) -> None:
        assert chips("rain, heavy rain") == [("weather", "rain", 1.5)]


class TestAmounts:
    @pytest.mark.parametrize(
        ("text", "amount"),
        [
            ("slightly smiling", 0.5),
            ("a bit of fog", 0.5),
            ("smiling a little", 0.5),
            ("not too much rain", 0.5),
            ("fog", 1),
            ("heavy fog", 1.5),
            ("raining heavily", 1.5),
            ("pouring rain", 1.5),
            ("very heavy rain", 2),
            ("torrential rain", 2),
            ("extremely angry", 2),
            ("fast pan left", 1.5),
            ("whip pan left", 2),
        ],
    )
    def test_amounts_are_read(self, text: str, amount: float) -> None:
        assert [c.amount for c in read(text).chips] == [amount]
        assert read(text).unread == ()

    def test_an_amount_reaches_its_own_phrase_only(self) -> None:
        assert chips("heavy rain and fog") == [("weather", "rain", 1.5), ("weather", "fog", 1)]
        assert chips("raining heavily, fog") == [("weather", "rain", 1.5), ("weather", "fog", 1)]

    def test_a_pace_says_nothing_about_weather(self) -> None:
        assert chips("quick fog") == [("weather", "fog", 1)]
        assert read("quick fog").unread == ("quick",)


class TestNegation:
    @pytest.mark.parametrize(
        "text",
        [
            "no rain",
            "without rain",
            "not raining",
            "it isn't raining",
            "the rain stops",
            "rain gone",
            "get rid of the rain",
            "no heavy rain",
        ],
    )
    def test_no_is_no(self, text: str) -> None:
        assert chips(text) == [("weather", "rain", 0)]
        assert read(text).unread == ()

    def test_it_reaches_over_or_but_not_over_but_or_a_comma(self) -> None:
        assert chips("no rain or fog") == [("weather", "rain", 0), ("weather", "fog", 0)]
        assert chips("no rain but fog") == [("weather", "rain", 0), ("weather", "fog", 1)]
        assert chips("no rain, fog") == [("weather", "rain", 0), ("weather", "fog", 1)]
        assert chips("rain instead of snow") == [("weather", "rain", 1), ("weather", "snow", 0)]

    def test_two_negations_cancel(self) -> None:
        assert chips("don't lose the fog") == [("weather", "fog", 1)]

    def test_an_unknown_word_takes_the_negation(self) -> None:
        assert chips("no unicorn in the rain") == [("weather", "rain", 1)]
        assert read("no unicorn in the rain").unread == ("no", "unicorn")

    def test_values_skips_what_was_negated(self) -> None:
        assert read("no rain, fog").values("weather") == {"fog": 1.0}


class TestVocabulary:
    def test_no_phrase_means_two_things(self) -> None:
        owners: dict[tuple[str, ...], set[tuple[str, str]]] = defaultdict(set)
        for axis, terms in VOCABULARY.items():
            for value, term in terms.items():
                for phrase in (term.label, *term.phrases):
                    owners[direction._key(phrase)].add((axis, value))
        assert {k: v for k, v in owners.items() if len(v) > 1} == {}

    def test_every_phrase_reads_as_its_value_and_leaves_nothing_unread(self) -> None:
        for axis, terms in VOCABULARY.items():
            for value, term in terms.items():
                for phrase in (term.label, *term.phrases):
                    got = read(phrase)
                    assert [(c.axis, c.value) for c in got.chips if c.amount > 0] == [(axis, value)], phrase
                    assert got.unread == (), phrase

    def test_every_value_and_amount_survives_its_canonical_sentence(self) -> None:
        for axis, terms in VOCABULARY.items():
            for value in terms:
                for amount in (0.0, 0.5, 1.0, 1.5, 2.0):
                    said = words(Direction("", (Chip(axis, value, "", amount),)))
                    assert chips(said) == [(axis, value, amount)], said

    def test_phrases_with_an_amount_of_their_own_exist(self) -> None:
        known = {direction._key(p) for t in VOCABULARY.values() for v in t.values() for p in (v.label, *v.phrases)}
        assert [p for p in INHERENT if direction._key(p) not in known] == []

    def test_glue_hides_no_instruction(self) -> None:
        known, _ = direction._phrases()
        assert [w for w in GLUE if (w,) in known] == []
        assert not GLUE & (set(AMOUNTS) - {"some"}) and not GLUE & set(NEGATORS)
        assert not GLUE & COLOURING - {"up"}

    def test_the_axes_the_issue_names_are_there(self) -> None:
        assert {
            "light",
            "time",
            "weather",
            "size",
            "angle",
            "move",
            "lens",
            "expression",
            "performance",
            "grade",
            "key",
        } <= set(VOCABULARY)


class TestHostileText:
    @pytest.mark.parametrize("text", ["", " ", "\n\t ", "\u2003"])
    def test_blank_is_refused(self, text: str) -> None:
        for reader in (read, lines):
            with pytest.raises(PromptError, match="empty"):
                reader(text)

    def test_a_hundred_kilobytes_are_refused_with_the_limit(self) -> None:
        for reader in (read, lines, cast):
            with pytest.raises(PromptError, match=r"100000 characters; at most"):
                reader("x" * 100_000)

    @pytest.mark.parametrize(
        ("bad", "what"),
        [
            ("\0", "a NUL character at character 5"),
            ("\x1b", r"a control character \(U\+001B\) at character 5"),
            ("\x9f", r"a control character \(U\+009F\) at character 5"),
            ("\ud800", r"half of a surrogate pair \(U\+D800\) at character 5"),
            ("\u202e", r"right-to-left override\) at character 5"),
            ("\u2066", r"left-to-right isolate\) at character 5"),
        ],
    )
    def test_characters_no_text_may_hold_are_named_with_their_place(self, bad: str, what: str) -> None:
        for reader in (read, lines, cast):
            with pytest.raises(PromptError, match=what) as caught:
                reader(f"rain{bad}fog")
            assert bad not in str(caught.value)

    @pytest.mark.parametrize("text", ["<script>alert(1)</script>", "${rain}", "{{rain}}", "`rain`", "<img/src=x>"])
    def test_code_is_unread_text_in_which_nothing_is_understood(self, text: str) -> None:
        got = read(f"fog {text}")
        assert got.unread == (text,)
        assert [c.value for c in got.chips] == ["fog"]

    def test_symbols_alone_are_unread(self) -> None:
        assert read("🌧️").unread == ("🌧",)
        assert read("...").unread == ("...",)

    def test_a_prompt_at_the_limit_is_read(self) -> None:
        assert chips(("rain, " * 1000)[:4000].rstrip(", ")) == [("weather", "rain", 1)]
        read("no " * 1333)


class TestLines:
    def test_each_line_is_a_variation(self) -> None:
        assert lines("  neon night\r\n\n- fog\n• key from the left \r rain") == [
            "neon night",
            "fog",
            "key from the left",
            "rain",
        ]

    def test_one_line_over_the_limit_is_refused(self) -> None:
        with pytest.raises(PromptError, match="5000"):
            lines("fog\n" + "x" * 5000)


class TestProduct:
    def test_the_last_axis_turns_fastest(self) -> None:
        got = product({"light": ["neon", "chiaroscuro"], "weather": ["rain", "fog"]})
        assert [d.text for d in got] == ["neon, rain", "neon, fog", "chiaroscuro, rain", "chiaroscuro, fog"]
        assert got[0].chips == (Chip("light", "neon"), Chip("weather", "rain"))

    def test_nothing_as_a_value_leaves_the_axis_alone(self) -> None:
        assert [d.text for d in product({"light": ["", "neon"], "weather": [""]})] == ["as is", "neon"]
        assert product({}) == []

    def test_unknown_axes_values_and_floods_are_refused(self) -> None:
        with pytest.raises(PromptError, match="no axis 'wheather'"):
            product({"wheather": ["rain"]})
        with pytest.raises(PromptError, match="no value 'sharknado'"):
            product({"weather": ["sharknado"]})
        with pytest.raises(PromptError, match="combinations"):
            product({a: list(VOCABULARY[a]) for a in ("light", "time", "weather", "move")})


class TestMerging:
    def test_same_but_in_the_rain(self) -> None:
        got = merge(read("golden hour, low angle, wistful"), read("same, but in the rain"))
        assert [(c.axis, c.value) for c in got.chips] == [
            ("time", "golden hour"),
            ("angle", "low"),
            ("weather", "rain"),
        ]
        assert got.text == "same, but in the rain" and got.unread == ()

    def test_an_axis_with_one_answer_takes_the_later_one(self) -> None:
        got = merge(read("neon night, push in, smiling"), read("chiaroscuro at dusk, pull back, handheld, weary"))
        assert [(c.axis, c.value) for c in got.chips] == [
            ("light", "chiaroscuro"), ("time", "dusk"), ("move", "pull out"), ("move", "handheld"), ("expression", "weary"),
        ]  # fmt: skip

    def test_weather_adds_unless_it_cannot_be_at_once(self) -> None:
        assert set(merge(read("fog"), read("rain")).values("weather")) == {"fog", "rain"}
        assert merge(read("drizzle, fog"), read("heavy downpour")).values("weather") == {"fog": 1, "downpour": 1.5}
        assert merge(read("rain, fog, windy"), read("clear sky")).values("weather") == {"wind": 1, "clear": 1}

    def test_focal_length_and_depth_of_focus_stand_side_by_side(self) -> None:
        assert set(merge(read("85mm"), read("shallow focus")).values("lens")) == {"telephoto", "shallow focus"}
        assert set(merge(read("85mm, shallow focus"), read("24mm")).values("lens")) == {"wide angle", "shallow focus"}

    def test_a_negation_removes_and_says_so_only_when_there_was_nothing(self) -> None:
        assert merge(read("downpour, fog"), read("no rain")).chips == read("fog").chips
        assert [(c.value, c.amount) for c in merge(read("fog"), read("no rain")).chips] == [("fog", 1), ("rain", 0)]

    def test_asking_for_nothing_gives_the_base(self) -> None:
        assert merge(read("neon, fog"), read("same")).chips == read("neon, fog").chips


class TestCast:
    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("@mara in @alley", (("mara",), "alley", {})),
            ("@mara at window and @ivo in @alley", (("mara", "ivo"), "alley", {"mara": "window"})),
            (
                "@Mara by the neon sign, @ivo:door in the @kitchen",
                (("mara", "ivo"), "kitchen", {"mara": "neon sign", "ivo": "door"}),
            ),
            ("in @alley @mara", (("mara",), "alley", {})),
            ("@mara", (("mara",), None, {})),
            ("@mara @alley", (("mara", "alley"), None, {})),
        ],
    )
    def test_who_stands_where(self, text: str, wanted: tuple[tuple[str, ...], str | None, dict[str, str]]) -> None:
        assert cast(text) == wanted

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "mara in alley",
            "@mara and @mara",
            "@a in @b in @c",
            "@mara dancing in @alley",
            "@mara at in @alley",
            "@",
            "hello @mara",
            "@mara at",
            "@<b>",
        ],
    )
    def test_what_is_not_understood_is_refused(self, text: str) -> None:
        with pytest.raises(PromptError):
            cast(text)

    def test_another_unicode_form_of_a_name_is_the_same_name(self) -> None:
        assert cast("@zoe\u0308 in @alley")[0] == ("zoë",)


class TestImport:
    def test_it_pulls_in_nothing_heavy(self) -> None:
        code = "import sys, sora_lock.direction; print([m for m in ('numpy', 'torch', 'cv2', 'PIL', 'gradio') if m in sys.modules])"
        assert (
            subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
            == "[]"
        )
