"""Freezing, editing, names, policies, readiness and contradictions."""

import io
import unicodedata

import numpy as np
import pytest
from PIL import Image

from sora_lock.errors import MediaError, NamingError, NotFoundError, PolicyError
from sora_lock.lock import (
    check_name,
    check_policies,
    contradictions,
    edit,
    effective_policies,
    freeze_baked,
    freeze_picture,
    read_box,
    readiness,
)
from sora_lock.paths import shipped
from sora_lock.records import Chip, Direction
from sora_lock.store import Store
from sora_lock.subjects.photo import picture


def portrait(alpha: bool = True) -> bytes:
    rng = np.random.default_rng(4)
    pixels = rng.integers(40, 200, (200, 160, 4), dtype=np.uint8)
    inside = np.hypot(*(np.mgrid[0:200, 0:160] - np.array([100, 80]).reshape(2, 1, 1))) < 60
    pixels[..., 3] = np.where(inside, 255, 0)
    out = io.BytesIO()
    Image.fromarray(pixels if alpha else pixels[..., :3]).save(out, "PNG")
    return out.getvalue()


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


class TestFreezingTheShippedCast:
    def test_every_shipped_subject_freezes_as_version_one(self, store: Store) -> None:
        for kind in ("cast", "sets"):
            for name, folder in shipped(kind).items():
                lock = freeze_baked(store, name, folder)
                assert (lock.name, lock.version) == (name, 1)
                assert all(store.blob(a.image_sha256).is_file() for a in lock.anchors)

    def test_editing_makes_version_two_and_the_first_stays(self, store: Store) -> None:
        first = freeze_baked(store, "mara", shipped("cast")["mara"])
        second = edit(store, "mara", {"expression": "free"})
        assert (second.version, second.parent_sha256) == (2, first.lock_sha256)
        assert store.lock("mara", 1) == first
        assert effective_policies(second, {"mara": {"hair": "free"}})["hair"] == "free"

    def test_a_folder_without_a_lock_says_what_to_do(self, store: Store, tmp_path) -> None:
        with pytest.raises(NotFoundError, match="make assets"):
            freeze_baked(store, "nobody", tmp_path)


class TestFreezingAPicture:
    def test_a_picture_with_alpha_becomes_its_own_anchor(self, store: Store) -> None:
        lock = freeze_picture(store, "ada", "character", picture(portrait()))
        assert lock.subject == "photo"
        assert lock.anchors[0].image_sha256 == lock.subject_sha256
        assert {r.quantity for r in lock.readiness} == {"sharpness", "exposure", "face height", "coverage", "noise"}

    def test_without_a_matte_it_is_refused(self, store: Store) -> None:
        with pytest.raises(MediaError):
            freeze_picture(store, "ada", "character", picture(portrait(alpha=False)))
        assert store.locks() == []

    def test_a_face_box_makes_the_face_a_part_of_its_own(self, store: Store) -> None:
        lock = freeze_picture(store, "ada", "character", picture(portrait()), face_box=(50, 50, 110, 110))
        assert [r.name for r in lock.regions] == ["picture", "face"]
        assert next(r for r in lock.readiness if r.quantity == "face height").value == 60

    def test_only_a_character_has_a_face(self, store: Store) -> None:
        with pytest.raises(MediaError, match="Only a character"):
            freeze_picture(store, "lamp", "prop", picture(portrait()), face_box=(50, 50, 110, 110))

    def test_a_picture_is_no_set(self, store: Store) -> None:
        with pytest.raises(MediaError, match="depth"):
            freeze_picture(store, "ada", "set", picture(portrait()))


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
