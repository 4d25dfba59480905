"""What the transformer trains on: scenes as latents, with everything a VACE is told of them.

    nice -n 19 .venv/bin/python -m training.latents --work WORK             # encodes the scenes that are not encoded yet
    nice -n 19 .venv/bin/python -m training.latents --work WORK --limit 2   # the one-minute variant

Place in the path: training, after `vae`, before `train`. A scene becomes one file of normalised latents in halves: its pictures, their depth in grey, their pictures
with all but the cast blanked and with the cast blanked (what the pipeline calls "inactive" under a mask), its references on white, and where the
cast is. What a blank picture is encoded to is kept once.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKLWan
from numpy.typing import NDArray
from torch import Tensor

from training.data import Filmed, scene_files
from training.keep import device
from training.scenes import on_white
from training.vae import SPATIAL, TEMPORAL, encoded, quick_stills

Halves = NDArray[np.float16]
KINDS = ("picture", "depth", "cast", "set")
"""The pictures of a take: itself, its depth, the cast on grey, the set with the cast blanked to grey."""


@dataclass(frozen=True)
class Take:
    """A take as the transformer sees it.

    Attributes:
        latents: float16 [4, C, F, H, W], the `KINDS`, normalised.
        mask: uint8 [F, 8 H, 8 W], 1 where the cast is, in the frames that the pipeline's folding of masks keeps.
        captions: ways of saying what it shows.
        references: float16 [R, C, H, W] of the scene: three views of each of the cast, then the set's.
    """

    latents: Halves
    mask: NDArray[np.uint8]
    captions: list[str]
    references: Halves


def normal(vae: AutoencoderKLWan, raw: Tensor) -> Tensor:
    """Raw latents [B, C, ...] with the mean and deviation of the VAE's configuration taken out."""
    shape = (1, -1, *(1,) * (raw.dim() - 2))
    return (raw - torch.tensor(vae.config.latents_mean).view(shape)) / torch.tensor(vae.config.latents_std).view(shape)


def kept_frames(frames: int) -> list[int]:
    """Which frames of a mask the pipeline keeps: "nearest-exact" of so many frames to one for each latent frame."""
    latent = (frames + TEMPORAL - 1) // TEMPORAL
    return [int((k + 0.5) * frames / latent) for k in range(latent)]


def path_of(work: Path, scene: Path) -> Path:
    """Where the latents of a scene file lie."""
    return work / "latents" / scene.name


def _four(scene: Filmed, first: int, frames: int) -> NDArray[np.uint8]:
    """The `KINDS` of a take, uint8 [4, F, H, W, 3]."""
    rgb = scene.rgb(first, frames)
    near = np.repeat(scene.near(first, frames)[..., None], 3, axis=3)
    held = (scene.cover(first, frames) > 127)[..., None]
    return np.stack([rgb, near, np.where(held, rgb, np.uint8(128)), np.where(held, np.uint8(128), rgb)])


def _encoded(vae: AutoencoderKLWan, clips: NDArray[np.uint8]) -> Halves:
    """Normalised latents float16 [N, C, F', H', W'] of clips uint8 [N, F, H, W, 3]."""
    made = [normal(vae, encoded(vae, clip)) for clip in clips]
    return np.asarray(torch.cat(made).half().numpy())


def encode(vae: AutoencoderKLWan, scene: Filmed) -> dict[str, NDArray[Any]]:
    """The latents of a scene, as its file keeps them."""
    out: dict[str, NDArray[Any]] = {}
    for k, take in enumerate(scene.meta["takes"]):
        out[f"latents{k}"] = _encoded(vae, _four(scene, take["first"], take["frames"]))
        held = scene.cover(take["first"], take["frames"])[kept_frames(take["frames"])] > 127
        out[f"mask{k}"] = np.packbits(held, axis=-1)
    height, width = scene.rgb(0, 1).shape[1:3]
    references = np.stack([on_white(scene.anchor(k), height, width)[None] for k in range(scene.anchors)])
    out["references"] = _encoded(vae, references)[:, :, 0]
    takes = scene.meta["takes"]
    told = {"captions": [t["captions"] for t in takes]}
    out["meta"] = np.frombuffer(json.dumps(told).encode(), np.uint8)
    return out


def read(path: Path) -> list[Take]:
    """The takes of a scene's latents."""
    with np.load(path, allow_pickle=False) as data:
        told = json.loads(data["meta"].tobytes())
        return [
            Take(data[f"latents{k}"], np.unpackbits(data[f"mask{k}"], axis=-1), captions, data["references"])
            for k, captions in enumerate(told["captions"])
        ]


def blanks(work: Path) -> dict[int, Halves]:
    """Latents of a blank (mid grey) clip by its latent frames: float16 [C, F, H, W]."""
    with np.load(work / "blank.npz", allow_pickle=False) as data:
        return {int(k): data[k] for k in data.files}


def write(work: Path, limit: int | None = None) -> int:
    """Encodes scenes that have no latents yet, at most `limit`; how many there were to do."""
    vae = quick_stills(AutoencoderKLWan.from_pretrained(work / "vae", local_files_only=True)).to(device()).eval()
    (work / "latents").mkdir(exist_ok=True)
    done = 0
    for file in scene_files(work):
        target = path_of(work, file)
        if target.exists():
            continue
        if limit is not None and done >= limit:
            break
        scene = Filmed(file)
        if done == 0:
            _write_blanks(vae, work, scene)
        half = target.with_suffix(".half")
        with half.open("wb") as out:
            np.savez(out, **encode(vae, scene))  # type: ignore[arg-type]
        half.replace(target)
        done += 1
    return done


def _write_blanks(vae: AutoencoderKLWan, work: Path, scene: Filmed) -> None:
    height, width = scene.rgb(0, 1).shape[1:3]
    lengths = sorted({t["frames"] for t in scene.meta["takes"]})
    # the pipeline's blank is 0 in -1..1, which no byte is
    made = {}
    for frames in lengths:
        pixels = torch.zeros(1, 3, frames, height, width, device=vae.device)
        with torch.no_grad(), torch.autocast(vae.device.type, torch.bfloat16):
            raw = vae.encode(pixels).latent_dist.mode().float().cpu()
        latent = normal(vae, raw)[0].half().numpy()
        assert latent.shape[-1] * SPATIAL == width
        made[str(latent.shape[1])] = latent
    half = work / "blank.half"
    with half.open("wb") as out:
        np.savez(out, **made)  # type: ignore[arg-type]
    half.replace(work / "blank.npz")


def main() -> None:
    """Encodes what is there."""
    parser = argparse.ArgumentParser(description="Encodes filmed scenes.")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--limit", type=int)
    asked = parser.parse_args()
    print(f"{write(asked.work, asked.limit)} scenes encoded")


if __name__ == "__main__":
    main()
