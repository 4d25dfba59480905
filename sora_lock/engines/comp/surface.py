"""What weather does to surfaces: water films, puddles, lying snow. Light changes, reflectance does not.

Place in the path: comp, between stage and light. Wetness darkens (a factor of the shading), smooths (lower roughness) and, on level
ground, mirrors; snow is a veil with its own transmittance and airlight in front of the surface.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from sora_lock.engines.comp.stage import Samples

WET = {
    "rain": 0.85,
    "downpour": 1.0,
    "drizzle": 0.55,
    "storm": 1.0,
    "wet": 0.9,
    "snow": 0.25,
    "blizzard": 0.2,
    "mist": 0.15,
}
SNOW = {"snow": 0.75, "blizzard": 1.0}
SNOW_ALBEDO = (0.80, 0.83, 0.88)


@dataclass(frozen=True)
class Weathered:
    """How wet (0..1) and how snowed over (0..1) a place is."""

    wet: float
    snow: float


def weathered(weathers: Mapping[str, float]) -> Weathered:
    """Of weather chips with their amounts."""
    wet = max([WET[w] * min(1.15, 0.4 + 0.6 * a) for w, a in weathers.items() if w in WET], default=0.0)
    snow = max([SNOW[w] * min(1.2, a) for w, a in weathers.items() if w in SNOW], default=0.0)
    return Weathered(min(1.0, wet), min(1.0, snow))


def unrest(x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """A smooth pattern [N] in 0..1 over the floor (a few crossed waves, half a metre to two metres), fixed in the world."""
    a = torch.sin(1.9 * x + 1.3 * torch.sin(1.1 * z + 0.4)) * torch.sin(1.6 * z - 1.1 * torch.sin(1.4 * x))
    b = torch.sin(4.3 * x + 2.1 * z + 1.7 * a) * torch.sin(3.7 * z - 2.9 * x)
    return (0.5 + 0.36 * a + 0.17 * b).clamp(0, 1)


def puddles(part: Samples, wet: float) -> torch.Tensor:
    """Part of standing water [N]: level ground, in the hollows of `unrest`, more of it the wetter it is."""
    level = ((part.smooth[1] - 0.93) * 20.0).clamp(0, 1) * ((0.06 - part.position[1]) * 50.0).clamp(0, 1)
    edge = 0.86 - 0.52 * wet
    water = ((unrest(part.position[0], part.position[2]) - edge) * 9.0).clamp(0, 1)
    return level * water


def wetted(part: Samples, wet: float, *, cast: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Factor on the shading, roughness and normal of wet surfaces ([N], [N], [3, N])."""
    if cast:
        cloth = (1.0 - ((part.soft - 0.5) * 4.0).clamp(0, 1)) * wet
        # water stands on what faces up: shoulders and hair shine, the rest only clings
        film = ((part.smooth[1] - 0.05) * 1.5).clamp(0, 1) * wet
        factor = 1.0 - 0.34 * cloth - 0.04 * wet
        rough = part.rough + (0.30 - part.rough).clamp(max=0.0) * (0.35 + 0.35 * cloth) * wet
        rough = rough + (0.12 - rough).clamp(max=0.0) * film
        return factor, rough, part.normal
    up = ((part.smooth[1] - 0.6) * 2.5).clamp(0, 1)
    film = wet * (0.35 + 0.65 * up)
    pool = puddles(part, wet)
    factor = 1.0 - 0.40 * film - 0.18 * pool
    rough = part.rough + (0.20 - part.rough).clamp(max=0.0) * film * 0.8
    rough = rough + (0.05 - rough) * pool
    normal = part.normal + (part.smooth - part.normal) * pool
    return factor, rough, normal


def snowed(part: Samples, snow: float, *, cast: bool) -> torch.Tensor:
    """Part of each sample that lying snow hides [N]: what faces up and is open to the sky, in patches at first."""
    up = ((part.normal[1] - (0.62 if cast else 0.30)) * 2.6).clamp(0, 1)
    patch = unrest(part.position[0] * 2.3 + part.position[1], part.position[2] * 2.3)
    grain = unrest(part.position[0] * 23.0 + part.position[1] * 31.0, part.position[2] * 23.0)
    full = ((snow * (1.5 if not cast else 0.85) - patch * 0.7 - grain * 0.35) * 2.2).clamp(0, 1)
    return up * full * (part.open * 1.4).clamp(max=1.0) * (0.75 if cast else 0.96)
