"""Light rigs as data, and how a direction's chips become the lamps of one take.

Place in the path: comp, before light. A *time* says what the world gives (sun, sky, which practicals burn); a *rig* says what
the crew brings (lamps placed around the mark, as seen from the camera) and how much of the world it leaves. Both combine:
"neon night" is the neon rig over the night. Weather then takes the sun away and greys the sky.

Units: light is irradiance over pi, so that a white matt surface square to a lamp of level 1 shows 1.0. Angles in degrees;
lamp azimuth counts from the camera's side of the subject, positive to the camera's right, 180 is behind the subject.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sora_lock.records import Direction

Rgb = tuple[float, float, float]
Point = tuple[float, float, float]
AIM_BELOW_M = 0.16
"""How far under the eyes a spot on a face is aimed: at the middle of head and chest."""


@dataclass(frozen=True)
class Light:
    """One source, resolved into the world.

    Attributes:
        name: "sun", "key", "neon", ...
        kind: "far" (parallel rays) or "near".
        at: direction to it (far, unit) or its position in metres (near).
        rgb: irradiance over pi where nothing is in the way, at `reference_m` (near) or anywhere (far).
        size: tangent of its half angle (far) or radius in metres (near); how soft its shadows are.
        reference_m: distance at which a near light gives `rgb`.
        aim: point a spot looks at, or None for a bare bulb.
        inner_deg, outer_deg: half angles between which a spot fades.
        on: whom it is flagged to.
        glow: how much of it fog shows.
        flicker: relative unrest of a flame, 0 for steady lamps.
        pane: whether it comes through a window, where rain can run down.
        gobo: what stands before it: the slats of a window blind ("blinds"), or leaves and beams with gaps between ("gaps").
    """

    name: str
    kind: Literal["far", "near"]
    at: Point
    rgb: Rgb
    size: float
    reference_m: float = 2.0
    aim: Point | None = None
    inner_deg: float = 20.0
    outer_deg: float = 35.0
    on: Literal["all", "cast", "set"] = "all"
    glow: float = 1.0
    flicker: float = 0.0
    pane: bool = False
    gobo: Literal["", "blinds", "gaps"] = ""


@dataclass(frozen=True)
class Lamp:
    """A lamp as a rig places it; angles and units of the module."""

    name: str
    azimuth_deg: float
    elevation_deg: float
    distance_m: float
    rgb: Rgb
    level: float
    radius_m: float
    cone_deg: float | None = None
    on: Literal["all", "cast", "set"] = "all"
    is_key: bool = False
    aim_behind_m: float = 0.0  # a spot aimed this far behind the subject, at the wall
    flicker: float = 0.0
    gobo: Literal["", "blinds", "gaps"] = ""


@dataclass(frozen=True)
class Time:
    """What the world gives at a time of day.

    Attributes:
        sun: colour and level of the sun or moon (level 0: none), and its tangent of half angle.
        sun_deg: elevation, or None for the set's own.
        zenith, horizon: sky radiance, for light and for the eye.
        ground: what comes back from far ground, as part of the horizon.
        practicals: level of the set's practicals.
        window: radiance seen through (and given by) windows.
        city: glow low in the sky.
        face: linear luminance wanted of lit skin.
        tint: of film lamps at this time.
        lamps: what a gaffer adds without being asked, so that a face can be read.
    """

    sun: Rgb
    sun_level: float
    sun_size: float
    sun_deg: float | None
    zenith: Rgb
    horizon: Rgb
    ground: float
    practicals: float
    window: Rgb
    city: Rgb
    face: float
    tint: Rgb = (1.0, 1.0, 1.0)
    lamps: tuple[Lamp, ...] = ()


@dataclass(frozen=True)
class Rig:
    """What the crew brings.

    Attributes:
        time: the time of day it implies when the direction names none.
        world: how much of the time's sun and sky it leaves.
        practicals: factor on the set's practicals.
        face: linear luminance wanted of the lit skin (None: the time's).
        lamps: the lamps.
        backdrop: linear luminance wanted behind the figure instead of on the face (silhouettes), or None.
    """

    time: str
    world: float
    practicals: float
    face: float | None
    lamps: tuple[Lamp, ...]
    backdrop: float | None = None


TIMES: Mapping[str, Time] = {
    "day": Time(
        (1.0, 0.92, 0.80), 1.9, 0.012, None, (0.36, 0.52, 0.86), (0.78, 0.86, 0.95), 0.42, 0.10, (0.95, 1.0, 1.08),
        (0.0, 0.0, 0.0), 0.34,
        lamps=(Lamp("bounce", -35, 12, 3.0, (1.0, 0.95, 0.88), 0.16, 0.9, on="cast"),),
    ),
    "morning": Time(
        (1.0, 0.78, 0.56), 1.6, 0.014, 20.0, (0.34, 0.48, 0.76), (0.95, 0.86, 0.76), 0.36, 0.25, (1.0, 0.92, 0.80),
        (0.05, 0.03, 0.01), 0.32,
        lamps=(Lamp("bounce", -35, 12, 3.0, (1.0, 0.92, 0.84), 0.12, 0.9, on="cast"),),
    ),
    "golden hour": Time(
        (1.0, 0.60, 0.30), 2.1, 0.016, 15.0, (0.24, 0.29, 0.44), (0.90, 0.58, 0.34), 0.40, 0.55, (1.0, 0.66, 0.34),
        (0.22, 0.09, 0.02), 0.32, (1.0, 0.86, 0.68),
    ),
    "dusk": Time(
        (1.0, 0.42, 0.30), 0.0, 0.03, 4.0, (0.12, 0.13, 0.30), (0.58, 0.26, 0.24), 0.30, 0.85, (0.55, 0.34, 0.42),
        (0.26, 0.10, 0.05), 0.17,
        lamps=(Lamp("key", 42, 22, 2.6, (1.0, 0.66, 0.46), 0.22, 0.5, cone_deg=34, is_key=True),),
    ),
    "blue hour": Time(
        (0.5, 0.65, 1.0), 0.0, 0.03, 10.0, (0.08, 0.17, 0.46), (0.18, 0.30, 0.58), 0.30, 0.9, (0.16, 0.30, 0.62),
        (0.10, 0.07, 0.07), 0.14,
        lamps=(Lamp("key", 42, 24, 2.6, (0.72, 0.84, 1.0), 0.12, 0.6, cone_deg=34, is_key=True),),
    ),
    "night": Time(
        (0.46, 0.62, 1.0), 0.10, 0.02, 42.0, (0.006, 0.012, 0.036), (0.020, 0.028, 0.056), 0.3, 0.5, (0.02, 0.035, 0.08),
        (0.050, 0.030, 0.018), 0.125,
        lamps=(
            Lamp("key", 48, 26, 2.5, (1.0, 0.76, 0.52), 0.26, 0.30, cone_deg=30, is_key=True),
            Lamp("moon edge", -152, 34, 2.6, (0.44, 0.62, 1.0), 0.34, 0.15, cone_deg=24, on="cast"),
        ),
    ),
    "studio": Time(
        (1.0, 1.0, 1.0), 0.0, 0.02, 40.0, (0.30, 0.32, 0.36), (0.30, 0.30, 0.31), 0.5, 0.45, (0.20, 0.24, 0.32),
        (0.0, 0.0, 0.0), 0.26,
    ),
}  # fmt: skip

RIGS: Mapping[str, Rig] = {
    "chiaroscuro": Rig("studio", 0.035, 0.05, 0.235, (
        Lamp("key", 66, 33, 2.3, (1.0, 0.83, 0.60), 1.0, 0.22, cone_deg=17, is_key=True),
        Lamp("backdrop", -150, 14, 1.9, (1.0, 0.70, 0.42), 0.14, 0.2, cone_deg=26, on="set", aim_behind_m=2.4),
    )),
    "neon": Rig("night", 0.8, 0.45, 0.24, (
        Lamp("magenta", -68, 8, 2.0, (1.0, 0.07, 0.46), 0.92, 0.35, is_key=True),
        Lamp("cyan", 74, 14, 2.1, (0.03, 0.62, 1.0), 0.70, 0.35),
        Lamp("violet edge", 158, 24, 2.4, (0.42, 0.12, 1.0), 0.8, 0.2, on="cast"),
    )),
    "silhouette": Rig("studio", 0.07, 0.35, None, (
        Lamp("backdrop left", -128, 24, 3.0, (1.0, 0.94, 0.84), 1.0, 0.6, on="set"),
        Lamp("backdrop right", 128, 24, 3.0, (1.0, 0.94, 0.84), 1.0, 0.6, on="set"),
        Lamp("rim", 168, 40, 2.6, (1.0, 0.95, 0.88), 0.55, 0.2, on="cast", is_key=True),
    ), backdrop=0.42),
    "high key": Rig("studio", 2.3, 0.3, 0.46, (
        Lamp("key", 28, 34, 2.4, (1.0, 0.98, 0.95), 0.62, 0.9, is_key=True),
        Lamp("fill", -38, 12, 2.6, (0.96, 0.98, 1.0), 0.42, 1.0),
        Lamp("backdrop", 150, 40, 3.0, (1.0, 1.0, 1.0), 0.5, 0.8, on="set"),
    )),
    "low key": Rig("studio", 0.10, 0.35, 0.17, (
        Lamp("key", 58, 40, 2.3, (1.0, 0.88, 0.72), 0.8, 0.30, cone_deg=20, is_key=True),
        Lamp("rim", -146, 30, 2.4, (0.62, 0.76, 1.0), 0.34, 0.15, cone_deg=22, on="cast"),
    )),
    "rembrandt": Rig("studio", 0.16, 0.35, 0.25, (
        Lamp("key", 47, 43, 2.2, (1.0, 0.90, 0.76), 0.9, 0.20, cone_deg=22, is_key=True),
        Lamp("backdrop", -150, 14, 1.9, (1.0, 0.82, 0.62), 0.20, 0.3, cone_deg=32, on="set", aim_behind_m=2.4),
    )),
    "noir": Rig("night", 0.5, 0.6, 0.24, (
        Lamp("key", -52, 24, 3.0, (0.98, 0.98, 1.0), 1.0, 0.03, cone_deg=24, is_key=True, gobo="blinds"),
        Lamp("rim", 148, 42, 2.4, (0.92, 0.96, 1.0), 0.7, 0.05, cone_deg=22, on="cast"),
    )),
    "candle": Rig("night", 0.4, 0.15, 0.19, (
        Lamp("key", 24, -22, 0.85, (1.0, 0.55, 0.22), 0.8, 0.06, is_key=True, flicker=0.10),
    )),
    "rim": Rig("studio", 0.05, 0.3, 0.035, (
        Lamp("rim", 152, 34, 2.4, (1.0, 0.95, 0.88), 1.6, 0.12, cone_deg=26, on="all", is_key=True),
        Lamp("rim far", -150, 28, 2.4, (0.70, 0.82, 1.0), 0.9, 0.12, cone_deg=26, on="cast"),
    )),
    "light shafts": Rig("day", 0.30, 0.3, 0.22, (
        Lamp("shafts", 146, 40, 5.5, (1.0, 0.90, 0.72), 1.9, 0.03, cone_deg=34, is_key=True, gobo="gaps"),
        Lamp("bounce", -30, 8, 2.6, (1.0, 0.95, 0.88), 0.20, 0.9, on="cast"),
    )),
    "moonlight": Rig("night", 0.7, 0.25, 0.105, (
        Lamp("moon", 118, 44, 3.4, (0.42, 0.60, 1.0), 0.75, 0.10, is_key=True),
        Lamp("moon fill", -40, 20, 3.0, (0.30, 0.46, 1.0), 0.085, 0.9),
    )),
}  # fmt: skip

CLOUDS: Mapping[str, float] = {
    "overcast": 1.0, "rain": 0.95, "drizzle": 0.8, "downpour": 1.0, "snow": 0.95, "blizzard": 1.0, "fog": 0.75,
    "mist": 0.35, "storm": 1.0, "clear": 0.0, "wet": 0.25, "wind": 0.1, "dust": 0.45,
}  # fmt: skip
"""How much of the sun each weather takes at amount 1."""


@dataclass(frozen=True)
class Look:
    """The light of one take: everything shading needs to know of it.

    Attributes:
        lights: all sources.
        up, side, down: radiance of the ambient from above, from the horizon, from the ground.
        zenith, horizon, city: the sky as the camera sees it.
        practicals: name -> level of glowing parts.
        window: radiance of window parts.
        face: wanted linear luminance of lit skin; backdrop: of what is behind, or None.
        clouds: 0 clear to 1 closed.
        exposure: factor already on all of the above; `exposed` multiplies it in.
    """

    lights: tuple[Light, ...]
    up: Rgb
    side: Rgb
    down: Rgb
    zenith: Rgb
    horizon: Rgb
    city: Rgb
    practicals: Mapping[str, float]
    window: Rgb
    face: float
    backdrop: float | None
    clouds: float
    exposure: float = 1.0
    names: tuple[str, ...] = field(default=())

    def exposed(self, factor: float) -> Look:
        """The same look, all sources `factor` times as bright."""

        def bright(rgb: Rgb) -> Rgb:
            return (rgb[0] * factor, rgb[1] * factor, rgb[2] * factor)

        return replace(
            self,
            lights=tuple(replace(x, rgb=bright(x.rgb)) for x in self.lights),
            up=bright(self.up),
            side=bright(self.side),
            down=bright(self.down),
            zenith=bright(self.zenith),
            horizon=bright(self.horizon),
            city=bright(self.city),
            practicals={k: v * factor for k, v in self.practicals.items()},
            window=bright(self.window),
            exposure=self.exposure * factor,
        )


def scaled(rgb: Rgb, k: float) -> Rgb:
    """rgb times k."""
    return (rgb[0] * k, rgb[1] * k, rgb[2] * k)


def mixed(a: Rgb, b: Rgb, k: float) -> Rgb:
    """a at k = 0, b at k = 1."""
    return (a[0] + (b[0] - a[0]) * k, a[1] + (b[1] - a[1]) * k, a[2] + (b[2] - a[2]) * k)


def toward(azimuth_deg: float, elevation_deg: float) -> Point:
    """Unit vector to a yaw (0 = +Z, 90 = +X) and elevation."""
    a, e = math.radians(azimuth_deg), math.radians(elevation_deg)
    return (math.sin(a) * math.cos(e), math.sin(e), math.cos(a) * math.cos(e))


def cloudiness(direction: Direction) -> float:
    """0 clear to 1 closed, of the weather chips."""
    return min(
        1.0, max([CLOUDS.get(v, 0.0) * min(a, 1.2) for v, a in direction.values("weather").items()], default=0.0)
    )


def time_of(direction: Direction) -> str:
    """The time of day: the chip's, else what the light rig implies, else day."""
    chip = direction.chip("time")
    if chip and chip.value in TIMES:
        return chip.value
    lights = [v for v in direction.values("light") if v in RIGS]
    return RIGS[lights[-1]].time if lights else "day"


def look(
    direction: Direction,
    set_info: Mapping[str, Any],
    eye_m: Point,
    camera_deg: float,
    facing_deg: float,
    spread_m: float = 0.0,
    eyes_m: Sequence[Point] = (),
) -> Look:
    """The lamps and the sky of a direction in a set, around a subject; not yet exposed.

    Args:
        set_info: `subject.json` of the set (sun, open_sky, practicals).
        eye_m: between the subject's eyes, world.
        camera_deg: yaw from the subject to the camera.
        facing_deg: yaw the subject faces.
        spread_m: width of a company; lamps go back and spots open until they reach all of it.
        eyes_m: between the eyes of each in a company.
    """
    time = TIMES[time_of(direction)]
    chosen = [(v, a) for v, a in direction.values("light").items() if v in RIGS]
    clouds = cloudiness(direction)
    open_sky = float(set_info.get("open_sky", 1.0))
    key_chip = direction.chip("key")
    # short lighting: the key stands on the side the subject turns to, unless the direction says where
    turned = math.sin(math.radians(facing_deg - camera_deg))
    side = 1.0 if turned >= 0 else -1.0
    if key_chip and key_chip.value in ("left", "right"):
        side = -1.0 if key_chip.value == "left" else 1.0

    world = 1.0
    practicals = time.practicals
    face, backdrop = time.face, None
    lamps: list[tuple[Lamp, float]] = []
    for name, amount in chosen:
        rig = RIGS[name]
        strength = max(0.25, amount)
        world *= rig.world ** min(1.4, strength) if rig.world < 1 else 1 + (rig.world - 1) * strength
        practicals *= rig.practicals
        face = rig.face if rig.face is not None else face
        backdrop = rig.backdrop if rig.backdrop is not None else backdrop
        lamps += [(lamp, 1.0) for lamp in rig.lamps]
    if not chosen:
        lamps += [(lamp, 1.0) for lamp in time.lamps]
    lights: list[Light] = []
    where = key_chip.value if key_chip else None
    for lamp, strength in lamps:
        keys = [(_for_all(lamp, spread_m), eye_m, side)]
        if len(eyes_m) > 1 and lamp.is_key and lamp.cone_deg is not None and abs(lamp.azimuth_deg) < 90:
            keys = _crossed(keys[0], lamp, eyes_m, camera_deg)
        for key, on, from_side in keys:
            lights.append(_place(key, strength, on, camera_deg, from_side, where, time.tint))
    grey = sum(time.zenith[k] * w + time.horizon[k] * w for k, w in enumerate((0.2126, 0.7152, 0.0722))) * 0.5
    cloud: Rgb = (grey * 0.97, grey * 1.0, grey * 1.05)
    lift = 1.0 + 0.25 * clouds if time.sun_level > 0.5 else 1.0
    zenith = scaled(mixed(time.zenith, cloud, 0.85 * clouds), lift)
    horizon = scaled(mixed(time.horizon, cloud, 0.75 * clouds), lift)
    sun = time.sun_level * world * (1.0 - 0.97 * clouds)
    info = set_info.get("sun", {"azimuth_deg": 30.0, "elevation_deg": 40.0})
    azimuth = float(info["azimuth_deg"])
    elevation = time.sun_deg if time.sun_deg is not None else float(info["elevation_deg"])
    if key_chip and time.sun_level > 0.5 and not chosen:
        if key_chip.value in ("left", "right"):
            azimuth = camera_deg + side * 62.0
        elevation = {"top": 76.0, "below": 4.0}.get(key_chip.value, elevation)
    if sun > 0.004:
        lights.append(Light("sun", "far", toward(azimuth, elevation), scaled(time.sun, sun), time.sun_size, glow=0.8))
    if clouds > 0.2 and time.sun_level > 0.5 and not chosen:
        # a closed sky still has a brightest part: huge, high, on the key's side of the camera
        soft = 0.55 * clouds * (0.35 + 0.65 * open_sky)
        aim = camera_deg + side * 38.0
        lights.append(
            Light("bright cloud", "far", toward(aim, 52.0), scaled(cloud, soft / max(grey, 1e-3)), 0.55, glow=0.3)
        )
    burning: dict[str, float] = {}
    glowing = {p["emission"]["practical"] for p in set_info.get("parts", ()) if p.get("emission")}
    window = scaled(mixed(time.window, cloud, 0.8 * clouds), max(min(world, 1.0), 0.12) * (1.0 - 0.25 * clouds))
    for name, p in set_info.get("practicals", {}).items():
        colour: Rgb = (float(p["rgb"][0]), float(p["rgb"][1]), float(p["rgb"][2]))
        if p["kind"] == "window" and name not in glowing:
            # a window gives what is outside it, by its own power; nothing switches it off but the time of day
            level, colour, pane = 1.0, scaled(window, 0.9), True
        else:
            pane = False
            level = practicals * (2.2 if p["kind"] == "neon" and "neon" in dict(chosen) else 1.0)
            level = switched(direction, name, level if p.get("default_on", True) else 0.0)
            burning[name] = level
        if level * float(p["power"]) * max(colour) > 0.01:
            at: Point = (float(p["position_m"][0]), float(p["position_m"][1]), float(p["position_m"][2]))
            rgb = scaled(colour, float(p["power"]) * level)
            lights.append(Light(name, "near", at, rgb, float(p["radius_m"]), glow=1.4, pane=pane))
    ambient = world * (0.30 + 0.70 * open_sky)
    up = scaled(zenith, ambient)
    sides = scaled(mixed(zenith, horizon, 0.6), ambient * 0.62)
    down = scaled(mixed(horizon, (sum(horizon) / 3,) * 3, 0.4), ambient * time.ground * 0.5)
    if sun > 0.2:
        down = mixed(down, scaled(time.sun, sun * 0.35), 0.30)
    seen = max(world, 0.05) if not backdrop else 1.0
    return Look(
        tuple(lights), up, sides, down, scaled(zenith, seen), scaled(horizon, seen), scaled(time.city, seen), burning,
        window, face, backdrop, clouds, names=tuple(v for v, _ in chosen),
    )  # fmt: skip


GOBO_GLOW = {"blinds": 2.6, "gaps": 10.0}
"""How much of a lamp fog shows whose beams are cut up: the eye takes the darker ways between them for the measure."""
CROSSED = 0.8
"""Level of the second key of a company as a part of the first."""


def _for_all(lamp: Lamp, spread_m: float) -> Lamp:
    """A lamp of a rig, which is drawn for one person, for a group of a width."""
    if spread_m <= 0:
        return lamp
    back = 1.0 + 0.4 * spread_m
    cone = lamp.cone_deg
    if cone is not None:
        cone = max(cone, math.degrees(math.atan2(spread_m / 2 + 0.45, lamp.distance_m * back)))
    return replace(lamp, distance_m=lamp.distance_m * back, cone_deg=cone)


Aimed = tuple[Lamp, Point, float]
"""A lamp of a rig, whom it is aimed at, and which side it is mirrored to."""


def _crossed(everyones: Aimed, lamp: Lamp, eyes_m: Sequence[Point], camera_deg: float) -> list[Aimed]:
    """The two keys of a company: of two, each on who turns to it, past the other; of more, the first on all.

    In a company people turn to one another, so that one key leaves half of the faces dark; crossing two is how such a scene is lit.

    Args:
        everyones: the key as it reaches all; lamp: as it is drawn for one.
    """
    side = everyones[2]
    right = toward(camera_deg + 90.0, 0.0)
    row = sorted(eyes_m, key=lambda eye: sum(e * r for e, r in zip(eye, right, strict=True)))
    from_right = (lamp.azimuth_deg >= 0) == (side > 0)
    far, near = (row[0], row[-1]) if from_right else (row[-1], row[0])
    narrow = math.degrees(math.atan2(0.34, lamp.distance_m))
    first = (replace(lamp, cone_deg=max(narrow, 0.8 * (lamp.cone_deg or 0))), far, side) if len(row) == 2 else everyones
    return [first, (replace(lamp, name="cross key", cone_deg=narrow, level=CROSSED * lamp.level), near, -side)]


def _place(
    lamp: Lamp, strength: float, eye: Point, camera_deg: float, side: float, where: str | None, tint: Rgb
) -> Light:
    """A lamp of a rig in the world; rigs are drawn with the key at the camera's right, `side` -1 mirrors them."""
    azimuth, elevation = lamp.azimuth_deg, lamp.elevation_deg
    mirrored = side
    if lamp.is_key and where == "top":
        azimuth, elevation = azimuth * 0.25, 72.0
    elif lamp.is_key and where == "below":
        elevation = -32.0
    d = toward(camera_deg + azimuth * mirrored, elevation)
    at = (
        eye[0] + d[0] * lamp.distance_m,
        max(0.12, eye[1] + d[1] * lamp.distance_m),
        eye[2] + d[2] * lamp.distance_m,
    )
    aim: Point | None = None
    inner, outer = 20.0, 35.0
    if lamp.cone_deg is not None:
        back = toward(camera_deg + 180.0, 0.0)
        aim = (
            eye[0] + back[0] * lamp.aim_behind_m,
            eye[1] - (AIM_BELOW_M if lamp.aim_behind_m == 0 else 0.3),
            eye[2] + back[2] * lamp.aim_behind_m,
        )
        inner, outer = lamp.cone_deg * 0.25, lamp.cone_deg * 1.55
    rgb = (lamp.rgb[0] * tint[0], lamp.rgb[1] * tint[1], lamp.rgb[2] * tint[2])
    return Light(
        lamp.name, "near", at, scaled(rgb, lamp.level * strength), lamp.radius_m, lamp.distance_m, aim, inner, outer,
        lamp.on, GOBO_GLOW[lamp.gobo] if lamp.gobo else {"cast": 0.0, "set": 0.12}.get(lamp.on, 0.8), lamp.flicker, gobo=lamp.gobo,
    )  # fmt: skip


SWITCHES: Mapping[str, tuple[str, ...]] = {
    "sign": ("neon", "sign"),
    "lamp": ("lamp", "pendant", "hood", "bulkhead", "porch"),
    "street lamp": ("streetlamp", "street"),
    "headlights": ("headlights",),
    "string lights": ("string", "strings", "bulbs", "festoon"),
    "lit windows": ("upstairs", "windows", "skyline", "office"),
}
"""What a direction calls practicals, and the names that sets give them."""


def switched(direction: Direction, name: str, level: float) -> float:
    """The level of a practical after the direction's switches: on is at least what night gives it, off is 0."""
    for chip in direction.chips:
        if chip.axis == "practical" and name.partition(" ")[0] in SWITCHES.get(chip.value, ()):
            level = 0.0 if chip.amount <= 0 else max(level, 0.6 * chip.amount)
    return level


def named(lights: Sequence[Light], name: str) -> Light | None:
    """The light called `name`, if it burns."""
    return next((x for x in lights if x.name == name), None)
