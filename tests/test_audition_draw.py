"""Drawing candidates: a real StableDiffusionPipeline at a tiny size, saved and loaded."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from sora_lock.audition.draw import Asked, Drawing, audition
from sora_lock.audition.models import find
from sora_lock.errors import EngineError, PromptError, ShotError, StoreUnwritableError
from sora_lock.media.images import read_image
from sora_lock.media.origin import origin
from tests.audition_parts import tiny_model

torch = pytest.importorskip("torch")
MAN = "an old man in a striped coat"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def drawing(folder: Path) -> Drawing:
    return Drawing(find(str(folder)), Asked(MAN, "character", 2, 7, (64, 96), 2))


def quiet(done: int, all_: int) -> None:
    pass


class TestACandidate:
    def test_has_the_size_that_was_asked_for_and_tells_its_steps(self, drawing: Drawing) -> None:
        steps: list[tuple[int, int]] = []
        codes = drawing.candidate(0, lambda done, all_: steps.append((done, all_)))
        assert codes.shape == (96, 64, 3) and codes.dtype == np.uint8 and codes.std() > 1
        assert steps == [(1, 2), (2, 2)]

    def test_its_seed_draws_it_again_and_another_draws_another(self, drawing: Drawing, folder: Path) -> None:
        first, second = drawing.candidate(0, quiet), drawing.candidate(1, quiet)
        again = Drawing(find(str(folder)), Asked(MAN, "character", 1, 8, (64, 96), 2)).candidate(0, quiet)
        assert np.array_equal(second, again) and not np.array_equal(first, second)

    def test_other_words_draw_another(self, drawing: Drawing, folder: Path) -> None:
        other = Drawing(find(str(folder)), Asked("a young woman", "character", 1, 7, (64, 96), 2))
        assert not np.array_equal(drawing.candidate(0, quiet), other.candidate(0, quiet))

    def test_words_beyond_what_the_model_reads_are_told(self, folder: Path) -> None:
        made = Drawing(find(str(folder)), Asked(MAN + " and a hat" * 30, "character", 1, 7, None, 2))
        assert made.prompt.cut.endswith("and a hat") and "left out" in made.prompt.said
        assert made.prompt.text.startswith("Full-length") and made.prompt.text.endswith("soft even light")


class TestAnAudition:
    def test_writes_pictures_that_say_who_drew_them_and_a_list_of_them(self, folder: Path, tmp_path: Path) -> None:
        lines: list[str] = []
        told = audition(find(str(folder)), Asked(MAN, "set", 2, 40, (64, 64), 2), tmp_path / "out", lines.append)
        assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["1.png", "2.png", "audition.json"]
        assert json.loads((tmp_path / "out" / "audition.json").read_text()) == told
        assert [c["seed"] for c in told["candidates"]] == [40, 41] and told["model"].startswith("folder:")
        data = (tmp_path / "out" / "2.png").read_bytes()
        assert origin(data) == f"{told['model']}, “{MAN}”, seed 41"
        assert read_image(data).shape == (64, 64, 4)
        assert lines[0] == "loading the model" and lines[-1].startswith("candidate 2 of 2: ")

    def test_takes_the_place_of_an_earlier_one(self, folder: Path, tmp_path: Path) -> None:
        for count in (2, 1):
            audition(find(str(folder)), Asked(MAN, "prop", count, 7, (64, 64), 2), tmp_path / "out", lambda line: None)
        assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["1.png", "audition.json"]

    def test_stopped_in_the_middle_leaves_whole_pictures_and_a_list_that_agrees(
        self, folder: Path, tmp_path: Path
    ) -> None:
        def stop(line: str) -> None:
            if line.startswith("candidate 2 of 3: step 1"):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            audition(find(str(folder)), Asked(MAN, "prop", 3, 7, (64, 64), 2), tmp_path / "out", stop)
        assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["1.png", "audition.json"]
        told = json.loads((tmp_path / "out" / "audition.json").read_text())
        assert [c["file"] for c in told["candidates"]] == ["1.png"] and told["asked"] == 3

    def test_stopped_before_the_first_leaves_nothing(self, folder: Path, tmp_path: Path) -> None:
        def stop(line: str) -> None:
            if "step" in line:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            audition(find(str(folder)), Asked(MAN, "prop", 3, 7, (64, 64), 2), tmp_path / "out", stop)
        assert not (tmp_path / "out").exists()

    def test_a_file_where_the_folder_should_be_is_said(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "out").write_text("in the way")
        with pytest.raises(StoreUnwritableError, match="cannot be written"):
            audition(find(str(folder)), Asked(MAN, "prop", 1, 7, (64, 64), 2), tmp_path / "out", lambda line: None)


class TestWhatIsRefusedBeforeAnythingIsLoaded:
    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ({"count": 0}, "0 candidates"),
            ({"count": 13}, "wanted 1 to 12"),
            ({"seed": -1}, "The seed is -1"),
            ({"size": (100, 64)}, "for example 96x64"),
            ({"size": (64, 4096)}, "for example 64x2048"),
            ({"steps": 0}, "0 steps"),
            ({"guidance": -1.0}, "guidance is -1"),
            ({"guidance": float("nan")}, "guidance is nan"),
        ],
    )
    def test_numbers_outside_what_can_be_drawn(self, tmp_path: Path, more: dict, words: str) -> None:
        with pytest.raises(ShotError, match=words):
            Asked(**{"text": MAN, "frame": "character", **more}).check()

    def test_an_empty_text(self, folder: Path) -> None:
        with pytest.raises(PromptError, match="Nothing was asked for; write who or what"):
            Drawing(find(str(folder)), Asked("  ", "character"))


class TestWeightsThatAreNotWhatTheySay:
    def test_tensors_of_another_shape_are_told(self, folder: Path, tmp_path: Path) -> None:
        shutil.copytree(folder, tmp_path / "model")
        config = tmp_path / "model" / "unet" / "config.json"
        config.write_text(json.dumps({**json.loads(config.read_text()), "block_out_channels": [16, 32]}))
        with pytest.raises(EngineError, match="The weights in model do not make the model they say"):
            Drawing(find(str(tmp_path / "model")), Asked(MAN, "character"))

    def test_weights_full_of_nothing_are_told(self, folder: Path, tmp_path: Path) -> None:
        from safetensors.numpy import load_file, save_file

        shutil.copytree(folder, tmp_path / "model")
        path = tmp_path / "model" / "vae" / "diffusion_pytorch_model.safetensors"
        save_file({k: np.full_like(v, np.nan) for k, v in load_file(path).items()}, path, {"format": "pt"})
        made = Drawing(find(str(tmp_path / "model")), Asked(MAN, "character", 1, 7, (64, 64), 2))
        with pytest.raises(EngineError, match="Candidate 1 came out as one flat colour"):
            made.candidate(0, quiet)
