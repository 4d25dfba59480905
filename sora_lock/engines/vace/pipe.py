"""A WanVACEPipeline as vace uses it: loaded once a process, laid out for the memory there is, one call at a time, cancelled between steps.

Place in the path: vace, its last step; the worker only, it imports torch and diffusers. What many calls share is computed once: encodes of
references and control by content, embeddings by text, noise by seed and shape. The picture is the plain call's, byte for byte: a test says so.
"""

from __future__ import annotations

import gc
import hashlib
import os
import threading
import traceback
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import WanVACEPipeline
from diffusers.pipelines.wan.pipeline_wan_vace import prompt_clean
from diffusers.utils import logging as diffusers_logging
from diffusers.video_processor import VideoProcessor
from numpy.typing import NDArray
from PIL import Image
from transformers import T5Tokenizer
from transformers.utils import logging as transformers_logging

from sora_lock.engines.vace import memory
from sora_lock.engines.vace.conditions import Conditions
from sora_lock.engines.vace.models import checked, find, flow_shift, identity, known, parts
from sora_lock.engines.vace.text import LIMIT, Encoder
from sora_lock.errors import EngineError, TakeCancelled

USUAL_FRAMES = 81
"""What memory is laid out for: a scene does not say how long its shots are."""
ENCODES, EMBEDDINGS = 8, 16
"""How many are kept: a fan-out needs four references and the two halves of a control, for clips and for posters, and one embedding a variation."""
OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "bad_alloc", "could not create a memory object")
"""How the libraries under torch say so, those of them that have no error of their own for it."""
ZERO_GPU_S = 240
"""The longest that one call may keep a GPU of a ZeroGPU Space."""

_loaded: dict[str, Pipe] = {}
_loading = threading.Lock()


@dataclass(frozen=True)
class Call:
    """One call of the pipeline.

    Attributes:
        prompt, negative: fitted to the encoder.
        conditions: references, video and mask of exactly this raster.
        width, height: px. frames: 4k+1.
        steps, guidance: of the diffusion.
        seed: of the noise.
    """

    prompt: str
    negative: str
    conditions: Conditions
    width: int
    height: int
    frames: int
    steps: int
    guidance: float
    seed: int


class Kept:
    """The last few results, by what they were made of."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What was made for `key`, now or before."""
        if key not in self._kept:
            made = make()
            while len(self._kept) >= self._most:
                self._kept.popitem(last=False)
            self._kept[key] = made
        self._kept.move_to_end(key)
        return self._kept[key]


class Pipe:
    """One model, loaded; see `load`.

    Attributes:
        shape: its factors.
        layout: where its parts stand.
    """

    def __init__(self, name: str, folder: Path, shape: memory.Shape, layout: memory.Layout, wan: bool) -> None:
        """Reads the weights of a checked folder.

        Args:
            name: its identity.
            wan: whether it is one of Wan's own; then the noise levels are shifted by the shot's size.

        Raises:
            EngineError: when the libraries refuse it, or memory runs out over it.
        """
        self.shape, self.layout = shape, layout
        self._name, self._wan = name, wan
        self._mutex = threading.Lock()  # the VAE keeps its running state on itself: two calls at once spoil each other
        self._embeddings, self._noises = Kept(EMBEDDINGS), Kept(1)
        try:
            self._pipe = _from_folder(folder, layout)
            _place(self._pipe, layout)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RuntimeError, MemoryError) as error:
            raise EngineError(_told(error, f"{folder.name} could not be loaded")) from error
        scaled(self._pipe, shape.vae)
        self._encodes = Kept(ENCODES)
        self._pipe.vae.encode = _remembering(self._pipe.vae, self._encodes)
        self._pipe.prepare_masks = _with_room_for_references(self._pipe.prepare_masks)

    def shoot(
        self, call: Call, *, cancelled: Callable[[], bool], progress: Callable[[float], None]
    ) -> NDArray[np.uint8]:
        """The clip, uint8 [F, H, W, 3], sRGB.

        Args:
            cancelled: asked before the call and after each step.
            progress: told 0..1 after each step.

        Raises:
            TakeCancelled: when `cancelled()` turns true; the pipe stays usable.
            EngineError: for a call that the pipeline would misalign, for memory that ran out, for a picture that is none; it stays usable too.
        """
        _check(call, self.shape)

        def step(pipe: Any, index: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            if cancelled():
                raise TakeCancelled(f"Cancelled at step {index + 1} of {call.steps}.")
            progress((index + 1) / (call.steps + 1))
            return tensors

        while not self._mutex.acquire(timeout=0.2):
            if cancelled():
                raise TakeCancelled("Cancelled before its turn came.")
        try:
            if cancelled():
                raise TakeCancelled("Cancelled before its first step.")
            video = self.run(call, step)
        except (RuntimeError, MemoryError, ValueError) as error:
            self._tidy(error)
            raise EngineError(
                _told(error, f"{call.width}x{call.height} with {call.frames} frames could not be shot")
            ) from error
        except TakeCancelled as stopped:
            self._tidy(stopped)
            raise
        finally:
            self._mutex.release()
        progress(1.0)
        return video

    def run(self, call: Call, step: Callable[..., dict[str, Any]] | None) -> NDArray[np.uint8]:
        """The pipeline's call itself, through `spaces.GPU` in a ZeroGPU Space (a process of its own there, so without `step`)."""
        if os.environ.get("SPACES_ZERO_GPU") and step is not None:
            import spaces  # type: ignore[import-not-found]

            lent: NDArray[np.uint8] = spaces.GPU(duration=ZERO_GPU_S)(_run_in_space)(self._name, call)
            return lent
        self._tile(call)
        if self._wan:
            scheduler = self._pipe.scheduler
            shift = flow_shift(call.width, call.height)
            self._pipe.scheduler = type(scheduler).from_config(scheduler.config, flow_shift=shift)
        shown = call.conditions
        references = [Image.fromarray(r) for r in reversed(shown.references)]  # it puts each before the one before it
        made = self._pipe(
            prompt_embeds=self._embedding(call.prompt),
            negative_prompt_embeds=self._embedding(call.negative) if call.guidance > 1 else None,
            video=None if shown.video is None else shown.video[None],
            mask=None if shown.mask is None else _three_channels(shown.mask),
            reference_images=references or None,
            height=call.height,
            width=call.width,
            num_frames=call.frames,
            num_inference_steps=call.steps,
            guidance_scale=call.guidance,
            latents=self._noise(call),
            callback_on_step_end=step,
            output_type="np",
        ).frames[0]
        if not np.isfinite(made).all():
            raise EngineError(
                "The model made no picture (not a number): its weights do not fit this pipeline, or overflow."
            )
        return np.asarray(np.rint(np.clip(made, 0, 1) * 255), np.uint8)

    def _embedding(self, text: str) -> Any:
        with torch.no_grad():
            return self._embeddings.get(
                text,
                lambda: self._pipe.encode_prompt(
                    text, do_classifier_free_guidance=False, max_sequence_length=_limit(self._pipe.tokenizer)
                )[0],
            )

    def _noise(self, call: Call) -> Any:
        """Latents [1, z, T, h, w] of seed and shape alone: variations of one seed differ by their prompt."""
        frames = (call.frames - 1) // self._pipe.vae_scale_factor_temporal + 1 + len(call.conditions.references)
        size = (call.height // self.shape.vae, call.width // self.shape.vae)
        channels = self._pipe.transformer.config.in_channels
        whole = (1, channels, frames, *size)

        def draw() -> Any:
            return torch.randn(whole, generator=torch.Generator().manual_seed(call.seed), dtype=torch.float32)

        return self._noises.get((call.seed, whole), draw)

    def _tile(self, call: Call) -> None:
        """Whole frames through the VAE where they fit, else tiles."""
        vae = self._pipe.vae
        free = torch.cuda.mem_get_info()[0] if self.layout.device == "cuda" else memory.ram_free()
        if memory.decoding_bytes(call.width, call.height, call.frames) > free - memory.SPARE:
            vae.enable_tiling()
        else:
            vae.disable_tiling()

    def _tidy(self, ended: BaseException) -> None:
        """Leaves nothing behind of a call that ended early, its tensors least of all; one that ends well does so by itself."""
        traceback.clear_frames(ended.__traceback__)
        self._pipe.vae.clear_cache()
        self._pipe.maybe_free_model_hooks()
        gc.collect()
        if self.layout.device == "cuda":
            torch.cuda.empty_cache()


def load(model: str, width: int, height: int) -> Pipe:
    """The pipe of a model; loaded once a process, in place of the one before.

    Args:
        model: an id of the allow-list or a directory.
        width, height: px of the scene, which memory is laid out for.

    Raises:
        NotFoundError, MediaError, EngineUnavailableError: as `models.find`, `models.checked` and `memory.layout`.
        EngineError: when it could not be loaded.
    """
    with _loading:
        folder = find(model)
        shape = checked(folder)
        name = identity(model)  # of a folder, a digest: weights that were trained further are other weights
        if name not in _loaded:
            _loaded.clear()
            gc.collect()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            listed = known(model)
            wan = listed is not None and listed.weights is not None
            _loaded[name] = Pipe(name, folder, shape, _layout(folder, shape, width, height), wan)
        return _loaded[name]


def scaled(pipe: Any, factor: int) -> None:
    """Tells a WanVACEPipeline how many pixels a latent spans: it counts the levels of its VAE, and so misses one that also patches."""
    pipe.vae_scale_factor_spatial = factor
    pipe.vae.spatial_compression_ratio = factor  # of tiles; said by hand in its configuration, or not
    pipe.video_processor = VideoProcessor(vae_scale_factor=factor)


@lru_cache(maxsize=2)
def encoder(folder: Path) -> Encoder:
    """How a checked folder's model reads text.

    Raises:
        EngineError: when its tokenizer cannot be read.
    """
    try:
        tokenizer = T5Tokenizer.from_pretrained(folder / "tokenizer", local_files_only=True)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise EngineError(_told(error, f"The tokenizer of {folder.name} could not be read")) from error
    return Encoder(lambda text: len(tokenizer(prompt_clean(text), verbose=False).input_ids), _limit(tokenizer))


def _limit(tokenizer: Any) -> int:
    """As many tokens as it was made for, and as the pipeline reads."""
    return min(LIMIT, int(tokenizer.model_max_length))


def _layout(folder: Path, shape: memory.Shape, width: int, height: int) -> memory.Layout:
    if os.environ.get("SPACES_ZERO_GPU"):
        return memory.Layout("cuda", "none", "bfloat16")
    gpu = torch.cuda.mem_get_info()[0] if torch.cuda.is_available() else None
    return memory.layout(parts(folder), shape, width, height, USUAL_FRAMES, gpu, memory.ram_free())


def _from_folder(folder: Path, layout: memory.Layout) -> Any:
    diffusers_logging.disable_progress_bar()
    transformers_logging.disable_progress_bar()
    dtypes = {"default": getattr(torch, layout.dtype), "vae": torch.float32}
    pipe = WanVACEPipeline.from_pretrained(folder, dtype=dtypes, local_files_only=True, use_safetensors=True)
    pipe.set_progress_bar_config(disable=True)
    networks = [part for part in pipe.components.values() if isinstance(part, torch.nn.Module)]
    if any(p.is_meta for part in networks for p in part.parameters()):
        raise ValueError("its files lack some of the weights")
    return pipe


def _place(pipe: Any, layout: memory.Layout) -> None:
    """Moves the parts to where the layout has them."""
    if layout.offload == "model":
        pipe.enable_model_cpu_offload(device=layout.device)
    elif layout.offload == "group":
        streams = layout.device == "cuda"
        pipe.enable_group_offload(
            torch.device(layout.device), offload_type="leaf_level", use_stream=streams, exclude_modules=["vae"]
        )
    else:
        pipe.to(layout.device)


def _remembering(vae: Any, kept: Kept) -> Callable[..., Any]:
    """The VAE's `encode`, which does not encode the same video twice; the key is the video itself, and whether it goes in tiles."""
    encode = vae.encode

    def encoded(x: Any) -> Any:
        content = x.detach().to("cpu").contiguous().view(torch.uint8).numpy()
        key = (hashlib.sha256(content).digest(), tuple(x.shape), x.dtype, vae.use_tiling)
        return kept.get(key, lambda: encode(x))

    return encoded


def _with_room_for_references(prepare_masks: Callable[..., Any]) -> Callable[..., Any]:
    """The pipeline's `prepare_masks`, which leaves too little room where there are more references than latent frames: in a still, say.

    The room is zeros (nothing of a reference is regenerated), as the pipeline has it where it has enough.
    """

    def prepared(mask: Any, references: Any = None, generator: Any = None) -> Any:
        made = prepare_masks(mask, [[]], generator)
        room = made.new_zeros((*made.shape[:2], len(references[0]), *made.shape[3:]))
        return torch.cat([room, made], dim=2)

    return prepared


def _run_in_space(name: str, call: Call) -> NDArray[np.uint8]:
    """What runs in the process that holds the GPU, a copy of this one: a pipe cannot be sent there, its name can."""
    return _loaded[name].run(call, None)


def _three_channels(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    return np.repeat(mask[None, ..., None], 3, axis=-1).astype(np.float32)


def _check(call: Call, shape: memory.Shape) -> None:
    """Refuses what the pipeline would resize, pad or misread."""
    clip = (call.frames, call.height, call.width)
    shown = call.conditions
    if call.height % shape.height_px or call.width % shape.width_px or call.frames % 4 != 1:
        raise EngineError(
            f"{call.width}x{call.height} with {call.frames} frames came; multiples of {shape.width_px}x{shape.height_px} and 4k+1 frames are wanted."
        )
    if (shown.video is None) != (shown.mask is None):
        raise EngineError("A video came without its denoise mask, or a mask without a video; give both or neither.")
    if shown.video is not None and shown.video.shape != (*clip, 3):
        raise EngineError(f"The video is {shown.video.shape} and the clip {(*clip, 3)}; give it at the exact size.")
    if shown.mask is not None and (shown.mask.shape != clip or shown.mask.dtype != np.bool_):
        raise EngineError(
            f"The denoise mask is {shown.mask.shape} of {shown.mask.dtype} and the clip {clip}; give yes or no at the exact size."
        )
    if any(r.shape != (*clip[1:], 3) for r in shown.references):
        raise EngineError("A reference picture is not of the shot's size; letterbox it first.")


def _told(error: BaseException, what: str) -> str:
    said = str(error).strip().partition("\n")[0][:200].rstrip(".")
    short = isinstance(error, MemoryError | torch.OutOfMemoryError) or any(sign in said for sign in OUT_OF_MEMORY)
    if short:
        return f"{what}: memory ran out. Shoot fewer frames or a smaller size, use a smaller model, or close what else uses the memory."
    return f"{what}: {said or type(error).__name__}."
