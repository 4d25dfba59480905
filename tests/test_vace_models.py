"""Which models vace shoots with: the allow-list, folders of one's own, and what of them is refused."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sora_lock import weights
from sora_lock.engines.vace import models
from sora_lock.engines.vace.memory import Shape
from sora_lock.engines.vace.models import (
    MODELS,
    check_raster,
    checked,
    choices,
    find,
    flow_shift,
    identity,
    nearest,
    parts,
    usual,
    words,
)
from sora_lock.errors import EngineUnavailableError, MediaError, NotFoundError, ShotError
from tests.vace_parts import needs_mini, tiny_model

SMALL, PINNED = models.SMALL.id, models.SMALL.weights
assert PINNED is not None


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("vace") / "tiny")


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A model that the test may spoil."""
    return Path(shutil.copytree(made, tmp_path / "tiny"))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the Hugging Face hub."""
    at = tmp_path / "hub"
    at.mkdir()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(at))
    return at


def edit(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


class TestTheAllowList:
    def test_pins_every_model_by_a_whole_commit(self) -> None:
        assert all(len(m.weights.commit) == 40 and int(m.weights.commit, 16) for m in MODELS if m.weights)

    def test_finds_what_is_in_the_local_cache_and_calls_it_by_its_commit(self, cache: Path, made: Path) -> None:
        at = cache / f"models--{SMALL.replace('/', '--')}" / "snapshots" / PINNED.commit
        shutil.copytree(made, at)
        assert find(SMALL) == at and identity(SMALL) == f"{SMALL}@{PINNED.commit}"

    def test_another_commit_in_the_cache_is_not_taken_for_it(self, cache: Path, made: Path) -> None:
        shutil.copytree(made, cache / f"models--{SMALL.replace('/', '--')}" / "snapshots" / ("0" * 40))
        with pytest.raises(EngineUnavailableError):
            identity(SMALL)

    def test_lists_each_with_what_it_was_made_for(self) -> None:
        assert [model for _, model in choices()] == [m.id for m in MODELS if m.weights or weights.is_shipped(m.id)]
        assert "832x480" in dict(map(reversed, choices()))[SMALL]
        assert usual(SMALL) == (832, 480, 81, "16") and usual("/a/folder") is None

    def test_shoots_each_at_a_raster_it_can(self) -> None:
        for m in MODELS:
            check_raster(m.width, m.height, m.frames, m.id)

    def test_names_the_command_that_gets_what_is_missing(self, cache: Path) -> None:
        with pytest.raises(EngineUnavailableError, match=f"hf download {SMALL} --revision {PINNED.commit}"):
            find(SMALL)

    def test_asks_for_larger_shifts_above_480p(self) -> None:
        assert [flow_shift(m.width, m.height) for m in (models.SMALL, models.LARGE)] == [3.0, 5.0]


class TestTheMiniature:
    """What is shipped, in assets/models/mini."""

    @needs_mini
    def test_is_here_and_is_what_the_list_says(self) -> None:
        mini = models.MINI
        folder = find(mini.id)
        assert checked(folder) == mini.shape
        assert parts(folder).together == pytest.approx(mini.parts.together, rel=0.05)
        assert sum(p.stat().st_size for p in folder.rglob("*.safetensors")) <= 60_000_000

    @needs_mini
    def test_is_called_by_its_bytes(self) -> None:
        assert identity("mini").startswith("mini:") and len(identity("mini")) == len("mini:") + 64

    @needs_mini
    def test_its_card_has_the_digest_of_each_of_its_files(self) -> None:
        folder = find("mini")
        card = (folder / "README.md").read_text()
        files = [p for p in folder.rglob("*") if p.is_file() and p.name != "README.md"]
        assert len(files) > 8
        for path in files:
            line = f"| `{path.relative_to(folder).as_posix()}` | {path.stat().st_size:,} | `{hashlib.sha256(path.read_bytes()).hexdigest()}` |"
            assert line in card

    def test_a_copy_without_it_says_where_to_get_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(weights, "ASSETS", tmp_path)
        with pytest.raises(EngineUnavailableError, match="make train-mini"):
            find("mini")
        assert "make train-mini" in words("mini", 256, 144, 17)
        assert "mini" not in dict(map(reversed, choices()))

    def test_is_shot_with_fewer_steps_than_the_others(self) -> None:
        assert models.how_usually("mini") == (8, 2.5)
        assert models.how_usually(SMALL) == models.how_usually("/a/folder") == (30, 5.0)


class TestNaming:
    @pytest.mark.parametrize("model", ["", "no/such", "Wan-AI/Wan2.1-T2V-14B"])
    def test_what_is_neither_listed_nor_a_directory_is_refused(self, model: str) -> None:
        with pytest.raises(NotFoundError, match="or a directory that holds such a model"):
            find(model)

    def test_a_directory_is_called_by_what_is_in_it(self, folder: Path, tmp_path: Path) -> None:
        name = identity(str(folder))
        moved = folder.rename(tmp_path / "elsewhere")
        assert name.startswith("folder:") and identity(str(moved)) == name
        edit(moved / "scheduler" / "scheduler_config.json", flow_shift=7.0)
        assert identity(str(moved)) != name


class TestAFolder:
    def test_that_diffusers_wrote_passes_and_tells_its_factors(self, folder: Path) -> None:
        assert checked(folder) == Shape(vae=8, down=2, across=2, dim=24, inner=32, hints=1)

    def test_whose_vae_patches_has_factors_of_sixteen(self, tmp_path: Path) -> None:
        assert checked(tiny_model(tmp_path / "patched", patched=True)).vae == 16

    def test_counts_its_numbers_as_they_stand_in_memory(self, folder: Path) -> None:
        from diffusers import WanVACEPipeline

        pipe = WanVACEPipeline.from_pretrained(folder, local_files_only=True)
        told = parts(folder)
        assert told.transformer == 2 * sum(p.numel() for p in pipe.transformer.parameters())
        assert told.vae == 4 * sum(p.numel() for p in pipe.vae.parameters())

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"_class_name": "WanPipeline"}, 'holds "WanPipeline", and a WanVACEPipeline is wanted'),
            ({"vae": ["diffusers", "AutoencoderKL"]}, "The part vae of tiny is AutoencoderKL"),
            ({"transformer": ["diffusers", "WanTransformer3DModel"]}, "WanVACETransformer3DModel is wanted"),
            ({"tokenizer": ["my_code", "T5Tokenizer"]}, "never run"),
            ({"scheduler": [None, None]}, "The part scheduler of tiny is None"),
            ({"extra": ["diffusers", "AutoencoderKLWan"]}, "'extra'"),
        ],
    )
    def test_of_other_classes_is_refused(self, folder: Path, changes: dict[str, Any], said: str) -> None:
        if "extra" in changes:
            shutil.copytree(folder / "vae", folder / "extra")
        edit(folder / "model_index.json", **changes)
        with pytest.raises(MediaError, match=said):
            checked(folder)

    def test_whose_header_is_forged_is_refused(self, folder: Path) -> None:
        path = folder / "transformer" / "diffusion_pytorch_model.safetensors"
        path.write_bytes((2**40).to_bytes(8, "little") + path.read_bytes()[8:])
        with pytest.raises(MediaError, match="no header that fits"):
            checked(folder)

    @pytest.mark.parametrize(
        ("part", "changes", "said"),
        [
            ("transformer", {"vace_in_channels": 96}, "do not fit"),
            ("vae", {"z_dim": 16}, "do not fit"),
            ("transformer", {"patch_size": [2, 2, 2]}, "do not fit"),
            ("vae", {"dim_mult": 3}, "cannot be read"),
            ("transformer", {"patch_size": []}, "cannot be read"),
        ],
    )
    def test_whose_parts_contradict_one_another_is_refused(
        self, folder: Path, part: str, changes: dict[str, Any], said: str
    ) -> None:
        edit(folder / part / "config.json", **changes)
        with pytest.raises(MediaError, match=said):
            checked(folder)


class TestTheRaster:
    @pytest.mark.parametrize(
        ("asked", "near"),
        [
            ((960, 540, 48), (960, 544, 49)),
            ((832, 480, 81), (832, 480, 81)),
            ((7, 23, 1), (16, 16, 1)),
            ((24, 24, 3), (32, 32, 5)),
            ((640, 352, 240), (640, 352, 237)),
        ],
    )
    def test_has_a_nearest_that_can_be_shot(self, asked: tuple[int, int, int], near: tuple[int, int, int]) -> None:
        assert nearest(*asked) == near
        check_raster(*near)

    def test_that_would_be_misaligned_is_refused_with_the_nearest(self) -> None:
        with pytest.raises(ShotError, match="widths that are multiples of 16, heights of 16 and 4k\\+1 frames; 960x540 with 48 frames came, the nearest is 960x544 with 49"):  # fmt: skip
            check_raster(960, 540, 48)

    def test_of_a_folder_goes_by_its_vae_and_its_tokens(self, tmp_path: Path) -> None:
        folder = str(tiny_model(tmp_path / "patched", patched=True))
        with pytest.raises(ShotError, match="multiples of 32, heights of 16"):
            check_raster(240, 144, 17, folder)
        check_raster(256, 144, 17, folder)


class TestTheWordsBeforePressing:
    def test_of_weights_that_are_missing_say_how_to_get_them_and_what_they_want(self, cache: Path) -> None:
        said = words(SMALL, 832, 480, 81)
        assert f"hf download {SMALL}" in said
        assert said.endswith("That is 19 GB; a shot then wants about 21 GB of GPU memory at full speed.")

    def test_of_a_model_that_is_here_say_what_it_wants_against_what_is_there(self, made: Path) -> None:
        said = words(str(made), 64, 48, 5)
        assert said.startswith("Wants about 1.0 GB at full speed; ") and " GB" in said.partition(";")[2]

    def test_of_what_is_no_model_are_the_reason(self, tmp_path: Path) -> None:
        assert "There is no model 'no/such'" in words("no/such", 64, 48, 5)
        (tmp_path / "model_index.json").write_text(json.dumps({"_class_name": "WanPipeline"}))
        assert "a WanVACEPipeline is wanted" in words(str(tmp_path), 64, 48, 5)


class TestImports:
    def test_of_the_engines_light_half_bring_no_torch(self) -> None:
        code = "import sora_lock.engines.vace, sora_lock.engines.vace.models, sys; print('torch' in sys.modules, 'diffusers' in sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
        assert done.stdout.split() == ["False", "False"]
