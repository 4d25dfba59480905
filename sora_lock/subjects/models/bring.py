"""Bringing a GLB model: from a file to the parts of an archive.

Place in the path: subjects, over all of `models`; `folder.write_model` packs what comes out, `freeze` locks it. It runs in the child process of
`cutout`: NumPy, OpenCV, Numba, Embree and xatlas, no torch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.errors import MediaError
from sora_lock.media.gltf import Model, open_model
from sora_lock.records import Kind
from sora_lock.subjects.baked import FORMAT
from sora_lock.subjects.brought import Parts
from sora_lock.subjects.models import figure, lamps, place
from sora_lock.subjects.models.bake import Baked, bake
from sora_lock.subjects.models.holes import pierced
from sora_lock.subjects.models.naming import Sorted, is_pane, sorted_parts
from sora_lock.subjects.models.soup import Soup, join
from sora_lock.subjects.models.standing import standing
from sora_lock.subjects.models.textures import Pictures
from sora_lock.subjects.models.unwrap import Sheet, unwrapped

CLEAR = 0.35
"""Coverage of a material under which glass in a set is taken out: sets have no soft edges, and it would be a board."""


@dataclass(frozen=True, eq=False)
class Brought:
    """A model as it will be packed, and remarks for people: what was done to it, what of it is not kept."""

    parts: Parts
    notes: tuple[str, ...]


def bring(data: bytes, kind: Kind, name: str, height_m: float | None = None) -> Brought:
    """Makes a subject of a GLB.

    Args:
        name: what the subject is called in its archive.
        height_m: of all of it, where the file's units are not metres; None to take or guess them.

    Raises:
        MediaError: as `gltf.open_model`, and for a model that is no such subject: too large, flat, or beyond what an archive holds.
    """
    opened = open_model(data)
    model, said = standing(opened, kind, height_m)
    notes = [*opened.said, *said]
    laid = False
    if kind == "set":
        model, laid = place.floored(model)
    soup = join(model)
    told = sorted_parts(model, soup, kind)
    if kind == "set":
        soup, told = _without_glass(soup, told, notes)
        where = place.place(model, soup, laid)
        notes += where.said
        longer = place.apron(model, soup, where)
        if longer is not None:
            model, soup = longer, join(longer)
            soup, told = _without_glass(soup, sorted_parts(model, soup, kind), notes)
            notes.append(
                "The room is shallower than cameras stand back: the wall behind them gives way, and its floor goes on."
            )
    elif kind == "character" and not told.known:
        told = figure.by_height(soup, told)
        notes.append("No part of it is called a face or a head, so its head was told by its height.")
    pictures = Pictures(model.images)
    sheet = unwrapped(soup, pictures, kind)
    soup = sheet.soup
    baked = bake(sheet, pictures, kind, [str(told.parts[k]["attributes"][0]) for k in told.part])
    layer = np.zeros(len(soup.faces), np.uint8)
    offsets: dict[str, NDArray[np.float32]] = {}
    info: dict[str, Any] = {
        "format": FORMAT,
        "name": name,
        "kind": kind,
        "label": place.label_of(name),
        "about": "Brought as a GLB model.",
        "relief": None,
    }
    if kind == "set":
        shines = lamps.shining(model, soup, told, baked, next(iter(where.marks.values())), where.closed)
        told = shines.told
        layer[shines.unshaded] = 1
        layer[place.wild(soup, where) & (layer == 0)] = 2
        info |= _scenery(soup, where, shines)
        notes += shines.said
    else:
        info["framing"] = figure.framing(soup, told) if kind == "character" else _prop_framing(soup)
    if kind == "character":
        offsets, unused = figure.expressions(soup)
        if offsets:
            notes.append(f"Its morph targets show: {', '.join(sorted(offsets))}.")
        if unused:
            notes.append(
                f"Morph targets that are no expression here: {', '.join(unused[:12])}{' …' if len(unused) > 12 else ''}."
            )
    info["parts"] = [dict(p) for p in told.parts]
    notes += _remarks(model, soup, kind)
    return Brought(_packed(info, sheet, told, baked, layer, offsets, kind), tuple(dict.fromkeys(notes)))


def _packed(
    info: dict[str, Any], sheet: Sheet, told: Sorted, baked: Baked, layer: NDArray[np.uint8],
    offsets: dict[str, NDArray[np.float32]], kind: Kind,
) -> Parts:  # fmt: skip
    """The parts of the archive, without triangles that nothing shows: holes of masks and vertices of no triangle."""
    soup = sheet.soup
    masked = np.array([m.alpha == "MASK" for m in soup.materials])[soup.material]
    hole = masked & (baked.solid < 0.5) if kind == "set" else baked.solid <= 0.02
    keep = np.flatnonzero(~hole)
    if not len(keep):
        raise MediaError("All of the model is transparent; give its materials an opaque alpha.")
    used, faces = np.unique(soup.faces[keep], return_inverse=True)
    made = Parts(
        info=info,
        faces=faces.reshape(-1, 3).astype(np.int32),
        st=sheet.st[used],
        part=told.part[keep],
        layer=layer[keep],
        rest=soup.position[used],
        reflectance=baked.reflectance,
        normal=baked.normal,
        material=baked.material,
        alpha=None if kind == "set" else baked.alpha,
        weld=np.unique(soup.weld[used], return_inverse=True)[1].astype(np.int32),
        expressions={name: offset[used] for name, offset in offsets.items()},
    )
    holed = masked[keep] & (baked.thin[keep] < 0.5)
    return pierced(made, holed, baked.alpha) if baked.alpha is not None and holed.any() else made


def _without_glass(soup: Soup, told: Sorted, notes: list[str]) -> tuple[Soup, Sorted]:
    """A set without clear glass, but for what may be a window's pane."""
    clear = np.array([m.clear > 0.5 or (m.alpha == "BLEND" and m.base[3] < CLEAR) for m in soup.materials])[
        soup.material
    ]
    panes = np.array(
        [
            is_pane(str(told.parts[k]["name"]), soup.materials[m].name)
            for k, m in zip(told.part, soup.material, strict=True)
        ]
    )
    out = clear & ~panes
    if not out.any() or out.all():
        return soup, told
    names = sorted({str(told.parts[k]["name"]) for k in np.unique(told.part[out])})
    notes.append(f"Clear glass is not drawn in sets and was left out: {', '.join(names[:6])}.")
    return soup.kept(~out), replace(told, part=told.part[~out])


def _scenery(soup: Soup, where: place.Place, shines: lamps.Shining) -> dict[str, Any]:
    """What `subject.json` says of a set besides its parts."""
    points = soup.position[np.unique(soup.faces)]
    low, high = points.min(axis=0), points.max(axis=0)
    top = float(high[1])
    if where.closed and where.ceiling_m is not None:
        top = min(top, where.ceiling_m)
    return {
        "marks": {
            n: {"position_m": list(m.position_m), "facing_deg": m.facing_deg, "camera_deg": m.camera_deg, "label": place.label_of(m.label)}
            for n, m in where.marks.items()
        },
        "practicals": shines.practicals,
        "sun": shines.sun,
        "open_sky": where.open_sky,
        "indoors": where.closed,
        "bounds_m": [[round(float(v), 3) for v in low], [round(float(high[0]), 3), round(top, 3), round(float(high[2]), 3)]],
    }  # fmt: skip


def _prop_framing(soup: Soup) -> dict[str, Any]:
    """A point and a height of a prop such that a medium shot shows all of it (`camera.SIZES`: 3.45 of 7.5 heads, eyes at 0.345 of the frame)."""
    points = soup.position[np.unique(soup.faces)]
    tall, across = float(points[:, 1].max()), float(np.hypot(*np.ptp(points, axis=0)[[0, 2]]))
    view = 1.35 * (max(tall, 0.55 * across) + 0.2 * across)
    return {
        "eye_m": [0.0, round(tall / 2 + 0.155 * view, 4), 0.0],
        "head_radius_m": 0.1,
        "height_m": round(view * 7.5 / 3.45, 4),
    }


def _remarks(model: Model, soup: Soup, kind: Kind) -> list[str]:
    """What of its materials is not kept, in words."""
    used = [soup.materials[k] for k in np.unique(soup.material)]
    out = []
    if any(m.metallic > 0.5 and "rough" not in m.textures for m in used):
        out.append("Metals are shown as glossy surfaces of their colour: nothing mirrors here.")
    if any(m.unlit for m in used):
        out.append("It has unlit materials: the light in their textures stays in its colours.")
    if any(m.alpha == "BLEND" or m.clear > 0 for m in used):
        out.append(
            "Glass and other blending is thinned by its alpha and does not refract."
            if kind != "set"
            else "What blends is opaque in a set."
        )
    if kind != "set" and any(max(m.emissive) > 0 for m in used):
        out.append("What glows on it does not shine: only sets have lamps.")
    return out
