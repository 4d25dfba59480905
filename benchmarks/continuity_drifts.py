"""Drifts that nobody asked for, made where they are real: in geometry and atlas, before anything is rendered.

Each function takes a baked subject and gives another one that a model might have drifted to. Strengths are said in their own units.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from sora_lock.colour import linear_from_srgb, srgb_from_linear
from sora_lock.subjects.baked import Atlas, BakedSubject, digest_of

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Drift:
    """One planted drift.

    Attributes:
        name: what drifted: "prop moved".
        strength: how far, in words of its own unit: "0.35 m".
        parts: names of the subject's parts that show it.
        finds: attributes of which one at least must be flagged.
        moved_m: how far geometry went; 0 for what only changed colour.
    """

    name: str
    strength: str
    parts: tuple[str, ...]
    finds: tuple[str, ...]
    moved_m: float = 0.0


def numbers(subject: BakedSubject, names: Sequence[str]) -> list[int]:
    """Indices of the parts of these names that the subject has."""
    return [k for k, p in enumerate(subject.info["parts"]) if p["name"] in names]


def named(subject: BakedSubject, attribute: str) -> list[str]:
    """Names of the parts of an attribute."""
    return [r.name for r in subject.regions if attribute in r.attributes]


def _texels(subject: BakedSubject, names: Sequence[str]) -> Bools:
    """Where in the atlas parts lie, bool [side, side], a little widened, without what other parts show."""
    own = np.isin(subject.part, numbers(subject, names))
    mask = cv2.dilate(_filled(subject, own), np.ones((3, 3), np.uint8))
    return np.asarray((mask > 0) & (_filled(subject, ~own) == 0))


def _filled(subject: BakedSubject, chosen: Bools) -> NDArray[np.uint8]:
    """Triangles one by one: filled together, those that share texels would cancel out, two by two."""
    side = subject.atlas().reflectance.shape[0]
    mask = np.zeros((side, side), np.uint8)
    for corners in np.rint(subject.st[subject.faces[chosen]] * side).astype(np.int32):
        cv2.fillConvexPoly(mask, corners, 1)
    return mask


def painted(subject: BakedSubject, names: Sequence[str], paint: Callable[[Floats], Floats]) -> BakedSubject:
    """Parts in other paint; `paint` maps sRGB values 0..1 float32 [N, 3] of their texels to others."""
    atlas, where = subject.atlas(), _texels(subject, names)
    reflectance = atlas.reflectance.copy()
    reflectance[where] = linear_from_srgb(np.clip(paint(srgb_from_linear(reflectance[where])), 0, 1).astype(np.float32))
    return replace(
        subject, surfaces=Atlas(reflectance, atlas.normal, atlas.material, digest_of(reflectance), atlas.alpha)
    )


def turned(degrees: float) -> Callable[[Floats], Floats]:
    """Hue turned, HSL lightness and saturation kept; what is nearly grey is given a little colour to turn."""

    def paint(rgb: Floats) -> Floats:
        hls = cv2.cvtColor(rgb[None], cv2.COLOR_RGB2HLS)
        hls[..., 0] = (hls[..., 0] + degrees) % 360
        hls[..., 2] = np.maximum(hls[..., 2], 0.12)
        return np.asarray(cv2.cvtColor(hls, cv2.COLOR_HLS2RGB)[0])

    return paint


def _lighter(gamma: float) -> Callable[[Floats], Floats]:
    return lambda rgb: np.asarray(np.maximum(rgb, 0.02) ** gamma, np.float32)


def _patterned(subject: BakedSubject, names: Sequence[str], stripes: bool) -> BakedSubject:
    """A garment plain, or striped, in its own mean colours."""
    atlas, where = subject.atlas(), _texels(subject, names)
    reflectance = atlas.reflectance.copy()
    mean = np.median(reflectance[where], axis=0)
    rows = np.nonzero(where)[0]
    wave = np.where((rows // 24) % 2 == 0, 1.5, 0.45) if stripes else np.ones(len(rows))
    reflectance[where] = np.clip(mean * wave[:, None], 0, 0.95).astype(np.float32)
    return replace(
        subject, surfaces=Atlas(reflectance, atlas.normal, atlas.material, digest_of(reflectance), atlas.alpha)
    )


def _expressed(subject: BakedSubject, name: str, weight: float, share: Floats) -> BakedSubject:
    """A face at rest with a part of an expression; `share` [V] says how much of it each vertex takes."""
    return replace(
        subject, rest=(subject.rest + weight * share[:, None] * subject.expressions[name]).astype(np.float32)
    )


def _below(subject: BakedSubject, low: float, high: float) -> Floats:
    """0 above `high` metres under the eyes, 1 below `low`, smooth between (metres are negative downward)."""
    y = subject.rest[:, 1] - float(subject.framing["eye_m"][1])
    x = np.clip((high - y) / (high - low), 0, 1)
    return np.asarray(x * x * (3 - 2 * x), np.float32)


def _without_faces(subject: BakedSubject, gone: Bools) -> BakedSubject:
    layer = None if subject.layer is None else subject.layer[~gone]
    return replace(subject, faces=subject.faces[~gone], part=subject.part[~gone], layer=layer)


def _one_button(subject: BakedSubject, which: int) -> BakedSubject:
    """Without one of its buttons: the connected pieces of the part, counted from the top."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    own = np.flatnonzero(np.isin(subject.part, numbers(subject, ["buttons"])))
    welded = subject.weld[subject.faces[own]]
    n = int(subject.weld.max()) + 1
    pairs = np.concatenate([welded[:, [0, 1]], welded[:, [1, 2]]])
    _, label = connected_components(coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (n, n)), False)
    piece = label[welded[:, 0]]
    height = {p: float(subject.rest[subject.faces[own[piece == p]]][..., 1].mean()) for p in np.unique(piece)}
    order = sorted(height, key=lambda p: -height[p])
    gone = np.zeros(len(subject.faces), bool)
    gone[own[piece == order[which % len(order)]]] = True
    return _without_faces(subject, gone)


def _longer(subject: BakedSubject, by: float) -> BakedSubject:
    """Hair drawn down from the crown."""
    of = np.unique(subject.faces[np.isin(subject.part, numbers(subject, ["hair"]))])
    rest = subject.rest.copy()
    top = rest[of, 1].max()
    rest[of, 1] = top - (top - rest[of, 1]) * np.float32(by)
    return replace(subject, rest=rest)


def _swapped_face(subject: BakedSubject, sibling: BakedSubject) -> BakedSubject:
    """Another's face, brought to this one's eyes and size; both atlases lie side by side in one twice as wide. It stands still."""
    parts = ("face", "mouth", "eyes", "brows", "lashes")
    mine, theirs = subject.atlas(), sibling.atlas()

    def both(a: NDArray[np.generic], b: NDArray[np.generic]) -> NDArray[np.generic]:
        b = b if b.shape == a.shape else cv2.resize(b, a.shape[1::-1], interpolation=cv2.INTER_AREA)  # type: ignore[call-overload]
        out = np.zeros((2 * a.shape[0], 2 * a.shape[1], *a.shape[2:]), a.dtype)
        out[: a.shape[0], : a.shape[1]], out[: a.shape[0], a.shape[1] :] = a, b
        return out

    reflectance = np.asarray(both(mine.reflectance, theirs.reflectance), np.float32)
    atlas = Atlas(
        reflectance,
        both(mine.normal, theirs.normal),  # type: ignore[arg-type]
        both(mine.material, theirs.material),  # type: ignore[arg-type]
        digest_of(reflectance),
    )
    keep = ~np.isin(subject.part, numbers(subject, parts))
    chosen = np.isin(sibling.part, numbers(sibling, parts))
    scale = float(subject.framing["head_radius_m"]) / float(sibling.framing["head_radius_m"])
    eye, other = (np.asarray(s.framing["eye_m"], np.float32) for s in (subject, sibling))
    points = (sibling.rest - other) * np.float32(scale) + eye
    of = {k: numbers(subject, [p["name"]]) for k, p in enumerate(sibling.info["parts"])}
    part = np.array([of[int(k)][0] for k in sibling.part[chosen]], np.uint8)
    return replace(
        subject,
        faces=np.concatenate([subject.faces[keep], sibling.faces[chosen] + np.int32(len(subject.rest))]),
        part=np.concatenate([subject.part[keep], part]),
        st=np.concatenate([subject.st * np.float32(0.5), sibling.st * np.float32(0.5) + np.float32([0.5, 0])]),
        weld=np.concatenate([subject.weld, sibling.weld + subject.weld.max() + 1]),
        rest=np.concatenate([subject.rest, points]).astype(np.float32),
        expressions={}, basis=None, weights=None, head=None, moves={}, bones=None, follows=None, surfaces=atlas,
    )  # fmt: skip


def figure_drifts(
    subject: BakedSubject, siblings: Mapping[str, BakedSubject]
) -> dict[str, list[tuple[Drift, Callable[[], BakedSubject]]]]:
    """Kind of drift -> its strengths, weakest first, each with what makes it. Siblings by name."""
    cloth = max(named(subject, "wardrobe"), key=lambda n: int(np.isin(subject.part, numbers(subject, [n])).sum()))
    skin = ["face", "ears", "neck", "hands"]
    face = [n for n in named(subject, "face") if n != "beard"]
    sibling = next(s for n, s in siblings.items() if n != subject.name)
    mouth, brow = _below(subject, -0.05, -0.035), 1 - _below(subject, -0.01, 0.004)
    far = {n: float(np.linalg.norm(d, axis=1).max()) for n, d in subject.expressions.items()}
    names = sorted(subject.expressions)
    own = zlib.crc32(subject.name.encode())

    def moved(name: str, part: Floats, weight: float) -> float:
        return weight * float(np.linalg.norm(subject.expressions[name] * part[:, None], axis=1).max())

    whole = np.ones(len(subject.rest), np.float32)
    return {
        "wardrobe hue": [
            (Drift("wardrobe hue", f"{d}°", (cloth,), ("wardrobe",)), lambda d=d: painted(subject, [cloth], turned(d)))
            for d in (15, 30, 60)
        ],
        "pattern swapped": [
            (Drift("pattern swapped", w, (cloth,), ("wardrobe",)), lambda w=w: _patterned(subject, [cloth], w == "stripes"))
            for w in ("plain", "stripes")
        ],
        "button missing": [
            (Drift("button missing", f"button {k}", ("buttons",), ("wardrobe",)), lambda k=k: _one_button(subject, k))
            for k in (0, 1)
        ],
        "hair colour": [
            (Drift("hair colour", w, ("hair",), ("hair",)), lambda p=p: painted(subject, ["hair"], p))
            for w, p in (("hue 40°", turned(40)), ("lighter", _lighter(0.5)))
        ],
        "hair longer": [
            (Drift("hair longer", f"{b - 1:.0%}", ("hair",), ("hair",), (b - 1) * 0.15), lambda b=b: _longer(subject, b))
            for b in (1.15, 1.4)
        ],
        "skin": [
            (Drift("skin", f"hue {d}°", tuple(skin), ("face", "body")), lambda d=d: painted(subject, skin, turned(d)))
            for d in (-14, 28)
        ],
        "iris": [
            (Drift("iris", f"hue {d}°", ("eyes",), ("face", "expression")), lambda d=d: painted(subject, ["eyes"], turned(d)))
            for d in (90, 180)
        ],
        "mouth moved": [
            (
                Drift("mouth moved", f"smile {w:.0%}", ("mouth", "face"), ("expression", "face"), moved("smile", mouth, w)),
                lambda w=w: _expressed(subject, "smile", w, mouth),
            )
            for w in (0.35, 0.8)
        ],
        "brow moved": [
            (
                Drift("brow moved", f"{n} {w:.0%}", ("brows", "face"), ("expression", "face"), moved(n, brow, w)),
                lambda n=n, w=w: _expressed(subject, n, w, brow),
            )
            for n, w in ((("surprised", "angry")[own % 2], 0.5), (("surprised", "angry")[own % 2], 1.0))
        ],
        "expression": [
            (
                Drift("expression", f"{n} {w:.0%}", tuple(face), ("expression", "face"), far[n] * w),
                lambda n=n, w=w: _expressed(subject, n, w, whole),
            )
            for w in (0.5, 1.0)
            for n in names
        ],
        "face swapped": [(Drift("face swapped", sibling.name, tuple(face), ("face",)), lambda: _swapped_face(subject, sibling))],
    }  # fmt: skip


def without(subject: BakedSubject, part: str) -> BakedSubject:
    """A set without a part."""
    return _without_faces(subject, np.isin(subject.part, numbers(subject, [part])))


def shifted(subject: BakedSubject, part: str, by_m: Floats) -> BakedSubject:
    """A set with a part moved by [3] metres."""
    of = np.unique(subject.faces[np.isin(subject.part, numbers(subject, [part]))])
    rest = subject.rest.copy()
    rest[of] += by_m
    return replace(subject, rest=rest)


def doubled(subject: BakedSubject, part: str, by_m: Floats) -> BakedSubject:
    """A set with one more of a part, [3] metres aside."""
    own = np.isin(subject.part, numbers(subject, [part]))
    n = np.int32(len(subject.rest))
    return replace(
        subject,
        faces=np.concatenate([subject.faces, subject.faces[own] + n]),
        part=np.concatenate([subject.part, subject.part[own]]),
        st=np.concatenate([subject.st, subject.st]),
        weld=np.concatenate([subject.weld, subject.weld + subject.weld.max() + 1]),
        rest=np.concatenate([subject.rest, subject.rest + by_m.astype(np.float32)]),
        layer=None if subject.layer is None else np.concatenate([subject.layer, subject.layer[own]]),
    )


def mirrored(subject: BakedSubject) -> BakedSubject:
    """A set the other way round, left to right."""
    rest = subject.rest * np.float32([-1, 1, 1])
    return replace(subject, rest=rest, faces=np.ascontiguousarray(subject.faces[:, ::-1]))
