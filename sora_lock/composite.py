"""Generated frames with what is held laid back over them: the base take's own pixels, or R x S.

Place in the path: between an engine that invents and the hold, in shoot. A model's masks are not exact (its autoencoder moves every pixel), so
what is held is composited back here, after the model; the hold then proves it and trusts nothing of this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from sora_lock import illuminant
from sora_lock.colour import coded, linear_from_srgb, luma
from sora_lock.engines import Aov, Guide, Layers, RegionEntry
from sora_lock.hold import CORE_PX, Claims, core

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sora_lock.engines import Actor

    Codes = NDArray[np.uint8]
    Floats = NDArray[np.float32]

MOST_RESIDUAL = 16.0
"""Code values of 255, mean over a part and the clip, above which a model's picture of it is another thing, not another light. Of comp's own pictures those under
overcast, golden hour and high key come to 15 at most on the four figures, and to 16.2 once; a coloured garment turned by 20 to 30 degrees of hue exceeds it, a grey one by more, and so do
lights of two colours and fog, which one smooth illuminant cannot explain (`python -m benchmarks.residuals`)."""
DIM = 1e-3
"""Shading under which a blended pixel's reflectance cannot be told from its diffuse light."""


def held_numbers(regions: Sequence[RegionEntry], actors: Sequence[Actor]) -> tuple[int, ...]:
    """Region numbers of parts none of whose attributes is `free`; what is `evolve` is the model's to move."""
    policies = {a.lock.name: a.policies for a in actors if not a.lock.laid_over}
    return tuple(
        number
        for number, entry in enumerate(regions, 1)
        if entry.lock in policies and all(policies[entry.lock].get(a) == "hold" for a in entry.attributes)
    )


def held_coverage(layers: Layers, regions: Sequence[RegionEntry], actors: Sequence[Actor]) -> Floats:
    """Coverage of what is held, float32 [H, W]: soft where a whole lock is held, by pixel where only parts of it are."""
    numbers = held_numbers(regions, actors)
    out = np.zeros(layers.region.shape, np.float32)
    for actor in actors:
        own = [n for n, entry in enumerate(regions, 1) if entry.lock == actor.lock.name]
        mine = [n for n in own if n in numbers]
        if own and len(mine) == len(own):
            np.maximum(out, layers.coverage[actor.lock.name], out=out)
        elif mine:
            np.maximum(out, np.isin(layers.region, mine).astype(np.float32), out=out)
    return out


def inner(coverage: Floats) -> Floats:
    """How much of the held picture is laid over each pixel: 0 where coverage is not full, 1 from `CORE_PX` inside it.

    Within, so that no old background comes along; the model has drawn about the same there.
    """
    import cv2

    full = coverage >= 1
    away = cv2.distanceTransform(full.astype(np.uint8), cv2.DIST_C, 3)
    ramp = np.clip((away - 0.5) / CORE_PX, 0, 1).astype(np.float32)
    return np.where(core(coverage), np.float32(1), ramp * full)


def mixed(under: Codes, over: Codes, weight: Floats) -> Codes:
    """`over` laid on `under`, uint8 [H, W, 3]; the very code values of `over` where the weight is 1. Mixed in linear light."""
    out = np.where((weight >= 1)[..., None], over, under)
    soft = (weight > 0) & (weight < 1)
    w = weight[soft][:, None]
    out[soft] = coded(linear_from_srgb(over[soft]) * w + linear_from_srgb(under[soft]) * (1 - w))
    return np.ascontiguousarray(out)


@dataclass
class Composite:
    """Lays what is held over a clip, or a poster, and says how (`claims`).

    Attributes:
        actors, regions: of the blocking; empty regions where there is none.
        grip: what is tried for what is held: "guided" lays nothing over.
        residual: part number -> mean residual in code values, known once `frames` was asked for; "reflectance" only.
    """

    actors: Sequence[Actor]
    regions: Sequence[RegionEntry]
    guide: Guide | None
    grip: str
    base_sha256: str = ""
    residual: dict[int, float] = field(default_factory=dict)

    def frames(self, made: Sequence[Codes], numbers: Sequence[int] | None = None) -> Iterator[Layers]:
        """Layers of each generated frame, with what is held laid over. When this returns, the residual is known and `claims` can be asked.

        Args:
            made: the clip, or a part of it, uint8 [H, W, 3] each: the residual is judged over all of them together.
            numbers: their frame numbers; 0, 1, ... unless given.
        """
        numbers = range(len(made)) if numbers is None else numbers
        if self.grip == "reflectance" and self.guide is not None:
            self._weigh(made, numbers)
        return self._laid(made, numbers)

    def _laid(self, made: Sequence[Codes], numbers: Sequence[int]) -> Iterator[Layers]:
        for frame, rgb in zip(numbers, made, strict=True):
            if self.guide is None:
                yield _blank(rgb)
            elif self.grip == "reflectance":
                yield self._relit(frame, rgb)
            else:
                under = self.guide.layers(frame)
                if self.grip == "pixel":
                    rgb = mixed(rgb, self.guide.rgb(frame), inner(self.guide.held(frame)))
                yield replace(under, picture=linear_from_srgb(rgb), developed=rgb, aov=None)

    def claims(self) -> Claims:
        """How each lock and attribute may be said to be held, for the hold to prove."""
        lowered: dict[tuple[str, str], str] = {}
        notes: dict[tuple[str, str], str] = {}
        held = set(held_numbers(self.regions, self.actors)) if self.grip != "guided" and self.guide else set()
        parts: dict[tuple[str, str], list[int]] = {}
        for number, entry in enumerate(self.regions, 1):
            for attribute in entry.attributes:
                parts.setdefault((entry.lock, attribute), []).append(number)
        for actor in self.actors:
            if actor.lock.laid_over:
                continue
            for attribute in actor.policies:
                key = (actor.lock.name, attribute)
                own = parts.get(key, [])
                seen = [n for n in own if n in self.residual]
                worst = max((self.residual[n] for n in seen), default=0.0)
                if not set(own) & held:
                    lowered[key] = "the model was asked for it, nothing more"
                elif worst > MOST_RESIDUAL:
                    lowered[key] = (
                        f"the model drew it otherwise: {worst:.0f} code values from R x S, and {MOST_RESIDUAL:.0f} are let through"
                    )
                elif self.grip == "reflectance" and seen:
                    notes[key] = f"residual {worst:.1f} code values from R x S before it was laid over"
                elif self.grip == "pixel":
                    notes[key] = f"the base take's own pixels ({self.base_sha256[:12]})" if self.base_sha256 else ""
        if self.guide is None or self.grip == "guided":
            return Claims("guided", lowered, notes, None, ())
        return Claims(self.grip, lowered, notes, self.guide.rgb, self._let_through(), self.guide.held)

    def _let_through(self) -> tuple[int, ...]:
        """Held parts of which no attribute is lowered: an attribute is laid over as a whole, or not at all."""
        held = held_numbers(self.regions, self.actors)
        of = {n: {(self.regions[n - 1].lock, a) for a in self.regions[n - 1].attributes} for n in held}
        off = {key for n in held if self.residual.get(n, 0.0) > MOST_RESIDUAL for key in of[n]}
        return tuple(n for n in held if not of[n] & off)

    def _recovered(self, frame: int, rgb: Codes) -> tuple[Floats, Floats, NDArray[np.integer], Layers]:
        """R, S, the held parts (0 elsewhere) and the guide's layers of a frame."""
        assert self.guide is not None
        under = self.guide.layers(frame)
        held = np.isin(under.region, held_numbers(self.regions, self.actors))
        parts = np.where(held & under.single, under.region, 0)
        reflectance = _reflectance(under, self.regions, self.actors, frame)
        assert under.aov is not None
        shading = illuminant.recover(linear_from_srgb(rgb), reflectance, parts, luma(under.aov.shading))
        return reflectance, shading, parts, under

    def _weigh(self, made: Sequence[Codes], numbers: Sequence[int]) -> None:
        sums: dict[int, float] = {}
        counts: dict[int, int] = {}
        for frame, rgb in zip(numbers, made, strict=True):
            reflectance, shading, parts, _ = self._recovered(frame, rgb)
            off = illuminant.residual(linear_from_srgb(rgb), reflectance * shading, parts > 0)
            for number in np.unique(parts[parts > 0]):
                here = parts == number
                sums[int(number)] = sums.get(int(number), 0.0) + float(off[here].sum())
                counts[int(number)] = counts.get(int(number), 0) + int(here.sum())
        self.residual = {n: sums[n] / counts[n] for n in sums}

    def _relit(self, frame: int, rgb: Codes) -> Layers:
        assert self.guide is not None
        reflectance, shading, parts, under = self._recovered(frame, rgb)
        through = np.isin(parts, self._let_through())
        shading = np.where(through[..., None], shading, 0)
        diffuse = reflectance * shading
        allowed = np.isin(under.region, self._let_through())
        over, weight = coded(diffuse), inner(np.where(allowed, self.guide.held(frame), 0).astype(np.float32))
        # Pixels blended from several samples have no texel; they take R from the base's own light, and S from beside them.
        seam = allowed & ~through
        if seam.any():
            over[seam] = coded(_own_reflectance(under)[seam] * _spread(shading, through)[seam])
        rgb = mixed(rgb, over, weight)
        assert under.aov is not None
        black = np.zeros_like(diffuse)
        aov = Aov(diffuse, shading, under.aov.st, under.aov.depth, under.aov.normal, black, black + 1, black)
        # `single` also says where R x S was laid over whole; elsewhere nothing is claimed.
        single = under.single & through & (weight >= 1)
        return replace(under, picture=linear_from_srgb(rgb), developed=rgb, single=single, aov=aov)


def _blank(rgb: Codes) -> Layers:
    """A frame of which nobody knows what is where."""
    shape = rgb.shape[:2]
    return Layers(linear_from_srgb(rgb), np.zeros(shape, np.uint16), {}, np.zeros(shape, bool), developed=rgb)


def _reflectance(layers: Layers, regions: Sequence[RegionEntry], actors: Sequence[Actor], frame: int) -> Floats:
    """sample(R, st) wherever one sample stands for the pixel, float32 [H, W, 3]; 0 elsewhere."""
    assert layers.aov is not None
    out = np.zeros((*layers.region.shape, 3), np.float32)
    for actor in actors:
        if actor.lock.laid_over:
            continue
        own = [n for n, entry in enumerate(regions, 1) if entry.lock == actor.lock.name]
        where = np.isin(layers.region, own) & layers.single
        out[where] = actor.at(frame).atlas().chain.sample(layers.aov.st[where])
    return out


def _own_reflectance(layers: Layers) -> Floats:
    assert layers.aov is not None
    shading = layers.aov.shading
    return np.where(shading > DIM, np.clip(layers.aov.diffuse / np.maximum(shading, DIM), 0, 1), 0).astype(np.float32)


def _spread(values: Floats, known: NDArray[np.bool_]) -> Floats:
    """Values [H, W, 3] carried a few pixels beyond where they are known, as a mean of those beside."""
    import cv2

    mask = known.astype(np.float32)
    weight = cv2.boxFilter(mask, -1, (7, 7), normalize=False)
    total = cv2.boxFilter(values * mask[..., None], -1, (7, 7), normalize=False)
    return np.asarray(total / np.maximum(weight, 1e-6)[..., None], np.float32)
