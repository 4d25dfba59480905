"""The VAE of the miniature against the stock class it is."""

from __future__ import annotations

import torch

from tests.training_parts import clip
from training.steps import Steps
from training.vae import TINY, build, decoded, encoded, loss_of, quick_stills


def _pair():
    torch.manual_seed(1)
    plain = build(TINY).eval()
    quick = build(TINY).eval()
    quick.load_state_dict(plain.state_dict())
    return plain, quick_stills(quick)


class TestSize:
    def test_it_is_8_times_smaller_in_space_and_4_times_in_time(self):
        raw = encoded(build(TINY), clip(frames=9))
        assert raw.shape == (1, TINY.z, 3, 4, 8)


class TestQuickStills:
    def test_stills_and_clips_come_out_the_same(self):
        plain, quick = _pair()
        for frames in (1, 5):
            x = torch.rand(2, 3, frames, 32, 64) * 2 - 1
            with torch.no_grad():
                z = plain.encode(x).latent_dist.mode()
                assert torch.allclose(z, quick.encode(x).latent_dist.mode(), atol=1e-4)
                assert torch.allclose(plain.decode(z).sample, quick.decode(z).sample, atol=1e-4)


class TestDecoded:
    def test_it_is_decode_before_the_clamp(self):
        plain, _ = _pair()
        z = torch.randn(1, TINY.z, 2, 4, 8) * 3
        with torch.no_grad():
            ours = decoded(plain, z)
            assert torch.allclose(ours.clamp(-1, 1), plain.decode(z).sample, atol=1e-5)
        assert ours.shape == (1, 3, 5, 32, 64)


class TestLoss:
    def test_steps_down_its_gradient_lower_it(self):
        torch.manual_seed(2)
        vae = build(TINY)
        steps = Steps(vae, lambda _, weight: weight.dim() > 3, (0.9, 0.99), 0.0)
        x = torch.full((1, 3, 1, 32, 64), -0.6)
        x[:, :, :, :, 32:] = 0.7
        first = 0.0
        for _ in range(120):
            loss, told = loss_of(vae, x)
            steps.take(loss, 3e-3)
            first = first or told["absolute"]
        assert told["absolute"] < 0.5 * first
