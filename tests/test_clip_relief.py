"""A clip as a body a frame: one scale, one raster, one framing; and what is estimated does not flicker."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from sora_lock.colour import luma
from sora_lock.media.images import png
from sora_lock.subjects.brought import pack
from sora_lock.subjects.clip import Clip
from sora_lock.subjects.clip_relief import Relief, reliefs
from sora_lock.subjects.plates import plates_for
from tests.clip_parts import walker


@pytest.fixture(scope="module")
def clip() -> Clip:
    frames, mattes = walker()
    coverage = np.rint(mattes * 255).astype(np.uint8)
    files = [png(np.dstack([np.where(m[..., None] > 0, f, 0), m])) for f, m in zip(frames, coverage, strict=True)]
    return Clip(8, "24", files.__getitem__)


@pytest.fixture(scope="module")
def made(clip: Clip) -> list[Relief]:
    return list(reliefs(clip, "character", name="ada", faces=[(88 + 2 * k, 32, 132 + 2 * k, 86) for k in range(8)]))


class TestAllFrames:
    def test_are_bodies_of_one_make(self, made: list[Relief]) -> None:
        for key in ("relief", "framing", "parts", "kind"):
            assert all(r.parts.info[key] == made[0].parts.info[key] for r in made), key
        assert len({r.parts.reflectance.shape for r in made}) == 1

    def test_can_be_packed(self, made: list[Relief]) -> None:
        digests = {pack(r.parts)[1].subject_sha256 for r in made[:2]}
        assert len(digests) == 2

    def test_walk_through_space_at_the_pace_of_the_clip(self, made: list[Relief]) -> None:
        per_px = 1 / made[0].parts.info["relief"]["texels_per_m"]
        middle = [r.parts.rest[:, 0].min() + np.ptp(r.parts.rest[:, 0]) / 2 for r in made]
        assert middle[-1] - middle[0] == pytest.approx(14 * per_px, rel=0.25)

    def test_are_framed_as_wide_as_the_subject_goes(self, made: list[Relief]) -> None:
        framing = made[0].parts.info["framing"]
        per_px = 1 / made[0].parts.info["relief"]["texels_per_m"]
        assert framing["spread_m"] == pytest.approx(14 * per_px, rel=0.05)


class TestSteadied:
    def test_colours_stay_level_better_than_each_frame_by_itself(self, clip: Clip, made: list[Relief]) -> None:
        def unrest(levels: list[np.ndarray]) -> float:
            return float(np.mean([np.abs(np.log(b / a)) for a, b in pairwise(levels)]))

        # the coat where it is in every frame, taken along with the walk
        def coat(k: int, plane: np.ndarray) -> np.ndarray:
            part = luma(plane[120:170, 90 + 2 * k : 130 + 2 * k])
            return part.reshape(5, 10, 4, 10).mean(axis=(1, 3))

        own = [plates_for(clip.picture(k)).reflectance for k in range(clip.count)]
        alone = unrest([coat(k, p) for k, p in enumerate(own)])
        steadied = unrest([coat(k, r.plates.reflectance) for k, r in enumerate(made)])
        assert steadied < 0.8 * alone, (steadied, alone)

    def test_normals_stay_of_unit_length(self, made: list[Relief], tmp_path: Path) -> None:
        assert np.allclose(np.linalg.norm(made[-1].plates.normal, axis=2), 1, atol=1e-3)
