"""The recorded run: here with a model of tiny size, so that it runs at all where the real one will."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest
import torch

from scripts import record_vace
from sora_lock.engines.vace import models
from sora_lock.engines.vace.models import identity
from tests.vace_parts import tiny_model

SMALL = ["--size", "160x96", "--frames", "5", "--steps", "2"]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


class TestTheRecord:
    @pytest.mark.slow
    def test_is_a_page_and_a_sheet_of_all_its_shots(self, tmp_path: Path) -> None:
        model = tiny_model(tmp_path / "tiny")
        out = tmp_path / "docs"
        assert record_vace.main(["--model", str(model), *SMALL, "--processor", "--out", str(out)]) == 0
        said = (out / "vace.md").read_text()
        assert identity(str(model)) in said and "160x96, 5 frames at 16 a second, 2 steps, seed 7" in said
        assert "--model DIR --size 160x96 --frames 5 --steps 2 --seed 7`" in said
        shots = said.split("\n## ")[1:]
        assert [s.splitlines()[0] for s in shots] == [f"{n}. {p.title}: {p.line}" for n, p in enumerate(record_vace.SHOTS, 1)]  # fmt: skip
        assert "| @mara | face | pixel | " in shots[3] and "| @mara | face | guided | " in shots[0]
        assert str(tmp_path) not in said
        drawn = cv2.imread(str(out / "vace.jpg"))
        assert drawn is not None and drawn.std() > 5 and drawn.shape[1] == 4 * (416 + 6)

    def test_names_what_is_missing_in_a_sentence(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
        out = ["--out", str(tmp_path / "docs")]
        assert record_vace.main(out) == 2
        assert f"hf download {models.SMALL.id}" in capsys.readouterr().err
        assert record_vace.main(["--model", str(tiny_model(tmp_path / "tiny")), *SMALL, *out]) == 2
        assert capsys.readouterr().err == "There is no NVIDIA GPU here; run this on a machine with one (or, for hours, with --processor).\n"  # fmt: skip
        assert record_vace.main(["--model", str(tmp_path / "tiny"), "--size", "90x64", *out]) == 2
        assert "the nearest is 96x64" in capsys.readouterr().err
        assert not (tmp_path / "docs").exists()
