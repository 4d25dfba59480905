"""`python -m sora_lock report`: a scene's continuity report, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

from sora_lock.__main__ import main
from sora_lock.store import Store
from tests.export_parts import three_takes


def asked(tmp_path: Path, *args: str) -> int:
    return main(["report", "--data", str(tmp_path / "data"), "--scene", "SC010", *args])


class TestReport:
    def test_is_written_where_it_was_asked_for(self, store: Store, tmp_path: Path, capsys) -> None:
        three_takes(store, tmp_path)
        html, pdf = tmp_path / "new" / "a.html", tmp_path / "a.pdf"
        assert asked(tmp_path, "--circled", "--html", str(html), "--pdf", str(pdf), "--json") == 0
        told = json.loads(capsys.readouterr().out)
        assert told["takes"] == ["SC010_SH020_T001", "SC010_SH020_T003"]
        assert told["written"] == [str(html), str(pdf)]
        assert "hair" in told["summary"]["Drifted"]
        assert "SC010_SH020_T003" in html.read_text("utf-8") and pdf.read_bytes().startswith(b"%PDF-")
        assert sorted(p.name for p in html.parent.iterdir()) == ["a.html"]

    def test_wants_a_place(self, store: Store, tmp_path: Path, capsys) -> None:
        three_takes(store, tmp_path)
        assert asked(tmp_path) == 2
        assert "--html FILE" in capsys.readouterr().err

    def test_that_cannot_be_written_says_so_and_leaves_nothing(self, store: Store, tmp_path: Path, capsys) -> None:
        three_takes(store, tmp_path)
        (tmp_path / "taken").mkdir()
        assert asked(tmp_path, "--html", str(tmp_path / "taken")) == 2
        assert "cannot be written" in capsys.readouterr().err
        assert [p.name for p in tmp_path.iterdir() if p.name.endswith(".part")] == []

    def test_of_a_scene_there_is_none_of_is_refused(self, store: Store, tmp_path: Path, capsys) -> None:
        assert (
            main(["report", "--data", str(tmp_path / "data"), "--scene", "SC999", "--html", str(tmp_path / "a")]) == 2
        )
        assert "no scene" in capsys.readouterr().err
        assert not (tmp_path / "a").exists()
