"""Folders of weights, checked before any library reads them: safetensors that are what they say, classes that are known, nothing that is code.

Place in the path: under everything that loads a model (the generative engine, audition, learned estimators). Standard library and, for the
local cache alone, huggingface_hub; no torch, so that the page may ask too. Nothing here ever opens a connection.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from sora_lock.errors import EngineUnavailableError, MediaError, NotFoundError
from sora_lock.paths import ASSETS


@dataclass(frozen=True)
class Weights:
    """Where weights come from.

    Attributes:
        repository, commit: on the Hugging Face hub; the commit fixes every byte.
        licence: of the weights, as the authors name it.
    """

    repository: str
    commit: str
    licence: str


MAX_HEADER_BYTES = 25_000_000
"""Of a safetensors header; the format allows 100 MB, no published model comes near one."""
MAX_JSON_BYTES = 50_000_000
"""Of a configuration or an index; tokenizers are the largest."""
LIBRARIES = frozenset({"diffusers", "transformers", "stable_diffusion"})
"""Where a model_index.json may take its classes from; the last is diffusers' own name for its safety checker. Any other name would be imported."""
MAX_AXES = 8
"""Of one tensor; those of video models have five."""
_BITS: Mapping[str, int] = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
    "I32": 32, "U32": 32, "F32": 32, "I64": 64, "U64": 64, "F64": 64, "C64": 64,
}  # fmt: skip
"""Bits of one number, by the format's names of types."""
_READ = frozenset({".json", ".safetensors", ".txt", ".model"})
"""Endings of the files that loading reads: configurations, weights, vocabularies."""


def check_safetensors(path: Path) -> None:
    """Refuses a file whose header does not account for every byte; the tensors themselves are not read.

    The layout is that of https://github.com/huggingface/safetensors: eight bytes that tell the header's length (little endian), the header
    as JSON (name -> type, shape, the two offsets of its bytes), the bytes of all tensors without gap or overlap.

    Raises:
        MediaError: for a pickle or anything else under this name, and for lengths, types, shapes or offsets that do not agree.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(8)
        length = int.from_bytes(head, "little")
        if len(head) < 8 or not 2 <= length <= min(MAX_HEADER_BYTES, size - 8):
            raise _forged(path, "its first eight bytes tell no header that fits into it")
        raw = file.read(length)
    if not raw.startswith(b"{"):
        raise _forged(path, "its header is no JSON object")
    try:
        header = json.loads(raw, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise _forged(path, "its header is no JSON that can be read") from None
    header.pop("__metadata__", None)
    spans = sorted(_span(path, name, told) for name, told in header.items())
    at = 0
    for begin, end in spans:
        if begin != at:
            raise _forged(path, "its tensors overlap or leave gaps")
        at = end
    if at != size - 8 - length:
        raise _forged(path, f"its tensors take {at} bytes and {size - 8 - length} are there")


def check_folder(folder: Path, pipeline: str | Container[str]) -> Mapping[str, Any]:
    """Checks a folder as diffusers' `save_pretrained` writes it, and returns its model_index.json.

    Every part named there has its weights as safetensors (the headers are checked), indices of split weights name files of their own
    folder, and all classes come from `LIBRARIES`. Pickles and Python files beside them are never read, so they do not matter.

    Args:
        pipeline: the class that the folder must name, or several.

    Raises:
        NotFoundError: when there is no such folder.
        MediaError: for a folder of another class, and for anything in it that is not what it says.
    """
    if not folder.is_dir():
        raise NotFoundError(f"There is no folder {folder}; name one as diffusers' save_pretrained writes it.")
    index = _object(folder / "model_index.json")
    name = index.get("_class_name")
    wanted = {pipeline} if isinstance(pipeline, str) else pipeline
    if not isinstance(name, str) or name not in wanted:
        asked = f"a {pipeline}" if isinstance(pipeline, str) else "a model of the kind asked for"
        raise MediaError(f"The folder {folder.name} holds {_shown(name)}, and {asked} is wanted; name another folder.")
    for part, of in index.items():
        if part.startswith("_") or not isinstance(of, list):
            continue
        if of == [None, None]:
            continue
        if len(of) != 2 or of[0] not in LIBRARIES or not isinstance(of[1], str):
            raise MediaError(
                f"The part {_shown(part)} of {folder.name} is {_shown(of)}, code from outside diffusers and transformers, "
                "which is never run; use a model without code of its own."
            )
        _check_part(folder, part)
    return index


def snapshot(repository: str, commit: str, include: Sequence[str] = ()) -> Path:
    """The folder of that commit in the local cache of the Hugging Face hub; nothing is downloaded.

    Args:
        include: patterns of the files that are needed, for the command that gets them; empty: all.

    Raises:
        EngineUnavailableError: when it is not there, or not whole; the message holds the command that gets it.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    patterns = "".join(f" --include '{pattern}'" for pattern in include)
    try:
        at = snapshot_download(repository, revision=commit, local_files_only=True, allow_patterns=list(include) or None)
    except LocalEntryNotFoundError:
        raise EngineUnavailableError(
            f"The weights of {repository} are not on this machine; get them with "
            f"`hf download {repository} --revision {commit}{patterns}`, or name a folder that holds such a model."
        ) from None
    return Path(at)


def is_shipped(name: str) -> bool:
    """Whether this copy came with that model."""
    return (ASSETS / "models" / name / "model_index.json").is_file()


def shipped(name: str) -> Path:
    """The folder of a model that comes with Sora Lock.

    Raises:
        EngineUnavailableError: when this copy came without it.
    """
    folder = ASSETS / "models" / name
    if not is_shipped(name):
        raise EngineUnavailableError(
            f"The model {name!r} is not in {folder.parent}; take that folder from the repository, or train it with `make train-{name}`."
        )
    return folder


def folder_sha256(folder: Path) -> str:
    """What a local folder of weights is, as one digest: over name, size and contents of each file that loading reads, in the order of names.

    A file that did not change since this process last read it (size and time of change) is not read again: weights are gigabytes.

    Raises:
        NotFoundError: when there is no such folder, or nothing in it that loading would read.
    """
    files = sorted(
        (p.relative_to(folder).as_posix(), p)
        for p in (folder / "model_index.json", *folder.glob("*/*"))
        if p.suffix in _READ and p.is_file()
    )
    if not files:
        raise NotFoundError(f"There are no weights in {folder}; name a folder that holds a model.")
    whole = hashlib.sha256()
    for name, path in files:
        told = path.stat()
        whole.update(f"{name}\0{told.st_size}\0{_file_sha256(path, told.st_size, told.st_mtime_ns)}\n".encode())
    return whole.hexdigest()


def _check_part(folder: Path, part: str) -> None:
    """One part of a pipeline: what has a config.json is a network, and brings its weights as safetensors."""
    at = folder / part
    if Path(part).name != part or not at.is_dir():
        raise MediaError(f"{folder.name} names a part {_shown(part)} that is not in it; get the model again.")
    for indexed in sorted(at.glob("*.safetensors.index.json")):
        _check_index(indexed)
    weights = sorted(at.glob("*.safetensors"))
    if not weights and (at / "config.json").is_file():
        raise MediaError(
            f"The part {part} of {folder.name} has no weights as safetensors, and nothing else is opened; "
            "get the model in that format."
        )
    for path in weights:
        check_safetensors(path)


def _check_index(path: Path) -> None:
    """An index of split weights may only name safetensors files of its own folder that are there."""
    told = _object(path).get("weight_map")
    names = set(told.values()) if isinstance(told, dict) and all(isinstance(v, str) for v in told.values()) else set()
    stray = [n for n in sorted(names) if Path(n).name != n or not n.endswith(".safetensors") or "\\" in n]
    if not names or stray:
        said = f"names {_shown(stray[0])}" if stray else "names no files"
        raise MediaError(
            f"{path.name} {said}, and safetensors files of its own folder are wanted; get the model again."
        )
    missing = [n for n in sorted(names) if not (path.parent / n).is_file()]
    if missing:
        raise MediaError(f"{missing[0]} is missing in {path.parent.name}; get the model again.")


def _object(path: Path) -> dict[str, Any]:
    """A JSON object from a file; MediaError for anything else."""
    if not path.is_file():
        raise MediaError(
            f"There is no {path.name} in {path.parent.name}; name a folder as diffusers' save_pretrained writes it."
        )
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise ValueError("too large")
        told = json.loads(path.read_text("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise MediaError(f"{path.name} in {path.parent.name} is no JSON that can be read; get the model again.")
    return told


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are said once: readers differ on which of two counts."""
    told = dict(pairs)
    if len(told) < len(pairs):
        raise ValueError("a name is said twice")
    return told


def _span(path: Path, name: str, told: object) -> tuple[int, int]:
    """First byte and end of one tensor, checked against its type and shape."""
    if isinstance(told, dict):
        bits, shape, offsets = _BITS.get(str(told.get("dtype"))), told.get("shape"), told.get("data_offsets")
        if bits and _counts(shape) and _counts(offsets) and len(offsets) == 2:
            begin, end = offsets
            if (end - begin) * 8 == bits * math.prod(shape):
                return begin, end
    raise _forged(path, f"the tensor {_shown(name)} has a type, shape or place that do not agree")


def _counts(x: object) -> TypeGuard[list[int]]:
    """Whether it is a short list of whole numbers from 0 to 2^62 (bool is an int to Python, and none here)."""
    return isinstance(x, list) and len(x) <= MAX_AXES and all(type(n) is int and 0 <= n < 1 << 62 for n in x)


def _forged(path: Path, why: str) -> MediaError:
    return MediaError(f"{path.name} in {path.parent.name} is no safetensors file ({why}); get the model again.")


def _shown(x: object) -> str:
    """Words of a file, short enough for a sentence."""
    said = json.dumps(x, ensure_ascii=True)
    return said if len(said) <= 60 else said[:57] + "..."


@functools.lru_cache(maxsize=512)
def _file_sha256(path: Path, size: int, mtime_ns: int) -> str:
    """The digest of a file's contents; size and time of change are the cache's key."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
