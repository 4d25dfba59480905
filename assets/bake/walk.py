"""The performance with intent: looks where it will go, turns, walks two steps, stops for the camera, and walks back.

Last before the files: moves the bones of a `rig` after the footprints and the weight of `steps`. Knees, arms, spine, head and cloth follow:
the head leads the turn and the eyes lead the head, arms swing against the legs, skirts are pendulums that the legs push.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d

from .charts import Array, Assembly
from .puppet import Puppet
from .rig import NECK, SKIRTS, SPINE, Rig, Skin
from .steps import AT_REST, FPS, FRAMES, GRAVITY, Gait, Plan, evened, feet, weight
from .turning import between, frame_of, knee, turned, yawed

CLEAR_M = 0.005
"""What a skirt keeps off the legs in it."""
TAUT_DEG = 7.5
"""By how much neighbouring bones of a skirt may stand off differently."""
LEAST_DEG, MOST_ASIDE_DEG = -1.5, 9.0
"""How far a skirt swings in, and to the side."""


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
        rest = sum(AT_REST[s] * rig.feet[s].middle for s in "LR")
        hips = rig.joint("pelvis")
        place = np.zeros((FRAMES, 3))
        place[:, [0, 2]] = com - rest[[0, 2]] + hips[[0, 2]]
        # hips are a little behind the middle of the feet, wherever the body faces
        offset = hips[[0, 2]] - rest[[0, 2]]
        swung = np.einsum("fij,j->fi", yawed(plan.heading), np.array([offset[0], 0.0, offset[1]]))
        place[:, [0, 2]] += swung[:, [0, 2]] - offset
        place[:, 1] = hips[1]
        load = evened(plan.load("R") - plan.load("L"), 2.6)
        drop = -gait.list_deg * (load - (AT_REST["R"] - AT_REST["L"]))
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
        return evened(minimum_filter1d(ceiling, 9, mode="wrap"), 1.5)

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
        stiff = 1.6 * GRAVITY / long
        rate = 2 * 0.55 * np.sqrt(stiff)
        out = evened(np.degrees(swung(outward, stiff, rate, np.maximum(floor, np.radians(LEAST_DEG)))), 0.8)
        out = np.maximum(out, np.degrees(floor))
        drift = evened(np.degrees(swung(aside, stiff, rate, None)), 0.8)
        for k in range(SKIRTS):
            opened = turned(np.tile(-along[k], (FRAMES, 1)), out[:, k])
            slid = turned(np.tile(ray[k], (FRAMES, 1)), -np.clip(drift[:, k], -MOST_ASIDE_DEG, MOST_ASIDE_DEG))
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


def swung(push: Array, stiff: float, rate: float, low: Array | None) -> Array:
    """Angles [F, K] of damped pendulums under pushes [F, K] in rad/s^2, never below `low` [F, K], once they have settled into the loop."""
    out, a, v = np.zeros_like(push), np.zeros(push.shape[1]), np.zeros(push.shape[1])
    fine = 8
    dt = 1.0 / (FPS * fine)
    for f in range(3 * FRAMES):
        for _ in range(fine):
            v = v + dt * (push[f % FRAMES] - stiff * a - rate * v)
            a = a + dt * v
        if low is not None:
            v = np.where(a < low[f % FRAMES], np.maximum(v, 0.0), v)
            a = np.maximum(a, low[f % FRAMES])
        out[f % FRAMES] = a
    return out


def arrays(pup: Puppet, asm: Assembly, gait: Gait) -> dict[str, NDArray[np.generic]]:
    """What geometry.npz gets of the walk: `skin_bones` uint8 and `skin_weights` float16 [V, 4], `walk_bones` float32 [F, B, 3, 4]."""
    rig = Rig(pup, asm)
    skin = rig.skin()
    # micrometres and one zero, as for the idle in `subject.write`
    moved = (np.round(Walker(rig, skin, gait).bones(), 6) + 0.0).astype(np.float32)
    return {"skin_bones": skin.bones, "skin_weights": skin.weights, "walk_bones": moved}
