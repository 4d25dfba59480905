"""Names, policies, face boxes, readiness and contradictions."""

import unicodedata

import numpy as np
import pytest

from sora_lock.errors import MediaError, NamingError, PolicyError
from sora_lock.freeze import freeze_baked
from sora_lock.lock import (
    check_name,
    check_policies,
    contradictions,
    read_box,
    readiness,
)
from sora_lock.paths import shipped
from sora_lock.records import Chip, Direction
from sora_lock.store import Store


class TestNames:
    def test_an_at_sign_and_capitals_are_taken_off(self) -> None:
        assert check_name("@Mara") == "mara"

    def test_unicode_forms_of_one_name_are_one_name(self) -> None:
        assert check_name(unicodedata.normalize("NFD", "élodie")) == check_name("élodie")

    @pytest.mark.parametrize(
        "name", ["", "  ", "@", "a" * 41, "-x", "a b", "a/b", "../x", "<script>", "${x}", "a\0b", "\ud800", "\u202eabc"]
    )
    def test_what_is_no_name_is_refused_with_words(self, name: str) -> None:
        with pytest.raises(NamingError, match="name"):
            check_name(name)


class TestPolicies:
    def test_silence_means_hold(self) -> None:
        assert set(check_policies("character", {"expression": "free"}).items()) >= {
            ("expression", "free"),
            ("face", "hold"),
        }

    @pytest.mark.parametrize("bad", [{"layout": "hold"}, {"face": "maybe"}])
    def test_an_unknown_attribute_or_policy_is_refused(self, bad: dict[str, str]) -> None:
        with pytest.raises(PolicyError):
            check_policies("character", bad)

    def test_an_unknown_kind_is_refused(self) -> None:
        with pytest.raises(PolicyError, match="kind"):
            check_policies("ghost", {})  # type: ignore[arg-type]


class TestFaceBoxes:
    @pytest.mark.parametrize("text", ["120,40,260,210", " 120, 40, 260, 210 ", "120 40 260 210", "120;40;260;210"])
    def test_four_numbers_are_a_box_however_they_are_set_apart(self, text: str) -> None:
        assert read_box(text) == (120, 40, 260, 210)

    def test_nothing_is_no_box(self) -> None:
        assert read_box("  ") is None

    @pytest.mark.parametrize("text", ["1,2,3", "1,2,3,4,5", "a,b,c,d", "1.5,2,3,4", "-1,2,3,4", "²,1,2,3", "1,,2,3"])
    def test_anything_else_is_refused_with_an_example(self, text: str) -> None:
        with pytest.raises(MediaError, match="four whole numbers"):
            read_box(text)


class TestReadiness:
    def test_a_blurred_picture_is_told_from_a_sharp_one(self) -> None:
        rng = np.random.default_rng(1)
        sharp = np.repeat(rng.integers(0, 2, (200, 200, 1)) * 120 + 60, 3, axis=2).astype(np.uint8)
        alpha = np.ones((200, 200), np.float32)
        soft = np.full_like(sharp, 120)

        def level(rgb):
            return next(r.level for r in readiness(rgb, alpha) if r.quantity == "sharpness")

        assert (level(sharp), level(soft)) == ("good", "poor")

    def test_white_noise_is_measured_by_its_deviation(self) -> None:
        rng = np.random.default_rng(2)
        grey = np.clip(np.rint(120 + rng.normal(0, 8, (300, 300, 1))), 0, 255).astype(np.uint8)
        noise = next(
            r for r in readiness(np.repeat(grey, 3, axis=2), np.ones((300, 300), np.float32)) if r.quantity == "noise"
        )
        assert noise.level == "fair"

    def test_an_empty_matte_is_said(self) -> None:
        (only,) = readiness(np.zeros((20, 20, 3), np.uint8), np.zeros((20, 20), np.float32))
        assert only.level == "poor"


class TestContradictions:
    @pytest.fixture
    def mara(self, store: Store):
        return freeze_baked(store, "mara", shipped("cast")["mara"], {"expression": "hold"})

    def test_a_smile_against_a_held_expression_is_found_with_both_ways_out(self, mara) -> None:
        smile = Direction("smiling", (Chip("expression", "smile", "smiling"),))
        (found,) = contradictions([Direction("rain"), smile], [mara], {})
        assert (found.line, found.lock, found.attribute) == (1, "mara", "expression")
        assert "expression=free" in found.words
        assert "new version" in found.words

    def test_an_override_or_a_negation_contradicts_nothing(self, mara) -> None:
        smile = Direction("smiling", (Chip("expression", "smile", "smiling"),))
        not_smiling = Direction("not smiling", (Chip("expression", "smile", "not smiling", 0),))
        assert contradictions([smile], [mara], {"mara": {"expression": "evolve"}}) == ()
        assert contradictions([not_smiling], [mara], {}) == ()

    def test_light_and_weather_never_contradict(self, mara) -> None:
        assert contradictions([Direction("rain", (Chip("weather", "rain"), Chip("light", "neon")))], [mara], {}) == ()
