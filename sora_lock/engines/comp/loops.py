"""The inner loops over samples, compiled by Numba; what they compute is said where they are called.

Place in the path: comp, under stage and light. A sample passes through some forty array operations on its way from hit to lit surface; done
array by array each of them is a trip through memory, done sample by sample they stay in registers. Compiled once per installation
(Numba keeps the code beside this file, or in the user's cache), while the worker warms up.

All arrays are C-contiguous, float32 unless said; channels come first ([3, N]) as in `stage.Samples`, and in atlases last.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sora_lock.mipmap import bilinear

Floats = NDArray[np.float32]
Ints = NDArray[Any]

CHUNK = 1 << 15
"""Samples handled at once where array operations are left: small enough to stay in the processor's cache."""

_compiled = njit(cache=True, error_model="numpy", nogil=True)


@_compiled
def _turned(turn, x, y, z):  # type: ignore[no-untyped-def]
    """A vector turned by [3, 3], at length 1."""
    a = turn[0, 0] * x + turn[0, 1] * y + turn[0, 2] * z
    b = turn[1, 0] * x + turn[1, 1] * y + turn[1, 2] * z
    c = turn[2, 0] * x + turn[2, 1] * y + turn[2, 2] * z
    r = np.float32(1) / np.float32(math.sqrt(max(a * a + b * b + c * c, np.float32(1e-20))))
    return a * r, b * r, c * r


@_compiled
def surfaces(
    which: int,
    prim: Ints, u: Floats, v: Floats, tfar: Floats, ng: Floats, rays: Floats, origins: Floats,
    faces: Ints, table: Floats, body: Ints, regions: Ints, mirrored: Floats,
    per_px: float, far_m: float,
    texels: Floats, starts: Ints, sides: Ints,
    fine: Floats, fine_starts: Ints, fine_sides: Ints, coarser: float,
    relief: bool, turn: Floats, broad: float,
    region: Ints, vectors: Floats, scalars: Floats,
) -> None:  # fmt: skip
    """Hits on body number `which` as samples; body 0 also writes what met nothing.

    Args:
        prim: int32 [N], -1 for none; u, v, tfar: [N]; ng, rays: [N, 3]; origins: [N, 3], or [1, 3] for all.
        faces: int64 [T, 3]; table: [V, 9]; body, regions: int64 [T]; mirrored: [T], see `stage.Mesh` and `stage.Topology`.
        per_px: log2 of metres a pixel at one metre; far_m: how far the sky is.
        texels, starts, sides: the chain of reflectance [., 3]; fine, ...: that of normals and materials [., 6]; coarser: levels between.
        relief: whether the body's texture lies on it as a slide is projected, with normals in its own space; turn: [3, 3], from that space to
            the world; broad: levels from a relief's normals to those of its shape.
        region: int64 [N] out; vectors: [15, N] out: position, normal, smooth, view, reflectance;
            scalars: [7, N] out: depth, s, t, lod, open, rough, soft.
    """
    one, zero, tiny = np.float32(1), np.float32(0), np.float32(1e-20)
    last, last_fine = len(sides) - 1, len(fine_sides) - 1
    for i in range(len(prim)):
        p = prim[i]
        if p < 0:
            if which != 0:
                continue
        elif body[p] != which:
            continue
        dx, dy, dz = rays[i, 0], rays[i, 1], rays[i, 2]
        shorten = one / np.float32(math.sqrt(dx * dx + dy * dy + dz * dz))
        o = i if len(origins) > 1 else 0
        depth = tfar[i] if p >= 0 else np.float32(far_m) * shorten
        vectors[0, i] = origins[o, 0] + dx * depth
        vectors[1, i] = origins[o, 1] + dy * depth
        vectors[2, i] = origins[o, 2] + dz * depth
        vx, vy, vz = -dx * shorten, -dy * shorten, -dz * shorten
        vectors[9, i], vectors[10, i], vectors[11, i] = vx, vy, vz
        scalars[0, i] = depth
        if p < 0:
            region[i] = 0
            for k in range(3):
                vectors[3 + k, i] = vectors[9 + k, i]
                vectors[6 + k, i] = vectors[9 + k, i]
                vectors[12 + k, i] = zero
            for k in range(1, 4):
                scalars[k, i] = zero
            scalars[4, i], scalars[5, i], scalars[6, i] = one, one, zero
            continue
        region[i] = regions[p]
        a, b, c = faces[p, 0], faces[p, 1], faces[p, 2]
        wb, wc = u[i], v[i]
        wa = one - wb - wc
        nx = table[a, 0] * wa + table[b, 0] * wb + table[c, 0] * wc
        ny = table[a, 1] * wa + table[b, 1] * wb + table[c, 1] * wc
        nz = table[a, 2] * wa + table[b, 2] * wb + table[c, 2] * wc
        tx = table[a, 3] * wa + table[b, 3] * wb + table[c, 3] * wc
        ty = table[a, 4] * wa + table[b, 4] * wb + table[c, 4] * wc
        tz = table[a, 5] * wa + table[b, 5] * wb + table[c, 5] * wc
        s = table[a, 6] * wa + table[b, 6] * wb + table[c, 6] * wc
        t = table[a, 7] * wa + table[b, 7] * wb + table[c, 7] * wc
        density = table[a, 8] * wa + table[b, 8] * wb + table[c, 8] * wc
        r = one / np.float32(math.sqrt(max(nx * nx + ny * ny + nz * nz, tiny)))
        nx, ny, nz = nx * r, ny * r, nz * r
        gx, gy, gz = ng[i, 0], ng[i, 1], ng[i, 2]
        r = one / np.float32(math.sqrt(max(gx * gx + gy * gy + gz * gz, tiny)))
        facing = (gx * vx + gy * vy + gz * vz) * r
        if gx * nx + gy * ny + gz * nz < 0:
            facing = -facing
        hand = mirrored[p]
        if facing < 0:
            nx, ny, nz, hand = -nx, -ny, -nz, -hand
        slant = one if relief else max(abs(facing), np.float32(0.04))
        lod = density + np.float32(per_px) + np.float32(math.log2(depth)) - np.float32(0.62 * math.log2(slant))
        lod = min(max(lod, zero), np.float32(last))
        low = int(lod)
        f = lod - np.float32(low)
        for k in range(3):
            value = bilinear(texels, starts[low], sides[low], s, t, k)
            if f > 0:
                value = value * (one - f) + bilinear(texels, starts[low + 1], sides[low + 1], s, t, k) * f
            vectors[12 + k, i] = value
        near = int(min(max(lod - np.float32(coarser) + np.float32(0.5), zero), np.float32(last_fine)))
        first, side = fine_starts[near], fine_sides[near]
        bx = bilinear(fine, first, side, s, t, 0) / np.float32(127.5) - one
        by = bilinear(fine, first, side, s, t, 1) / np.float32(127.5) - one
        bz = bilinear(fine, first, side, s, t, 2) / np.float32(127.5) - one
        scalars[4, i] = bilinear(fine, first, side, s, t, 3) / np.float32(255)
        scalars[5, i] = bilinear(fine, first, side, s, t, 4) / np.float32(255)
        scalars[6, i] = bilinear(fine, first, side, s, t, 5) / np.float32(255)
        if relief:
            mx, my, mz = _turned(turn, bx, by, bz)
            near = int(min(max(lod - np.float32(coarser) + np.float32(broad + 0.5), zero), np.float32(last_fine)))
            first, side = fine_starts[near], fine_sides[near]
            wx = bilinear(fine, first, side, s, t, 0) / np.float32(127.5) - one
            wy = bilinear(fine, first, side, s, t, 1) / np.float32(127.5) - one
            wz = bilinear(fine, first, side, s, t, 2) / np.float32(127.5) - one
            nx, ny, nz = _turned(turn, wx, wy, wz)
        else:
            along = nx * tx + ny * ty + nz * tz
            tx, ty, tz = tx - nx * along, ty - ny * along, tz - nz * along
            r = one / np.float32(math.sqrt(max(tx * tx + ty * ty + tz * tz, tiny)))
            tx, ty, tz = tx * r, ty * r, tz * r
            cx, cy, cz = ny * tz - nz * ty, nz * tx - nx * tz, nx * ty - ny * tx
            by, bz = by * hand, max(bz, np.float32(0.2))
            mx, my, mz = tx * bx + cx * by + nx * bz, ty * bx + cy * by + ny * bz, tz * bx + cz * by + nz * bz
            r = one / np.float32(math.sqrt(max(mx * mx + my * my + mz * mz, tiny)))
            mx, my, mz = mx * r, my * r, mz * r
        # a bumped normal must not turn away from the viewer, or silhouettes sparkle
        away = np.float32(1.02) * min(mx * vx + my * vy + mz * vz, zero)
        mx, my, mz = mx - vx * away, my - vy * away, mz - vz * away
        r = one / np.float32(math.sqrt(max(mx * mx + my * my + mz * mz, tiny)))
        vectors[3, i], vectors[4, i], vectors[5, i] = mx * r, my * r, mz * r
        vectors[6, i], vectors[7, i], vectors[8, i] = nx, ny, nz
        scalars[1, i], scalars[2, i], scalars[3, i] = s, t, lod


@_compiled
def skylight(
    a: int, b: int, region: Ints, normal: Floats, view: Floats, open_: Floats, rough: Floats,
    up: Floats, side: Floats, down: Floats, shading: Floats, shine: Floats,
) -> None:  # fmt: skip
    """Ambient light of samples a to b into `shading` and its mirror image into `shine` [3, N]; the sky itself gets none.

    Args:
        up, side, down: [3], radiance of the sky above, around, and of the ground.
    """
    one, zero, half = np.float32(1), np.float32(0), np.float32(0.5)
    for i in range(a, b):
        if region[i] == 0:
            for k in range(3):
                shading[k, i] = zero
                shine[k, i] = zero
            continue
        y = normal[1, i]
        high, low = (one + y) * half, (one - y) * half
        high, low = high * high, low * low
        flat = one - high - low
        cos = normal[0, i] * view[0, i] + y * view[1, i] + normal[2, i] * view[2, i]
        x = one - min(max(cos, zero), one)
        x2 = x * x
        mirror = (np.float32(0.04) + np.float32(0.4) * x2 * x2 * x * (one - rough[i])) * (
            one - np.float32(0.75) * rough[i]
        )
        for k in range(3):
            value = (high * up[k] + low * down[k] + flat * side[k]) * open_[i]
            shading[k, i] = value
            shine[k, i] = value * mirror


@_compiled
def lamp(
    a: int, b: int, region: Ints, position: Floats, normal: Floats, view: Floats, rough: Floats, soft: Floats, is_soft: bool,
    far: bool, at: Floats, size: float, nearest: float, reference_m: float, aimed: bool, axis: Floats, inner: float, outer: float,
    gain: Floats, rgb: Floats, least: float, wrap_all: float, wrap_skin: Floats,
    shading: Floats, shine: Floats, keep: bool, kept: Floats,
) -> None:  # fmt: skip
    """Adds one lamp to samples a to b of `shading` and `shine` [3, N]; see `light.reach`, `light.lambert`, `light.highlight`.

    Args:
        at: [3] place, or direction of what is far; axis: [3] where a spot points; inner, outer: cosines of its cone.
        gain: [N] what reaches each sample, or [0] for all of it; least: arriving light that is left out below this.
        keep: whether `kept` [2, N] gets the diffuse factor and the highlight.
    """
    one, zero = np.float32(1), np.float32(0)
    spread = np.float32(size)
    for i in range(a, b):
        if region[i] == 0:
            continue
        fall = one
        if far:
            lx, ly, lz = at[0], at[1], at[2]
        else:
            lx, ly, lz = at[0] - position[0, i], at[1] - position[1, i], at[2] - position[2, i]
            square = lx * lx + ly * ly + lz * lz
            inverse = one / np.float32(math.sqrt(max(square, np.float32(1e-8))))
            lx, ly, lz = lx * inverse, ly * inverse, lz * inverse
            fall = np.float32(reference_m * reference_m) / max(square, np.float32(nearest * nearest))
            spread = np.float32(size) * inverse
            if aimed:
                cos = -(lx * axis[0] + ly * axis[1] + lz * axis[2])
                edge = min(max((cos - np.float32(outer)) / np.float32(inner - outer), zero), one)
                fall *= edge * edge * (np.float32(3) - np.float32(2) * edge)
        if len(gain):
            fall *= gain[i]
        if fall < least:
            continue
        nx, ny, nz = normal[0, i], normal[1, i], normal[2, i]
        nl = nx * lx + ny * ly + nz * lz
        hard = max(nl, zero)
        diffuse = hard
        if is_soft:
            m = soft[i]
            for k in range(3):
                w = np.float32(wrap_all) * m + wrap_skin[k] * m * m
                x = max((nl + w) / (one + w), zero)
                diffuse = max(hard, x * np.float32(math.sqrt(x)) * (one - np.float32(0.25) * w))
                shading[k, i] += diffuse * fall * rgb[k]
        else:
            for k in range(3):
                shading[k, i] += hard * fall * rgb[k]
        spot = zero
        if nl > 0:
            hx, hy, hz = lx + view[0, i], ly + view[1, i], lz + view[2, i]
            r = one / np.float32(math.sqrt(max(hx * hx + hy * hy + hz * hz, np.float32(1e-20))))
            nh = max((nx * hx + ny * hy + nz * hz) * r, zero)
            lh = max((lx * hx + ly * hy + lz * hz) * r, np.float32(0.05))
            alpha = max(rough[i] * rough[i], np.float32(0.012))
            wide = min(alpha + np.float32(0.4) * spread, one)
            d = nh * nh * (wide * wide - one) + one
            x = one - lh
            x2 = x * x
            fresnel = np.float32(0.04) + np.float32(0.96) * x2 * x2 * x
            spot = alpha * alpha * fresnel * nl / (d * d * np.float32(4) * lh * lh) * fall
            for k in range(3):
                shine[k, i] += spot * rgb[k]
        if keep:
            kept[0, i] = diffuse * fall
            kept[1, i] = spot


@_compiled
def weighed(coarse: Floats, index: Ints, weight: Floats, out: Floats) -> None:
    """`out` [N] as the mean of `coarse` [P] at `index` int32 [N, 4] by `weight` [N, 4]."""
    for i in range(len(out)):
        value = np.float32(0)
        for k in range(4):
            value += coarse[index[i, k]] * weight[i, k]
        out[i] = value


@_compiled
def smoothed(rows: int, columns: int, coarse: Floats, weight: Floats, out: Floats) -> None:
    """`out` [P] as the mean of each coarse point and its eight neighbours by `weight` [P, 9], as `neighbours` gives it."""
    for y in range(rows):
        for x in range(columns):
            p = y * columns + x
            low = high = coarse[p]
            value = np.float32(0)
            for k in range(9):
                row, column = min(max(y + k // 3 - 1, 0), rows - 1), min(max(x + k % 3 - 1, 0), columns - 1)
                there = coarse[row * columns + column]
                low, high = min(low, there), max(high, there)
            if low == high:  # most of a raster is wholly lit or wholly dark
                out[p] = low
                continue
            for k in range(9):
                row, column = min(max(y + k // 3 - 1, 0), rows - 1), min(max(x + k % 3 - 1, 0), columns - 1)
                value += coarse[row * columns + column] * weight[p, k]
            out[p] = value


@_compiled
def lamp_rays(
    position: Floats, normal: Floats, depth: Floats, chosen: Ints, columns: int, lift_m: float, off: Floats,
    far: bool, at: Floats, points: Floats, starts: Floats, rays: Floats,
) -> None:  # fmt: skip
    """Rays from coarse points `chosen` int64 [K] to points on a source, into `starts` and `rays` [K * count, 3].

    Args:
        off: [P, 3], by how much further each point's rays start off; or [0, 3].
        points: [4, count, 2] on the source's disc, in metres (or radians of what is far), one pattern for each place in a 2x2 block.
    """
    count = points.shape[1]
    for j in range(len(chosen)):
        i = chosen[j]
        lift = np.float32(lift_m) * (np.float32(1) + np.float32(0.2) * depth[i])
        x, y, z = (
            position[i, 0] + normal[i, 0] * lift,
            position[i, 1] + normal[i, 1] * lift,
            position[i, 2] + normal[i, 2] * lift,
        )
        if len(off):
            x, y, z = x + off[i, 0], y + off[i, 1], z + off[i, 2]
        if far:
            tx, ty, tz = at[0], at[1], at[2]
        else:
            tx, ty, tz = at[0] - x, at[1] - y, at[2] - z
        length = max(np.float32(math.sqrt(tx * tx + ty * ty + tz * tz)), np.float32(1e-6))
        dx, dy, dz = tx / length, ty / length, tz / length
        if abs(dy) >= np.float32(0.9):  # then square on x, else square on y
            ax, ay, az = np.float32(0), dz, -dy
        else:
            ax, ay, az = -dz, np.float32(0), dx
        r = np.float32(1) / np.float32(math.sqrt(ax * ax + ay * ay + az * az))
        ax, ay, az = ax * r, ay * r, az * r
        bx, by, bz = dy * az - dz * ay, dz * ax - dx * az, dx * ay - dy * ax
        phase = (i // columns % 2) * 2 + i % columns % 2
        for k in range(count):
            p, q = points[phase, k, 0], points[phase, k, 1]
            row = j * count + k
            starts[row, 0], starts[row, 1], starts[row, 2] = x, y, z
            rays[row, 0] = tx + ax * p + bx * q
            rays[row, 1] = ty + ay * p + by * q
            rays[row, 2] = tz + az * p + bz * q


@_compiled
def frames(
    points: Floats, faces: Ints, weld: Ints, along_s: Floats, summed: Floats, normals: Floats, tangents: Floats
) -> None:
    """Area-weighted smooth normals (shared by welded vertices) and directions of growing s, unit [V, 3] each, into the last two.

    Args:
        faces: int32 [T, 3]; weld: int32 [V]; along_s: [T, 2]; summed: [number of welds, 3], zeros.
    """
    for v in range(len(points)):
        for k in range(3):
            tangents[v, k] = np.float32(0)
    for f in range(len(faces)):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
        vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        p, q = along_s[f, 0], along_s[f, 1]
        tx, ty, tz = ux * p + vx * q, uy * p + vy * q, uz * p + vz * q
        area = np.float32(math.sqrt(nx * nx + ny * ny + nz * nz))
        scale = area / max(np.float32(math.sqrt(tx * tx + ty * ty + tz * tz)), np.float32(1e-12))
        for k in range(3):
            vertex = faces[f, k]
            w = weld[vertex]
            summed[w, 0] += nx
            summed[w, 1] += ny
            summed[w, 2] += nz
            tangents[vertex, 0] += tx * scale
            tangents[vertex, 1] += ty * scale
            tangents[vertex, 2] += tz * scale
    for v in range(len(points)):
        w = weld[v]
        nx, ny, nz = summed[w, 0], summed[w, 1], summed[w, 2]
        r = np.float32(1) / max(np.float32(math.sqrt(nx * nx + ny * ny + nz * nz)), np.float32(1e-12))
        normals[v, 0], normals[v, 1], normals[v, 2] = nx * r, ny * r, nz * r
        tx, ty, tz = tangents[v, 0], tangents[v, 1], tangents[v, 2]
        r = np.float32(1) / max(np.float32(math.sqrt(tx * tx + ty * ty + tz * tz)), np.float32(1e-12))
        tangents[v, 0], tangents[v, 1], tangents[v, 2] = tx * r, ty * r, tz * r


@_compiled
def rays_through(
    pixels: Ints, offsets: Floats, width: int, centre: Floats, focal_px: float, rotation: Floats, out: Floats
) -> None:
    """World rays of planar depth 1 through `pixels` int64 [N], at each of `offsets` [count, 2] px from their centres, [N * count, 3].

    Args:
        centre: [2], principal point; rotation: [3, 3], world to camera.
    """
    count = len(offsets)
    for j in range(len(pixels)):
        px, py = pixels[j] % width, pixels[j] // width
        for k in range(count):
            x = (np.float32(px) + np.float32(0.5) + offsets[k, 0] - centre[0]) / np.float32(focal_px)
            y = (centre[1] - np.float32(py) - np.float32(0.5) - offsets[k, 1]) / np.float32(focal_px)
            for c in range(3):
                out[j * count + k, c] = x * rotation[0, c] + y * rotation[1, c] - rotation[2, c]


@_compiled
def around(
    chosen: Ints, position: Floats, smooth: Floats, depth: Floats, across: Floats, down: Floats,
    rows: int, columns: int, points: Floats, normals: Floats, valid: Ints, index: Ints, weight: Floats, total: Floats,
) -> None:  # fmt: skip
    """The four coarse points around each of the samples `chosen` int64 [K], and how much each says of it.

    A point counts by its nearness in the raster, its distance from the sample's plane and the angle between their normals.

    Args:
        position, smooth: [3, N]; depth: [N], of all samples.
        across, down: [K], column and row of each chosen sample in the coarse raster, with fractions.
        points, normals: [P, 3]; valid: bool [P].
        index: int32 [K, 4] out; weight: [K, 4] out, summing to 1; total: [K] out, their sum before that.
    """
    for j in range(len(chosen)):
        i = chosen[j]
        left, top = math.floor(across[j]), math.floor(down[j])
        tx, ty = across[j] - np.float32(left), down[j] - np.float32(top)
        scale = np.float32(1) / (np.float32(0.004) * depth[i] + np.float32(0.004))
        whole = np.float32(0)
        for k in range(4):
            dx, dy = k % 2, k // 2
            row, column = min(max(top + dy, 0), rows - 1), min(max(left + dx, 0), columns - 1)
            p = row * columns + column
            flat = (tx if dx else np.float32(1) - tx) * (ty if dy else np.float32(1) - ty)
            off, turn = np.float32(0), np.float32(0)
            for c in range(3):
                off += (points[p, c] - position[c, i]) * smooth[c, i]
                turn += normals[p, c] * smooth[c, i]
            turn = max(turn, np.float32(0))
            sure = np.float32(1 if valid[p] else 0) + np.float32(1e-6)
            w = (flat + np.float32(1e-3)) * (np.exp(-abs(off) * scale) * turn * turn + np.float32(1e-4)) * sure
            index[j, k] = p
            weight[j, k] = w
            whole += w
        total[j] = whole
        for k in range(4):
            weight[j, k] /= whole


@_compiled
def neighbours(
    rows: int, columns: int, position: Floats, normal: Floats, depth: Floats, valid: Ints, weight: Floats
) -> None:
    """How much each of the nine coarse points around and at one counts, row by row, `weight` [P, 9], summing to 1; at borders they repeat."""
    for y in range(rows):
        for x in range(columns):
            p = y * columns + x
            inverse = np.float32(1) / (np.float32(0.006) * depth[p] + np.float32(0.006))
            whole = np.float32(0)
            for k in range(9):
                dy, dx = k // 3 - 1, k % 3 - 1
                q = min(max(y + dy, 0), rows - 1) * columns + min(max(x + dx, 0), columns - 1)
                w = np.float32(1)
                if valid[p]:
                    off, turn = np.float32(0), np.float32(0)
                    for c in range(3):
                        off += (position[q, c] - position[p, c]) * normal[p, c]
                        turn += normal[q, c] * normal[p, c]
                    turn = min(max(turn, np.float32(0)), np.float32(1))
                    w = np.exp(-abs(off) * inverse) * turn * turn
                if not valid[q]:
                    w = np.float32(0)
                w = w * np.float32(1.0 if dx and dy else 1.5) + np.float32(1e-7)
                weight[p, k] = w
                whole += w
            for k in range(9):
                weight[p, k] /= whole


@_compiled
def glazed(picture: Floats, glow: Floats, strength: float, vignette: Floats, out: Floats) -> None:
    """`out` [H, W, 3]: the picture mixed with its glow by `strength`, times the vignette [H, W]."""
    part, rest = np.float32(strength), np.float32(1.0 - strength)
    for y in range(picture.shape[0]):
        for x in range(picture.shape[1]):
            for c in range(3):
                out[y, x, c] = (picture[y, x, c] * rest + glow[y, x, c] * part) * vignette[y, x]


COMPILED = (surfaces, skylight, lamp, weighed, smoothed, lamp_rays, frames, rays_through, around, neighbours, glazed)


def compile_all() -> None:
    """Compiles every loop, or loads what was compiled before, by a call on one sample: a worker does so while nobody waits yet."""

    def f(*shape: int) -> Floats:
        return np.ones(shape, np.float32)

    one, three, long, short = np.ones(1, np.int64), f(3), np.zeros(1, np.int64), np.zeros((1, 3), np.int32)
    bits, prim = np.ones(1, np.bool_), np.zeros(1, np.int32)
    surfaces(
        0, prim, f(1), f(1), f(1), f(1, 3), f(1, 3), f(1, 3), short, f(1, 9), long, one, f(1), 0.0, 90.0,
        f(1, 3), long, one, f(1, 6), long, one, 0.0, True, f(3, 3), 2.0, one.copy(), f(15, 1), f(7, 1),
    )  # fmt: skip
    skylight(0, 1, one, f(3, 1), f(3, 1), f(1), f(1), three, three, three, f(3, 1), f(3, 1))
    lamp(
        0, 1, one, f(3, 1), f(3, 1), f(3, 1), f(1), f(1), True, False, three, 0.1, 0.3, 1.0, True, three, 1.0, 0.5,
        f(1), three, 0.0, 0.1, three, f(3, 1), f(3, 1), True, f(2, 1),
    )  # fmt: skip
    weighed(f(1), np.zeros((1, 4), np.int32), f(1, 4), f(1))
    smoothed(1, 1, f(1), f(1, 9), f(1))
    lamp_rays(f(1, 3), f(1, 3), f(1), long, 1, 0.004, f(1, 3), True, three, f(4, 1, 2), f(1, 3), f(1, 3))
    frames(f(1, 3), short, prim, f(1, 2), f(1, 3), f(1, 3), f(1, 3))
    rays_through(long, f(1, 2), 1, f(2), 1.0, f(3, 3), f(1, 3))
    around(
        long,
        f(3, 1),
        f(3, 1),
        f(1),
        f(1),
        f(1),
        1,
        1,
        f(1, 3),
        f(1, 3),
        bits,
        np.zeros((4, 1), np.int32),
        f(4, 1),
        f(1),
    )
    neighbours(1, 1, f(1, 3), f(1, 3), f(1), bits, f(1, 9))
    glazed(f(1, 1, 3), f(1, 1, 3), 0.1, f(1, 1), f(1, 1, 3))
