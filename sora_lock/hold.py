"""Grips, cores and edges: what was held in a take, by which claim, and over how much of its region.

Place in the path: after film, before the judge. The hold trusts no engine: it rebuilds the diffuse layer from the lock's atlas with
its own arithmetic and lowers a grip that does not hold up. `docs/grips.md` states the rule for readers with NumPy alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.colour import coded, linear_from_srgb
from sora_lock.records import Grip, GripName, digest

if TYPE_CHECKING:
    from sora_lock.engines import Actor, Layers, RegionEntry

CORE_PX = 3  # coverage is eroded by this many pixels: lens blur of an edge pixel and its anti-aliasing stay outside
LEAST_CORE = 0.5  # of the region's area; below it a grip is only `guided`
TOLERANCE = 1.0 / 255.0  # one code value


def core(coverage: NDArray[np.float32], single: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
    """Where a grip can be claimed: coverage 1, eroded by `CORE_PX`, and one sample a pixel.

    Args:
        coverage: float32 [H, W], 0..1.
        single: bool [H, W]; pixels blended from several samples are left out.
    """
    import cv2

    full = (coverage >= 1.0).astype(np.uint8)
    kernel = np.ones((2 * CORE_PX + 1, 2 * CORE_PX + 1), np.uint8)
    eroded: NDArray[np.bool_] = cv2.erode(full, kernel, borderType=cv2.BORDER_REPLICATE).astype(bool)
    return eroded & single if single is not None else eroded


def paste(rgb: NDArray[np.uint8], conformed: Any) -> NDArray[np.uint8]:
    """The conformed picture over a finished frame; core pixels get its very code values.

    Args:
        rgb: uint8 [H, W, 3], sRGB, after film.
        conformed: `subjects.photo.Conformed` of the same raster.

    Edges are mixed in linear light, where coverage is an area; mixing code values would darken them.
    """
    cover = conformed.coverage
    soft = (cover > 0) & (cover < 1)
    out = np.where((cover >= 1)[..., None], conformed.rgb, rgb)
    if soft.any():
        a = cover[soft][:, None]
        mixed = linear_from_srgb(conformed.rgb[soft]) * a + linear_from_srgb(rgb[soft]) * (1 - a)
        out[soft] = coded(mixed)
    return np.ascontiguousarray(out)


def _locked(actor: Actor, subject: Any) -> bool:
    """Whether a body has the atlas that the lock names; that of a clip's frame is named by its archive."""
    if actor.changes is not None:
        return subject.subject_sha256 in actor.lock.frames
    return bool(subject.atlas().atlas_sha256 == actor.lock.atlas_sha256)


@dataclass(frozen=True)
class Claims:
    """How a generated take may be held, beside pictures laid over (which are always held by `pixel`).

    Attributes:
        grip: what was tried.
        lowered: (lock, attribute) -> why it is only `guided`.
        notes: (lock, attribute) -> what is to be said of it.
        base: frame -> uint8 [H, W, 3], the picture whose pixels are held; used with "pixel".
        numbers: region numbers that something is claimed of.
        held: frame -> float32 [H, W], coverage of what is held; the core keeps clear of its edge, too, where only parts of a lock are.
    """

    grip: str
    lowered: Mapping[tuple[str, str], str]
    notes: Mapping[tuple[str, str], str]
    base: Callable[[int], NDArray[np.uint8]] | None
    numbers: tuple[int, ...]
    held: Callable[[int], NDArray[np.float32]] | None = None


@dataclass
class _Count:
    region: int = 0
    core: int = 0


@dataclass
class Hold:
    """Watches a take frame by frame and says at the end how each attribute was held.

    Attributes:
        actors: the cast and the set.
        regions: the plate's region table (`Prepared.regions`).
        claims: of a generated take, how it may be held; None for what was filmed: all of it by `reflectance`.
    """

    actors: Sequence[Actor]
    regions: Sequence[RegionEntry]
    claims: Claims | None = None
    _areas: dict[tuple[str, str], _Count] = field(default_factory=dict)
    _broken: dict[tuple[str, str], str] = field(default_factory=dict)
    _proved: dict[str, int] = field(default_factory=dict)
    _conformed: dict[str, list[str]] = field(default_factory=dict)

    def finish(self, rgb: NDArray[np.uint8], frame: int = 0) -> NDArray[np.uint8]:
        """The frame of that number with every picture that is held by `pixel` laid over it, after film and grain."""
        for actor in self.actors:
            if actor.lock.laid_over:
                rgb = paste(rgb, actor.at(frame))
        return rgb

    def see(self, frame: int, layers: Layers, rgb: NDArray[np.uint8]) -> None:
        """Adds one frame: areas of cores always, the proof of `reflectance` where the layers carry AOVs, bytes for `pixel`.

        Args:
            rgb: the finished frame, as it goes to the master.
        """
        photos = {a.lock.name: a for a in self.actors if a.lock.laid_over}
        hidden = np.zeros(layers.region.shape, bool)
        for name, actor in photos.items():
            picture = actor.at(frame)
            self._conformed.setdefault(name, []).append(picture.sha256)
            inside = core(picture.coverage)
            hidden |= picture.coverage > 0
            if not np.array_equal(rgb[inside], picture.rgb[inside]):
                for attribute in actor.policies:
                    self._broken[name, attribute] = f"frame {frame}: the core's bytes differ from the conformed anchor"
            self._proved[name] = self._proved.get(name, 0) + 1
            for attribute in actor.policies:
                self._add(name, attribute, int((picture.coverage > 0.5).sum()), int(inside.sum()))
        cores: dict[str, NDArray[np.bool_]] = {}
        # Pixels of a base take are held whatever they were blended of; R x S wants one sample.
        single = None if self.claims is not None and self.claims.grip == "pixel" else layers.single
        known = ~hidden
        if self.claims is not None and self.claims.held is not None:
            known &= core(self.claims.held(frame))
        for entry in self.regions:
            if entry.lock in photos:
                continue
            if entry.lock not in cores:
                cores[entry.lock] = core(layers.coverage[entry.lock], single) & known
        counts = np.bincount(layers.region[~hidden].ravel(), minlength=len(self.regions) + 1)
        held = {n: np.bincount(layers.region[c].ravel(), minlength=len(self.regions) + 1) for n, c in cores.items()}
        for number, entry in enumerate(self.regions, 1):
            if entry.lock in held:
                for attribute in entry.attributes:
                    self._add(entry.lock, attribute, int(counts[number]), int(held[entry.lock][number]))
        if self.claims is not None and self.claims.grip == "pixel":
            self._compare(frame, layers, cores, rgb)
        elif layers.aov is not None and (self.claims is None or self.claims.grip == "reflectance"):
            self._prove(frame, layers, cores)
            if self.claims is not None:
                self._laid(frame, layers, cores, rgb)

    def _add(self, lock: str, attribute: str, region: int, inside: int) -> None:
        count = self._areas.setdefault((lock, attribute), _Count())
        count.region += region
        count.core += inside

    def _claimed(
        self, layers: Layers, cores: Mapping[str, NDArray[np.bool_]]
    ) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Lock name and its core, as far as a generated take claims anything of it."""
        assert self.claims is not None
        claimed = np.isin(layers.region, self.claims.numbers)
        for name, inside in cores.items():
            if (where := inside & claimed).any():
                yield name, where

    def _compare(
        self, frame: int, layers: Layers, cores: Mapping[str, NDArray[np.bool_]], rgb: NDArray[np.uint8]
    ) -> None:
        """Byte equality with the base take."""
        assert self.claims is not None and self.claims.base is not None
        base = self.claims.base(frame)
        for name, where in self._claimed(layers, cores):
            self._proved[name] = self._proved.get(name, 0) + 1
            self._differ(
                layers, where & (rgb != base).any(axis=2), f"frame {frame}: the core's bytes differ from the base take"
            )

    def _laid(self, frame: int, layers: Layers, cores: Mapping[str, NDArray[np.bool_]], rgb: NDArray[np.uint8]) -> None:
        """What was rebuilt as R x S is what one sees: a generated take has no air, lens or film above its diffuse layer."""
        assert layers.aov is not None
        for _, where in self._claimed(layers, cores):
            off = np.zeros(where.shape, bool)
            off[where] = (rgb[where] != coded(layers.aov.diffuse[where])).any(axis=1)
            self._differ(layers, off, f"frame {frame}: the finished frame differs from R x S")

    def _differ(self, layers: Layers, off: NDArray[np.bool_], why: str) -> None:
        for number in np.unique(layers.region[off]):
            entry = self.regions[number - 1]
            for attribute in entry.attributes:
                self._broken[entry.lock, attribute] = why

    def _prove(self, frame: int, layers: Layers, cores: Mapping[str, NDArray[np.bool_]]) -> None:
        aov = layers.aov
        assert aov is not None
        owner = np.array([0, *(1 + [a.lock.name for a in self.actors].index(e.lock) for e in self.regions)])
        owners = owner[layers.region]
        for index, actor in enumerate(self.actors, 1):
            if actor.lock.laid_over or actor.lock.name not in cores:
                continue
            where = cores[actor.lock.name] & (owners == index)
            if not where.any():
                continue
            subject = actor.at(frame)
            atlas = subject.atlas()
            if not _locked(actor, subject):
                for attribute in actor.policies:
                    self._broken[actor.lock.name, attribute] = "the atlas is not the one the lock names"
                continue
            rebuilt = atlas.chain.sample(aov.st[where]) * aov.shading[where]
            off = np.abs(rebuilt - aov.diffuse[where]).max(axis=1)
            self._proved[actor.lock.name] = self._proved.get(actor.lock.name, 0) + 1
            numbers = layers.region[where]
            for number in np.unique(numbers[off > TOLERANCE]):
                worst = float(off[numbers == number].max())
                for attribute in self.regions[number - 1].attributes:
                    self._broken[actor.lock.name, attribute] = (
                        f"frame {frame}: diffuse differs from sample(R, st) x S by {worst * 255:.1f} code values"
                    )

    def grips(self) -> dict[str, dict[str, Grip]]:
        """Lock name -> attribute -> grip, for every attribute whose policy is not `free`."""
        out: dict[str, dict[str, Grip]] = {}
        for actor in self.actors:
            name, photo = actor.lock.name, actor.lock.laid_over
            by: dict[str, Grip] = {}
            for attribute, policy in actor.policies.items():
                if policy == "free":
                    continue
                area = self._areas.get((name, attribute), _Count())
                part = round(area.core / area.region, 4) if area.region else 0.0
                claims = self.claims if not photo else None
                if claims is not None and (name, attribute) in claims.lowered:
                    by[attribute] = Grip("guided", part if area.region else 0.0, claims.lowered[name, attribute])
                elif (name, attribute) in self._broken:
                    by[attribute] = Grip("guided", part, self._broken[name, attribute])
                elif not self._proved.get(name):
                    by[attribute] = Grip(
                        "guided", part, "no frame of it was proved" if area.region else "not in the picture"
                    )
                elif not area.region:
                    by[attribute] = Grip("guided", 0.0, "not in the picture")
                elif part < LEAST_CORE:
                    by[attribute] = Grip("guided", part, "less than half of the region is core")
                elif photo:
                    seen = self._conformed[name]
                    sha256 = digest(seen) if actor.changes is not None else actor.subject.sha256
                    by_rows = [[round(float(v), 5) for v in row] for row in actor.subject.transform]
                    note = f"conformed {sha256} by {by_rows}"
                    by[attribute] = Grip("pixel", part, note)
                elif claims is not None:
                    grip: GripName = "pixel" if claims.grip == "pixel" else "reflectance"
                    by[attribute] = Grip(grip, part, claims.notes.get((name, attribute), ""))
                else:
                    by[attribute] = Grip("reflectance", part)
            out[name] = by
        return out
