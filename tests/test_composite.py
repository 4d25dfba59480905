"""What is held, laid over what a model made: bytes of a base take, or R x S, and what the hold says of it."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from sora_lock.colour import coded
from sora_lock.composite import Composite, held_coverage, inner, mixed
from sora_lock.engines import Actor, Aov, Layers, RegionEntry
from sora_lock.hold import Hold, core
from sora_lock.records import Grip
from sora_lock.subjects.baked import Atlas
from tests.test_hold import Subject
from tests.test_records import a_lock

H, W, SIDE = 90, 120, 64
REGIONS = (
    RegionEntry("mara", "face", ("face",)), RegionEntry("mara", "coat", ("wardrobe",)),
    RegionEntry("mara", "hair", ("hair",)), RegionEntry("mara", "hands", ("body",)),
)  # fmt: skip


def an_atlas() -> Atlas:
    """A band of skin, one of checked cloth, one of hair, and another of skin."""
    x, y = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    checks = np.where(((x // 4) + (y // 4)) % 2 == 0, 1.0, 0.7)
    colours = np.array([[0.5, 0.35, 0.25], [0.5, 0.3, 0.1], [0.12, 0.08, 0.05], [0.5, 0.35, 0.25]])
    band = y // (SIDE // 4)
    made = (colours[band] * np.where(band == 1, checks, 1.0)[..., None]).astype(np.float32)
    empty = np.zeros((1, 1, 3), np.uint8)
    return Atlas(made, empty, empty, "b" * 64)


@dataclass
class Filmed:
    """A guide of two frames: hair, face, coat and hands, one below the other, in the middle of the frame."""

    atlas: Atlas
    actors: tuple[Actor, ...]
    frames: int = 2

    def layers(self, frame: int) -> Layers:
        x, y = np.meshgrid(np.linspace(0, 1, W), np.linspace(0, 1, H))
        inside = (x > 0.2) & (x < 0.8)
        number = np.select([y < 0.1, y < 0.4, y < 0.9], [3, 1, 2], 4)
        region = np.where(inside, number, 0).astype(np.uint16)
        t = (number - 1 + 0.1 + 0.8 * (y * 5 % 1)) / 4
        st = np.dstack([x, t, np.zeros_like(x)]).astype(np.float32)
        single = np.ones((H, W), bool)
        single[1:] &= number[1:] == number[:-1]
        shading = np.repeat((0.4 + 0.5 * x)[..., None], 3, axis=2).astype(np.float32)
        shown = self.atlas.chain.sample(st.reshape(-1, 3)).reshape(H, W, 3) * inside[..., None]
        zero = np.zeros((H, W, 3), np.float32)
        aov = Aov(shown * shading, shading, st, x.astype(np.float32), zero, zero, zero + 1, zero)
        return Layers(shown * shading, region, {"mara": inside.astype(np.float32)}, single, aov)

    def rgb(self, frame: int) -> np.ndarray:
        return coded(self.layers(frame).picture)

    def held(self, frame: int) -> np.ndarray:
        return held_coverage(self.layers(frame), REGIONS, self.actors)


def a_guide(wardrobe: str = "hold") -> Filmed:
    atlas = an_atlas()
    actor = Actor(
        a_lock(), Subject(atlas), None, {a: "hold" for a in ("face", "hair", "body")} | {"wardrobe": wardrobe}
    )
    return Filmed(atlas, (actor,))


def drawn(guide: Filmed, change: Callable[[np.ndarray], np.ndarray]) -> list[np.ndarray]:
    """What a model might make: the guide under a warmer, stronger light, on a new background, and changed."""
    out = []
    for frame in range(guide.frames):
        layers = guide.layers(frame)
        lit = layers.picture * np.array([1.2, 1.0, 0.8], np.float32)
        noise = np.random.default_rng(frame).random((H, W, 3), np.float32)
        out.append(change(coded(np.where((layers.region > 0)[..., None], lit, noise))))
    return out


def held(guide: Filmed, made: list[np.ndarray], grip: str) -> tuple[list[np.ndarray], dict[str, Grip]]:
    """Finished frames and grips of a composite, as `filmed.finished` makes them."""
    composite = Composite(guide.actors, REGIONS, guide, grip, "c" * 64)
    hold = Hold(guide.actors, REGIONS)
    frames = []
    for number, layers in enumerate(composite.frames(made)):
        hold.claims = composite.claims()
        assert layers.developed is not None
        hold.see(number, layers, layers.developed)
        frames.append(layers.developed)
    return frames, hold.grips()["mara"]


def same(rgb: np.ndarray) -> np.ndarray:
    return rgb


def coat_turned(degrees: int) -> Callable[[np.ndarray], np.ndarray]:
    """Turns the hue of the lower part of the figure."""

    def change(rgb: np.ndarray) -> np.ndarray:
        hsv = cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV)
        where = np.s_[int(0.41 * H) : int(0.89 * H), int(0.2 * W) : int(0.8 * W), 0]
        hsv[where] = (hsv[where].astype(int) + degrees // 2) % 180
        return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)

    return change


def rubbish(rgb: np.ndarray) -> np.ndarray:
    return np.random.default_rng(9).integers(0, 255, rgb.shape, np.uint8)


class TestPixels:
    @pytest.mark.parametrize("change", [same, rubbish])
    def test_the_core_has_the_bytes_of_the_base_whatever_a_model_made(self, change: Callable) -> None:
        guide = a_guide()
        frames, grips = held(guide, drawn(guide, change), "pixel")
        inside = core(guide.layers(0).coverage["mara"])
        assert inside.sum() > 3000
        for number, rgb in enumerate(frames):
            assert np.array_equal(rgb[inside], guide.rgb(number)[inside])
        assert {g.grip for g in grips.values()} == {"pixel"}
        assert len(grips) == 4
        assert "cccc" in grips["face"].note

    def test_outside_coverage_the_model_has_the_say(self) -> None:
        guide = a_guide()
        made = drawn(guide, rubbish)
        frames, _ = held(guide, made, "pixel")
        outside = guide.layers(0).region == 0
        assert np.array_equal(frames[0][outside], made[0][outside])

    def test_a_part_that_is_free_is_left_to_the_model(self) -> None:
        guide = a_guide(wardrobe="free")
        made = drawn(guide, rubbish)
        frames, grips = held(guide, made, "pixel")
        coat = guide.layers(0).region == 2
        assert np.array_equal(frames[0][coat], made[0][coat])
        assert "wardrobe" not in grips
        assert grips["face"].grip == "pixel"

    def test_the_hold_notices_bytes_that_are_not_the_base_s(self) -> None:
        guide = a_guide()
        composite = Composite(guide.actors, REGIONS, guide, "pixel", "c" * 64)
        hold = Hold(guide.actors, REGIONS)
        layers = next(iter(composite.frames(drawn(guide, same)[:1])))
        hold.claims = composite.claims()
        spoilt = layers.developed.copy()
        spoilt[20, 60] ^= 1
        hold.see(0, layers, spoilt)
        grips = hold.grips()["mara"]
        assert (grips["face"].grip, grips["wardrobe"].grip) == ("guided", "pixel")
        assert "bytes differ" in grips["face"].note


class TestReflectance:
    def test_another_light_is_kept_and_the_lock_s_texture_with_it(self) -> None:
        guide = a_guide()
        frames, grips = held(guide, drawn(guide, same), "reflectance")
        assert (grips["face"].grip, grips["wardrobe"].grip) == ("reflectance", "reflectance")
        assert "residual" in grips["face"].note
        face = frames[0][10:30, 40:80].reshape(-1, 3).mean(0)
        was = guide.rgb(0)[10:30, 40:80].reshape(-1, 3).mean(0)
        assert face[0] > was[0] + 5  # the warmer light
        assert face[2] < was[2] - 5

    @pytest.mark.parametrize("degrees", [30, 60])
    def test_a_coat_of_another_hue_is_residual_and_lowers_its_own_grip_alone(self, degrees: int) -> None:
        guide = a_guide()
        made = drawn(guide, coat_turned(degrees))
        frames, grips = held(guide, made, "reflectance")
        assert (grips["face"].grip, grips["wardrobe"].grip) == ("reflectance", "guided")
        assert "code values from R x S" in grips["wardrobe"].note
        coat = np.s_[50:80, 40:80]
        assert np.array_equal(frames[0][coat], made[0][coat])  # what is not held is shown as it was made

    def test_the_core_is_rebuilt_from_atlas_and_shading_and_is_what_one_sees(self) -> None:
        guide = a_guide()
        composite = Composite(guide.actors, REGIONS, guide, "reflectance")
        layers = next(iter(composite.frames(drawn(guide, same)[:1])))
        inside = layers.single & core(layers.coverage["mara"])
        rebuilt = guide.atlas.chain.sample(layers.aov.st[inside]) * layers.aov.shading[inside]
        assert inside.sum() > 3000
        assert np.array_equal(coded(rebuilt), layers.developed[inside])

    def test_its_shading_carries_no_colour_of_its_own_from_texel_to_texel(self) -> None:
        guide = a_guide()
        composite = Composite(guide.actors, REGIONS, guide, "reflectance")
        layers = next(iter(composite.frames(drawn(guide, coat_turned(10))[:1])))
        s = layers.aov.shading[10:30, 40:80]
        ratio = np.log(s[..., 0] / s[..., 2])
        assert np.abs(np.diff(ratio, axis=1)).max() < 0.01


class TestGuided:
    def test_nothing_is_laid_over_and_nothing_claimed(self) -> None:
        guide = a_guide()
        made = drawn(guide, same)
        frames, grips = held(guide, made, "guided")
        assert np.array_equal(frames[1], made[1])
        assert {g.grip for g in grips.values()} == {"guided"}
        assert grips["face"].note == "the model was asked for it, nothing more"

    def test_without_a_guide_nobody_knows_what_is_where(self) -> None:
        guide = a_guide()
        composite = Composite(guide.actors, (), None, "guided")
        hold = Hold(guide.actors, ())
        for number, layers in enumerate(composite.frames(drawn(guide, same))):
            hold.claims = composite.claims()
            hold.see(number, layers, layers.developed)
        assert {g.grip for g in hold.grips()["mara"].values()} == {"guided"}


class TestEdges:
    def test_the_ramp_lies_inside_and_is_whole_in_the_core(self) -> None:
        coverage = np.zeros((60, 60), np.float32)
        coverage[10:50, 10:50] = 1
        weight = inner(coverage)
        assert (weight[core(coverage)] == 1).all()
        assert not weight[coverage < 1].any()
        assert (np.diff(weight[30, 9:15]) > 0).sum() >= 3

    def test_mixing_is_done_in_linear_light(self) -> None:
        black, white = np.zeros((1, 1, 3), np.uint8), np.full((1, 1, 3), 255, np.uint8)
        assert mixed(black, white, np.full((1, 1), 0.5, np.float32))[0, 0, 0] == 188
