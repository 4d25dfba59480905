"""The promise on brought pictures, checked on finished masters of takes made through the command line.

The picture is a shipped figure filmed by comp before the rooftop, so its plates are known; it is then locked as somebody's photograph, with as much of its
shape as an estimate from one picture has (smoothed over two centimetres), and shot in the alley under six lights. The checks read files alone.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from sora_lock.colour import linear_from_srgb
from sora_lock.first_run import settle
from sora_lock.freeze import freeze_brought
from sora_lock.media.video import read_frames
from sora_lock.store import Store
from sora_lock.subjects.photo import picture
from sora_lock.subjects.plates import Plates
from tests import blind_rebuild
from tests.brought_parts import Brought, film_figure, rims
from tests.take_parts import shot_here

LIGHTS = (
    "overcast day",
    "golden hour",
    "chiaroscuro, key from the left",
    "chiaroscuro, key from the right",
    "neon night",
    "downpour, overcast day",
)
LEFT, RIGHT = 2, 3
HIGH_PASS_PX = 2.0

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def photograph(tmp_path_factory: pytest.TempPathFactory) -> Brought:
    return film_figure(tmp_path_factory.mktemp("photograph"), "mara", "rooftop", "overcast day", 900, 1125)


@pytest.fixture(scope="module")
def takes(photograph: Brought, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = tmp_path_factory.mktemp("takes")
    store = Store.open(root / "data")
    made = picture(photograph.file("picture.png").read_bytes(), photograph.file("matte.png").read_bytes())
    broad = cv2.GaussianBlur(photograph.normal, (0, 0), 30)
    plates = Plates(photograph.reflectance, broad, photograph.depth, {"normal": "a render, smoothed"}, estimated=True)
    freeze_brought(store, "ada", "character", made, plates, painted_regions=photograph.painted)
    settle(store)
    return shot_here(store, "@ada in @alley", LIGHTS, root / "out", judged=True, frames="2", width="640", height="360")


def layers(folder: Path) -> dict[str, np.ndarray]:
    return blind_rebuild.read(folder / "aov" / "1001.exr")


def master(folder: Path) -> np.ndarray:
    return next(iter(read_frames(folder / "master.mkv")))


def luma(rgb: np.ndarray) -> np.ndarray:
    return rgb.astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32)


def described(folder: Path) -> dict:
    return json.loads((folder / "take.json").read_text())


def part(folder: Path, c: dict[str, np.ndarray], attribute: str) -> np.ndarray:
    table = described(folder)["regions"]
    return np.isin(
        c["region.ID"], [k for k, r in enumerate(table, 1) if r["lock"] == "ada" and attribute in r["attributes"]]
    )


class TestTheGrip:
    def test_is_reflectance_for_all_that_shows(self, takes: list[Path]) -> None:
        for folder in takes:
            grips = described(folder)["grips"]["ada"]
            for attribute in ("face", "expression", "wardrobe"):
                assert grips[attribute]["grip"] == "reflectance", (folder.name, attribute, grips[attribute])
            # of hair in narrow locks about half is edge: under one half the claim is only `guided`, and for no other reason
            assert (grips["hair"]["grip"] == "reflectance") == (grips["hair"]["core"] >= 0.5), grips["hair"]
            assert grips["hair"]["core"] > 0.4

    def test_is_rebuilt_from_files_to_one_code_value(self, takes: list[Path]) -> None:
        for folder in takes:
            row = blind_rebuild.check(folder)["ada"]
            assert row["core_px"] > 20_000
            assert row["worst"] <= 1.0

    def test_continuity_finds_her_and_flags_nothing(self, takes: list[Path]) -> None:
        seen = [described(f)["report"]["ada"][a]["status"] for f in takes for a in ("face", "hair", "wardrobe")]
        assert "flag" not in seen
        assert seen.count("pass") >= 0.6 * len(seen)


class TestOnTheMasters:
    def test_texture_is_the_same_under_every_light(self, takes: list[Path]) -> None:
        passed, sound = [], []
        for folder in takes:
            c, codes = layers(folder), luma(master(folder))
            through = np.dstack([c[f"transmittance.{k}"] for k in "RGB"]).mean(axis=2)
            core = blind_rebuild.erode(c["coverage.ada.A"] >= 1, 3)
            use = core & (through >= 0.5) & (codes >= 16) & (codes <= 235)
            log, weight = np.log(np.maximum(codes, 1)), use.astype(np.float32)
            share = np.maximum(cv2.GaussianBlur(weight, (0, 0), HIGH_PASS_PX), 1e-3)
            passed.append(log - cv2.GaussianBlur(log * weight, (0, 0), HIGH_PASS_PX) / share)
            sound.append(blind_rebuild.erode(use, 2))
        found = []
        for a, b in itertools.combinations(range(len(takes)), 2):
            both = sound[a] & sound[b]
            assert both.sum() > 1000
            found.append(float(np.corrcoef(passed[a][both], passed[b][both])[0, 1]))
        assert np.median(found) >= 0.95, np.round(found, 3)
        assert min(found) >= 0.85, np.round(found, 3)

    def test_the_keys_side_shows_in_the_face(self, takes: list[Path]) -> None:
        balance = []
        for folder in (takes[LEFT], takes[RIGHT]):
            c = layers(folder)
            face = part(folder, c, "face")
            columns = np.flatnonzero(face.any(axis=0))
            left = face & (np.arange(face.shape[1]) < (columns[0] + columns[-1]) / 2)
            light = linear_from_srgb(master(folder))
            balance.append(float(np.log(luma(light)[left].mean() / luma(light)[face & ~left].mean())))
        assert balance[0] > 0.3 > -0.3 > balance[1], balance

    def test_no_halo_runs_along_the_matte(self, takes: list[Path]) -> None:
        # An edge pixel beyond what core and ground beside it span, by local medians, is a rim; textures on both sides give some by chance.
        for folder in takes:
            cover, light = layers(folder)["coverage.ada.A"], luma(linear_from_srgb(master(folder)))
            beyond = np.array(list(rims(light, cover)))
            assert len(beyond) > 300
            assert np.median(beyond) <= 1.1, (folder.name, np.median(beyond))
            assert (beyond > 1.1).mean() < 0.25, folder.name
