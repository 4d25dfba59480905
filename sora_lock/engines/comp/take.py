"""One take being filmed: cameras, lamps and what stays the same over the clip, then frame after frame.

Place in the path: comp; the steps stage, light, air, lens are called from here, in that order. The set is lit once per distinct
camera; per frame come the cast, its shadow on the set, and the air that moves.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray

from sora_lock import projection
from sora_lock.camera import Camera, path
from sora_lock.colour import LUMA
from sora_lock.engines import Aov, Layers
from sora_lock.engines.comp import air, lens, light, lightning, rigs, surface, wardrobe, weather
from sora_lock.engines.comp.loops import CHUNK
from sora_lock.engines.comp.scene import Attitude, PreparedScene
from sora_lock.engines.comp.shafts import lit_part
from sora_lock.engines.comp.stage import CastPlate, Mesh, Samples, SetPlate, cast_plate, dot, resolve
from sora_lock.engines.comp.words import indoors
from sora_lock.records import Chip, Direction, Shot

Floats = NDArray[np.float32]
LAMP_RAYS, LAMP_RAYS_OFTEN = 8, 4  # once a clip; once a frame (four turned patterns, smoothed together, make 16)
STEP_SET, STEP_SET_MOVING, STEP_CAST, STEP_CAST_MOVING = 2, 4, 2, 3
BRIGHTEST_CAST, BRIGHTEST_SET = 2.2, 0.8
"""Radiance at which highlights end: bright enough to read as polish, not enough for slivers of it to sparkle. Eyes need more."""
PANE = 0.75
"""The same for what is seen through a room's windows, so that weather can still be seen in it."""
WEAK = 0.06
"""Part of the strongest lamp's light at the cast under which a lamp casts no shadow of the cast."""
ROOM_M = 0.2
"""How far the cast may move before the points that it may shade are looked for anew."""
CLEAR_AIR, GLOWS = 0.0065, 1.2e-3
"""Extinction per metre below which nobody sees shafts, and what a lamp must give such air for one."""
FLASH = 13.0
"""A flash's sky radiance as a multiple of what the take wants of lit skin."""
NECK_DEG, PITCH_DEG, ASIDE_DEG, SHOULDER_DEG = 48.0, 16.0, 34.0, 66.0
"""How far a head turns and nods, how far from the lens it looks that looks aside, and how far it turns from the hips under way."""
WIDE_SKY, PAPER = 0.6, 0.60
"""A set's openness from which the sky has a say in exposure, and the luminance its horizon is let to have."""
MIDDLE_SKIN = 0.083
"""Mean luma of the skin that rigs' wanted luminance of a face is meant for."""
HEAD_SEEN = 1.1
"""How far from the eyes a head is metered whose outline nobody drew, in radii of a head."""
METER_SCALE = 0.25
"""The light meter reads a raster this much smaller than the picture."""


@dataclass
class Lit:
    """Samples with the light and the air they stand in; tensors over the samples.

    Attributes:
        shading, specular: [3, N]; reflectance times shading is the diffuse layer.
        through: transmittance [N]; air: airlight [3, N].
        lamps: where asked for, (light, diffuse factor [N], highlight [N]) of each, shadows of the set included.
    """

    samples: Samples
    shading: torch.Tensor
    specular: torch.Tensor
    through: torch.Tensor
    air: torch.Tensor
    lamps: list[tuple[rigs.Light, torch.Tensor, torch.Tensor]]

    @property
    def beauty(self) -> torch.Tensor:
        """What the camera gets of each sample [3, N]."""
        out = torch.empty_like(self.air)
        s = self.samples
        for a in range(0, len(s), CHUNK):
            at = slice(a, a + CHUNK)
            light_here = s.reflectance[:, at] * self.shading[:, at] + self.specular[:, at]
            out[:, at] = light_here * self.through[at] + self.air[:, at]
        return out


@dataclass
class Pool:
    """Wet ground as a mirror.

    Attributes:
        wet: int64 [K] samples of the set that mirror; gives: [K] how much.
        points: int64 coarse points that look into the mirror; start, ray: float32 [., 3] of their mirrored views.
        colour: float32 [3, P] what coarse points see without the cast; way: how far the set is along each ray.
    """

    wet: torch.Tensor
    gives: torch.Tensor
    points: NDArray[np.int64]
    start: Floats
    ray: Floats
    colour: Floats
    way: Floats


@dataclass
class LitSet:
    """The set through one camera, lit, without the cast's shadow (unless the camera moves: then with it).

    Attributes:
        plate: the plate; lit: centres of all pixels, then the extra samples of edge pixels.
        beauty: [3, N]; grid: coarse points.
        shafts: see `Filming._shafts`.
        picture: `beauty` as pixels, float32 [H * W, 3].
        around: bounds of the cast that `reached` is right for.
        reached: lamp name -> coarse points at which the cast may stand in its light.
    """

    plate: SetPlate
    lit: Lit
    beauty: torch.Tensor
    grid: light.Grid
    pool: Pool | None
    shafts: dict[str, torch.Tensor] | None = None
    around: tuple[Floats, Floats] | None = None
    reached: dict[str, NDArray[np.int64]] = field(default_factory=dict)

    @functools.cached_property
    def floor(self) -> torch.Tensor:
        """Samples that contact can reach, int64 [K]: see `light.Contact`."""
        samples = self.lit.samples
        return ((samples.position[1].abs() < 0.05) & (samples.region > 0)).nonzero()[:, 0]

    @functools.cached_property
    def picture(self) -> Floats:
        """See above; made when it is first asked for."""
        return set_pixels(self.plate, self.beauty)


@dataclass
class Trodden:
    """Light that those who walk take from the floor under them.

    Attributes:
        where: int64 [K] samples of the set; shading, specular, air: [3, K] what is taken of each.
    """

    where: torch.Tensor
    shading: torch.Tensor
    specular: torch.Tensor
    air: torch.Tensor

    def of(self, lit: Lit) -> torch.Tensor:
        """What the camera misses of it [3, K]."""
        reflected = lit.samples.reflectance.index_select(1, self.where) * self.shading + self.specular
        return reflected * lit.through[self.where] + self.air


@dataclass
class LitCast:
    """The cast of one frame, lit."""

    plate: CastPlate
    lit: Lit
    beauty: torch.Tensor


class Filming:
    """A shot and a direction in a prepared scene."""

    def __init__(self, prepared: PreparedScene, shot: Shot, direction: Direction) -> None:
        self.prepared, self.shot, self.direction = prepared, shot, direction
        scene = prepared.scene
        if prepared.pictures:  # a picture cannot be seen from elsewhere: the camera keeps to where it was conformed for
            steady = tuple(c for c in direction.chips if c.axis not in ("move", "size", "angle", "lens"))
            self.direction = direction = replace(direction, chips=(*steady, Chip("size", "medium")))
        top, _, bottom = shot.fps.partition("/")
        self.fps = float(top) / float(bottom or 1)
        self.performances = self._performances()
        self.walking = any(p in b.subject.moves for b, p in zip(prepared.cast, self.performances, strict=True))
        self.framing = framing = prepared.framing if prepared.pictures else prepared.framing_of(self.performances)
        seen = direction
        if (self.walking or framing.shot_from is not None) and direction.chip("size") is None:
            # who walks is shown to the feet, and so is a place that a picture was brought of, unless the direction says otherwise
            seen = replace(direction, chips=(*direction.chips, Chip("size", "wide")))
        along = path if framing.shot_from is None else projection.path
        self.cameras = along(seen, framing, scene.width, scene.height, shot.frames, shot.seed, self.fps)
        self.moving = self.cameras[0] is not self.cameras[-1]
        info = scene.stage.subject.info
        self.look = rigs.look(
            direction, info, framing.eye_m, framing.camera_deg, framing.facing_deg, framing.spread_m, framing.eyes_m
        )
        self.look = replace(self.look, lights=tuple(self._clear(x) for x in self.look.lights))
        weathers = direction.values("weather")
        inside = indoors(info)
        self.fog = air.fog_of(weathers, self.look.names, inside)
        self.wear = surface.Weathered(0.0, 0.0) if inside else surface.weathered(weathers)
        self.fall = weather.fall_of(weathers)
        self._storm = 0.0 if inside else weathers.get("storm", 0.0)
        glass = [False, *(bool(part.get("window")) for part in prepared.parts)]
        self._glass = np.asarray(glass) if inside else None  # by region number: where a room shows the weather
        self._drop_light: tuple[Camera, list[Floats]] | None = None
        self.aperture_m = lens.aperture_m(direction)
        self._lit_set: LitSet | None = None
        self._heads = self._looks(0.0)
        self._dyes = wardrobe.dyes(direction, prepared.cast, [a.policies for a in prepared.actors])
        self._weak = self._weak_lamps()
        self.look = self.look.exposed(self._meter())
        if inside and max(self.look.window) > PANE:
            self.look = replace(self.look, window=rigs.scaled(self.look.window, PANE / max(self.look.window)))

    # what stays the same

    def _clear(self, lamp: rigs.Light) -> rigs.Light:
        """The lamp where the set does not stand before it: what a gaffer does with a wall in the way."""
        eye = np.asarray(self.framing.eye_m, np.float32)
        mesh = self.prepared.set_mesh
        targets = np.stack([eye, eye - np.array([0, 0.35, 0], np.float32)])
        if lamp.kind == "near":
            if lamp.name in self.prepared.scene.stage.subject.info.get("practicals", {}):
                return lamp
            to = np.asarray(lamp.at, np.float32) - eye
            far = float(np.linalg.norm(to))
            hit = mesh.cast(eye[None], (to / far)[None])
            free = float(hit["tfar"][0]) - 0.25 if int(hit["primID"][0]) >= 0 else far
            if free >= far:
                return lamp
            free = max(0.55, free)
            at = eye + to / far * free
            return replace(
                lamp, at=(float(at[0]), float(at[1]), float(at[2])), reference_m=lamp.reference_m * free / far
            )
        if lamp.name != "sun":
            return lamp
        azimuth = math.degrees(math.atan2(lamp.at[0], lamp.at[2]))
        elevation = math.degrees(math.asin(lamp.at[1]))
        for lift in (0, 6, 12, 20, 30):
            for turn in (0, 8, -8, 16, -16, 26, -26, 38, -38, 52, -52):
                d = rigs.toward(azimuth + turn, min(80.0, elevation + lift))
                way = np.broadcast_to(np.asarray(d, np.float32), targets.shape).copy()
                if not mesh.blocked(targets, way, np.full(len(targets), 60.0, np.float32)).any():
                    return replace(lamp, at=d)
        return lamp

    def _weak_lamps(self) -> dict[str, float]:
        """Lamps under `WEAK` of the strongest at the cast -> how much of each the set lets through to it.

        The cast takes no shadow of theirs: it would fall where they are weaker still, and cost as much as the key's.
        """
        eye = np.asarray(self.framing.eye_m, np.float32)
        at = torch.from_numpy(eye)[:, None]
        level = {
            x.name: float(torch.as_tensor(light.reach(x, at)[2]).max()) * max(x.rgb)
            for x in self.look.lights
            if x.on != "set"
        }
        points = eye + np.array([[0, 0, 0], [0.15, -0.3, 0.12], [-0.15, -0.3, 0.12], [0, -0.6, 0.2]], np.float32)
        out = {}
        for lamp in self.look.lights:
            if lamp.on != "set" and level[lamp.name] < WEAK * max(level.values()):
                to = np.asarray(lamp.at, np.float32) - (0 if lamp.kind == "far" else points)
                ways = np.ascontiguousarray(np.broadcast_to(to, points.shape), np.float32)
                far = np.full(len(points), 60.0 if lamp.kind == "far" else 0.995, np.float32)
                out[lamp.name] = 1.0 - float(self.prepared.set_mesh.blocked(points, ways, far).mean())
        return out

    def _done(self, frame: int) -> float:
        """How far what evolves is at a frame, 0 to 1, smoothly."""
        x = frame / max(1, self.shot.frames - 1)
        return x * x * (3 - 2 * x)

    def _expressions(self, frame: int) -> tuple[tuple[tuple[str, float], ...], ...]:
        """(name, weight) pairs of each actor: free shows it throughout, evolve grows it over the clip, hold leaves it."""
        wanted = self.direction.values("expression")
        out = []
        for actor in self.prepared.actors:
            policy = actor.policies.get("expression", "hold")
            weight = 0.0
            if policy == "free":
                weight = 1.0
            elif policy == "evolve":
                weight = self._done(frame)
            faces = [
                (name, round(min(1.0, amount) * weight, 4))
                for name, amount in wanted.items()
                if name in actor.subject.expressions and weight > 0
            ]
            out.append(tuple(faces))
        return tuple(out)

    def _performances(self) -> tuple[str, ...]:
        """What each of the cast performs: as asked, where they can; else the idle."""
        asked = self.direction.chip("performance")
        wanted = asked.value if asked is not None else "idle"
        return tuple(wanted if wanted in b.subject.moves else "idle" for b in self.prepared.cast)

    def _looks(self, frame: float) -> tuple[tuple[float, float], ...]:
        """Where each head turns at a frame of the performance, yaw and pitch in degrees; what the neck cannot do, it does as far as it can."""
        asked = self.direction.chip("eyeline")
        bodies = self.prepared.cast
        if asked is None:
            return ((0.0, 0.0),) * len(bodies)
        lens_m = np.asarray(self.cameras[len(self.cameras) // 2].position_m)
        bearings = self.prepared.bearings(frame, self.performances)
        eyes = [eye for eye, _, _ in bearings]
        out = []
        for k, (_, front, hips) in enumerate(bearings):
            if bodies[k].subject.relief is not None:
                out.append((0.0, 0.0))
                continue
            to_lens = math.degrees(math.atan2(*(lens_m - eyes[k])[[0, 2]]))
            if asked.value in ("up", "down"):
                out.append((0.0, PITCH_DEG * asked.amount * (1 if asked.value == "up" else -1)))
                continue
            if asked.value in ("left", "right"):
                yaw, rise = to_lens + ASIDE_DEG * (-1 if asked.value == "left" else 1), 0.0
            else:
                goals = [lens_m] if asked.value == "camera" else [e for j, e in enumerate(eyes) if j != k]
                if not goals:
                    out.append((0.0, 0.0))
                    continue
                to = min((g - eyes[k] for g in goals), key=lambda v: float(np.hypot(v[0], v[2])))
                yaw = math.degrees(math.atan2(to[0], to[2]))
                rise = math.degrees(math.atan2(to[1], math.hypot(to[0], to[2])))
            turn = max(-NECK_DEG, min(NECK_DEG, (yaw - front + 180.0) % 360.0 - 180.0))
            own = (front - hips + 180.0) % 360.0 - 180.0  # how far the performance has the head turned already
            turn = max(-SHOULDER_DEG - own, min(SHOULDER_DEG - own, turn))
            out.append((round(turn, 2), round(max(-PITCH_DEG, min(PITCH_DEG, rise)), 2)))
        return tuple(out)

    def _pose(self, frame: int) -> tuple[float, Mesh | None, tuple[Attitude, ...]]:
        bodies = self.prepared.cast
        at = round(frame * 24.0 / self.fps, 3)
        loops = [b.subject.frames_of(p) for b, p in zip(bodies, self.performances, strict=True)]
        at = at % max(48, *loops) if any(x > 1 for x in loops) else 0.0
        heads = self._looks(at) if self.walking else self._heads
        bodies_of = [frame if a.changes is not None else 0 for a in self.prepared.actors]
        how = tuple(map(Attitude, self._expressions(frame), heads, self.performances, bodies_of))
        return at, self.prepared.cast_mesh(at, how) if bodies else None, how

    def _meter(self) -> float:
        """Exposure: what brings lit skin (or the backdrop) to the luminance the rig wants, read once for the clip.

        Who walks is metered at the mark, where the idle stands: the same light gets the same exposure whatever is played in it.
        """
        camera = self.cameras[len(self.cameras) // 2].scaled(METER_SCALE)
        plate = self.prepared.set_plate(camera, keep=True, under=self.prepared.contact())
        luma = torch.tensor([0.2126, 0.7152, 0.0722])
        _, mesh, _ = self._pose(0)
        if self.walking:
            mesh = self.prepared.cast_mesh(0.0, (Attitude(),) * len(self.prepared.cast))
        if self.look.backdrop is not None or mesh is None:
            lit_set = self._light_set(plate, mesh)
            value = (luma[:, None] * lit_set.beauty).sum(0)
            wanted = self.look.backdrop if self.look.backdrop is not None else 0.20
            reading = float(torch.quantile(value, 0.72))
        else:
            cast = cast_plate(mesh, plate)
            shown = self._light_cast(cast, plate, mesh)
            entries = self.prepared.regions
            face = torch.tensor([False] + ["face" in e.attributes for e in entries])
            chosen = face[cast.samples.region] & self._heads_of_one_part(cast.samples)
            if int(chosen.sum()) < 12:
                chosen = torch.ones(len(cast.samples), dtype=torch.bool)
            if int(chosen.sum()) < 12:
                return 1.0
            colour = cast.samples.reflectance * shown.lit.shading
            # half luminance, half the strongest channel: a face in magenta light is not underexposed
            value = (0.5 * (luma[:, None] * colour).sum(0) + 0.5 * colour.max(dim=0).values * 0.8)[chosen]
            reading = float(torch.quantile(value, 0.86))
            # a dark face stays darker than a pale one, by less than their skins differ, as a camera operator would have it
            skin = float((luma @ cast.samples.reflectance[:, chosen]).mean())
            wanted = self.look.face * min(1.12, max(0.7, (skin / MIDDLE_SKIN) ** 0.4))
        if reading < 1e-4:
            return 1.0
        factor = wanted / reading
        if float(self.prepared.scene.stage.subject.info.get("open_sky", 1.0)) > WIDE_SKY:
            # where most of the picture is sky, a face in its shade is not exposed for until the sky is paper
            over = float(np.dot(LUMA, self.look.horizon)) * factor / PAPER
            factor /= max(1.0, over) ** 0.75
        return min(6.0, max(0.2, factor))

    def _heads_of_one_part(self, samples: Samples) -> torch.Tensor:
        """Of a picture that is one part, face and coat alike, only the head [N]; of everything else all."""
        out = torch.ones(len(samples), dtype=torch.bool)
        for body in self.prepared.cast:
            for k, region in enumerate(body.subject.regions):
                if {"face", "wardrobe"} <= set(region.attributes):
                    frame = body.subject.framing
                    eye = torch.from_numpy(body.world(np.asarray([frame["eye_m"]], np.float32))[0])
                    away = samples.position - eye[:, None]
                    near = dot(away, away) < (HEAD_SEEN * float(frame["head_radius_m"])) ** 2
                    out &= (samples.region != body.first_region + k) | near
        return out

    # shading

    def _shade(
        self,
        samples: Samples,
        lamps: list[tuple[rigs.Light, torch.Tensor | None]],
        eye: tuple[float, float, float],
        *,
        soft: bool,
        keep_lamps: bool = False,
        shafts: Mapping[str, torch.Tensor] | None = None,
    ) -> Lit:
        """Light and air on samples; `lamps` come with how much of each reaches the samples [N] (None: all), `shafts` by pixel."""
        n = len(samples)
        look = self.look
        shading, specular = torch.empty((3, n)), torch.empty((3, n))
        through, veil = torch.empty(n), torch.empty((3, n))
        kept = [torch.zeros((2, n)) for _ in lamps] if keep_lamps else []
        table = light.emission_table(self.prepared.parts, look)
        normal, rough = samples.normal, samples.rough
        if self.wear.wet > 0:
            normal, rough = torch.empty((3, n)), torch.empty(n)
        for a in range(0, n, CHUNK):
            b = min(n, a + CHUNK)
            part, factor = samples.part(a, b), None
            if self.wear.wet > 0:
                factor, rough[a:b], normal[:, a:b] = surface.wetted(part, self.wear.wet, cast=soft)
                part = replace(part, normal=normal[:, a:b])
            light.shade(
                lamps, samples, normal, rough, look, soft=soft, a=a, b=b, shading=shading, shine=specular, kept=kept
            )
            outside = part.region == 0
            ground = None if not bool(outside.any()) else (~outside).to(torch.float32)
            up, shine = shading[:, a:b], specular[:, a:b]
            # slivers of polish in a lamp would otherwise outshine a whole pixel and sparkle
            shine.clamp_(max=BRIGHTEST_CAST if soft else BRIGHTEST_SET)
            shine += table.index_select(1, part.region)
            if ground is not None:
                shine += air.sky(look, -part.view) * (1 - ground)
            way = part.position - torch.tensor(eye, dtype=torch.float32)[:, None]
            lit = None if shafts is None else {name: x.index_select(0, part.pixel) for name, x in shafts.items()}
            clear, haze = air.scatter(self.fog, look, eye, -part.view, dot(way, way).sqrt(), lit)
            if self.wear.snow > 0:
                lying = surface.snowed(part, self.wear.snow, cast=soft)
                if ground is not None:
                    lying = lying * ground
                for c in range(3):
                    haze[c] += clear * lying * up[c] * surface.SNOW_ALBEDO[c]
                clear = clear * (1 - lying)
            if factor is not None:
                up *= factor
            through[a:b], veil[:, a:b] = clear, haze
        with_lamps = [(lamp, *factors) for (lamp, _), factors in zip(lamps, kept, strict=True)] if kept else []
        return Lit(samples, shading, specular, through, veil, with_lamps)

    def _even(self, part: Samples) -> tuple[torch.Tensor | None, torch.Tensor, torch.Tensor]:
        """Light from all around on samples of the set: what wetness leaves of shading, light and shine [3, N]."""
        normal, rough, factor = part.normal, part.rough, None
        if self.wear.wet > 0:
            factor, rough, normal = surface.wetted(part, self.wear.wet, cast=False)
        n = len(part)
        up, shine = torch.empty((3, n)), torch.empty((3, n))
        light.shade((), part, normal, rough, self.look, soft=False, a=0, b=n, shading=up, shine=shine)
        return factor, up, shine

    # the set

    def _level(self, lamp: rigs.Light, frame: int) -> float:
        """What a lamp gives in a frame, 1 or (flames) a little less: three slow beats of seeded phase."""
        if lamp.flicker <= 0:
            return 1.0
        draw = np.random.Generator(np.random.Philox(key=[self.shot.seed, 31])).random(3)
        t = frame / self.fps
        beat = sum(math.sin(2 * math.pi * (rate * t + float(p))) for rate, p in zip((1.7, 3.1, 5.3), draw, strict=True))
        return 1.0 - lamp.flicker * (0.5 + beat / 6)

    def _water(self, lamp: rigs.Light, samples: Samples, frame: int) -> torch.Tensor | None:
        """What rain on the panes leaves of a window's light at the samples [N], None when nothing runs there."""
        if not lamp.pane or self.fall is None or self.fall.kind != "rain":
            return None
        return weather.rivulets(self.fall, lamp, samples.position, frame / self.fps)

    def _light_set(self, plate: SetPlate, mesh: Mesh | None, frame: int = 0) -> LitSet:
        """The set lit; with the cast's shadow when `mesh` is given."""
        samples = plate.samples
        w = plate.camera.width
        step = 1 if w <= 320 else STEP_SET_MOVING if self.moving else STEP_SET
        grid = self.prepared.set_grid(plate, step, keep=not self.moving)
        sees = light.visibility if self.moving else light.remembered
        lamps: list[tuple[rigs.Light, torch.Tensor | None]] = []
        for lamp in self.look.lights:
            if lamp.on == "cast":
                continue
            chosen = light.candidates(grid, lamp, soft=False)
            if not len(chosen):
                continue
            rays = LAMP_RAYS_OFTEN if self.moving or lamp.name in self._weak else LAMP_RAYS
            seen = sees(grid, lamp, self.prepared.set_mesh, chosen, rays, 0.004)
            if mesh is not None and lamp.on == "all" and lamp.name not in self._weak:
                behind = light.shadowed(grid, lamp, mesh.low, mesh.high, chosen[seen[chosen] > 0])
                seen *= light.visibility(grid, lamp, mesh, behind, rays, 0.004)
                seen *= self._level(lamp, frame)
            value = grid.spread(grid.smooth(seen)) if float(seen.min()) < 1.0 else None
            water = self._water(lamp, samples, frame) if mesh is not None else None
            if water is not None:
                value = water if value is None else value * water
            lamps.append((lamp, value))
        shafts = self._shafts(plate)
        lit = self._shade(samples, lamps, plate.camera.position_m, soft=False, keep_lamps=mesh is None, shafts=shafts)
        pool = self._pool(samples, grid, plate.camera)
        if pool is not None:
            seen_in = self._in_set(pool, plate.camera)
            if mesh is not None:
                at, other = self._in_cast(pool, plate.camera, mesh, frame)
                seen_in[:, at] = other
            for c in range(3):
                lit.specular[c, pool.wet] += pool.gives * grid.spread(grid.smooth(seen_in[c]))[pool.wet]
            pool.colour = seen_in
        return LitSet(plate, lit, lit.beauty, grid, pool, shafts)

    def _shafts(self, plate: SetPlate) -> dict[str, torch.Tensor] | None:
        """Lamp name -> part of its scattering that is left, by pixel [H * W]; None in air too clear for it to show."""
        camera = plate.camera
        if self.fog.sigma < CLEAR_AIR or camera.width <= 320:
            return None
        depth = plate.centre.depth.numpy().reshape(camera.height, camera.width)
        coarser, count = (12, 8) if self.moving else (8, 16)
        out = {}
        for lamp in self.look.lights:
            if lamp.glow > 0 and lamp.reference_m**2 * max(lamp.rgb) * self.fog.sigma > GLOWS:
                part = lit_part(lamp, camera, depth, self.prepared.set_mesh, coarser, count)
                out[lamp.name] = torch.from_numpy(part.ravel())
        return out

    # what wet ground mirrors

    def _pool(self, samples: Samples, grid: light.Grid, camera: Camera) -> Pool | None:
        """Where level ground mirrors, and along which rays; None when the ground is dry."""
        if self.wear.wet < 0.2:
            return None
        near = torch.from_numpy(np.ascontiguousarray(grid.position.T))
        level = (grid.normal[:, 1] > 0.9) & (np.abs(grid.position[:, 1]) < 0.06) & grid.valid
        points = np.flatnonzero(level)
        wet = ((samples.smooth[1] > 0.9) & (samples.position[1].abs() < 0.06) & (samples.region > 0)).nonzero()[:, 0]
        if len(points) < 8 or not len(wet):
            return None
        part = samples.take(wet)
        water = surface.puddles(part, self.wear.wet)
        x = 1 - dot(part.smooth, part.view).clamp(0, 1)
        mirror = 0.02 + 0.98 * x**5
        gives = mirror * (water + 0.30 * self.wear.wet * (1 - water)) * (0.4 + 0.6 * part.open)
        eye = np.asarray(camera.position_m, np.float32)
        start = grid.position[points]
        ray = start - eye
        ray /= np.linalg.norm(ray, axis=1, keepdims=True)
        # water is never quite still
        ripple = surface.unrest(near[0, points] * 9.0, near[2, points] * 9.0).numpy() - 0.5
        ray[:, 1] *= -1
        ray[:, 0] += 0.018 * ripple
        ray[:, 2] += 0.03 * np.roll(ripple, 1)
        start = start + np.array([0, 0.008, 0], np.float32)
        colour = np.zeros((3, len(grid.depth)), np.float32)
        return Pool(wet, gives, points, start, np.ascontiguousarray(ray, np.float32), colour, np.zeros(0, np.float32))

    def _in_set(self, pool: Pool, camera: Camera) -> Floats:
        """What coarse points see of the set and the sky in the water [3, P]."""
        hits = self.prepared.set_mesh.cast(pool.start, pool.ray)
        found = resolve(
            self.prepared.set_mesh, camera, np.zeros(len(pool.points), np.int64), pool.ray, hits, pool.start
        )
        pool.way = np.where(hits["primID"] >= 0, hits["tfar"], np.float32(1e9))
        lamps: list[tuple[rigs.Light, torch.Tensor | None]] = [(x, None) for x in self.look.lights if x.on != "cast"]
        lit = self._shade(found, lamps, camera.position_m, soft=False)
        out = np.zeros((3, len(pool.colour[0])), np.float32)
        out[:, pool.points] = np.minimum(lit.beauty.numpy(), 6.0)
        return out

    def _in_cast(self, pool: Pool, camera: Camera, mesh: Mesh, frame: int) -> tuple[NDArray[np.int64], Floats]:
        """Coarse points that see the cast in the water, and what they see of it [3, K]."""
        hits = mesh.cast(pool.start, pool.ray)
        here = np.flatnonzero((hits["primID"] >= 0) & (hits["tfar"] < pool.way))
        if not len(here):
            return pool.points[here], np.zeros((3, 0), np.float32)
        chosen = {k: hits[k][here] for k in ("primID", "u", "v", "tfar", "Ng")}
        found = resolve(mesh, camera, np.zeros(len(here), np.int64), pool.ray[here], chosen, pool.start[here])
        found = wardrobe.dyed(found, self._dyes, self._done(frame))
        lamps: list[tuple[rigs.Light, torch.Tensor | None]] = [(x, None) for x in self.look.lights if x.on != "set"]
        lit = self._shade(found, lamps, camera.position_m, soft=True)
        return pool.points[here], lit.beauty.numpy()

    def _cast_shadow(self, lit: LitSet, mesh: Mesh, lamp: rigs.Light) -> Floats | None:
        """Part of a lamp that the cast leaves to coarse points of the set, or None where it takes nothing."""
        if lamp.on != "all" or lamp.name in self._weak:
            return None
        grid = lit.grid
        if lit.around is None or (mesh.low < lit.around[0]).any() or (mesh.high > lit.around[1]).any():
            lit.around = (mesh.low - np.float32(ROOM_M), mesh.high + np.float32(ROOM_M))
            lit.reached.clear()
        if lamp.name not in lit.reached:
            lit.reached[lamp.name] = light.shadowed(grid, lamp, *lit.around, light.candidates(grid, lamp, soft=False))
        chosen = light.shadowed(grid, lamp, mesh.low, mesh.high, lit.reached[lamp.name])
        if not len(chosen):
            return None
        seen = light.visibility(grid, lamp, mesh, chosen, LAMP_RAYS_OFTEN, 0.004)
        if float(seen.min()) > 0.999:
            return None
        return grid.smooth(seen)

    def _mirrored(
        self, behind: LitSet, pool: Pool, camera: Camera, mesh: Mesh, frame: int
    ) -> tuple[torch.Tensor, torch.Tensor] | None:
        """Samples of the set in whose water the cast shows, and what that adds to their specular [3, K]."""
        at, other = self._in_cast(pool, camera, mesh, frame)
        if not len(at):
            return None
        grid = behind.grid
        mark = np.zeros(len(grid.depth), np.float32)
        mark[at] = 1.0
        touched = grid.spread(grid.smooth(mark))[pool.wet] > 1e-3
        where = pool.wet[touched]
        add = torch.empty((3, len(where)))
        for c in range(3):
            change = np.zeros(len(grid.depth), np.float32)
            change[at] = other[c] - pool.colour[c, at]
            add[c] = pool.gives[touched] * grid.spread(grid.smooth(change))[where]
        return where, add

    # the cast

    def _light_cast(
        self,
        plate: CastPlate,
        behind: SetPlate,
        mesh: Mesh,
        frame: int = 0,
        pose: Hashable = None,
        shafts: Mapping[str, torch.Tensor] | None = None,
    ) -> LitCast:
        """The cast lit; `pose` names it where its grid may be kept."""
        samples = wardrobe.dyed(plate.samples, self._dyes, self._done(frame))
        camera = behind.camera
        lamps: list[tuple[rigs.Light, torch.Tensor | None]] = []
        if len(samples):
            step = 1 if camera.width <= 320 else STEP_CAST_MOVING if self.moving else STEP_CAST
            grid = self.prepared.cast_grid(plate, camera, step, pose)
            off = light.off_estimates(grid, mesh.shape.bodies)
            for lamp in self.look.lights:
                if lamp.on == "set":
                    continue
                if lamp.name in self._weak:
                    reaching = self._weak[lamp.name]
                    if reaching > 0:
                        lamps.append((lamp, torch.full((len(samples),), reaching)))
                    continue
                chosen = light.candidates(grid, lamp, soft=True)
                if not len(chosen):
                    continue
                seen = light.visibility(grid, lamp, mesh, chosen, LAMP_RAYS_OFTEN, 0.004, off)
                open_to_it = chosen[seen[chosen] > 0]  # what the cast hides wholly need not ask the set
                seen *= light.visibility(grid, lamp, self.prepared.set_mesh, open_to_it, 2, 0.004)
                # what faces well away sees nothing of it, and hands nothing to a slit or a strand beside it that no coarse point met
                away = np.ones(len(seen), bool)
                away[chosen] = False
                seen[away] = 0.0
                # twice: the small triangles of a figure make the edge of its own shadow restless
                value = grid.spread(grid.smooth(grid.smooth(seen))) * self._level(lamp, frame)
                water = self._water(lamp, samples, frame)
                lamps.append((lamp, value if water is None else value * water))
        lit = self._shade(samples, lamps, camera.position_m, soft=True, shafts=shafts)
        return LitCast(plate, lit, lit.beauty)

    # a frame

    def frame(self, number: int, *, aov: bool) -> Layers:
        """The layers of one frame."""
        camera = self.cameras[number]
        at, mesh, how = self._pose(number)
        if self._lit_set is None or self.moving:
            # under a still camera whoever walks takes the sky from the floor frame by frame, see `_trodden`
            under = (
                None
                if self.walking and not self.moving
                else self.prepared.contact(*((at, how) if self.walking else ()))
            )
            plate = self.prepared.set_plate(camera, keep=not self.moving, under=under)
            self._lit_set = self._light_set(plate, mesh if self.moving else None, number)
        behind = self._lit_set
        flash = lightning.level(self._storm, self.shot.seed, number / self.fps) * self.look.face * FLASH
        if flash > 0:
            bright = lightning.flashed(behind.lit, flash)
            behind = replace(behind, lit=bright, beauty=bright.beauty)
        plate = behind.plate
        beauty = behind.beauty
        shadows = self._shadows(behind, mesh, number) if mesh is not None and not self.moving else []
        trodden = self._trodden(behind, at, how) if self.walking and not self.moving else None
        mirrored: tuple[torch.Tensor, torch.Tensor] | None = None
        if mesh is not None and behind.pool is not None and not self.moving:
            mirrored = self._mirrored(behind, behind.pool, camera, mesh, number)
        background = behind.picture  # of the set alone: asked for before anything is written into its samples
        # What the cast changes on the set is written into its samples for this frame and taken back after, in reverse.
        before: list[tuple[torch.Tensor, torch.Tensor]] = []
        if mirrored is not None:
            where, added = mirrored
            before.append((where, beauty.index_select(1, where)))
            beauty[:, where] += added * behind.lit.through[where]
        if trodden is not None:
            before.append((trodden.where, beauty.index_select(1, trodden.where)))
            beauty[:, trodden.where] -= trodden.of(behind.lit)
        for k, touched, taken in shadows:
            lamp, diffuse, shine = behind.lit.lamps[k]
            old = beauty.index_select(1, touched)
            before.append((touched, old))
            taken = taken * behind.lit.through[touched]
            gone = behind.lit.samples.reflectance.index_select(1, touched) * diffuse[touched] + shine[touched]
            gone *= torch.tensor(lamp.rgb)[:, None] * taken
            beauty[:, touched] = old - gone
        if before:
            background = set_pixels(plate, beauty, background, torch.cat([x for x, _ in before]))
        cast = None
        if mesh is not None:
            in_front = self.prepared.cast_plate(mesh, plate, at, how, keep=not self.moving)
            pose = None if self.moving else (at, how)
            cast = self._light_cast(in_front, plate, mesh, number, pose, behind.shafts)
            if flash > 0:
                bright = lightning.flashed(cast.lit, flash)
                cast = LitCast(cast.plate, bright, bright.beauty)
        blend = Blend(plate, cast.plate if cast else None, self.prepared)
        soft = self._out_of_focus(blend, background, behind, camera)
        behind_cast = beauty if soft is None else None
        picture = blend.over(background if soft is None else soft, behind_cast, cast.beauty if cast else None)
        picture = np.maximum(picture, np.float32(0.0))
        for where, old in reversed(before):
            beauty[:, where] = old
        drops = None
        if self.fall is not None:
            own = cast.lit.samples.depth[None] if cast else None
            depth = blend.first(behind.lit.samples.depth[None], own)[..., 0]
            picture, *drops = self._weather(picture, depth, blend.region, camera, number)
        layers = Layers(self._lens(picture), blend.region, blend.coverage, blend.single)
        if aov:
            layers.aov = self._aov(behind, cast, shadows, trodden, mirrored, blend, camera)
            if drops is not None:
                layers.aov.transmittance = layers.aov.transmittance * drops[0]
                layers.aov.airlight = layers.aov.airlight * drops[0] + drops[1]
        return layers

    def _shadows(self, behind: LitSet, mesh: Mesh, number: int) -> list[tuple[int, torch.Tensor, torch.Tensor]]:
        """Of each lamp that the set stands in: its number, the samples int64 [M] the cast or a flicker takes it from, how much [M]."""
        out = []
        for k, (lamp, _, _) in enumerate(behind.lit.lamps):
            seen = self._cast_shadow(behind, mesh, lamp)
            level = self._level(lamp, number)
            water = self._water(lamp, behind.lit.samples, number)
            if level < 1.0 or water is not None:
                left = behind.grid.spread(seen) if seen is not None else torch.ones(behind.grid.count)
                taken = 1 - level * (left if water is None else left * water)
                touched = (taken > 1e-3).nonzero()[:, 0]
                out.append((k, touched, taken[touched]))
            elif seen is not None:
                touched, left = behind.grid.spread_low(seen)
                deep = (left < 0.999).nonzero()[:, 0]
                out.append((k, touched[deep], 1 - left[deep]))
        return out

    def _trodden(self, behind: LitSet, at: float, how: tuple[Attitude, ...]) -> Trodden | None:
        """What the cast takes of the light from all around from the floor it treads on in a pose; None where it treads on nothing seen."""
        under = self.prepared.contact(at, how)
        if under is None:
            return None
        floor = behind.floor
        left = under.at(behind.lit.samples.position.index_select(1, floor))
        near = (left < 0.999).nonzero()[:, 0]
        if not len(near):
            return None
        where, taken = floor[near], 1 - left[near]
        part = behind.lit.samples.take(where)
        factor, up, shine = self._even(part)
        light_here = up if factor is None else up * factor
        air_here = torch.zeros_like(up)
        if self.wear.snow > 0:  # snow lies in the air's place, see `_shade`
            lying = surface.snowed(part, self.wear.snow, cast=False)
            clear = behind.lit.through[where] / (1 - lying).clamp(min=1e-3)
            air_here = up * (clear * lying) * torch.tensor(surface.SNOW_ALBEDO)[:, None]
        return Trodden(where, light_here * taken, shine * taken, air_here * taken)

    def _out_of_focus(self, blend: Blend, background: Floats, behind: LitSet, camera: Camera) -> Floats | None:
        """The set's pixels [H * W, 3] out of focus, the cast being in focus; None when the lens is stopped down."""
        if self.aperture_m <= 0:
            return None
        _, focus = camera.project(np.asarray([self.framing.eye_m]))
        depth = blend.first(behind.lit.samples.depth[None], None)[..., 0]
        blur = np.abs(1.0 / max(float(focus[0]), 0.2) - 1.0 / np.maximum(depth, 0.2))
        radius = (0.5 * self.aperture_m * camera.focal_px * blur).astype(np.float32)
        radius = np.minimum(radius, np.float32(14.0 * camera.height / 540))
        if float(radius.max()) < 0.6:
            return None
        return lens.defocus(background.reshape(*depth.shape, 3), radius).reshape(-1, 3)

    def _weather(
        self, picture: Floats, depth: Floats, region: NDArray[np.uint16], camera: Camera, number: int
    ) -> tuple[Floats, Floats, Floats]:
        """The picture with what falls, and the transmittance and airlight of it; from a room, only behind the panes."""
        fall = self.fall
        assert fall is not None
        seed = self.shot.seed
        if self._glass is not None:
            outside = self._glass[region]
            away = np.where(outside, np.float32(1e3), np.float32(0.0))
            drawn = weather.coverage(fall, camera, self.cameras[0], away, seed, number, self.fps)
            drawn = [np.minimum(x.astype(np.uint16) * 3, 255).astype(np.uint8) for x in drawn]  # against a bright sky
            bright = np.asarray(self.look.window, np.float32) * np.float32(2.4)
            return weather.laid(picture, drawn, [np.tile(bright, (9, 16, 1))] * len(drawn), 0.6)
        drawn = weather.coverage(fall, camera, self.cameras[0], depth, seed, number, self.fps)
        if self._drop_light is None or self._drop_light[0] is not camera:
            middle = [weather.DEPTHS_M[g[len(g) // 2]] for g in weather.GROUPS]
            far = float(np.linalg.norm(np.asarray(camera.position_m) - np.asarray(self.framing.eye_m)))
            lamps = [weather.light_at(self.look, camera, z, fall.kind == "rain") for z in (*middle, far)]
            self._drop_light = (camera, lamps)
        lamps = self._drop_light[1]
        if fall.kind == "rain":
            x, _, z = self.framing.eye_m
            drawn.append(weather.splashes(fall, camera, depth, (x, z), seed, number))
        return weather.laid(picture, drawn, lamps[: len(drawn)], 0.35 if fall.kind == "rain" else 0.9)

    def _lens(self, picture: Floats) -> Floats:
        return lens.glazed(picture)

    def _aov(
        self,
        behind: LitSet,
        cast: LitCast | None,
        shadows: list[tuple[int, torch.Tensor, torch.Tensor]],
        trodden: Trodden | None,
        mirrored: tuple[torch.Tensor, torch.Tensor] | None,
        blend: Blend,
        camera: Camera,
    ) -> Aov:
        lit = behind.lit
        shading, specular, airlight = lit.shading.clone(), lit.specular.clone(), lit.air
        if trodden is not None:
            shading[:, trodden.where] -= trodden.shading
            specular[:, trodden.where] -= trodden.specular
            airlight = airlight.clone()
            airlight[:, trodden.where] -= trodden.air
        for k, touched, taken in shadows:
            lamp, diffuse, shine = lit.lamps[k]
            for c in range(3):
                shading[c, touched] -= diffuse[touched] * taken * lamp.rgb[c]
                specular[c, touched] -= shine[touched] * taken * lamp.rgb[c]
        shading.clamp_(min=0.0)  # a lamp taken away whole may leave a last bit below nothing
        specular.clamp_(min=0.0)
        if mirrored is not None:
            specular[:, mirrored[0]] += mirrored[1]
        own = cast.lit.samples if cast else None
        samples = lit.samples
        turn = torch.tensor(camera.rotation, dtype=torch.float32)

        def st_of(x: Samples) -> torch.Tensor:
            return torch.stack([x.s, x.t, x.lod])

        def grey(x: torch.Tensor) -> torch.Tensor:
            return x[None].expand(3, -1)

        st = blend.first(st_of(samples), st_of(own) if own else None)
        st[..., 2][~blend.single] = -1.0  # no one texel stands for a pixel of several samples
        depth = blend.first(samples.depth[None], own.depth[None] if own else None)[..., 0]
        return Aov(
            diffuse=blend.of(
                samples.reflectance * shading, own.reflectance * cast.lit.shading if cast and own else None
            ),
            shading=blend.of(shading, cast.lit.shading if cast else None),
            st=st,
            depth=np.where(blend.region == 0, np.float32(np.inf), depth),
            normal=blend.first(turn @ samples.normal, turn @ own.normal if own else None),
            specular=blend.of(specular, cast.lit.specular if cast else None),
            transmittance=blend.of(grey(lit.through), grey(cast.lit.through) if cast else None),
            airlight=blend.of(airlight, cast.lit.air if cast else None),
        )


def set_pixels(
    plate: SetPlate, behind: torch.Tensor, before: Floats | None = None, touched: torch.Tensor | None = None
) -> Floats:
    """Pixels [H * W, C] of values over the set's samples [C, N]: the mean of an edge pixel's samples, else the one there is.

    Args:
        before, touched: the pixels as they were, and the samples [M] that changed since: only theirs are made anew, in a copy.
    """
    values, count, n = behind.numpy(), plate.count, len(plate.row)
    if before is None or touched is None:
        out = values[:, :n].T.copy()
        rows = np.arange(len(plate.edge))
    else:
        out = before.copy()
        at = touched.numpy()
        centre = at[at < n]
        own = plate.row[centre]
        plain = centre[own < 0]
        out[plain] = values[:, plain].T
        changed = np.zeros(len(plate.edge), bool)
        changed[own[own >= 0]] = True
        changed[(at[at >= n] - n) // count] = True
        rows = np.flatnonzero(changed)
    if len(rows):
        edge = plate.edge[rows]
        subs = values[:, n:].reshape(len(values), -1, count)[:, rows]
        out[edge] = ((values[:, edge] + subs.sum(axis=2)) / np.float32(count + 1)).T
    return out


class Blend:
    """How samples of set and cast become pixels: several of one weight at edges (less where they cover less), one elsewhere.

    Attributes:
        region: uint16 [H, W] of the centre samples.
        coverage: lock name -> float32 [H, W].
        single: bool [H, W].
    """

    def __init__(self, plate: SetPlate, cast: CastPlate | None, prepared: PreparedScene) -> None:
        self._plate, self._cast = plate, cast
        count = plate.count
        h, w = plate.camera.height, plate.camera.width
        self._shape = (h, w)
        n = h * w
        region = plate.centre.region.numpy().astype(np.uint16)
        single = np.ones(n, bool)
        single[plate.edge] = False
        covered = np.zeros((len(prepared.actors), n), np.float32)
        if cast is not None:
            cp = cast
            k = cp.centres
            px = cp.samples.pixel.numpy()
            own = cp.samples.region.numpy()
            owner = np.asarray(prepared.owner)[own]
            self._stands = np.flatnonzero(cp.weight[:k] >= 0.5)
            region[px[self._stands]] = own[self._stands].astype(np.uint16)
            single[px[:k]] = True
            single[cp.edge] = False
            e = len(cp.edge)
            row = np.full(n, -1, np.int64)
            row[cp.edge] = np.arange(e)
            at = row[px[:k]]
            self._edge_centres = np.flatnonzero(at >= 0)
            self._edge_rows = np.concatenate([at[self._edge_centres], cp.slot // (count + 1)])
            self._edge_from = np.concatenate([self._edge_centres, np.arange(k, len(px))])
            self._edge_weight = cp.weight[self._edge_from]
            slots = np.concatenate([at[self._edge_centres] * (count + 1), cp.slot])
            taken = np.bincount(slots, weights=self._edge_weight, minlength=e * (count + 1)).reshape(e, count + 1)
            self._free = np.maximum(1 - taken, 0).astype(np.float32)
            self._left = self._free.sum(axis=1)
            rows = plate.row[cp.edge]
            self._both = np.flatnonzero((rows >= 0) & (self._left > 0) & (self._left < count + 1))
            self._both_rows = rows[self._both]
            for a in range(len(prepared.actors)):
                mine = owner == a
                covered[a][px[:k][mine[:k]]] = 1.0
                mine = mine[self._edge_from] * self._edge_weight
                covered[a][cp.edge] = np.bincount(self._edge_rows, weights=mine, minlength=e) / (count + 1)
        self.region = region.reshape(h, w)
        self.single = single.reshape(h, w)
        ground = (plate.centre.region.numpy() > 0).astype(np.float32)
        if len(plate.edge):
            subs = (plate.subs.region.numpy() > 0).reshape(-1, count).sum(axis=1)
            ground[plate.edge] = (ground[plate.edge] + subs) / (count + 1)
        self.coverage = {a.lock.name: covered[i].reshape(h, w) for i, a in enumerate(prepared.actors)}
        self.coverage[prepared.scene.stage.lock.name] = (
            (ground * (1 - covered.sum(axis=0))).astype(np.float32).reshape(h, w)
        )

    def of(self, behind: torch.Tensor, before: torch.Tensor | None) -> Floats:
        """Pixels [H, W, C] of values over the set's samples [C, N] and the cast's [C, M]."""
        return self.over(set_pixels(self._plate, behind), behind, before)

    def over(self, background: Floats, behind: torch.Tensor | None, before: torch.Tensor | None) -> Floats:
        """Pixels [H, W, C] of the cast's values [C, M] before a background of pixels [H * W, C].

        Args:
            behind: the set's samples [C, N] behind edges of the cast; without them (a background out of focus has none) its pixels serve.
        """
        c = background.shape[1]
        if self._cast is None or before is None or not before.shape[1]:
            return background.reshape(*self._shape, c)
        plate, cp = self._plate, self._cast
        count = plate.count
        out = background.copy()
        own = before.numpy()
        k = cp.centres
        e = len(cp.edge)
        back = out[cp.edge] * (self._left / (count + 1))[:, None]
        if len(self._both) and behind is not None:
            values = behind.numpy()
            at = self._both_rows[:, None] * count + np.arange(count) + len(plate.row)
            every = np.concatenate([values[:, cp.edge[self._both]][:, :, None], values[:, at]], axis=2)
            back[self._both] = ((every * self._free[self._both]).sum(axis=2) / (count + 1)).T
        out[cp.samples.pixel.numpy()[:k]] = own[:, :k].T
        for ch in range(c):
            share = own[ch, self._edge_from] * self._edge_weight
            back[:, ch] += np.bincount(self._edge_rows, weights=share, minlength=e).astype(np.float32) / (count + 1)
        out[cp.edge] = back
        return out.reshape(*self._shape, c)

    def first(self, behind: torch.Tensor, before: torch.Tensor | None) -> Floats:
        """Pixels [H, W, C] of the centre samples alone."""
        n = self._shape[0] * self._shape[1]
        out = behind.numpy()[
            :, :n
        ].T.copy()  # of one channel the transpose is contiguous: without a copy the plate would be written
        if self._cast is not None and before is not None:
            out[self._cast.samples.pixel.numpy()[self._stands]] = before.numpy()[:, self._stands].T
        return out.reshape(*self._shape, -1)
