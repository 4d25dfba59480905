"""Cryptomattes: which object or material each pixel of a render shows, and how much of it, by name.

Place in the path: subjects, under `render`. After the Cryptomatte specification 1.2 (Friedman and Jones 2015, Psyop): a name's number is its MurmurHash3_32
with the exponent of a float kept off 0 and 255; layers hold pairs of number and coverage, the best covered first, so edges are exact.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sora_lock.errors import MediaError
from sora_lock.media.passes import Passes
from sora_lock.subjects.layer_names import CRYPTOMATTE, Layer

Floats = NDArray[np.float32]

LEAST_PX = 16.0
"""Covered pixels below which something does not count as seen."""


@dataclass(frozen=True)
class Cryptomatte:
    """One cryptomatte of a render.

    Attributes:
        name: of its layers, without the rank's number.
        ids: uint32 [R, H, W], bit patterns; coverage: float32 [R, H, W]; both by rank.
        names: name -> number, from the header; empty when it has none.
    """

    name: str
    ids: NDArray[np.uint32]
    coverage: Floats
    names: Mapping[str, int]

    def of(self, numbers: Iterable[int]) -> Floats:
        """float32 [H, W], 0..1: how much of each pixel shows one of these."""
        chosen = np.where(np.isin(self.ids, list(numbers)), self.coverage, np.float32(0))
        return np.asarray(np.clip(chosen.sum(axis=0), 0, 1), np.float32)

    def seen(self) -> dict[str, float]:
        """Name -> covered pixels, the largest first, of what the header names."""
        numbers, back = np.unique(self.ids, return_inverse=True)
        sums = np.bincount(back.ravel(), self.coverage.ravel().astype(np.float64), len(numbers))
        area = dict(zip(numbers.tolist(), sums.tolist(), strict=True))
        found = {name: area.get(number, 0.0) for name, number in self.names.items()}
        return dict(sorted(((n, a) for n, a in found.items() if a >= LEAST_PX), key=lambda x: (-x[1], x[0])))


def number_of(name: str) -> int:
    """A name's number: MurmurHash3_32 (Appleby 2011, seed 0) of its UTF-8, made a float that is neither subnormal, infinite nor no number."""
    data, mask = name.encode("utf-8"), 0xFFFFFFFF
    h = 0
    for at in range(0, len(data), 4):
        k = int.from_bytes(data[at : at + 4], "little")
        k = k * 0xCC9E2D51 & mask
        k = (k << 15 | k >> 17) & mask
        h ^= k * 0x1B873593 & mask
        if at + 4 <= len(data):
            h = (h << 13 | h >> 19) & mask
            h = h * 5 + 0xE6546B64 & mask
    h ^= len(data)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        h = (h ^ h >> shift) * factor & mask
    h ^= h >> 16
    return h ^ 1 << 23 if h >> 23 & 255 in (0, 255) else h


def cryptomattes_of(passes: Passes, layers: Mapping[str, Layer]) -> tuple[Cryptomatte, ...]:
    """All cryptomattes of a render, objects before materials.

    Raises:
        MediaError: for one in half, which cannot hold numbers, or hashed otherwise than the specification says.
    """
    ranked: dict[str, list[Layer]] = {}
    for name in sorted(layers):
        match = CRYPTOMATTE.match(name)
        if match and len(layers[name].channels) == 4:
            ranked.setdefault(match[1], []).append(layers[name])
    made = []
    for name, ranks in ranked.items():
        planes = [passes.planes[c] for layer in ranks for c in layer.channels]
        if any(p.dtype == np.float16 for p in planes):
            raise MediaError(f"The cryptomatte {name} is stored in half, which loses its numbers; write it as float.")
        told = [m for m in passes.manifests if m.name == name or name.endswith("." + m.name)]
        if told and told[0].hash not in ("", "MurmurHash3_32"):
            raise MediaError(f"The cryptomatte {name} is hashed by {told[0].hash[:40]}; wanted MurmurHash3_32.")
        if told and told[0].conversion not in ("", "uint32_to_float32"):
            raise MediaError(
                f"The cryptomatte {name} is stored as {told[0].conversion[:40]}; wanted uint32_to_float32."
            )
        ids = np.stack([np.ascontiguousarray(p, np.float32).view(np.uint32) for p in planes[0::2]])
        coverage = np.stack([np.nan_to_num(p.astype(np.float32), nan=0, posinf=0, neginf=0) for p in planes[1::2]])
        made.append(Cryptomatte(name, ids, coverage, _numbers(told[0].numbers if told else {})))
    return tuple(sorted(made, key=lambda m: "material" in m.name.lower()))


def _numbers(manifest: Mapping[str, str]) -> dict[str, int]:
    out = {}
    for name, text in manifest.items():
        try:
            out[name] = int(text, 16)
        except ValueError:  # a damaged entry; the name's own number is as good
            out[name] = number_of(name)
    return out


def selected(mattes: Iterable[Cryptomatte], names: Iterable[str]) -> Floats:
    """float32 [H, W]: how much of each pixel shows one of the named objects or materials.

    Raises:
        MediaError: for a name that nothing in the picture has; near ones are told.
    """
    mattes = tuple(mattes)
    if not mattes:
        raise MediaError(
            "The render has no cryptomatte to find an object by name in; render it with one, or say --index."
        )
    total: Floats = np.zeros(mattes[0].coverage.shape[1:], np.float32)
    for name in names:
        covers = (m.of([m.names.get(name, number_of(name))]) for m in mattes)
        found = next((c for c in covers if float(c.sum()) >= LEAST_PX), None)
        if found is None:
            there = [n for m in mattes for n in m.seen()]
            near = difflib.get_close_matches(name, there, 1, 0.6)
            raise MediaError(
                f"Nothing called {name[:60]!r} is seen in the render{f' (is {near[0]!r} meant?)' if near else ''}; "
                f"it shows {', '.join(there)[:200] or 'objects whose names its header does not tell'}."
            )
        total = np.clip(total + found, 0, 1)
    return total
