"""Cryptomattes: numbers of names as the specification has them, and coverage exact to the edge."""

from dataclasses import replace

import numpy as np
import pytest

from sora_lock.errors import MediaError
from sora_lock.media.passes import Passes, open_passes
from sora_lock.subjects.cryptomatte import cryptomattes_of, number_of, selected
from sora_lock.subjects.layer_names import layers_of
from tests.render_parts import NUMBERS, crypto_header, files, truth, unreal, written


def mattes(passes: Passes) -> tuple[object, ...]:
    return cryptomattes_of(passes, layers_of(passes.planes))


class TestNumbers:
    def test_are_those_that_blender_wrote(self) -> None:
        materials = {
            "Skin": 0x295CFD60,
            "HairShader": 0xBA2680FF,
            "Coat_wool": 0xEE279B3B,
            "default_background": 0xDBA7EC85,
        }
        assert {n: number_of(n) for n in {**NUMBERS, **materials}} == {**NUMBERS, **materials}

    def test_are_always_numbers_when_they_are_read_as_floats(self) -> None:
        every = np.array([number_of(f"object_{k}") for k in range(5000)], np.uint32).view(np.float32)
        assert np.isfinite(every).all() and (np.abs(every) >= np.finfo(np.float32).tiny).all()


class TestMattes:
    @pytest.mark.parametrize("package", list(files(False)))
    def test_coverage_by_name_is_exact_at_every_edge(self, package: str) -> None:
        made = mattes(open_passes(files(False)[package][1]))
        for name, cover in truth().covers.items():
            assert np.array_equal(selected(made, [name]), cover)
        both = selected(made, ["Head", "Coat"])
        assert np.allclose(both, truth().covers["Head"] + truth().covers["Coat"], atol=1e-6)

    def test_a_name_is_found_without_a_manifest(self) -> None:
        passes = replace(open_passes(files(False)["Arnold"][1]), manifests=())
        assert np.array_equal(selected(mattes(passes), ["Hair_cap"]), truth().covers["Hair_cap"])

    def test_what_is_seen_is_told_the_largest_first(self) -> None:
        assert list(mattes(open_passes(files(False)["Unreal"][1]))[0].seen()) == ["Coat", "Head", "Hair_cap"]


class TestRefused:
    def test_a_name_nothing_has_and_the_one_that_is_perhaps_meant(self) -> None:
        made = mattes(open_passes(files(False)["Arnold"][1]))
        with pytest.raises(MediaError, match=r"'Haed' is seen in the render \(is 'Head' meant\?\); it shows Coat"):
            selected(made, ["Haed"])
        with pytest.raises(MediaError, match="no cryptomatte"):
            selected((), ["Head"])

    def test_one_stored_in_half_has_lost_its_numbers(self) -> None:
        channels, header = unreal()
        with np.errstate(over="ignore"):
            halved = {n: c.astype(np.float16) for n, c in channels.items() if "ActorHit" in n}
        passes = open_passes(written(halved, header))
        with pytest.raises(MediaError, match="stored in half"):
            mattes(passes)

    @pytest.mark.parametrize("what", ["hash", "conversion"])
    def test_one_made_in_another_way(self, what: str) -> None:
        channels, _ = unreal()
        header = {**crypto_header("ActorHitProxyMask"), f"cryptomatte/abc1234/{what}": "other"}
        with pytest.raises(MediaError, match="other; wanted"):
            mattes(open_passes(written(channels, header)))
