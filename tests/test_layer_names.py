"""Which layer is which, in the namings of each package; and what is said of names nobody knows."""

import pytest

from sora_lock.errors import MediaError
from sora_lock.subjects.layer_names import assigned, check_there, layers_of
from tests.render_parts import arnold, blender, unreal

NEEDED = ("beauty", "albedo", "normal", "depth")


def names(channels: object, **told: str) -> dict[str, str]:
    return {q: layer.name for q, layer in assigned(layers_of(channels), told).items()}  # type: ignore[arg-type]


class TestNamings:
    def test_blender_before_and_since_version_5(self) -> None:
        assert names(blender())["albedo"] == "ViewLayer.DiffCol"
        five = [f"ViewLayer.{n}" for n in ("Combined.R", "Combined.G", "Combined.B", "Diffuse Color.R", "Diffuse Color.G", "Diffuse Color.B")]  # fmt: skip
        assert names([*five, "ViewLayer.Object Index.X", "ViewLayer.Depth.Z"]) == {
            "beauty": "ViewLayer.Combined", "albedo": "ViewLayer.Diffuse Color", "index": "ViewLayer.Object Index", "depth": "ViewLayer.Depth",
        }  # fmt: skip

    def test_arnold(self) -> None:
        assert {q: names(arnold()[0])[q] for q in (*NEEDED, "ao")} == {
            "beauty": "", "albedo": "diffuse_albedo", "normal": "N", "depth": "Z", "ao": "AO",
        }  # fmt: skip

    @pytest.mark.parametrize("prefix", ["FinalImageMovieRenderQueue_", "FinalImage", ""])
    def test_unreal_with_and_without_what_it_puts_before_names(self, prefix: str) -> None:
        assert {q: names(unreal(prefix=prefix)[0])[q] for q in NEEDED} == {
            "beauty": "", "albedo": f"{prefix}BaseColor", "normal": f"{prefix}WorldNormal", "depth": f"{prefix}WorldDepth",
        }  # fmt: skip

    def test_lit_diffuse_is_no_albedo(self) -> None:
        assert "albedo" not in names(["R", "G", "B", "diffuse.R", "diffuse.G", "diffuse.B"])

    def test_of_several_view_layers_the_one_that_brings_most(self) -> None:
        both = ["Sky.Combined.R", "Sky.Combined.G", "Sky.Combined.B", *blender(layer="Figure"), "Composite.Combined.R"]
        assert names(both)["beauty"] == "Figure.Combined"

    def test_what_a_person_says_wins(self) -> None:
        assert names([*blender(), "ViewLayer.Mine.R"], ao="Mine")["ao"] == "ViewLayer.Mine"


class TestMissing:
    def test_says_what_is_there_what_is_wanted_and_what_is_perhaps_meant(self) -> None:
        channels = [n.replace("DiffCol", "DifuseColour") for n in blender()]
        layers = layers_of(channels)
        with pytest.raises(
            MediaError,
            match=r"no layer of albedo.*ViewLayer\.Combined.*wanted Diffuse Color.*DifuseColour.*--layer albedo=",
        ):
            check_there(NEEDED, assigned(layers), layers)

    def test_a_name_that_is_not_there_and_a_quantity_that_does_not_exist(self) -> None:
        with pytest.raises(MediaError, match=r"no layer 'Nrmal' \(is 'ViewLayer\.Normal' meant\?\)"):
            names(blender(), normal="Nrmal")
        with pytest.raises(MediaError, match="no quantity 'smell'"):
            names(blender(), smell="Normal")
