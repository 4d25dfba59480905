"""Checks the claim `reflectance` from files alone, with NumPy and OpenEXR; imports nothing of Sora Lock.

    python tests/blind_rebuild.py OUT/SC010_SH020_T001

reads take.json, aov/NNNN.exr and aov/atlas_<lock>.exr (of a clip, aov/atlas_<lock>.NNNN.exr); in the core of each lock (coverage 1, eroded by 3 px, and no pixel blended from
several samples, where st.LOD is -1) rebuilds `diffuse = sample(atlas, st) * shading` and prints the worst difference in 8-bit code values.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import OpenEXR


def read(path):
    channels = OpenEXR.File(str(path), separate_channels=True).channels()
    return {name: np.asarray(c.pixels, np.float32) for name, c in channels.items()}


def erode(mask, px):
    out = mask.copy()
    for axis in (0, 1):
        wide = np.pad(out, [(px, px) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
        out = np.logical_and.reduce([np.take(wide, range(k, k + mask.shape[axis]), axis) for k in range(2 * px + 1)])
    return out


def halved(atlas):
    """Returns the atlas and its halvings, largest first."""
    levels = [atlas]
    while levels[-1].shape[0] % 2 == 0:
        a = levels[-1]
        levels.append((a[0::2, 0::2] + a[1::2, 0::2] + a[0::2, 1::2] + a[1::2, 1::2]) / np.float32(4))
    return levels


def sample(levels, s, t, lod):
    lod = np.clip(lod, 0, len(levels) - 1)
    out = np.zeros((len(s), 3), np.float32)
    for n in range(len(levels)):
        weight = np.clip(1 - np.abs(lod - n), 0, 1).astype(np.float32)
        use = weight > 0
        image, side = levels[n], levels[n].shape[0]
        x, y = s[use] * side - 0.5, t[use] * side - 0.5
        x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
        fx, fy = (x - x0)[:, None], (y - y0)[:, None]
        xa, xb, ya, yb = (np.clip(v, 0, side - 1) for v in (x0, x0 + 1, y0, y0 + 1))
        upper = image[ya, xa] * (1 - fx) + image[ya, xb] * fx
        lower = image[yb, xa] * (1 - fx) + image[yb, xb] * fx
        out[use] += weight[use, None] * (upper * (1 - fy) + lower * fy)
    return out


def atlas_of(path, known):
    """Returns SHA-256 and `halved` of an atlas; a file of the same bytes as one in `known` is not decoded again."""
    same = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    if same not in known:
        channels = read(path)
        atlas = np.ascontiguousarray(np.dstack([channels[c] for c in "RGB"]), "<f4")
        known[same] = hashlib.sha256(atlas.tobytes()).hexdigest(), halved(atlas)
    return known[same]


def check(folder, known=None):
    """Returns {lock: {"core_px": int, "worst": code values, "hash": bool}} over all frames of a take's folder; `known` is handed from take to take of a fan-out."""
    folder, known = Path(folder), {} if known is None else known
    take = json.loads((folder / "take.json").read_text())
    table = take["regions"]
    result = {}
    for lock in take["locks"]:
        atlases = sorted((folder / "aov").glob(f"atlas_{lock['name']}.*exr"))
        if not atlases:
            continue
        hashed, atlas = atlas_of(atlases[0], known)
        row = {"core_px": 0, "worst": 0.0, "atlas_sha256": hashed, "frames": 0}
        numbers = [k for k, entry in enumerate(table, 1) if entry["lock"] == lock["name"]]
        for frame in sorted((folder / "aov").glob("[0-9]*.exr")):
            c = read(frame)
            core = (
                erode(c[f"coverage.{lock['name']}.A"] >= 1, 3) & np.isin(c["region.ID"], numbers) & (c["st.LOD"] >= 0)
            )
            if not core.any():
                continue
            if len(atlases) > 1:  # a clip is another body in every frame
                _, atlas = atlas_of(folder / "aov" / f"atlas_{lock['name']}.{frame.name}", {})
            diffuse, shading = (np.dstack([c[f"{layer}.{k}"] for k in "RGB"])[core] for layer in ("diffuse", "shading"))
            rebuilt = sample(atlas, c["st.S"][core], c["st.T"][core], c["st.LOD"][core]) * shading
            row["core_px"] += int(core.sum())
            row["frames"] += 1
            row["worst"] = max(row["worst"], float(np.abs(rebuilt - diffuse).max() * 255))
        result[lock["name"]] = row
    return result


if __name__ == "__main__":
    print(json.dumps(check(sys.argv[1]), indent=1))
