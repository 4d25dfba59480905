"""Wardrobe colour: which garment, which tone, and that everything else keeps its reflectance to the bit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sora_lock.colour import LUMA
from sora_lock.engines import Scene
from sora_lock.engines.comp import wardrobe
from sora_lock.engines.comp.scene import PreparedScene
from sora_lock.engines.comp.stage import Body
from sora_lock.engines.comp.take import Filming
from sora_lock.hold import Hold
from sora_lock.paths import shipped
from sora_lock.records import Chip, Direction
from sora_lock.subjects import baked
from tests.baked_parts import actor, direction, shot, write_set


def red(words: str = "red coat") -> Direction:
    return Direction(words, (Chip("wardrobe", "red", words),))


@pytest.fixture(scope="module")
def mara() -> Body:
    return Body(baked.load(shipped()["mara"]), (0.0, 0.0, 0.0), 0.0, 1)


def prepared(root: Path, **policies: str) -> PreparedScene:
    return PreparedScene(Scene((actor(shipped()["mara"], "mara", policies),), actor(write_set(root), "void"), 160, 90))


class TestTheGarment:
    @pytest.mark.parametrize(
        ("words", "part"), [("red coat", "coat"), ("a red sweater", "rollneck"), ("in red", "coat")]
    )
    def test_is_the_one_that_is_named_or_else_the_largest(self, mara: Body, words: str, part: str) -> None:
        found = wardrobe.garment(mara, words)
        assert found is not None
        assert mara.subject.info["parts"][found]["name"] == part

    def test_is_not_dyed_while_it_is_held(self, mara: Body) -> None:
        assert wardrobe.dyes(red(), [mara], [{"wardrobe": "hold"}]) == ()
        assert len(wardrobe.dyes(red(), [mara], [{"wardrobe": "free"}])) == 1

    def test_another_cut_is_no_dye(self, mara: Body) -> None:
        hat = Direction("with a hat", (Chip("wardrobe", "hat", "with a hat"),))
        assert wardrobe.dyes(hat, [mara], [{"wardrobe": "free"}]) == ()


class TestTheDye:
    def lit(self, root: Path, policy: str, frame: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, int]:
        """Regions, reflectance before and after, and the coat's region number."""
        scene = prepared(root, wardrobe=policy)
        take = Filming(scene, shot(scene.scene, 5), red())
        plate = scene.set_plate(take.cameras[0], keep=True)
        at, mesh, how = take._pose(frame)
        assert mesh is not None
        cast = scene.cast_plate(mesh, plate, at, how, keep=False)
        new = take._light_cast(cast, plate, mesh, frame).lit.samples.reflectance
        return cast.samples.region, cast.samples.reflectance, new, take._dyes[0].region

    def test_gives_the_garment_its_hue_and_leaves_its_tone(self, tmp_path: Path) -> None:
        region, old, new, coat = self.lit(tmp_path, "free")
        mine = region == coat
        assert int(mine.sum()) > 100
        assert bool((new[0, mine] > 4 * new[1, mine]).all())
        luma = torch.from_numpy(LUMA)
        before, after = luma @ old[:, mine], luma @ new[:, mine]
        inner = (before > 0.3 * before.mean()) & (before < 2.2 * before.mean())
        assert float(torch.corrcoef(torch.stack([before[inner], after[inner]]))[0, 1]) > 0.999

    def test_touches_nothing_else(self, tmp_path: Path) -> None:
        region, old, new, coat = self.lit(tmp_path, "free")
        assert torch.equal(old[:, region != coat], new[:, region != coat])

    def test_evolves_from_what_was_to_what_is_wanted(self, tmp_path: Path) -> None:
        _, old, first, _ = self.lit(tmp_path, "evolve", 0)
        assert torch.equal(old, first)
        region, _, last, coat = self.lit(tmp_path, "evolve", 4)
        assert bool((last[0, region == coat] > 4 * last[1, region == coat]).all())


class TestTheGrip:
    def test_of_the_face_is_proved_though_the_coat_took_another_colour(self, tmp_path: Path) -> None:
        scene = prepared(tmp_path, wardrobe="evolve")
        take = Filming(scene, shot(scene.scene, 5), red())
        hold = Hold((*scene.scene.cast, scene.scene.stage), scene.regions)
        for number in (0, 4):
            layers = take.frame(number, aov=True)
            hold.see(number, layers, np.zeros((90, 160, 3), np.uint8))
        grips = hold.grips()["mara"]
        assert "code values" in grips["wardrobe"].note
        assert grips["wardrobe"].grip == "guided"
        assert all("code values" not in grips[a].note for a in ("face", "hair", "body"))
        assert replace(grips["wardrobe"], note="") != grips["face"]

    def test_what_is_free_is_not_reported(self, tmp_path: Path) -> None:
        scene = prepared(tmp_path, wardrobe="free")
        take = Filming(scene, shot(scene.scene), direction(wardrobe="red"))
        hold = Hold((*scene.scene.cast, scene.scene.stage), scene.regions)
        hold.see(0, take.frame(0, aov=True), np.zeros((90, 160, 3), np.uint8))
        assert "wardrobe" not in hold.grips()["mara"]
