"""The alley: the back of two buildings, a steel door, a neon sign, a street at the far end.

Audience at +Z. The alley's mouth is at z = 1 (left) and z = 1.4 (right), where the facades turn away, so that a camera
may swing 35 degrees about each mark without a wall in between. Built by `python -m assets.bake.sets alley`.
"""

from __future__ import annotations

import cv2
import numpy as np

from assets.bake import materials as m
from assets.bake.materials import Canvas, Painter, mix, smooth, srgb
from assets.bake.sets import Stage, move

RED = [srgb(126, 62, 46), srgb(112, 52, 40), srgb(139, 74, 54), srgb(98, 50, 42), srgb(121, 70, 56)]
STOCK = [srgb(148, 112, 80), srgb(128, 96, 70), srgb(160, 126, 92), srgb(112, 84, 66), srgb(138, 92, 68)]
LIME = srgb(158, 148, 134)
SOOT = srgb(44, 39, 36)


def asphalt(c: Canvas) -> None:
    """Old asphalt: aggregate, tar seams, patches, a polished walking line."""
    d, _, who = c.cells(0.011)
    stone = smooth(0.62, 0.3, d)
    c.rgb[:] = srgb(58, 57, 57)
    c.rgb = mix(c.rgb, mix(srgb(74, 72, 70), srgb(128, 122, 114), who), stone * (0.25 + 0.6 * (who > 0.55)))
    c.tone(1 + 0.12 * c.noise(0.9, 5) + 0.06 * c.grain())
    c.rough[:] = 0.82 - 0.1 * stone
    c.relief += 0.0016 * stone + 0.0012 * c.noise(0.25, 4)
    c.dirt(0.6, srgb(52, 46, 40))


def build() -> None:
    """Model, bake and write the alley."""
    s = Stage("alley", 7, 3072)
    walls = s.part("walls", ["surfaces", "layout"])
    ground = s.part("ground", ["surfaces", "layout"])
    far = s.part("far street", ["surfaces", "layout"])
    iron = s.trim("iron", 0.5, 2.4, 220, m.iron(srgb(38, 40, 42), 0.4))
    stone = s.trim("stone", 1.2, 0.6, 220, m.concrete(srgb(132, 126, 116)))

    left = m.brick(RED, LIME)
    right = m.brick(STOCK, LIME, soot=0.4)
    s.wall(walls, (-2.1, 3.0, 1.0), (0, 0, -1), 6.3, 3.0, left, 300, name="left near")
    upl = s.wall(walls, (-2.1, 8.4, 1.0), (0, 0, -1), 5.4, 5.4, left, 90, name="left upper")
    s.wall(walls, (-2.1, 8.4, -4.4), (0, 0, -1), 6.6, 5.4, upl)
    s.wall(walls, (-2.1, 3.0, -5.3), (0, 0, -1), 5.7, 3.0, left, 150, name="left deep")
    s.wall(walls, (2.1, 3.0, -4.6), (0, 0, 1), 6.0, 3.0, right, 300, name="right near")
    s.wall(walls, (2.1, 7.2, -4.6), (0, 0, 1), 6.0, 4.2, right, 90, name="right upper")
    s.wall(walls, (1.0, 3.0, -4.6), (1, 0, 0), 1.1, 3.0, right, 300, name="step")
    s.wall(walls, (1.0, 7.2, -4.6), (1, 0, 0), 1.1, 4.2, right, 90, name="step upper")
    s.wall(walls, (1.0, 7.2, -11), (0, 0, 1), 6.4, 7.2, right, 130, name="right deep")
    s.wall(walls, (-8.1, 8.4, 1.0), (1, 0, 0), 6.0, 8.4, left, 110, name="left facade")
    s.wall(walls, (2.1, 7.2, 1.4), (1, 0, 0), 6.0, 7.2, right, 110, name="right facade")
    s.quad(ground, (-2.1, 0, -5.3), (4.2, 0, 0), (0, 0, 7.0), asphalt, 280, name="ground near")
    s.quad(ground, (-2.1, 0, -18), (4.2, 0, 0), (0, 0, 12.7), asphalt, 110, name="ground deep")
    yard = s.quad(ground, (-8.1, 0, 1.7), (8.1, 0, 0), (0, 0, 6.0), asphalt, 130, name="yard")
    s.quad(ground, (0, 0, 1.7), (8.1, 0, 0), (0, 0, 6.0), yard)
    s.quad(far, (-9, 0, -18), (6.9, 0, 0), (0, 0, 7), yard)
    s.quad(far, (2.1, 0, -18), (6.9, 0, 0), (0, 0, 7), yard)
    s.wall(far, (-9, 5.4, -17.5), (1, 0, 0), 18, 5.4, left, 60, name="far facade")
    win = s.part("far windows", ["props", "layout"], emission={"practical": "street", "rgb": [1.0, 0.72, 0.42], "gain": 1.6})
    pane = s.trim("pane", 0.6, 0.6, 60, m.plain(srgb(190, 180, 160), 0.2))
    for x in (-2.6, -0.6, 1.4):
        s.box(win, (0.9, 1.2, 0.1), pane, at=move(x, 3.4, -17.45), name="pane")

    door = s.prop("steel door")
    s.box(door, (0.86, 2.05, 0.08), m.painted_steel(srgb(48, 74, 70), 0.45, drip=0.4), 260, at=move(1.56, 1.025, -4.58), name="door")
    lamp = s.part("door lamp", ["props", "layout"], emission={"practical": "lamp", "rgb": [1.0, 0.68, 0.36], "gain": 6.0})
    glass = s.trim("glass", 0.3, 0.3, 200, m.plain(srgb(225, 215, 195), 0.2, vary=0.02, grime=0))
    s.lathe(lamp, [(0.0, 0.1), (0.05, 0.08), (0.07, 0.02), (0.06, -0.06), (0.0, -0.1)], glass, at=move(1.56, 2.4, -4.4), name="bulb")
    dump = s.prop("dumpster")
    s.box(dump, (1.0, 1.15, 1.7), m.painted_steel(srgb(42, 82, 58), 0.5), 180, at=move(-1.5, 0.65, -2.9), bevel=0.02, name="dumpster")
    crates = s.prop("milk crates")
    s.box(crates, (0.33, 0.28, 0.33), m.plain(srgb(150, 40, 36), 0.5), 220, at=move(1.75, 0.14, -1.2, yaw=12), name="crate")
    sign = s.prop("neon sign")
    s.box(sign, (0.8, 1.0, 0.08), m.painted_steel(srgb(30, 34, 44), 0.3), 260, at=move(1.6, 2.6, -2.6), name="sign")
    tubes = s.part("neon tubes", ["props", "layout"], emission={"practical": "neon", "rgb": [1.0, 0.16, 0.36], "gain": 7.0})
    a = np.linspace(0, 2 * np.pi, 40)
    for z in (-2.53, -2.67):
        s.tube(tubes, np.stack([1.6 + 0.3 * np.cos(a), 2.6 + 0.3 * np.sin(a), np.full(40, z)], -1), 0.014, glass, caps=False)
    pipes = s.prop("drain pipe")
    s.tube(pipes, np.array([[-2.02, 8.2, -5.3], [-2.02, 0.2, -5.3]]), 0.055, iron, sides=12)
    rubbish = s.prop("rubbish bag")
    s.lathe(rubbish, [(0.02, 0.55), (0.05, 0.45), (0.26, 0.34), (0.3, 0.15), (0.2, 0.0), (0, 0)],
            m.plain(srgb(34, 35, 38), 0.35), 200, at=move(-1.5, 0, -1.6), name="bag")  # fmt: skip
    s.bar(s.prop("string course"), (-2.08, 3.03, 1.0), (-2.08, 3.03, -11), 0.12, 0.1, stone)

    s.bake(META)


META = {
    "label": "Alley",
    "about": "A narrow city alley behind two brick buildings, a steel door under a lamp, a neon sign, a street at the end.",
    "policies": {"default": {"layout": "hold", "props": "hold", "surfaces": "hold"}},
    "marks": {
        "mouth": {"position_m": [-0.35, 0, -0.1], "facing_deg": 0, "camera_deg": -6, "label": "In the mouth of the alley"},
        "neon": {"position_m": [0.55, 0, 0.2], "facing_deg": -14, "camera_deg": -16, "label": "By the neon sign"},
        "bins": {"position_m": [-0.8, 0, 0.3], "facing_deg": 16, "camera_deg": 16, "label": "Near the dumpster"},
    },
    "practicals": {
        "neon": {"position_m": [1.6, 2.6, -2.6], "rgb": [1.0, 0.16, 0.36], "power": 0.9, "kind": "neon", "radius_m": 0.4, "default_on": True},
        "lamp": {"position_m": [1.56, 2.4, -4.4], "rgb": [1.0, 0.68, 0.36], "power": 0.7, "kind": "lamp", "radius_m": 0.1, "default_on": True},
        "street": {"position_m": [-0.6, 3.4, -17.4], "rgb": [1.0, 0.72, 0.42], "power": 1.2, "kind": "window", "radius_m": 0.6, "default_on": True},
    },
    "sun": {"azimuth_deg": 28, "elevation_deg": 34},
    "open_sky": 0.45,
    "bounds_m": [[-9, 0, -18], [9, 8.4, 7.7]],
}  # fmt: skip
