"""The composer: what is read back, how it is corrected, and what is shot in the end."""

from __future__ import annotations

import pytest

from sora_lock.direction import VOCABULARY
from sora_lock.errors import InputError, NamingError, PromptError, ShotError
from sora_lock.notebook import chips, composer
from sora_lock.notebook.composer import Draft
from sora_lock.notebook.inventing import Asked
from sora_lock.notebook.text import clip, esc, listed, short, shot_of, span
from sora_lock.records import Chip, Direction
from sora_lock.store import Store
from tests.planted import grid, shoot_all

CAST = "@mara in @alley"


def shoot(store: Store, draft: Draft, **changes: object) -> object:
    fields = {
        "code": "SC010_SH020",
        "scene": "SC010",
        "cast": CAST,
        "frames": 8,
        "fps": "24",
        "size": "320x180",
        "seed": 7,
        "who": "ana",
    }
    return composer.shoot(store, draft, **{**fields, **changes})  # type: ignore[arg-type]


class TestReading:
    def test_each_line_is_a_variation_and_each_instruction_a_chip(self, stage: Store) -> None:
        listing, said = composer.reading(
            stage, Draft(text="golden hour, low angle\nwistful fog"), CAST, 48, (960, 540), "24"
        )
        assert listing.count("<li>") == 2 and "wistful" in listing and "2 takes" in said

    def test_axes_make_their_product_and_too_many_are_refused(self, stage: Store) -> None:
        draft = Draft(axes={"light": ("chiaroscuro", "neon"), "weather": ("fog", "rain", "snow")})
        assert len(composer.directions(draft)) == 6
        both = Draft(text="low angle\nwide", axes={"light": ("chiaroscuro", "neon")})
        assert [{c.value for c in d.chips} for d in composer.directions(both)] == [
            {"low", "chiaroscuro"},
            {"low", "neon"},
            {"wide", "chiaroscuro"},
            {"wide", "neon"},
        ]
        axes = {a: tuple(v)[:5] for a, v in VOCABULARY.items() if a in ("light", "weather", "size", "angle")}
        many = Draft(axes=axes)
        with pytest.raises(PromptError, match="at most 96"):
            composer.directions(many)

    def test_blank_and_bad_text_is_said_not_raised(self, stage: Store) -> None:
        for text in ("", "  ", "\x00", "a\u202eb", "x" * 100_000):
            listing, _ = composer.reading(stage, Draft(text=text), CAST, 48, (64, 64), "24")
            assert 'class="hint' in listing

    def test_a_bad_cast_line_is_said(self, stage: Store) -> None:
        for cast in ("", "@nobody in @alley", "@mara", "mara"):
            _, said = composer.reading(stage, Draft(text="fog"), cast, 48, (64, 64), "24")
            assert 'class="bad"' in said

    def test_an_estimate_comes_with_experience(self, stage: Store) -> None:
        assert composer.estimate(stage, 6, 48, 960 * 540, Asked()) is None
        grid(stage, ["fog"])
        shoot_all(stage)
        assert (composer.estimate(stage, 6, 48, 960 * 540, Asked()) or 0) > 0


class TestEnginesThatInvent:
    def test_say_what_they_go_by_and_what_is_missing_before_anybody_presses(self, stage: Store) -> None:
        asked = Asked("vace", "Wan-AI/Wan2.1-VACE-1.3B-diffusers", best_of=3)
        listing, said = composer.reading(
            stage, Draft(text="a dragon lands\nnight", asked=asked), CAST, 81, (832, 480), "16"
        )
        assert "6 takes" in said and "blocked by comp" in said
        assert "<code>hf download Wan-AI/Wan2.1-VACE-1.3B-diffusers" in said
        assert "as words" in listing and 'class="unread"' not in listing

    def test_a_provider_says_who_bills_and_an_unnamed_one_how_to_name_it(self, stage: Store) -> None:
        for model, words in (("fal-ai/Wan-AI/Wan2.2-TI2V-5B", "billed"), ("", "PROVIDER/OWNER/NAME")):
            draft = Draft(text="night", asked=Asked("hosted", model))
            assert words in composer.reading(stage, draft, CAST, 48, (960, 540), "24")[1]

    def test_a_matte_without_a_base_is_said_where_it_was_chosen(self, stage: Store) -> None:
        draft = Draft(text="night", asked=Asked("vace", "Wan-AI/Wan2.1-VACE-1.3B-diffusers", "matte"))
        assert "no base take" in composer.reading(stage, draft, CAST, 81, (832, 480), "16")[1]

    def test_an_estimate_is_of_that_model_s_own_takes(self, stage: Store) -> None:
        grid(stage, ["fog"])
        shoot_all(stage)
        assert composer.estimate(stage, 1, 48, 960 * 540, Asked("vace", "some/model")) is None
        assert composer.estimate(stage, 1, 48, 960 * 540, Asked()) is not None


class TestCorrections:
    def test_a_correction_belongs_to_its_line_and_outlives_other_edits(self) -> None:
        draft = composer.correct(Draft(text="golden hour, low angle\nfog"), 0, 0, "x")
        assert [c.value for c in composer.directions(draft)[0].chips] == ["low"]
        later = Draft(text="snow\n" + draft.text, fixed=draft.fixed)
        assert [c.value for c in composer.directions(later)[1].chips] == ["low"]

    def test_a_corrected_draft_is_told_from_the_one_before_it(self) -> None:
        before = Draft(text="golden hour, low angle")
        after = composer.correct(before, 0, 0, "x")
        assert hash(before) == hash(Draft(text="golden hour, low angle"))
        assert hash(after) != hash(before)  # or no reading would follow it on the page

    @pytest.mark.parametrize(
        ("chip", "choice", "wanted"),
        [
            (0, "v:downpour", [("weather", "downpour", 1.0), ("angle", "low", 1.0)]),
            (0, "a:0.0", [("weather", "fog", 0.0), ("angle", "low", 1.0)]),
            (-1, "n:light:neon", [("weather", "fog", 1.0), ("angle", "low", 1.0), ("light", "neon", 1.0)]),
            (1, "x", [("weather", "fog", 1.0)]),
            (0, "v:<script>", [("weather", "fog", 1.0), ("angle", "low", 1.0)]),
            (7, "x", [("weather", "fog", 1.0), ("angle", "low", 1.0)]),
            (-1, "n:nothing:neon", [("weather", "fog", 1.0), ("angle", "low", 1.0)]),
            (0, "a:9", [("weather", "fog", 1.0), ("angle", "low", 1.0)]),
        ],
    )
    def test_choices_change_one_chip_and_nonsense_changes_none(
        self, chip: int, choice: str, wanted: list[tuple[str, str, float]]
    ) -> None:
        base = Direction("fog, low", (Chip("weather", "fog", "fog"), Chip("angle", "low", "low")))
        assert [(c.axis, c.value, c.amount) for c in chips.corrected(base, chip, choice).chips] == wanted

    def test_an_override_is_given_and_taken_back(self, stage: Store) -> None:
        draft = Draft(text="she is smiling")
        _, said = composer.reading(stage, draft, CAST, 8, (64, 64), "24")
        assert "which is held" in said and 'data-act="allow"' in said and 'data-act="edit_lock"' in said
        allowed = composer.allow(draft, "mara", "expression", "evolve")
        _, said = composer.reading(stage, allowed, CAST, 8, (64, 64), "24")
        assert "which is held" not in said and "evolve" in said
        assert composer.allow(allowed, "mara", "expression", "").overrides == {}


class TestShooting:
    def test_what_was_corrected_is_what_is_shot(self, stage: Store) -> None:
        draft = composer.correct(Draft(text="golden hour, low angle"), 0, 1, "v:high")
        shoot(stage, draft)
        assert {c.value for c in stage.jobs()[0].recipe.direction.chips} == {"golden hour", "high"}

    def test_a_branch_lies_over_its_parent(self, stage: Store) -> None:
        grid(stage, ["now bathed in dramatic chiaroscuro"])
        parent = shoot_all(stage)[0].take
        draft = Draft(text="same, but in the rain", parent=parent)
        listing, _ = composer.reading(stage, draft, CAST, 8, (64, 64), "24")
        assert "branch of" in listing and "inherited" in listing
        shoot(stage, draft)
        job = stage.jobs()[-1]
        assert job.parent == parent and {"chiaroscuro", "rain"} <= {c.value for c in job.recipe.direction.chips}

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"code": "nonsense"}, NamingError),
            ({"frames": 0}, ShotError),
            ({"frames": 10**6}, ShotError),
            ({"frames": "many"}, ShotError),
            ({"size": "0x0"}, ShotError),
            ({"size": "961x540"}, ShotError),
            ({"size": "100000x100000"}, ShotError),
            ({"size": ""}, ShotError),
            ({"seed": -1}, ShotError),
            ({"seed": 2**64}, ShotError),
            ({"seed": "nan"}, ShotError),
            ({"fps": "0"}, ShotError),
            ({"cast": "@mara"}, InputError),
        ],
    )
    def test_what_cannot_be_shot_is_refused_and_nothing_is_written(
        self, stage: Store, changes: dict[str, object], error: type[Exception]
    ) -> None:
        before = len(stage.cells("SC010")), [s.code for s in stage.scenes()]
        with pytest.raises(error):
            shoot(stage, Draft(text="fog"), **changes)
        assert (len(stage.cells("SC010")), [s.code for s in stage.scenes()]) == before and stage.jobs() == []

    def test_a_contradiction_is_refused_until_settled(self, stage: Store) -> None:
        draft = Draft(text="she is smiling")
        with pytest.raises(PromptError, match="Settle"):
            shoot(stage, draft)
        shoot(stage, composer.allow(draft, "mara", "expression", "free"))
        assert stage.jobs()[0].recipe.shot.overrides == {"mara": {"expression": "free"}}

    def test_a_cell_can_be_opened_again(self, stage: Store) -> None:
        cell = stage.cell(grid(stage, ["fog, low angle", "snow"]))
        draft = composer.draft_of(cell)
        assert [c.value for d in composer.directions(draft) for c in d.chips] == ["fog", "low", "snow"]

    def test_a_shot_alone_is_of_the_scene_that_is_open(self) -> None:
        assert composer.scene_and_shot("sh030", "SC010") == ("SC010", "SH030")
        assert composer.scene_and_shot("SC020_SH030", "SC010") == ("SC020", "SH030")


class TestSmallForms:
    def test_text_is_escaped_for_content_and_attributes(self) -> None:
        assert esc('<a href="x" \'>&') == "&lt;a href=&quot;x&quot; &#x27;&gt;&amp;"
        assert esc("\ud800") == "?"

    def test_numbers_and_names_are_written_as_people_say_them(self) -> None:
        assert [span(s) for s in (None, 0.4, 21, 61, 3725)] == ["", "0:00", "0:21", "1:01", "1:02:05"]
        assert short("SC010_SH020_T007") == "T007" and shot_of("SC010_SH020_T007") == "SH020"
        assert listed(["a", "b", "c"]) == "a, b and c" and listed([]) == ""
        assert clip("a  b\nc", 3) == "a…" and clip("abc", 3) == "abc"

    def test_a_direction_is_captioned_by_its_chips(self) -> None:
        line = Direction(
            "x", (Chip("weather", "fog", "", 0.0), Chip("weather", "rain", "", 1.5), Chip("light", "neon"))
        )
        assert chips.line_of(line) == "no fog · heavy rain · neon"
        assert chips.line_of(Direction("as I said")) == "as I said"
