"""Matting: what hints say, a known alpha recovered, corrections that stay where they were painted."""

import numpy as np
import pytest

from sora_lock.errors import MediaError
from sora_lock.subjects.estimators import Hints, Matte, matting, trimap

SIDE = 160
TONES = (np.array([0.5, 0.12, 0.05], np.float32), np.array([0.04, 0.16, 0.45], np.float32))


def disc(
    centre: tuple[float, float], radius: float, soft: float = 1.0, shape: tuple[int, int] = (SIDE, SIDE)
) -> np.ndarray:
    """Coverage of a disc whose edge is a ramp of `soft` px either way."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    return np.clip((radius - np.hypot(x - centre[0], y - centre[1])) / (2 * soft) + 0.5, 0, 1).astype(np.float32)


def over(alpha: np.ndarray, noise: float = 0.004) -> np.ndarray:
    """The one tone over the other with that coverage, linear, with a little noise."""
    clean = alpha[..., None] * TONES[0] + (1 - alpha[..., None]) * TONES[1]
    draw = np.random.default_rng(3).normal(0, noise, clean.shape)
    return np.clip(clean + draw, 0, 1).astype(np.float32)


def mask(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    out = np.zeros((SIDE, SIDE), bool)
    for x0, y0, x1, y1 in boxes:
        out[y0:y1, x0:x1] = True
    return out


@pytest.fixture(scope="module")
def alpha() -> np.ndarray:
    return disc((80, 80), 45, soft=3)


@pytest.fixture(scope="module")
def picture(alpha: np.ndarray) -> np.ndarray:
    return over(alpha)


@pytest.fixture(scope="module")
def made(picture: np.ndarray) -> Matte:
    return matting.matte(picture, Hints(box=(25, 25, 135, 135)))


class TestAKnownAlpha:
    def test_a_soft_edge_over_two_tones_is_recovered(self, made: Matte, alpha: np.ndarray) -> None:
        hard = np.abs((alpha > 0.5) - alpha).mean()
        assert np.abs(made.alpha - alpha).mean() < 0.4 * hard
        edge = (alpha > 0.05) & (alpha < 0.95)
        assert np.abs(made.alpha - alpha)[edge].mean() < 0.05

    def test_off_the_edge_it_is_exactly_nothing_and_exactly_everything(self, made: Matte, alpha: np.ndarray) -> None:
        assert (made.alpha[disc((80, 80), 38) == 1] == 1).all()
        assert (made.alpha[disc((80, 80), 56) == 0] == 0).all()
        assert made.alpha.dtype == np.float32

    def test_under_the_soft_edge_the_old_background_is_gone(
        self, made: Matte, picture: np.ndarray, alpha: np.ndarray
    ) -> None:
        edge = (alpha > 0.3) & (alpha < 0.9)
        before, after = (np.abs(x[edge] - TONES[0]).mean() for x in (picture, made.foreground))
        assert after < 0.35 * before

    def test_in_the_opaque_core_the_foreground_is_the_picture(self, made: Matte, picture: np.ndarray) -> None:
        core = made.alpha == 1
        assert np.array_equal(made.foreground[core], picture[core])

    def test_a_stroke_alone_points_at_it_as_well(self, picture: np.ndarray, alpha: np.ndarray) -> None:
        made = matting.matte(picture, Hints(subject=mask((60, 75, 100, 85)), background=mask((2, 2, 158, 10))))
        assert np.abs(made.alpha - alpha).mean() < 0.006

    def test_the_same_picture_and_hints_give_the_same_matte(self, made: Matte, picture: np.ndarray) -> None:
        again = matting.matte(picture, Hints(box=(25, 25, 135, 135)))
        assert np.array_equal(again.alpha, made.alpha)

    def test_it_says_who_made_it_of_what(self, made: Matte) -> None:
        assert made.made_by.name == "classical"
        assert made.made_by.parameters["hints"] == "box 25,25 to 135,135"

    def test_a_picture_too_large_to_solve_whole_keeps_its_edge(
        self, picture: np.ndarray, alpha: np.ndarray, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(matting, "SOLVED_PX", 3000)
        made = matting.matte(picture, Hints(box=(25, 25, 135, 135)))
        assert made.alpha.shape == alpha.shape
        assert np.abs(made.alpha - alpha).mean() < 0.01


class TestTheTrimap:
    def test_its_band_widens_where_colours_do_not_part(self) -> None:
        alpha = disc((80, 80), 45)
        alike = over(alpha)
        alike[:, 80:] = TONES[0] + np.random.default_rng(1).normal(0, 0.01, alike[:, 80:].shape)  # right half: one tone
        alike = np.clip(alike, 0, 1).astype(np.float32)
        known = trimap.trimap(matting.coded(alike), alpha > 0.5)
        unknown = known == 0.5
        assert unknown[:, 80:].sum() > 1.25 * unknown[:, :80].sum()

    def test_stray_hair_on_an_even_background_is_unknown_and_not_lost(self) -> None:
        alpha = disc((80, 90), 40)
        hair = np.zeros_like(alpha)
        hair[44:52, 80] = 0.8
        picture = over(np.maximum(alpha, hair), noise=0.002)
        known = trimap.trimap(matting.coded(picture), alpha > 0.5)
        assert (known[46:50, 80] == 0.5).all()

    def test_on_both_sides_of_the_band_it_is_sure(self) -> None:
        alpha = disc((80, 80), 45)
        known = trimap.trimap(matting.coded(over(alpha)), alpha > 0.5)
        assert set(np.unique(known)) == {0.0, 0.5, 1.0}
        assert known[80, 80] == 1 and known[5, 5] == 0


class TestCorrections:
    def test_what_was_left_out_comes_back_and_the_rest_keeps_its_bits(self) -> None:
        both = np.maximum(disc((50, 50), 30), disc((115, 115), 22))
        picture = over(both)
        first = matting.matte(picture, Hints(box=(15, 15, 85, 85)))
        assert first.alpha[115, 115] == 0
        second = matting.correct(picture, first, mask((105, 112, 125, 118)), None)
        assert np.abs(second.alpha - both).mean() < 0.006
        assert np.array_equal(second.alpha[:75, :75], first.alpha[:75, :75])

    def test_what_was_too_much_goes(self) -> None:
        both = np.maximum(disc((50, 50), 30), disc((115, 115), 22))
        picture = over(both)
        first = matting.matte(picture, Hints(box=(10, 10, 150, 150)))
        assert first.alpha[115, 115] == 1
        second = matting.correct(picture, first, None, mask((105, 112, 125, 118)))
        assert second.alpha[90:, 90:].max() < 0.02
        assert np.array_equal(second.alpha[:75, :75], first.alpha[:75, :75])

    def test_strokes_that_agree_change_nothing_but_the_record(self, made: Matte, picture: np.ndarray) -> None:
        again = matting.correct(picture, made, mask((70, 70, 90, 90)), mask((2, 2, 12, 12)))
        assert np.array_equal(again.alpha, made.alpha)
        assert again.made_by.parameters["corrected_px"] == 500

    def test_where_both_are_painted_background_wins(self) -> None:
        both = np.maximum(disc((50, 50), 30), disc((115, 115), 22))
        picture = over(both)
        first = matting.matte(picture, Hints(box=(10, 10, 150, 150)))
        spot = mask((105, 112, 125, 118))
        second = matting.correct(picture, first, spot, spot)
        assert second.alpha[112:118, 105:125].max() == 0 and second.alpha[50, 50] == 1

    def test_nothing_painted_is_said(self, made: Matte, picture: np.ndarray) -> None:
        with pytest.raises(MediaError, match="Nothing was painted"):
            matting.correct(picture, made, None, mask())


class TestBadHints:
    @pytest.mark.parametrize(
        ("hints", "words"),
        [
            (Hints(), "draw a box around it, or a stroke"),
            (Hints(subject=np.zeros((SIDE, SIDE), bool)), "draw a box around it, or a stroke"),
            (Hints(box=(20, 20, 300, 90)), "does not lie within the picture of 160x160"),
            (Hints(box=(90, 20, 40, 90)), "does not lie within"),
            (Hints(box=(90, 20, 95, 25)), "too small"),
            (Hints(subject=np.ones((50, 60), bool)), "60x50 px and the picture 160x160"),
            (Hints(box=(5, 5, 60, 60), subject=mask((100, 100, 120, 120))), "outside the box"),
        ],
    )
    def test_hints_that_say_nothing_or_do_not_fit_are_refused(
        self, picture: np.ndarray, hints: Hints, words: str
    ) -> None:
        with pytest.raises(MediaError, match=words):
            matting.matte(picture, hints)

    def test_no_subject_under_the_stroke_is_said(self) -> None:
        even = over(np.zeros((SIDE, SIDE), np.float32), noise=0.0)
        stroke, rest = (
            mask((70, 78, 90, 82)),
            mask((0, 0, 160, 60), (0, 100, 160, 160), (0, 0, 60, 160), (100, 0, 160, 160)),
        )
        with pytest.raises(MediaError, match="No subject was found under the stroke"):
            matting.matte(even, Hints(subject=stroke, background=rest))

    def test_a_correction_that_leaves_nothing_is_refused_and_the_matte_stands(
        self, picture: np.ndarray, made: Matte
    ) -> None:
        before = made.alpha.copy()
        with pytest.raises(MediaError, match="matte is empty"):
            matting.correct(picture, made, None, np.ones((SIDE, SIDE), bool))
        assert np.array_equal(made.alpha, before)

    def test_a_matte_of_everything_is_refused(self, picture: np.ndarray, made: Matte) -> None:
        with pytest.raises(MediaError, match="covers everything"):
            matting.correct(picture, made, np.ones((SIDE, SIDE), bool), None)

    def test_a_picture_with_no_numbers_in_it_is_refused(self, picture: np.ndarray) -> None:
        broken = picture.copy()
        broken[3, 3, 1] = np.nan
        with pytest.raises(MediaError, match="no numbers"):
            matting.matte(broken, Hints(box=(25, 25, 135, 135)))
