"""Places made from seeds: rooms, streets and yards put together from boxes, and the shipped sets in other colours.

    nice -n 19 .venv/bin/python -m training.places 8 --out places.png     # eight places on one sheet

Place in the path: training; read by `data`, which films people in them. A place is an ordinary `BakedSubject` of kind "set": flat faces cut along a grid
of sheets, each sheet a square of the atlas with one tiling material. Lengths in metres, the audience at +Z, as in `assets/sets/README.md`.
"""

from __future__ import annotations

import argparse
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.paths import shipped
from sora_lock.records import digest
from sora_lock.subjects.baked import Atlas, BakedSubject, digest_of, load
from training.people import DYES, reduced

Floats = NDArray[np.float32]
Rgb = tuple[float, float, float]
Point = Sequence[float] | NDArray[np.float64]

SHEET_PX, ACROSS = 128, 8
"""Side of a sheet in texels, and how many lie side by side in the atlas: 64 in all."""
SHEET_M = 1.6
"""What a sheet covers where nothing else is said."""
SET_PX = 1024
"""Side of a shipped set's atlas in training."""
KINDS = ("room", "street", "yard")
WALLS: Mapping[str, tuple[str, ...]] = {
    "room": ("plaster", "paper", "tiles", "panels"), "street": ("brick", "plaster", "stone"), "yard": ("brick", "boards", "stone"),
}  # fmt: skip
FLOORS: Mapping[str, tuple[str, ...]] = {
    "room": ("planks", "tiles", "carpet"), "street": ("asphalt", "setts"), "yard": ("grass", "gravel", "slabs"),
}  # fmt: skip
PAINTS: Mapping[str, Rgb] = {
    "red": (0.30, 0.085, 0.060), "orange": (0.45, 0.20, 0.08), "yellow": (0.52, 0.40, 0.14), "green": (0.13, 0.22, 0.11),
    "teal": (0.09, 0.23, 0.22), "blue": (0.11, 0.17, 0.33), "pink": (0.50, 0.27, 0.27), "brown": (0.19, 0.11, 0.065),
    "grey": (0.24, 0.24, 0.24), "white": (0.60, 0.58, 0.54),
}  # fmt: skip
GROUNDS: Mapping[str, Rgb] = {
    "planks": (0.20, 0.115, 0.06), "tiles": (0.40, 0.37, 0.32), "carpet": (0.16, 0.05, 0.05), "asphalt": (0.055, 0.055, 0.058),
    "setts": (0.10, 0.095, 0.085), "grass": (0.055, 0.10, 0.025), "gravel": (0.26, 0.23, 0.18), "slabs": (0.27, 0.26, 0.24),
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Somewhere to film.

    Attributes:
        name: a shipped name, or "s" and the seed; kind: "room", "street", "yard" or a shipped name.
        subject: the set, ready for comp.
        words: ways of saying where it is, each after "in ": "a street with red brick walls".
        about: one sentence that says all of it.
    """

    name: str
    kind: str
    subject: BakedSubject
    words: tuple[str, ...]
    about: str


@dataclass
class Yard:
    """A set under construction: sheets of material, parts, and quads that lie on sheets."""

    rng: np.random.Generator
    sheets: list[Floats] = field(default_factory=list)
    sheet_m: list[float] = field(default_factory=list)
    rough: list[int] = field(default_factory=list)
    parts: list[dict[str, Any]] = field(default_factory=list)
    points: list[Floats] = field(default_factory=list)
    st: list[Floats] = field(default_factory=list)
    part: list[int] = field(default_factory=list)
    practicals: dict[str, dict[str, Any]] = field(default_factory=dict)

    def material(self, kind: str, colour: Rgb, covers_m: float = SHEET_M, rough: int = 210) -> int:
        """A sheet of a material; its number."""
        self.sheets.append(paint(kind, colour, self.rng))
        self.sheet_m.append(covers_m)
        self.rough.append(rough)
        return len(self.sheets) - 1

    def add_part(self, name: str, attributes: Sequence[str] = ("props", "layout"), **more: Any) -> int:
        """A part; its number. `more` as in subject.json: emission, window."""
        self.parts.append({"name": name, "attributes": list(attributes), **more})
        return len(self.parts) - 1

    def quad(self, part: int, sheet: int, corner: Point, u: Point, v: Point) -> None:
        """A rectangle at `corner` along u (to the right, seen from outside) and v (down), cut into sheets."""
        a, right, down = (np.asarray(x, np.float64) for x in (corner, u, v))
        wide, tall, size = float(np.linalg.norm(right)), float(np.linalg.norm(down)), self.sheet_m[sheet]
        if min(wide, tall) < 1e-6:
            return
        xs, ys = ([*np.arange(0, n - 1e-6, size), n] for n in (wide, tall))
        x0, y0 = (sheet % ACROSS) / ACROSS, (sheet // ACROSS) / ACROSS
        inset = 1.5 / (SHEET_PX * ACROSS)
        room = 1 / ACROSS - 2 * inset
        for top, bottom in pairwise(ys):
            for left, end in pairwise(xs):
                corners = [(left, top), (end, top), (end, bottom), (left, bottom)]
                self.points.append(
                    np.stack([a + right * (x / wide) + down * (y / tall) for x, y in corners]).astype(np.float32)
                )
                flat = [
                    (x0 + inset + room * (x - left) / size, y0 + inset + room * (y - top) / size) for x, y in corners
                ]
                self.st.append(np.asarray(flat, np.float32))
                self.part.append(part)

    def box(self, part: int, sheet: int, at: Sequence[float], size: Sequence[float], yaw_deg: float = 0.0) -> None:
        """A box standing at `at` (middle of its bottom), `size` wide, tall and deep; without its underside unless it floats."""
        w, h, d = size
        c, s = np.cos(np.radians(yaw_deg)), np.sin(np.radians(yaw_deg))
        ex, ez, ey = np.array([c, 0, -s]), np.array([s, 0, c]), np.array([0.0, 1.0, 0.0])
        o = np.asarray(at, np.float64)
        top = o + ey * h
        self.quad(part, sheet, top - ex * w / 2 + ez * d / 2, ex * w, -ey * h)
        self.quad(part, sheet, top + ex * w / 2 - ez * d / 2, -ex * w, -ey * h)
        self.quad(part, sheet, top + ex * w / 2 + ez * d / 2, -ez * d, -ey * h)
        self.quad(part, sheet, top - ex * w / 2 - ez * d / 2, ez * d, -ey * h)
        self.quad(part, sheet, top - ex * w / 2 - ez * d / 2, ex * w, ez * d)
        if o[1] > 0.02:
            self.quad(part, sheet, o - ex * w / 2 + ez * d / 2, ex * w, -ez * d)

    def lamp(
        self,
        name: str,
        said: str,
        at: Sequence[float],
        size: Sequence[float],
        rgb: Rgb,
        power: float,
        kind: str,
        gain: float,
    ) -> None:
        """A box that burns, with its practical."""
        sheet = self.material("plain", (0.7, 0.68, 0.64), rough=60)
        part = self.add_part(said, emission={"practical": name, "rgb": list(rgb), "gain": gain})
        self.box(part, sheet, at, size)
        middle = [
            float(at[0]),
            float(at[1]) + size[1] / 2 - (0.12 if kind == "lamp" else 0),
            float(at[2]) + (0.12 if kind != "lamp" else 0),
        ]
        self.practicals[name] = {
            "position_m": middle, "rgb": list(rgb), "power": power, "kind": kind, "radius_m": max(0.06, max(size) / 3), "default_on": True,
        }  # fmt: skip

    def finished(self, name: str, info: Mapping[str, Any]) -> BakedSubject:
        """The set."""
        side = SHEET_PX * ACROSS
        reflectance = np.full((side, side, 3), 0.2, np.float32)
        material = np.zeros((side // 2, side // 2, 3), np.uint8)
        material[:] = (235, 210, 0)
        for k, sheet in enumerate(self.sheets):
            y, x = k // ACROSS * SHEET_PX, k % ACROSS * SHEET_PX
            reflectance[y : y + SHEET_PX, x : x + SHEET_PX] = sheet
            material[y // 2 : (y + SHEET_PX) // 2, x // 2 : (x + SHEET_PX) // 2] = (235, self.rough[k], 0)
        normal = np.zeros_like(material)
        normal[:] = (128, 128, 255)
        points, st = np.concatenate(self.points), np.concatenate(self.st)
        quads = np.arange(len(points), dtype=np.int32).reshape(-1, 4)
        faces = np.concatenate([quads[:, [0, 3, 2]], quads[:, [0, 2, 1]]], axis=1).reshape(-1, 3)
        low, high = points.min(axis=0), points.max(axis=0)
        told = {
            "format": 1, "name": name, "kind": "set", "label": name, "parts": self.parts, "practicals": self.practicals,
            "policies": {"default": {"layout": "hold", "props": "hold", "surfaces": "hold"}},
            "bounds_m": [[float(v) for v in low], [float(v) for v in high]], **info,
        }  # fmt: skip
        return BakedSubject(
            name=name, kind="set", folder=None, info=told, faces=np.ascontiguousarray(faces), st=st,
            part=np.repeat(np.asarray(self.part, np.uint8), 2), weld=np.arange(len(points), dtype=np.int32), rest=points,
            expressions={}, basis=None, weights=None, head=None, moves={}, bones=None, follows=None,
            subject_sha256=digest(["place", name]), surfaces=Atlas(reflectance, normal, material, digest_of(reflectance)),
        )  # fmt: skip


def paint(kind: str, colour: Rgb, rng: np.random.Generator) -> Floats:
    """A sheet of a material, float32 [SHEET_PX, SHEET_PX, 3] linear reflectance, that tiles."""
    n = SHEET_PX
    y, x = np.mgrid[0:n, 0:n] / n
    tone = 1 + 0.10 * _noise(rng, 8) + 0.08 * _noise(rng, 32)
    base = np.asarray(colour, np.float32)
    second = base * 0.55 + 0.02
    if kind in ("brick", "setts", "stone", "slabs"):
        rows, across, gap = {
            "brick": (16, 5, 0.12),
            "setts": (12, 10, 0.16),
            "stone": (6, 3, 0.06),
            "slabs": (3, 3, 0.03),
        }[kind]
        row = np.floor(y * rows)
        u, v = (x * across + 0.5 * (row % 2)) % across, (y * rows) % 1
        joint = (v < gap) | ((u % 1) < gap * rows / across / 4)
        each = rng.uniform(0.72, 1.25, (rows, across))[row.astype(int), np.floor(u).astype(int) % across]
        mortar = np.float32(0.9) * second + 0.06
        out = np.where(joint[..., None], mortar, base * each[..., None])
    elif kind in ("planks", "boards", "panels"):
        count = {"planks": 10, "boards": 8, "panels": 3}[kind]
        run = x if kind != "planks" else y
        along = np.floor(run * count).astype(int) % count
        each = rng.uniform(0.75, 1.2, count)[along]
        joint = (run * count) % 1 < 0.06
        out = np.where(joint[..., None], second * 0.5, base * each[..., None])
    elif kind == "tiles":
        count = int(rng.integers(4, 9))
        joint = ((x * count) % 1 < 0.07) | ((y * count) % 1 < 0.07)
        other = (np.floor(x * count) + np.floor(y * count)) % 2 == 0
        chequered = rng.random() < 0.4
        out = np.where(joint[..., None], 0.35 * second + 0.12, np.where((other & chequered)[..., None], second, base))
    elif kind == "paper":
        count = int(rng.integers(5, 12))
        stripe = np.floor(x * count * 2) % 2 == 0
        dots = ((x * count) % 1 - 0.5) ** 2 + ((y * count) % 1 - 0.5) ** 2 < 0.05
        chosen = stripe if rng.random() < 0.5 else dots
        out = np.where(chosen[..., None], base, base * 0.7 + 0.08)
    elif kind in ("grass", "carpet", "gravel", "leaves"):
        tone = 1 + 0.35 * _noise(rng, 64) + 0.2 * _noise(rng, 16)
        out = base * np.ones((n, n, 1))
    else:  # plaster, asphalt, plain, metal
        out = base * np.ones((n, n, 1))
    return np.asarray(np.clip(out * tone[..., None], 0.006, 0.88), np.float32)


def _noise(rng: np.random.Generator, cells: int) -> Floats:
    """Smooth noise of mean 0 that tiles, float32 [SHEET_PX, SHEET_PX] in about -1..1."""
    import cv2

    grid = rng.uniform(-1, 1, (cells, cells)).astype(np.float32)
    tiled = np.pad(grid, 2, mode="wrap")
    size = SHEET_PX * (cells + 4) // cells
    wide = cv2.resize(tiled, (size, size), interpolation=cv2.INTER_CUBIC)
    edge = (size - SHEET_PX) // 2
    return np.asarray(wide[edge : edge + SHEET_PX, edge : edge + SHEET_PX], np.float32)


def place(seed: int) -> Place:
    """The place of a seed: the same seed gives the same one."""
    rng = np.random.default_rng([seed, 2])
    kind = KINDS[int(rng.integers(len(KINDS)))]
    wall, floor = str(rng.choice(WALLS[kind])), str(rng.choice(FLOORS[kind]))
    colour = str(rng.choice(list(PAINTS)))
    yard = Yard(rng)
    info = {"room": _room, "street": _street, "yard": _yard}[kind](yard, wall, colour, floor)
    told, props = info.pop("told"), info.pop("props")
    name = f"s{seed}"
    walls = f"{colour} {wall} walls"
    about = f"A {told} with {walls} and a floor of {floor}: {', '.join(props[:4])}."
    words = (
        f"a {told}",
        f"a {told} with {walls}",
        f"a {told} with {walls}, {floor} on the ground",
        f"a {told} with {props[0]}",
    )
    info["about"] = about
    return Place(name, kind, yard.finished(name, info), words, about)


def _info(
    marks: Mapping[str, Any], sky: float, rng: np.random.Generator, told: str, props: Sequence[str]
) -> dict[str, Any]:
    sun = {"azimuth_deg": float(rng.uniform(-65, 65)), "elevation_deg": float(rng.uniform(24, 50))}
    return {"marks": dict(marks), "sun": sun, "open_sky": sky, "told": told, "props": [*props, "nothing much"]}


def _mark(rng: np.random.Generator, reach_m: float) -> dict[str, Any]:
    camera = float(rng.uniform(-18, 18))
    x, z = float(rng.uniform(-reach_m, reach_m)), float(rng.uniform(-0.3, 0.3))
    return {
        "middle": {
            "position_m": [x, 0, z],
            "facing_deg": camera + float(rng.uniform(-12, 12)),
            "camera_deg": camera,
            "label": "In the middle",
        }
    }


def _some(rng: np.random.Generator, names: Sequence[str], least: int) -> list[str]:
    count = int(rng.integers(least, len(names) + 1))
    return [str(n) for n in rng.permutation(list(names))[:count]]


def _cloth(yard: Yard) -> tuple[str, int]:
    colour = str(yard.rng.choice(list(DYES)))
    return colour, yard.material("carpet", DYES[colour])


def _wood(yard: Yard) -> int:
    tint = float(yard.rng.uniform(0.5, 1.6))
    return yard.material("planks", (0.20 * tint, 0.115 * tint, 0.06 * tint), 0.8, rough=150)


def _room(yard: Yard, wall: str, colour: str, floor: str) -> dict[str, Any]:
    rng = yard.rng
    half, back, high = float(rng.uniform(2.2, 3.2)), -float(rng.uniform(1.7, 2.8)), float(rng.uniform(2.5, 3.0))
    paper = yard.material(wall, PAINTS[colour])
    ground = yard.material(floor, GROUNDS[floor], rough=140)
    white = yard.material("plaster", (0.6, 0.58, 0.54))
    walls = yard.add_part("walls", ("surfaces", "layout"))
    yard.quad(walls, paper, (-half, high, back), (2 * half, 0, 0), (0, -high, 0))
    yard.quad(walls, paper, (-half, high, 2.2), (0, 0, back - 2.2), (0, -high, 0))
    yard.quad(walls, paper, (half, high, back), (0, 0, 2.2 - back), (0, -high, 0))
    yard.quad(
        yard.add_part("floor", ("surfaces", "layout")), ground, (-half, 0, back), (2 * half, 0, 0), (0, 0, 8 - back)
    )
    yard.quad(
        yard.add_part("ceiling", ("surfaces", "layout")),
        white,
        (-half, high, 0.3),
        (2 * half, 0, 0),
        (0, 0, back - 0.3),
    )
    props = []
    frame = yard.material("plain", (0.55, 0.53, 0.5))
    slots = [float(v) for v in rng.permutation(np.linspace(-half + 0.6, half - 0.6, 5))]
    for what in _some(
        rng, ("window", "door", "shelf", "picture", "sofa", "table", "cupboard", "lamp", "plant", "rug"), 5
    ):
        x = (
            slots.pop()
            if what in ("window", "door", "shelf", "picture", "cupboard") and slots
            else float(rng.uniform(-half + 0.7, half - 0.7))
        )
        if what == "window" and "window" not in yard.practicals:
            wide, tall = float(rng.uniform(0.8, 1.4)), float(rng.uniform(0.9, 1.3))
            yard.box(yard.add_part("window frame"), frame, (x, 0.95, back + 0.02), (wide + 0.14, tall + 0.14, 0.06))
            glass = yard.add_part("window glass", window=True)
            yard.quad(
                glass,
                yard.material("plain", (0.05, 0.055, 0.06), rough=40),
                (x - wide / 2, 1.02 + tall, back + 0.06),
                (wide, 0, 0),
                (0, -tall, 0),
            )
            yard.practicals["window"] = {
                "position_m": [x, 1.0 + tall / 2, back + 0.2], "rgb": [0.82, 0.92, 1.0], "power": 1.3, "kind": "window", "radius_m": 0.5, "default_on": True,
            }  # fmt: skip
            props.append("a window")
        elif what == "door":
            said = str(rng.choice(list(PAINTS)))
            yard.box(
                yard.add_part("door"),
                yard.material("panels", PAINTS[said], 1.0),
                (x, 0, back + 0.02),
                (0.9, 2.05, 0.08),
            )
            props.append(f"a {said} door")
        elif what == "shelf":
            wood, part = _wood(yard), yard.add_part("shelf")
            for level in range(4):
                yard.box(part, wood, (x, 0.4 + 0.45 * level, back + 0.16), (1.0, 0.04, 0.3))
            books = yard.add_part("books")
            spines = [_cloth(yard)[1] for _ in range(4)]
            for level in range(4):
                at = x - 0.44
                while at < x + 0.42:
                    wide = float(rng.uniform(0.03, 0.08))
                    yard.box(
                        books,
                        spines[int(rng.integers(4))],
                        (at, 0.44 + 0.45 * level, back + 0.16),
                        (wide, float(rng.uniform(0.2, 0.34)), 0.2),
                    )
                    at += wide + (0.14 if rng.random() < 0.1 else 0.005)
            props.append("a shelf of books")
        elif what == "picture":
            said, cloth = _cloth(yard)
            yard.box(
                yard.add_part("picture"),
                cloth,
                (x, 1.45, back + 0.01),
                (float(rng.uniform(0.35, 0.7)), float(rng.uniform(0.35, 0.6)), 0.03),
            )
            props.append("a picture on the wall")
        elif what == "sofa":
            said, cloth = _cloth(yard)
            part = yard.add_part("sofa")
            yard.box(part, cloth, (x, 0.0, back + 0.55), (1.7, 0.42, 0.8))
            yard.box(part, cloth, (x, 0.0, back + 0.25), (1.7, 0.85, 0.2))
            for arm in (-0.78, 0.78):
                yard.box(part, cloth, (x + arm, 0.0, back + 0.55), (0.18, 0.6, 0.8))
            props.append(f"a {said} sofa")
        elif what == "table":
            wood, part = _wood(yard), yard.add_part("table")
            side = float(rng.choice([-1.0, 1.0])) * (half - 0.8)
            yard.box(part, wood, (side, 0.7, -0.5), (1.0, 0.05, 0.7))
            for dx in (-0.44, 0.44):
                for dz in (-0.29, 0.29):
                    yard.box(part, wood, (side + dx, 0, -0.5 + dz), (0.06, 0.7, 0.06))
            cup, (_, glaze) = yard.add_part("cup"), _cloth(yard)
            yard.box(cup, glaze, (side + 0.1, 0.75, -0.45), (0.09, 0.1, 0.09))
            props.append("a table")
        elif what == "cupboard":
            said = str(rng.choice(list(PAINTS)))
            yard.box(
                yard.add_part("cupboard"),
                yard.material("panels", PAINTS[said], 0.9),
                (x, 0, back + 0.28),
                (1.0, float(rng.uniform(0.9, 2.0)), 0.5),
            )
            props.append(f"a {said} cupboard")
        elif what == "lamp":
            y = high - 0.75
            yard.box(yard.add_part("lamp wire"), frame, (x * 0.6, y, -0.9), (0.015, 0.75, 0.015))
            yard.lamp(
                "lamp", "lamp", (x * 0.6, y - 0.15, -0.9), (0.24, 0.16, 0.24), (1.0, 0.74, 0.42), 1.0, "lamp", 4.0
            )
            props.append("a hanging lamp")
        elif what == "plant":
            side = float(rng.choice([-1.0, 1.0])) * (half - 0.4)
            _tree(yard, (side, back + 0.5), 0.25, float(rng.uniform(0.8, 1.5)), "plant")
            props.append("a plant")
        elif what == "rug":
            said, cloth = _cloth(yard)
            yard.box(yard.add_part("rug"), cloth, (0, 0, -0.2), (2.2, 0.012, 1.5))
            props.append(f"a {said} rug")
    told = str(rng.choice(["room", "living room", "bedroom", "office"]))
    return {**_info(_mark(rng, 0.5), 0.3, rng, told, props), "indoors": True}


def _facade(
    yard: Yard,
    corner: Point,
    right: Point,
    tall: float,
    sheet: int,
    lit: int,
    dark: int,
    panes: tuple[int, int],
) -> None:
    """A house's front: wall, and windows in rows of which some are lit."""
    rng = yard.rng
    a, u = np.asarray(corner, np.float64), np.asarray(right, np.float64)
    wide = float(np.linalg.norm(u))
    along = u / wide
    out = np.cross(np.array([0.0, -1.0, 0.0]), along)
    walls = next(k for k, p in enumerate(yard.parts) if p["name"] == "walls")
    yard.quad(walls, sheet, a + np.array([0, tall, 0]), u, (0, -tall, 0))
    step = float(rng.uniform(1.5, 2.3))
    for level in range(int((tall - 1.2) // 2.9)):
        for k in range(int(wide / step)):
            middle = a + along * (step * (k + 0.5)) + np.array([0, 1.0 + 2.9 * level, 0]) + out * 0.02
            on = rng.random() < 0.35
            w, h = 0.8, 1.25
            corner_of = middle - along * w / 2 + np.array([0, h, 0])
            yard.quad(lit if on else dark, panes[0 if on else 1], corner_of, along * w, (0, -h, 0))


def _street(yard: Yard, wall: str, colour: str, floor: str) -> dict[str, Any]:
    rng = yard.rng
    half, back = float(rng.uniform(2.6, 5.0)), -float(rng.uniform(8, 20))
    road = yard.material(floor, GROUNDS[floor], rough=190)
    yard.add_part("walls", ("surfaces", "layout"))
    yard.quad(
        yard.add_part("ground", ("surfaces", "layout")),
        road,
        (-half - 1, 0, back),
        (2 * half + 2, 0, 0),
        (0, 0, 10 - back),
    )
    lit = yard.add_part("lit windows", emission={"practical": "windows", "rgb": [1.0, 0.68, 0.36], "gain": 1.4})
    dark = yard.add_part("dark windows")
    panes = yard.material("plain", (0.3, 0.25, 0.2), rough=60), yard.material("plain", (0.04, 0.045, 0.05), rough=40)
    yard.practicals["windows"] = {
        "position_m": [0.0, 3.0, back + 1.0], "rgb": [1.0, 0.72, 0.42], "power": 0.8, "kind": "window", "radius_m": 0.8, "default_on": True,
    }  # fmt: skip
    first = yard.material(wall, PAINTS[colour])
    others = [yard.material(str(rng.choice(WALLS["street"])), PAINTS[str(rng.choice(list(PAINTS)))]) for _ in range(3)]
    for hand in (-1, 1):
        z, house = 2.5, 0
        while z > back:
            deep, tall = float(rng.uniform(3.5, 7)), float(rng.uniform(4.5, 11))
            end = max(z - deep, back)
            sheet = first if house == 0 else others[int(rng.integers(3))]
            corner, right = ((-half, 0, z), (0, 0, end - z)) if hand < 0 else ((half, 0, end), (0, 0, z - end))
            _facade(yard, corner, right, tall, sheet, lit, dark, panes)
            z, house = end, house + 1
    _facade(yard, (-half - 1, 0, back), (2 * half + 2, 0, 0), float(rng.uniform(5, 12)), others[0], lit, dark, panes)
    metal = yard.material("plain", (0.05, 0.05, 0.055), rough=120)
    props = []
    for what in _some(rng, ("street lamp", "sign", "awning", "bins", "car", "door", "crates", "tree"), 4):
        side = float(rng.choice([-1.0, 1.0]))
        z = float(rng.uniform(-5.0, -1.2))
        if what == "street lamp" and "streetlamp" not in yard.practicals:
            yard.box(yard.add_part("lamp post"), metal, (side * (half - 0.6), 0, z), (0.1, 3.6, 0.1))
            yard.lamp(
                "streetlamp",
                "street lamp",
                (side * (half - 0.6), 3.6, z),
                (0.34, 0.3, 0.34),
                (1.0, 0.72, 0.42),
                1.0,
                "lamp",
                6.0,
            )
            props.append("a street lamp")
        elif what == "sign" and "sign" not in yard.practicals:
            said = str(rng.choice(["red", "blue", "green", "pink"]))
            rgb = {
                "red": (1.0, 0.15, 0.1),
                "blue": (0.15, 0.4, 1.0),
                "green": (0.2, 1.0, 0.35),
                "pink": (1.0, 0.15, 0.6),
            }[said]
            yard.box(yard.add_part("sign board"), metal, (side * (half - 0.5), 2.1, z - 0.03), (0.9, 1.0, 0.05))
            yard.lamp(
                "sign", "neon sign", (side * (half - 0.5), 2.35, z + 0.02), (0.7, 0.12, 0.04), rgb, 1.0, "neon", 7.0
            )
            yard.box(
                len(yard.parts) - 1, len(yard.sheets) - 1, (side * (half - 0.5), 2.75, z + 0.02), (0.7, 0.12, 0.04)
            )
            props.append(f"a {said} neon sign")
        elif what == "awning":
            said, cloth = _cloth(yard)
            yard.box(yard.add_part("awning"), cloth, (side * (half - 0.5), 2.5, z), (1.0, 0.1, 2.0))
            props.append(f"a {said} awning")
        elif what in ("bins", "crates"):
            said = str(rng.choice(list(PAINTS)))
            sheet, part = yard.material("panels", PAINTS[said], 0.6), yard.add_part(what)
            for k in range(int(rng.integers(1, 4))):
                tall = float(rng.uniform(0.4, 1.1))
                yard.box(
                    part, sheet, (side * (half - 0.55), 0, z - 0.9 * k), (0.7, tall, 0.7), float(rng.uniform(-20, 20))
                )
            props.append(f"{said} {what}")
        elif what == "car":
            said = str(rng.choice(list(PAINTS)))
            _car(yard, (side * (half - 1.1), z - 2.5), PAINTS[said])
            props.append(f"a {said} car")
        elif what == "door":
            said = str(rng.choice(list(PAINTS)))
            yard.box(
                yard.add_part("door"), yard.material("panels", PAINTS[said], 1.0), (side * half, 0, z), (0.12, 2.1, 1.0)
            )
            props.append(f"a {said} door")
        elif what == "tree":
            _tree(yard, (side * (half - 1.0), z - 2.0), 0.3, float(rng.uniform(3, 5)), "tree")
            props.append("a tree")
    told = str(rng.choice(["street", "city street", "lane", "alley"]))
    return _info(_mark(rng, 0.6), 0.55, rng, told, props)


def _car(yard: Yard, at: tuple[float, float], colour: Rgb) -> None:
    x, z = at
    body = yard.material("plain", colour, rough=70)
    dark = yard.material("plain", (0.03, 0.03, 0.035), rough=60)
    part = yard.add_part("car")
    yard.box(part, body, (x, 0.3, z), (1.7, 0.55, 4.0))
    yard.box(part, dark, (x, 0.85, z - 0.2), (1.45, 0.5, 2.1))
    for dx in (-0.8, 0.8):
        for dz in (-1.3, 1.3):
            yard.box(part, dark, (x + dx, 0, z + dz), (0.22, 0.62, 0.62))


def _tree(yard: Yard, at: tuple[float, float], thick_m: float, tall_m: float, name: str) -> None:
    """A trunk with a heap of leaves."""
    rng = yard.rng
    trunk, leaves = _wood(yard), yard.material("leaves", (0.05, 0.12, 0.03), 0.8)
    part = yard.add_part(name)
    yard.box(part, trunk, (at[0], 0, at[1]), (thick_m, tall_m * 0.6, thick_m))
    for _ in range(7):
        dx, dz = (float(v) for v in rng.uniform(-0.25, 0.25, 2) * tall_m)
        size = float(rng.uniform(0.25, 0.45)) * tall_m
        yard.box(
            part,
            leaves,
            (at[0] + dx, tall_m * float(rng.uniform(0.4, 0.75)), at[1] + dz),
            (size, size * 0.8, size),
            float(rng.uniform(0, 90)),
        )


def _yard(yard: Yard, wall: str, colour: str, floor: str) -> dict[str, Any]:
    rng = yard.rng
    ground = yard.material(floor, GROUNDS[floor], rough=230)
    far = yard.material("grass", (0.09, 0.12, 0.05), 14.0)
    part = yard.add_part("ground", ("surfaces", "layout"))
    yard.quad(part, ground, (-9, 0, -9), (18, 0, 0), (0, 0, 18))
    for x0, z0, w, d in ((-80, -80, 160, 71), (-80, 9, 160, 70), (-80, -9, 71, 18), (9, -9, 71, 18)):
        yard.quad(part, far, (x0, 0, z0), (w, 0, 0), (0, 0, d))
    walls = yard.add_part("walls", ("surfaces", "layout"))
    sheet = yard.material(wall, PAINTS[colour])
    back = -float(rng.uniform(3.0, 6.5))
    wide, tall, shift = float(rng.uniform(5, 9)), float(rng.uniform(2.6, 4.5)), float(rng.uniform(-3, 3))
    yard.box(walls, sheet, (shift, 0, back - 2), (wide, tall, 4))
    roof = yard.material("tiles", PAINTS[str(rng.choice(["red", "brown", "grey"]))], 1.2)
    yard.box(yard.add_part("roof", ("surfaces", "layout")), roof, (shift, tall, back - 1.9), (wide + 0.5, 0.3, 4.4))
    glass = yard.material("plain", (0.2, 0.18, 0.15), rough=50)
    lit = yard.add_part("lit windows", emission={"practical": "windows", "rgb": [1.0, 0.7, 0.4], "gain": 1.3})
    for k in range(int(rng.integers(1, 3))):
        yard.box(lit, glass, (shift - wide / 3 + wide * k / 3, 1.0, back + 0.01), (0.9, 1.0, 0.05))
    yard.practicals["windows"] = {
        "position_m": [shift, 1.5, back + 0.3], "rgb": [1.0, 0.72, 0.42], "power": 0.7, "kind": "window", "radius_m": 0.5, "default_on": True,
    }  # fmt: skip
    props = []
    for what in _some(rng, ("fence", "trees", "bench", "shed", "lamp", "door", "hills", "washing"), 4):
        side = float(rng.choice([-1.0, 1.0]))
        if what == "fence":
            wood, fence = _wood(yard), yard.add_part("fence")
            for k in range(26):
                yard.box(fence, wood, (-6.5 + 0.52 * k, 0, back - 4.2), (0.4, 1.5, 0.05))
            for k in range(14):
                yard.box(fence, wood, (side * 4.5, 0, 2 - 0.52 * k), (0.05, 1.4, 0.4))
            props.append("a wooden fence")
        elif what == "trees":
            for _ in range(int(rng.integers(1, 5))):
                x = float(rng.uniform(2.2, 8)) * float(rng.choice([-1, 1]))
                z = float(rng.uniform(-12, -2))
                _tree(yard, (x, z), 0.3, float(rng.uniform(2.5, 6)), "tree")
            props.append("trees")
        elif what == "bench":
            wood, bench = _wood(yard), yard.add_part("bench")
            yard.box(bench, wood, (side * 1.7, 0.4, -1.2), (1.4, 0.06, 0.4))
            yard.box(bench, wood, (side * 1.7, 0.46, -1.4), (1.4, 0.45, 0.05))
            for dx in (-0.6, 0.6):
                yard.box(bench, wood, (side * 1.7 + dx, 0, -1.2), (0.07, 0.4, 0.4))
            props.append("a bench")
        elif what == "shed":
            said = str(rng.choice(list(PAINTS)))
            yard.box(
                yard.add_part("shed"),
                yard.material("boards", PAINTS[said]),
                (side * 3.2, 0, -2.4),
                (1.8, 2.2, 1.6),
                10 * side,
            )
            props.append(f"a {said} shed")
        elif what == "lamp":
            metal = yard.material("plain", (0.05, 0.05, 0.055), rough=120)
            yard.box(yard.add_part("lamp post"), metal, (side * 2.2, 0, -1.8), (0.08, 2.3, 0.08))
            yard.lamp("lamp", "lamp", (side * 2.2, 2.3, -1.8), (0.24, 0.26, 0.24), (1.0, 0.78, 0.5), 1.0, "lamp", 6.0)
            props.append("a lamp")
        elif what == "door":
            said = str(rng.choice(list(PAINTS)))
            yard.box(
                yard.add_part("door"),
                yard.material("panels", PAINTS[said], 1.0),
                (shift + 0.6, 0, back + 0.02),
                (0.95, 2.05, 0.08),
            )
            props.append(f"a {said} door")
        elif what == "hills":
            land, hills = (
                yard.material("grass", (0.16, 0.2, 0.14), 20.0),
                yard.add_part("hills", ("surfaces", "layout")),
            )
            for k in range(6):
                yard.box(
                    hills,
                    land,
                    (-60 + 24 * k, 0, -70 + float(rng.uniform(-5, 8))),
                    (34, float(rng.uniform(5, 14)), 12),
                    float(rng.uniform(-15, 15)),
                )
            props.append("hills")
        elif what == "washing":
            line = yard.add_part("washing")
            for k in range(4):
                yard.box(line, _cloth(yard)[1], (-2.4 + 1.1 * k, 0.9, -2.2), (0.7, float(rng.uniform(0.6, 1.0)), 0.02))
            props.append("washing on a line")
    told = str(rng.choice(["yard", "garden", "courtyard", "farm yard"]))
    return _info(_mark(rng, 0.6), 0.9, rng, told, props)


@functools.cache
def _small(name: str) -> BakedSubject:
    whole = load(shipped("sets")[name])
    return replace(whole, surfaces=reduced(whole.atlas(), SET_PX))


def shipped_place(name: str) -> Place:
    """A shipped set as it is, on a small atlas."""
    subject = _small(name)
    about = str(subject.info["about"])
    said = {"alley": "an alley", "kitchen": "a kitchen", "desert": "a desert filling station", "rooftop": "a rooftop"}[
        name
    ]
    plain = about[0].lower() + about[1:].rstrip(".")
    return Place(name, name, subject, (said, f"the {name}", plain), about)


def model_of(seed: int) -> str:
    """The shipped set that `repainted` turns the colours of."""
    return str(np.random.default_rng([seed, 3]).choice(list(shipped("sets"))))


def repainted(seed: int) -> Place:
    """A shipped set with its colours turned, as the seed says."""
    rng = np.random.default_rng([seed, 3])
    name = str(rng.choice(list(shipped("sets"))))
    base = shipped_place(name)
    atlas = base.subject.atlas()
    colour = str(rng.choice(list(PAINTS)))
    tint = np.asarray(PAINTS[colour], np.float32)
    tint = tint / float(tint.mean())
    out = np.clip(atlas.reflectance * (0.35 + 0.65 * tint) * float(rng.uniform(0.8, 1.2)), 0.004, 0.9).astype(
        np.float32
    )
    subject = replace(
        base.subject,
        name=f"{name}{seed}",
        surfaces=Atlas(out, atlas.normal, atlas.material, digest_of(out)),
        subject_sha256=digest(["repainted", seed]),
    )
    about = f"{base.about.rstrip('.')}, painted {colour}."
    return Place(
        subject.name, name, subject, (f"{base.words[0]} painted {colour}", f"{base.words[2]}, painted {colour}"), about
    )


def main() -> None:
    """Shows places of the first seeds from their marks, under even light."""
    from PIL import Image

    from training.scenes import set_anchor

    parser = argparse.ArgumentParser(description="A sheet of places made from seeds.")
    parser.add_argument("count", type=int, nargs="?", default=8)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("places.png"))
    told = parser.parse_args()
    shots = [set_anchor(place(told.first + k).subject, "middle")[..., :3] for k in range(told.count)]
    shots += [np.zeros_like(shots[0])] * (-len(shots) % 4)
    Image.fromarray(np.concatenate([np.concatenate(shots[k : k + 4], axis=1) for k in range(0, len(shots), 4)])).save(
        told.out
    )


if __name__ == "__main__":
    main()
