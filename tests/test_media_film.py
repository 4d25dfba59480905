"""Film: clean black, mid grey where it belongs, neon that runs to white, grades that do what they say, grain that stays away."""

from __future__ import annotations

import numpy as np
import pytest

from sora_lock.media.film import LOOKS, curve, develop, grain


def patch(*rgb: float, side: int = 64) -> np.ndarray:
    return np.full((side, side, 3), rgb, np.float32)


def code(*rgb: float, **how: object) -> np.ndarray:
    """Mean code values of a developed patch, float [3]."""
    return develop(patch(*rgb), **how).reshape(-1, 3).mean(axis=0)  # type: ignore[arg-type]


class TestCurve:
    def test_black_is_clean(self) -> None:
        assert develop(patch(0, 0, 0)).max() <= 2

    def test_mid_grey_lies_in_the_middle(self) -> None:
        assert 0.42 <= code(0.18, 0.18, 0.18).mean() / 255 <= 0.46

    def test_is_monotonic_from_deep_shadow_to_white(self) -> None:
        v = curve(np.geomspace(1e-6, 100, 4000))
        assert np.all(np.diff(v) >= 0)
        assert v[-1] == pytest.approx(1.0)

    def test_has_a_toe_and_a_shoulder(self) -> None:
        stops = np.diff(curve(0.18 * 2.0 ** np.arange(-7, 7)))
        steepest = int(np.argmax(stops))
        assert 3 <= steepest <= 9
        assert stops[0] < stops[steepest] / 4
        assert stops[-1] < stops[steepest] / 4

    def test_greys_stay_grey(self) -> None:
        for level in (0.01, 0.18, 0.7, 3.0):
            values = code(level, level, level)
            assert np.ptp(values) < 0.01

    def test_odd_numbers_do_not_break_a_frame(self) -> None:
        picture = patch(0.18, 0.18, 0.18)
        picture[0, 0], picture[0, 1], picture[0, 2] = np.nan, np.inf, -5.0
        out = develop(picture)
        assert out[0, 0].max() == 0
        assert out[0, 1].min() == 255
        assert out[0, 2].max() == 0
        assert out[5, 5].min() >= 105

    def test_a_strong_neon_runs_to_white_and_a_weak_one_keeps_its_colour(self) -> None:
        weak, strong = code(0.4, 0.01, 0.3), code(16.0, 0.4, 12.0)
        assert weak[1] < 0.35 * weak[0]
        assert strong[1] > 0.7 * strong[0]

    def test_exposure_counts_in_stops(self) -> None:
        assert np.allclose(code(0.1, 0.2, 0.05, exposure_ev=1.0), code(0.2, 0.4, 0.1), atol=0.6)

    def test_dark_gradients_do_not_band(self) -> None:
        ramp = np.linspace(0.004, 0.012, 512, dtype=np.float32)
        out = develop(np.repeat(ramp[None, :, None], 256, 0).repeat(3, 2), seed=1)[..., 1]
        local = out.reshape(256, 64, 8).mean(axis=(0, 2))
        assert np.all(np.diff(local) > 0)


class TestGrades:
    def test_every_grade_changes_the_picture_and_more_with_a_larger_amount(self) -> None:
        plain = code(0.35, 0.2, 0.12)
        for name in LOOKS:
            slight, full = (np.abs(code(0.35, 0.2, 0.12, grade={name: a}) - plain).sum() for a in (0.5, 1.0))
            assert 0 < slight < full, name

    def test_warm_and_cool_pull_apart(self) -> None:
        grey = {n: code(0.18, 0.18, 0.18, grade={n: 1.0}) for n in ("warm", "cool")}
        assert grey["warm"][0] > grey["warm"][2] + 15
        assert grey["cool"][2] > grey["cool"][0] + 15

    def test_black_and_white_is_grey(self) -> None:
        assert np.ptp(code(0.6, 0.1, 0.3, grade={"black and white": 1.0})) < 0.5
        assert np.ptp(code(0.6, 0.1, 0.3, grade={"black and white": 2.0})) < 0.5

    def test_bleach_bypass_takes_colour_and_adds_contrast(self) -> None:
        plain, bleached = (code(0.3, 0.1, 0.1, **g) for g in ({}, {"grade": {"bleach bypass": 1.0}}))
        assert np.ptp(bleached) < 0.7 * np.ptp(plain)
        span = [
            code(0.6, 0.6, 0.6, **g).mean() - code(0.03, 0.03, 0.03, **g).mean()
            for g in ({}, {"grade": {"bleach bypass": 1.0}})
        ]
        assert span[1] > span[0] + 8

    def test_teal_and_orange_splits_shadow_and_light(self) -> None:
        dark, light = (code(v, v, v, grade={"teal and orange": 1.0}) for v in (0.04, 0.7))
        assert dark[2] > dark[0]
        assert light[0] > light[2]

    def test_vivid_and_muted_move_saturation_either_way(self) -> None:
        plain, vivid, muted = (np.ptp(code(0.3, 0.15, 0.1, grade=g)) for g in ({}, {"vivid": 1.0}, {"muted": 1.0}))
        assert muted < plain < vivid

    def test_black_stays_black_under_every_grade(self) -> None:
        for name in LOOKS:
            assert develop(patch(0, 0, 0), grade={name: 1.0}).max() <= 4, name

    def test_negated_and_unknown_grades_do_nothing(self) -> None:
        assert np.array_equal(
            develop(patch(0.2, 0.1, 0.1), grade={"warm": 0.0, "sepia": 1.0}), develop(patch(0.2, 0.1, 0.1))
        )


class TestReproducibility:
    def test_the_same_frame_gives_the_same_bytes(self) -> None:
        picture = np.random.default_rng(0).random((90, 160, 3), np.float32)
        how = {"grade": {"warm": 1.0}, "seed": 7, "frame": 3}
        assert np.array_equal(develop(picture, **how), develop(picture.copy(), **how))

    @pytest.mark.parametrize("shape", [(2, 2), (540, 960), (1300, 1100)])
    def test_any_size_is_developed(self, shape: tuple[int, int]) -> None:
        assert develop(np.zeros((*shape, 3), np.float32)).shape == (*shape, 3)


class TestGrain:
    grey = np.full((270, 480, 3), 112, np.uint8)

    def test_is_subtle_and_keeps_the_mean(self) -> None:
        out = grain(self.grey, 1, 2).astype(float)
        assert 1.0 < out.std() < 3.5
        assert abs(out.mean() - 112) < 0.2

    def test_is_least_in_black_and_white(self) -> None:
        spread = {v: grain(np.full((200, 200, 3), v, np.uint8), 1, 2).std() for v in (0, 112, 255)}
        assert spread[0] < spread[112] / 2
        assert spread[255] == 0

    def test_changes_from_frame_to_frame_but_not_from_run_to_run(self) -> None:
        assert np.array_equal(grain(self.grey, 1, 2), grain(self.grey, 1, 2))
        one, two = (grain(self.grey, 1, f).astype(float).ravel() for f in (2, 3))
        assert abs(np.corrcoef(one, two)[0, 1]) < 0.05

    def test_stays_where_the_mask_says(self) -> None:
        rng = np.random.default_rng(0)
        rgb = rng.integers(0, 256, (90, 160, 3), dtype=np.uint8)
        mask = rng.random((90, 160)) > 0.5
        out = grain(rgb, 1, 2, 3.0, mask)
        assert np.array_equal(out[~mask], rgb[~mask])
        assert not np.array_equal(out[mask], rgb[mask])

    def test_follows_a_soft_mask(self) -> None:
        weight = np.zeros((270, 480), np.float32)
        weight[:, 160:320], weight[:, 320:] = 0.5, 1.0
        out = grain(self.grey, 1, 2, 3.0, weight).astype(float)
        none, half, full = (out[:, i : i + 160].std() for i in (0, 160, 320))
        assert none == 0
        assert 0.35 * full < half < 0.65 * full

    def test_strength_none_changes_nothing(self) -> None:
        assert np.array_equal(grain(self.grey, 1, 2, 0.0), self.grey)
