"""Freezing: subject + policies -> Lock, and the next version of one.

Place in the path: after subjects and `lock`, before the store. Runs in the page process, so it renders nothing: a baked subject brings its anchors
along (`lock.json`, made with the asset), a picture is its own anchor. A picture alone is held by `pixel` (`freeze_picture`); with plates of its
reflectance and shape it becomes a body that any light can reach, held by `reflectance` (`freeze_brought`); so are places and models (`freeze_packed`).
Clips are frozen in `freeze_clip`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sora_lock.errors import MediaError, NotFoundError, PolicyError
from sora_lock.lock import check_name, check_policies, readiness
from sora_lock.records import Anchor, Kind, Lock, Reading, Region, lock_from

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sora_lock.subjects.photo import Picture
    from sora_lock.subjects.plates import Plates


class Shelf(Protocol):
    """What freezing needs of a store."""

    def put(self, data: bytes) -> str:
        """Stores bytes; returns their SHA-256."""

    def add_lock(self, lock: Lock) -> Lock:
        """Stores a lock as the next version of its name."""

    def lock(self, name: str, version: int | None = None) -> Lock:
        """The lock of that name, the latest version unless told."""


def freeze_baked(shelf: Shelf, name: str, folder: Path, policies: Mapping[str, str] | None = None) -> Lock:
    """Freezes a shipped, baked subject as the next version of `name`.

    Args:
        folder: the asset's folder, with `lock.json` and the anchors it names.

    Raises:
        NotFoundError: when the folder holds no `lock.json`.
        NamingError, PolicyError: as `check_name` and `check_policies`.
    """
    try:
        shipped = lock_from(json.loads((folder / "lock.json").read_text()))
    except FileNotFoundError:
        raise NotFoundError(f"{folder.name!r} has no lock.json; run `make assets`.") from None
    lock = replace(
        shipped, name=check_name(name), policies=check_policies(shipped.kind, policies or {}, shipped.policies)
    )
    for anchor in lock.anchors:
        for wanted in (anchor.image_sha256, anchor.regions_sha256):
            path = folder / "anchors" / f"{wanted[:16]}.png"
            if shelf.put(path.read_bytes()) != wanted:
                raise NotFoundError(f"The anchor {path.name} is not the one its lock names; run `make assets`.")
    return shelf.add_lock(lock)


def edit(shelf: Shelf, name: str, policies: Mapping[str, str]) -> Lock:
    """The next version of `name` with other policies; the same policies give the same version back."""
    lock = shelf.lock(name)
    return shelf.add_lock(replace(lock, policies=check_policies(lock.kind, policies, lock.policies)))


def freeze_picture(
    shelf: Shelf,
    name: str,
    kind: Kind,
    made: Picture,
    *,
    policies: Mapping[str, str] | None = None,
    face_box: tuple[int, int, int, int] | None = None,
) -> Lock:
    """Freezes a person's own picture; it is held by `pixel`. To be lit it needs plates: `freeze_brought`.

    Args:
        made: the picture with its matte (`photo.picture`, `photo.cut_out`).
        face_box: (x0, y0, x1, y1) in px of the picture as brought, when known: the face is then a part of its own, compared as such.

    Raises:
        MediaError: for a set, and for a face box beside the subject, or on a prop.
        NamingError, PolicyError: as `check_name` and `check_policies`.
    """
    import numpy as np

    from sora_lock.colour import linear_from_srgb
    from sora_lock.media.images import png
    from sora_lock.subjects.photo import regions_for

    if kind == "set":
        raise MediaError(
            "A picture can be locked as a character or a prop; as a set it would need depth, which is not estimated yet."
        )
    if face_box is not None and kind != "character":
        raise MediaError(f"Only a character has a face; leave the face box of a {kind} out.")
    plain_name, full = check_name(name), check_policies(kind, policies or {})
    face_box = made.box(face_box) if face_box else None
    regions, plate = regions_for(made, kind, face_box)
    rgba = np.dstack([made.rgb, np.rint(made.alpha * 255).astype(np.uint8)])

    image_sha256, regions_sha256 = shelf.put(png(rgba)), shelf.put(png(plate))
    atlas = np.ascontiguousarray(linear_from_srgb(made.rgb), dtype="<f4")
    return shelf.add_lock(
        Lock(
            name=plain_name,
            kind=kind,
            version=1,
            subject="photo",
            subject_sha256=image_sha256,
            atlas_sha256=hashlib.sha256(atlas.tobytes()).hexdigest(),
            regions=tuple(Region(r.name, tuple(r.attributes)) for r in regions),
            policies=full,
            anchors=(Anchor("picture", image_sha256, regions_sha256),),
            readiness=readiness(made.rgb, made.alpha, face_box),
            made_by=_drawn_by(made),
        )
    )


def freeze_brought(
    shelf: Shelf,
    name: str,
    kind: Kind,
    made: Picture,
    plates: Plates,
    *,
    painted_regions: NDArray[np.uint8] | None = None,
    policies: Mapping[str, str] | None = None,
    face_box: tuple[int, int, int, int] | None = None,
    height_m: float | None = None,
) -> Lock:
    """Freezes a person's own picture with plates of its reflectance, shape and depth: comp lights it in any set, held by `reflectance`.

    Args:
        made: the picture with its matte.
        plates: of the same size.
        painted_regions: uint8 [H, W], 0 unpainted, else k for `PAINTED[k - 1]`; of characters only, and instead of a face box's part.
        face_box: (x0, y0, x1, y1) px of the picture as brought.
        height_m: of the whole subject; without it the usual one of its kind.

    Raises:
        MediaError: for plates that do not fit the picture, a face box or painted parts beside the subject, a height nobody has, a set.
        NamingError, PolicyError: as `check_name` and `check_policies`.
    """
    import numpy as np

    from sora_lock.colour import coded
    from sora_lock.media.images import png
    from sora_lock.subjects.brought import pack
    from sora_lock.subjects.photo import painted_parts, regions_for
    from sora_lock.subjects.relief import build, cut_sides

    if kind == "set":
        raise MediaError("A picture can be locked as a character or a prop; of a set one picture shows too little.")
    if kind != "character" and (face_box is not None or painted_regions is not None):
        raise MediaError(
            f"Only a character has a face, hair and wardrobe; leave face box and painted parts of a {kind} out."
        )
    plain_name, full = check_name(name), check_policies(kind, policies or {})
    box = made.box(face_box) if face_box else None
    if painted_regions is None:
        regions, plate = regions_for(made, kind, box)
    else:
        regions, plate, box = painted_parts(made, painted_regions, box)
    parts = build(made, plates, kind, regions, plate, name=plain_name, height_m=height_m, face_box=box)
    archive, subject = pack(parts)
    coverage = np.rint(made.alpha * 255).astype(np.uint8)
    flat = coded(plates.reflectance)
    flat = np.where(coverage[..., None] > 0, flat, np.uint8(0))
    regions_sha256 = shelf.put(png(plate))
    seen = shelf.put(png(np.dstack([made.rgb, coverage])))
    # The judge compares takes with what is held, which is the picture without its light; people compare them with the picture.
    unlit = shelf.put(png(np.dstack([flat, coverage])))
    cut = tuple(
        Reading(
            "edges", 0.0, "poor", f"The picture cuts it off at its {side}, and a frame wider than that will show it."
        )
        for side in cut_sides(made)
    )
    return shelf.add_lock(
        Lock(
            name=plain_name,
            kind=kind,
            version=1,
            subject="brought/relief",
            subject_sha256=shelf.put(archive),
            atlas_sha256=subject.atlas().atlas_sha256,
            regions=subject.regions,
            policies=full,
            anchors=(
                Anchor("picture", seen, regions_sha256),
                Anchor("picture, its light taken out", unlit, regions_sha256),
            ),
            readiness=(*readiness(made.rgb, made.alpha, box), *cut),
            made_by=_drawn_by(made) | {k: str(v) for k, v in plates.made_by.items()},
        )
    )


def _drawn_by(made: Picture) -> dict[str, str]:
    """Which model drew the picture, where one did, as `Lock.made_by` says it."""
    return {"picture": made.drawn_by} if made.drawn_by else {}


def freeze_packed(
    shelf: Shelf, name: str, kind: Kind, folder: Path, *, policies: Mapping[str, str] | None = None
) -> Lock:
    """Freezes a subject that `cutout` packed: a place, a model; held by `reflectance`.

    Raises:
        MediaError: when the folder holds another kind of subject, or is damaged.
        NotFoundError: when a file of the folder is missing; NamingError, PolicyError as `check_name` and `check_policies`.
    """
    from sora_lock.subjects.packed import read_packed

    plain_name, full = check_name(name), check_policies(kind, policies or {})
    found = read_packed(folder)
    if found.subject.kind != kind:
        raise MediaError(
            f"The folder holds a {found.subject.kind}; lock it as one, or bring it again with --kind {kind}."
        )
    return shelf.add_lock(
        Lock(
            name=plain_name,
            kind=kind,
            version=1,
            subject=f"brought/{found.what}",
            subject_sha256=shelf.put(found.archive),
            atlas_sha256=found.subject.atlas().atlas_sha256,
            regions=found.subject.regions,
            policies=full,
            anchors=tuple(Anchor(view, shelf.put(seen), shelf.put(regions)) for view, seen, regions in found.anchors),
            readiness=found.readiness,
            made_by=found.made_by,
        )
    )


PACKED = frozenset({"model", "place"})
"""What folders hold (`what` of their `cut.json`) whose subject is packed already."""


def freeze_cut(
    shelf: Shelf,
    name: str,
    kind: Kind,
    folder: Path,
    *,
    relight: bool = True,
    files: Mapping[str, bytes] | None = None,
    painted: bytes | None = None,
    proposed: bool = True,
    policies: Mapping[str, str] | None = None,
    face_box: tuple[int, int, int, int] | None = None,
    height_m: float | None = None,
) -> Lock:
    """Freezes what a folder holds that `cutout` wrote: held by `reflectance` when it is to be relit, else by `pixel`.

    Args:
        files: plates that take the place of the folder's; painted: a picture of painted parts (`photo.painted_colours`).
        proposed: whether a character takes the folder's own parts where none were painted.

    Raises:
        NotFoundError, MediaError: as `cut.read_cut`; PolicyError when the folder holds something that cannot be frozen so.
    """
    from sora_lock.subjects.cut import height_told, read_cut, read_parts, what_is
    from sora_lock.subjects.photo import painted_colours

    what = what_is(folder)
    if what in PACKED:
        if files or painted is not None or face_box is not None or height_m is not None:
            raise PolicyError(
                f"A {what} brings its own surfaces, parts and size; leave plates, parts, face box and height out, or cut it out anew with them."
            )
        return freeze_packed(shelf, name, kind, folder, policies=policies)
    if what == "clip":
        from sora_lock.freeze_clip import freeze_clip

        if files or painted is not None:
            raise PolicyError("A clip takes no plates or painted parts of a single picture; leave them out.")
        return freeze_clip(
            shelf, name, kind, folder, relight=relight, policies=policies, face_box=face_box, height_m=height_m
        )
    if painted is None and proposed and kind == "character":
        painted = read_parts(folder)
    height_m = height_told(folder) if height_m is None else height_m
    made, plates = read_cut(folder, files, height_m)
    if not relight:
        return freeze_picture(shelf, name, kind, made, policies=policies, face_box=face_box)
    parts = painted_colours(made, painted) if painted is not None else None
    return freeze_brought(
        shelf, name, kind, made, plates,
        painted_regions=parts, policies=policies, face_box=face_box, height_m=height_m,
    )  # fmt: skip
