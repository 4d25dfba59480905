"""Estimators: what a photograph does not carry and a relight needs: matte, normals, depth, reflectance.

Place in the path: subjects; between a picture that was brought and the plates an engine lights. The protocol, the records and the choice of an estimator are
here; `classical` is the default and works offline, `learned` needs weights that somebody fetched, `given` reads files. Every estimate says who made it
(`MadeBy`), so that a plate can record it. Nothing heavy is imported before something is estimated.

Pictures are float32 [H, W, 3], linear Rec.709; masks are bool [H, W]; normals are in camera space, +Y up, +Z to the camera; depth is planar metres.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from sora_lock.errors import MediaError

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Box = tuple[int, int, int, int]
Quantity = Literal["normal", "depth", "reflectance"]
Parameter = str | int | float | bool

QUANTITIES: tuple[Quantity, ...] = ("normal", "depth", "reflectance")
LEAST_PX = 256
"""A matte of fewer pixels holds nothing one could estimate from."""
MOST = 0.995
"""A matte that covers more of the picture separates nothing."""


@dataclass(frozen=True)
class MadeBy:
    """Who made an estimate, as a plate records it.

    Attributes:
        name: "classical", "given", "learned" or "painted".
        version: of the method; for files and weights a SHA-256 or a commit.
        parameters: what else determines the result, JSON-like.
    """

    name: str
    version: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


@dataclass(frozen=True)
class Hints:
    """What a person said about where the subject is. At least a box or a stroke over the subject is wanted.

    Attributes:
        box: (x0, y0, x1, y1) px around the whole subject, x1 and y1 exclusive; what lies outside is background.
        subject: bool [H, W], painted: surely subject.
        background: bool [H, W], painted: surely not; wins where both are painted.
    """

    box: Box | None = None
    subject: Bools | None = None
    background: Bools | None = None


@dataclass(frozen=True)
class Matte:
    """Coverage, and the subject's own colours under it.

    Attributes:
        alpha: float32 [H, W], 0..1, exactly 0 and 1 off the edge.
        foreground: float32 [H, W, 3], linear; in the opaque core the picture itself, under a soft edge free of the old background:
            `picture = alpha * foreground + (1 - alpha) * background`.
        made_by: who made it.
        notes: sentences for people.
    """

    alpha: Floats
    foreground: Floats
    made_by: MadeBy
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Estimate:
    """One estimated quantity at every pixel; what lies outside the matte is filled but means nothing.

    Attributes:
        quantity: "normal" (float32 [H, W, 3], unit, camera space), "depth" (float32 [H, W], planar metres, above 0) or "reflectance"
            (float32 [H, W, 3], linear, the light taken out).
        values: as said above.
        made_by: who made it.
        notes: sentences for people.
    """

    quantity: Quantity
    values: Floats
    made_by: MadeBy
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stand:
    """How the subject stands before the camera that took the picture; what is not known is guessed, and said so by who guesses.

    Attributes:
        height_m: from the subject's highest to its lowest row in the picture.
        focal_px: focal length in px of the picture; 0 when unknown (taken for a 50 mm lens on 24x36, the longer side being 36).
        floor: whether the subject's lowest row is where it touches the ground.
        horizon_px: row of the horizon; with the floor in sight it gives the distance, and `height_m` is not asked.
        eye_m: height of the camera above the floor; asked with a horizon only.
    """

    height_m: float = 1.7
    focal_px: float = 0.0
    floor: bool = True
    horizon_px: float | None = None
    eye_m: float = 1.5

    def focal(self, height: int, width: int) -> float:
        """The focal length in px for a picture of [height, width]."""
        return self.focal_px if self.focal_px > 0 else max(height, width) * 50.0 / 36.0


class Estimator(Protocol):
    """One way to estimate; what it cannot do raises `EngineUnavailableError` with what to install or fetch."""

    name: str
    version: str

    def matte(self, picture: Floats, hints: Hints) -> Matte:
        """Coverage of the subject that the hints point at; raises MediaError when nothing or everything is covered."""

    def normal(self, picture: Floats, alpha: Floats) -> Estimate:
        """Surface normals under the matte."""

    def depth(self, picture: Floats, alpha: Floats, stand: Stand) -> Estimate:
        """Planar depth under the matte."""

    def reflectance(self, picture: Floats, alpha: Floats, facing: Floats | None = None, mean: float = 0.12) -> Estimate:
        """Reflectance under the matte; `facing` are normals, where they are known, and `mean` the tone that the unknown exposure is set to."""


def estimator(name: str) -> Estimator:
    """The estimator called `name` ("classical" or "learned"); imports it only now. Files are read by `given`.

    Raises:
        MediaError: for another name.
    """
    if name == "classical":
        from sora_lock.subjects.estimators.classical import Classical

        return Classical()
    if name == "learned":
        from sora_lock.subjects.estimators.learned import Learned

        return Learned()
    raise MediaError(f"There is no estimator called {name[:40]!r}; choose classical or learned, or bring a file.")


def check_picture(picture: Floats) -> None:
    """Raises MediaError unless `picture` is [H, W, 3], finite and not negative."""
    if picture.ndim != 3 or picture.shape[2] != 3 or min(picture.shape[:2]) < 16:
        raise MediaError(f"The picture has the shape {picture.shape}; wanted height x width x 3, 16 px or more a side.")
    if not np.isfinite(picture).all() or float(picture.min()) < 0:
        raise MediaError("The picture holds values below 0 or that are no numbers; export it again.")


def check_alpha(alpha: Floats, shape: tuple[int, ...]) -> None:
    """Raises MediaError unless `alpha` is a matte for a picture of `shape` that covers something, and not everything."""
    if alpha.shape != shape[:2]:
        raise MediaError(
            f"The matte is {alpha.shape[::-1]} px and the picture {shape[1]}x{shape[0]}; wanted the same size."
        )
    if not np.isfinite(alpha).all():
        raise MediaError("The matte holds values that are no numbers; paint or export it again.")
    inside = alpha >= 0.5
    if int(inside.sum()) < LEAST_PX:
        raise MediaError(
            f"The matte is empty ({int(inside.sum())} px are covered; wanted at least {LEAST_PX}): no subject was found. "
            "Draw the box around all of it, or paint a stroke over it."
        )
    if float(inside.mean()) > MOST:
        raise MediaError(
            "The matte covers everything, so there is no telling the subject from its background. "
            "Draw the box closer, or paint a stroke over the background."
        )
