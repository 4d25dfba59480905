"""What tests of vace share: a WanVACE pipeline of the real classes at tiny size, the plain call of it, a scene, and a take to go by."""

from __future__ import annotations

import string
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sora_lock.engines import Actor, Aov, Layers, Scene
from sora_lock.engines.vace.models import identity
from sora_lock.records import Anchor, Generation, Lock, Placement, Region, Shot
from sora_lock.weights import is_shipped

Codes = NDArray[np.uint8]
needs_mini = pytest.mark.skipif(not is_shipped("mini"), reason="this copy came without the miniature's weights")
Z = 4
WIDTH, HEIGHT, FRAMES = 64, 48, 5
HASH = "0" * 64


def tiny_model(folder: Path, *, patched: bool = False, flow_shift: float = 1.0) -> Path:
    """Writes a model of some ten thousand numbers and returns its folder.

    Args:
        patched: with a VAE of 16x in space (`patch_size` 2, as Wan 2.2's has), tokens 32 px wide and 16 tall and an encoder of 96 tokens, else as Wan 2.1.
        flow_shift: of its scheduler.
    """
    import torch
    from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanVACEPipeline, WanVACETransformer3DModel
    from diffusers.utils import logging
    from transformers import T5Tokenizer, UMT5Config, UMT5EncoderModel
    from transformers.utils import logging as transformers_logging

    logging.disable_progress_bar()
    transformers_logging.disable_progress_bar()
    torch.manual_seed(0)
    more = {"patch_size": 2, "in_channels": 12, "out_channels": 12} if patched else {}
    vae = AutoencoderKLWan(
        base_dim=8,
        z_dim=Z,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
        latents_mean=[0.0] * Z,
        latents_std=[1.0] * Z,
        **more,
    )
    transformer = WanVACETransformer3DModel(
        patch_size=(1, 1, 2) if patched else (1, 2, 2),
        num_attention_heads=2,
        attention_head_dim=12,
        in_channels=Z,
        out_channels=Z,
        text_dim=16,
        freq_dim=16,
        ffn_dim=32,
        num_layers=2,
        vace_layers=[0],
        vace_in_channels=2 * Z + (256 if patched else 64),
    )
    letters = string.ascii_letters + string.digits + string.punctuation
    vocabulary = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0), *((c, -3.0) for c in letters)]
    config = UMT5Config(
        vocab_size=len(vocabulary), d_model=16, d_kv=4, d_ff=16, num_layers=1, num_heads=2, relative_attention_num_buckets=8
    )  # fmt: skip
    scheduler = UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, num_train_timesteps=1000, flow_shift=flow_shift
    )
    tokenizer = T5Tokenizer(vocab=vocabulary, extra_ids=0)
    if patched:
        tokenizer.model_max_length = 96
    WanVACEPipeline(
        tokenizer=tokenizer,
        text_encoder=UMT5EncoderModel(config).eval(),
        vae=vae,
        scheduler=scheduler,
        transformer=transformer,
    ).save_pretrained(folder, safe_serialization=True)
    return folder


@lru_cache(maxsize=1)
def documented(folder: Path) -> Any:
    """The pipeline as diffusers documents it, in float32, and told of a VAE with patches as the miniature's card says."""
    import torch
    from diffusers import WanVACEPipeline

    from sora_lock.engines.vace.models import shape
    from sora_lock.engines.vace.pipe import scaled

    pipe = WanVACEPipeline.from_pretrained(folder, dtype=torch.float32, local_files_only=True, use_safetensors=True)
    scaled(pipe, shape(folder).vae)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def plain(folder: Path, prompt: str, negative: str, conditions: Any, **more: Any) -> Codes:
    """The clip by `documented`: what vace's own must equal byte for byte."""
    import torch
    from PIL import Image

    seed = more.pop("seed")
    shown, pipe = conditions.video, documented(folder)
    made = pipe(
        prompt=prompt,
        negative_prompt=negative,
        video=None if shown is None else shown[None],
        mask=None if shown is None else np.repeat(conditions.mask[None, ..., None], 3, axis=-1).astype(np.float32),
        reference_images=[Image.fromarray(r) for r in reversed(conditions.references)] or None,
        generator=torch.Generator().manual_seed(seed),
        max_sequence_length=min(512, int(pipe.tokenizer.model_max_length)),
        output_type="np",
        **more,
    ).frames[0]
    return np.rint(np.clip(made, 0, 1) * 255).astype(np.uint8)


def anchor(height: int = 40, width: int = 24, colour: tuple[int, int, int] = (180, 60, 20)) -> Codes:
    """A picture of a subject: a box of that colour, a quarter of the height clear above and below."""
    rgba = np.zeros((height, width, 4), np.uint8)
    rgba[height // 4 : -height // 4, :, :3] = colour
    rgba[height // 4 : -height // 4, :, 3] = 255
    return rgba


def lock(name: str, kind: str = "character") -> Lock:
    """A lock of one region."""
    attribute = "wardrobe" if kind == "character" else "layout"
    return Lock(
        name=name,
        kind=kind,  # type: ignore[arg-type]
        version=1,
        subject=f"cast/{name}",
        subject_sha256=HASH,
        atlas_sha256=HASH,
        regions=(Region("all", (attribute,)),),
        policies={attribute: "hold"},
        anchors=(Anchor("front", HASH, HASH),),
    )


def actor(name: str, kind: str = "character", about: str = "", views: Callable[[], tuple[Codes, ...]] | None = None) -> Actor:  # fmt: skip
    """A lock with its anchors; its subject is nothing, since vace only looks at pictures."""
    made = lock(name, kind)
    return Actor(made, None, None, made.policies, anchors=views or (lambda: (anchor(),)), about=about)


def scene(model: Path | str, width: int = WIDTH, height: int = HEIGHT) -> Scene:
    """@mara in @alley."""
    alley = actor("alley", "set", "A narrow alley.", lambda: (np.full((27, 48, 4), 255, np.uint8),))
    return Scene((actor("mara", about="A woman in a checked coat."),), alley, width, height, str(model))


def shot(model: Path | str, mode: str = "references", hold: str = "guided", **more: Any) -> Shot:
    """A shot of that scene, by two steps unless told otherwise."""
    made = Generation(identity(str(model)), str(model), mode, hold, steps=more.pop("steps", 2))  # type: ignore[arg-type]
    size = {"width": WIDTH, "height": HEIGHT, "frames": FRAMES} | more
    return Shot(
        "SC010", "SH020", (Placement("mara", 1, HASH),), Placement("alley", 1, HASH), engine="vace", generation=made, **size
    )  # fmt: skip


class Passing:
    """A take to go by: a box that is held passes before a wall, one pixel a frame; 2 m and 8 m away, sky above."""

    def __init__(self, width: int = WIDTH, height: int = HEIGHT, frames: int = FRAMES, held: bool = True) -> None:
        self.width, self.height, self.frames, self._held = width, height, frames, held

    def held(self, frame: int) -> NDArray[np.float32]:
        """1 inside the box, a half at its left edge."""
        cover = np.zeros((self.height, self.width), np.float32)
        if self._held:
            left = 10 + frame
            cover[12:36, left : left + 20] = 1
            cover[12:36, left] = 0.25
        return cover

    def rgb(self, frame: int) -> Codes:
        """The box is red, the wall a ramp."""
        ramp = np.broadcast_to(np.linspace(40, 200, self.width, dtype=np.uint8), (self.height, self.width))
        out = np.stack([ramp] * 3, axis=-1)
        out[self.held(frame) >= 0.5] = (200, 30, 30)
        return out

    def layers(self, frame: int) -> Layers:
        """What an engine would say of that frame."""
        box = self.held(frame) >= 0.5
        depth = np.full(box.shape, 8, np.float32)
        depth[:6] = np.inf
        depth[box] = 2
        one, three = np.zeros(box.shape, np.float32), np.zeros((*box.shape, 3), np.float32)
        aov = Aov(three, three, three, depth, three, three, three, three)
        cover = {"mara": self.held(frame), "alley": 1 - self.held(frame)}
        return Layers(three, np.where(box, 1, 2).astype(np.uint16), cover, one == 0, aov)
