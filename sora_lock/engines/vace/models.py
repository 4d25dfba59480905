"""Which models vace shoots with: the pinned ones, the one that is shipped and folders of one's own, what rasters they take, what they are called in recipes.

Place in the path: vace, and its `planned_by`: whoever asks before pressing. No torch here, and never a connection. `weights` checks what is in a
folder; this module knows what of it a WanVACEPipeline is made of.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sora_lock import devices, weights
from sora_lock.engines.vace.memory import FRAMES_STEP, GIB, Parts, Shape, layout, ram_free, wanted_bytes
from sora_lock.errors import EngineUnavailableError, MediaError, NotFoundError, ShotError, SoraLockError

CLASSES: Mapping[str, frozenset[str]] = {
    "tokenizer": frozenset({"T5Tokenizer", "T5TokenizerFast"}),
    "text_encoder": frozenset({"UMT5EncoderModel"}),
    "vae": frozenset({"AutoencoderKLWan"}),
    "scheduler": frozenset({"UniPCMultistepScheduler", "FlowMatchEulerDiscreteScheduler"}),
    "transformer": frozenset({"WanVACETransformer3DModel"}),
    "transformer_2": frozenset({"WanVACETransformer3DModel"}),
}
"""Part -> the classes it may have; the last part is that of two-stage models and may be missing."""
FRAMES_MOST = 237
"""The last 4k+1 of the 240 frames that a shot may have."""
STEPS, GUIDANCE = 30, 5.0
"""As the documentation of diffusers has it for Wan's weights; what a folder of one's own is shot with too."""


@dataclass(frozen=True)
class Model:
    """A model of the allow-list.

    Attributes:
        id: what it is asked for by.
        weights: repository and commit; None of what is shipped.
        label: as a list shows it.
        disk_gb: of the whole repository at that commit.
        width, height, frames, fps: what it was trained for.
        parts, shape: for telling memory before the weights are here.
        steps, guidance: how it is usually shot with.
    """

    id: str
    weights: weights.Weights | None
    label: str
    disk_gb: float
    width: int
    height: int
    frames: int
    fps: str
    parts: Parts
    shape: Shape
    steps: int = STEPS
    guidance: float = GUIDANCE

    @property
    def named(self) -> str:
        """A line of a list: what it is, its raster, what it takes."""
        if self.weights is None:
            return f"{self.label}, {self.width}x{self.height}: for tries, not for finals"
        return f"{self.label}, {self.width}x{self.height}, {self.disk_gb:.0f} GB on disk"


MINI = Model(
    "mini", None, "Miniature (shipped)", 0.04, 256, 144, 17, "8",
    Parts(3_300_000, 25_400_000, 10_800_000), Shape(across=4, dim=256, inner=1024, hints=3), 8, 2.5,
)  # fmt: skip
"""Trained by `training/` on this project's own renders."""
SMALL = Model(
    "Wan-AI/Wan2.1-VACE-1.3B-diffusers",
    weights.Weights("Wan-AI/Wan2.1-VACE-1.3B-diffusers", "ec4d2cb062b548996b179d493fdd05340de702a1", "Apache-2.0"),
    "Wan 2.1 VACE 1.3B", 19.0, 832, 480, 81, "16", Parts(11_400_000_000, 4_310_000_000, 510_000_000), Shape(),
)  # fmt: skip
LARGE = Model(
    "Wan-AI/Wan2.1-VACE-14B-diffusers",
    weights.Weights("Wan-AI/Wan2.1-VACE-14B-diffusers", "db79b90c60bbb45ceec9e41b9d5a4df934538ac4", "Apache-2.0"),
    "Wan 2.1 VACE 14B", 75.0, 1280, 720, 81, "16",
    Parts(11_400_000_000, 34_700_000_000, 510_000_000), Shape(dim=5120, inner=13824, hints=8),
)  # fmt: skip
MODELS = (MINI, SMALL, LARGE)
"""The allow-list; the first runs everywhere, in copies that came with it."""


def known(model: str) -> Model | None:
    """The entry of the allow-list with that id, or None."""
    return next((m for m in MODELS if m.id == model), None)


def choices() -> tuple[tuple[str, str], ...]:
    """(words, id) of the allow-list, without what this copy came without."""
    return tuple((m.named, m.id) for m in MODELS if m.weights is not None or weights.is_shipped(m.id))


def usual(model: str) -> tuple[int, int, int, str] | None:
    """Width, height, frames and fps that a model of the allow-list was made for; of a directory nobody knows."""
    listed = known(model)
    return (listed.width, listed.height, listed.frames, listed.fps) if listed else None


def find(model: str) -> Path:
    """The folder of a model: its pinned commit in the local cache of the Hugging Face hub, or a directory; nothing is downloaded.

    Args:
        model: an id of the allow-list, or a directory.

    Raises:
        NotFoundError: for anything else.
        EngineUnavailableError: when the weights are not here; the message holds the command that gets them.
    """
    if listed := known(model):
        if listed.weights is not None:
            return weights.snapshot(listed.weights.repository, listed.weights.commit)
        return weights.shipped(listed.id)
    folder = Path(model).expanduser()
    if not model or not folder.is_dir():
        ids = ", ".join(m.id for m in MODELS)
        raise NotFoundError(f"There is no model {model!r}; name one of {ids}, or a directory that holds such a model.")
    return folder.resolve()


def checked(folder: Path) -> Shape:
    """Refuses, before any library reads it, a folder that is not a WanVACEPipeline of safetensors; see `weights.check_folder`.

    Raises:
        MediaError: for other classes, forged weights, or parts that do not fit together.
    """
    index = weights.check_folder(folder, "WanVACEPipeline")
    for part, classes in CLASSES.items():
        of = index.get(part) or [None, None]
        if of == [None, None] and part == "transformer_2":
            continue
        if of[1] not in classes:
            raise MediaError(
                f"The part {part} of {folder.name} is {of[1]}, and {' or '.join(sorted(classes))} is wanted; name another folder."
            )
    extra = sorted(k for k, of in index.items() if isinstance(of, list) and k not in CLASSES)
    if extra:
        raise MediaError(f"{folder.name} has a part {extra[0]!r} that a WanVACEPipeline has not; name another folder.")
    return shape(folder)


def shape(folder: Path) -> Shape:
    """The factors of a folder's model, read from its configurations.

    Raises:
        MediaError: when they are missing, or contradict one another.
    """
    vae, transformer = _config(folder / "vae"), _config(folder / "transformer")
    try:
        patched = int(vae.get("patch_size") or 1)
        factor = 2 ** (len(vae["dim_mult"]) - 1) * patched
        deep, down, across = (int(n) for n in transformer["patch_size"])
        z = int(vae["z_dim"])
        dim = int(transformer["num_attention_heads"]) * int(transformer["attention_head_dim"])
        told = Shape(factor, down, across, dim, int(transformer["ffn_dim"]), len(transformer["vace_layers"]))
        fits = (
            int(transformer["in_channels"]) == z
            and int(transformer["vace_in_channels"]) == 2 * z + factor**2
            and deep == 1
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise MediaError(
            f"The configurations of {folder.name} cannot be read ({error}); get the model again."
        ) from None
    if not fits:
        raise MediaError(
            f"Transformer and VAE of {folder.name} do not fit: with {z} channels at 1/{factor} the control has {2 * z + factor**2} channels."
        )
    return told


def parts(folder: Path) -> Parts:
    """How much memory a folder's weights take once loaded; counted from the headers of checked files."""
    return Parts(
        2 * _numbers(folder / "text_encoder"),
        2 * (_numbers(folder / "transformer") + _numbers(folder / "transformer_2")),
        4 * _numbers(folder / "vae"),
    )


def identity(model: str) -> str:
    """What a recipe calls the model: "REPOSITORY@COMMIT", or "mini:SHA256" and "folder:SHA256" over its files.

    Raises:
        NotFoundError, EngineUnavailableError, MediaError: as `find` and `checked`, so that no shot is asked for that could not be made.
    """
    folder = find(model)
    checked(folder)
    listed = known(model)
    if listed is not None and listed.weights is not None:
        return f"{listed.weights.repository}@{listed.weights.commit}"
    return f"{'folder' if listed is None else listed.id}:{weights.folder_sha256(folder)}"


def words(model: str, width: int, height: int, frames: int) -> str:
    """What a shot wants against what is there, in a sentence for before pressing; where something is missing, how to get it.

    Args:
        model: an id of the allow-list or a directory.
        width, height: px.
    """
    listed = known(model)
    try:
        folder = find(model)
        shaped, of = checked(folder), parts(folder)
    except SoraLockError as error:
        if listed is None or listed.weights is None:
            return str(error)
        wanted = wanted_bytes(listed.parts, listed.shape, width, height, frames)
        return f"{error} That is {listed.disk_gb:.0f} GB; a shot then wants about {wanted / GIB:.0f} GB of GPU memory at full speed."
    gpu, ram = devices.free_bytes(), ram_free()
    try:
        found = layout(of, shaped, width, height, frames, gpu, ram)
    except EngineUnavailableError as error:
        return str(error)
    want = f"Wants about {max(wanted_bytes(of, shaped, width, height, frames) / GIB, 0.1):.1f} GB at full speed"
    if gpu is None:
        slow = " and takes hours a clip" if of.transformer > GIB else ""
        return f"{want}; there is no GPU here, so it runs on the processor{slow} ({ram / GIB:.0f} GB free)."
    how = {
        "none": "all of it stays there",
        "model": "its parts take turns there",
        "group": "its layers take turns there, which is slow",
    }
    return f"{want}; {gpu / GIB:.1f} GB are free on the GPU: {how[found.offload]}."


def how_usually(model: str) -> tuple[int, float]:
    """Steps and guidance a model is shot with where a shot does not say."""
    listed = known(model)
    return (STEPS, GUIDANCE) if listed is None else (listed.steps, listed.guidance)


def flow_shift(width: int, height: int) -> float:
    """The shift of noise levels for Wan's own weights: 3 to 480p, 5 above (diffusers' documentation of WanVACEPipeline)."""
    return 3.0 if width * height <= 832 * 480 else 5.0


def nearest(width: int, height: int, frames: int, model: str = "") -> tuple[int, int, int]:
    """The raster and number of frames nearest to these that the model can shoot; of two as near, the larger."""
    of = _shape_of(model)
    count = FRAMES_STEP * ((max(frames, 1) + 1) // FRAMES_STEP) + 1
    return _multiple(width, of.width_px), _multiple(height, of.height_px), min(count, FRAMES_MOST)


def check_raster(width: int, height: int, frames: int, model: str = "") -> None:
    """Refuses what the model would silently misalign or pad.

    Args:
        width, height: px.
        model: a directory has its factors read; anything else is taken for Wan 2.1 (multiples of 16).

    Raises:
        ShotError: with the nearest that is allowed.
    """
    near = nearest(width, height, frames, model)
    if near != (width, height, frames):
        of = _shape_of(model)
        raise ShotError(
            f"vace shoots widths that are multiples of {of.width_px}, heights of {of.height_px} and 4k+1 frames; {width}x{height} with {frames} frames "
            f"came, the nearest is {near[0]}x{near[1]} with {near[2]}."
        )


def _shape_of(model: str) -> Shape:
    if listed := known(model):
        return listed.shape
    folder = Path(model).expanduser()
    return shape(folder) if model and folder.is_dir() else Shape()


def _multiple(length: int, step: int) -> int:
    return max(step, (length + step // 2) // step * step)


def _config(part: Path) -> dict[str, Any]:
    try:
        told = json.loads((part / "config.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise MediaError(f"{part.parent.name} has no {part.name}/config.json that can be read; get the model again.")
    return told


def _numbers(part: Path) -> int:
    """How many numbers the safetensors of a part hold."""
    total = 0
    for path in part.glob("*.safetensors"):
        with path.open("rb") as file:
            header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        total += sum(math.prod(told["shape"]) for name, told in header.items() if name != "__metadata__")
    return total
