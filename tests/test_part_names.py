"""Parts of a character by what its modeller called them."""

import numpy as np
import pytest

from sora_lock.subjects.part_names import named_parts, part_of
from sora_lock.subjects.render import read
from tests.render_parts import arnold, files, truth, written


class TestNames:
    @pytest.mark.parametrize(
        ("name", "part"),
        [
            ("Hair_cap", "hair"), ("mara:eyebrow_L", "hair"), ("Coat_wool", "wardrobe"), ("SM_Trousers2", "wardrobe"), ("leftShoe.001", "wardrobe"),
            ("Head", "face"), ("EyeBall_R", "face"), ("body_geo", "body"), ("Hand.L", "body"), ("MI_Skin", "skin"), ("chair", ""), ("Sphere.003", ""),
        ],
    )  # fmt: skip
    def test_are_read_in_any_spelling(self, name: str, part: str) -> None:
        assert part_of(name) == part


class TestAPlate:
    @pytest.mark.parametrize("package", ["Blender, one part", "Arnold", "Unreal"])
    def test_follows_the_objects(self, package: str) -> None:
        made = named_parts(read(files(False)[package][1]))
        assert made is not None
        for name, number in (("Head", 1), ("Hair_cap", 2), ("Coat", 3)):
            mine = truth().covers[name] >= 0.99
            assert (made[0][mine] == number).all()
        assert not made[0][truth().alpha < 0.5].any()

    def test_is_not_made_where_names_tell_nothing(self) -> None:
        channels, header = arnold()
        plain = {k: v for k, v in header.items() if not k.endswith("manifest")}
        assert named_parts(read(written(channels, plain))) is None

    def test_skin_is_the_face_only_where_nothing_else_is(self) -> None:
        channels, header = arnold()
        for head, number in (("Head", 4), ("Sphere", 1)):
            names = f'{{"{head}":"05777012","Hair_cap":"5905040d","Skin":"8e7f2b6d"}}'
            made = named_parts(read(written(channels, {**header, "cryptomatte/abc1234/manifest": names})))
            assert made is not None
            assert np.bincount(made[0][truth().covers["Coat"] > 0.99]).argmax() == number
