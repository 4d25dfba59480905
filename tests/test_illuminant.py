"""Light recovered from a picture: what is light is found, what is no light is left over."""

import cv2
import numpy as np
import pytest

from sora_lock.colour import coded, linear_from_srgb, luma
from sora_lock.illuminant import recover, residual

H, W = 96, 160


def a_world() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Reflectance of six patches of cloth with stripes, their numbers, and the shading of a round light."""
    rng = np.random.default_rng(1)
    parts = 1 + (np.arange(H)[:, None] // 48) * 3 + np.arange(W)[None] // 54
    colours = rng.uniform(0.1, 0.7, (7, 3)).astype(np.float32)
    stripes = np.where(np.arange(W) // 5 % 2 == 0, 1.0, 0.6).astype(np.float32)
    reflectance = colours[parts] * stripes[None, :, None]
    x, y = np.meshgrid(np.linspace(-1, 1, W), np.linspace(-1, 1, H))
    return reflectance, parts, np.exp(-0.7 * (x**2 + y**2)).astype(np.float32)


def tinted(shading: np.ndarray) -> np.ndarray:
    """A light whose colour changes smoothly over the frame."""
    x = np.linspace(-1, 1, W)[None, :, None]
    return (shading[..., None] * np.exp(np.array([0.25, 0, -0.2]) * (1 + x) / 2)).astype(np.float32)


class TestALightOfOneColour:
    def test_is_recovered_with_its_smooth_tint(self) -> None:
        reflectance, parts, shading = a_world()
        light = tinted(shading)
        found = recover(reflectance * light, reflectance, parts, shading)
        assert np.abs(found / light - 1).mean() < 0.02

    def test_leaves_next_to_no_residual_even_through_eight_bit_and_grain(self) -> None:
        reflectance, parts, shading = a_world()
        grain = np.random.default_rng(2).normal(0, 5, (H, W, 3))
        picture = np.clip(coded(reflectance * tinted(shading)) + grain, 0, 255).astype(np.uint8)
        seen = linear_from_srgb(picture)
        rebuilt = reflectance * recover(seen, reflectance, parts, shading)
        assert residual(seen, rebuilt, parts > 0).mean() < 4


class TestWhatIsNoLight:
    @pytest.mark.parametrize("part", [1, 4, 6])
    def test_a_hue_that_one_part_drifted_to_is_left_over_there_and_nowhere_else(self, part: int) -> None:
        reflectance, parts, shading = a_world()
        picture = coded(reflectance * tinted(shading))
        hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
        hsv[parts == part, 0] = (hsv[parts == part, 0].astype(int) + 20) % 180
        seen = linear_from_srgb(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))
        rebuilt = reflectance * recover(seen, reflectance, parts, shading)
        off = residual(seen, rebuilt, parts > 0)
        others = [off[parts == n].mean() for n in range(1, 7) if n != part]
        assert off[parts == part].mean() > 3 * max(others)
        assert off[parts == part].mean() > 10

    def test_a_pattern_that_vanished_is_not_taken_for_shading(self) -> None:
        reflectance, parts, shading = a_world()
        plain = cv2.blur(reflectance, (21, 1))
        seen = plain * tinted(shading)
        rebuilt = reflectance * recover(seen, reflectance, parts, shading)
        across = luma(rebuilt)[20, 60:100].std() / luma(seen)[20, 60:100].std()
        assert across > 3  # the lock's stripes are back
        assert residual(seen, rebuilt, parts > 0).mean() > 8  # and it is said that the model had lost them

    def test_outside_what_is_held_there_is_no_light_and_no_residual(self) -> None:
        reflectance, parts, shading = a_world()
        parts = np.where(parts == 2, 0, parts)
        found = recover(reflectance * tinted(shading), reflectance, parts, shading)
        assert not found[parts == 0].any()
        assert not residual(np.ones_like(found), found, parts > 0)[parts == 0].any()

    def test_nothing_held_is_no_trouble(self) -> None:
        reflectance, parts, shading = a_world()
        assert not recover(reflectance, reflectance, np.zeros_like(parts), shading).any()
