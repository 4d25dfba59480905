"""The judge against made-up anchors: what it finds, what it flags, and what it declines to judge."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from sora_lock.continuity import Judge, explain
from sora_lock.continuity.plates import frame_of
from sora_lock.continuity.thresholds import SCORE, STRUCTURE, TINT, scaled
from sora_lock.direction import read
from sora_lock.errors import MediaError
from sora_lock.records import ATTRIBUTES, Anchor, Finding, Kind, Lock, Region

Rgb = NDArray[np.uint8]
WIDTH, HEIGHT = 640, 360


def grain(shape: tuple[int, int], seed: int, width: float, low: float = 0.55) -> NDArray[np.float32]:
    """Smooth noise scaled to low..1: a texture no other seed has."""
    noise = cv2.GaussianBlur(np.random.default_rng(seed).normal(size=shape).astype(np.float32), (0, 0), width)
    noise = (noise - noise.min()) / (noise.max() - noise.min())
    return low + (1 - low) * noise


def face(seed: int, size: int = 150) -> Rgb:
    """A face-like picture: two eyes, brows, a mouth, freckles; another seed is another person."""
    draw = np.random.default_rng(seed)
    img = (np.array([196, 150, 126]) * grain((size, size), seed, 2.2, 0.8)[..., None]).astype(np.uint8)
    for side in (-1, 1):
        x, y = size // 2 + side * int(draw.integers(22, 36)), int(draw.integers(46, 64))
        cv2.ellipse(img, (x, y), (int(draw.integers(8, 15)), int(draw.integers(4, 8))), 0, 0, 360, (236, 232, 226), -1)
        cv2.circle(img, (x + int(draw.integers(-2, 3)), y), 4, (46, 36, 28), -1)
        tilt = int(draw.integers(-8, 9))
        cv2.line(img, (x - 14, y - 15 - tilt), (x + 14, y - 15 + tilt), (58, 40, 30), int(draw.integers(3, 6)))
    cv2.ellipse(
        img, (size // 2, int(draw.integers(104, 122))), (int(draw.integers(14, 28)), 5), 0, 0, 360, (140, 62, 60), -1
    )
    for x, y in draw.integers(15, size - 15, (60, 2)):
        cv2.circle(img, (int(x), int(y)), 2, (150, 104, 84), -1)
    return img


def figure(face_seed: int = 1, coat: tuple[int, int, int] = (190, 150, 40)) -> tuple[Rgb, Rgb, Rgb]:
    """(rgb, alpha, regions) of a figure 300 x 400: 1 face, 2 mouth, 3 brows, 4 hair, 5 coat, 6 scarf."""
    rgb, regions = np.zeros((400, 300, 3), np.uint8), np.zeros((400, 300), np.uint8)
    hair = (np.array([110, 84, 70]) * grain((400, 300), 11, 1.5)[..., None]).astype(np.uint8)
    cv2.ellipse(regions, (150, 110), (88, 98), 0, 0, 360, 4, -1)
    cv2.rectangle(regions, (40, 215), (260, 399), 5, -1)
    cv2.rectangle(regions, (95, 195), (205, 235), 6, -1)
    cv2.ellipse(regions, (150, 120), (68, 72), 0, 0, 360, 1, -1)
    rgb[regions == 4] = hair[regions == 4]
    cloth = (np.array(coat) * grain((400, 300), 12, 1.6, 0.35)[..., None]).astype(np.uint8)
    scarf = (np.array([120, 118, 150]) * grain((400, 300), 13, 1.6, 0.35)[..., None]).astype(np.uint8)
    rgb[regions == 5], rgb[regions == 6] = cloth[regions == 5], scarf[regions == 6]
    whole = np.zeros_like(rgb)
    whole[45:195, 75:225] = face(face_seed)
    rgb[regions == 1] = whole[regions == 1]
    regions[(regions == 1) & (np.arange(400)[:, None] > 142) & (np.arange(400)[:, None] < 174)] = 2
    regions[(regions == 1) & (np.arange(400)[:, None] > 66) & (np.arange(400)[:, None] < 98)] = 3
    return rgb, np.where(regions > 0, 255, 0).astype(np.uint8), regions


def room(wall: tuple[int, int, int] = (150, 120, 104)) -> tuple[Rgb, Rgb, Rgb]:
    """(rgb, alpha, regions) of a set 640 x 360: 1 wall, 2 floor, 3 picture, 4 crate."""
    regions = np.ones((HEIGHT, WIDTH), np.uint8)
    regions[260:] = 2
    colours = {1: wall, 2: (110, 96, 76), 3: (70, 110, 140), 4: (160, 90, 50)}
    regions[70:170, 90:200] = 3
    regions[200:310, 470:590] = 4
    rgb = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for k, colour in colours.items():
        rgb[regions == k] = (np.array(colour) * grain((HEIGHT, WIDTH), 20 + k, 1.8, 0.3)[..., None]).astype(np.uint8)[
            regions == k
        ]
    return rgb, np.full((HEIGHT, WIDTH), 255, np.uint8), regions


FIGURE = (
    Region("face", ("face",)), Region("mouth", ("face", "expression")), Region("brows", ("face", "expression")),
    Region("hair", ("hair",)), Region("coat", ("wardrobe",)), Region("scarf", ("wardrobe",)),
)  # fmt: skip
ROOM = (
    Region("wall", ("surfaces", "layout")), Region("floor", ("surfaces", "layout")),
    Region("picture", ("props", "layout")), Region("crate", ("props", "layout")),
)  # fmt: skip


class Shelf:
    """Bytes by SHA-256, as a store keeps them."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, pixels: NDArray[np.uint8]) -> str:
        order = pixels[..., [2, 1, 0, 3]] if pixels.ndim == 3 else pixels
        data = cv2.imencode(".png", np.ascontiguousarray(order))[1].tobytes()
        sha = hashlib.sha256(data).hexdigest()
        self.kept[sha] = data
        return sha

    def __call__(self, sha: str) -> bytes:
        return self.kept[sha]


def lock_of(shelf: Shelf, kind: Kind, regions: tuple[Region, ...], plate: tuple[Rgb, Rgb, Rgb]) -> Lock:
    rgb, alpha, numbers = plate
    anchor = Anchor("front", shelf.put(np.dstack([rgb, alpha])), shelf.put(numbers))
    policies = dict.fromkeys(ATTRIBUTES[kind], "hold")
    return Lock(
        "mara" if kind == "character" else "room", kind, 1, "photo", "0" * 64, "1" * 64, regions, policies, (anchor,)
    )  # type: ignore[arg-type]


def shot(plate: tuple[Rgb, Rgb, Rgb], scale: float = 0.8, at: tuple[int, int] = (230, 30)) -> Rgb:
    """The figure before a background of its own."""
    rgb, alpha, _ = plate
    back = (np.array([96, 106, 120]) * grain((HEIGHT, WIDTH), 31, 5.0, 0.5)[..., None]).astype(np.float32)
    matrix = np.array([[scale, 0, at[0]], [0, scale, at[1]]], np.float32)
    moved = cv2.warpAffine(rgb, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA).astype(np.float32)
    cover = cv2.warpAffine(alpha, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA)[..., None].astype(np.float32) / 255
    return np.rint(moved * cover + back * (1 - cover)).astype(np.uint8)


def lit(
    rgb: Rgb, cast: tuple[float, float, float] = (1, 1, 1), fog: float = 0.0, noise: float = 1.5, seed: int = 5
) -> Rgb:
    """Another light: brighter on one side, a colour cast, fog, grain and JPEG."""
    fall = np.linspace(1.15, 0.45, rgb.shape[1], dtype=np.float32)[None, :, None] ** 0.8
    out = rgb.astype(np.float32) * fall * np.array(cast, np.float32)
    out = out * (1 - fog) + 190 * fog + np.random.default_rng(seed).normal(0, noise, rgb.shape)
    data = cv2.imencode(".jpg", np.clip(out, 0, 255).astype(np.uint8)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])


def judged(lock: Lock, shelf: Shelf, *frames: Rgb, **policies: str) -> dict[str, Finding]:
    judge = Judge(lock, shelf, {**lock.policies, **policies}, WIDTH, HEIGHT)
    for i, frame in enumerate(frames):
        judge.see(i, frame)
    return {a: f for a, (f, _) in judge.report().items()}


def pixels(png: bytes) -> Rgb:
    return np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)[..., ::-1], np.uint8)


def hot(drift_map: bytes) -> float:
    """Part of a drift map that is more orange than grey."""
    rgb = pixels(drift_map).astype(int)
    return float((rgb[..., 0] - rgb[..., 2] > 90).mean())


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture(scope="module")
def mara(shelf: Shelf) -> Lock:
    return lock_of(shelf, "character", FIGURE, figure())


@pytest.fixture(scope="module")
def place(shelf: Shelf) -> Lock:
    return lock_of(shelf, "set", ROOM, room())


def flagged(report: dict[str, Finding]) -> set[str]:
    return {a for a, f in report.items() if f.status == "flag"}


class TestAFigureThatHeld:
    @pytest.mark.parametrize(
        ("cast", "fog", "scale", "at"),
        [
            ((1, 1, 1), 0.0, 0.8, (230, 30)),
            ((1.1, 0.8, 0.55), 0.0, 0.7, (60, 70)),
            ((0.55, 0.7, 1.1), 0.25, 0.85, (300, 15)),
            ((0.6, 0.6, 0.6), 0.0, 1.3, (110, -40)),
        ],
    )
    def test_passes_in_another_light_place_and_size(
        self, mara: Lock, shelf: Shelf, cast: tuple[float, float, float], fog: float, scale: float, at: tuple[int, int]
    ) -> None:
        report = judged(mara, shelf, lit(shot(figure(), scale, at), cast, fog))
        assert flagged(report) == set()
        assert {report[a].status for a in ("face", "wardrobe")} == {"pass"}
        assert report["face"].score is not None and report["face"].score > SCORE == report["face"].threshold

    def test_has_a_box_around_what_was_judged(self, mara: Lock, shelf: Shelf) -> None:
        box = judged(mara, shelf, lit(shot(figure(), 0.8, (230, 30))))["face"].box
        assert box is not None
        wanted = (230 + 82 * 0.8, 30 + 48 * 0.8, 230 + 218 * 0.8, 30 + 192 * 0.8)
        assert np.abs(np.array(box) - wanted).max() < 14

    def test_black_and_white_is_no_drift_of_colour(self, mara: Lock, shelf: Shelf) -> None:
        grey = cv2.cvtColor(cv2.cvtColor(lit(shot(figure())), cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        assert flagged(judged(mara, shelf, np.asarray(grey, np.uint8))) == set()


class TestAFigureThatDrifted:
    def test_another_coat_colour_is_flagged_and_nothing_else(self, mara: Lock, shelf: Shelf) -> None:
        report = judged(mara, shelf, lit(shot(figure(coat=(120, 165, 60))), (1.05, 0.9, 0.75)))
        assert flagged(report) == {"wardrobe"}
        assert "colour of coat" in report["wardrobe"].words

    def test_another_face_is_flagged(self, mara: Lock, shelf: Shelf) -> None:
        report = judged(mara, shelf, lit(shot(figure(face_seed=2))))
        assert "face" in flagged(report) and "wardrobe" not in flagged(report)

    def test_the_worst_frame_is_named(self, mara: Lock, shelf: Shelf) -> None:
        good, bad = lit(shot(figure())), lit(shot(figure(coat=(60, 165, 120))))
        report = judged(mara, shelf, good, bad, bad, good)
        assert report["wardrobe"].status == "flag" and report["wardrobe"].frame in (1, 2)

    def test_one_odd_frame_among_many_is_not_drift(self, mara: Lock, shelf: Shelf) -> None:
        good, bad = lit(shot(figure())), lit(shot(figure(coat=(60, 165, 120))))
        assert flagged(judged(mara, shelf, good, bad, good, good, good)) == set()


class TestAnExpression:
    @staticmethod
    def other() -> tuple[Rgb, Rgb, Rgb]:
        """The same person with another mouth and other brows."""
        rgb, alpha, regions = figure()
        moved = (regions == 2) | (regions == 3)
        return np.where(moved[..., None], figure(face_seed=4)[0], rgb).astype(np.uint8), alpha, regions

    def test_another_one_that_lasts_is_flagged(self, mara: Lock, shelf: Shelf) -> None:
        frames = [lit(shot(self.other()), seed=i) for i in range(4)]
        assert "expression" in flagged(judged(mara, shelf, *frames))

    def test_another_one_for_a_moment_is_not(self, mara: Lock, shelf: Shelf) -> None:
        frames = [lit(shot(self.other() if i == 1 else figure()), seed=i) for i in range(4)]
        report = judged(mara, shelf, *frames)
        assert report["expression"].status == "pass"


class TestNotSeen:
    @pytest.mark.parametrize(
        "frame",
        [np.zeros((HEIGHT, WIDTH, 3), np.uint8), np.full((HEIGHT, WIDTH, 3), 255, np.uint8), lit(room()[0])],
        ids=["black", "white", "another picture"],
    )
    def test_without_the_subject_nothing_is_judged(self, mara: Lock, shelf: Shelf, frame: Rgb) -> None:
        report = judged(mara, shelf, frame)
        assert {f.status for f in report.values()} == {"not_seen"}
        assert all(f.score is None and f.box is None and f.frame is None and f.words for f in report.values())

    def test_a_face_too_small_is_not_judged(self, mara: Lock, shelf: Shelf) -> None:
        report = judged(mara, shelf, lit(shot(figure(), 0.12, (300, 200))))
        assert report["face"].status == report["expression"].status == "not_seen"

    def test_no_frame_at_all(self, mara: Lock, shelf: Shelf) -> None:
        assert {f.status for f in judged(mara, shelf).values()} == {"not_seen"}


class TestAPictureWithoutAFaceBox:
    def test_is_found_and_judged_but_for_the_face(self, shelf: Shelf) -> None:
        rgb, alpha, regions = figure()
        one = lock_of(
            shelf, "character", (Region("picture", ATTRIBUTES["character"]),), (rgb, alpha, np.minimum(regions, 1))
        )
        report = judged(one, shelf, lit(shot(figure())))
        assert {a: f.status for a, f in report.items()} == {
            "face": "not_seen",
            "expression": "not_seen",
            "hair": "pass",
            "wardrobe": "pass",
            "body": "pass",
        }
        assert "face box" in report["face"].words


class TestASet:
    def test_held_in_another_light(self, place: Lock, shelf: Shelf) -> None:
        report = judged(place, shelf, lit(room()[0], (1.0, 0.8, 0.6)))
        assert flagged(report) == set() and {f.status for f in report.values()} == {"pass"}

    def test_seen_from_closer(self, place: Lock, shelf: Shelf) -> None:
        closer = cv2.warpAffine(room()[0], np.array([[1.5, 0, -90], [0, 1.5, -60]], np.float32), (WIDTH, HEIGHT))
        report = judged(place, shelf, lit(np.asarray(closer, np.uint8)))
        assert flagged(report) == set() and report["surfaces"].status == "pass"

    def test_a_prop_whose_place_is_empty_is_flagged(self, place: Lock, shelf: Shelf) -> None:
        rgb = room()[0]
        rgb[67:173, 87:203] = (96, 77, 66)
        report = judged(place, shelf, lit(rgb))
        assert flagged(report) == {"props"} and "picture" in report["props"].words

    def test_a_prop_behind_someone_is_not(self, place: Lock, shelf: Shelf) -> None:
        rgb = room()[0].copy()
        rgb[20:, 60:230] = (np.array([60, 70, 90]) * grain((HEIGHT - 20, 170), 77, 2.0)[..., None]).astype(np.uint8)
        assert flagged(judged(place, shelf, lit(rgb))) == set()

    def test_a_prop_that_a_found_figure_covers_is_not(self, place: Lock, shelf: Shelf) -> None:
        rgb = room()[0]
        rgb[67:173, 87:203] = (96, 77, 66)
        frame = lit(rgb)
        y, x = np.mgrid[60:180, 80:210].astype(np.float32)
        frame_of(frame).cover(x.ravel(), y.ravel(), goes_on=False)
        assert flagged(judged(place, shelf, frame)) == set()
        assert flagged(judged(place, shelf, lit(rgb, seed=6))) == {"props"}

    @pytest.mark.parametrize(("gone", "flags"), [(1, set()), (3, {"props"}), (4, {"props"})])
    def test_a_prop_is_gone_when_it_is_gone_in_most_frames(
        self, place: Lock, shelf: Shelf, gone: int, flags: set[str]
    ) -> None:
        rgb = room()[0]
        rgb[67:173, 87:203] = (96, 77, 66)
        frames = [lit(rgb if i < gone else room()[0], seed=i) for i in range(4)]
        assert flagged(judged(place, shelf, *frames)) == flags

    def test_mirrored_it_is_flagged_for_its_layout_and_says_so(self, place: Lock, shelf: Shelf) -> None:
        judge = Judge(place, shelf, place.policies, WIDTH, HEIGHT)
        for i in range(4):
            judge.see(i, np.ascontiguousarray(lit(room()[0], (1.0, 0.85, 0.7), seed=i)[:, ::-1]))
        report = judge.report()
        assert {a for a, (f, _) in report.items() if f.status == "flag"} == {"layout"}
        assert "mirrored" in report["layout"][0].words and report["layout"][1] is not None
        assert report["props"][0].status == report["surfaces"][0].status == "not_seen"

    @pytest.mark.parametrize("cast", [(1.0, 1.0, 1.0), (1.1, 0.8, 0.55), (0.75, 0.85, 1.05)])
    def test_a_wall_turned_by_forty_degrees_is_flagged_in_any_light_and_light_alone_is_not(
        self, place: Lock, shelf: Shelf, cast: tuple[float, float, float]
    ) -> None:
        rgb, _, regions = room()
        hls = cv2.cvtColor(rgb, cv2.COLOR_RGB2HLS_FULL)
        hls[..., 0] += np.uint8(round(40 / 360 * 256))
        turned = np.where(regions[..., None] == 1, cv2.cvtColor(hls, cv2.COLOR_HLS2RGB_FULL), rgb).astype(np.uint8)
        assert flagged(judged(place, shelf, lit(turned, cast))) == {"surfaces"}
        assert flagged(judged(place, shelf, lit(rgb, cast))) == set()

    def test_walls_of_another_colour_are_flagged(self, place: Lock, shelf: Shelf) -> None:
        assert "surfaces" in flagged(judged(place, shelf, lit(room(wall=(50, 150, 110))[0])))


class TestPolicies:
    def test_free_is_not_reported_and_evolving_is_never_flagged(self, mara: Lock, shelf: Shelf) -> None:
        other = lit(shot(figure(face_seed=2, coat=(60, 165, 120))))
        report = judged(mara, shelf, other, wardrobe="free", face="evolve", expression="evolve")
        assert "wardrobe" not in report
        assert flagged(report) == set() and report["face"].score is not None

    def test_all_free_looks_at_nothing(self, mara: Lock, shelf: Shelf) -> None:
        judge = Judge(mara, shelf, dict.fromkeys(mara.policies, "free"), WIDTH, HEIGHT)
        assert not any(judge.wants(i, 48) for i in range(48)) and judge.report() == {}


class TestLooking:
    @pytest.mark.parametrize("frames", [1, 2, 5, 48, 240])
    def test_few_frames_are_wanted_and_the_ends_are_among_them(self, mara: Lock, shelf: Shelf, frames: int) -> None:
        judge = Judge(mara, shelf, {}, WIDTH, HEIGHT)
        wanted = [i for i in range(frames) if judge.wants(i, frames)]
        assert 1 <= len(wanted) <= 6 and wanted[0] == 0 and wanted[-1] == frames - 1

    def test_the_same_frames_give_the_same_report(self, mara: Lock, shelf: Shelf) -> None:
        frame = lit(shot(figure()), (1.1, 0.8, 0.6))
        assert judged(mara, shelf, frame, frame) == judged(mara, shelf, frame, frame)

    def test_the_pictures_are_small_pngs_and_the_map_is_of_the_frame_alone(self, mara: Lock, shelf: Shelf) -> None:
        judge = Judge(mara, shelf, {}, WIDTH, HEIGHT)
        judge.see(0, lit(shot(figure())))
        shown = judge.report()["wardrobe"][1]
        assert shown is not None and shown.evidence.startswith(b"\x89PNG") and shown.drift_map.startswith(b"\x89PNG")
        pair, alone = pixels(shown.evidence), pixels(shown.drift_map)
        assert 40 < pair.shape[0] <= 400 and alone.shape[0] <= pair.shape[0] and alone.shape[1] < pair.shape[1]

    def test_the_map_is_hot_where_it_drifted_and_nowhere_when_it_held(self, place: Lock, shelf: Shelf) -> None:
        rgb = room()[0]
        rgb[67:173, 87:203] = (96, 77, 66)
        judge = Judge(place, shelf, place.policies, WIDTH, HEIGHT)
        judge.see(0, lit(rgb))
        report = judge.report()
        gone, walls = report["props"][1], report["surfaces"][1]
        assert report["props"][0].status == "flag" and gone is not None and walls is not None
        assert hot(gone.drift_map) > 0.2 > 0.02 > hot(walls.drift_map)

    def test_the_map_of_a_large_coat_in_another_colour_leaves_the_hair_alone(self, mara: Lock, shelf: Shelf) -> None:
        judge = Judge(mara, shelf, mara.policies, WIDTH, HEIGHT)
        judge.see(0, lit(shot(figure(coat=(60, 165, 120)))))
        coat, hair = (judge.report()[a][1] for a in ("wardrobe", "hair"))
        assert coat is not None and hair is not None
        assert hot(coat.drift_map) > 0.3 > 0.05 > hot(hair.drift_map)

    def test_the_curve_has_every_frame_in_which_it_was_seen(self, mara: Lock, shelf: Shelf) -> None:
        judge = Judge(mara, shelf, mara.policies, WIDTH, HEIGHT)
        held, other = lit(shot(figure())), lit(shot(figure(coat=(60, 165, 120))))
        for frame, rgb in ((0, held), (16, other), (31, np.zeros_like(held)), (47, held)):
            judge.see(frame, rgb)
        finding = judge.report()["wardrobe"][0]
        assert [frame for frame, _ in finding.curve] == [0, 16, 47] and finding.frame == 16
        assert min(finding.curve, key=lambda told: told[1])[0] == 16
        assert dict(finding.curve)[0] > SCORE > dict(finding.curve)[16]

    def test_a_damaged_anchor_is_refused(self, mara: Lock, shelf: Shelf) -> None:
        bad = replace(mara, anchors=(replace(mara.anchors[0], view="damaged"),))
        with pytest.raises(MediaError, match="damaged"):
            Judge(bad, lambda sha: b"no png", {}, WIDTH, HEIGHT)


class TestScores:
    @pytest.mark.parametrize("attribute", sorted(STRUCTURE))
    def test_the_threshold_of_every_attribute_is_one_half(self, attribute: str) -> None:
        assert scaled(STRUCTURE[attribute], None, attribute) == pytest.approx(SCORE)
        assert scaled(1.0, TINT[attribute], attribute) == pytest.approx(SCORE)
        assert scaled(1.0, 0.0, attribute) == 1.0 and scaled(-1.0, None, attribute) == 0.0
        assert scaled(1.0, TINT[attribute] * 3, attribute) < SCORE < scaled(1.0, TINT[attribute] / 3, attribute)


class TestExplaining:
    def test_it_labels_what_was_asked_for_and_alters_nothing(self) -> None:
        report = {"expression": Finding("flag", 0.2), "wardrobe": Finding("flag", 0.1), "face": Finding("pass", 0.9)}
        said = explain(report, read("smiling, neon"))
        assert set(said) == {"expression"} and "smiling" in said["expression"]
        assert report["expression"].status == "flag"

    def test_a_negated_instruction_asked_for_nothing(self) -> None:
        assert explain({"expression": Finding("flag", 0.2)}, read("not smiling")) == {}


class TestSharedFrames:
    def test_judges_that_are_shown_one_array_share_what_they_note_of_it_and_nobody_else_does(self) -> None:
        rgb = np.random.default_rng(0).integers(0, 255, (18, 32, 3), np.uint8)
        frame = frame_of(rgb)
        assert frame_of(rgb) is frame
        assert frame_of(rgb.copy()) is not frame

    def test_a_buffer_that_was_filled_anew_is_another_frame(self) -> None:
        rgb = np.zeros((18, 32, 3), np.uint8)
        before = frame_of(rgb)
        rgb[:] = 200
        after = frame_of(rgb)
        assert after is not before
        assert before.rgb.max() == 0 and after.rgb.min() == 200
