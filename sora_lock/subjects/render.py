"""A render from another package as a subject: beauty, albedo, normals, depth and what is seen where, from one multi-layer OpenEXR file.

Place in the path: subjects, between a file and `plates`; nothing is estimated. `read` brings every package's conventions to ours; `picture_of` and
`plates_of` make of it what a photograph has to have guessed; `height_of` tells the scale.

Conventions: colours linear Rec.709 (`colour.to_rec709` by the header's chromaticities); depth planar metres, along the viewing axis as Arnold's Z, Cycles' Depth and Unreal's
SceneDepth are, infinite where there is nothing; normals in camera space (`camera_space`); colours straight, not multiplied by coverage.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.colour import to_rec709
from sora_lock.errors import MediaError
from sora_lock.media import film
from sora_lock.media.passes import Passes, open_passes
from sora_lock.records import Kind
from sora_lock.subjects.camera_space import turned
from sora_lock.subjects.cryptomatte import Cryptomatte, cryptomattes_of, number_of, selected
from sora_lock.subjects.layer_names import Layer, assigned, check_there, layers_of, listed
from sora_lock.subjects.photo import LEAST_PX, Picture, cut_below, joined
from sora_lock.subjects.plates import MOST_HOLES, Plates, checked, sized
from sora_lock.subjects.relief import HEIGHTS_M

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

UNITS_M: Mapping[str, float] = {"m": 1.0, "cm": 0.01, "mm": 0.001, "in": 0.0254, "ft": 0.3048}
NEEDED = ("beauty", "albedo", "normal", "depth")
TAKE = ("diffuse", "shading", "specular", "transmittance", "airlight")
"""Layers of a take (`fanout --aov`), which make up its beauty and albedo."""
NOTHING, HALF_NOTHING = 1e9, 65_000.0
"""Depths from which on nothing is there: packages write 1e10, 1e30 or infinity, and half ends at 65504."""
SPACES: Mapping[str, tuple[float, ...] | None] = {
    "lin_rec709": None,
    "lin_ap1": (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767),
    "lin_ap0": (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767),
    "lin_rec2020": (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290),
    "lin_p3d65": (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290),
}
"""Colour spaces by the header's `colorInteropID`, without "_scene" or "_display": chromaticities, None for ours."""


@dataclass(frozen=True)
class Render:
    """A render in our conventions; what the file does not have is None.

    Attributes:
        beauty, albedo: float32 [H, W, 3], linear Rec.709, straight.
        alpha: float32 [H, W], coverage of what was chosen, or of all that is seen.
        normal: float32 [H, W, 3], camera space, unit length, 0 where nothing is said.
        depth: float32 [H, W], planar metres, infinite where there is nothing.
        ao: float32 [H, W], 1 open, 0 closed.
        focal_px: of the header, or found by fitting normals to depth.
        world_to_camera: 4x4 of row vectors, as the header has it.
        mattes: cryptomattes, objects before materials.
        foreign: whether the matte was chosen out of the picture rather than being its own alpha.
        layers: quantity -> name of its layer.
        notes: sentences for people: what was assumed.
        sha256: of the file.
    """

    beauty: Floats
    alpha: Floats
    albedo: Floats | None
    normal: Floats | None
    depth: Floats | None
    ao: Floats | None
    focal_px: float | None
    world_to_camera: NDArray[np.float64] | None
    mattes: tuple[Cryptomatte, ...]
    foreign: bool
    layers: Mapping[str, str]
    notes: tuple[str, ...]
    sha256: str

    @property
    def names(self) -> tuple[str, ...]:
        """Objects and materials that are seen, the largest first."""
        return tuple(dict.fromkeys(name for matte in self.mattes for name in matte.seen()))


def read(
    data: bytes,
    *,
    objects: Sequence[str] = (),
    indices: Sequence[int] = (),
    units: str | None = None,
    layers: Mapping[str, str] | None = None,
    wanted: Sequence[str] = NEEDED,
    whole: bool = False,
) -> Render:
    """Decodes a render and brings it to our conventions.

    Args:
        objects: names in its cryptomattes that make the matte; indices: object indices that do. Without either, its alpha.
        units: of its depth, a key of `UNITS_M`; None: centimetres from Unreal and Maya, else metres.
        layers: quantity -> name of its layer, where the naming is none of those that are known.
        wanted: quantities without which it is refused.
        whole: take all of the picture, without a matte: for a set.

    Raises:
        MediaError: for a file that cannot be read, lacks a layer, holds no numbers where they are needed, is not scene-linear, has no matte, or
            whose normals do not fit its depth: what came, what was wanted, what to do.
    """
    passes = open_passes(data)
    every = layers_of(passes.planes)
    found = assigned(every, layers)
    own_take = not set(TAKE) - set(found) and "beauty" not in found
    check_there([q for q in wanted if not (own_take and q in ("beauty", "albedo"))], found, every)
    reader = _Reader(passes, found)
    notes: list[str] = []
    mattes = (*_take_mattes(reader, every), *cryptomattes_of(passes, every))
    alpha, foreign = _matte(reader, every, mattes, objects, indices, whole)
    inside = alpha >= 0.5
    if not whole and int(inside.sum()) < LEAST_PX:
        raise MediaError(
            f"The matte is empty ({int(inside.sum())} px are covered; wanted at least {LEAST_PX}); choose what to cut out with --object NAME."
        )
    beauty, albedo = _colours(reader, inside, own_take)
    matrix = _primaries(passes.attributes, notes)
    cover = np.maximum(reader.own_alpha() if not own_take else np.ones_like(alpha), np.float32(1e-4))[..., None]
    beauty = np.where(cover > 2e-4, beauty / cover, 0) @ matrix.T
    if albedo is not None:
        albedo = np.where(cover > 2e-4, albedo / cover, 0) @ matrix.T
        _check_lit(reader.name("albedo"), albedo, inside)
    camera = _matrix(passes.attributes, "worldToCamera")
    focal = _focal_px(passes.attributes, camera, alpha.shape)
    depth = (
        _depth(reader, inside, _unit(units, passes.attributes, every, notes), notes, whole)
        if "depth" in found
        else None
    )
    normal = None
    if "normal" in found and ("normal" in wanted or depth is not None):
        stored = reader.finite("normal", inside, 3)
        seen = stored[inside]
        if float(seen.min()) >= -1e-3 and float(np.median(np.abs(np.linalg.norm(2 * seen - 1, axis=1) - 1))) < 0.1:
            stored = 2 * stored - 1
            notes.append("Normals are stored as 0.5 + 0.5 n.")
        normals = turned(stored, depth, inside, focal, camera)
        normal, focal = normals.normal, normals.focal_px or focal
        notes.append(f"{normals.words[:1].upper()}{normals.words[1:]}.")
    ao = np.clip(reader.finite("ao", inside, 1)[..., 0], 0, 1) if "ao" in found else None
    return Render(
        beauty.astype(np.float32), alpha, None if albedo is None else np.clip(albedo, 0, 1).astype(np.float32), normal, depth, ao, focal, camera,
        mattes, foreign, {q: layer.name for q, layer in found.items()}, tuple(notes), hashlib.sha256(data).hexdigest(),
    )  # fmt: skip


def picture_of(render: Render) -> Picture:
    """The render as a picture with its matte: beauty through our film, straight alpha.

    Raises:
        MediaError: for a matte that is empty or everything.
    """
    rgb = film.develop(np.maximum(render.beauty, 0))
    return joined(rgb, render.alpha, render.notes, foreign=render.foreign)


def plates_of(render: Render, made: Picture) -> Plates:
    """The render's own reflectance, normals and depth as plates of its picture.

    Raises:
        MediaError: when it lacks one, or as `plates.checked`.
    """
    if render.albedo is None or render.normal is None or render.depth is None:
        raise MediaError("A relit subject wants albedo, normal and depth of a render; it has not all of them.")
    # What is infinitely far is put behind all else, so that a reduction does not spread it.
    near = np.isfinite(render.depth)
    depth = np.where(near, render.depth, render.depth[near].max())
    whole = Plates(
        sized(render.albedo, "reflectance", made),
        sized(render.normal, "normal", made),
        sized(depth.astype(np.float32), "depth", made),
        {
            plate: f"render {render.sha256[:12]} {render.layers.get(quantity, quantity).rpartition('.')[2]}".strip()
            for plate, quantity in (("reflectance", "albedo"), ("normal", "normal"), ("depth", "depth"))
        },
        estimated=False,
    )
    return checked(whole, made.alpha)


def height_of(render: Render, kind: Kind) -> float | None:
    """The subject's height in metres by depth and focal length; None when the picture cuts it off, or the focal length is not known.

    Raises:
        MediaError: for a height nobody of that kind has: then the depth is in other units.
    """
    inside = render.alpha >= 0.5
    if render.depth is None or not render.focal_px or kind not in HEIGHTS_M:
        return None
    up = (0.5 * inside.shape[0] - 0.5 - np.arange(inside.shape[0]))[:, None] / render.focal_px * render.depth
    low, high = np.percentile(up[inside & np.isfinite(up)], (0.05, 99.95))
    height = float(high - low)
    least, _, most = HEIGHTS_M[kind]
    cut = kind == "character" and cut_below(inside)
    if height > most or height < (0.2 * least if cut else least):
        raise MediaError(
            f"By its depth the {kind} is {height:.3g} m high; wanted {least:g} to {most:g} m. Say what unit the depth is in: --units {', '.join(UNITS_M)}."
        )
    return None if cut else round(height, 3)


class _Reader:
    """The planes of assigned layers as float32, with what is no number found out."""

    def __init__(self, passes: Passes, found: Mapping[str, Layer]) -> None:
        self.passes, self.found = passes, found

    def name(self, quantity: str) -> str:
        layer = self.found.get(quantity)
        return (layer.name or "R, G, B") if layer else quantity

    def raw(self, quantity: str, count: int) -> Floats:
        """[H, W, count], as it is stored."""
        channels = self.found[quantity].channels[:count]
        return np.stack([self.passes.planes[c].astype(np.float32) for c in channels], axis=-1)

    def finite(self, quantity: str, inside: Bools, count: int) -> Floats:
        """[H, W, count] with 0 for what is no number outside the matte; refuses it within."""
        planes = self.raw(quantity, count)
        bad = np.asarray(~np.isfinite(planes).all(axis=2), np.bool_)
        broken = int((bad & inside).sum())
        if broken:
            nan = int((np.isnan(planes).any(axis=2) & inside).sum())
            raise MediaError(
                f"The layer {self.name(quantity)} holds what is no number at {broken} px of the matte ({nan} NaN, {broken - nan} infinite); "
                "wanted numbers wherever the subject is. Find what makes them in the scene, and render it again."
            )
        return np.where(bad[..., None], np.float32(0), planes)

    def own_alpha(self) -> Floats:
        """[H, W], 0..1: the render's coverage; 1 wherever it has data when it brings none."""
        layer = self.found.get("beauty")
        if layer is not None and len(layer.channels) >= 4:
            plane = self.passes.planes[layer.channels[3]].astype(np.float32)
        elif "alpha" in self.found:
            plane = self.raw("alpha", 1)[..., 0]
        else:
            return self.passes.covered.astype(np.float32)
        if not np.isfinite(plane).all():
            raise MediaError(
                f"The alpha holds what is no number at {int((~np.isfinite(plane)).sum())} px; render it again."
            )
        return np.clip(plane, 0, 1)


def _take_mattes(reader: _Reader, every: Mapping[str, Layer]) -> tuple[Cryptomatte, ...]:
    """The coverage of each lock in a take's own layers ("coverage.mara"), as a cryptomatte has it."""
    mine = [layer for layer in every.values() if layer.group == "coverage"]
    if not mine:
        return ()
    names = {layer.name.partition(".")[2]: number_of(layer.name) for layer in mine}
    coverage = np.stack([reader.passes.planes[layer.channels[0]].astype(np.float32) for layer in mine])
    ids = np.broadcast_to(np.array(list(names.values()), np.uint32)[:, None, None], coverage.shape)
    return (Cryptomatte("coverage", ids, coverage, names),)


def _matte(
    reader: _Reader, every: Mapping[str, Layer], mattes: tuple[Cryptomatte, ...], objects: Sequence[str], indices: Sequence[int], whole: bool
) -> tuple[Floats, bool]:  # fmt: skip
    """Coverage of what was chosen, and whether it was chosen out of the picture."""
    own = reader.own_alpha()
    if whole:
        return own, False
    if objects:
        return selected(mattes, objects), True
    if indices:
        if "index" not in reader.found:
            raise MediaError(
                f"The render has no layer of object indices; it has {listed(every)}. Render it with one (IndexOB), or say --object."
            )
        numbers = np.rint(reader.raw("index", 1)[..., 0])
        chosen = np.isin(numbers, np.asarray(indices, np.float32))
        if not chosen.any():
            there = ", ".join(f"{int(v)}" for v in np.unique(numbers[np.isfinite(numbers)])[:20])
            raise MediaError(f"No pixel has the index {', '.join(map(str, indices))}; the render has {there}.")
        return np.where(chosen, own, np.float32(0)), True
    if float(own.min()) >= 0.98:
        names = ", ".join(n for m in mattes for n in m.seen())[:200]
        raise MediaError(
            "The render's alpha covers everything, so there is no telling the subject from its background: "
            + (
                f"say which object it is with --object, out of {names}."
                if names
                else "render it on a transparent background, or with a cryptomatte."
            )
        )
    return own, "alpha" in reader.found and reader.found["alpha"].name == "coverage"


def _colours(reader: _Reader, inside: Bools, own_take: bool) -> tuple[Floats, Floats | None]:
    """Beauty and albedo as they are stored; of a take, made of its layers."""
    if own_take:
        diffuse, shading, specular, through, air = (reader.finite(q, inside, 3) for q in TAKE)
        beauty: Floats = (diffuse + specular) * through + air
        return beauty, np.asarray(diffuse / np.maximum(shading, np.float32(1e-4)), np.float32)
    albedo = reader.finite("albedo", inside, 3) if "albedo" in reader.found else None
    return np.maximum(reader.finite("beauty", inside, 3), 0), albedo


def _check_lit(name: str, albedo: Floats, inside: Bools) -> None:
    off = float((albedo[inside].max(axis=1) > 1.02).mean())
    if off > 0.02:
        raise MediaError(
            f"The layer {name} leaves 0..1 at {off:.0%} of the matte, so it holds light; wanted colours without light."
        )


def _depth(reader: _Reader, inside: Bools, metres: float, notes: list[str], whole: bool) -> Floats:
    stored = reader.raw("depth", 1)[..., 0]
    name, nan = reader.name("depth"), int((np.isnan(stored) & inside).sum())
    if nan:
        raise MediaError(
            f"The layer {name} holds what is no number (NaN) at {nan} px of the matte; wanted the distance from the camera. Render it again."
        )
    finite = stored[inside & np.isfinite(stored)]
    if finite.size and float(np.median(finite)) < 0:
        stored = -stored
        notes.append("Depth is stored below 0 and was turned round.")
    half = reader.passes.planes[reader.found["depth"].channels[0]].dtype == np.float16
    there = np.isfinite(stored) & (stored > 0) & (stored < (HALF_NOTHING if half else NOTHING))
    lacking = int((~there & inside).sum())
    if not whole and lacking > MOST_HOLES * int(inside.sum()):
        raise MediaError(
            f"The layer {name} says that nothing is there at {lacking} of {int(inside.sum())} px of the matte; wanted the distance from the camera. "
            "Render depth without a near or far limit, in float."
        )
    notes.append("Depth is taken as planar, along the viewing axis.")
    return np.where(there, stored * np.float32(metres), np.float32(np.inf)).astype(np.float32)


def _unit(units: str | None, attributes: Mapping[str, Any], every: Mapping[str, Layer], notes: list[str]) -> float:
    """Metres in a unit of the depth."""
    if units is not None:
        if units not in UNITS_M:
            raise MediaError(f"The unit {units[:20]!r} is not known; say one of {', '.join(UNITS_M)}.")
        return UNITS_M[units]
    unreal = any(k.startswith("unreal/") for k in attributes) or any(
        "FinalImage" in n or "ActorHitProxyMask" in n for n in every
    )
    maya = any("maya" in str(v).lower() for v in attributes.values() if isinstance(v, str))
    unit = "cm" if unreal or maya else "m"
    whose = "Unreal's" if unreal else "Maya's" if maya else "most packages'"
    notes.append(f"Depth is taken to be in {unit}, {whose} unit; --units says another.")
    return UNITS_M[unit]


def _primaries(attributes: Mapping[str, Any], notes: list[str]) -> Floats:
    """3x3 to linear Rec.709, by the header's chromaticities or the name of its colour space."""
    given: Sequence[float] | None = attributes.get("chromaticities")
    space = attributes.get("colorInteropID")
    if not isinstance(given, list):
        plain = str(space or "lin_rec709").removesuffix("_scene").removesuffix("_display")
        if plain not in (*SPACES, "unknown", "data"):
            raise MediaError(
                f"The render's colours are {plain[:40]}, which is not scene-linear; wanted linear Rec.709, ACEScg or Rec.2020. Write it without a view transform."
            )
        given = SPACES.get(plain)
    matrix = np.eye(3) if given is None else to_rec709(given)
    if np.abs(matrix - np.eye(3)).max() < 2e-3:
        return np.eye(3, dtype=np.float32)
    notes.append("Colours were brought from the primaries in the header to Rec.709.")
    return matrix.astype(np.float32)


def _matrix(attributes: Mapping[str, Any], name: str) -> NDArray[np.float64] | None:
    """A 4x4 of the header; None when there is none that turns anything into something."""
    held = np.asarray(attributes.get(name, ()), np.float64)
    good = held.shape == (4, 4) and np.isfinite(held).all() and abs(float(np.linalg.det(held[:3, :3]))) > 1e-9
    return held if good else None


def _focal_px(
    attributes: Mapping[str, Any], camera: NDArray[np.float64] | None, shape: tuple[int, ...]
) -> float | None:
    """The focal length the header tells: Unreal's lens and sensor, or worldToNDC beside worldToCamera; None when it tells none."""
    width = shape[1]

    def number(last: str) -> float:
        for name, value in attributes.items():
            if name.startswith("unreal/") and name.endswith("/" + last):
                try:
                    return float(value)
                except ValueError:
                    return 0.0
        return 0.0

    lens, sensor, angle = number("focalLength"), number("sensorWidth"), number("fov")
    if lens > 0 and sensor > 0:
        return lens / sensor * width
    if 0 < angle < 180:
        return float(width / 2 / np.tan(np.radians(angle) / 2))
    screen = np.asarray(attributes.get("worldToNDC", ()), np.float64)
    if camera is None or screen.shape != (4, 4) or not np.isfinite(screen).all():
        return None
    through = np.linalg.solve(camera, screen)  # camera space to the screen
    # Screens reach from -1 to 1, or, as the file format's own definition says, from 0 to 1 with the middle at a half.
    half = 0.5 if abs(through[2, 0]) < 0.25 * abs(through[2, 3]) else 1.0
    scale = abs(through[0, 0] / through[2, 3]) if abs(through[2, 3]) > 1e-9 else 0.0
    focal = float(scale * width * half)
    return focal if np.isfinite(focal) and focal > 0.1 * width else None
