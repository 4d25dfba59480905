"""The judge of a lock whose geometry is at hand: finds the camera of a frame, and tells what is otherwise from what is only lit otherwise."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks import continuity_drifts as drifts
from sora_lock.camera import Camera, Framing, path
from sora_lock.colour import srgb_from_linear
from sora_lock.continuity import Judge
from sora_lock.continuity.contest import contest, layers, leaning
from sora_lock.continuity.even_light import CODES, EDGES
from sora_lock.continuity.figure_looks import Head
from sora_lock.continuity.plates import Frame, frame_of
from sora_lock.continuity.register import Registered, again, glimpsed, matches, register
from sora_lock.continuity.resection import first_cameras, refined
from sora_lock.continuity.set_looks import away_px
from sora_lock.continuity.solid import Solid, cropped
from sora_lock.continuity.solid_judge import SolidJudge, is_figure, is_set, judges
from sora_lock.continuity.stand import Stand, at_marks, mirrored, stands
from sora_lock.continuity.thresholds import SCORE
from sora_lock.continuity.tint import BESIDE, MOST_BESIDE, TURNS_DEG, Cells, hue_turned, tints
from sora_lock.continuity.verdict import drift_map, limits, over_frames, score
from sora_lock.continuity.views import Known, recognised
from sora_lock.paths import ASSETS
from sora_lock.records import Chip, Direction, Finding, Lock, lock_from
from sora_lock.subjects.baked import BakedSubject, load
from training.people import person

Rgb = NDArray[np.uint8]

WIDTH, HEIGHT = 480, 270
VIEW = path(
    Direction("", (Chip("size", "wide"),)), Framing((-0.2, 1.55, -0.2), 0.12, 1.7, 0.0, 0.0, 0.0), WIDTH, HEIGHT, 1, 0
)[0]
"""On the kitchen."""
WARM, COLD = (1.1, 0.85, 0.6), (0.7, 0.85, 1.1)


def shipped(name: str) -> tuple[Lock, BakedSubject]:
    import json

    folder = ASSETS / name
    return lock_from(json.loads((folder / "lock.json").read_text())), load(folder)


@pytest.fixture(scope="module")
def kitchen() -> tuple[Lock, BakedSubject]:
    return shipped("sets/kitchen")


@pytest.fixture(scope="module")
def mara() -> tuple[Lock, BakedSubject]:
    return shipped("cast/mara")


def before_the_kitchen(size: str = "wide", yaw_deg: float = 9.0) -> Camera:
    framing = Framing((-0.2, 1.55, -0.2), 0.12, 1.7, 0.0, yaw_deg, 0.0)
    return path(Direction("", (Chip("size", size),)), framing, WIDTH, HEIGHT, 1, 0)[0]


def before_mara(size: str = "medium close-up") -> Camera:
    framing = Framing((0.01, 1.62, -0.01), 0.13, 1.745, 0.0, 8.0, 0.0)
    return path(Direction("", (Chip("size", size),)), framing, WIDTH, HEIGHT, 1, 0)[0]


def filmed(subject: BakedSubject, camera: Camera, cast: tuple[float, float, float] = (1, 1, 1), seed: int = 3) -> Rgb:
    """The subject at a camera in another light: from one side, coloured, with grain and JPEG; a grey room where it is not."""
    seen = Solid(subject, subject.posed({}, 0)).seen_from(camera)
    draw = np.random.default_rng(seed)
    rgb = np.where(seen.hit[..., None], seen.rgb, 90).astype(np.float32)
    fall = np.linspace(1.1, 0.5, WIDTH, dtype=np.float32)[None, :, None]
    lit = rgb * fall * np.array(cast, np.float32) + draw.normal(0, 1.5, rgb.shape)
    data = cv2.imencode(".jpg", np.clip(lit, 0, 255).astype(np.uint8)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])[1]
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])


def judged(of: tuple[Lock, BakedSubject], *frames: Rgb) -> dict[str, Finding]:
    lock, subject = of
    judge = Judge(lock, lambda sha: b"", lock.policies, WIDTH, HEIGHT, subject)
    for i, frame in enumerate(frames):
        judge.see(i, frame)
    return {a: f for a, (f, _) in judge.report().items()}


def hot(drift_map: bytes) -> float:
    """Part of a drift map that is plainly orange."""
    rgb = cv2.imdecode(np.frombuffer(drift_map, np.uint8), cv2.IMREAD_COLOR)[..., ::-1].astype(int)
    return float((rgb[..., 0] - rgb[..., 2] > 60).mean())


def flagged(report: dict[str, Finding]) -> set[str]:
    return {a for a, f in report.items() if f.status == "flag"}


class TestResecting:
    @staticmethod
    def points() -> tuple[Camera, NDArray[np.float32], NDArray[np.float32]]:
        camera = before_the_kitchen()
        points = np.random.default_rng(5).uniform((-1.5, 0, -2.5), (1.5, 2.2, -0.5), (120, 3)).astype(np.float32)
        return camera, points, camera.project(points)[0].astype(np.float32)

    def test_pose_and_focal_length_come_back_from_points_half_of_which_are_wrong(self) -> None:
        camera, points, px = self.points()
        px[::2] = np.random.default_rng(6).uniform((0, 0), (WIDTH, HEIGHT), (60, 2))
        first = first_cameras(points, px, WIDTH, HEIGHT)[0]
        found = refined(first, points, px, np.ones(len(px), np.float32), 2.0, zoom=True, rounds=40)
        assert found.focal_px == pytest.approx(camera.focal_px, rel=0.01)
        assert found.position_m == pytest.approx(camera.position_m, abs=0.03)

    def test_a_known_focal_length_is_kept(self) -> None:
        camera, points, px = self.points()
        assert first_cameras(points, px, WIDTH, HEIGHT, camera.focal_px)[0].focal_px == camera.focal_px

    def test_points_that_agree_on_nothing_give_no_camera(self) -> None:
        _, points, px = self.points()
        assert first_cameras(points[:5], px[:5], WIDTH, HEIGHT) == []


class TestCasting:
    def test_a_box_of_the_raster_shows_the_same_as_the_whole(self, kitchen: tuple[Lock, BakedSubject]) -> None:
        solid, camera = recognised(kitchen[1]).solid, before_the_kitchen()
        whole, part = solid.seen_from(camera), solid.seen_from(cropped(camera, (100, 60, 220, 160)))
        assert (whole.regions[60:160, 100:220] == part.regions).mean() > 0.998
        apart = np.abs(whole.points[60:160, 100:220] - part.points).max(axis=-1)
        assert (apart < 2e-3).mean() > 0.99

    def test_without_a_part_what_is_behind_it_shows_and_nothing_else_changes(
        self, kitchen: tuple[Lock, BakedSubject]
    ) -> None:
        solid, camera = recognised(kitchen[1]).solid, before_the_kitchen()
        whole = solid.seen_from(camera)
        number = 1 + [p["name"] for p in kitchen[1].info["parts"]].index("fridge")
        assert (whole.regions == number).sum() > 500
        bare = solid.without(whole, number, (slice(0, HEIGHT), slice(0, WIDTH)))
        assert not (bare.regions == number).any()
        other = whole.regions != number
        assert (bare.rgb[other] == whole.rgb[other]).all()

    def test_rays_are_spared_where_a_figure_cannot_be_and_it_shows_whole(self, mara: tuple[Lock, BakedSubject]) -> None:
        solid = recognised(mara[1]).solid
        for size in ("wide", "close-up"):
            whole = solid.seen_from(before_mara(size))
            left, right = (cropped(whole.camera, (x, 0, x + WIDTH // 2, HEIGHT)) for x in (0, WIDTH // 2))
            halves = np.concatenate([solid.seen_from(c).regions for c in (left, right)], axis=1)
            assert whole.hit.any() and (halves == whole.regions).mean() > 0.999

    def test_code_values_are_rounded_as_srgb_is(self) -> None:
        linear = np.linspace(0, 1.2, 200_001, dtype=np.float32)
        code = CODES[np.minimum((linear * 4096).astype(int), 4095)]
        code = code + (linear > EDGES[code])
        exact = np.clip(srgb_from_linear(linear), 0, 1) * 255
        assert np.abs(code - exact).max() < 0.501


class TestRegistering:
    def test_of_descriptors_of_one_place_the_best_of_another_place_tells_whether_it_is_clear(self) -> None:
        draw = np.random.default_rng(5)
        kinds = np.abs(draw.normal(0, 1, (30, 128))).astype(np.float32)
        kinds /= np.linalg.norm(kinds, axis=1, keepdims=True)
        places = np.arange(30, dtype=np.float32)[:, None] * np.array([1, 0, 0], np.float32)
        # every place is known from three sides alike; the last two places look the same
        kinds[29] = kinds[28]
        known = Known(np.repeat(places, 3, axis=0), np.repeat(kinds, 3, axis=0))
        frame = Frame(np.zeros((HEIGHT, WIDTH, 3), np.uint8))
        frame.features = np.zeros((30, 2), np.float32), kinds
        found, px = matches(known, 0.1, frame)
        assert found[:, 0].tolist() == list(range(28)) and len(px) == 28

    def test_where_the_camera_stands_still_the_cast_of_the_frame_before_serves(
        self, kitchen: tuple[Lock, BakedSubject]
    ) -> None:
        camera, known = before_the_kitchen(), recognised(kitchen[1])
        before = register(known, Frame(filmed(kitchen[1], camera, WARM)))
        still = register(known, Frame(filmed(kitchen[1], camera, COLD, seed=4)), before)
        moved = register(known, Frame(filmed(kitchen[1], before_the_kitchen("wide", 11.0), COLD)), before)
        assert before is not None and still is not None and moved is not None
        assert still.cast is before.cast and still.quality > 0.8
        point = np.array([[0.5, 1.2, -2.0]], np.float32)
        true = before_the_kitchen("wide", 11.0).project(point)[0]
        assert np.abs(moved.cast.camera.project(point)[0] - true).max() < 1.5

    @pytest.mark.parametrize(
        ("size", "yaw", "cast"), [("wide", 9.0, WARM), ("medium wide", -16.0, COLD), ("medium", 4.0, WARM)]
    )
    def test_a_set_is_found_where_it_was_filmed_from(
        self, kitchen: tuple[Lock, BakedSubject], size: str, yaw: float, cast: tuple[float, float, float]
    ) -> None:
        camera = before_the_kitchen(size, yaw)
        found = register(recognised(kitchen[1]), Frame(filmed(kitchen[1], camera, cast)))
        assert found is not None and is_set(found)
        grid = np.array([(x, y, z) for x in (-1, 0.5) for y in (0.5, 1.8) for z in (-2.0, -1.0)], np.float32)
        assert np.abs(found.cast.camera.project(grid)[0] - camera.project(grid)[0]).max() < 1.5

    def test_a_figure_that_features_do_not_find_is_found_standing_on_the_floor(
        self, mara: tuple[Lock, BakedSubject]
    ) -> None:
        camera = before_mara("medium wide")
        frame = Frame(cv2.GaussianBlur(filmed(mara[1], camera, (0.5, 0.5, 0.6)), (0, 0), 1.6))
        found = register(recognised(mara[1]), frame, None, camera)
        assert found is not None
        eye = np.array([[0.01, 1.62, 0.06]], np.float32)
        assert np.linalg.norm(found.cast.camera.project(eye)[0] - camera.project(eye)[0]) < 3

    def test_a_face_that_fills_the_frame_is_found_without_a_set(self, mara: tuple[Lock, BakedSubject]) -> None:
        camera = before_mara("extreme close-up")
        frame = Frame(cv2.GaussianBlur(filmed(mara[1], camera, WARM), (0, 0), 1.2))
        found = register(recognised(mara[1]), frame)
        assert found is not None and is_figure(found)
        eye = np.array([[0.01, 1.62, 0.06]], np.float32)
        assert np.linalg.norm(found.cast.camera.project(eye)[0] - camera.project(eye)[0]) < 4

    def test_a_set_behind_somebody_at_one_of_its_marks_is_found_by_where_they_stand(
        self, kitchen: tuple[Lock, BakedSubject]
    ) -> None:
        lock, subject = kitchen
        mark = stands(subject)[0]
        camera = before_the_kitchen("medium close-up")
        rgb = cv2.GaussianBlur(filmed(subject, camera, WARM), (0, 0), 2.0)
        frame = Frame(rgb)
        judge = SolidJudge(lock, subject, {"layout": "hold"})
        judge.frames.append((0, frame, None))
        frame.marks, frame.stood = stands(subject), [mark.to_figure(camera)]
        judge.measured()
        assert frame.place is not None
        grid = np.array([(x, 1.2, z) for x in (-1, 0.5) for z in (-2.0, -1.0)], np.float32)
        assert np.abs(frame.place.project(grid)[0] - camera.project(grid)[0]).max() < 4

    def test_a_frame_in_which_it_was_not_found_is_looked_at_again_from_the_next_one(
        self, kitchen: tuple[Lock, BakedSubject]
    ) -> None:
        lock, subject = kitchen
        judge = SolidJudge(lock, subject, {"layout": "hold"})
        lost = Frame(filmed(subject, before_the_kitchen("wide", 8.0), COLD))
        judge.frames.append((0, lost, None))
        judge.see(4, Frame(filmed(subject, before_the_kitchen(), COLD)))
        assert judge.measured()[1] == 2 and lost.place is not None

    @pytest.mark.parametrize("size", [(360, 270), (480, 200), (200, 356)], ids=["4:3", "2.4:1", "upright"])
    def test_cameras_of_small_pictures_have_the_frame_s_own_proportions_and_nothing_held_is_flagged(
        self, kitchen: tuple[Lock, BakedSubject], size: tuple[int, int]
    ) -> None:
        lock, subject = kitchen
        framing = Framing((-0.2, 1.55, -0.2), 0.12, 1.7, 0.0, 0.0, 0.0)
        camera = path(Direction("", (Chip("size", "wide"),)), framing, *size, 1, 0)[0]
        seen = Solid(subject, subject.posed({}, 0)).seen_from(camera)
        rgb = np.where(seen.hit[..., None], seen.rgb, 90).astype(np.uint8)
        assert {(c.width, c.height) for c in glimpsed(recognised(subject), Frame(rgb))} == {size}
        judge = Judge(lock, lambda sha: b"", lock.policies, *size, subject)
        judge.see(0, rgb)
        assert {f.status for f, _ in judge.report().values()} <= {"pass", "not_seen"}

    @pytest.mark.parametrize("kind", ["noise", "black"])
    def test_what_is_no_picture_of_it_is_not_found(self, kitchen: tuple[Lock, BakedSubject], kind: str) -> None:
        rgb = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        if kind == "noise":
            rgb = cv2.GaussianBlur(np.random.default_rng(1).integers(0, 255, rgb.shape, np.uint8), (0, 0), 2)
        assert not is_set(register(recognised(kitchen[1]), Frame(rgb)))


class TestBelieving:
    @pytest.mark.parametrize(
        ("quality", "share", "blocks", "believed"),
        [(0.9, 0.3, 100, True), (0.9, 0.2, 100, False), (0.9, 0.3, 40, False), (0.6, 0.3, 100, False), (0.6, 0.5, 40, True)],
    )  # fmt: skip
    def test_a_set_of_bare_walls_is_believed_when_the_detail_there_is_agrees_well(
        self, kitchen, quality, share, blocks, believed
    ):
        cast = Solid(kitchen[1], kitchen[1].posed({}, 0)).seen_from(VIEW)
        assert is_set(Registered(cast, cast.hit, quality, blocks, share)) is believed

    @pytest.mark.parametrize(("lead", "shift_px", "said"), [(-0.3, 9.0, 0.0), (-0.06, 9.0, 9.0), (-0.3, None, None)])
    def test_what_is_like_a_thing_elsewhere_is_not_it_while_its_place_still_shows_it(self, lead, shift_px, said):
        assert away_px(lead, shift_px) == said


class TestAHat:
    def test_it_is_of_the_head_and_a_scarf_is_not(self):
        for worn, kept in (("hat", True), ("scarf", False)):
            made = (person(seed).subject for seed in range(40))
            subject = next(s for s in made if worn in {p["name"] for p in s.info["parts"]})
            lock = Lock(subject.name, "character", 1, "made", subject.subject_sha256, "", subject.regions, {}, ())
            number = [p["name"] for p in subject.info["parts"]].index(worn)
            assert (number in Head(recognised(subject), lock).subject.part) is kept


class TestStanding:
    def test_a_camera_carried_to_the_figure_and_back_is_the_same(self) -> None:
        camera, stand = before_the_kitchen(), Stand((0.4, 0.0, -1.1), 33.0)
        back = stand.to_set(stand.to_figure(camera))
        assert back.position_m == pytest.approx(camera.position_m, abs=1e-9)
        assert np.asarray(back.rotation) == pytest.approx(np.asarray(camera.rotation), abs=1e-9)

    def test_a_point_of_the_figure_lands_on_the_same_pixel_from_both_spaces(self) -> None:
        camera, stand = before_the_kitchen(), Stand((0.2, 0.0, -0.4), 90.0)
        # somebody who faces +X has what is before them, 0.1 m along their +Z, at +X of the mark
        here = camera.project(np.array([[0.3, 1.6, -0.4]], np.float32))[0]
        there = stand.to_figure(camera).project(np.array([[0.0, 1.6, 0.1]], np.float32))[0]
        assert there == pytest.approx(here, abs=0.01)

    def test_only_marks_before_the_camera_are_offered(self) -> None:
        camera = before_the_kitchen("medium")
        turn = np.asarray(camera.rotation)
        ahead, behind = (np.asarray(camera.position_m) - turn[2] * d for d in (2.0, -2.0))
        marks = [Stand((float(p[0]), 0.0, float(p[2])), 0.0) for p in (ahead, behind)]
        assert len(at_marks(camera, marks)) == 1

    def test_a_mirrored_camera_sees_the_mirrored_place_the_other_way_round(self) -> None:
        camera = replace(before_the_kitchen(), centre_px=(200.0, 140.0))
        points = np.array([[0.7, 1.2, -1.9], [-0.9, 0.4, -1.4]], np.float32)
        straight, turned = camera.project(points)[0], mirrored(camera).project(points * np.float32([-1, 1, 1]))[0]
        assert turned[:, 0] == pytest.approx(WIDTH - straight[:, 0], abs=1e-6)
        assert turned[:, 1] == pytest.approx(straight[:, 1], abs=1e-6)
        assert np.linalg.det(np.asarray(mirrored(camera).rotation)) == pytest.approx(1.0)


class TestContesting:
    def test_the_picture_that_is_shown_leads_whatever_its_contrast(self) -> None:
        draw = np.random.default_rng(2)
        one, two = (
            cv2.GaussianBlur(draw.integers(30, 220, (60, 80, 3)).astype(np.float32), (0, 0), 1.5) for _ in range(2)
        )
        where = np.ones((60, 80), bool)
        for gain in (0.5, 1.0, 1.6):
            faded = 110 + gain * 0.6 * (one - 110)
            a, b, frame = (layers(x, True) for x in (one, two, faded))
            assert contest(frame, a, b, where, gain * 0.6, 0.01).lead < -0.2
            assert contest(frame, b, a, where, gain * 0.6, 0.01).lead > 0.2

    def test_what_went_half_way_to_another_picture_leans_to_it_less_where_all_fits_badly(self) -> None:
        draw = np.random.default_rng(8)
        one = cv2.GaussianBlur(draw.normal(0, 0.2, (60, 90)).astype(np.float32), (0, 0), 1.5)[None]
        where = np.zeros((60, 90), bool)
        where[20:40, 20:40] = True
        two = one.copy()
        two[0, where] = cv2.GaussianBlur(draw.normal(0, 0.2, (60, 90)).astype(np.float32), (0, 0), 1.5)[where]
        grain = [s * draw.normal(0, 1, one.shape).astype(np.float32) for s in (0.003, 0.03)]
        half = (one + two) / 2
        quiet, loud = (leaning(half + g, one, two, where, ~where, 1.0) for g in grain)
        assert quiet > 3 * loud > 0 > leaning(one + grain[0], one, two, where, ~where, 1.0)

    def test_where_both_are_alike_nothing_leads(self) -> None:
        same = np.ones((1, 20, 20), np.float32)
        assert contest(same, same, same, np.zeros((20, 20), bool), 1.0, 0.01).lead == 0.0


class TestASetByItsGeometry:
    def test_held_in_another_light_it_passes(self, kitchen: tuple[Lock, BakedSubject]) -> None:
        report = judged(kitchen, filmed(kitchen[1], before_the_kitchen(), WARM))
        assert {f.status for f in report.values()} == {"pass"}

    def test_a_thing_that_is_gone_is_named(self, kitchen: tuple[Lock, BakedSubject]) -> None:
        report = judged(kitchen, filmed(drifts.without(kitchen[1], "wall cupboard"), before_the_kitchen(), WARM))
        assert "props" in flagged(report) and "wall cupboard" in report["props"].words
        x0, y0, x1, y1 = report["props"].box or (0, 0, 0, 0)
        assert 0 < (x1 - x0) * (y1 - y0) < 0.1 * WIDTH * HEIGHT

    def test_what_is_shown_of_it_is_the_worst_frame_a_curve_and_where_it_drifted(
        self, kitchen: tuple[Lock, BakedSubject]
    ) -> None:
        lock, subject = kitchen
        judge = Judge(lock, lambda sha: b"", lock.policies, WIDTH, HEIGHT, subject)
        bare = drifts.without(subject, "wall cupboard")
        for frame in (0, 5):
            judge.see(frame, filmed(bare, before_the_kitchen(), WARM, seed=frame))
        report = judge.report()
        finding, shown = report["props"]
        assert [frame for frame, _ in finding.curve] == [0, 5]
        assert finding.score in [score for _, score in finding.curve] and max(s for _, s in finding.curve) < SCORE
        held = report["surfaces"][1]
        assert shown is not None and held is not None and hot(shown.drift_map) > 0.1 > hot(held.drift_map)

    def test_the_drift_map_is_cold_where_somebody_stands_before_what_drifted(
        self, kitchen: tuple[Lock, BakedSubject]
    ) -> None:
        turned = drifts.painted(kitchen[1], ["walls"], drifts.turned(60))
        rgb = filmed(turned, before_the_kitchen(), WARM)
        draw = np.random.default_rng(9)
        rgb[40:120, 200:280] = draw.integers(40, 220, (80, 80, 3), np.uint8)
        frame = Frame(rgb)
        y, x = (v.ravel().astype(np.float32) for v in np.mgrid[40:120, 200:280])
        frame.cover(x, y, goes_on=False)
        judge = SolidJudge(*kitchen, {"surfaces": "hold"})
        judge.see(0, frame)
        walls = [told for (_, _, part), (_, told) in judge.measured()[0].items() if part == "walls"]
        assert walls
        for told in walls:
            heat = drift_map(told)
            assert told.where[40:120, 200:280].any() and heat.max() > 0 == heat[40:120, 200:280].max()

    def test_a_thing_that_was_moved_is_flagged(self, kitchen: tuple[Lock, BakedSubject]) -> None:
        moved = drifts.shifted(kitchen[1], "apron on the door", np.array([0.3, 0, 0], np.float32))
        assert "props" in flagged(judged(kitchen, filmed(moved, before_the_kitchen("medium wide"), WARM)))

    def test_of_a_thing_with_nothing_but_sky_behind_it_no_one_says_that_it_is_gone(
        self, kitchen: tuple[Lock, BakedSubject]
    ) -> None:
        lock, subject = kitchen
        for part in ("walls", "splashback", "ceiling", "window glass"):
            subject = drifts.without(subject, part)
        subject, camera = replace(subject, subject_sha256="of a kitchen without walls"), before_the_kitchen()
        judge = SolidJudge(lock, subject, {"props": "hold"})
        for number, shown in enumerate((subject, drifts.without(subject, "wall cupboard"))):
            frame = Frame(filmed(shown, camera, WARM))
            judge.frames.append((number, frame, again(judge.known, frame, [camera])))
        measured, found = judge.measured()
        assert found == 2 and any(kind == "gone" for _, kind, _ in measured)
        assert ("props", "gone", "wall cupboard") not in measured

    def test_behind_somebody_nothing_is_missed(self, kitchen: tuple[Lock, BakedSubject]) -> None:
        frame = filmed(drifts.without(kitchen[1], "wall cupboard"), before_the_kitchen(), WARM)
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
        lock, subject = kitchen
        judge = SolidJudge(lock, subject, {"props": "hold"})
        seen = frame_of(frame)
        seen.cover(x.ravel(), y.ravel(), goes_on=False)
        judge.see(0, seen)
        assert judge.report()["props"][0].status == "not_seen"

    @pytest.mark.parametrize("cast", [(1, 1, 1), WARM])
    def test_turned_walls_are_flagged(
        self, kitchen: tuple[Lock, BakedSubject], cast: tuple[float, float, float]
    ) -> None:
        turned = drifts.painted(kitchen[1], ["walls"], drifts.turned(70))
        assert "surfaces" in flagged(judged(kitchen, filmed(turned, before_the_kitchen(), cast)))

    def test_one_wall_turned_a_little_is_flagged_and_no_other_surface_leads(
        self, kitchen: tuple[Lock, BakedSubject]
    ) -> None:
        turned = drifts.painted(kitchen[1], ["walls"], drifts.turned(30))
        report = judged(kitchen, filmed(turned, before_the_kitchen(), WARM))
        assert flagged(report) == {"surfaces"} and "colour of walls" in report["surfaces"].words

    def test_behind_somebody_it_is_found_the_other_way_round_by_where_they_stand(
        self, kitchen: tuple[Lock, BakedSubject]
    ) -> None:
        lock, subject = kitchen
        mark, camera = stands(subject)[0], before_the_kitchen("medium close-up")
        own = mirrored(camera)
        for stood in (mark.to_figure(own), mirrored(mark.to_figure(camera))):
            frame = Frame(cv2.GaussianBlur(filmed(subject, camera, WARM), (0, 0), 2.0)[:, ::-1].copy())
            judge = SolidJudge(lock, subject, {"layout": "hold"})
            frame.marks, frame.stood = stands(subject), [stood]
            judge.frames.append((0, frame, None))
            judge.measured()
            assert [t.kind for t in judge.mirrored] == ["mirrored"]

    def test_the_other_way_round_it_is_flagged_for_its_layout(self, kitchen: tuple[Lock, BakedSubject]) -> None:
        frame = np.ascontiguousarray(filmed(kitchen[1], before_the_kitchen(), WARM)[:, ::-1])
        report = judged(kitchen, frame)
        assert flagged(report) == {"layout"} and "mirrored" in report["layout"].words

    def test_without_it_nothing_is_judged(self, kitchen: tuple[Lock, BakedSubject]) -> None:
        report = judged(kitchen, np.zeros((HEIGHT, WIDTH, 3), np.uint8))
        assert {f.status for f in report.values()} == {"not_seen"}
        assert all(f.score is None and f.words for f in report.values())


class TestAFigureByItsGeometry:
    def test_held_in_another_light_it_passes(self, mara: tuple[Lock, BakedSubject]) -> None:
        report = judged(mara, filmed(mara[1], before_mara(), COLD))
        assert flagged(report) == set()
        assert {report[a].status for a in ("face", "expression", "wardrobe")} == {"pass"}

    def test_a_coat_of_another_colour_is_flagged_and_no_face(self, mara: tuple[Lock, BakedSubject]) -> None:
        turned = drifts.painted(mara[1], ["coat"], drifts.turned(60))
        report = judged(mara, filmed(turned, before_mara("medium"), COLD))
        assert "wardrobe" in flagged(report) and report["face"].status != "flag"

    def test_a_smile_is_flagged(self, mara: tuple[Lock, BakedSubject]) -> None:
        subject = mara[1]
        smiling = replace(subject, rest=(subject.rest + 0.8 * subject.expressions["smile"]).astype(np.float32))
        assert "expression" in flagged(judged(mara, filmed(smiling, before_mara("close-up"), WARM)))

    def test_a_mouth_moved_a_little_is_flagged_and_named(self, mara: tuple[Lock, BakedSubject]) -> None:
        subject = mara[1]
        smiling = replace(subject, rest=(subject.rest + 0.4 * subject.expressions["smile"]).astype(np.float32))
        report = judged(mara, filmed(smiling, before_mara("close-up"), WARM))
        assert "expression" in flagged(report) and "as if smile" in report["expression"].words

    def test_the_colour_of_somebody_s_coat_is_told_against_the_set_behind_as_well(
        self, mara: tuple[Lock, BakedSubject], kitchen: tuple[Lock, BakedSubject]
    ) -> None:
        mark, camera = stands(kitchen[1])[0], before_the_kitchen("medium wide", 0.0)
        near = mark.to_figure(camera)
        told = []
        for turn in (0, 60):
            subject = drifts.painted(mara[1], ["coat"], drifts.turned(turn)) if turn else mara[1]
            seen = Solid(subject, subject.posed({}, 0)).seen_from(near)
            rgb = np.where(seen.hit[..., None], seen.rgb, filmed(kitchen[1], camera)).astype(np.uint8)
            for behind in (False, True):
                frame = Frame(rgb)
                if behind:
                    SolidJudge(*kitchen, {"surfaces": "hold"}).see(0, frame)
                    assert frame.behind is not None
                judge = SolidJudge(*mara, {"wardrobe": "hold"})
                judge.see(0, frame)
                measured, found = judge.measured()
                assert found == 1
                told.append(
                    measured["wardrobe", "tint", "coat"][0] if ("wardrobe", "tint", "coat") in measured else 0.0
                )
        alone, before_it, turned_alone, turned_before_it = told
        assert before_it < 2.5 and turned_before_it > 10
        assert before_it != alone and turned_before_it != turned_alone

    def test_a_coat_that_lost_its_pattern_is_flagged(self, mara: tuple[Lock, BakedSubject]) -> None:
        plain = drifts._patterned(mara[1], ["coat"], stripes=False)
        report = judged(mara, filmed(plain, before_mara(), COLD))
        assert "wardrobe" in flagged(report)

    @pytest.mark.parametrize(("contrast", "told"), [(1.0, True), (2.4, False)])
    def test_of_a_face_that_hard_light_draws_on_no_detail_is_told(
        self, mara: tuple[Lock, BakedSubject], contrast: float, told: bool
    ) -> None:
        log = np.log(filmed(mara[1], before_mara("close-up")).astype(np.float32) + 8)
        even = cv2.GaussianBlur(log, (0, 0), 5.0)
        hard = np.exp(even + contrast * (log - even)) - 8
        judge = SolidJudge(*mara, {"face": "hold"})
        judge.see(0, Frame(np.clip(np.rint(hard), 0, 255).astype(np.uint8)))
        measured, found = judge.measured()
        assert found == 1 and (("face", "structure", "") in measured) == told

    def test_far_away_no_expression_is_told(self, mara: tuple[Lock, BakedSubject]) -> None:
        assert judged(mara, filmed(mara[1], before_mara("medium wide")))["expression"].status == "not_seen"

    def test_the_same_frames_give_the_same_report(self, mara: tuple[Lock, BakedSubject]) -> None:
        frame = filmed(mara[1], before_mara(), WARM)
        assert judged(mara, frame, frame) == judged(mara, frame, frame)


class TestTelling:
    """Three parts side by side under one light, 60 cells."""

    PARTS = np.repeat([1, 2, 3], 20)

    def cells(self, **otherwise: NDArray[np.float64]) -> Cells:
        draw = np.random.default_rng(4)
        n = len(self.PARTS)
        own = np.array([[0.4, -0.3], [-0.2, 0.1], [0.1, 0.3]])[self.PARTS - 1] + draw.normal(0, 0.05, (n, 2))
        turn = np.array([[-0.3, -0.3], [0.2, -0.1], [0.1, -0.3]])[self.PARTS - 1]
        turned = np.stack([turn * degrees / 30 for degrees in TURNS_DEG])
        place = np.column_stack([np.arange(n) % 10 / 10, np.arange(n) // 10 / 10, np.ones(n)])
        made = Cells(
            self.PARTS, 0.85 * own + draw.normal(0, 0.01, (n, 2)), own, turned, place, np.tile([0.0, 0.0, 1.0], (n, 1)),
            np.full(n, 0.1), np.zeros(n), np.full(n, 100.0),
        )  # fmt: skip
        return replace(made, **otherwise)

    def test_in_one_light_a_turned_part_is_told_and_the_others_are_not(self) -> None:
        held = self.cells()
        turned = held.seen + 0.85 * held.turned[TURNS_DEG.index(30.0)] * (self.PARTS == 1)[:, None]
        told = tints(self.cells(seen=turned), [1, 2, 3])
        assert told[1].lead > 5 and told[1].sure
        assert max(told[2].lead, told[3].lead) < 2.5
        assert max(t.lead for t in tints(held, [1, 2, 3]).values()) < 0

    def test_a_light_that_changes_over_the_place_turns_nothing(self) -> None:
        held = self.cells()
        lit = held.seen + 0.4 * held.place[:, :1]
        assert max(t.lead for t in tints(self.cells(seen=lit), [1, 2, 3]).values()) < 1

    def test_light_of_several_colours_makes_its_own_doubt(self) -> None:
        held = self.cells()
        moved = held.seen + 0.3 * (self.PARTS == 1)[:, None]
        patched = moved + np.random.default_rng(6).normal(0, 0.3, moved.shape)
        one, several = (tints(self.cells(seen=s), [1])[1] for s in (moved, patched))
        assert one.off > 4 > 2 > several.off
        assert one.telling > 2 * several.telling

    def test_haze_that_took_the_colours_leaves_little_to_tell_by(self) -> None:
        held = self.cells()
        clear, hazy = (tints(self.cells(seen=share * held.own), [1])[1] for share in (0.85, 0.15))
        assert hazy.telling < 0.5 * clear.telling

    def test_gloss_on_what_is_dark_is_no_drift(self) -> None:
        held = self.cells()
        shone = np.where((self.PARTS == 1)[:, None], 0.35, 0.85) * held.own
        dull, glossy = (
            tints(self.cells(seen=shone, gloss=np.where(self.PARTS == 1, g, 0.1)), [1])[1] for g in (0.02, 0.6)
        )
        assert glossy.off < 0.7 * dull.off

    def test_one_part_alone_is_not_told(self) -> None:
        assert tints(self.cells().only(self.PARTS == 1), [1]) == {}

    def test_one_part_is_told_against_what_stands_beside_it(self) -> None:
        held = self.cells()
        others = held.only(self.PARTS != 1)
        turned = held.seen + 0.85 * held.turned[TURNS_DEG.index(30.0)]
        coat, other = (self.cells(seen=s).only(self.PARTS == 1).beside(others) for s in (held.seen, turned))
        assert set(other.part) == {1, BESIDE + 2, BESIDE + 3}
        assert tints(other, [1])[1].lead > 5 > 0 > tints(coat, [1])[1].lead

    def test_of_what_stands_beside_it_only_the_nearest_counts(self) -> None:
        coat, others = (self.cells().only(w) for w in (self.PARTS == 1, self.PARTS != 1))
        assert len(coat.beside(replace(others, place=others.place + 5.0)).part) == len(coat.part)
        many = coat.beside(others).beside(others).beside(others)
        assert len(many.part) > len(coat.beside(many).part) - len(coat.part) == MOST_BESIDE

    def test_a_turned_grey_takes_on_colour_and_no_turn_changes_no_colour(self) -> None:
        grey, red = np.full((1, 3), 0.3, np.float32), np.array([[0.5, 0.1, 0.1]], np.float32)
        assert np.ptp(hue_turned(grey, 60.0)) > 0.02
        assert hue_turned(red, 0.0) == pytest.approx(red, abs=1e-3)
        green = hue_turned(red, 120.0)[0]
        assert green == pytest.approx([0.1, 0.5, 0.1], abs=1e-2)


class TestPlanting:
    def test_a_part_whose_triangles_share_texels_is_painted_whole(self, kitchen: tuple[Lock, BakedSubject]) -> None:
        subject = kitchen[1]
        own = np.isin(subject.part, drifts.numbers(subject, ["splashback"]))
        twice = replace(
            subject,
            faces=np.concatenate([subject.faces, subject.faces[own]]),
            part=np.concatenate([subject.part, subject.part[own]]),
            layer=None if subject.layer is None else np.concatenate([subject.layer, subject.layer[own]]),
        )
        one, two = (drifts.painted(s, ["splashback"], drifts.turned(60)) for s in (subject, twice))
        assert (one.atlas().reflectance == two.atlas().reflectance).all()
        assert (one.atlas().reflectance != subject.atlas().reflectance).any()


class TestDeciding:
    def test_half_is_the_score_at_every_limit(self) -> None:
        for limit in limits().values():
            assert score(limit, limit) == pytest.approx(SCORE)
            assert score(limit * 2, limit) < SCORE < score(limit / 2, limit) <= score(-1.0, limit) == 1.0

    def test_one_odd_frame_among_several_is_no_drift(self, kitchen: tuple[Lock, BakedSubject]) -> None:
        lock, subject = kitchen
        judge = SolidJudge(lock, subject, {"surfaces": "hold"})
        judge.see(0, Frame(filmed(subject, before_the_kitchen())))
        measured, shown = judge.measured()
        told = next(t for _, t in measured.values())
        tells = [replace(told, frame=i, value=v) for i, v in enumerate((0.01, 9.0, 0.02, 0.01))]
        assert shown == 1
        ((value, worst),) = over_frames(tells, 4).values()
        assert value == 0.01 and worst.frame == 1
        assert over_frames(tells[:1], 4) == {}

    def test_what_is_known_from_one_side_only_is_left_to_its_anchors(self, mara: tuple[Lock, BakedSubject]) -> None:
        relief = replace(mara[1], info={**mara[1].info, "relief": {"texels_per_m": 500}})
        assert judges(mara[1]) and not judges(relief)
