"""The performance with intent: looks where it will go, turns, walks two steps, stops for the camera, and walks back.

Last before the files: moves the bones of a `rig`. Feet come first: each stands still or swings along its own arc. The body's weight follows
from them as an inverted pendulum whose foot point is known for the whole loop, so it shifts on to the standing leg before the other lifts and
is ahead of the feet while walking (Kajita 2003, "preview control of the zero-moment point", in closed form). Knees, arms, spine and cloth follow.

Units: metres, degrees, frames at 24 a second. Yaw 0 is +Z, positive to the figure's left. The path's middle lies on the mark.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d, minimum_filter1d

from .charts import Array, Assembly
from .puppet import Puppet
from .rig import NECK, SKIRTS, SPINE, Foot, Rig, Skin

FRAMES, FPS = 144, 24
HALF = FRAMES // 2
GRAVITY = 9.81
OUT_DEG, BACK_DEG = 82.0, -98.0
"""Headings of the way there and back: one line, so that the loop closes."""
CLEAR_M = 0.005
"""What a skirt keeps off the legs in it."""
TAUT_DEG = 7.5
"""By how much neighbouring bones of a skirt may stand off differently."""


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


def yawed(degrees: Array | float) -> Array:
    """Rotations [..., 3, 3] about +Y; positive takes +Z towards +X."""
    a = np.radians(np.asarray(degrees, float))
    c, s, o, i = np.cos(a), np.sin(a), np.zeros_like(a), np.ones_like(a)
    return np.stack([np.stack([c, o, s], -1), np.stack([o, i, o], -1), np.stack([-s, o, c], -1)], -2)


def turned(axis: Array, degrees: Array | float) -> Array:
    """Rotations [..., 3, 3] about unit vectors [..., 3] (Rodrigues)."""
    a = np.radians(np.asarray(degrees, float))[..., None, None]
    x, y, z = np.moveaxis(np.asarray(axis, float), -1, 0)
    o = np.zeros_like(x)
    k = np.stack([np.stack([o, -z, y], -1), np.stack([z, o, -x], -1), np.stack([-y, x, o], -1)], -2)
    out: Array = np.eye(3) + np.sin(a) * k + (1 - np.cos(a)) * (k @ k)
    return out


def between(a: Array, b: Array, share: float) -> Array:
    """Rotations [F, 3, 3] a part of the way from `a` to `b`, the short way round."""
    d = np.swapaxes(a, -1, -2) @ b
    angle = np.arccos(np.clip((np.trace(d, axis1=-2, axis2=-1) - 1) / 2, -1, 1))
    axis = np.stack([d[..., 2, 1] - d[..., 1, 2], d[..., 0, 2] - d[..., 2, 0], d[..., 1, 0] - d[..., 0, 1]], -1)
    long = np.linalg.norm(axis, axis=-1, keepdims=True)
    axis = np.where(long > 1e-9, axis / np.maximum(long, 1e-12), np.array([0.0, 1.0, 0.0]))
    return a @ turned(axis, np.degrees(angle) * share)


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
        at_rest = 0.56 if letter == "L" else 0.44
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


def knee(hip: Array, ankle: Array, thigh: float, shin: float, ahead: Array) -> Array:
    """Where the knee is [F, 3] between hip and ankle, bent to the side of `ahead` [F, 3]."""
    line = ankle - hip
    far = np.linalg.norm(line, axis=1, keepdims=True)
    line = line / far
    d = np.clip(far, abs(thigh - shin) + 1e-6, (thigh + shin) * 0.99999)
    along = (d**2 + thigh**2 - shin**2) / (2 * d)
    out = ahead - line * (ahead * line).sum(1, keepdims=True)
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    return hip + line * along + out * np.sqrt(np.maximum(thigh**2 - along**2, 0.0))


def frame_of(line: Array, ahead: Array) -> Array:
    """Rotations [F, 3, 3] whose columns are a bone's direction, what is ahead of it, and their cross product."""
    y = line / np.linalg.norm(line, axis=-1, keepdims=True)
    z = ahead - y * (ahead * y).sum(-1, keepdims=True)
    z /= np.linalg.norm(z, axis=-1, keepdims=True)
    return np.stack([y, z, np.cross(y, z)], -1)


class Walker:
    """All bones of a figure over the loop, as rotations [F, 3, 3] and places of their joints [F, 3]."""

    def __init__(self, rig: Rig, skin: Skin, gait: Gait) -> None:
        self.rig, self.skin, self.gait, self.plan = rig, skin, gait, Plan(rig, gait)
        self.turn: dict[str, Array] = {}
        self.place: dict[str, Array] = {}
        self.feet = {s: feet(self.plan, s) for s in "LR"}
        # how far the left foot is before the right one, along the way the body faces: the beat of arms, hips and shoulders
        gap = self.feet["L"][1] - self.feet["R"][1]
        rest = rig.feet["L"].ankle - rig.feet["R"].ankle
        faced = np.radians(self.plan.heading)
        self.beat = evened(gap[:, 0] * np.sin(faced) + gap[:, 2] * np.cos(faced) - rest[2] * np.cos(faced), 1.5)
        self._trunk()
        self._legs()
        self._arms()
        self._head()
        self._skirt()

    def _carried(self, bone: str, turn: Array) -> None:
        """Puts a bone where its parent carries its joint, turned as said in the world."""
        parent = self.rig.parents[bone]
        assert parent is not None
        arm = self.rig.joint(bone) - self.rig.joint(parent)
        self.turn[bone] = turn
        self.place[bone] = self.place[parent] + np.einsum("fij,j->fi", self.turn[parent], arm)

    def _trunk(self) -> None:
        plan, gait, rig = self.plan, self.gait, self.rig
        com, pull = weight(plan, 0.56 * float(rig.joint("head")[1]) + 0.02)
        rest = 0.56 * rig.feet["L"].middle + 0.44 * rig.feet["R"].middle
        hips = rig.joint("pelvis")
        place = np.zeros((FRAMES, 3))
        place[:, [0, 2]] = com - rest[[0, 2]] + hips[[0, 2]]
        # the hips lag as the body turns about its own axis: they stand behind the feet's middle at rest
        offset = hips[[0, 2]] - rest[[0, 2]]
        swung = np.einsum("fij,j->fi", yawed(plan.heading), np.array([offset[0], 0.0, offset[1]]))
        place[:, [0, 2]] += swung[:, [0, 2]] - offset
        place[:, 1] = hips[1]
        load = evened(plan.load("R") - plan.load("L"), 2.6)
        drop = -gait.list_deg * (load - (0.44 - 0.56))
        facing = yawed(plan.heading)
        yaw = yawed(-11.0 * self.beat)
        roll = turned(np.tile([0.0, 0.0, 1.0], (FRAMES, 1)), drop)
        speed = np.gradient(np.concatenate([com[-3:], com, com[:3]]), axis=0)[3:-3] * FPS
        pace = np.linalg.norm(speed, axis=1)
        lean = np.stack([pull[:, 1], np.zeros(FRAMES), -pull[:, 0]], 1) / GRAVITY  # axis that tips +Y along the pull
        lean = evened(lean, 2.5) * 0.30
        bent = np.degrees(np.linalg.norm(lean, axis=1))
        axis = lean / np.maximum(np.linalg.norm(lean, axis=1, keepdims=True), 1e-9)
        tip = turned(axis, bent)
        self.under_way = evened(np.clip(pace / 0.7, 0, 1), 3)
        stoop = turned(np.tile([1.0, 0.0, 0.0], (FRAMES, 1)), gait.stoop_deg * self.under_way)
        self.turn["pelvis"] = between(np.tile(np.eye(3), (FRAMES, 1, 1)), tip, 0.35) @ facing @ yaw @ roll
        self.place["pelvis"] = place
        place[:, 1] = self._height()
        ahead = yawed(np.roll(plan.heading, -2) * 0.75 + np.roll(plan.heading, -4) * 0.25)
        counter = yawed(np.roll(9.0 * self.beat, 1))
        chest = tip @ ahead @ counter @ stoop @ between(np.tile(np.eye(3), (FRAMES, 1, 1)), roll, -0.25)
        for k, bone in enumerate(SPINE):
            self._carried(bone, between(self.turn["pelvis"], chest, (k + 1) / len(SPINE)))

    def _height(self) -> Array:
        """How high the pelvis can be for every standing leg to reach, dipping where weight is taken over [F]."""
        rig = self.rig
        ceiling = np.full(FRAMES, rig.joint("pelvis")[1])
        for s in "LR":
            hip = self.place["pelvis"] + np.einsum(
                "fij,j->fi", self.turn["pelvis"], rig.joint(f"thigh.{s}") - rig.joint("pelvis")
            )
            long = np.linalg.norm(rig.joint(f"shin.{s}") - rig.joint(f"thigh.{s}"))
            long += np.linalg.norm(rig.joint(f"foot.{s}") - rig.joint(f"shin.{s}"))
            ankle = self.feet[s][1]
            flat = np.hypot(*(hip - ankle)[:, [0, 2]].T)
            room = (self.gait.soft * long) ** 2 - flat**2
            if room.min() <= 0:
                raise ValueError(f"a step is too long for leg {s}: {flat.max():.2f} m aside of a leg of {long:.2f} m")
            top = ankle[:, 1] + np.sqrt(room) - (hip[:, 1] - self.place["pelvis"][:, 1])
            # a foot in the air may hang lower than its leg is long only by bending the knee: it limits nothing
            near = self.plan.grounded(s)
            near |= np.roll(near, 1) | np.roll(near, -1)
            ceiling = np.minimum(ceiling, np.where(near, top, np.inf))
        # the lowest of a window, blurred over less than the window, never passes the ceiling
        return evened(minimum_filter1d(ceiling, 7, mode="wrap"), 1.1)

    def _legs(self) -> None:
        rig = self.rig
        for s in "LR":
            hip0, knee0, ankle0 = (rig.joint(f"{b}.{s}") for b in ("thigh", "shin", "foot"))
            thigh, shin = np.linalg.norm(knee0 - hip0), np.linalg.norm(ankle0 - knee0)
            line = (ankle0 - hip0) / np.linalg.norm(ankle0 - hip0)
            out = (knee0 - hip0) - line * ((knee0 - hip0) @ line)
            own = np.degrees(np.arctan2(out[0], out[2]))
            self._carried(f"thigh.{s}", self.turn["pelvis"])
            hip = self.place[f"thigh.{s}"]
            turn, ankle, bent = self.feet[s]
            faced = np.arctan2(self.turn["pelvis"][:, 0, 2], self.turn["pelvis"][:, 2, 2])
            toes = np.radians(self.plan.prints(s)[1])
            mean = np.degrees(np.arctan2(np.sin(faced) + np.sin(toes), np.cos(faced) + np.cos(toes))) + own
            ahead = yawed(mean) @ np.array([0.0, 0.0, 1.0])
            at = knee(hip, ankle, thigh, shin, ahead)
            before = yawed(own) @ np.array([0.0, 0.0, 1.0])
            self.turn[f"thigh.{s}"] = frame_of(at - hip, ahead) @ frame_of(knee0 - hip0, before).T
            self.turn[f"shin.{s}"], self.place[f"shin.{s}"] = (
                frame_of(ankle - at, ahead) @ frame_of(ankle0 - knee0, before).T,
                at,
            )
            self.turn[f"foot.{s}"], self.place[f"foot.{s}"] = turn, ankle
            self._carried(f"ball.{s}", turn @ turned(np.tile(rig.feet[s].across, (FRAMES, 1)), -bent))

    def _arms(self) -> None:
        rig, chest = self.rig, self.turn["spine01"]
        across = np.array([1.0, 0.0, 0.0])
        for s, sign in (("L", 1.0), ("R", -1.0)):
            # against the leg of its own side, a little late
            forward = -sign * np.roll(self.beat, 1) / 0.55 * self.gait.arm_deg - 4.0 * self.under_way
            self._carried(f"clavicle.{s}", chest @ yawed(sign * forward * -0.08))
            upright = between(chest, yawed(np.degrees(np.arctan2(chest[:, 0, 2], chest[:, 2, 2]))), 0.6)
            swing = turned(np.tile(across, (FRAMES, 1)), -forward)
            self._carried(f"upperarm.{s}", upright @ swing)
            shoulder, elbow, wrist = (rig.joint(f"{b}.{s}") for b in ("upperarm", "forearm", "hand"))
            hinge = np.cross(elbow - shoulder, wrist - elbow)
            hinge /= np.linalg.norm(hinge)
            late = np.roll(forward, 2)
            flex = turned(np.tile(hinge, (FRAMES, 1)), 0.32 * np.maximum(late, 0))
            self._carried(f"forearm.{s}", upright @ swing @ flex)
            loose = turned(np.tile(hinge, (FRAMES, 1)), 0.25 * (np.roll(forward, 4) - forward))
            self._carried(f"hand.{s}", upright @ swing @ flex @ loose)

    def _head(self) -> None:
        chest = self.turn["spine01"]
        nod = turned(np.tile([1.0, 0.0, 0.0], (FRAMES, 1)), evened(np.abs(np.gradient(self.plan.gaze)) * 0.55, 2))
        head = yawed(self.plan.gaze) @ nod
        for share, bone in zip((0.22, 0.48, 0.74, 1.0), NECK, strict=True):
            self._carried(bone, between(chest, head, share))
        ahead = np.clip(self.plan.wanted() - self.plan.gaze, -24.0, 24.0)
        for s in "LR":
            self._carried(f"eye.{s}", self.turn["head"] @ yawed(ahead))

    def _skirt(self) -> None:
        """Skirts: damped pendulums all round the hips, pushed out by the legs and never through them."""
        rig = self.rig
        turn, place = self.turn["pelvis"], self.place["pelvis"]
        around = 2 * np.pi * np.arange(SKIRTS) / SKIRTS
        ray = np.stack([np.sin(around), np.zeros(SKIRTS), np.cos(around)], 1)
        along = np.stack([np.cos(around), np.zeros(SKIRTS), -np.sin(around)], 1)
        hung = rig.skirt_at
        at = place[:, None] + np.einsum("fij,kj->fki", turn, hung - rig.joint("pelvis"))
        long = max(0.08, rig.waist_y - rig.hem_y)
        self._bones = self.bones()
        floor = evened(self._pushed(ray), 0.7)
        pulled = np.gradient(np.gradient(np.concatenate([at[-4:], at, at[:4]]), axis=0), axis=0)[4:-4] * FPS**2
        pulled = evened(pulled, 1.5)
        outward = -np.einsum("fki,fij,kj->fk", pulled, turn, ray) / long
        aside = -np.einsum("fki,fij,kj->fk", pulled, turn, along) / long
        stiff, damp, fine = 1.6 * GRAVITY / long, 0.55, 8
        rate = 2 * damp * np.sqrt(stiff)
        dt = 1.0 / (FPS * fine)
        swing = {n: (np.zeros((FRAMES, SKIRTS)), np.zeros(SKIRTS), np.zeros(SKIRTS)) for n in ("out", "aside")}
        for name, push in (("out", outward), ("aside", aside)):
            kept, a, v = swing[name]
            for f in range(3 * FRAMES):
                for _ in range(fine):
                    v = v + dt * (push[f % FRAMES] - stiff * a - rate * v)
                    a = a + dt * v
                if name == "out":
                    low = np.maximum(floor[f % FRAMES], np.radians(-1.5))
                    v = np.where(a < low, np.maximum(v, 0.0), v)
                    a = np.maximum(a, low)
                kept[f % FRAMES] = a
        out = evened(np.degrees(swing["out"][0]), 0.8)
        out = np.maximum(out, np.degrees(floor))
        drift = evened(np.degrees(swing["aside"][0]), 0.8)
        for k in range(SKIRTS):
            opened = turned(np.tile(-along[k], (FRAMES, 1)), out[:, k])
            slid = turned(np.tile(ray[k], (FRAMES, 1)), -np.clip(drift[:, k], -9, 9))
            self._carried(f"skirt{k}", turn @ slid @ opened)

    def _pushed(self, ray: Array) -> Array:
        """Angle in radians by which each skirt's bone must stand off for the legs to stay inside [F, SKIRTS]."""
        rig, skin = self.rig, self.skin
        out = np.zeros((FRAMES, SKIRTS))
        for i, piece in enumerate(rig.asm.pieces):
            if rig.kind(i) != "leg":
                continue
            at = slice(rig.asm.first[i][0], rig.asm.first[i][0] + len(piece.points))
            high = piece.points[:, 1] > rig.hem_y - 0.15
            own, share, rest = skin.bones[at][high], skin.weights[at][high].astype(float), piece.points[high]
            for f in range(FRAMES):
                blend = np.zeros((len(rest), 3, 4))
                for k in range(own.shape[1]):
                    blend += share[:, k, None, None] * self._bones[f, own[:, k]]
                p = np.einsum("nij,nj->ni", blend[..., :3], rest) + blend[..., 3]
                p = (p - self.place["pelvis"][f]) @ self.turn["pelvis"][f] + rig.joint("pelvis") - rig.axis
                p = p[(p[:, 1] > rig.hem_y - 0.01) & (p[:, 1] < rig.waist_y - 0.14)]
                around = (np.arctan2(p[:, 0], p[:, 2]) / (2 * np.pi)) % 1 * SKIRTS
                past = np.hypot(p[:, 0], p[:, 2]) + CLEAR_M - rig.lining(around * 2 * np.pi / SKIRTS, p[:, 1])
                angle = np.arctan2(np.maximum(past, 0.0), rig.waist_y - p[:, 1])
                k = np.round(around).astype(int)
                for step in (-1, 0, 1):
                    np.maximum.at(out[f], (k + step) % SKIRTS, angle * (1.0 if step == 0 else 0.65))
        # cloth hardly stretches: what is pushed out takes its neighbours along
        for _ in range(SKIRTS // 2):
            out = np.maximum(out, np.maximum(np.roll(out, 1, 1), np.roll(out, -1, 1)) - np.radians(TAUT_DEG))
        return out

    def bones(self) -> Array:
        """Transforms [F, B, 3, 4] that take rest points to the frame's; of bones that have not been moved yet, nothing."""
        out = np.zeros((FRAMES, len(self.rig.names), 3, 4))
        for b, name in enumerate(self.rig.names):
            if name in self.turn:
                out[:, b, :, :3] = self.turn[name]
                out[:, b, :, 3] = self.place[name] - np.einsum("fij,j->fi", self.turn[name], self.rig.joint(name))
        return out


def arrays(pup: Puppet, asm: Assembly, gait: Gait) -> dict[str, NDArray[np.generic]]:
    """What geometry.npz gets of the walk: `skin_bones` uint8 and `skin_weights` float16 [V, 4], `walk_bones` float32 [F, B, 3, 4]."""
    rig = Rig(pup, asm)
    skin = rig.skin()
    # micrometres, and one zero: what is finer is the whim of a machine's sums
    moved = (np.round(Walker(rig, skin, gait).bones(), 6) + 0.0).astype(np.float32)
    return {"skin_bones": skin.bones, "skin_weights": skin.weights, "walk_bones": moved}
