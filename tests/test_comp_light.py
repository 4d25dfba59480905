"""Light in closed form: Lambert, inverse square, shadows of known length, rigs that stand where they are told."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sora_lock.engines.comp import light, rigs, shafts
from sora_lock.engines.comp.scene import PreparedScene
from sora_lock.engines.comp.stage import Samples
from sora_lock.engines.comp.take import Filming
from tests.baked_parts import direction, scene, shot


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> PreparedScene:
    return PreparedScene(scene(tmp_path_factory.mktemp("light"), plain=True))


def filmed(prepared: PreparedScene, lamps: tuple[rigs.Light, ...], **axes: str) -> Filming:
    """A take lit by `lamps` alone."""
    take = Filming(prepared, shot(prepared.scene), direction(**axes))
    dark = (0.0, 0.0, 0.0)
    take.look = replace(
        take.look, lights=lamps, up=dark, side=dark, down=dark, zenith=dark, horizon=dark, city=dark, practicals={}
    )
    take.fog = replace(take.fog, sigma=0.0)
    return take


def far(direction_to: tuple[float, float, float], level: float = 1.0) -> rigs.Light:
    d = np.asarray(direction_to) / np.linalg.norm(direction_to)
    return rigs.Light("test", "far", (float(d[0]), float(d[1]), float(d[2])), (level, level, level), 0.001)


def lit_by(cosines: np.ndarray, soft: bool) -> np.ndarray:
    """Shading [3, N] of wholly soft samples that a white far lamp of level 1 meets at these cosines; no ambient."""
    n = len(cosines)
    one, zero = torch.ones(n), torch.zeros(n)
    normal = torch.from_numpy(np.stack([np.sqrt(1 - cosines**2), 0 * cosines, cosines]).astype(np.float32))
    samples = Samples(
        pixel=torch.arange(n), region=torch.ones(n, dtype=torch.int64), position=torch.zeros(3, n), normal=normal, smooth=normal,
        view=normal, depth=one, s=zero, t=zero, lod=zero, reflectance=torch.ones(3, n), open=one, rough=one, soft=one,
    )  # fmt: skip
    dark = replace(
        rigs.look(direction(light="noir"), {}, (0, 1.6, 0), 0, 0, 0), up=(0, 0, 0), side=(0, 0, 0), down=(0, 0, 0)
    )
    shading, shine = torch.empty(3, n), torch.empty(3, n)
    lamps = [(far((0, 0, 1)), None)]
    light.shade(lamps, samples, normal, one, dark, soft=soft, a=0, b=n, shading=shading, shine=shine)
    return shading.numpy()


class TestLambert:
    def test_a_sphere_under_a_far_key_is_the_cosine(self, plain: PreparedScene) -> None:
        take = filmed(plain, (far((0.6, 0.2, 1.0)),), size="close-up")
        layers = take.frame(0, aov=True)
        aov = layers.aov
        assert aov is not None
        head = (layers.region == 1) & layers.single
        normal = aov.normal[head]
        world = normal @ np.asarray(take.cameras[0].rotation)
        want = np.clip(world @ np.asarray(take.look.lights[0].at), 0, None)
        lit = want > 0.25  # away from the terminator, where the rays' start matters
        assert lit.sum() > 200
        assert np.abs(aov.shading[head][lit, 1] - want[lit]).max() < 0.02

    def test_soft_materials_only_add_light_past_the_terminator(self) -> None:
        cosines = np.linspace(-1, 1, 101)
        (hard, _), (red, blue) = (lit_by(cosines, soft)[[0, 2]] for soft in (False, True))
        assert np.allclose(hard, np.clip(cosines, 0, None), atol=1e-6)
        assert (red >= hard - 1e-6).all()
        assert float(red[45]) > float(blue[45]) > 0
        assert float(red[-1]) == pytest.approx(1.0)
        assert float(red[20]) == 0.0

    def test_a_near_lamp_falls_with_the_square_of_distance(self) -> None:
        lamp = rigs.Light("test", "near", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 0.05, reference_m=2.0)
        _, _, fall = light.reach(lamp, torch.tensor([[1.0, 2.0, 4.0], [0.0] * 3, [0.0] * 3]))
        assert np.allclose(fall, [4.0, 1.0, 0.25])


class TestShadows:
    def test_a_low_sun_throws_a_shadow_of_known_length(self, tmp_path: Path) -> None:
        # sun from the left, 1.25 up for 1 across: the box of 1.38 m throws its shadow 1.10 m beyond its edge, to x = 1.32
        fine = PreparedScene(scene(tmp_path, 640, 360, plain=True))
        take = filmed(fine, (far((-1.0, 1.25, 0.0)),), size="wide")
        aov = take.frame(0, aov=True).aov
        assert aov is not None
        camera = take.cameras[0]

        def shading_at(x: float, z: float) -> float:
            px = camera.project(np.array([[x, 0.0, z]]))[0][0]
            return float(aov.shading[int(px[1]), int(px[0]), 1])

        open_floor = 1.25 / np.hypot(1.0, 1.25)
        assert shading_at(0.9, 0.0) < 0.15 * open_floor
        assert shading_at(1.15, 0.0) < 0.15 * open_floor
        assert shading_at(1.95, -1.0) == pytest.approx(open_floor, abs=0.03)
        assert shading_at(-0.8, 0.0) == pytest.approx(open_floor, abs=0.03)

    def test_the_floor_is_darker_under_the_feet(self, plain: PreparedScene) -> None:
        under = plain.contact().at(torch.tensor([[0.0, 0.30, 1.5], [0.0, 0.0, 0.0], [0.15, 0.0, 1.5]]))
        assert float(under[0]) < float(under[1]) < float(under[2]) == 1.0

    def test_a_flagged_lamp_misses_who_it_is_flagged_from(self, plain: PreparedScene) -> None:
        lamp = replace(far((0.3, 0.4, 1.0)), on="set")
        layers = filmed(plain, (lamp,)).frame(0, aov=True)
        assert layers.aov is not None
        head, wall = (layers.region == 1) & layers.single, layers.region == 4
        assert layers.aov.shading[head].max() == 0
        assert layers.aov.shading[wall].max() > 0.5


class TestRigs:
    @pytest.mark.parametrize("name", rigs.RIGS)
    def test_every_rig_lights_a_picture(self, plain: PreparedScene, name: str) -> None:
        picture = Filming(plain, shot(plain.scene), direction(light=name)).frame(0, aov=False).picture
        assert np.isfinite(picture).all()
        assert picture.min() >= 0
        assert 0.003 < picture.mean() < 1.2

    @pytest.mark.parametrize("name", [t for t in rigs.TIMES if t != "studio"])
    def test_every_time_of_day_lights_a_picture(self, plain: PreparedScene, name: str) -> None:
        picture = Filming(plain, shot(plain.scene), direction(time=name)).frame(0, aov=False).picture
        assert 0.005 < picture.mean() < 1.2

    def test_the_key_left_and_right_swap_the_balance_of_the_face(self, plain: PreparedScene) -> None:
        balance = {}
        for side in ("left", "right"):
            take = Filming(plain, shot(plain.scene), direction(light="chiaroscuro", key=side, size="close-up"))
            layers = take.frame(0, aov=False)
            head = layers.region == 1
            x = np.broadcast_to(np.arange(head.shape[1]), head.shape)
            middle = np.median(x[head])
            lumas = layers.picture.mean(axis=2)
            balance[side] = lumas[head & (x < middle)].mean() / lumas[head & (x > middle)].mean()
        assert balance["left"] > 2
        assert balance["right"] < 0.5

    def test_silhouette_leaves_the_figure_dark_before_a_bright_wall(self, plain: PreparedScene) -> None:
        layers = Filming(plain, shot(plain.scene), direction(light="silhouette")).frame(0, aov=False)
        luma = layers.picture.mean(axis=2)
        assert luma[(layers.region == 1) & layers.single].mean() < 0.25 * luma[layers.region == 4].mean()

    def test_neon_has_two_colours(self, plain: PreparedScene) -> None:
        layers = Filming(plain, shot(plain.scene), direction(light="neon", size="close-up")).frame(0, aov=False)
        head = layers.picture[(layers.region == 1) & layers.single]
        ratio = head[:, 0] / (head[:, 2] + 1e-4)
        assert np.quantile(ratio, 0.9) > 2 > 0.8 > np.quantile(ratio, 0.1)

    def test_time_and_rig_combine(self) -> None:
        assert rigs.time_of(direction(light="neon")) == "night"
        assert rigs.time_of(direction(light="neon", time="dusk")) == "dusk"
        assert rigs.time_of(direction()) == "day"

    def test_clouds_take_the_sun(self) -> None:
        info = {"sun": {"azimuth_deg": 30, "elevation_deg": 40}, "open_sky": 1.0}
        clear = rigs.look(direction(time="day"), info, (0, 1.6, 0), 0, 0)
        closed = rigs.look(direction(time="day", weather="overcast"), info, (0, 1.6, 0), 0, 0)
        sun, veiled = rigs.named(clear.lights, "sun"), rigs.named(closed.lights, "sun")
        assert sun is not None
        assert veiled is None or veiled.rgb[0] < 0.1 * sun.rgb[0]


class TestTheCoarseGrid:
    @pytest.fixture(scope="class")
    def grid(self, tmp_path_factory: pytest.TempPathFactory) -> light.Grid:
        prepared = PreparedScene(scene(tmp_path_factory.mktemp("grid"), 480, 270))
        take = Filming(prepared, shot(prepared.scene), direction())
        return prepared.set_grid(prepared.set_plate(take.cameras[0], keep=True), 2, keep=True)

    @pytest.mark.parametrize("corner", [(0, 0), (60, 100), (131, 236)])
    def test_a_shadow_in_one_corner_is_read_as_in_the_whole(self, grid: light.Grid, corner: tuple[int, int]) -> None:
        coarse = np.ones(grid.shape, np.float32)
        y, x = corner
        coarse[y : y + 4, x : x + 3] = [0.0, 0.4, 0.9]
        whole = grid.spread(coarse.ravel())
        index, values = grid.spread_low(coarse.ravel())
        assert len(set(index.tolist())) == len(index)
        assert torch.equal(whole[index], values)
        left = torch.ones(grid.count, dtype=torch.bool)
        left[index] = False
        assert bool((whole[left] > 1 - 1e-6).all())
        assert 0 < len(index) < grid.count / 4

    def test_without_a_shadow_nothing_is_read(self, grid: light.Grid) -> None:
        index, _ = grid.spread_low(np.ones(len(grid.depth), np.float32))
        assert len(index) == 0

    def test_what_is_remembered_of_a_lamp_is_what_its_rays_said(self, tmp_path: Path) -> None:
        prepared = PreparedScene(scene(tmp_path, 480, 270))
        take = Filming(prepared, shot(prepared.scene), direction())
        grid = prepared.set_grid(prepared.set_plate(take.cameras[0], keep=True), 2, keep=True)
        lamp, every = far((-1.0, 1.25, 0.0)), np.flatnonzero(grid.valid)
        want = light.visibility(grid, lamp, prepared.set_mesh, every, 4, 0.004)
        some = light.remembered(grid, lamp, prepared.set_mesh, every[::3], 4, 0.004)
        assert np.array_equal(some[every[::3]], want[every[::3]])
        assert (np.delete(some, every[::3]) == 1).all()
        assert np.array_equal(light.remembered(grid, lamp, prepared.set_mesh, every, 4, 0.004), want)

    def test_no_more_lamps_are_remembered_than_stated(self, grid: light.Grid, plain: PreparedScene) -> None:
        for k in range(light.MOST_REMEMBERED + 5):
            light.remembered(grid, far((k + 1.0, 1.0, 0.0)), plain.set_mesh, np.arange(3), 1, 0.004)
        assert len(grid.seen) == light.MOST_REMEMBERED


class TestBlinds:
    def lamp(self) -> rigs.Light:
        return rigs.Light(
            "key",
            "near",
            (0.0, 2.6, 3.0),
            (1.0, 1.0, 1.0),
            0.03,
            3.0,
            (0.0, 1.6 - rigs.AIM_BELOW_M, 0.0),
            gobo="blinds",
        )

    def test_lie_level_and_leave_the_eyes_in_the_light(self) -> None:
        y = torch.linspace(0.6, 2.2, 400)
        column = torch.stack([torch.zeros(400), y, torch.zeros(400)])
        left = light.blinds(self.lamp(), column)
        assert float(left[int((y - 1.6).abs().argmin())]) == pytest.approx(1.0)
        changes = ((left[1:] > 0.5) != (left[:-1] > 0.5)).nonzero()[:, 0]
        step_m = float((y[changes[2:]] - y[changes[:-2]]).mean())
        assert step_m == pytest.approx(3.0 * light.SLAT, rel=0.01)
        beside = column + torch.tensor([[0.4], [0.0], [0.0]])
        beside[2] = 3.0 - (9.0 - 0.16) ** 0.5  # as far from the lamp as before: a level slat is as high there
        assert torch.allclose(light.blinds(self.lamp(), beside), left, atol=1e-4)

    def test_noir_is_striped_and_day_is_not(self, plain: PreparedScene) -> None:
        for name, wanted in (("noir", True), ("rembrandt", False)):
            take = Filming(plain, shot(plain.scene), direction(light=name))
            assert any(x.gobo == "blinds" for x in take.look.lights) is wanted

    def test_gaps_leave_whom_the_lamp_is_aimed_at_lit_and_part_of_the_rest_dark(self) -> None:
        lamp = replace(self.lamp(), gobo="gaps")
        draw = np.random.default_rng(2).uniform(-1.2, 1.2, (3, 4000)) * np.array([[1], [1], [0]]) + np.array(
            [[0], [1.4], [0]]
        )
        left = light.gaps(lamp, torch.from_numpy(draw.astype(np.float32)))
        aimed = light.gaps(lamp, torch.tensor(lamp.aim)[:, None])
        assert float(aimed) == 1.0
        assert 0.1 < float((left > 0.9).float().mean()) < 0.6
        assert float((left < 0.1).float().mean()) > 0.2


class TestShafts:
    def test_an_open_lamp_keeps_all_of_its_scattering(self, plain: PreparedScene) -> None:
        take = Filming(plain, shot(plain.scene), direction(size="wide"))
        bulb = rigs.Light("bulb", "near", (0.3, 30.0, 1.0), (1.0, 1.0, 1.0), 0.1)
        depth = np.full((90, 160), 3.0, np.float32)
        assert shafts.lit_part(bulb, take.cameras[0], depth, plain.set_mesh, 8, 8).min() > 1 - 1e-6

    def test_what_a_wall_hides_from_the_lamp_scatters_nothing(self, plain: PreparedScene) -> None:
        take = Filming(plain, shot(plain.scene), direction(size="wide"))
        below = rigs.Light("below", "near", (0.0, -3.0, 1.0), (1.0, 1.0, 1.0), 0.1)  # under the floor
        depth = np.full((90, 160), 3.0, np.float32)
        assert shafts.lit_part(below, take.cameras[0], depth, plain.set_mesh, 8, 8).max() == 0.0

    def test_a_narrow_spot_lights_less_air_than_a_wide_one(self, plain: PreparedScene) -> None:
        take = Filming(plain, shot(plain.scene), direction(size="wide"))
        depth = np.full((90, 160), 3.0, np.float32)
        spot = rigs.Light("spot", "near", (0.0, 30.0, 1.0), (1.0, 1.0, 1.0), 0.1, aim=(0.0, 0.0, 1.0))
        parts = [
            shafts.lit_part(
                replace(spot, inner_deg=a / 2, outer_deg=a), take.cameras[0], depth, plain.set_mesh, 8, 16
            ).mean()
            for a in (2.0, 6.0)
        ]
        assert 0 < parts[0] < parts[1] < 1

    def test_shafts_show_in_fog_and_cost_nothing_in_clear_air(self, tmp_path: Path) -> None:
        prepared = PreparedScene(scene(tmp_path, 480, 270))
        foggy = Filming(prepared, shot(prepared.scene), direction(light="noir", weather="fog"))
        foggy.frame(0, aov=False)
        assert foggy._lit_set is not None
        assert foggy._lit_set.shafts is not None
        assert foggy._lit_set.shafts["key"].std() > 0.02
        clear = Filming(prepared, shot(prepared.scene), direction(time="day"))
        clear.frame(0, aov=False)
        assert clear._lit_set is not None
        assert clear._lit_set.shafts is None


class TestSwitches:
    @pytest.mark.parametrize(("amount", "want"), [(0.0, 0.0), (1.0, 0.6), (2.0, 1.2)])
    def test_a_direction_switches_a_practical(self, amount: float, want: float) -> None:
        assert rigs.switched(direction(practical=("headlights", amount)), "headlights", 0.1) == pytest.approx(want)

    def test_others_are_left_as_they_burn(self) -> None:
        assert rigs.switched(direction(practical=("headlights", 0.0)), "lamp", 0.4) == 0.4
        assert rigs.switched(direction(), "headlights", 0.4) == 0.4


class TestLightForAGroup:
    INFO = {"sun": {"azimuth_deg": 0, "elevation_deg": 40}, "open_sky": 1.0}  # noqa: RUF012

    @pytest.mark.parametrize("spread", [0.8, 2.6])
    def test_a_narrow_key_opens_until_it_reaches_the_outermost(self, spread: float) -> None:
        eyes = tuple((x, 1.6, 0.0) for x in (-spread / 2, 0.0, spread / 2))
        lights = rigs.look(direction(light="chiaroscuro"), self.INFO, (0, 1.6, 0), 0, 0, spread, eyes).lights
        key = next(x for x in lights if x.name == "key")
        ends = torch.tensor([[-spread / 2, 0.0, spread / 2], [1.6] * 3, [0.0] * 3])
        _, _, fall = light.reach(key, ends)
        assert float(fall.min()) > 0.2 * float(fall.max())

    def test_one_alone_is_lit_as_before(self) -> None:
        one = rigs.look(direction(light="chiaroscuro"), self.INFO, (0, 1.6, 0), 0, 0)
        assert one == rigs.look(direction(light="chiaroscuro"), self.INFO, (0, 1.6, 0), 0, 0, 0.0)


class TestACompany:
    EYES = ((-0.8, 1.6, 0.0), (0.8, 1.7, 0.1))

    @pytest.mark.parametrize("side", ["left", "right"])
    @pytest.mark.parametrize("rig", ["chiaroscuro", "noir"])
    def test_each_gets_a_key_from_where_they_turn_to_and_only_that_one(self, rig: str, side: str) -> None:
        asked = direction(light=rig, key=side)
        look = rigs.look(asked, {}, (0.0, 1.65, 0.05), 0.0, 0.0, 1.6, self.EYES)
        lamps = [rigs.named(look.lights, name) for name in ("key", "cross key")]
        assert all(lamp is not None for lamp in lamps)
        for lamp in lamps:
            reached = [float(light.cone(lamp, torch.tensor(eye)[:, None])) for eye in self.EYES]
            lit = int(np.argmax(reached))
            assert reached[lit] > 0.95
            assert np.sign(lamp.at[0]) != np.sign(self.EYES[lit][0])  # from across the other
            if lamp.name == "cross key":
                assert reached[1 - lit] < 0.05

    def test_a_single_figure_has_one_key(self) -> None:
        look = rigs.look(direction(light="chiaroscuro"), {}, (0.0, 1.6, 0.0), 0.0, 0.0)
        assert rigs.named(look.lights, "cross key") is None
