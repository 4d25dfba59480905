"""The reflectance grip on everything that ships: each character in each set, under each rig, one frame each."""

import itertools

import numpy as np
import pytest

from sora_lock.direction import read
from sora_lock.engines import Actor, Scene
from sora_lock.engines.comp.rigs import RIGS
from sora_lock.engines.comp.scene import PreparedScene
from sora_lock.engines.comp.take import Filming
from sora_lock.hold import Hold, core
from sora_lock.paths import shipped
from tests.baked_parts import actor, shot

PAIRS = list(itertools.product(shipped("cast"), shipped("sets")))
LIGHTS = (*RIGS, "golden hour", "overcast day, downpour")
RASTER = (384, 216)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=PAIRS, ids=["-".join(p) for p in PAIRS])
def pair(request: pytest.FixtureRequest) -> PreparedScene:
    character, stage = request.param
    person, place = (actor(shipped()[n], n) for n in (character, stage))
    return PreparedScene(Scene((person,), place, *RASTER))


def actors(prepared: PreparedScene) -> tuple[Actor, ...]:
    return (*prepared.scene.cast, prepared.scene.stage)


class TestEveryPair:
    def test_is_held_under_every_rig(self, pair: PreparedScene) -> None:
        for light in LIGHTS:
            hold = Hold(actors(pair), pair.regions)
            layers = Filming(pair, shot(pair.scene), read(light)).frame(0, aov=True)
            hold.see(0, layers, np.zeros((*RASTER[::-1], 3), np.uint8))
            grips = hold.grips()
            (person, place) = (a.lock.name for a in actors(pair))
            for attribute in ("face", "wardrobe"):
                assert grips[person][attribute].grip == "reflectance", (light, grips[person])
            assert not any("code values" in g.note for by in grips.values() for g in by.values()), light
            assert sum(g.grip == "reflectance" for g in grips[place].values()) >= 2, (light, grips[place])

    def test_is_held_while_walking(self, pair: PreparedScene) -> None:
        hold = Hold(actors(pair), pair.regions)
        take = Filming(pair, shot(pair.scene, 48), read("day, walks two steps, medium wide"))
        for frame in (8, 20, 38):
            hold.see(frame, take.frame(frame, aov=True), np.zeros((*RASTER[::-1], 3), np.uint8))
        (person, place) = (a.lock.name for a in actors(pair))
        assert hold.grips()[person]["wardrobe"].grip == "reflectance", hold.grips()[person]
        assert sum(g.grip == "reflectance" for g in hold.grips()[place].values()) >= 2

    def test_stands_on_the_ground_and_in_the_picture(self, pair: PreparedScene) -> None:
        take = Filming(pair, shot(pair.scene), read("overcast day, wide"))
        layers = take.frame(0, aov=True)
        name = pair.scene.cast[0].lock.name
        inside = core(layers.coverage[name])
        assert inside.sum() > 250
        assert layers.coverage[name][0].max() == 0  # nobody's head is cut in a wide shot
        _, mesh, _ = take._pose(0)
        assert mesh is not None
        floor = float(pair.framing.feet_m)
        assert abs(float(mesh.low[1]) - floor) < 0.012
        # under the soles lies the set: its first hit straight down from each foot is the floor, within a finger's breadth
        feet = mesh.points[mesh.points[:, 1] < floor + 0.05]
        start = np.ascontiguousarray(feet[::25] * [1, 0, 1] + [0, floor + 0.3, 0], np.float32)
        hits = pair.set_mesh.cast(start, np.tile(np.array([[0, -1, 0]], np.float32), (len(start), 1)))
        assert (hits["primID"] >= 0).all()
        assert np.abs(np.median(hits["tfar"]) - 0.3) < 0.02
