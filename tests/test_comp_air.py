"""Fog in closed form, rain and snow in depth, wet surfaces."""

import math

import numpy as np
import pytest
import torch

from sora_lock.engines.comp import air, rigs, surface, weather
from sora_lock.engines.comp.scene import PreparedScene
from sora_lock.engines.comp.take import Filming
from tests.baked_parts import direction, scene, shot


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> PreparedScene:
    return PreparedScene(scene(tmp_path_factory.mktemp("air")))


def take(prepared: PreparedScene, **axes: object) -> Filming:
    return Filming(prepared, shot(prepared.scene), direction(**axes))  # type: ignore[arg-type]


class TestFog:
    def test_level_rays_lose_light_by_the_exponential_law(self) -> None:
        fog = air.Fog(0.2, 3.0)
        level = torch.tensor([[1.0, 1.0], [0.0, 0.0], [0.0, 0.0]])
        tau = air.thickness(fog, (0.0, 1.5, 0.0), level, torch.tensor([2.0, 5.0]))
        assert np.allclose(tau, 0.2 * math.exp(-1.5 / 3.0) * np.array([2.0, 5.0]), rtol=1e-3)

    def test_a_rising_ray_agrees_with_the_sum_of_its_steps(self) -> None:
        fog = air.Fog(0.3, 1.2)
        up = torch.tensor([[0.6], [0.8], [0.0]])
        tau = float(air.thickness(fog, (0.0, 0.4, 0.0), up, torch.tensor([4.0]))[0])
        steps = (np.arange(4000) + 0.5) / 1000
        want = (0.3 * np.exp(-(0.4 + 0.8 * steps) / 1.2)).sum() / 1000
        assert tau == pytest.approx(want, rel=1e-3)

    def test_a_lamp_glows_as_the_integral_along_the_ray(self) -> None:
        info = {"sun": {"azimuth_deg": 0, "elevation_deg": 40}, "open_sky": 1.0}
        base = rigs.look(direction(), info, (0, 1.6, 0), 0, 0)
        dark = (0.0, 0.0, 0.0)
        lamp = rigs.Light("test", "near", (0.5, 0.0, -3.0), (1.0, 1.0, 1.0), 0.1, reference_m=2.0)
        lit = rigs.Look((lamp,), dark, dark, dark, dark, dark, dark, {}, dark, 0.3, None, 0.0)
        fog = air.Fog(0.01, 1e6)
        way = torch.tensor([[0.0], [0.0], [-1.0]])
        _, got = air.scatter(fog, lit, (0.0, 0.0, 0.0), way, torch.tensor([6.0]))
        t = (np.arange(60000) + 0.5) / 10000
        want = air.TO_THE_EYE * (0.01 * 4 / 4 / (0.5**2 + (t - 3.0) ** 2)).sum() / 10000
        assert float(got[0, 0]) == pytest.approx(want, rel=0.05)
        assert base.face > 0

    def test_fog_lowers_contrast_with_depth(self, prepared: PreparedScene) -> None:
        def contrast(weathers: list[str]) -> tuple[float, float]:
            layers = take(prepared, weather=weathers, size="medium wide").frame(0, aov=False)
            luma = layers.picture.mean(axis=2)
            near, far = luma[(layers.region == 2) & layers.single], luma[layers.region == 4]
            return float(near.std() / near.mean()), float(far.std() / far.mean())

        clear, fogged = contrast(["overcast"]), contrast(["overcast", "fog"])
        assert fogged[1] / clear[1] < fogged[0] / clear[0] < 1.05

    def test_indoors_rain_brings_no_mist(self) -> None:
        assert air.fog_of({"downpour": 1.0}, (), True).sigma == air.HAZE
        assert air.fog_of({"downpour": 1.0}, (), False).sigma > 5 * air.HAZE


class TestWhatFalls:
    def test_rain_moves_and_the_same_seed_repeats_it(self, prepared: PreparedScene) -> None:
        depth = np.full((90, 160), 9.0, np.float32)
        camera = take(prepared).cameras[0]
        fall = weather.Fall("rain", 1.0, 1.0)

        def drawn(seed: int, frame: int) -> list[np.ndarray]:
            return weather.coverage(fall, camera, camera, depth, seed, frame, 24.0)

        one, same, later, other = drawn(3, 5), drawn(3, 5), drawn(3, 6), drawn(4, 5)
        assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
        assert not np.array_equal(one[1], later[1])
        assert not np.array_equal(one[1], other[1])

    def test_drops_behind_things_are_hidden(self, prepared: PreparedScene) -> None:
        camera = take(prepared).cameras[0]
        close = np.full((90, 160), 0.5, np.float32)
        groups = weather.coverage(weather.Fall("snow", 1.0, 0.0), camera, camera, close, 1, 0, 24.0)
        assert sum(int(g.sum()) for g in groups) == 0

    def test_rain_is_more_temporal_energy_than_none(self, prepared: PreparedScene) -> None:
        def energy(weathers: list[str]) -> float:
            filming = take(prepared, weather=weathers)
            a, b = (filming.frame(f, aov=False).picture for f in (0, 1))
            return float(np.abs(a - b).mean())

        assert energy(["overcast", "rain"]) > 4 * energy(["overcast"])

    def test_snow_whitens_the_floor_and_leaves_reflectance_alone(self, prepared: PreparedScene) -> None:
        layers = take(prepared, weather="snow", size="wide").frame(0, aov=True)
        plain = take(prepared, weather="overcast", size="wide").frame(0, aov=True)
        assert layers.aov is not None
        assert plain.aov is not None
        floor = (layers.region == 3) & layers.single
        assert layers.aov.transmittance[floor].mean() < 0.6
        one, two = (a.diffuse[floor] / np.maximum(a.shading[floor], 1e-6) for a in (layers.aov, plain.aov))
        assert np.abs(one - two).max() < 1e-3


class TestWetness:
    def test_a_wet_floor_is_darker_in_shading_and_brighter_in_mirror(self, prepared: PreparedScene) -> None:
        wet, dry = (take(prepared, weather=w, size="wide") for w in (["overcast", "wet"], ["overcast"]))
        a, b = (x.frame(0, aov=True) for x in (wet, dry))
        assert a.aov is not None
        assert b.aov is not None
        floor = (a.region == 3) & a.single
        ratio = wet.look.exposure / dry.look.exposure
        assert a.aov.shading[floor].mean() < 0.9 * ratio * b.aov.shading[floor].mean()
        assert a.aov.specular[floor].max() > b.aov.specular[floor].max() * ratio

    def test_puddles_lie_on_level_ground_only(self, prepared: PreparedScene) -> None:
        plate = prepared.set_plate(take(prepared, size="wide").cameras[0], keep=False)
        water = surface.puddles(plate.centre, 1.0)
        region = plate.centre.region
        assert float(water[region == 4].max()) == 0.0
        assert 0.02 < float((water[region == 3] > 0.5).float().mean()) < 0.9

    def test_rain_on_a_pane_ripples_its_light_and_never_adds_any(self) -> None:
        pane = rigs.Light("window", "near", (1.0, 1.6, -2.6), (1.0, 1.0, 1.0), 0.5, pane=True)
        points = torch.rand((3, 500), generator=torch.Generator().manual_seed(1)) * 2
        fall = weather.Fall("rain", 1.0, 1.0)
        one, later = (weather.rivulets(fall, pane, points, t) for t in (0.0, 0.1))
        assert float(one.min()) > 0.3
        assert float(one.max()) <= 1.0
        assert float((one - later).abs().mean()) > 0.01
