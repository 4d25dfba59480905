"""`python -m sora_lock continuity`: clips in, one document or lines out, and an exit status that a script can act on."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sora_lock.__main__ import main
from sora_lock.commands.continuity import asked_locks
from sora_lock.errors import ConsentError, NamingError, NotFoundError
from sora_lock.freeze import edit
from sora_lock.store import Store
from tests.footage_parts import coded
from tests.judged_parts import clip, panned


@pytest.fixture
def room(stage: Store, tmp_path: Path) -> Path:
    """A folder with clips of the shipped alley: held, mirrored, frozen, and one that is none."""
    (tmp_path / "held.mp4").write_bytes(clip(stage, frames=3))
    (tmp_path / "mirrored.mp4").write_bytes(clip(stage, frames=3, flipped=True))
    (tmp_path / "frozen.mp4").write_bytes(coded([panned(stage)[0]] * 6))
    (tmp_path / "none.mp4").write_bytes(b"this is text")
    return tmp_path


def asked(room: Path, *args: str) -> int:
    clips = [str(room / a) if a.endswith((".mp4", ".html", ".pdf")) else a for a in args]
    return main(["continuity", "--data", str(room / "data"), "--lock", "@alley", *clips])


class TestStatus:
    def test_is_zero_where_all_held_or_was_not_seen(self, room: Path, capsys) -> None:
        assert asked(room, "held.mp4", "--json") == 0
        told = json.loads(capsys.readouterr().out)
        assert told["clips"][0]["report"]["alley"]["layout"]["status"] == "pass"

    def test_linear_algebra_gets_one_thread_unless_told_otherwise(self, room: Path, monkeypatch, capsys) -> None:
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
        asked(room, "none.mp4")
        assert os.environ["OPENBLAS_NUM_THREADS"] == "3"
        monkeypatch.delenv("OPENBLAS_NUM_THREADS")
        asked(room, "none.mp4")
        assert os.environ["OPENBLAS_NUM_THREADS"] == "1"

    def test_is_one_where_something_drifted(self, room: Path, capsys) -> None:
        assert asked(room, "mirrored.mp4", "held.mp4") == 1
        out = capsys.readouterr().out
        assert "DRIFTED" in out and "in " + str(room / "held.mp4") in out

    def test_is_one_where_a_clip_could_not_be_judged_beside_others(self, room: Path, capsys) -> None:
        assert asked(room, "held.mp4", "none.mp4") == 1
        assert "plain text" in capsys.readouterr().out
        assert asked(room, "frozen.mp4") == 1
        assert "frozen" in capsys.readouterr().out

    def test_is_two_with_one_line_where_none_could(self, room: Path, capsys) -> None:
        assert asked(room, "none.mp4", "missing.mp4", "--html", "report.html", "--json") == 2
        told = capsys.readouterr()
        assert told.out == "" and len(told.err.splitlines()) == 1
        assert "plain text" in told.err and "no file" in told.err
        assert not (room / "report.html").exists()


class TestTheReport:
    def test_is_written_as_html_and_pdf(self, room: Path, capsys) -> None:
        assert asked(room, "mirrored.mp4", "--html", "report.html", "--pdf", "report.pdf") == 1
        html = (room / "report.html").read_text("utf-8")
        assert "mirrored.mp4" in html and "worst frame" in html and "<script" not in html
        assert (room / "report.pdf").read_bytes().startswith(b"%PDF-")


class TestLocks:
    def test_are_named_with_or_without_at_and_version(self, stage: Store) -> None:
        edit(stage, "mara", {"expression": "free"})
        found = asked_locks(stage, ["@mara", "mara@1", "Alley"])
        assert [(k, lock.name, lock.version) for k, lock in found.items()] == [
            ("mara", "mara", 2),
            ("mara@1", "mara", 1),
            ("alley", "alley", 1),
        ]

    @pytest.mark.parametrize(
        ("text", "error"),
        [("mara@", NamingError), ("mara@0", NamingError), ("mara@two", NamingError), ("mara@9", NotFoundError), ("nobody", NotFoundError), ("a b", NamingError), ("@", NamingError)],
    )  # fmt: skip
    def test_that_are_none_are_refused(self, stage: Store, text: str, error: type[Exception]) -> None:
        with pytest.raises(error):
            asked_locks(stage, [text])

    def test_of_somebody_who_withdrew_are_refused(self, stage: Store) -> None:
        stage.record_consent("mara", "Mara Example", "release form", recorded_by="ana")
        stage.revoke_consent("mara", "ana")
        with pytest.raises(ConsentError, match="revoked"):
            asked_locks(stage, ["mara"])
