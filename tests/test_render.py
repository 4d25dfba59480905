"""Renders of each package brought to one set of conventions, against their known truth; and what is wrong with one, said in words."""

from pathlib import Path

import numpy as np
import pytest

from sora_lock.colour import REC709, to_rec709
from sora_lock.errors import MediaError
from sora_lock.media.exr import write_layers
from sora_lock.subjects.render import Render, height_of, picture_of, plates_of, read
from tests.render_parts import FOCAL_PX, H, W, arnold, blender, crypto_header, files, split, truth, unreal, written

CORE = truth().alpha >= 1
ACESCG = (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767)


def straight(plane: np.ndarray) -> np.ndarray:
    return plane / np.maximum(truth().alpha, 1e-6)[..., None]


def off_deg(found: Render) -> float:
    assert found.normal is not None
    unit = truth().normal / np.maximum(np.linalg.norm(truth().normal, axis=2, keepdims=True), 1e-6)
    return float(np.degrees(np.percentile(np.arccos(np.clip((found.normal * unit)[CORE].sum(axis=1), -1, 1)), 95)))


def changed(layer: str, value: float, where: tuple[slice, slice]) -> bytes:
    channels = {n: c.copy() for n, c in blender().items()}
    channels[layer][where] = value
    return written(channels)


MIDDLE, CORNER = np.s_[60:64, 46:50], np.s_[0:3, 0:5]


class TestEachPackage:
    @pytest.mark.parametrize("half", [False, True])
    @pytest.mark.parametrize("package", list(files(False)))
    def test_means_the_same(self, package: str, half: bool) -> None:
        found = read(files(half)[package][1])
        near = 2e-3 if half else 1e-5
        assert found.albedo is not None and found.depth is not None and found.ao is not None
        assert np.allclose(found.alpha, truth().alpha, atol=near)
        assert np.allclose(found.albedo[CORE], truth().albedo[CORE], atol=near)
        assert np.allclose(found.beauty[CORE], truth().beauty[CORE], atol=near)
        assert np.allclose(found.depth[CORE], truth().depth[CORE], rtol=1e-3)
        assert np.isinf(found.depth[truth().alpha == 0]).all()
        assert off_deg(found) < 3
        assert found.focal_px == pytest.approx(FOCAL_PX, rel=0.05)
        assert set(found.names) == {"Head", "Hair_cap", "Coat"}

    def test_cameras_of_headers_are_exact(self) -> None:
        for channels, header in (arnold(), unreal()):
            assert read(written(channels, header)).focal_px == pytest.approx(FOCAL_PX, rel=1e-3)
        channels, header = arnold()
        assert off_deg(read(written(channels, header))) < 0.1
        # the file format's own definition: a left-handed camera, a screen from 0 to 1
        flip, screen = np.diag([1.0, 1, -1, 1]), np.zeros((4, 4))
        camera = header["worldToCamera"].astype(float) @ flip
        screen[0, 0], screen[1, 1], screen[2, :2], screen[2, 3] = FOCAL_PX / W, -FOCAL_PX / H, 0.5, 1
        header |= {"worldToCamera": camera.astype(np.float32), "worldToNDC": (camera @ screen).astype(np.float32)}
        found = read(written(channels, header))
        assert found.focal_px == pytest.approx(FOCAL_PX, rel=1e-3) and off_deg(found) < 0.1

    def test_edges_are_straight_colours(self) -> None:
        found = read(files(False)["Arnold"][1])
        edge = (truth().alpha > 0.3) & (truth().alpha < 1)
        assert found.albedo is not None
        assert np.allclose(found.albedo[edge], straight(truth().albedo)[edge], atol=1e-5)


class TestAFileThatBlenderWrote:
    @pytest.fixture(scope="class")
    def found(self) -> Render:
        return read((Path(__file__).parent / "renders" / "blender.exr").read_bytes())

    def test_its_lens_its_figure_and_its_names_are_found(self, found: Render) -> None:
        assert found.focal_px == pytest.approx(160 * 50 / 36, rel=0.03)
        assert set(found.names) >= {"Head", "Hair_cap", "Coat", "Legs", "Skin", "Coat_wool"}
        height_m = height_of(found, "character")
        assert height_m == pytest.approx(1.8, abs=0.06)

    def test_its_normals_are_those_of_its_camera(self, found: Render) -> None:
        assert found.normal is not None
        # The coat is an ellipsoid: where its normals look straight along an axis of the world is known.
        coat = found.mattes[0].of([found.mattes[0].names["Coat"]]) >= 1
        y, x = np.mgrid[:160, :96]
        level = found.normal[coat]
        assert np.corrcoef(level[:, 0], x[coat])[0, 1] > 0.95 and np.corrcoef(level[:, 1], -y[coat])[0, 1] > 0.95
        assert (level[:, 2] > -0.05).all()

    def test_its_albedo_is_the_colour_it_was_given(self, found: Render) -> None:
        assert found.albedo is not None
        hair = found.mattes[0].of([found.mattes[0].names["Hair_cap"]]) >= 1
        assert np.allclose(np.median(found.albedo[hair], axis=0), (0.1, 0.05, 0.02), atol=0.005)


class TestATakesOwnLayers:
    def test_are_read_back(self, tmp_path: Path) -> None:
        t = truth()
        light = np.full((H, W, 3), 0.5, np.float32)
        layers = {
            "diffuse": t.albedo * light, "shading": light, "specular": 0.02 * np.ones_like(light), "transmittance": 0.9 * np.ones_like(light),
            "airlight": 0.01 * np.ones_like(light), "normal": t.normal, "depth": t.depth, "coverage": t.alpha, "coverage.mara": t.covers["Coat"],
            "st": t.normal, "region": t.index,
        }  # fmt: skip
        write_layers(
            tmp_path / "1001.exr", {n: v.astype(np.float16) if n == "diffuse" else v for n, v in layers.items()}
        )
        data = (tmp_path / "1001.exr").read_bytes()
        found = read(data)
        assert found.albedo is not None and found.foreign
        assert np.allclose(found.albedo[CORE], t.albedo[CORE], atol=1e-3)
        assert np.allclose(found.beauty[CORE], (t.albedo * 0.5 + 0.02)[CORE] * 0.9 + 0.01, atol=1e-3)
        assert np.array_equal(found.alpha, t.alpha)
        assert np.array_equal(read(data, objects=["mara"]).alpha, t.covers["Coat"])


class TestConventions:
    @pytest.mark.parametrize(("unit", "metres"), [("m", 1.0), ("cm", 0.01), ("in", 0.0254)])
    def test_a_unit_that_is_said_wins(self, unit: str, metres: float) -> None:
        found = read(files(False)["Arnold"][1], units=unit)
        assert found.depth is not None
        assert np.allclose(found.depth[CORE], truth().depth[CORE] * metres)

    def test_acescg_by_chromaticities_or_by_name_becomes_rec709(self) -> None:
        channels, header = arnold()
        into = np.linalg.inv(to_rec709(ACESCG)).astype(np.float32)
        for layer in ("", "diffuse_albedo."):
            rgb = np.dstack([channels[f"{layer}{c}"] for c in "RGB"]) @ into.T
            channels |= {f"{layer}{c}": np.ascontiguousarray(rgb[..., k]) for k, c in enumerate("RGB")}
        for told in ({"chromaticities": ACESCG}, {"colorInteropID": "lin_ap1_scene"}):
            found = read(written(channels, {**header, **told}))
            assert found.albedo is not None
            assert np.allclose(found.albedo[CORE], truth().albedo[CORE], atol=1e-4)
        assert np.allclose(to_rec709(REC709), np.eye(3), atol=1e-9)

    def test_colours_that_are_not_linear_are_refused(self) -> None:
        channels, header = arnold()
        with pytest.raises(MediaError, match="srgb_rec709, which is not scene-linear"):
            read(written(channels, {**header, "colorInteropID": "srgb_rec709_scene"}))
        for none in ((0.0,) * 8, (0.3,) * 8):
            with pytest.raises(MediaError, match="no primaries"):
                read(written(channels, {**header, "chromaticities": none}))

    def test_normals_stored_as_colours_are_unfolded(self) -> None:
        channels, header = unreal()
        coded = {n: (0.5 + 0.5 * c if "Normal" in n else c).astype(np.float32) for n, c in channels.items()}
        assert off_deg(read(written(coded, header))) < 3

    def test_depth_below_0_is_turned_round(self) -> None:
        channels, header = arnold()
        found = read(written({**channels, "Z": -channels["Z"]}, header))
        assert found.depth is not None and np.allclose(found.depth[CORE], truth().depth[CORE])


class TestTheMatte:
    def test_is_made_of_the_objects_that_are_named(self) -> None:
        found = read(files(False)["Unreal"][1], objects=["Head", "Hair_cap"])
        assert np.allclose(found.alpha, truth().covers["Head"] + truth().covers["Hair_cap"], atol=1e-6)

    def test_is_made_of_an_index(self) -> None:
        found = read(files(False)["Blender, one part"][1], indices=[3])
        assert np.array_equal(found.alpha >= 0.5, (truth().index == 3) & (truth().alpha >= 0.5))
        with pytest.raises(MediaError, match=r"index 7; the render has 0, 1, 2, 3"):
            read(files(False)["Blender, one part"][1], indices=[7])
        with pytest.raises(MediaError, match="no layer of object indices"):
            read(files(False)["Arnold"][1], indices=[1])

    def test_is_asked_for_where_alpha_covers_everything(self) -> None:
        channels, header = arnold()
        data = written({**channels, "A": np.ones((H, W), np.float32)}, header)
        with pytest.raises(MediaError, match=r"covers everything.*--object, out of Coat, Head, Hair_cap"):
            read(data)
        assert read(data, objects=["Coat"]).foreign
        assert read(data, whole=True).alpha.min() == 1


class TestAsPlates:
    def test_they_are_given_and_say_by_which_layers(self) -> None:
        found = read(files(False)["Blender, one part"][1])
        made = picture_of(found)
        plates = plates_of(found, made)
        assert not plates.estimated
        assert plates.made_by["reflectance"] == f"render {found.sha256[:12]} DiffCol"
        assert np.allclose(plates.reflectance[CORE], truth().albedo[CORE], atol=1e-5)
        assert (made.rgb[truth().alpha == 0] == 0).all() and made.rgb[CORE].std() > 10

    def test_a_height_nobody_has_asks_for_the_unit(self) -> None:
        found = read(files(False)["Arnold"][1])
        assert height_of(found, "character") == pytest.approx(1.85, abs=0.1)
        with pytest.raises(MediaError, match=r"0\.018 m high.*--units"):
            height_of(read(files(False)["Arnold"][1], units="cm"), "character")


class TestWhatIsNoNumber:
    @pytest.mark.parametrize("layer", ["Combined.R", "DiffCol.G", "Normal.X", "Depth.Z"])
    def test_is_refused_within_the_matte_with_its_layer_and_place(self, layer: str) -> None:
        with pytest.raises(MediaError, match=rf"ViewLayer\.{layer[:-2]} holds what is no number.* 16 px"):
            read(changed(f"ViewLayer.{layer}", np.nan, MIDDLE))

    @pytest.mark.parametrize("layer", ["Combined.R", "DiffCol.G", "Normal.X", "Depth.Z"])
    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    def test_is_nothing_outside(self, layer: str, value: float) -> None:
        found = read(changed(f"ViewLayer.{layer}", value, CORNER))
        assert found.normal is not None and np.isfinite(found.normal).all() and np.isfinite(found.beauty).all()
        assert off_deg(found) < 3

    def test_infinite_colour_within_is_refused_and_so_is_an_alpha_of_none(self) -> None:
        with pytest.raises(MediaError, match=r"DiffCol.*\(0 NaN, 16 infinite\)"):
            read(changed("ViewLayer.DiffCol.R", np.inf, MIDDLE))
        with pytest.raises(MediaError, match="alpha holds what is no number at 15 px"):
            read(changed("ViewLayer.Combined.A", np.nan, CORNER))

    def test_a_subject_without_depth_is_refused(self) -> None:
        with pytest.raises(MediaError, match="says that nothing is there at"):
            read(changed("ViewLayer.Depth.Z", 1e10, np.s_[40:100, :]))

    def test_albedo_that_holds_light_is_refused(self) -> None:
        with pytest.raises(MediaError, match=r"DiffCol leaves 0\.\.1"):
            read(changed("ViewLayer.DiffCol.R", 4.0, np.s_[40:100, :]))


class TestMissing:
    @pytest.mark.parametrize("lost", ["Combined", "DiffCol", "Normal", "Depth"])
    def test_each_needed_layer_is_asked_for(self, lost: str) -> None:
        data = written({n: c for n, c in blender().items() if lost not in n}, crypto_header("ViewLayer.CryptoObject"))
        quantity = {"Combined": "beauty", "DiffCol": "albedo", "Normal": "normal", "Depth": "depth"}[lost]
        with pytest.raises(MediaError, match=f"no layer of {quantity}: it has ViewLayer"):
            read(data)
        assert read(data, wanted=()).sha256 if lost != "Combined" else True

    def test_a_misnamed_one_can_be_named(self) -> None:
        channels = {n.replace("DiffCol", "MyColours"): c for n, c in blender().items()}
        found = read(written(channels), layers={"albedo": "MyColours"})
        assert found.albedo is not None and np.allclose(found.albedo[CORE], truth().albedo[CORE], atol=1e-5)

    def test_plain_colours_alone_lack_everything(self) -> None:
        with pytest.raises(MediaError, match="no layer of albedo: it has R/G/B"):
            read(written(split("", np.ones((32, 32, 3), np.float32), "RGB")))
