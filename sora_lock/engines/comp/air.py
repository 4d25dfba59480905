"""Air: fog that light shows, the sky behind everything.

Place in the path: comp, after light, before lens. `beauty = (diffuse + specular) * T + airlight`: fog gives T (transmittance)
and airlight by closed forms along each view ray; nothing here touches reflectance.

Fog: extinction `sigma * exp(-y / height)` per metre. In-scattered light of a near source with inverse-square fall-off has the closed
form `(atan((d - t0) / h) + atan(t0 / h)) / h` (Sun et al. 2005, "A practical analytic single scattering model"), h the distance of the
source from the ray, t0 where along it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from sora_lock.engines.comp.rigs import Look, Point

DENSITY = {
    # weather: extinction per metre at amount 1, height in metres over which it thins to 1 / e
    "fog": (0.125, 3.2), "mist": (0.075, 1.1), "rain": (0.012, 30.0), "drizzle": (0.016, 30.0), "downpour": (0.034, 30.0),
    "snow": (0.022, 30.0), "blizzard": (0.11, 30.0), "storm": (0.03, 30.0), "dust": (0.07, 6.0), "overcast": (0.002, 40.0),
}  # fmt: skip
HAZE = 0.0016
"""What clean air takes per metre: distance should read a little even on a clear day."""

TO_THE_EYE = 0.4
"""Of a near lamp's light that fog scatters, the part an even lobe would promise that reaches the eye: drops throw most of it onward."""


@dataclass(frozen=True)
class Fog:
    """Extinction per metre at the floor, and the height over which it thins."""

    sigma: float
    height_m: float
    lit: float = 1.0  # how much of the sky's light it gets: less in a room
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)  # of what it gives back


def fog_of(weathers: Mapping[str, float], rigs: tuple[str, ...], inside: bool) -> Fog:
    """The air of weather chips with their amounts: they add up; some rigs get the faint haze a crew would put there.

    Indoors only fog and mist come in, thinly; what falls stays outside.
    """
    sigma, height = HAZE, 40.0
    for name in rigs:
        sigma += {"silhouette": 0.014, "neon": 0.008, "noir": 0.006, "rim": 0.008, "light shafts": 0.05}.get(name, 0.0)
    total, weighted = sigma, sigma * height
    for weather, amount in weathers.items():
        if weather in DENSITY and not (inside and weather not in ("fog", "mist", "dust")):
            s, h = DENSITY[weather]
            s *= amount**1.25 * (0.8 if inside else 1.0)
            total += s
            weighted += s * h
    # dust is a colour of its own, as far as it is the air's part
    sand = min(1.0, weathers.get("dust", 0.0) * DENSITY["dust"][0] / total)
    tint = (1.0 + 0.42 * sand, 1.0, 1.0 - 0.46 * sand)
    return Fog(total, weighted / total, 0.4 if inside else 1.0, tint)


def thickness(fog: Fog, eye: Point, direction: torch.Tensor, distance: torch.Tensor) -> torch.Tensor:
    """Optical thickness [N] from the eye along unit directions [3, N] over distances [N] in metres."""
    y1 = eye[1] + direction[1] * distance
    a = math.exp(-max(eye[1], 0.0) / fog.height_m)
    b = torch.exp(-y1.clamp(min=0.0) / fog.height_m)
    drop = (y1.clamp(min=0.0) - max(eye[1], 0.0)) / fog.height_m
    mean = torch.where(
        drop.abs() < 1e-3, torch.full_like(b, a) * (1 - drop / 2), (a - b) / torch.where(drop.abs() < 1e-3, 1.0, drop)
    )
    return fog.sigma * distance * mean.clamp(min=0.0)


def scatter(
    fog: Fog,
    look: Look,
    eye: Point,
    direction: torch.Tensor,
    distance: torch.Tensor,
    lit: Mapping[str, torch.Tensor] | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Transmittance [N] and airlight [3, N] along unit directions [3, N] over distances [N] in metres.

    Args:
        lit: lamp name -> part of its scattering that shadows and its own shape leave [N], see `shafts`; lamps without are
            taken to be open, spots to fill a part of what an open lamp would.
    """
    tau = thickness(fog, eye, direction, distance)
    through = torch.exp(-tau)
    took = 1 - through
    air = torch.empty_like(direction)
    base = [0.55 * s + 0.45 * u + 0.2 * c for s, u, c in zip(look.side, look.up, look.city, strict=True)]
    for k in range(3):
        air[k] = took * base[k] * fog.lit * fog.tint[k]
    local = tau / distance.clamp(min=1e-3)
    for light in look.lights:
        if light.glow <= 0:
            continue
        if light.kind == "far":
            cos = direction[0] * light.at[0] + direction[1] * light.at[1] + direction[2] * light.at[2]
            g = 0.55
            phase = (1 - g * g) / (1 + g * g - 2 * g * cos) ** 1.5
            part = took * phase * 0.22 * light.glow
            if lit is not None and light.name in lit:
                part = part * lit[light.name]
        else:
            rel = [light.at[k] - eye[k] for k in range(3)]
            t0 = direction[0] * rel[0] + direction[1] * rel[1] + direction[2] * rel[2]
            if fog.sigma * light.reference_m**2 * max(light.rgb) < 4e-3:
                continue
            h = (sum(r * r for r in rel) - t0 * t0).clamp(min=max(light.size, 0.22) ** 2).sqrt()
            # atan(a) + atan(b) as one atan2, which is right for all a + b > 0
            span = torch.atan2(distance * h, h * h - (distance - t0) * t0)
            near = torch.minimum(t0.clamp(min=0.0), distance)
            part = local * torch.exp(-local * near) * span / h * (light.reference_m**2 / 4) * light.glow * TO_THE_EYE
            if lit is not None and light.name in lit:
                part = part * lit[light.name]
            elif light.aim is not None:
                part = part * 0.30
        for k in range(3):
            air[k] += part * light.rgb[k]
    return through, air


def sky(look: Look, direction: torch.Tensor) -> torch.Tensor:
    """Radiance of the sky [3, N] along unit directions [3, N]."""
    y = direction[1]
    rise = y.clamp(0, 1) ** 0.5
    glow = torch.exp(-y.clamp(min=0) * 5.0)
    out = torch.empty_like(direction)
    for k in range(3):
        out[k] = look.horizon[k] * (1 - rise) + look.zenith[k] * rise + look.city[k] * glow
    for light in look.lights:
        if light.name == "sun":
            cos = direction[0] * light.at[0] + direction[1] * light.at[1] + direction[2] * light.at[2]
            halo = cos.clamp(min=0) ** 48 * 0.35 + cos.clamp(min=0) ** 6 * 0.06
            for k in range(3):
                out[k] += halo * light.rgb[k]
    return out
