"""What was brought, as a folder that people can look at before it is frozen; of a picture cut out: subject, matte, plates, and who made each.

Place in the path: subjects, between estimating and freezing. `cutout` writes one so that people can look at every estimate and replace any
file of it; `lock --cut` reads it again. A plate that is no longer the file that was written counts as given.

Every such folder has a `cut.json` with `what` it holds ("picture", ...: `freeze.freeze_cut` goes by it), `shown`: the pictures to look at, as
[file, words, who made it], and `notes`: sentences for people. The rest is the business of who wrote it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.colour import linear_from_srgb
from sora_lock.errors import MediaError, NotFoundError
from sora_lock.media import exr
from sora_lock.media.deep import open_planes
from sora_lock.media.images import png
from sora_lock.media.origin import with_origin
from sora_lock.subjects.estimators import QUANTITIES, Estimate, MadeBy, given, parts
from sora_lock.subjects.estimators.faces import propose
from sora_lock.subjects.estimators.shown import GROUND, shown
from sora_lock.subjects.photo import PAINTS, Picture, painted_colours, painted_parts, picture
from sora_lock.subjects.plates import Plates, checked, plates_for, sized

Told = dict[str, Any]

TOLD, PICTURE, REGIONS, OPENNESS = "cut.json", "picture.png", "regions.png", "openness.exr"
READ: Mapping[str, Callable[[bytes, tuple[int, ...]], Estimate]] = {
    "reflectance": given.reflectance,
    "normal": given.normal,
    "depth": given.depth,
}
WORDS: Mapping[str, str] = {
    "reflectance": "colours without light",
    "normal": "shape",
    "depth": "depth",
    "parts": "parts",
}
TINTS = np.array([(0, 0, 0), (232, 176, 79), (156, 123, 208), (79, 155, 208), (111, 176, 127)], np.float32)
"""The colours in which parts are shown, by number, as the page shows those of a lock."""


def write_cut(
    folder: Path,
    made: Picture,
    plates: Plates,
    regions: tuple[NDArray[np.uint8], str] | None = None,
    height_m: float | None = None,
) -> Told:
    """Writes `picture.png` (straight colours with alpha), `reflectance.exr`, `normal.exr`, `depth.exr`, `cut.json`, and pictures of all to look at.

    Args:
        regions: proposed parts, uint8 [H, W] as `photo.PAINTED` counts, and who says so: `regions.png`, in the colours people paint in.
        height_m: of the whole subject, where it is known.

    Returns:
        What `cut.json` says.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in (REGIONS, OPENNESS, *(f"{what}.given" for what in WORDS)):
        (folder / left).unlink(missing_ok=True)  # of another picture that was cut out into this folder
    coverage = np.rint(made.alpha * 255).astype(np.uint8)
    straight = png(np.dstack([made.rgb, coverage]))
    (folder / PICTURE).write_bytes(with_origin(straight, made.drawn_by) if made.drawn_by else straight)
    # Far behind the matte depth means nothing; a file of metres must still hold some above nought.
    depth = np.maximum(plates.depth, np.float32(1e-3))
    for name, plane in (("reflectance", plates.reflectance), ("normal", plates.normal), ("depth", depth)):
        exr.write_layers(folder / f"{name}.exr", {name: plane})
    (folder / "matte.seen.png").write_bytes(png(coverage))
    seen = [["matte.seen.png", "matte", ""]]
    for name, plane in (("reflectance", plates.reflectance), ("normal", plates.normal), ("depth", plates.depth)):
        seen.append([f"{name}.seen.png", WORDS[name], plates.made_by[name]])
        estimate = Estimate(name, plane, MadeBy("", ""))  # type: ignore[arg-type]
        (folder / f"{name}.seen.png").write_bytes(png(shown(estimate, made.alpha)))
    if plates.openness is not None:
        exr.write_layers(folder / OPENNESS, {"ao": plates.openness})
        seen.append(["openness.seen.png", "openness", plates.made_by.get("openness", "")])
        grey = np.repeat(np.clip(plates.openness, 0, 1)[..., None], 3, axis=2)
        lit = np.rint(255 * grey * made.alpha[..., None] + GROUND * (1 - made.alpha[..., None]))
        (folder / "openness.seen.png").write_bytes(png(lit.astype(np.uint8)))
    if regions is not None:
        write_parts(folder, made, regions[0])
        seen.append([f"{REGIONS[:-4]}.seen.png", "parts", regions[1]])
    files = {
        name: {"made_by": plates.made_by[name], "sha256": hashlib.sha256(_bytes(folder / f"{name}.exr")).hexdigest()}
        for name in QUANTITIES
    }
    face = propose(linear_from_srgb(made.rgb), made.alpha)
    told: Told = {
        "what": "picture", "shown": seen, "notes": list(made.notes), "plates": files, "estimated": plates.estimated, "face": None,
        "height_m": height_m, "brought": made.brought or made.alpha.shape[::-1],
        "openness": plates.made_by.get("openness", ""),
    }  # fmt: skip
    if face is not None:
        # in px of the picture as it was brought, where people draw their boxes
        wide, tall = made.brought or made.alpha.shape[::-1]
        share = (wide / made.alpha.shape[1], tall / made.alpha.shape[0]) * 2
        told["face"] = {"box": [round(v * k) for v, k in zip(face.box, share, strict=True)], "words": face.words}
    (folder / TOLD).write_text(json.dumps(told, indent=1) + "\n")
    return told


def replace_file(folder: Path, what: str, data: bytes) -> None:
    """Puts a file in the place of one estimate: "reflectance", "normal" or "depth" (as `estimators.given` reads them), or "parts" (`photo.painted_colours`).

    Nothing changes when the file is refused. It is kept beside the folder's own as `WHAT.given`, so that `replaced` can be told.

    Raises:
        MediaError: for a file that cannot be it, or another size than the picture's; NotFoundError, MediaError: as `what_is`.
    """
    told = read_told(folder)
    made = picture(_bytes(folder / PICTURE))
    sha256 = hashlib.sha256(data).hexdigest()
    if what == "parts":
        numbers = painted_colours(made, data)
        painted_parts(made, numbers)
        write_parts(folder, made, numbers)
        name = f"{REGIONS[:-4]}.seen.png"
    elif what in READ:
        shape = made.alpha.shape
        if "brought" in told:
            shape = (int(told["brought"][1]), int(told["brought"][0]))
        estimate = READ[what](data, shape)
        estimate = replace(estimate, values=sized(estimate.values, what, made))
        exr.write_layers(folder / f"{what}.exr", {what: estimate.values})
        written = hashlib.sha256(_bytes(folder / f"{what}.exr")).hexdigest()
        told["plates"][what] = {"made_by": f"given {sha256[:12]}", "sha256": written}
        by = {name: str(told["plates"][name]["made_by"]) for name in ("normal", "depth")}
        told["estimated"] = not all(who.startswith(("given ", "render ")) for who in by.values())
        name = f"{what}.seen.png"
        (folder / name).write_bytes(png(shown(estimate, made.alpha)))
    else:
        raise MediaError(f"There is no estimate called {what[:40]!r}; a cut-out has {', '.join(READ)} and parts.")
    (folder / f"{what}.given").write_bytes(data)
    rows = [row for row in told["shown"] if row[0] != name]
    at = next((k for k, row in enumerate(told["shown"]) if row[0] == name), len(rows))
    words = WORDS.get(what, what)
    told["shown"] = [*rows[:at], [name, words, f"given {sha256[:12]}"], *rows[at:]]
    (folder / TOLD).write_text(json.dumps(told, indent=1) + "\n")


def replaced(folder: Path) -> dict[str, bytes]:
    """What -> the file that was put in its place."""
    return {what: _bytes(folder / f"{what}.given") for what in (*READ, "parts") if (folder / f"{what}.given").is_file()}


def proposed_parts(made: Picture) -> tuple[NDArray[np.uint8], str] | None:
    """Parts for `write_cut`, from colour and place; None where no face is found."""
    light = linear_from_srgb(made.rgb)
    found = parts.propose(light, made.alpha, propose(light, made.alpha))
    return None if found is None else (found.numbers, "classical 1")


def write_parts(folder: Path, made: Picture, numbers: NDArray[np.uint8]) -> None:
    """Writes `regions.png`, and `regions.seen.png`, in which the parts lie over the picture.

    Args:
        numbers: uint8 [H, W] of the picture's size, 0 unpainted, else k for `photo.PAINTED[k - 1]`.
    """
    (folder / REGIONS).write_bytes(png(PAINTS[numbers]))
    over = np.where((numbers > 0)[..., None], 0.45 * made.rgb + 0.55 * TINTS[numbers], made.rgb)
    cover = made.alpha[..., None]
    tinted = np.rint(over * cover + GROUND * (1 - cover)).astype(np.uint8)
    (folder / f"{REGIONS[:-4]}.seen.png").write_bytes(png(tinted))


def read_parts(folder: Path) -> bytes | None:
    """The parts that were proposed or painted, as `photo.painted_colours` reads them; None when the folder has none."""
    path = folder / REGIONS
    return path.read_bytes() if path.is_file() else None


def height_told(folder: Path) -> float | None:
    """The height in metres that the folder tells; None when it tells none.

    Raises:
        NotFoundError, MediaError: as `what_is`.
    """
    height = read_told(folder).get("height_m")
    return float(height) if isinstance(height, int | float) else None


def what_is(folder: Path) -> str:
    """What a folder holds: "picture", ...

    Raises:
        NotFoundError: when it has no `cut.json`; MediaError when that says nothing.
    """
    return str(read_told(folder).get("what", "picture"))


def read_told(folder: Path) -> Told:
    """What a folder's `cut.json` says.

    Raises:
        NotFoundError: when there is none; MediaError when it cannot be read.
    """
    try:
        told = json.loads((folder / TOLD).read_text(encoding="utf-8"))
        if not isinstance(told, dict):
            raise ValueError("it is no object")
    except FileNotFoundError:
        raise NotFoundError(f"{folder} holds no {TOLD}; make the folder with `cutout --out`.") from None
    except (OSError, ValueError) as error:
        raise MediaError(
            f"{TOLD} in {folder} cannot be read: {error}. Make the folder anew with `cutout --out`."
        ) from error
    return told


def read_cut(
    folder: Path, files: Mapping[str, bytes] | None = None, height_m: float | None = None
) -> tuple[Picture, Plates]:
    """The picture and the plates of a folder that `write_cut` wrote; `files` take the place of its own.

    Raises:
        NotFoundError: when a file of the folder is missing.
        MediaError: when one is damaged, or as `plates.plates_for`.
    """
    told = read_told(folder)
    try:
        known = {str(name): (str(e["made_by"]), str(e["sha256"])) for name, e in told["plates"].items()}
        guessed = bool(told["estimated"])
    except (KeyError, TypeError, AttributeError) as error:
        raise MediaError(
            f"{TOLD} in {folder} cannot be read: {error}. Make the folder anew with `cutout --out`."
        ) from error
    made = picture(_bytes(folder / PICTURE))
    brought = {name: _bytes(folder / f"{name}.exr") for name in QUANTITIES} | dict(files or {})
    plates = plates_for(made, brought, height_m)
    said = dict(plates.made_by)
    for name, (maker, sha256) in known.items():
        if name in brought and hashlib.sha256(brought[name]).hexdigest() == sha256:
            said[name] = maker
    openness = _openness(folder / OPENNESS, made) if (folder / OPENNESS).is_file() else None
    if openness is not None and "openness" in told:
        said["openness"] = str(told["openness"])
    shape_as_written = all(said[name] == known.get(name, ("", ""))[0] for name in ("normal", "depth"))
    estimated = guessed if shape_as_written else plates.estimated
    return made, checked(replace(plates, made_by=said, estimated=estimated, openness=openness), made.alpha)


def _openness(path: Path, made: Picture) -> NDArray[np.float32]:
    """Openness of an EXR of one layer, [H, W]; MediaError when it is damaged or of another size (in `checked`)."""
    planes = next(iter(open_planes(_bytes(path)).layers.values()))[..., 0]
    if not np.isfinite(planes[made.alpha >= 0.5] if planes.shape == made.alpha.shape else planes).all():
        raise MediaError(f"{path.name} holds values that are no numbers; make the folder anew with `cutout --out`.")
    return np.clip(np.nan_to_num(planes), 0, 1)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFoundError(f"{path.parent} holds no {path.name}; make the folder with `cutout --out`.") from None
