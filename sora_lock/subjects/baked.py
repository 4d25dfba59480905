"""Baked subjects: figures and sets as posed geometry with an atlas, as `assets/` ships them and `brought` packs them.

Place in the path: subjects; read by lock (digests, regions) and by engines (geometry, atlas). NumPy alone, with Pillow and
OpenCV once an atlas is asked for; no torch, no ray caster.

The folder format is version 1: `subject.json`, `geometry.npz`, `reflectance.webp`, `normal.webp`, `material.webp`. Sets have no idle, and whoever has no
performance by bones (`skin_bones`, `skin_weights`, `walk_bones`) goes without those arrays.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.colour import TABLE
from sora_lock.errors import MediaError
from sora_lock.records import Region

if TYPE_CHECKING:
    from sora_lock.mipmap import Mipmap

FORMAT = 1
MOVE = "_bones"
"""How the array of a performance by bones ends: "walk_bones" is the walk."""


@dataclass(frozen=True)
class Atlas:
    """The surfaces of a subject.

    Attributes:
        reflectance: float32 [H, W, 3], linear Rec.709, no light in it.
        normal: uint8 [h, w, 3]; in tangent space, +X right in the atlas, +Y up, +Z out; of a relief in the subject's own space.
        material: uint8 [h, w, 3]: openness to the sky, roughness, softness.
        alpha: uint8 [H, W], how much of a texel the subject covers; None where geometry alone is the outline.
        atlas_sha256: SHA-256 of `reflectance` as little-endian float32, row-major.
    """

    reflectance: NDArray[np.float32]
    normal: NDArray[np.uint8]
    material: NDArray[np.uint8]
    atlas_sha256: str
    alpha: NDArray[np.uint8] | None = None

    @functools.cached_property
    def chain(self) -> Mipmap:
        """`reflectance` with its coarser levels; made when it is first asked for, and `reflectance` is its finest level from then on."""
        from sora_lock.mipmap import Mipmap

        made = Mipmap(self.reflectance)
        object.__setattr__(self, "reflectance", made.level(0))  # the same values: one copy of 50 to 113 MB is enough
        return made

    @functools.cached_property
    def surface(self) -> Mipmap:
        """Normal and material, 0..255, as six channels on the raster of `normal`, with coarser levels down to 4 texels; made when it is first asked for."""
        from sora_lock.mipmap import Mipmap

        side, material = self.normal.shape[0], self.material
        if material.shape[0] != side:
            at = (np.arange(side) * material.shape[0]) // side
            material = material[at][:, at]
        return Mipmap(np.concatenate([self.normal, material], axis=2), coarsest=4)


@dataclass(frozen=True)
class Bearing:
    """Where a figure is and faces at a frame of a performance, in its own space.

    Attributes:
        eye_m: between the eyes.
        head_deg, hips_deg: yaw of head and hips, 0 ahead at rest, positive to the figure's left.
    """

    eye_m: tuple[float, float, float]
    head_deg: float
    hips_deg: float


@dataclass(frozen=True, eq=False)
class BakedSubject:
    """A figure or a set.

    Attributes:
        name: "mara".
        kind: "character", "set" or (brought) "prop".
        folder: where it was loaded from; None for what was brought.
        info: `subject.json` as it stands.
        faces: int32 [T, 3].
        st: float32 [V, 2] texture coordinates in 0..1, t down.
        part: uint8 [T], index into `info["parts"]`.
        weld: int32 [V]; vertices with one id share a smooth normal.
        rest: float32 [V, 3] metres, +Y up, floor at 0.
        expressions: name -> float32 [V, 3], offset from rest.
        basis, weights: float32 [B, V, 3] and [48, B], the performance; None for sets.
        head: float32 [48, 3, 3] turn of the head, applied to expression offsets; None for sets.
        moves: performance -> float32 [F, J, 3, 4], where bones take the figure at each frame, on top of the idle (bone 0: the hips);
            none for sets.
        bones, follows: uint8 [V, 4] and float32 [V, 4], which bones a vertex follows and how far; None without moves.
        subject_sha256: digest of the geometry; of what was brought, that of its archive.
        layer: uint8 [T], what a triangle is for: 0 to be seen and to cast shadows, 1 only to be seen (a soft edge), 2 only to cast shadows
            (a back nobody has a picture of); None when all are 0.
        surfaces: the atlas of a brought subject, which has no folder to read it from.
    """

    name: str
    kind: str
    folder: Path | None
    info: Mapping[str, Any]
    faces: NDArray[np.int32]
    st: NDArray[np.float32]
    part: NDArray[np.uint8]
    weld: NDArray[np.int32]
    rest: NDArray[np.float32]
    expressions: Mapping[str, NDArray[np.float32]]
    basis: NDArray[np.float32] | None
    weights: NDArray[np.float32] | None
    head: NDArray[np.float32] | None
    moves: Mapping[str, NDArray[np.float32]]
    bones: NDArray[np.uint8] | None
    follows: NDArray[np.float32] | None
    subject_sha256: str
    layer: NDArray[np.uint8] | None = None
    surfaces: Atlas | None = None

    @property
    def regions(self) -> tuple[Region, ...]:
        """The parts in order, as a lock names them."""
        return tuple(Region(p["name"], tuple(p["attributes"])) for p in self.info["parts"])

    @property
    def relief(self) -> Mapping[str, Any] | None:
        """What a subject is told by that is known from the front only (`subjects.relief`); None for whole geometry."""
        told: Mapping[str, Any] | None = self.info.get("relief")
        return told

    @property
    def framing(self) -> Mapping[str, Any]:
        """What a camera frames of somebody: `eye_m` (three floats), `head_radius_m`, `height_m`; `head_m` where the head can turn; of a clip
        `spread_m`, how far the eyes go sideways."""
        told: Mapping[str, Any] = self.info["character" if "character" in self.info else "framing"]
        return told

    @property
    def loop_frames(self) -> int:
        """Frames after which the idle repeats; 1 for what does not move."""
        return 1 if self.weights is None else len(self.weights)

    def frames_of(self, performance: str) -> int:
        """Frames after which a performance repeats; that of the idle for one the subject does not have."""
        return len(self.moves[performance]) if performance in self.moves else self.loop_frames

    def posed(
        self,
        expression: Mapping[str, float],
        frame: float,
        look: tuple[float, float] = (0.0, 0.0),
        performance: str = "idle",
    ) -> NDArray[np.float32]:
        """Vertices float32 [V, 3] at a frame of a performance (any number; it loops, fractions blend).

        Args:
            expression: name -> weight 0..1; names the subject does not have are left out.
            frame: counted at the performance's own 24 frames a second.
            look: yaw and pitch in degrees by which the head is turned on top of it: positive to the figure's left, and up.
            performance: "idle", or one of `moves`: breath and blinks go on under it. One the subject does not have is the idle.
        """
        out = self.rest
        at, mix = int(np.floor(frame)) % self.loop_frames, float(frame - np.floor(frame))
        nxt = (at + 1) % self.loop_frames
        if self.basis is not None and self.weights is not None:
            w = self.weights[at] * np.float32(1 - mix) + self.weights[nxt] * np.float32(mix)
            out = out + (w @ self.basis.reshape(len(w), -1)).reshape(out.shape)
        for name, weight in expression.items():
            delta = self.expressions.get(name)
            if delta is None or weight == 0:
                continue
            if self.head is not None:
                delta = delta @ self.head[at if mix < 0.5 else nxt].T
            out = out + np.float32(weight) * delta
        if look != (0.0, 0.0) and self.kind == "character":
            out = self._looking(out, *look)
        carried = self.carried(performance, frame)
        if carried is not None:
            out = self._moved(out, carried)
        return np.ascontiguousarray(out, np.float32)

    def carried(self, performance: str, frame: float) -> NDArray[np.float32] | None:
        """Where the bones take the figure at a frame [J, 3, 4]; None for the idle."""
        move = self.moves.get(performance)
        if move is None:
            return None
        at, mix = int(np.floor(frame)) % len(move), np.float32(frame - np.floor(frame))
        out: NDArray[np.float32] = move[at] if mix == 0 else move[at] * (1 - mix) + move[(at + 1) % len(move)] * mix
        return out

    def bearing(self, performance: str, frame: float) -> Bearing:
        """Where the figure is and faces; at its mark and ahead in the idle, whose small turns do not count."""
        eye = np.asarray(self.framing["eye_m"], np.float32)
        carried = self.carried(performance, frame)
        if carried is None:
            return Bearing((float(eye[0]), float(eye[1]), float(eye[2])), 0.0, 0.0)
        face = np.einsum("j,jik->ik", self._face_follows, carried)
        x, y, z = (float(v) for v in face[:, :3] @ eye + face[:, 3])
        head, hips = (float(np.degrees(np.arctan2(m[0, 2], m[2, 2]))) for m in (face, carried[0]))
        return Bearing((x, y, z), head, hips)

    @functools.cached_property
    def _face_follows(self) -> NDArray[np.float32]:
        """How far the skin round the eyes follows each bone [J]; adds up to 1."""
        assert self.bones is not None and self.follows is not None
        about = self.framing
        near = np.linalg.norm(self.rest - np.asarray(about["eye_m"], np.float32), axis=1) < 0.6 * float(
            about["head_radius_m"]
        )
        joints = next(iter(self.moves.values())).shape[1]
        share = np.bincount(self.bones[near].ravel(), self.follows[near].ravel(), minlength=joints)
        out: NDArray[np.float32] = (share / share.sum()).astype(np.float32)
        return out

    def _moved(self, points: NDArray[np.float32], carried: NDArray[np.float32]) -> NDArray[np.float32]:
        """Points [V, 3] taken along by the bones each follows: linear blend skinning."""
        assert self.bones is not None and self.follows is not None
        flat = carried.reshape(len(carried), 12)
        blend = np.zeros((len(points), 12), np.float32)
        for k in range(self.bones.shape[1]):
            own = np.flatnonzero(self.follows[:, k])
            blend[own] += self.follows[own, k, None] * flat[self.bones[own, k]]
        m = blend.reshape(-1, 3, 4)
        out: NDArray[np.float32] = np.einsum("vij,vj->vi", m[:, :, :3], points) + m[:, :, 3]
        return out

    def _looking(self, points: NDArray[np.float32], yaw_deg: float, pitch_deg: float) -> NDArray[np.float32]:
        """Points with the head turned about the neck: hair and face wholly, the neck and what is worn on it in part."""
        moved = np.flatnonzero(self._head_part)
        pivot = np.array(self.framing.get("head_m", self.framing["eye_m"]), np.float32)
        pivot[1] = self._neck_m[1]
        part = self._head_part[moved]
        yaw, pitch = np.radians(yaw_deg) * part, -np.radians(pitch_deg) * part
        x, y, z = (points[moved] - pivot).T
        y, z = y * np.cos(pitch) - z * np.sin(pitch), y * np.sin(pitch) + z * np.cos(pitch)
        x, z = x * np.cos(yaw) + z * np.sin(yaw), z * np.cos(yaw) - x * np.sin(yaw)
        out = points.copy()
        out[moved] = np.stack([x, y, z], axis=1) + pivot
        return out

    @property
    def _neck_m(self) -> tuple[float, float]:
        """Heights between which the neck takes up a turn of the head."""
        eye, radius = float(self.framing["eye_m"][1]), float(self.framing["head_radius_m"])
        return eye - 1.2 * radius, eye - 0.72 * radius

    @functools.cached_property
    def _head_part(self) -> NDArray[np.float32]:
        """How much of a turn of the head each vertex follows [V], 0..1."""
        low, high = self._neck_m
        x = np.clip((self.rest[:, 1] - low) / (high - low), 0, 1)
        out: NDArray[np.float32] = (x * x * (3 - 2 * x)).astype(np.float32)
        for k, part in enumerate(self.info["parts"]):
            if "hair" in part["attributes"]:
                out[self.faces[self.part == k]] = 1.0
        return out

    def atlas(self) -> Atlas:
        """The decoded atlas; kept for the last few subjects.

        Raises:
            MediaError: when an image is missing, damaged or not square.
        """
        if self.surfaces is not None:
            return self.surfaces
        if self.folder is None:
            raise MediaError(f"The subject {self.name} came without surfaces; bring it again.")
        return _atlas(self.folder)


def digest_of(reflectance: NDArray[np.float32]) -> str:
    """The `atlas_sha256` of an atlas, float32 [H, W, 3]."""
    return hashlib.sha256(np.ascontiguousarray(reflectance, "<f4").data).hexdigest()


def _pixels(path: Path) -> NDArray[np.uint8]:
    from PIL import Image

    try:
        with Image.open(path, formats=("WEBP", "PNG")) as image:
            return np.asarray(image.convert("RGB"))
    except (OSError, ValueError) as error:
        raise MediaError(f"The texture {path.name} of {path.parent.name} cannot be read: {error}") from error


@functools.lru_cache(maxsize=4)  # of a full cast and its set; one takes 110 to 260 MB with its levels
def _atlas(folder: Path) -> Atlas:
    import cv2

    reflectance: NDArray[np.float32] = np.asarray(cv2.LUT(_pixels(folder / "reflectance.webp"), TABLE), np.float32)
    if reflectance.shape[0] != reflectance.shape[1]:
        raise MediaError(f"The atlas of {folder.name} is not square: {reflectance.shape[1]}x{reflectance.shape[0]}.")
    reflectance.setflags(write=False)
    sha = digest_of(reflectance)
    return Atlas(reflectance, _pixels(folder / "normal.webp"), _pixels(folder / "material.webp"), sha)


def load(folder: Path) -> BakedSubject:
    """The subject in `folder`; the last few stay in memory.

    Raises:
        MediaError: when files are missing, damaged or of another format version.
    """
    return _load(folder.resolve())


@functools.lru_cache(maxsize=8)
def _load(folder: Path) -> BakedSubject:
    try:
        info = json.loads((folder / "subject.json").read_text(encoding="utf-8"))
        with np.load(folder / "geometry.npz", allow_pickle=False) as data:
            arrays = {key: data[key] for key in data.files}
    except (OSError, ValueError, EOFError) as error:
        raise MediaError(f"The subject in {folder.name} cannot be read: {error}") from error
    if info.get("format") != FORMAT:
        raise MediaError(f"The subject {folder.name} has format {info.get('format')!r}; this version reads {FORMAT}.")
    missing = {"faces", "st", "part", "weld", "rest"} - set(arrays)
    if missing:
        raise MediaError(f"The geometry of {folder.name} lacks {', '.join(sorted(missing))}.")
    sha = hashlib.sha256()
    for key in sorted(arrays):
        array = np.ascontiguousarray(arrays[key])
        sha.update(f"{key} {array.dtype.str} {array.shape}\n".encode())
        sha.update(array.data)
    sha.update(json.dumps(info["parts"], sort_keys=True).encode())
    moving = "idle_basis" in arrays
    moves = [k for k in arrays if k.endswith(MOVE) and k != "skin_bones"]
    follows = arrays["skin_weights"].astype(np.float32) if "skin_weights" in arrays else None
    if follows is not None:  # stored in halves: without this a figure away from its mark would shiver
        follows /= follows.sum(axis=1, keepdims=True)
    return BakedSubject(
        name=info["name"],
        kind=info["kind"],
        folder=folder,
        info=info,
        faces=np.ascontiguousarray(arrays["faces"], np.int32),
        st=np.ascontiguousarray(arrays["st"], np.float32),
        part=np.ascontiguousarray(arrays["part"], np.uint8),
        weld=np.ascontiguousarray(arrays["weld"], np.int32),
        rest=np.ascontiguousarray(arrays["rest"], np.float32),
        expressions={k.removeprefix("expr_"): v.astype(np.float32) for k, v in arrays.items() if k.startswith("expr_")},
        basis=arrays["idle_basis"].astype(np.float32) if moving else None,
        weights=arrays["idle_weights"].astype(np.float32) if moving else None,
        head=arrays["idle_head"].astype(np.float32) if moving else None,
        moves={} if follows is None else {k.removesuffix(MOVE): arrays[k].astype(np.float32) for k in moves},
        bones=arrays.get("skin_bones"),
        follows=follows,
        subject_sha256=sha.hexdigest(),
    )
