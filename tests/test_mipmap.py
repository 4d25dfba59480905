"""`sample(R, st)`: the rule, as it is stated."""

import numpy as np

from sora_lock.mipmap import Mipmap


def by_hand(atlas: np.ndarray, s: float, t: float, lod: float) -> np.ndarray:
    levels = [atlas.astype(np.float64)]
    while levels[-1].shape[0] > 1:
        a = levels[-1]
        levels.append((a[::2, ::2] + a[1::2, ::2] + a[::2, 1::2] + a[1::2, 1::2]) / 4)
    lod = min(max(lod, 0), len(levels) - 1)
    out = np.zeros(3)
    for level, weight in ((int(lod), 1 - lod % 1), (min(int(lod) + 1, len(levels) - 1), lod % 1)):
        image, n = levels[level], len(levels[level])
        x, y = s * n - 0.5, t * n - 0.5
        for dy in (0, 1):
            for dx in (0, 1):
                i, j = int(np.floor(x)) + dx, int(np.floor(y)) + dy
                w = (1 - abs(x - i)) * (1 - abs(y - j))
                out += weight * w * image[min(max(j, 0), n - 1), min(max(i, 0), n - 1)]
    return out


class TestSample:
    def test_it_follows_the_stated_rule(self) -> None:
        draw = np.random.default_rng(0)
        atlas = draw.random((32, 32, 3), np.float32)
        st = draw.random((200, 3), np.float32) * np.float32([1, 1, 7])
        want = np.stack([by_hand(atlas, *x) for x in st.astype(float)])
        assert np.abs(Mipmap(atlas).sample(st) - want).max() < 2e-6

    def test_the_middle_of_a_texel_is_that_texel(self) -> None:
        atlas = np.random.default_rng(1).random((8, 8, 3), np.float32)
        st = np.stack([(np.arange(8) + 0.5) / 8, np.full(8, 2.5 / 8), np.zeros(8)], axis=1).astype(np.float32)
        assert np.allclose(Mipmap(atlas).sample(st), atlas[2], atol=1e-6)

    def test_the_last_level_is_the_mean(self) -> None:
        atlas = np.random.default_rng(3).random((64, 64, 3), np.float32)
        got = Mipmap(atlas).sample(np.array([[0.3, 0.9, 99.0]], np.float32))[0]
        np.testing.assert_allclose(got, atlas.mean(axis=(0, 1)), atol=1e-5)

    def test_half_a_level_is_the_mean_of_its_neighbours(self) -> None:
        chain = Mipmap(np.random.default_rng(3).random((64, 64, 3), np.float32))
        low, mid, high = (chain.sample(np.array([[0.41, 0.57, lod]], np.float32))[0] for lod in (1.0, 1.5, 2.0))
        np.testing.assert_allclose(mid, (low + high) / 2, atol=1e-6)

    def test_a_chain_stops_at_an_odd_side(self) -> None:
        assert Mipmap(np.zeros((96, 96, 3), np.float32)).sides.tolist() == [96, 48, 24, 12, 6, 3]

    def test_a_level_is_a_view_that_nobody_writes_to(self) -> None:
        atlas = np.random.default_rng(5).random((8, 8, 3), np.float32)
        chain = Mipmap(atlas)
        assert np.array_equal(chain.level(0), atlas) and chain.level(3).shape == (1, 1, 3)
        assert np.shares_memory(chain.level(1), chain.texels) and not chain.level(1).flags.writeable
