"""What the layers of a render are called: the namings of Blender, Arnold, Unreal and of this program, and what is probably meant by others.

Place in the path: subjects, under `render`. Pure text: which channels make a layer, and which layer is which quantity.

Blender writes "ViewLayer.Combined.R" (5.0: "ViewLayer.Diffuse Color", before: "DiffCol"; "RenderLayer" or "Image" in old files), Arnold "R", "N.X", "Z" and
"diffuse_albedo.R", Unreal's Movie Render Queue "FinalImageMovieRenderQueue_WorldDepth.R". Only the last word of a name counts here, without case and marks.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sora_lock.errors import MediaError

SUFFIXES = {s: k for k, s in enumerate(("r", "g", "b", "a", "x", "y", "z", "w", "s", "t", "lod", "v", "id"))}
"""Last words that name a channel of a layer, and their order."""
LONG = {"red": "r", "green": "g", "blue": "b", "alpha": "a"}
UNREAL = ("finalimagemovierenderqueue", "finalimagebuffervisualization", "movierenderqueue", "finalimage")
NAMES: Mapping[str, tuple[str, ...]] = {
    "beauty": ("combined", "beauty", "", "rgba", "rgb", "image", "noisyimage"),
    "albedo": ("diffcol", "diffusecolor", "diffusealbedo", "albedo", "basecolor", "reflectance", "denoisingalbedo"),
    "normal": ("normal", "n", "worldnormal", "normals", "denoisingnormal"),
    "depth": ("depth", "z", "worlddepth", "scenedepth", "zdepth", "denoisingdepth"),
    "ao": ("ao", "ambientocclusion", "occlusion"),
    "alpha": ("alpha", "a", "coverage"),
    "index": ("indexob", "objectindex", "indexobject"),
    "diffuse": ("diffuse",),
    "shading": ("shading",),
    "specular": ("specular",),
    "transmittance": ("transmittance",),
    "airlight": ("airlight",),
}
"""Quantity -> last words of its layer, the best first. The last five are how a take's own layers make up beauty and albedo."""
CHANNELS = {"depth": 1, "ao": 1, "alpha": 1, "index": 1}
"""How many channels a quantity has where it is not three."""
WANTED: Mapping[str, str] = {
    "beauty": "Combined (Blender), R, G, B (Arnold) or FinalImage (Unreal)",
    "albedo": "Diffuse Color or DiffCol (Blender), albedo or diffuse_albedo (Arnold) or BaseColor (Unreal)",
    "normal": "Normal (Blender), N (Arnold) or WorldNormal (Unreal)",
    "depth": "Depth (Blender), Z (Arnold), WorldDepth or SceneDepth (Unreal)",
}
CRYPTOMATTE = re.compile(r"(.*?(?:crypto\w*?|actorhitproxymask))(\d\d)$", re.IGNORECASE)


@dataclass(frozen=True)
class Layer:
    """A layer of a file.

    Attributes:
        name: "ViewLayer.Combined"; "" for plain R, G, B, A.
        channels: whole names in the order R G B A or X Y Z.
    """

    name: str
    channels: tuple[str, ...]

    @property
    def group(self) -> str:
        """What stands before the last word: Blender's view layer."""
        return self.name.rpartition(".")[0]


def layers_of(channels: Iterable[str]) -> dict[str, Layer]:
    """The layers that channels make, by name, in the file's order."""
    found: dict[str, list[tuple[int, str]]] = {}
    for channel in channels:
        name, dot, suffix = channel.rpartition(".")
        short = LONG.get(suffix.lower(), suffix.lower())
        if not dot:
            name = "" if short in ("r", "g", "b", "a") else channel
        elif short not in SUFFIXES:
            name = channel
        found.setdefault(name, []).append((SUFFIXES.get(short, len(SUFFIXES)), channel))
    return {name: Layer(name, tuple(c for _, c in sorted(made))) for name, made in found.items()}


def word(name: str) -> str:
    """The last word of a layer's name, without case and marks, and without what Unreal puts before it."""
    plain = re.sub(r"[^a-z0-9]", "", name.rpartition(".")[2].lower())
    for prefix in UNREAL:
        plain = plain.removeprefix(prefix)
    return plain


def assigned(layers: Mapping[str, Layer], told: Mapping[str, str] | None = None) -> dict[str, Layer]:
    """Quantity -> its layer, of those that are there; of several view layers the one that brings most.

    Args:
        told: quantity -> the name of its layer, where a person says so.

    Raises:
        MediaError: for a quantity or a layer that does not exist.
    """
    groups: dict[str, dict[str, Layer]] = {}
    for quantity, words in NAMES.items():
        for layer in layers.values():
            if word(layer.name) in words and len(layer.channels) >= CHANNELS.get(quantity, 3):
                held = groups.setdefault(layer.group, {}).get(quantity)
                if held is None or words.index(word(layer.name)) < words.index(word(held.name)):
                    groups[layer.group][quantity] = layer
    out: dict[str, Layer] = {}
    for group in sorted(groups.values(), key=len, reverse=True):
        out = {**group, **out}
    for quantity, name in (told or {}).items():
        if quantity not in WANTED and quantity not in ("ao", "alpha", "index"):
            raise MediaError(f"There is no quantity {quantity[:40]!r}; say {', '.join(WANTED)}, ao, alpha or index.")
        same = [n for n in layers if n == name or n.rpartition(".")[2] == name]
        if not same:
            raise MediaError(
                f"The render has no layer {name[:60]!r}{_meant(word(name), layers)}; it has {listed(layers)}."
            )
        out[quantity] = layers[same[0]]
    return out


def check_there(wanted: Sequence[str], found: Mapping[str, Layer], layers: Mapping[str, Layer]) -> None:
    """Raises MediaError for the first wanted quantity that no layer has: what is there, what was wanted, and which one is perhaps meant."""
    for quantity in wanted:
        if quantity not in found:
            taken = {layer.name for layer in found.values()}
            left = {n: v for n, v in layers.items() if n not in taken and not CRYPTOMATTE.match(n)}
            meant = next((m for w in NAMES[quantity] if w and (m := _meant(w, left))), "")
            raise MediaError(
                f"The render has no layer of {quantity}: it has {listed(layers)}; wanted {WANTED[quantity]}{meant}. "
                f"Render it with that pass, or name the layer with --layer {quantity}=NAME."
            )


def listed(layers: Mapping[str, Layer]) -> str:
    """The names of layers for a message."""
    names = [name or "/".join(layer.channels) for name, layer in layers.items()]
    return ", ".join(names)[:240] or "none"


def _meant(wanted: str, layers: Mapping[str, Layer]) -> str:
    near = difflib.get_close_matches(wanted, [word(n) for n in layers if n], 1, 0.7)
    name = next((n for n in layers if near and word(n) == near[0]), "")
    return f" (is {name!r} meant?)" if name else ""
