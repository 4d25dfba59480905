"""Looks at a figure that was registered in a frame: colours and cloth as a whole, then the head by itself, finer.

Place in the path: after sight, before verdict. The head is rigid but for its expression: it is registered once more, alone, on a finer raster; mouth and
brows are then likened to some and to much of every other expression that the subject has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np

from sora_lock.camera import Camera
from sora_lock.colour import linear_from_srgb, srgb_from_linear
from sora_lock.continuity.contest import layers, leaning
from sora_lock.continuity.plates import Bools, Codes, Frame, around, numbers_of
from sora_lock.continuity.register import Registered, settle
from sora_lock.continuity.sight import Sight, Told, sight
from sora_lock.continuity.solid import Solid, boxed, cropped
from sora_lock.continuity.tint import cells_of, of_parts, plain
from sora_lock.continuity.views import Recognised
from sora_lock.records import Lock
from sora_lock.subjects.baked import BakedSubject

HEAD_PX = 260
"""Height of the finer raster of a head, at most."""
LEAST_FACE_PX = 24
LEAST_EXPRESSION_PX = 60
"""Height of a face in frame px below which the face, or its expression, is not judged."""
SURE, HARD = 0.6, 1.75
"""Contrast of a face where it agrees so well, or of all that is clear of hair, cloth and skin, over the lock's under even light, above which hard light has drawn its own detail on it."""
LEAST_DETAIL_PX = 250
"""Clear pixels of hair, cloth or skin below which their detail is not compared: of slivers under a hat or a sleeve little agrees."""
LEAST_HEAD = 0.55
"""Agreement below which a head was not found."""
WEIGHTS = (0.35, 0.8)
"""How much of each other expression it is asked about."""
MOST = 0.12
"""Part of mouth or brows, where two expressions differ most, that tells them apart."""
LEAST_CLOTH_PX, LEAST_PATTERN = 400, 0.033
"""Pixels of a garment by which its pattern is told, and the least strength of the pattern, natural logarithm: folds are stronger than what is less."""
FOLLOWED = 0.08
"""Correlation of the frame with a garment's pattern from which it is there, whatever else lies on it."""
ABOUT_PX = 20
"""How far round a face the bands of it reach."""
LEAST_ZONE_PX = 100
"""Pixels that mouth or brows must show on the fine raster."""
HEAD_ROUNDS = ((8, 4.0), (5, 2.0))


class Head:
    """A figure's head by itself.

    Attributes:
        subject: the figure with the triangles of its head only.
    """

    def __init__(self, whole: Recognised, lock: Lock) -> None:
        subject = whole.subject
        about = subject.framing
        eye, radius = np.asarray(about["eye_m"], np.float32), float(about["head_radius_m"])
        low = eye[1] - 1.05 * radius
        own = np.isin(subject.part + 1, [k for a in ("face", "hair") for k in numbers_of(lock.regions, a)])
        above = (subject.rest[subject.faces][..., 1] > low).all(axis=1)
        # what is worn on the head hides hair and brow: without a hat the head would show what the frame does not
        worn = ~np.isin(subject.part, np.unique(subject.part[~above]))
        keep = (own & above) | worn
        layer = None if subject.layer is None else subject.layer[keep]
        self.subject: BakedSubject = replace(subject, faces=subject.faces[keep], part=subject.part[keep], layer=layer)
        self.known = Recognised(self.subject)
        self.middle_m = np.asarray(about.get("head_m", about["eye_m"]), np.float32)
        self.radius_m = radius

    @staticmethod
    def of(whole: Recognised, lock: Lock) -> Head | None:
        """The head of a figure, kept with it; None where the lock does not say where the face is."""
        if not any(set(r.attributes) <= {"face", "expression"} for r in lock.regions):
            return None
        if whole.head is None:
            whole.head = Head(whole, lock)
        return whole.head

    @cached_property
    def others(self) -> dict[str, Solid]:
        """The head with some and with much of each of the other expressions it has."""
        return {
            f"{name} {weight:.0%}": Solid(self.subject, self.subject.posed({name: weight}, 0))
            for name in self.subject.expressions
            for weight in WEIGHTS
        }


def figure_looks(
    lock: Lock,
    head: Head | None,
    found: Registered,
    whole: Sight,
    frame: Frame,
    number: int,
    behind: Sight | None = None,
) -> Iterator[Told]:
    """Every measure of a figure in one frame.

    Args:
        head: its head, where the lock says where the face is.
        whole: the figure as it was registered.
        number: the frame's, counted from 0.
        behind: the set in that frame, where it was found: the colours of a figure, which has few parts, are told against its own, too.
    """
    others = None if behind is None or behind.grey else cells_of(behind, plain(behind))
    yield from of_parts(lock, ("hair", "wardrobe", "body", "face"), whole, whole.firm, number, others)
    yield from _pattern(lock, whole, number)
    for attribute in ("wardrobe", "hair", "body"):
        yield from _structure(lock, attribute, whole, number)
    if head is not None:
        yield from _head(lock, head, found.cast.camera, frame, whole.scale, number)


def _structure(lock: Lock, attribute: str, seen: Sight, number: int) -> Iterator[Told]:
    region = np.isin(seen.cast.regions, numbers_of(lock.regions, attribute))
    clear = region & seen.clear
    if clear.sum() < LEAST_DETAIL_PX or clear.sum() < 0.15 * (region & seen.firm).sum():
        return
    if float(np.median(seen.kept[clear])) > HARD:
        return
    order = np.sort(seen.match[clear])
    value = 1.0 - float(order[len(order) // 3 :].mean())
    yield Told(attribute, "structure", "", number, value, seen.box(region), f"detail of the {attribute}", seen, region)


def _head(lock: Lock, head: Head, camera: Camera, frame: Frame, scale: float, number: int) -> Iterator[Told]:
    """Face, expression and hair on a raster of the head's own."""
    fine = _around(head, camera, frame, scale)
    if fine is None:
        return
    close, picture, step, origin = fine
    loose = numbers_of(lock.regions, "expression")
    found = settle(head.known, close, picture, loose, HEAD_ROUNDS, zoom=False)
    if found is None or found.quality < LEAST_HEAD:
        return
    seen = sight(found, frame, picture, step, origin, hidden=False)
    face = np.isin(seen.cast.regions, numbers_of(lock.regions, "face"))
    rows = np.nonzero(face.any(axis=1))[0]
    if len(rows) < 8 or (rows[-1] - rows[0]) * step < LEAST_FACE_PX:
        return
    tall = float(rows[-1] - rows[0] + 1)
    calm = _calm(lock, seen)
    firm = face & seen.clear & calm
    sure = firm & (seen.match > SURE)
    hard = sure.any() and float(np.median(seen.kept[sure])) > HARD
    if firm.sum() > max(80, 0.3 * (face & seen.firm).sum()) and not hard:
        value = 1.0 - float(np.average(seen.match[firm], weights=np.minimum(seen.strength[firm], 0.06)))
        yield Told("face", "structure", "", number, value, seen.box(face), "detail of the face", seen, face)
    if tall * step >= LEAST_EXPRESSION_PX:
        yield from _expression(lock, head, seen, face, calm, number)


def _calm(lock: Lock, seen: Sight) -> Bools:
    """Where a face neither blinks nor looks about."""
    import cv2

    eyes = [
        k
        for k in numbers_of(lock.regions, "expression")
        if "eye" in lock.regions[k - 1].name or "lash" in lock.regions[k - 1].name
    ]
    lids = cv2.dilate(np.isin(seen.cast.regions, eyes).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    return np.asarray(~lids)


def _expression(lock: Lock, head: Head, seen: Sight, face: Bools, calm: Bools, number: int) -> Iterator[Told]:
    eyes = np.asarray(head.subject.framing["eye_m"], np.float32)[1]
    height = seen.cast.points[..., 1] - eyes
    zones = {"mouth": face & (height < -0.025), "brows": face & (height > -0.012)}
    zones = {name: where for name, where in zones.items() if where.sum() >= LEAST_ZONE_PX}
    use = calm & seen.lit & face
    if use.sum() < 0.5 * face.sum():
        return
    sure = use & (seen.strength > 0.012)
    kept = float(np.clip(np.median(seen.kept[sure]) if sure.any() else 0.5, 0.3, 1.5))
    crop = around(face, ABOUT_PX)
    camera, filled, calm = cropped(seen.cast.camera, boxed(crop)), seen.filled[crop], use[crop]
    shown, own = seen.seen[(slice(1), *crop)], seen.own[(slice(1), *crop)]
    worst: dict[str, tuple[float, str]] = {}
    for name, solid in head.others.items():
        other = solid.seen_from(camera)
        band = layers(np.where(other.hit[..., None], other.rgb, filled).astype(np.float32), True)
        apart = np.abs(band - own)[0]
        for zone, where in zones.items():
            asked = where[crop] & calm
            if not asked.any():
                continue
            most = asked & (apart >= np.quantile(apart[asked], 1 - MOST))
            lead = leaning(shown, own, band, most, calm & ~most, kept)
            if zone not in worst or lead > worst[zone][0]:
                worst[zone] = lead, name
    for zone, (value, name) in worst.items():
        yield Told(
            "expression", "other", zone, number, value, seen.box(zones[zone]), f"{zone} as if {name}", seen, zones[zone]
        )


def _pattern(lock: Lock, seen: Sight, number: int) -> Iterator[Told]:
    """Whether garments have the pattern that is theirs: beside the same garment in its one mean colour."""
    linear = linear_from_srgb(seen.cast.rgb)
    light = linear.sum(axis=-1) / np.maximum(seen.cast.linear.sum(axis=-1), 1e-4)
    for k in numbers_of(lock.regions, "wardrobe"):
        part = seen.cast.regions == k
        where = part & seen.firm
        if where.sum() < LEAST_CLOTH_PX:
            continue
        plain = srgb_from_linear(seen.cast.linear[where].mean(axis=0) * light[..., None]) * 255
        band = layers(np.where(part[..., None], plain, seen.filled).astype(np.float32), seen.grey)
        apart = np.sqrt(((band - seen.own) ** 2).sum(axis=0))
        power = float(np.sqrt((apart[where] ** 2).mean()))
        sure = where & (seen.strength > 0.012)
        kept = float(np.median(seen.kept[sure])) if sure.any() else 0.5
        if power < max(LEAST_PATTERN, seen.noise(where) / kept) or kept > HARD:
            continue
        value = leaning(seen.seen, seen.own, band, where, seen.firm & ~part, float(np.clip(kept, 0.3, 1.5)))
        mine, theirs = (seen.own - band)[0][where], seen.seen[0][where]
        if float((mine * theirs).sum()) > FOLLOWED * float(np.linalg.norm(mine) * np.linalg.norm(theirs)):
            value = min(value, 0.0)
        name = lock.regions[k - 1].name
        yield Told("wardrobe", "pattern", name, number, value, seen.box(part), f"pattern of {name}", seen, part)


def _around(
    head: Head, camera: Camera, frame: Frame, scale: float
) -> tuple[Camera, Codes, float, tuple[float, float]] | None:
    """A camera on a box round the head, the frame there, frame px of a raster px, and the box's corner in frame px."""
    import cv2

    middle, depth = camera.project(head.middle_m[None])
    if depth[0] < 0.1:
        return None
    reach = 1.5 * head.radius_m * camera.focal_px / float(depth[0])
    h, w = camera.height, camera.width
    x, y = middle[0]
    box = (
        max(0, int(x - reach)),
        max(0, int(y - reach)),
        min(w, int(np.ceil(x + reach))),
        min(h, int(np.ceil(y + reach))),
    )
    if box[2] - box[0] < 12 or box[3] - box[1] < 12:
        return None
    zoom = min(scale, HEAD_PX / (box[3] - box[1])) if scale > 1 else min(1.0, HEAD_PX / (box[3] - box[1]))
    close = cropped(camera, box).scaled(zoom)
    x0, y0, x1, y1 = (round(v * scale) for v in box)
    piece: Codes = np.ascontiguousarray(frame.rgb[y0:y1, x0:x1])
    size = (close.width, close.height)
    if piece.shape[1::-1] != size:
        piece = np.asarray(cv2.resize(piece, size, interpolation=cv2.INTER_AREA))
    return close, piece, (x1 - x0) / close.width, (float(x0), float(y0))
