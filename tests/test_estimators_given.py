"""Estimates from files: read at their own depth, in a named convention, and refused when they cannot be what they are said to be."""

import hashlib
import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from sora_lock.errors import MediaError
from sora_lock.media.exr import write_layers
from sora_lock.subjects.estimators import given

SHAPE = (48, 64)


def png(values: np.ndarray, bits: int = 8) -> bytes:
    """PNG of values 0..1, [H, W] or [H, W, 3], 8 or 16 bit."""
    top = 255 if bits == 8 else 65535
    pixels = np.rint(values * top).astype(np.uint8 if bits == 8 else np.uint16)
    done, data = cv2.imencode(".png", pixels[..., ::-1] if pixels.ndim == 3 else pixels)
    assert done
    return data.tobytes()


def exr(tmp_path: Path, **layers: np.ndarray) -> bytes:
    path = tmp_path / "layers.exr"
    write_layers(path, {("" if name == "plain" else name): values for name, values in layers.items()})
    return path.read_bytes()


@pytest.fixture(scope="module")
def normals() -> np.ndarray:
    """Unit normals that look to all sides, float32 [48, 64, 3]."""
    y, x = np.mgrid[-0.7 : 0.7 : SHAPE[0] * 1j, -0.7 : 0.7 : SHAPE[1] * 1j]
    return np.stack([x, -y, np.sqrt(1 - x**2 - y**2)], axis=-1).astype(np.float32)


class TestNormals:
    @pytest.mark.parametrize(("bits", "off"), [(8, 0.01), (16, 5e-5)])
    def test_integer_files_are_read_at_their_own_depth(self, normals: np.ndarray, bits: int, off: float) -> None:
        found = given.normal(png(0.5 + 0.5 * normals, bits), SHAPE)
        assert np.abs(found.values - normals).max() < off
        assert np.allclose(np.linalg.norm(found.values, axis=2), 1, atol=1e-5)

    def test_green_downwards_is_turned_when_it_is_named(self, normals: np.ndarray) -> None:
        flipped = normals * np.array([1, -1, 1], np.float32)
        found = given.normal(png(0.5 + 0.5 * flipped, 16), SHAPE, "directx")
        assert np.abs(found.values - normals).max() < 5e-5
        assert found.made_by.parameters["convention"] == "directx"

    def test_an_exr_holds_them_as_they_are(self, normals: np.ndarray, tmp_path: Path) -> None:
        data = exr(tmp_path, normal=normals, depth=np.ones(SHAPE, np.float32))
        found = given.normal(data, SHAPE)
        assert np.abs(found.values - normals).max() < 1e-5
        assert found.made_by.version == hashlib.sha256(data).hexdigest()

    def test_black_around_the_subject_faces_the_camera(self, normals: np.ndarray) -> None:
        coded = 0.5 + 0.5 * normals
        coded[:20] = 0.5  # a vector of length 0
        assert (given.normal(png(coded), SHAPE).values[:20] == [0, 0, 1]).all()

    def test_a_photograph_is_no_normal_map(self) -> None:
        photo = np.random.default_rng(0).uniform(0, 0.4, (*SHAPE, 3))
        with pytest.raises(MediaError, match=r"does not hold normals|faces away"):
            given.normal(png(photo), SHAPE)

    def test_a_map_that_looks_away_is_refused(self, normals: np.ndarray) -> None:
        with pytest.raises(MediaError, match="faces away"):
            given.normal(png(0.5 - 0.5 * normals, 16), SHAPE)

    def test_an_unknown_convention_is_refused(self, normals: np.ndarray) -> None:
        with pytest.raises(MediaError, match="say opengl"):
            given.normal(png(0.5 + 0.5 * normals), SHAPE, "maya")  # type: ignore[arg-type]


class TestDepth:
    def test_an_exr_holds_metres_and_infinity_lies_behind_all(self, tmp_path: Path) -> None:
        metres = np.full(SHAPE, 2.5, np.float32)
        metres[10:20] = 1.25
        metres[:3] = np.inf
        found = given.depth(exr(tmp_path, depth=metres), SHAPE)
        assert found.values[15, 5] == 1.25 and found.values[0, 0] == 2.5

    def test_an_integer_file_needs_what_black_and_white_stand_for(self) -> None:
        data = png(np.linspace(0, 1, SHAPE[1])[None].repeat(SHAPE[0], 0), 16)
        with pytest.raises(MediaError, match="black and white"):
            given.depth(data, SHAPE)
        values = given.depth(data, SHAPE, (4.0, 1.0)).values
        assert values[0, 0] == pytest.approx(4.0) and values[0, -1] == pytest.approx(1.0)

    def test_depths_behind_the_camera_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(MediaError, match="not above 0"):
            given.depth(exr(tmp_path, depth=np.full(SHAPE, -1, np.float32)), SHAPE)


class TestReflectance:
    def test_code_values_are_srgb_and_an_exr_is_linear(self, tmp_path: Path) -> None:
        grey = np.full((*SHAPE, 3), 188 / 255, np.float32)
        assert given.reflectance(png(grey), SHAPE).values[0, 0, 0] == pytest.approx(0.503, abs=0.001)
        assert given.reflectance(exr(tmp_path, plain=grey * 0.5), SHAPE).values[0, 0, 0] == pytest.approx(188 / 510)

    def test_values_above_one_hold_light_and_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(MediaError, match="without light"):
            given.reflectance(exr(tmp_path, plain=np.full((*SHAPE, 3), 1.5, np.float32)), SHAPE)


class TestFilesThatCannotBeIt:
    def test_another_size_is_said(self, normals: np.ndarray) -> None:
        with pytest.raises(MediaError, match="64x48 px and the picture 100x90"):
            given.normal(png(0.5 + 0.5 * normals), (90, 100))

    def test_what_is_no_number_is_refused(self, normals: np.ndarray, tmp_path: Path) -> None:
        broken = normals.copy()
        broken[5, 5, 0] = np.nan
        with pytest.raises(MediaError, match="no numbers"):
            given.normal(exr(tmp_path, normal=broken), SHAPE)

    def test_a_jpeg_is_refused_because_it_loses_numbers(self) -> None:
        out = io.BytesIO()
        Image.fromarray(np.full((*SHAPE, 3), 128, np.uint8)).save(out, "JPEG")
        with pytest.raises(MediaError, match="loses numbers"):
            given.reflectance(out.getvalue(), SHAPE)

    def test_an_exr_without_the_layer_names_what_it_has(self, tmp_path: Path) -> None:
        data = exr(tmp_path, beauty=np.zeros((*SHAPE, 3), np.float32), depth=np.ones(SHAPE, np.float32))
        with pytest.raises(MediaError, match="beauty, depth"):
            given.normal(data, SHAPE)

    @pytest.mark.parametrize("cut", [40, 200])
    def test_a_damaged_file_is_refused(self, normals: np.ndarray, cut: int) -> None:
        with pytest.raises(MediaError):
            given.normal(png(0.5 + 0.5 * normals)[:cut], SHAPE)
