"""Edges, measured on what ships at 960x540: no halo around a figure, no wider a blend than a pixel, no light in a slit that its lamp does not see."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from sora_lock.direction import read
from sora_lock.engines import Layers, Scene
from sora_lock.engines.comp.scene import PreparedScene
from sora_lock.engines.comp.take import Filming
from sora_lock.paths import shipped
from tests.baked_parts import actor, shot

pytestmark = pytest.mark.slow
PAIRS = (("mara", "alley"), ("noor", "desert"), ("abel", "kitchen"), ("ivo", "rooftop"))


def beauty(layers: Layers) -> np.ndarray:
    aov = layers.aov
    assert aov is not None
    return (aov.diffuse + aov.specular) * aov.transmittance + aov.airlight


@pytest.fixture(scope="module", params=PAIRS, ids=["-".join(p) for p in PAIRS])
def filmed(request: pytest.FixtureRequest) -> tuple[str, Filming, Filming]:
    """A take in even light, and the same camera and light on the set alone."""
    person, place = (actor(shipped()[n], n) for n in request.param)
    take, bare = (
        Filming(p, shot(p.scene), read("overcast day"))
        for p in (PreparedScene(Scene(cast, place, 960, 540)) for cast in ((person,), ()))
    )
    bare.cameras, bare.fog = take.cameras, take.fog
    take.look = bare.look = replace(
        take.look, lights=()
    )  # without lamps there is no shadow of the figure to tell apart
    return request.param[0], take, bare


class TestTheEdge:
    def test_what_the_figure_does_not_cover_is_the_set_alone(self, filmed: tuple[str, Filming, Filming]) -> None:
        name, take, bare = filmed
        layers = take.frame(0, aov=True)
        free = layers.coverage[name] == 0
        assert 0.2 < free.mean() < 0.95
        assert np.array_equal(beauty(layers)[free], beauty(bare.frame(0, aov=True))[free])

    def test_the_blend_is_a_pixel_wide_and_between_what_lies_on_both_sides(
        self, filmed: tuple[str, Filming, Filming]
    ) -> None:
        name, take, _ = filmed
        layers = take.frame(0, aov=True)
        cover = layers.coverage[name]
        edge = (cover > 0) & (cover < 1)
        half = cv2.distanceTransform(edge.astype(np.uint8), cv2.DIST_L2, 5)[edge]
        assert np.percentile(half, 95) <= 1.0
        luma = beauty(layers) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
        around = np.ones((5, 5), np.uint8)
        high = cv2.dilate(np.where(edge, -1, luma).astype(np.float32), around)
        low = cv2.erode(np.where(edge, 1e9, luma).astype(np.float32), around)
        beyond = (np.maximum(luma - high, low - luma) / np.maximum(high, 0.02))[edge]
        # what is left are single hairs and straps, thinner than their surroundings can tell
        assert (beyond > 0.05).mean() < 0.08


class TestASlit:
    def test_of_a_mouth_before_a_lamp_behind_the_head_is_dark(self) -> None:
        scene = Scene((actor(shipped()["mara"], "mara"),), actor(shipped()["alley"], "alley"), 960, 540)
        prepared = PreparedScene(scene)
        layers = Filming(prepared, shot(scene), read("silhouette, blue hour, medium close-up")).frame(0, aov=True)
        aov = layers.aov
        assert aov is not None
        mouth = [k for k, r in enumerate(prepared.regions, 1) if (r.lock, r.part) == ("mara", "mouth")]
        lips = np.isin(layers.region, mouth)
        assert lips.sum() > 100
        assert aov.specular[lips].max() < 0.1
