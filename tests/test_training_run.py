"""The commands that make the miniature, in their one-minute variants, one after another; and what a kill leaves."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from tests.training_parts import tiny_pipeline
from training import contact, data, export, latents, start, text, train, vae
from training.eval import WAYS, drift, rows, table
from training.keep import Average, Clock, read, slower, write

ROOT = Path(__file__).resolve().parent.parent


def command(module: str) -> list[str]:
    """The arguments of the last command in a module's docstring, which is its one-minute variant."""
    lines = re.findall(r"^    .*python -m (training\.\S+)(.*?)(?:\s+#.*)?$", import_module(module).__doc__ or "", re.M)
    named, arguments = lines[-1]
    assert named == module
    return shlex.split(arguments)


def run(module: str, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs a module's one-minute variant in this process."""
    places = {"WORK": str(work), "MODEL": str(work / "mini"), "contact.jpg": str(work / "contact.jpg")}
    arguments = [places.get(a, a) for a in command(module)]
    monkeypatch.setattr(sys, "argv", [module, *arguments])
    import_module(module).main()


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A working folder in which every step ran once."""
    folder = tmp_path_factory.mktemp("work")
    with pytest.MonkeyPatch.context() as patch:
        for module in ("training.data", "training.vae", "training.latents", "training.train"):
            run(module, folder, patch)
        export.write(folder, folder / "mini", train.TINY, text.TINY)
        for module in ("training.contact", "training.probe"):
            run(module, folder, patch)
    return folder


class TestFromNothing:
    def test_scenes_are_filmed_with_captions_depth_coverage_and_references(self, work):
        files = data.scene_files(work)
        assert len(files) == 2
        scene = data.Filmed(files[0])
        clip = scene.meta["takes"][-1]
        assert clip["frames"] == 5
        assert scene.rgb(clip["first"], 5).shape == (5, 144, 256, 3)
        assert scene.near(0, 1).shape == scene.cover(0, 1).shape == (1, 144, 256)
        assert scene.anchors == 3 * len(scene.meta["cast"]) + 1
        assert all(len(t["captions"]) == 4 for t in scene.meta["takes"])

    def test_latents_are_normal_by_what_was_measured(self, work):
        takes = latents.read(next((work / "latents").glob("*.npz")))
        assert takes[0].latents.shape[0] == len(latents.KINDS)
        assert takes[0].latents.shape[1:] == (vae.TINY.z, 1, 18, 32)
        assert takes[-1].latents.shape[2] == 2
        assert np.isfinite(takes[0].latents).all()

    def test_the_folder_loads_offline_with_an_empty_cache_and_the_card_has_its_hashes(self, work, tmp_path):
        card = (work / "mini" / "README.md").read_text()
        for name, (_, sha) in export.hashes(work / "mini").items():
            assert f"`{name}`" in card and sha in card
        script = "import sys; from pathlib import Path; from training.contact import load; load(Path(sys.argv[1])); print('loaded')"
        clean = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            [sys.executable, "-c", script, str(work / "mini")],
            cwd=ROOT,
            env=clean,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.stdout.strip() == "loaded", done.stderr

    def test_the_sheet_is_there(self, work):
        assert (work / "contact.jpg").stat().st_size > 1000


class TestMeasured:
    @pytest.mark.slow
    def test_each_way_of_shooting_has_a_row_and_the_gripped_core_is_exact(self, work, monkeypatch):
        run("training.eval", work, monkeypatch)
        measured = rows(work / "eval.csv")
        assert [r["way"] for r in measured] == ["comp", *WAYS]
        by = {r["way"]: r for r in measured}
        assert by["gripped"]["exact"] == "1"
        assert float(by["gripped"]["psnr_db"]) > float(by["lock off"]["psnr_db"])
        assert float(by["comp"]["drift"]) < float(by["lock off"]["drift"])
        assert "| gripped | 1 |" in table(measured)
        before = (work / "eval.csv").read_bytes()
        run("training.eval", work, monkeypatch)
        assert (work / "eval.csv").read_bytes() == before

    def test_what_is_not_found_counts_as_all_drift(self):
        assert drift({"face": 0.8, "hair": None}, {"face": 0.9, "hair": 0.7}) == pytest.approx(0.6)
        assert drift({"face": 0.8, "hair": 0.1}, {"face": 0.9, "hair": None}) == pytest.approx(0.2)
        with pytest.raises(ValueError, match="no drift to measure"):
            drift({"face": 0.8}, {"face": None})


class TestWhole:
    @pytest.mark.slow
    def test_one_command_goes_from_nothing_to_a_pipeline_and_another_call_changes_nothing(self, tmp_path, monkeypatch):
        out = tmp_path / "mini"
        run("training.whole", tmp_path, monkeypatch)
        first = export.hashes(out)
        assert "model_index.json" in first
        run("training.whole", tmp_path, monkeypatch)
        assert export.hashes(out) == first


class TestGoingOn:
    def test_training_goes_on_where_it_stopped(self, work):
        before = read(work / "model.pt")
        train.train(work, 0.02, train.TINY, text.TINY, batch=(2, 1), planned=1)
        after = read(work / "model.pt")
        assert after["step"] > before["step"] > 0
        assert after["spent_s"] > before["spent_s"]

    def test_further_from_what_was_exported_without_its_working_folder(self, work, tmp_path):
        start.begin(work / "mini", tmp_path)
        begun = read(tmp_path / "model.pt")["model"]
        shipped = load_file(work / "mini" / "transformer" / "diffusion_pytorch_model.safetensors")
        assert all(torch.equal(begun[f"transformer.{k}"], v.float()) for k, v in shipped.items())
        shutil.copytree(work / "scenes", tmp_path / "scenes")
        assert latents.write(tmp_path) == 2
        train.train(tmp_path, 0.02, train.TINY, text.TINY, batch=(2, 1), planned=1)
        assert read(tmp_path / "model.pt")["step"] > 0
        assert export.write(tmp_path, tmp_path / "further", train.TINY, text.TINY) > 0
        with pytest.raises(FileExistsError, match="has vae already"):
            start.begin(work / "mini", tmp_path)

    def test_from_a_folder_that_is_no_model_says_so(self, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"no model_index\.json"):
            start.begin(tmp_path, tmp_path / "work")

    def test_a_checkpoint_cut_off_in_writing_leaves_the_one_before(self, work, tmp_path):
        kept = tmp_path / "model.pt"
        write(kept, {"step": 1})
        write(kept, {"step": 2})
        kept.with_suffix(".half").write_bytes(b"torn")
        assert read(kept) == {"step": 2}
        kept.unlink()
        assert read(kept) == {"step": 1}

    def test_a_scene_cut_off_in_writing_is_not_taken_for_one(self, work, tmp_path):
        (tmp_path / "scenes").mkdir()
        (tmp_path / "scenes" / "0000009.half").write_bytes(b"torn")
        assert data.scene_files(tmp_path) == []

    def test_what_is_filmed_and_encoded_already_is_left_alone(self, work, monkeypatch):
        before = {p: p.stat().st_mtime_ns for p in (*(work / "scenes").iterdir(), *(work / "latents").iterdir())}
        run("training.data", work, monkeypatch)
        assert latents.write(work) == 0
        assert before == {p: p.stat().st_mtime_ns for p in before}


class TestShooting:
    def test_a_seed_gives_the_same_picture_again(self, work):
        pipe = tiny_pipeline()
        one, again = (contact.shoot(pipe, "mara in an alley", 4, frames=1, steps=2) for _ in range(2))
        assert one.shape == (1, 144, 256, 3)
        assert np.array_equal(one, again)

    def test_nothing_trained_is_said(self, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"run training\.train first"):
            export.pipeline(tmp_path, train.TINY, text.TINY)


class TestKeeping:
    def test_the_mean_of_weights_lags_behind_them(self):
        module = torch.nn.Linear(1, 1, bias=False)
        with torch.no_grad():
            module.weight.fill_(0.0)
        average = Average(module, 0.9)
        with torch.no_grad():
            module.weight.fill_(1.0)
        for step in range(200, 203):
            average.take(module, step)
        assert average.state["weight"].item() == pytest.approx(1 - 0.9**3)

    def test_time_that_a_process_was_held_is_not_training(self):
        moments = iter([100.0, 102.0, 3702.0, 3705.0])
        clock = Clock(50.0, now=lambda: next(moments))
        for _ in range(3):
            clock.lap()
        assert clock.here_s == pytest.approx(2 + 60 + 3)
        assert clock.spent_s == pytest.approx(50 + 2 + 60 + 3)

    def test_the_learning_rate_comes_down_at_the_end(self):
        assert slower(0, 90) == slower(59, 90) == 1
        assert 0.4 < slower(75, 90) < 0.6
        assert slower(90, 90) == slower(900, 90) == 0.05
