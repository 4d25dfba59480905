"""People made from seeds: the shipped figures with other statures, builds, skins, hair, clothes, patterns and hats.

    nice -n 19 .venv/bin/python -m training.people 12 --out people.png     # twelve people on one sheet

Place in the path: training; read by `data`, which stands them before comp. A person is an ordinary `BakedSubject`: its mesh is a shipped one moved by
smooth fields, its atlas the shipped one, smaller, with colours and patterns laid into its parts.
"""

from __future__ import annotations

import argparse
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.colour import LUMA
from sora_lock.paths import shipped
from sora_lock.records import digest
from sora_lock.subjects.baked import Atlas, BakedSubject, digest_of, load

Floats = NDArray[np.float32]
Rgb = tuple[float, float, float]

ATLAS_PX = 512
"""Side of a person's atlas: a close-up at 256x144 shows fewer texels than that."""
DYES: Mapping[str, Rgb] = {
    "red": (0.36, 0.020, 0.022), "orange": (0.52, 0.14, 0.018), "yellow": (0.58, 0.38, 0.035), "green": (0.030, 0.16, 0.050),
    "teal": (0.018, 0.17, 0.18), "blue": (0.022, 0.060, 0.26), "purple": (0.13, 0.030, 0.20), "pink": (0.58, 0.17, 0.27),
    "brown": (0.15, 0.072, 0.035), "black": (0.014, 0.014, 0.016), "grey": (0.19, 0.19, 0.19), "white": (0.68, 0.67, 0.64),
}  # fmt: skip
"""Reflectance of cloth, linear Rec.709, by the colour words of the direction's vocabulary."""
SKINS: Mapping[str, Rgb] = {
    "pale": (0.50, 0.32, 0.25), "olive": (0.36, 0.21, 0.13), "brown": (0.20, 0.10, 0.060), "dark": (0.065, 0.034, 0.022),
}  # fmt: skip
HAIRS: Mapping[str, Rgb] = {
    "blonde": (0.42, 0.26, 0.10), "red": (0.22, 0.055, 0.018), "brown": (0.055, 0.030, 0.018), "black": (0.012, 0.011, 0.011),
    "grey": (0.27, 0.27, 0.28), "white": (0.60, 0.60, 0.60),
}  # fmt: skip
PATTERNS = ("plain", "plain", "plain", "striped", "checked", "dotted", "two-tone")
SKIN_PARTS = frozenset({"face", "mouth", "ears", "neck", "hands"})
HAIR_PARTS = frozenset({"hair", "brows", "lashes", "beard"})
OUTER: Mapping[str, str] = {"mara": "coat", "ivo": "jacket", "noor": "cardigan", "abel": "waistcoat"}
INNER: Mapping[str, str] = {"mara": "rollneck", "ivo": "jumper", "noor": "blouse", "abel": "shirt"}
WHO: Mapping[str, tuple[str, ...]] = {
    "mara": ("woman", "woman in her thirties"), "ivo": ("old man", "man of sixty"), "noor": ("young woman", "girl"), "abel": ("man", "man of fifty"),
}  # fmt: skip
STYLES: Mapping[str, tuple[str, ...]] = {
    "mara": ("bob",),
    "ivo": ("hair combed back",),
    "noor": ("hair in a bun",),
    "abel": ("cropped hair",),
}


@dataclass(frozen=True)
class Person:
    """Somebody to film.

    Attributes:
        name: a shipped name, or "p" and the seed.
        subject: the figure, ready for comp.
        words: ways of saying who it is, each without a leading article: "old man", "in a striped red coat", ...
        about: one sentence that says all of it.
    """

    name: str
    subject: BakedSubject
    words: Mapping[str, str]
    about: str


@dataclass(frozen=True)
class Model:
    """A shipped figure, made small: `of` texel [side, side] the part (-1: none) and its place at rest in metres [.., .., 3]."""

    subject: BakedSubject
    part: NDArray[np.int16]
    at_m: Floats


def reduced(atlas: Atlas, side_px: int) -> Atlas:
    """The same atlas on fewer texels; normals and material get half as many a side."""
    import cv2

    size, half = (side_px, side_px), (side_px // 2, side_px // 2)
    reflectance = cv2.resize(atlas.reflectance, size, interpolation=cv2.INTER_AREA)
    return Atlas(
        reflectance,
        cv2.resize(atlas.normal, half, interpolation=cv2.INTER_AREA),
        cv2.resize(atlas.material, half, interpolation=cv2.INTER_AREA),
        digest_of(reflectance),
    )


@functools.cache
def model(name: str, side_px: int = ATLAS_PX) -> Model:
    """The shipped figure `name` with a small atlas, and what its texels lie on."""
    import cv2

    whole = load(shipped("cast")[name])
    subject = replace(whole, surfaces=reduced(whole.atlas(), side_px))
    part = np.full((side_px, side_px), -1, np.int16)
    at = np.zeros((side_px, side_px, 3), np.float32)
    corners = np.rint(subject.st[subject.faces] * side_px - 0.5).astype(np.int32)
    middle = subject.rest[subject.faces].mean(axis=1)
    for face in range(len(corners)):
        cv2.fillConvexPoly(part, corners[face], int(subject.part[face]))
        cv2.fillConvexPoly(at, corners[face], middle[face].tolist())
    return Model(subject, part, at)


def shipped_person(name: str) -> Person:
    """A shipped figure as it is, on a small atlas."""
    base = model(name).subject
    about = str(base.info["about"])
    words = {"who": WHO[name][0], "name": name, "clothes": about[about.index(" in a") :].strip(" .").lower()}
    return Person(name, base, words, about)


def model_of(seed: int) -> str:
    """The shipped figure that the person of a seed is made from."""
    return str(np.random.default_rng([seed, 1]).choice(list(OUTER)))


def person(seed: int, side_px: int = ATLAS_PX) -> Person:
    """The person of a seed, on an atlas of so many texels a side: the same seed gives the same one."""
    rng = np.random.default_rng([seed, 1])
    base = str(rng.choice(list(OUTER)))
    made = model(base, side_px)
    skin, hair = str(rng.choice(list(SKINS))), str(rng.choice(list(HAIRS)))
    outer, inner, legs = (str(c) for c in rng.choice(list(DYES), 3, replace=False))
    pattern = str(rng.choice(PATTERNS))
    second = str(rng.choice([c for c in DYES if c != outer]))
    hat = str(rng.choice(["", "", "", "hat", "cap", "beanie"]))
    scarf = str(rng.choice(["", "", "", "scarf"]))
    hat_colour, scarf_colour = (str(c) for c in rng.choice(list(DYES), 2))
    build = str(rng.choice(["slim", "", "", "heavy"]))
    bearded = base == "abel" and rng.random() < 0.6
    subject = _painted(
        made, base, skin, hair, {OUTER[base]: outer, INNER[base]: inner, "trousers": legs}, pattern, second, rng
    )
    if base == "abel" and not bearded:
        subject = _without(subject, "beard")
    if hat:
        subject = _with(subject, hat, _hat(subject, hat), DYES[hat_colour], "hair")
    if scarf:
        subject = _with(subject, scarf, _scarf(subject), DYES[scarf_colour], "neck")
    subject = _shaped(subject, build, rng)
    who = str(rng.choice(WHO[base]))
    look = (
        outer
        if pattern == "plain"
        else f"{pattern} {outer}"
        if rng.random() < 0.5
        else f"{pattern} {outer} and {second}"
    )
    words = {
        "who": f"{build} {who}".strip(),
        "skin": f"{skin} skin",
        "hair": f"{hair} {STYLES[base][0]}",
        "clothes": f"in a {look} {OUTER[base]}",
        "under": f"over a {inner} {INNER[base]}",
        "legs": f"{legs} trousers",
    }
    if bearded:
        words["beard"] = f"{hair} beard"
    if hat:
        words["hat"] = f"{hat_colour} {hat}"
    if scarf:
        words["scarf"] = f"{scarf_colour} scarf"
    extras = ", ".join(f"with a {words[k]}" for k in ("beard", "hat", "scarf") if k in words)
    about = f"{_article(words['who'])} with {words['skin']} and {words['hair']}, {words['clothes']} {words['under']}, in {words['legs']}"
    about = f"{about}, {extras}." if extras else f"{about}."
    name = f"p{seed}"
    sha = digest(["person", seed])
    return Person(
        name,
        replace(subject, name=name, subject_sha256=sha, info={**subject.info, "name": name, "about": about}),
        words,
        about,
    )


def _article(noun: str) -> str:
    return f"{'An' if noun[0] in 'aeiou' else 'A'} {noun}"


def _painted(
    made: Model,
    base: str,
    skin: str,
    hair: str,
    cloth: Mapping[str, str],
    pattern: str,
    second: str,
    rng: np.random.Generator,
) -> BakedSubject:
    """The model with other colours, and a pattern on what is worn outside."""
    atlas = made.subject.atlas()
    out = atlas.reflectance.copy()
    for k, entry in enumerate(made.subject.info["parts"]):
        name, mine = entry["name"], made.part == k
        if not mine.any():
            continue
        old = out[mine]
        if name in SKIN_PARTS:
            out[mine] = np.clip(old * (np.asarray(SKINS[skin]) / np.maximum(_skin_tone(made), 1e-3)), 0.004, 0.9)
        elif name in HAIR_PARTS:
            out[mine] = _dyed(old, HAIRS[hair])
        elif name in cloth:
            out[mine] = _dyed(old, DYES[cloth[name]])
            if name == OUTER[base] and pattern != "plain":
                there = _pattern(pattern, made.at_m[mine], rng)
                out[mine] = out[mine] * (1 - there[:, None]) + _dyed(old, DYES[second]) * there[:, None]
    out = np.ascontiguousarray(out, np.float32)
    return replace(made.subject, surfaces=Atlas(out, atlas.normal, atlas.material, digest_of(out)))


@functools.lru_cache(maxsize=8)
def _skin_tone_of(name: str) -> Rgb:
    made = model(name)
    face = next(k for k, p in enumerate(made.subject.info["parts"]) if p["name"] == "face")
    r, g, b = (float(v) for v in made.subject.atlas().reflectance[made.part == face].mean(axis=0))
    return r, g, b


def _skin_tone(made: Model) -> Floats:
    return np.asarray(_skin_tone_of(made.subject.name), np.float32)


def _dyed(old: Floats, dye: Rgb) -> Floats:
    """Reflectance [N, 3] in another colour: the dye takes the place of colour, and folds, weave and tone stay."""
    luma = old @ LUMA
    tone = np.clip(luma / max(float(luma.mean()), 1e-3), 0.35, 2.0)[:, None]
    return np.asarray(np.clip(np.asarray(dye, np.float32) * tone, 0.004, 0.9), np.float32)


def _pattern(pattern: str, at_m: Floats, rng: np.random.Generator) -> Floats:
    """How much of the second colour is at points [N, 3] of the body, 0 or 1 [N]; at rest, so that it stays on the cloth."""
    step_m = float(rng.uniform(0.05, 0.11))
    y = at_m[:, 1] / step_m
    around = np.arctan2(at_m[:, 0], at_m[:, 2] + 0.07) * 0.18 / step_m
    if pattern == "striped":
        run = y if rng.random() < 0.5 else around
        return np.asarray(np.floor(run * 2) % 2 == 0, np.float32)
    if pattern == "checked":
        return np.asarray((np.floor(y * 1.4) + np.floor(around * 1.4)) % 2 == 0, np.float32)
    if pattern == "dotted":
        return np.asarray((around % 1 - 0.5) ** 2 + (y % 1 - 0.5) ** 2 < 0.075, np.float32)
    return np.asarray(at_m[:, 1] < np.quantile(at_m[:, 1], 0.5), np.float32)


def _without(subject: BakedSubject, part: str) -> BakedSubject:
    """The figure without the triangles of a part; the part stays in the list, so region numbers do."""
    gone = next(k for k, p in enumerate(subject.info["parts"]) if p["name"] == part)
    keep = subject.part != gone
    return replace(
        subject, faces=np.ascontiguousarray(subject.faces[keep]), part=np.ascontiguousarray(subject.part[keep])
    )


Shell = tuple[Floats, NDArray[np.int32]]


def _turned(
    profile: Sequence[tuple[float, float]], centre: Sequence[float], stretch: tuple[float, float], around: int = 28
) -> Shell:
    """A surface turned about the vertical: (radius, height) pairs in metres from below to above, outside outwards."""
    angle = np.linspace(0, 2 * np.pi, around, endpoint=False)
    rows = [
        np.stack([r * stretch[0] * np.sin(angle), np.full(around, h), r * stretch[1] * np.cos(angle)], axis=1)
        for r, h in profile
    ]
    points = np.concatenate(rows).astype(np.float32) + np.asarray(centre, np.float32)
    faces = []
    for row in range(len(profile) - 1):
        for k in range(around):
            a, b = row * around + k, row * around + (k + 1) % around
            faces += [(a, b, b + around), (a, b + around, a + around)]
    return points, np.asarray(faces, np.int32)


def _hat(subject: BakedSubject, kind: str) -> Shell:
    """A hat over the hair."""
    hair = subject.rest[np.unique(subject.faces[subject.part == _part(subject, "hair")])]
    eye = np.asarray(subject.framing["eye_m"], np.float32)
    top = hair[hair[:, 1] > eye[1] + 0.03]
    x, z = float((top[:, 0].max() + top[:, 0].min()) / 2), float((top[:, 2].max() + top[:, 2].min()) / 2)
    wide, deep = float(np.ptp(top[:, 0])) / 2 + 0.012, float(np.ptp(top[:, 2])) / 2 + 0.012
    low, high = float(eye[1]) + 0.045, float(np.quantile(hair[:, 1], 0.995)) + 0.012
    rise = high - low
    dome = [(1.0, 0.0), (1.0, 0.45 * rise), (0.9, 0.75 * rise), (0.65, 0.95 * rise), (0.3, rise), (0.001, rise)]
    if kind == "hat":
        profile = [
            (1.0, -0.004),
            (1.75, -0.004),
            (1.75, 0.006),
            (1.02, 0.008),
            (0.98, 0.8 * rise),
            (0.9, 1.12 * rise),
            (0.001, 1.16 * rise),
        ]
    elif kind == "cap":
        profile = [(1.0, -0.004), (1.32, -0.012), (1.32, -0.006), *dome[:1], *dome[1:]]
    else:
        profile = [(1.0, -0.02), (1.06, -0.018), (1.06, 0.03), *dome[1:]]
    return _turned(profile, (x, low, z), (wide, deep))


def _scarf(subject: BakedSubject) -> Shell:
    """A thick ring of cloth about the neck."""
    neck = subject.rest[np.unique(subject.faces[subject.part == _part(subject, "neck")])]
    x, z = float(neck[:, 0].mean()), float(neck[:, 2].mean())
    y = float(subject.framing["eye_m"][1]) - 1.35 * float(subject.framing["head_radius_m"])
    turn = np.linspace(-np.pi, np.pi, 13)
    profile = [(0.1 + 0.032 * np.cos(a), 0.036 * np.sin(a)) for a in turn]
    return _turned([(float(r), float(h)) for r, h in profile], (x, y, z - 0.01), (1.0, 1.1))


def _part(subject: BakedSubject, name: str) -> int:
    return next(k for k, p in enumerate(subject.info["parts"]) if p["name"] == name)


def _with(subject: BakedSubject, name: str, shell: Shell, colour: Rgb, follows: str) -> BakedSubject:
    """The figure with something more worn: it moves as the nearest points of a part do, and has a patch of the atlas of its own."""
    points, faces = shell
    own = np.unique(subject.faces[subject.part == _part(subject, follows)])
    nearest = own[((points[:, None] - subject.rest[own][None]) ** 2).sum(-1).argmin(axis=1)]
    anchor = np.bincount(nearest).argmax() if follows == "hair" else None
    if anchor is not None:  # a hat is stiff
        nearest = np.full(len(points), anchor)
    atlas = subject.atlas()
    whole = len(atlas.reflectance)
    side = 12 * whole // ATLAS_PX
    reflectance, corner = atlas.reflectance.copy(), _free_corner(subject, whole, side)
    y, x = corner
    weave = 1 + 0.15 * np.cos(np.arange(side) * np.pi)[:, None, None] * np.cos(np.arange(side) * np.pi)[None, :, None]
    reflectance[y : y + side, x : x + side] = np.clip(np.asarray(colour, np.float32) * weave, 0.004, 0.9)
    normal, material = atlas.normal.copy(), atlas.material.copy()
    half = slice(y // 2, (y + side) // 2), slice(x // 2, (x + side) // 2)
    normal[half], material[half] = (128, 128, 255), (210, 225, 80)
    reflectance = np.ascontiguousarray(reflectance, np.float32)
    turn = np.linspace(0.25, 0.75, len(points), dtype=np.float32)
    st = np.stack(
        [(x + side * turn) / whole, (y + side * (0.25 + 0.5 * (np.arange(len(points)) % 7) / 7)) / whole], axis=1
    )
    count = len(subject.rest)

    def grown(offsets: Floats) -> Floats:
        return np.concatenate([offsets, offsets[..., nearest, :]], axis=-2)

    assert subject.basis is not None and subject.bones is not None and subject.follows is not None
    info = {**subject.info, "parts": [*subject.info["parts"], {"name": name, "attributes": ["wardrobe"]}]}
    return replace(
        subject,
        info=info,
        rest=np.concatenate([subject.rest, points]),
        st=np.concatenate([subject.st, st.astype(np.float32)]),
        faces=np.concatenate([subject.faces, faces + np.int32(count)]),
        part=np.concatenate([subject.part, np.full(len(faces), len(subject.info["parts"]), np.uint8)]),
        weld=np.concatenate([subject.weld, np.arange(len(points), dtype=np.int32) + subject.weld.max() + 1]),
        basis=grown(subject.basis),
        expressions={k: np.concatenate([v, np.zeros_like(points)]) for k, v in subject.expressions.items()},
        bones=np.concatenate([subject.bones, subject.bones[nearest]]),
        follows=np.concatenate([subject.follows, subject.follows[nearest]]),
        surfaces=Atlas(reflectance, normal, material, digest_of(reflectance)),
    )


def _free_corner(subject: BakedSubject, whole: int, side: int) -> tuple[int, int]:
    """Row and column of a square of texels, `side` of `whole`, that nothing lies on."""
    used = np.zeros((whole, whole), np.float32)
    taken = (subject.st * whole).astype(int).clip(0, whole - 1)
    used[taken[:, 1], taken[:, 0]] = 1
    import cv2

    free = cv2.boxFilter(used, -1, (side + 6, side + 6), normalize=False)
    free[:side, :], free[-side:, :], free[:, :side], free[:, -side:] = 9, 9, 9, 9
    y, x = np.unravel_index(int(free.argmin()), free.shape)
    return (int(y) - side // 2) // 2 * 2, (int(x) - side // 2) // 2 * 2


def _shaped(subject: BakedSubject, build: str, rng: np.random.Generator) -> BakedSubject:
    """The figure with another stature, girth, shoulders and head."""
    tall = float(rng.uniform(0.88, 1.08))
    girth = {"slim": rng.uniform(0.86, 0.93), "": rng.uniform(0.96, 1.05), "heavy": rng.uniform(1.12, 1.25)}[build]
    head = float(rng.uniform(0.95, 1.07))
    face_wide = float(rng.uniform(0.94, 1.07))
    hair_long = float(rng.uniform(0.75, 1.5))
    frame = subject.framing
    eye, radius = np.asarray(frame["eye_m"], np.float32), float(frame["head_radius_m"])
    neck_m = float(eye[1]) - 1.1 * radius
    hair = np.unique(subject.faces[subject.part == _part(subject, "hair")])

    def moved(p: Floats) -> Floats:
        out = p.astype(np.float32).copy()
        above = np.clip((p[:, 1] - (neck_m - 0.12)) / 0.14, 0, 1)[:, None]
        below = np.clip((p[:, 1] - 0.1) / 0.3, 0, 1)[:, None]
        wide = 1 + (girth - 1) * (1 - above) * below
        out[:, [0, 2]] = p[:, [0, 2]] * wide
        pivot = np.array([eye[0], neck_m, eye[2] - 0.08], np.float32)
        swell = np.array([head * face_wide, head, head], np.float32)
        out = out * (1 - above) + (pivot + (out - pivot) * swell) * above
        return np.asarray(out * tall, np.float32)

    rest = subject.rest.copy()
    low = rest[hair, 1] < eye[1]
    rest[hair, 1] = np.where(low, eye[1] + (rest[hair, 1] - eye[1]) * hair_long, rest[hair, 1])
    rest = moved(rest)
    new_eye = moved(eye[None])[0]
    about = {
        **frame,
        "eye_m": [float(v) for v in new_eye],
        "head_radius_m": radius * head * tall,
        "height_m": float(frame["height_m"]) * tall,
    }
    if "head_m" in frame:
        about["head_m"] = [float(v) for v in moved(np.asarray([frame["head_m"]], np.float32))[0]]
    assert subject.basis is not None
    moves = {}
    for name, bones in subject.moves.items():
        bones = bones.copy()
        bones[..., 3] *= tall
        moves[name] = bones
    return replace(
        subject,
        rest=rest,
        basis=subject.basis * np.float32(tall),
        expressions={k: v * np.float32(tall * head) for k, v in subject.expressions.items()},
        moves=moves,
        info={**subject.info, "character": about},
    )


def sheet(seeds: Sequence[int], film: Callable[[Person], NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Pictures of people side by side, six in a row."""
    rows: list[Any] = []
    shots = [film(person(seed)) for seed in seeds]
    for k in range(0, len(shots), 6):
        row = shots[k : k + 6]
        rows.append(np.concatenate([*row, *[np.zeros_like(row[0])] * (6 - len(row))], axis=1))
    return np.concatenate(rows)


def main() -> None:
    """Films people of the first seeds, each whole and from the waist up, under even light."""
    from PIL import Image

    from training.scenes import anchor

    parser = argparse.ArgumentParser(description="A sheet of people made from seeds.")
    parser.add_argument("count", type=int, nargs="?", default=12)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("people.png"))
    told = parser.parse_args()

    def film(who: Person) -> NDArray[np.uint8]:
        return np.concatenate([anchor(who.subject, view, 180)[..., :3] for view in ("full front", "medium front")])

    Image.fromarray(sheet(range(told.first, told.first + told.count), film)).save(told.out)


if __name__ == "__main__":
    main()
