"""`audition` as a process of its own: its lines, its files, and an end by signal."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sora_lock.__main__ import main
from sora_lock.export.certificate import own_authority
from sora_lock.export.credentials import DRAWN, GENERATED, SOURCE_TYPES
from sora_lock.media.manifests import read_credentials
from sora_lock.media.origin import origin
from tests.audition_parts import tiny_model

pytest.importorskip("torch")
MAN = "an old man in a striped coat"


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """At so small a size threads are only in one another's way."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("models") / "tiny")


def command(folder: Path, out: Path, *more: str) -> list[str]:
    asked = [
        "--kind",
        "character",
        "--text",
        MAN,
        "--model",
        str(folder),
        "--size",
        "64x64",
        "--out",
        str(out),
        "--data",
        str(out.parent / "data"),
    ]
    return [sys.executable, "-m", "sora_lock", "audition", *asked, *more]


class TestAProcess:
    def test_tells_its_progress_in_lines_and_writes_the_files(self, folder: Path, tmp_path: Path) -> None:
        done = subprocess.run(
            command(folder, tmp_path / "out", "--count", "2", "--steps", "2"),
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        lines = done.stdout.splitlines()
        assert lines[0] == "loading the model" and "candidate 1 of 2: step 1 of 2" in lines
        assert lines[-1].startswith("2 candidates by folder:")
        assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["1.png", "2.png", "audition.json"]
        told = json.loads((tmp_path / "out" / "audition.json").read_text())
        found = read_credentials(tmp_path / "out" / "2.png", own_authority(tmp_path / "data"))
        assert found is not None and found.state == "known" and found.manifest["title"] == "2.png"
        created = found.assertion("c2pa.actions.v2")["actions"][0]
        assert created["digitalSourceType"] == SOURCE_TYPES + GENERATED
        assert found.assertion(DRAWN) == {"model": told["model"], "seed": 8}
        assert origin((tmp_path / "out" / "2.png").read_bytes()) == f"{told['model']}, “{MAN}”, seed 8"

    def test_ended_by_a_signal_leaves_whole_files_only(self, folder: Path, tmp_path: Path) -> None:
        child = subprocess.Popen(
            command(folder, tmp_path / "out", "--count", "3", "--steps", "20"),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert child.stdout is not None
        for line in child.stdout:
            if line.startswith("candidate 2 of 3: step 2 "):
                child.send_signal(signal.SIGTERM)
                break
        _, errors = child.communicate(timeout=60)
        assert child.returncode == 130 and "Traceback" not in errors
        assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["1.png", "audition.json"]
        assert len(json.loads((tmp_path / "out" / "audition.json").read_text())["candidates"]) == 1


class TestErrors:
    @pytest.mark.parametrize(
        ("more", "words"),
        [
            (["--count", "0"], "0 candidates were asked for"),
            (["--size", "64"], "write width and height"),
            (["--size", "65x64"], "must be multiples of 16"),
            (["--model", "someone/else"], "is no model that is known here"),
            (["--kind", "set", "--portrait"], "Only a character has a portrait"),
        ],
    )
    def test_they_are_one_line_and_nothing_is_written(
        self, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], words: str
    ) -> None:
        assert main([*command(folder, tmp_path / "out")[3:], *more]) == 2
        out, err = capsys.readouterr()
        assert out == "" and words in err and err.count("\n") == 1
        assert not (tmp_path / "out").exists()
