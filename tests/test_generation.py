"""Mode and grip follow from the shot: base take, direction and policies."""

from dataclasses import replace

import pytest

from sora_lock.engines import ENGINES
from sora_lock.errors import EngineError, ShotError
from sora_lock.generation import COMPARE, WORDS, again, mode_words, modes, planner, way, why_no_base
from sora_lock.layers import reshoot
from sora_lock.records import Chip, Direction, Generation, Grip, Lock, Mode, Placement, Recipe, Shot, Take
from tests.test_records import a_lock

MARA, ALLEY = Placement("mara", 1, "a" * 64), Placement("alley", 1, "b" * 64)
PLACED = (MARA, ALLEY)
RASTER = (832, 480, 81, "16")
HELD = {"mara": {"face": "hold", "wardrobe": "hold"}, "alley": {"layout": "hold", "surfaces": "hold"}}
SET_FREE = {**HELD, "alley": {"layout": "free", "surfaces": "free"}}
DAY = Direction("day", (Chip("time", "day", "day"),))


def a_base(direction: Direction = DAY, **changes: object) -> Take:
    shot = Shot("SC010", "SH010", (MARA,), ALLEY, width=832, height=480, frames=81, fps="16")
    recipe = Recipe(replace(shot, **changes), direction, "1", {})
    return Take(
        "SC010_SH010_T001", None, 1, recipe, recipe.recipe_sha256, "0" * 64, {}, {}, (), {"master.mkv": "c" * 64}, {}, "2026-11-23"
    )  # fmt: skip


def of(
    direction: Direction = DAY,
    parent: Take | None = None,
    mode: str = "",
    policies: dict = HELD,
    locks: tuple[Lock, ...] = (),
) -> tuple[str, str, str]:
    chosen, hold, base = way(mode, direction, parent, PLACED, locks or (a_lock(),), policies, RASTER)
    return chosen, hold, base.take if base else ""


def plus(*chips: tuple[str, str]) -> Direction:
    return Direction("more", (*DAY.chips, *(Chip(a, v, v) for a, v in chips)))


class TestTheModeThatFollows:
    def test_without_a_parent_comp_blocks_the_shot(self) -> None:
        assert of() == ("blocked", "guided", "")

    def test_with_a_picture_held_by_pixel_a_place_is_invented_around_it(self) -> None:
        photo = replace(a_lock(), subject="photo")
        assert of(locks=(photo,)) == ("matte", "pixel", "")

    def test_a_branch_under_other_light_lies_on_its_parent_by_reflectance(self) -> None:
        assert of(plus(("weather", "rain")), a_base()) == ("matte", "reflectance", "SC010_SH010_T001")

    def test_a_branch_in_the_same_light_lies_on_its_parent_by_pixel_where_something_is_free(self) -> None:
        assert of(DAY, a_base(), policies=SET_FREE) == ("matte", "pixel", "SC010_SH010_T001")

    @pytest.mark.parametrize(
        "chip", [("size", "wide"), ("move", "push in"), ("performance", "walk"), ("expression", "smile")]
    )
    def test_a_branch_whose_camera_or_cast_moves_is_blocked_anew(self, chip: tuple[str, str]) -> None:
        assert of(plus(chip), a_base()) == ("blocked", "guided", "")

    @pytest.mark.parametrize("change", [{"width": 640}, {"frames": 49}, {"fps": "24"}, {"stage": MARA}])
    def test_a_parent_of_another_raster_or_cast_is_no_base(self, change: dict) -> None:
        assert of(plus(("weather", "rain")), a_base(**change))[0] == "blocked"

    def test_nor_is_one_that_a_model_made_by_references(self) -> None:
        made = Generation("m@1", "m", "references", "guided")
        assert of(plus(("weather", "rain")), a_base(engine="vace", generation=made))[0] == "blocked"
        blocked = replace(made, mode="blocked")
        assert of(plus(("weather", "rain")), a_base(engine="vace", generation=blocked))[0] == "matte"


class TestTheModeThatIsChosen:
    def test_is_taken(self) -> None:
        assert of(DAY, a_base(), "references") == ("references", "guided", "")
        assert of(DAY, None, "blocked") == ("blocked", "guided", "")

    def test_a_matte_without_a_base_is_refused_with_the_reason(self) -> None:
        with pytest.raises(ShotError, match=r"no base take.*no parent.*[Bb]ranch"):
            of(DAY, None, "matte")
        with pytest.raises(ShotError, match="camera or cast do not stand"):
            of(plus(("size", "wide")), a_base(), "matte")

    @pytest.mark.parametrize("mode", ["text", "references"])
    def test_what_nothing_blocked_is_no_base(self, mode: Mode) -> None:
        take = a_base(generation=Generation("m@1", "m", mode, "guided"))
        assert "nobody knows what stands where" in why_no_base(take, DAY, PLACED, RASTER)

    def test_three_of_them_side_by_side_begin_with_the_lock_off(self) -> None:
        assert modes(COMPARE) == ("text", "references", "") and modes("matte") == ("matte",) and modes("") == ("",)

    def test_another_word_is_refused_with_those_there_are(self) -> None:
        with pytest.raises(ShotError, match="text, references, blocked, matte, compare for three"):
            of(mode="depth")

    def test_a_shot_of_which_all_is_held_and_nothing_changes_is_refused(self) -> None:
        with pytest.raises(ShotError, match="nothing to invent"):
            of(DAY, a_base())


class TestOnceMore:
    def test_a_retake_asks_for_the_same_on_the_same_base(self) -> None:
        made = Generation("m@1", "m", "matte", "pixel", "SC010_SH010_T001", "c" * 64, 20, 4.5)
        asked = again(made)
        assert asked == {"model": "m", "mode": "matte", "base": "SC010_SH010_T001", "steps": 20, "guidance": 4.5}
        assert again(None) == {}


class TestWords:
    def test_every_mode_has_some(self) -> None:
        made = Generation("m@1", "m", "matte", "reflectance")
        assert mode_words(made) == f"{WORDS['matte']}, reflectance"
        assert mode_words(replace(made, mode="blocked", hold="guided")) == WORDS["blocked"]

    def test_of_a_finished_take_say_how_it_was_held_and_not_how_it_was_to_be(self) -> None:
        made = Generation("m@1", "m", "matte", "pixel")
        whole = replace(a_base(), grips={"mara": {"face": Grip("pixel", 0.9), "hair": Grip("pixel", 0.8)}})
        assert mode_words(made, whole).endswith(", pixel")
        partly = replace(whole, grips={"mara": {"face": Grip("pixel", 0.9), "hair": Grip("guided", 0.2)}})
        assert mode_words(made, partly).endswith("1 of 2 by pixel")
        none = replace(whole, grips={"mara": {"face": Grip("guided", 0.2)}})
        assert mode_words(made, none).endswith("only guided")


class TestRecipes:
    def test_what_names_a_folder_or_a_take_here_is_no_part_of_the_digest_and_what_determines_pixels_is(self) -> None:
        made = Generation("folder:1", "/home/ana/model", "matte", "pixel", "SC010_SH010_T001", "c" * 64)
        one = a_base(generation=made).recipe.recipe_sha256
        assert a_base(generation=replace(made, named="/mnt/model", base="SC020_SH010_T009")).recipe.recipe_sha256 == one
        for change in (
            {"model": "folder:2"},
            {"mode": "blocked"},
            {"base_sha256": "d" * 64},
            {"steps": 9},
            {"guidance": 2.0},
        ):
            assert a_base(generation=replace(made, **change)).recipe.recipe_sha256 != one

    def test_words_count_where_a_model_reads_them(self) -> None:
        other = replace(DAY, text="a bright day", unread=("bright",))
        assert a_base(other).recipe.recipe_sha256 == a_base(DAY).recipe.recipe_sha256
        made = Generation("m@1", "m", "references", "guided")
        assert a_base(other, generation=made).recipe.recipe_sha256 != a_base(DAY, generation=made).recipe.recipe_sha256

    def test_a_take_that_was_paid_for_is_not_made_again_to_look_at_it(self) -> None:
        take = a_base(engine="hosted", generation=Generation("fal-ai/a/b", "fal-ai/a/b", "references", "guided"))
        with pytest.raises(EngineError, match="paid again"):
            reshoot(None, take)


class TestPlanners:
    @pytest.mark.parametrize("info", [e for e in ENGINES if e.invents], ids=lambda e: e.name)
    def test_offer_models_with_the_raster_they_were_made_for(self, info: object) -> None:
        planned = planner(info)
        assert bool(planned.choices()) == (info.name == "vace")  # hosted preselects nothing that is paid for
        for words, model in planned.choices():
            assert words
            usual = planned.usual(model)
            if usual is not None:
                planned.check_raster(*usual[:3], model)
