"""What the transformer is trained on against what the stock pipeline gives it, and the direction of the flow."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image

from tests.training_parts import FRAMES, HEIGHT, WIDTH, clip, scheduler, tiny_pipeline
from training.batches import CAST, DEPTH, NO_CAPTION, ONLY_REFERENCES, PICTURE, SET, Shelf, referred, told
from training.latents import KINDS, Take, kept_frames, normal
from training.scenes import on_white
from training.train import levels, noised, squared
from training.vae import encoded


@pytest.fixture(scope="module")
def pipe():
    return tiny_pipeline()


@pytest.fixture(scope="module")
def held():
    rng = np.random.default_rng(5)
    mask = np.zeros((FRAMES, HEIGHT, WIDTH), np.uint8)
    for frame in range(FRAMES):
        x, y = rng.integers(0, 30, 2)
        mask[frame, y // 2 : y // 2 + 15, x : x + 20] = 1
    return mask


def _latents(pipe, rgb):
    return normal(pipe.vae, encoded(pipe.vae, rgb))[0]


def _take(pipe, held):
    rgb, depth = clip(1), np.repeat(clip(2)[..., :1], 3, axis=3)
    on = held[..., None] > 0
    pictures = [rgb, depth, np.where(on, rgb, np.uint8(128)), np.where(on, np.uint8(128), rgb)]
    made = torch.stack([_latents(pipe, p) for p in pictures]).half().numpy()
    blank = normal(pipe.vae, pipe.vae.encode(torch.zeros(1, 3, FRAMES, HEIGHT, WIDTH)).latent_dist.mode())[0].detach()
    return Take(made, held[kept_frames(FRAMES)], ["x"], made[:0, :, 0]), pictures, blank


def _theirs(pipe, video, mask, references):
    frames = None if video is None else [Image.fromarray(f) for f in video]
    masks = None if mask is None else [Image.fromarray(m * 255) for m in mask]
    video, mask, references = pipe.preprocess_conditions(
        frames, masks, references, 1, HEIGHT, WIDTH, FRAMES, torch.float32, torch.device("cpu")
    )
    latents = pipe.prepare_video_latents(video, mask, references, None, torch.device("cpu"))
    return torch.cat([latents, pipe.prepare_masks(mask, references)], dim=1)[0].detach()


@pytest.fixture
def shelf(tmp_path):
    """One scene of what is shipped alone among eight, two references each."""
    for folder in ("scenes", "latents"):
        (tmp_path / folder).mkdir()
    for k in range(8):
        cast, place, kind = (["mara"], "alley", "alley") if k == 5 else (["mara"], f"s{k}", "street")
        meta = {"cast": cast, "place": place, "kind": kind}
        np.savez(
            tmp_path / "scenes" / f"{k}.npz",
            meta=np.frombuffer(json.dumps(meta).encode(), np.uint8),
        )
        told_of = {"captions": [[f"scene {k}"]]}
        np.savez(
            tmp_path / "latents" / f"{k}.npz",
            latents0=np.full((4, 2, 1, 2, 4), k, np.float16),
            mask0=np.zeros((1, 16, 4), np.uint8),
            references=np.zeros((4, 2, 2, 4), np.float16),
            meta=np.frombuffer(json.dumps(told_of).encode(), np.uint8),
        )
    np.savez(tmp_path / "blank.npz", **{"1": np.zeros((2, 1, 2, 4), np.float16)})
    return Shelf(tmp_path)


class TestShelf:
    def test_half_of_what_is_seen_is_shipped_and_the_rest_is_anything(self, shelf):
        rng = np.random.default_rng(1)
        seen = torch.cat([shelf.batch(rng, 12, False).clean[:, 0, -1, 0, 0] for _ in range(60)])
        share = {k: float((seen == k).float().mean()) for k in range(8)}
        assert 0.5 < share[5] < 0.63
        assert all(0.03 < share[k] < 0.1 for k in share if k != 5)

    def test_captions_are_left_out_oftener_where_references_stand_in_their_place(self, shelf):
        rng = np.random.default_rng(2)
        silent = {False: [], True: []}
        for _ in range(300):
            made = shelf.batch(rng, 6, False)
            silent[made.references > 0] += [c == "" for c in made.captions]
        assert np.mean(silent[False]) == pytest.approx(NO_CAPTION, abs=0.04)
        assert np.mean(silent[True]) == pytest.approx(ONLY_REFERENCES, abs=0.06)


class TestControl:
    def test_there_is_a_latent_of_each_kind_of_picture(self):
        assert [KINDS[k] for k in (PICTURE, DEPTH, CAST, SET)] == ["picture", "depth", "cast", "set"]

    @pytest.mark.parametrize("task", ["text", "depth", "hold cast", "hold set"])
    def test_it_is_what_the_pipeline_makes_of_the_same_task(self, pipe, held, task):
        take, (_, depth, cast, rest), blank = _take(pipe, held)
        given = {
            "text": (None, None),
            "depth": (depth, np.ones_like(held)),
            "hold cast": (cast, 1 - held),
            "hold set": (rest, held),
        }
        theirs = _theirs(pipe, *given[task], None)
        ours = told(take, task, blank)
        assert ours.shape == theirs.shape
        # bytes have no 0 in -1..1: a picture blanked to 128 is a 255th off the pipeline's blank
        assert (ours - theirs).abs().max() < 0.05
        assert torch.equal(ours[2 * 4 :], theirs[2 * 4 :])

    def test_references_stand_before_it_as_the_pipeline_puts_them(self, pipe, held):
        take, _, blank = _take(pipe, held)
        square = np.random.default_rng(9).integers(0, 256, (HEIGHT, HEIGHT, 4), dtype=np.uint8)
        square[..., 3] = 255
        wide = np.random.default_rng(8).integers(0, 256, (HEIGHT, WIDTH, 4), dtype=np.uint8)
        wide[..., 3] = 255
        x, c = torch.from_numpy(take.latents[PICTURE]).float(), told(take, "text", blank)
        for rgba in (square, wide):
            canvas = on_white(rgba, HEIGHT, WIDTH)
            x, c = referred(x, c, _latents(pipe, canvas[None])[:, 0])
        theirs = _theirs(pipe, None, None, [Image.fromarray(r[..., :3]) for r in (square, wide)])
        assert x.shape[1] == c.shape[1] == theirs.shape[1]
        assert (c - theirs).abs().max() < 0.05


class TestFlow:
    def test_a_perfect_answer_takes_the_stock_scheduler_from_noise_to_the_picture(self):
        torch.manual_seed(0)
        clean, noise = torch.randn(1, 4, 2, 2, 4), torch.randn(1, 4, 2, 2, 4)
        stock = scheduler()
        stock.set_timesteps(12)
        x = noise
        for t in stock.timesteps:
            x = stock.step(noise - clean, t, x, return_dict=False)[0]
        assert torch.allclose(x, clean, atol=0.05)

    def test_what_the_network_sees_at_a_timestep_is_what_the_scheduler_has_there(self):
        torch.manual_seed(0)
        clean, noise = torch.randn(1, 4, 2, 2, 4), torch.randn(1, 4, 2, 2, 4)
        stock = scheduler()
        stock.set_timesteps(12)
        x = noise
        for t in stock.timesteps:
            seen, answer = noised(clean, noise, t[None] / 1000)
            assert torch.allclose(x, seen, atol=0.05)
            x = stock.step(answer, t, x, return_dict=False)[0]

    def test_levels_lie_between_clean_and_noise_and_lean_to_noise(self):
        made = levels(4000, torch.Generator().manual_seed(0))
        assert float(made.min()) > 0 and float(made.max()) < 1
        assert 0.55 < float(made.mean()) < 0.7

    def test_an_error_without_structure_counts_as_it_is_and_one_of_the_whole_picture_more(self):
        error = torch.randn(4, 16, 2, 36, 64, generator=torch.Generator().manual_seed(0))
        assert squared(error).item() == pytest.approx(1, rel=0.02)
        assert squared(torch.ones(1, 2, 1, 16, 32)).item() == pytest.approx((1 + 4 + 16) / 3)
