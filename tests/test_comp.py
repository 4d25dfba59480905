"""comp as an engine: the protocol, the reflectance grip, determinism, what it says it cannot do."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sora_lock.engines import Scene, engine, poster_frame
from sora_lock.engines.comp.scene import PreparedScene
from sora_lock.engines.comp.take import Filming
from sora_lock.errors import ShotError, TakeCancelled
from tests.baked_parts import actor, direction, scene, shot, write_figure, write_set


def never() -> bool:
    return False


def nothing(frame: int) -> bool:
    return False


def every(frame: int) -> bool:
    return True


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return scene(tmp_path_factory.mktemp("comp"), soft=255)


@pytest.fixture(scope="module")
def comp():  # type: ignore[no-untyped-def]
    return engine("comp")


@pytest.fixture(scope="module")
def prepared(world: Scene, comp):  # type: ignore[no-untyped-def]
    return comp.prepare(world)


def read(levels: list[np.ndarray], s: np.ndarray, t: np.ndarray, lod: np.ndarray) -> np.ndarray:
    """sample(R, st) with NumPy alone, as docs/grips.md states it."""
    lod = np.clip(lod, 0, len(levels) - 1)
    low = np.floor(lod).astype(int)

    def tap(level: np.ndarray) -> np.ndarray:
        out = np.empty((len(level), 3), np.float32)
        for m in np.unique(level):
            image, n, p = levels[m], len(levels[m]), level == m
            x, y = s[p] * n - np.float32(0.5), t[p] * n - np.float32(0.5)
            x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
            u, v = (x - x0)[:, None], (y - y0)[:, None]
            xa, xb, ya, yb = (np.clip(w, 0, n - 1) for w in (x0, x0 + 1, y0, y0 + 1))
            upper = image[ya, xa] * (1 - u) + image[ya, xb] * u
            out[p] = upper * (1 - v) + (image[yb, xa] * (1 - u) + image[yb, xb] * u) * v
        return out

    f = (lod - low)[:, None]
    return tap(low) * (1 - f) + tap(np.minimum(low + 1, len(levels) - 1)) * f


class TestTheReflectanceGrip:
    @pytest.mark.parametrize(
        "axes",
        [
            {"light": "chiaroscuro"},
            {"light": "neon", "weather": ["downpour", "fog"]},
            {"time": "golden hour", "angle": "low", "move": "push in"},
            {"weather": "snow", "size": "wide"},
        ],
        ids=lambda a: " ".join(str(v) for v in a.values()),
    )
    def test_diffuse_is_rebuilt_from_atlas_st_and_shading(self, prepared, world: Scene, axes: dict) -> None:  # type: ignore[no-untyped-def]
        layers = Filming(prepared, shot(world), direction(**axes)).frame(2, aov=True)
        aov = layers.aov
        assert aov is not None
        for one in (world.cast[0], world.stage):
            levels = [one.subject.atlas().reflectance]
            while len(levels[-1]) > 1:
                a = levels[-1]
                levels.append((a[::2, ::2] + a[1::2, ::2] + a[::2, 1::2] + a[1::2, 1::2]) * np.float32(0.25))
            numbers = [k for k, r in enumerate(prepared.regions, 1) if r.lock == one.lock.name]
            core = layers.single & np.isin(layers.region, numbers) & (layers.coverage[one.lock.name] == 1)
            assert core.sum() > 300
            s, t, lod = aov.st[core].T
            rebuilt = read(levels, s, t, lod) * aov.shading[core]
            assert np.abs(rebuilt - aov.diffuse[core]).max() * 255 <= 1.0

    def test_the_layers_add_up_before_the_lens(self, prepared, world: Scene) -> None:  # type: ignore[no-untyped-def]
        filming = Filming(prepared, shot(world), direction(light="neon", weather=["rain", "fog"]))
        seen: list[np.ndarray] = []
        lens = filming._lens
        filming._lens = lambda picture, *rest: seen.append(picture) or lens(picture, *rest)  # type: ignore[method-assign]
        layers = filming.frame(1, aov=True)
        aov = layers.aov
        assert aov is not None
        whole = (aov.diffuse + aov.specular) * aov.transmittance + aov.airlight
        assert np.abs(whole - seen[0])[layers.single].max() < 2e-3


class TestTheProtocol:
    def test_frames_come_in_order_and_the_poster_is_one_of_them(self, comp, prepared, world: Scene) -> None:  # type: ignore[no-untyped-def]
        one, look = shot(world, frames=4), direction(time="day", move="push in")
        frames = list(comp.frames(prepared, one, look, cancelled=never, aov=nothing))
        assert len(frames) == 4
        poster = comp.poster(prepared, one, look)
        assert np.array_equal(poster.picture, frames[poster_frame(one)].picture)
        for layers in frames:
            assert layers.picture.shape == (90, 160, 3)
            assert layers.picture.dtype == np.float32
            assert layers.region.dtype == np.uint16
            assert layers.single.dtype == bool
            assert layers.aov is None

    def test_asking_for_layers_does_not_change_the_picture(self, comp, prepared, world: Scene) -> None:  # type: ignore[no-untyped-def]
        look = direction(weather="rain", time="night")
        a = list(comp.frames(prepared, shot(world, 2), look, cancelled=never, aov=nothing))
        b = list(comp.frames(prepared, shot(world, 2), look, cancelled=never, aov=every))
        assert all(np.array_equal(x.picture, y.picture) for x, y in zip(a, b, strict=True))

    def test_a_fresh_prepare_gives_the_same_bits(self, comp, prepared, world: Scene) -> None:  # type: ignore[no-untyped-def]
        look = direction(light="neon", weather="downpour", move="handheld")
        a = list(comp.frames(prepared, shot(world, 3), look, cancelled=never, aov=nothing))
        b = list(comp.frames(comp.prepare(world), shot(world, 3), look, cancelled=never, aov=nothing))
        assert all(np.array_equal(x.picture, y.picture) for x, y in zip(a, b, strict=True))

    @pytest.mark.parametrize(
        "axes", [{"weather": "rain"}, {"lens": "shallow focus"}, {"light": "candle"}, {"time": "golden hour"}]
    )
    def test_a_frame_is_the_same_whatever_was_filmed_before_it(self, comp, world: Scene, axes: dict) -> None:  # type: ignore[no-untyped-def]
        big = replace(world, width=480, height=270)  # wide enough for coarse grids
        one, look = shot(big, 8), direction(**axes)
        shared = comp.prepare(big)
        other = Filming(shared, one, direction(time="night", light="neon"))
        take = Filming(shared, one, look)
        for number in (0, 3):
            other.frame(number, aov=False)
            take.frame(number, aov=True)
        alone = Filming(comp.prepare(big), one, look).frame(7, aov=True)
        after = take.frame(7, aov=True)
        assert np.array_equal(after.picture, alone.picture)
        assert after.aov is not None
        assert alone.aov is not None
        assert np.array_equal(after.aov.depth, alone.aov.depth)
        assert np.array_equal(after.aov.shading, alone.aov.shading)

    def test_variations_differ(self, comp, prepared, world: Scene) -> None:  # type: ignore[no-untyped-def]
        looks = [direction(light=v) for v in ("chiaroscuro", "neon", "silhouette")] + [
            direction(time="day"), direction(time="night"), direction(weather="fog"), direction(weather="rain"),
        ]  # fmt: skip
        pictures = [comp.poster(prepared, shot(world), look).picture for look in looks]
        for i, a in enumerate(pictures):
            for b in pictures[:i]:
                assert np.abs(a - b).mean() > 0.01

    def test_cancelling_stops_before_the_next_frame(self, comp, prepared, world: Scene) -> None:  # type: ignore[no-untyped-def]
        asked = iter([False, True])
        source = comp.frames(prepared, shot(world), direction(), cancelled=lambda: next(asked), aov=nothing)
        next(source)
        with pytest.raises(TakeCancelled):
            next(source)

    def test_coverage_of_cast_and_set_is_the_whole_where_there_is_no_sky(self, prepared, world: Scene) -> None:  # type: ignore[no-untyped-def]
        layers = Filming(prepared, shot(world), direction(size="medium")).frame(0, aov=False)
        assert np.allclose(layers.coverage["dummy"] + layers.coverage["void"], 1.0, atol=1e-5)
        soft = (layers.coverage["dummy"] > 0) & (layers.coverage["dummy"] < 1)
        assert soft.any()
        assert not layers.single[soft].any()


class TestExpressions:
    def test_hold_keeps_it_free_shows_it_and_evolve_grows_it(self, tmp_path: Path, comp) -> None:  # type: ignore[no-untyped-def]
        figure, place = write_figure(tmp_path), actor(write_set(tmp_path), "void")
        spots = {}
        for policy in ("hold", "free", "evolve"):
            world = Scene((actor(figure, "dummy", {"expression": policy}),), place, 160, 90)
            filming = Filming(comp.prepare(world), shot(world, 3), direction(expression="smile"))
            spots[policy] = [filming._expressions(f) for f in range(3)]
        assert spots["hold"] == [((),)] * 3
        assert spots["free"] == [((("smile", 1.0),),)] * 3
        grown = [dict(s[0]).get("smile", 0.0) for s in spots["evolve"]]
        assert grown == [0.0, 0.5, 1.0]


class TestWhatItCannotDo:
    def test_a_plain_direction_is_done(self, comp, world: Scene) -> None:  # type: ignore[no-untyped-def]
        assert comp.cannot(direction(light="neon", weather="rain", move="push in"), world) == ()

    def test_wardrobe_hair_and_place_are_said(self, comp, world: Scene) -> None:  # type: ignore[no-untyped-def]
        said = comp.cannot(direction(wardrobe="hat", hair="short", background="a beach"), world)
        assert len(said) == 3
        assert "cut" in said[0]

    def test_an_expression_nobody_has_is_said(self, comp, world: Scene) -> None:  # type: ignore[no-untyped-def]
        assert "weary" in comp.cannot(direction(expression="weary"), world)[0]
        assert comp.cannot(direction(expression="smile"), world) == ()

    def test_looking_at_each_other_needs_another(self, comp, world: Scene) -> None:  # type: ignore[no-untyped-def]
        look = direction(eyeline="each other")
        assert "nobody" in comp.cannot(look, world)[0]
        other = replace(world.cast[0], lock=replace(world.cast[0].lock, name="other"))
        assert comp.cannot(look, replace(world, cast=(*world.cast, other))) == ()

    def test_negated_words_need_nothing(self, comp, world: Scene) -> None:  # type: ignore[no-untyped-def]
        assert comp.cannot(direction(wardrobe=("red", 0.0)), world) == ()


class TestPlaces:
    def test_two_at_one_mark_stand_side_by_side(self, tmp_path: Path, comp) -> None:  # type: ignore[no-untyped-def]
        figure = write_figure(tmp_path)
        pair = (actor(figure, "one"), actor(figure, "two"))
        world = Scene(pair, actor(write_set(tmp_path), "void"), 160, 90)
        layers = comp.poster(comp.prepare(world), shot(world), direction())
        x = np.arange(160)
        one, two = ((layers.coverage[n].sum(axis=0) * x).sum() / layers.coverage[n].sum() for n in ("one", "two"))
        assert two - one > 30

    def test_two_who_look_at_each_other_turn_their_heads_to_meet(self, tmp_path: Path, comp) -> None:  # type: ignore[no-untyped-def]
        figure = write_figure(tmp_path)
        pair = (actor(figure, "one"), actor(figure, "two"))
        world = Scene(pair, actor(write_set(tmp_path), "void"), 160, 90)
        prepared = comp.prepare(world)
        one, two = prepared.cast
        assert one.turn[0, 2] > 0.1  # bodies open to one another already: the left one to the right
        assert two.turn[0, 2] < -0.1
        take = Filming(prepared, shot(world), direction(eyeline="each other"))
        (left, _), (right, _) = take._heads
        assert left > 20
        assert right < -20
        assert Filming(prepared, shot(world), direction())._heads == ((0.0, 0.0), (0.0, 0.0))

    @pytest.mark.parametrize(("where", "sign"), [("left", -1), ("right", 1)])
    def test_looking_aside_is_told_from_the_camera(self, comp, prepared, world: Scene, where: str, sign: int) -> None:  # type: ignore[no-untyped-def]
        ((yaw, pitch),) = Filming(prepared, shot(world), direction(eyeline=where))._heads
        assert sign * yaw > 15
        assert pitch == 0

    def test_an_unknown_mark_names_those_there_are(self, tmp_path: Path, comp) -> None:  # type: ignore[no-untyped-def]
        lost = replace(actor(write_figure(tmp_path), "dummy"), mark="roof")
        with pytest.raises(ShotError, match="middle"):
            comp.prepare(Scene((lost,), actor(write_set(tmp_path), "void"), 160, 90))


class TestWalking:
    @pytest.fixture(scope="class")
    def walker(self, tmp_path_factory: pytest.TempPathFactory) -> Scene:
        root = tmp_path_factory.mktemp("walk")
        return Scene((actor(write_figure(root, walks=True), "dummy"),), actor(write_set(root), "void"), 320, 180)

    @pytest.fixture(scope="class")
    def ready(self, walker: Scene, comp) -> PreparedScene:  # type: ignore[no-untyped-def]
        return comp.prepare(walker)

    @staticmethod
    def middle(take: Filming, number: int) -> float:
        seen = take.frame(number, aov=False).coverage["dummy"]
        return float((seen.sum(axis=0) * np.arange(seen.shape[1])).sum() / seen.sum())

    def test_a_take_that_is_asked_to_walk_goes_across_the_picture(self, ready: PreparedScene, walker: Scene) -> None:
        take = Filming(ready, shot(walker, 49), direction(performance="walk"))
        assert self.middle(take, 48) - self.middle(take, 0) > 40
        idle = Filming(ready, shot(walker, 49), direction())
        assert abs(self.middle(idle, 48) - self.middle(idle, 0)) < 1

    def test_a_negated_walk_stands(self, ready: PreparedScene, walker: Scene) -> None:
        take = Filming(ready, shot(walker, 4), direction(performance=("walk", 0.0)))
        assert not take.walking
        assert take.cameras == Filming(ready, shot(walker, 4), direction()).cameras

    @pytest.mark.parametrize("size", [None, "close-up", "medium wide"])
    def test_both_ends_of_the_way_are_in_the_picture(
        self, ready: PreparedScene, walker: Scene, size: str | None
    ) -> None:
        asked = direction(performance="walk", **({"size": size} if size else {}))
        take = Filming(ready, shot(walker, 96), asked)
        for number in (0, 48):
            seen = take.frame(number, aov=False).coverage["dummy"]
            assert seen[:, [0, -1]].max() == 0, "cut at the side"
            assert seen.sum() > 100
        if size is None:  # to the feet, too
            assert seen[[0, -1]].max() == 0

    def test_the_same_light_gets_the_same_exposure_whether_one_walks_or_stands(
        self, ready: PreparedScene, walker: Scene
    ) -> None:
        walks, stands = (
            Filming(ready, shot(walker, 4), direction(time="day", size="wide", **more))
            for more in ({"performance": "walk"}, {})
        )
        assert walks.look.exposure == pytest.approx(stands.look.exposure, rel=0.02)

    @pytest.mark.parametrize("weather", ["clear", "rain", "snow"])
    def test_the_floor_is_dark_under_who_stands_there_now(
        self, ready: PreparedScene, walker: Scene, weather: str
    ) -> None:
        take = Filming(
            ready, shot(walker, 96), direction(performance="walk", time="day", weather=[weather, "overcast"])
        )
        by_frame = {}
        for number in (0, 48):
            at, mesh, how = take._pose(number)
            plate = ready.set_plate(take.cameras[0], keep=True)
            open_set = take._light_set(plate, None)
            trodden = take._trodden(open_set, at, how)
            assert trodden is not None
            once = take._light_set(ready.set_plate(take.cameras[0], keep=True, under=ready.contact(at, how)), None)
            less = open_set.beauty.clone()
            less[:, trodden.where] -= trodden.of(open_set.lit)
            if weather == "clear":  # wet and snow also know how open a place is; there it is near enough
                assert float((less - once.beauty).abs().max()) < 1e-3
            assert float((open_set.beauty - less).max()) > 0.01
            by_frame[number] = set(trodden.where.tolist())
            assert mesh is not None
        both = by_frame[0] & by_frame[48]
        assert len(both) < 0.7 * min(map(len, by_frame.values()))

    @pytest.mark.parametrize("weather", ["clear", "snow"])
    def test_nothing_stays_behind_of_where_it_stood_before(
        self, ready: PreparedScene, walker: Scene, weather: str
    ) -> None:
        take = Filming(ready, shot(walker, 96), direction(performance="walk", time="day", weather=weather))
        for number in (0, 12):
            take.frame(number, aov=False)
        later = take.frame(48, aov=True)
        alone = Filming(ready, shot(walker, 96), take.direction).frame(48, aov=True)
        assert np.array_equal(later.picture, alone.picture)
        assert later.aov is not None
        assert alone.aov is not None
        for layer in ("shading", "specular", "airlight"):
            assert np.array_equal(getattr(later.aov, layer), getattr(alone.aov, layer)), layer
            assert getattr(later.aov, layer).min() >= -1e-6

    def test_idle_takes_are_the_same_beside_a_walk(self, walker: Scene, comp) -> None:  # type: ignore[no-untyped-def]
        alone = comp.poster(comp.prepare(walker), shot(walker), direction(time="day")).picture
        shared = comp.prepare(walker)
        Filming(shared, shot(walker), direction(time="day", performance="walk")).frame(2, aov=False)
        assert np.array_equal(comp.poster(shared, shot(walker), direction(time="day")).picture, alone)

    def test_whoever_looks_at_the_camera_keeps_it_in_sight_on_the_way(
        self, ready: PreparedScene, walker: Scene
    ) -> None:
        take = Filming(ready, shot(walker, 96), direction(performance="walk", eyeline="camera"))
        looks = []
        for number in (0, 24, 48, 72):
            (attitude,) = take._pose(number)[2]
            assert attitude.performance == "walk"
            looks.append(attitude.look[0])
        assert looks[0] > 3  # from the right of the mark the lens is to the left
        assert looks[2] < -3
        assert looks[1] < -40  # the head is turned by 60 degrees already

    def test_two_who_walk_side_by_side_keep_their_distance(self, tmp_path: Path, comp) -> None:  # type: ignore[no-untyped-def]
        figure = write_figure(tmp_path, walks=True)
        pair = (actor(figure, "one"), actor(figure, "two"))
        world = Scene(pair, actor(write_set(tmp_path), "void"), 160, 90)
        ready = comp.prepare(world)
        for frame in range(0, 96, 4):
            (one, _, _), (two, _, _) = ready.bearings(frame, ("walk", "walk"))
            assert np.linalg.norm(one - two) > 0.5

    def test_nobody_to_walk_is_said(self, walker: Scene, world: Scene, comp) -> None:  # type: ignore[no-untyped-def]
        asked = direction(performance="walk")
        assert "walk" in comp.cannot(asked, world)[0]
        assert comp.cannot(asked, walker) == ()
        assert comp.cannot(direction(performance="idle"), world) == ()
