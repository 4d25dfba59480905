"""Normals, depth, reflectance and the face's place, against closed forms."""

import json
import subprocess
import sys

import numpy as np
import pytest

from sora_lock.colour import luma
from sora_lock.errors import MediaError
from sora_lock.subjects.estimators import Estimate, Estimator, Stand, estimator, faces, relief, shown

SIDE = 200
CENTRE, RADIUS = 100.0, 70.0


def grid(shape: tuple[int, int] = (SIDE, SIDE)) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    return y, x


def ball() -> tuple[np.ndarray, np.ndarray]:
    """Coverage of a ball in front of the camera, and its normals."""
    y, x = grid()
    right, up = (x - CENTRE) / RADIUS, (CENTRE - y) / RADIUS
    inside = right**2 + up**2 < 1
    z = np.sqrt(np.maximum(1 - right**2 - up**2, 0))
    normal = np.where(inside[..., None], np.stack([right, up, z], axis=-1), [0, 0, 1.0])
    return inside.astype(np.float32), normal.astype(np.float32)


def between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Angles in degrees."""
    return np.degrees(np.arccos(np.clip((a * b).sum(axis=-1), -1, 1)))


@pytest.fixture(scope="module")
def classical() -> Estimator:
    return estimator("classical")


@pytest.fixture(scope="module")
def lit_ball() -> np.ndarray:
    """A grey ball in the light of one lamp and a sky, linear."""
    _, normal = ball()
    shade = 0.2 + 0.8 * np.maximum(normal @ np.array([-0.6, 0.5, 0.62], np.float32), 0)
    return np.repeat((0.4 * shade)[..., None], 3, axis=2).astype(np.float32)


class TestRelief:
    def test_of_a_disc_it_is_the_half_ball_over_it(self) -> None:
        alpha, _ = ball()
        on = relief.raster(alpha)
        height = np.sqrt(relief.height(on))
        y, x = grid()
        wanted = np.sqrt(np.maximum(RADIUS**2 - (x - CENTRE) ** 2 - (y - CENTRE) ** 2, 0))
        well_inside = np.hypot(x - CENTRE, y - CENTRE) < 0.9 * RADIUS
        assert np.abs(height - wanted)[well_inside].max() < 0.02 * RADIUS

    def test_a_subject_cut_off_by_the_picture_does_not_round_off_there(self) -> None:
        y, x = grid()
        alpha = ((np.abs(x - 100) < 40) & (y > 60)).astype(np.float32)  # a column down through the lower border
        height = relief.height(relief.raster(alpha))
        assert height[-1, 100] == pytest.approx(height[-20, 100], rel=0.02)
        assert height[62, 100] < 0.2 * height[-1, 100]

    def test_with_a_reach_wide_parts_are_flat_and_narrow_ones_round(self) -> None:
        y, x = grid()
        alpha = ((x < 120) & (x > 10) & (y > 10) & (y < 190) | (np.abs(x - 150) < 6) & (y > 10) & (y < 190)).astype(
            np.float32
        )
        on = relief.raster(alpha)
        near, far = relief.height(on, 8.0), relief.height(on)
        assert np.abs(np.diff(near[100, 50:80])).max() < 0.05 * near[100, 65]
        assert near[100, 150] / far[100, 150] > 5 * near[100, 65] / far[100, 65]


class TestNormals:
    def test_a_balls_matte_gives_nearly_a_balls_normals(self, classical: Estimator, lit_ball: np.ndarray) -> None:
        alpha, true = ball()
        found = classical.normal(lit_ball, alpha)
        inside = alpha == 1
        flat = np.broadcast_to(np.array([0, 0, 1], np.float32), true.shape)
        assert between(found.values, true)[inside].mean() < 10 < 35 < between(flat, true)[inside].mean()

    def test_they_are_of_unit_length_and_face_the_camera(self, classical: Estimator, lit_ball: np.ndarray) -> None:
        alpha, _ = ball()
        values = classical.normal(lit_ball, alpha).values
        assert values.dtype == np.float32 and values.shape == (SIDE, SIDE, 3)
        assert np.allclose(np.linalg.norm(values, axis=2), 1, atol=1e-5)
        assert values[..., 2].min() > 0

    def test_up_is_up_and_right_is_right(self, classical: Estimator, lit_ball: np.ndarray) -> None:
        alpha, _ = ball()
        values = classical.normal(lit_ball, alpha).values
        assert values[45, 100, 1] > 0.5 and values[155, 100, 1] < -0.5
        assert values[100, 155, 0] > 0.5 and values[100, 45, 0] < -0.5

    def test_shading_that_the_matte_does_not_explain_turns_them(self, classical: Estimator) -> None:
        alpha, true = ball()
        y, x = grid()
        dent = np.exp(-(((x - 100) / 14) ** 2 + ((y - 100) / 14) ** 2))  # a patch of the ball that looks to the left
        turned = true - 0.5 * dent[..., None] * np.array([1, 0, 0])
        turned /= np.linalg.norm(turned, axis=-1, keepdims=True)

        def seen(normal: np.ndarray) -> np.ndarray:
            shade = 0.2 + 0.8 * np.maximum(normal @ np.array([-0.6, 0.5, 0.62]), 0)
            return classical.normal(np.repeat((0.4 * shade)[..., None], 3, axis=2).astype(np.float32), alpha).values

        without, with_dent = seen(true), seen(turned)
        patch = (slice(92, 108), slice(92, 108))
        before, after = (between(n[patch], turned[patch]).mean() for n in (without, with_dent))
        assert after < before - 2
        assert with_dent[100, 100, 0] < without[100, 100, 0] - 0.04


class TestDepth:
    def test_the_edge_stands_at_the_distance_of_its_height_and_the_middle_nearer(self, classical: Estimator) -> None:
        alpha, _ = ball()
        found = classical.depth(np.full((SIDE, SIDE, 3), 0.3, np.float32), alpha, Stand(height_m=1.4, focal_px=400))
        assert found.values[30, 100] == pytest.approx(400 * 1.4 / 140, rel=0.03)
        assert found.values[100, 100] < found.values[60, 100] < found.values[32, 100]
        # No deeper than a ball of that size, no flatter than a tenth of it.
        assert 0.07 < found.values[30, 100] - found.values[100, 100] < 0.7
        assert found.notes == ("Depth is relative: the subject is taken to be 1.4 m high in the picture.",)

    def test_contact_below_the_horizon_gives_the_distance(self, classical: Estimator) -> None:
        alpha, _ = ball()
        stand = Stand(focal_px=400, horizon_px=90, eye_m=1.6)
        found = classical.depth(np.full((SIDE, SIDE, 3), 0.3, np.float32), alpha, stand)
        assert found.made_by.parameters["distance_m"] == pytest.approx(400 * 1.6 / (170 - 90))
        assert found.notes == ()

    @pytest.mark.parametrize(
        ("stand", "words"),
        [
            (Stand(horizon_px=180), "not above the feet"),
            (Stand(height_m=0), "cannot be"),
            (Stand(focal_px=-3), "cannot be"),
        ],
    )
    def test_a_stance_that_cannot_be_is_refused(self, classical: Estimator, stand: Stand, words: str) -> None:
        alpha, _ = ball()
        with pytest.raises(MediaError, match=words):
            classical.depth(np.full((SIDE, SIDE, 3), 0.3, np.float32), alpha, stand)


class TestReflectance:
    @pytest.fixture(scope="class")
    def checks(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Alpha, true reflectance (checks of two colours), and its picture in a smooth ramp of light from the left."""
        y, x = grid()
        alpha = ((np.abs(x - 100) < 85) & (np.abs(y - 100) < 85)).astype(np.float32)
        even = ((x // 17 + y // 17) % 2 == 0)[..., None]
        true = np.where(even, np.array([0.5, 0.25, 0.12]), np.array([0.1, 0.2, 0.45]))
        ramp = 1.6 * np.exp(-x / 90)
        return alpha, true.astype(np.float32), (true * ramp[..., None]).astype(np.float32)

    @pytest.fixture(scope="class")
    def found(self, classical: Estimator, checks: tuple[np.ndarray, np.ndarray, np.ndarray]) -> Estimate:
        alpha, _, picture = checks
        return classical.reflectance(picture, alpha)

    def test_checks_in_a_ramp_of_light_are_parted_from_it(
        self, found: Estimate, checks: tuple[np.ndarray, np.ndarray, np.ndarray]
    ) -> None:
        alpha, true, picture = checks
        inside = alpha == 1

        def off(values: np.ndarray) -> float:
            return float((np.log(luma(values[inside])) - np.log(luma(true[inside]))).std())

        assert off(found.values) < 0.3 * off(picture)

    def test_reflectance_times_a_grey_light_is_the_picture(
        self, found: Estimate, checks: tuple[np.ndarray, np.ndarray, np.ndarray]
    ) -> None:
        alpha, _, picture = checks
        light = picture[alpha == 1] / found.values[alpha == 1]
        assert np.allclose(light, light[:, :1], rtol=1e-4)

    def test_texture_stays_and_light_from_the_side_goes(self, classical: Estimator) -> None:
        y, x = grid((640, 640))
        alpha = ((np.abs(x - 320) < 280) & (np.abs(y - 320) < 280)).astype(np.float32)
        weave = 1 + 0.3 * np.sin(2 * np.pi * x / 5) * np.sin(2 * np.pi * y / 5)
        ramp = 1.6 * np.exp(-x / 220)
        picture = (np.array([0.4, 0.3, 0.2]) * (weave * ramp)[..., None]).astype(np.float32)
        values = luma(classical.reflectance(picture, alpha).values)[120:520, 120:520]
        columns = values.mean(axis=0)
        kept = np.corrcoef((values / columns).ravel(), weave[120:520, 120:520].ravel())[0, 1]
        assert kept > 0.98
        left = abs(np.log(columns[:20].mean() / columns[-20:].mean()))
        assert left < 0.5 * 380 / 220  # of the ramp's own log range

    def test_black_and_blown_out_pixels_stay_within_bounds(self, classical: Estimator, lit_ball: np.ndarray) -> None:
        alpha, _ = ball()
        picture = lit_ball.copy()
        picture[80:90, 80:90], picture[110:120, 110:125] = 0, 1
        found = classical.reflectance(picture, alpha)
        inside = alpha == 1
        assert luma(found.values[inside]).min() >= 0.02 - 1e-5 and found.values[inside].max() <= 0.9 + 1e-5
        assert np.isfinite(found.values).all()
        assert found.notes and "blown out" in found.notes[0]

    def test_the_same_picture_gives_the_same_values(
        self, found: Estimate, classical: Estimator, checks: tuple[np.ndarray, np.ndarray, np.ndarray]
    ) -> None:
        alpha, _, picture = checks
        assert np.array_equal(classical.reflectance(picture, alpha).values, found.values)


class TestTheFacesPlace:
    def figure(self, skin: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray]:
        """A head over shoulders in blue cloth, linear, and its matte."""
        y, x = grid()
        head = ((x - 100) / 24) ** 2 + ((y - 60) / 32) ** 2 < 1
        body = ((x - 100) / 75) ** 2 + ((y - 200) / 95) ** 2 < 1
        picture = np.full((SIDE, SIDE, 3), 0.05, np.float32)
        picture[body] = (0.02, 0.05, 0.2)
        picture[head] = skin
        return picture, (head | body).astype(np.float32)

    @pytest.mark.parametrize("skin", [(0.60, 0.36, 0.26), (0.25, 0.12, 0.07), (0.08, 0.036, 0.02)])
    def test_it_is_proposed_for_skin_of_any_tone(self, skin: tuple[float, float, float]) -> None:
        found = faces.propose(*self.figure(skin))
        assert found is not None
        x0, y0, x1, y1 = found.box
        assert abs((x0 + x1) / 2 - 100) < 6 and abs((y0 + y1) / 2 - 60) < 8
        assert 36 < x1 - x0 < 56 and 50 < y1 - y0 < 76
        assert "Draw the box anew" in found.words

    def test_nothing_is_proposed_where_no_skin_shows(self) -> None:
        assert faces.propose(*self.figure((0.02, 0.1, 0.3))) is None

    def test_a_bare_patch_low_in_the_figure_is_no_face(self) -> None:
        picture, alpha = self.figure((0.02, 0.1, 0.3))
        picture[150:190, 80:115] = (0.60, 0.36, 0.26)
        assert faces.propose(picture, alpha) is None


class TestWhatIsShown:
    def test_each_quantity_as_people_know_it(self, classical: Estimator, lit_ball: np.ndarray) -> None:
        alpha, _ = ball()
        normal = shown.shown(classical.normal(lit_ball, alpha), alpha)
        assert normal.dtype == np.uint8 and normal.shape == (SIDE, SIDE, 3)
        assert normal[100, 100, 2] > 230 and normal[100, 160, 0] > 180 > 80 > normal[100, 40, 0]
        depth = shown.shown(classical.depth(lit_ball, alpha, Stand()), alpha)
        assert depth[100, 100, 0] > 240 and depth[31, 100, 0] < 90
        assert (shown.shown(classical.reflectance(lit_ball, alpha), alpha)[0, 0] == shown.GROUND).all()


class TestBadInput:
    @pytest.mark.parametrize("quantity", ["normal", "reflectance", "depth"])
    @pytest.mark.parametrize(
        ("alpha", "words"),
        [
            (np.zeros((SIDE, SIDE), np.float32), "matte is empty"),
            (np.ones((SIDE, SIDE), np.float32), "covers everything"),
            (np.zeros((50, 60), np.float32), r"\(60, 50\) px and the picture 200x200"),
            (np.full((SIDE, SIDE), np.nan, np.float32), "no numbers"),
        ],
    )
    def test_a_matte_that_says_nothing_is_refused(
        self, classical: Estimator, lit_ball: np.ndarray, quantity: str, alpha: np.ndarray, words: str
    ) -> None:
        more = (Stand(),) if quantity == "depth" else ()
        with pytest.raises(MediaError, match=words):
            getattr(classical, quantity)(lit_ball, alpha, *more)

    def test_an_unknown_estimator_is_named(self) -> None:
        with pytest.raises(MediaError, match="choose classical or learned"):
            estimator("magic")


class TestTheImport:
    def test_naming_the_estimators_loads_nothing_heavy(self) -> None:
        program = (
            "from sora_lock.subjects.estimators import classical, faces, given, learned, shown\n"
            "import json, sys\nprint(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
        heavy = {"torch", "diffusers", "transformers", "cv2", "scipy", "numba", "pymatting", "av", "OpenEXR"}
        assert not set(json.loads(done.stdout)) & heavy
