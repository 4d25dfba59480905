"""Auditions by the shipped model: its own weights, offline."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sora_lock.audition.draw import Asked, Drawing
from sora_lock.audition.models import find
from sora_lock.audition.words import FEW_WORDS
from sora_lock.media.images import read_image
from tests.vace_parts import needs_mini

MAN = "an old man in a striped coat, neon night"
pytestmark = needs_mini


@pytest.fixture(scope="module")
def drawing() -> Drawing:
    return Drawing(find("mini"), Asked(MAN, "character", 2, 7, None, 3))


class TestStills:
    def test_a_candidate_has_the_model_s_own_size_and_tells_its_steps(self, drawing: Drawing) -> None:
        steps: list[tuple[int, int]] = []
        codes = drawing.candidate(0, lambda done, all_: steps.append((done, all_)))
        assert codes.shape == (144, 256, 3) and codes.std() > 5
        assert steps == [(1, 3), (2, 3), (3, 3)]

    def test_a_seed_draws_it_again_and_another_draws_another(self, drawing: Drawing) -> None:
        one, again, other = (drawing.candidate(n, lambda done, all_: None) for n in (0, 0, 1))
        assert np.array_equal(one, again) and not np.array_equal(one, other)

    @pytest.mark.parametrize("frame", list(FEW_WORDS))
    def test_it_is_told_only_words_of_the_direction(self, frame: str) -> None:
        made = Drawing(find("mini"), Asked("a woman", frame, 1, 7, None, 1))
        assert made.prompt.text == FEW_WORDS[frame].format("a woman") and made.prompt.cut == ""

    def test_the_command_draws_without_a_connection_and_with_an_empty_cache(self, tmp_path: Path) -> None:
        asked = ["audition", "--kind", "character", "--text", MAN, "--count", "1", "--steps", "1", "--out", str(tmp_path / "out"), "--data", str(tmp_path / "data")]  # fmt: skip
        clean = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "sora_lock", *asked], env=clean, capture_output=True, text=True, timeout=240
        )
        assert done.returncode == 0, done.stderr
        told = json.loads((tmp_path / "out" / "audition.json").read_text())
        assert told["model"].startswith("mini:") and len(told["candidates"]) == 1
        assert read_image((tmp_path / "out" / "1.png").read_bytes()).shape[:2] == (144, 256)
