"""sRGB to linear and back, and luma."""

import numpy as np

from sora_lock import colour


class TestTheTransferCurve:
    def test_known_points_of_the_standard_come_out(self) -> None:
        linear = colour.linear_from_srgb(np.array([0.0, 0.04045, 0.5, 1.0]))
        assert np.allclose(linear, [0.0, 0.0031308, 0.2140411, 1.0], atol=1e-6)

    def test_all_code_values_survive_the_way_there_and_back(self) -> None:
        codes = np.arange(256, dtype=np.uint8)
        back = np.rint(colour.srgb_from_linear(colour.linear_from_srgb(codes)) * 255)
        assert np.array_equal(back, codes)

    def test_code_values_go_through_the_table(self) -> None:
        codes = np.arange(256, dtype=np.uint8).reshape(16, 16)
        assert colour.linear_from_srgb(codes).dtype == np.float32
        assert np.allclose(colour.linear_from_srgb(codes), colour.linear_from_srgb(codes / 255.0), atol=1e-7)

    def test_highlights_above_one_are_kept(self) -> None:
        assert colour.srgb_from_linear(np.array([4.0]))[0] > 1.5


class TestLuma:
    def test_white_is_one_and_green_counts_most(self) -> None:
        assert np.allclose(colour.luma(np.ones((2, 3))), 1.0)
        red, green, blue = colour.luma(np.eye(3))
        assert green > red > blue
