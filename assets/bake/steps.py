"""Footprints: where each foot stands and swings over the loop, and how the body's weight follows from them.

Between a `rig` at rest and `walk`. Feet come first, so that none slides. The weight is an inverted pendulum whose foot point is known for
the whole loop: it shifts on to the standing leg before the other lifts and is ahead of the feet while walking (Kajita et al. 2003, "Biped
walking pattern generation by using preview control of zero-moment point", here in closed form).

Units: metres, degrees, frames at 24 a second. The path's middle lies on the mark.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d

from .charts import Array
from .rig import Foot, Rig
from .turning import turned, yawed

FRAMES, FPS = 144, 24
"""The loop: three times the idle's 48 frames, which go on under it."""
HALF = FRAMES // 2
GRAVITY = 9.81
OUT_DEG, BACK_DEG = 82.0, -98.0
"""Headings of the way there and back: one line, so that the loop closes."""
AT_REST = {"L": 0.56, "R": 0.44}
"""How standing shares out the weight."""


@dataclass(frozen=True)
class Gait:
    """How a character walks.

    Attributes:
        stride_m: between the two steps' heel prints; way_m: from mark to mark.
        narrow_m: how far each foot keeps to its side of the line.
        lift_m: how high a foot swings; arm_deg: how far arms swing to the front and back; list_deg: how far the free hip drops.
        stoop_deg: how far the upper body leans forward under way; soft: part of a leg's length it never stretches beyond.
    """

    stride_m: float = 0.55
    way_m: float = 1.00
    narrow_m: float = 0.055
    lift_m: float = 0.050
    arm_deg: float = 18.0
    list_deg: float = 3.6
    stoop_deg: float = 2.0
    soft: float = 0.997


@dataclass(frozen=True)
class Print:
    """Where a sole's middle stands, and its yaw against how it stands at rest."""

    x: float
    z: float
    yaw_deg: float


@dataclass(frozen=True)
class Swing:
    """A foot off the floor from frame `lift` to `land`; `peel_deg` its heel has risen at the first, `strike_deg` its toes at the second."""

    letter: str
    lift: int
    land: int
    to: Print
    peel_deg: float
    strike_deg: float
    peel_frames: int = 7


def evened(x: Array, frames: float) -> Array:
    """`x` [F, ...] blurred along the loop."""
    out: Array = gaussian_filter1d(x, frames, axis=0, mode="wrap")
    return out


def keyed(keys: list[tuple[float, float]]) -> Array:
    """A value per frame [F] through (frame, value) keys, level at plateaus, once round the loop."""
    at, value = np.array(keys, float).T
    round_ = np.concatenate([at - FRAMES, at, at + FRAMES])
    out: Array = PchipInterpolator(round_, np.tile(value, 3))(np.arange(FRAMES))
    return out


def smooth(t: Array) -> Array:
    """0 to 1 with no speed and no pull at both ends."""
    t = np.clip(t, 0, 1)
    return t * t * t * (t * (6 * t - 15) + 10)


class Plan:
    """Who steps where and when; all arrays [F] or [F, .] over the loop."""

    def __init__(self, rig: Rig, gait: Gait) -> None:
        self.rig, self.gait = rig, gait
        way = gait.way_m * np.array([np.sin(np.radians(OUT_DEG)), np.cos(np.radians(OUT_DEG))])
        self.stands = (-way / 2, way / 2)
        self.swings: list[Swing] = []
        for half, (lead, follow, heading) in enumerate((("L", "R", OUT_DEG), ("R", "L", BACK_DEG))):
            start, end, t = self.stands[half], self.stands[1 - half], HALF * half
            side = 1 if lead == "L" else -1
            ahead = np.array([np.sin(np.radians(heading)), np.cos(np.radians(heading))])
            left = np.array([ahead[1], -ahead[0]])
            first = start + ahead * (gait.way_m - 0.10 - gait.stride_m) + left * side * gait.narrow_m
            second = start + ahead * (gait.way_m - 0.10) - left * side * gait.narrow_m
            self.swings += [
                Swing(lead, t + 11, t + 23, Print(*first, heading * 0.86), 16.0, 6.0, 4),
                Swing(follow, t + 26, t + 39, Print(*second, heading), 30.0, 13.0),
                Swing(lead, t + 42, t + 55, self._rest(lead, end), 36.0, 4.0, 8),
                Swing(follow, t + 58, t + 67, self._rest(follow, end), 14.0, 0.0, 4),
            ]  # fmt: skip
        self.heading = evened(self._headings(), 1.6)
        self.gaze = evened(self._gazes(), 1.4)

    def _rest(self, letter: str, stand: Array) -> Print:
        middle = self.rig.feet[letter].middle
        return Print(stand[0] + middle[0], stand[1] + middle[2], 0.0)

    def _headings(self) -> Array:
        """The pelvis's yaw: after the head, before the feet."""
        keys = []
        for t, h in ((0, OUT_DEG), (HALF, BACK_DEG)):
            keys += [(t + 0, 0), (t + 7, 0.02 * h), (t + 22, 0.62 * h), (t + 33, 0.97 * h), (t + 40, 0.97 * h), (t + 60, 0.05 * h), (t + 68, 0.0)]  # fmt: skip
        return keyed(keys)

    def _gazes(self) -> Array:
        """Where the head points: first to where it goes, and back to the camera while the body still walks."""
        keys = []
        for t, h in ((0, OUT_DEG), (HALF, BACK_DEG)):
            keys += [(t + 0, 0), (t + 1, 0), (t + 10, 0.62 * h), (t + 16, 0.72 * h), (t + 26, 0.96 * h), (t + 37, 0.90 * h), (t + 49, 0.12 * h), (t + 56, 0.0)]  # fmt: skip
        return keyed(keys)

    def wanted(self) -> Array:
        """Where the eyes are: they jump, the head follows."""
        out = np.zeros(FRAMES)
        for t, h in ((0, OUT_DEG), (HALF, BACK_DEG)):
            out[t + 1 : t + 36] = h
        return evened(out, 0.8)

    def grounded(self, letter: str) -> Array:
        """Whether a foot stands [F], heel or toes counted in."""
        out = np.ones(FRAMES, bool)
        for s in self.swings:
            if s.letter == letter:
                out[s.lift + 1 : s.land] = False
        return out

    def load(self, letter: str) -> Array:
        """Part of the weight that the figure would have on a foot if it never tipped [F]."""
        at_rest = AT_REST[letter]
        keys: list[tuple[float, float]] = []
        for n, s in enumerate(self.swings):
            mine = 0.0 if s.letter == letter else 1.0
            first, last = s.lift, s.land
            if n % 4 == 0:
                keys += [(first - 8, at_rest)]
            keys += [(first, mine), (last, mine)]
            if n % 4 == 3:
                keys += [(last + 4, at_rest)]
        at, value = np.array(sorted(keys)).T
        return np.interp(np.arange(FRAMES), np.concatenate([at - FRAMES, at, at + FRAMES]), np.tile(value, 3))

    def prints(self, letter: str) -> tuple[Array, Array]:
        """A sole's middle [F, 2] and its yaw [F], swings included."""
        own = [s for s in self.swings if s.letter == letter]
        here, yaw = np.zeros((FRAMES, 2)), np.zeros(FRAMES)
        last = own[-1].to
        here[:], yaw[:] = (last.x, last.z), last.yaw_deg
        f = np.arange(FRAMES)
        for s in own:
            share = smooth((f - s.lift) / (s.land - s.lift))
            on = f >= s.lift
            start, begin = np.array([last.x, last.z]), last.yaw_deg
            here[on] = start + share[on, None] * (np.array([s.to.x, s.to.z]) - start)
            yaw[on] = begin + share[on] * (s.to.yaw_deg - begin)
            last = s.to
        return here, yaw


def weight(plan: Plan, height: float) -> tuple[Array, Array]:
    """Where the body's weight is [F, 2] and how it is pulled, m/s^2: the bounded answer of x'' = w^2 (x - p) to the foot point p."""
    prints = {s: plan.prints(s)[0] for s in "LR"}
    loads = {s: plan.load(s) for s in "LR"}
    point = sum(loads[s][:, None] * prints[s] for s in "LR")
    rate = np.sqrt(GRAVITY / height) / FPS
    lag = np.arange(FRAMES)
    lag = np.minimum(lag, FRAMES - lag)
    kernel = np.exp(-rate * lag)
    kernel /= kernel.sum()
    com = np.real(np.fft.ifft(np.fft.fft(point, axis=0) * np.fft.fft(kernel)[:, None], axis=0))
    return com, (rate * FPS) ** 2 * (com - point)


def feet(plan: Plan, letter: str) -> tuple[Array, Array, Array]:
    """A foot's rotation [F, 3, 3], its ankle [F, 3], and how far its toes are bent up, degrees [F]."""
    foot: Foot = plan.rig.feet[letter]
    middle, yaw = plan.prints(letter)
    own = [s for s in plan.swings if s.letter == letter]
    f = np.arange(FRAMES)
    peel, strike = np.zeros(FRAMES), np.zeros(FRAMES)  # heel up about the ball, toes up about the heel
    rise = np.zeros(FRAMES)
    for s in own:
        for turn in (-FRAMES, 0, FRAMES):
            t = f + turn
            up = (t >= s.lift - s.peel_frames) & (t <= s.lift)
            peel[up] = s.peel_deg * smooth((t[up] - s.lift + s.peel_frames) / s.peel_frames)
            air = (t > s.lift) & (t < s.land)
            u = (t[air] - s.lift) / (s.land - s.lift)
            # the heel goes on rising for a moment, then the foot comes level and the toes lift for the strike
            peel[air] = (
                s.peel_deg * (1 + 0.25 * np.sin(np.pi * np.clip(u / 0.4, 0, 1))) * (1 - smooth((u - 0.12) / 0.58))
            )
            strike[air] = s.strike_deg * smooth((u - 0.55) / 0.42)
            way = np.hypot(*(middle[s.land % FRAMES] - middle[s.lift]))
            rise[air] = plan.gait.lift_m * (0.55 + 0.45 * min(1.0, way / 0.8)) * np.sin(np.pi * u**0.85) ** 2
            down = (t >= s.land) & (t <= s.land + 4)
            strike[down] = s.strike_deg * (1 - smooth((t[down] - s.land) / 4))
    tip = turned(np.tile(foot.across, (FRAMES, 1)), peel)
    rock = turned(np.tile(foot.across, (FRAMES, 1)), -strike)
    # toes stay on the floor while the heel peels off, and straighten in the air
    held = np.where(plan.grounded(letter), peel, 0.0)
    held = np.minimum(np.maximum(held, 0.72 * np.roll(held, 1)), peel)
    held = np.minimum(np.maximum(held, 0.45 * np.roll(held, 2)), peel)
    curl = turned(np.tile(foot.across, (FRAMES, 1)), -held)
    arm = np.einsum("fij,j->fi", tip, foot.ankle - foot.ball) + foot.ball
    arm = np.einsum("fij,fj->fi", rock, arm - foot.heel) + foot.heel
    around = yawed(yaw)
    ankle = np.einsum("fij,fj->fi", around, arm - foot.middle)
    ankle[:, [0, 2]] += middle
    turn = around @ rock @ tip
    still = foot.sole[None] - foot.ball
    bent = np.where(foot.toes[None, :, None], np.einsum("fij,fnj->fni", curl, np.repeat(still, FRAMES, 0)), still)
    under = np.einsum("fij,fnj->fni", turn, bent + foot.ball - foot.ankle)[..., 1].min(axis=1) + ankle[:, 1]
    # in the air the arc is that of the lowest of the sole; the toes never dig in
    air = ~plan.grounded(letter)
    ankle[:, 1] += np.where(air, np.maximum(0.0, rise - under), -np.minimum(under, 0.0))
    return turn, ankle, held
