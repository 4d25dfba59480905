"""The command line: one JSON document on standard output, one line on standard error, and the same path as the page."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sora_lock.__main__ import main
from sora_lock.paths import shipped
from sora_lock.records import ATTRIBUTES
from sora_lock.store import Store


def run(*args: object, data: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sora_lock", *map(str, args), "--data", str(data)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def tell(capsys, *args: object) -> object:
    assert main([str(a) for a in args]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return json.loads(out)


class TestLocks:
    def test_lists_the_shipped_cast_and_sets(self, tmp_path: Path, capsys) -> None:
        rows = tell(capsys, "locks", "--json", "--data", tmp_path)
        first = ["mara", "ivo", "alley", "kitchen"]
        assert [r["name"] for r in rows] == [*first, *sorted(shipped().keys() - set(first))]
        for row in rows:
            assert set(row) == {"name", "kind", "version", "lock_sha256", "attributes"}
            assert tuple(row["attributes"]) == ATTRIBUTES[row["kind"]]

    def test_a_picture_with_a_matte_of_its_own_is_locked(self, tmp_path: Path, capsys) -> None:
        rng = np.random.default_rng(1)
        Image.fromarray(rng.integers(0, 256, (300, 200, 3), dtype=np.uint8)).save(tmp_path / "ada.jpg")
        matte = np.zeros((300, 200), np.uint8)
        matte[40:280, 50:150] = 255
        Image.fromarray(matte).save(tmp_path / "ada_matte.png")
        made = tell(
            capsys,
            "lock",
            "Ada",
            "--kind",
            "character",
            "--image",
            tmp_path / "ada.jpg",
            "--matte",
            tmp_path / "ada_matte.png",
            "--face",
            "60,50,140,130",
            "--hold",
            "face,wardrobe",
            "--json",
            "--data",
            tmp_path / "d",
        )
        assert (made["name"], made["version"]) == ("ada", 1)
        assert {a for a, p in made["attributes"].items() if p == "hold"} == {"face", "wardrobe"}
        assert next(r["value"] for r in made["readiness"] if r["quantity"] == "face height") == 80


class TestErrors:
    @pytest.mark.parametrize(
        "args",
        [
            ["nonsense"],
            [],
            ["lock", "x", "--kind", "character", "--image", "/nowhere.png"],
            ["lock", "x", "--kind", "character", "--image", "README.md", "--face", "1,2"],
            ["lock", "a b", "--kind", "character", "--image", "/nowhere.png"],
            ["lock", "x", "--kind", "ghost", "--image", "/nowhere.png"],
            ["mark", "SC010_SH020_T001", "circled"],
            ["mark", "SC010_SH020_T001", "best"],
            ["history", "--scene", "SC999"],
            ["verify", "--reshoot", "SC010_SH020_T001"],
            ["export", "--scene", "SC999", "--circled", "--out", "OUT"],
            ["fanout", "--character", "nobody", "--set", "alley", "--vary", "rain", "--out", "OUT"],
            ["fanout", "--character", "mara", "--set", "alley", "--vary", "smiling", "--out", "OUT"],
            ["fanout", "--character", "mara", "--set", "alley", "--vary", "rain", "--size", "big", "--out", "OUT"],
            ["fanout", "--character", "mara:", "--set", "alley", "--vary", "rain", "--out", "OUT"],
            [
                "fanout",
                "--character",
                "mara",
                "--character",
                "mara",
                "--set",
                "alley",
                "--vary",
                "rain",
                "--out",
                "OUT",
            ],
            [
                "fanout",
                "--character",
                "mara",
                "--set",
                "alley",
                "--vary",
                "rain",
                "--allow",
                "expression",
                "--out",
                "OUT",
            ],
            ["page", "--host", "0.0.0.0", "--no-worker", "--port", "0"],
            ["worker", "--processes", "0"],
            ["page", "--processes", "65"],
        ],
    )
    def test_are_one_line_and_exit_status_two(self, tmp_path: Path, capsys, args: list[str]) -> None:
        args = [str(tmp_path / "out") if a == "OUT" else a for a in args]
        assert main([*args, *(["--data", str(tmp_path / "d")] if args and args[0] != "nonsense" else [])]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("sora_lock: ")
        assert err.count("\n") == 1

    def test_a_file_where_the_data_folder_should_be_is_said(self, tmp_path: Path, capsys) -> None:
        (tmp_path / "d").write_text("in the way")
        assert main(["locks", "--data", str(tmp_path / "d")]) == 2
        assert capsys.readouterr().err.count("\n") == 1


class TestHands:
    @pytest.mark.parametrize(("lines", "children"), [(1, 1), (2, 2), (5, 3)])
    def test_no_more_children_begin_than_takes_were_asked_for(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys, lines: int, children: int
    ) -> None:
        asked: list[int] = []

        def supervise(data: Path, processes: int, *, until) -> None:
            asked.append(processes)
            store = Store.open(data)
            store.cancel([j.id for j in store.jobs(scene="SC010")])
            store.close()
            assert until()

        monkeypatch.setattr("sora_lock.worker.supervise", supervise)
        monkeypatch.setattr("sora_lock.worker.usual_number", lambda: 3)
        texts = [word for light in ("day", "night", "dusk", "noir", "neon")[:lines] for word in ("--vary", light)]
        given = ["--character", "mara", "--set", "alley", "--out", str(tmp_path / "out"), "--data", str(tmp_path / "d")]
        assert main(["fanout", *given, *texts]) == 2
        assert "cancelled by someone" in capsys.readouterr().err
        assert asked == [children]


class TestThePathFromEndToEnd:
    @pytest.mark.slow
    def test_a_fanout_writes_what_take_json_says_and_verify_is_clean(self, tmp_path: Path, capsys) -> None:
        data, out = tmp_path / "d", tmp_path / "out"
        common = ("--character", "mara", "--set", "alley", "--frames", 2, "--size", "320x180", "--out", out, "--json")
        done = run(
            "fanout", *common, "--vary", "golden hour, low angle", "--vary", "neon night, fog, wistful", data=data
        )
        assert done.returncode == 0, done.stderr
        takes = json.loads(done.stdout)
        assert [t["take"] for t in takes] == ["SC010_SH020_T001", "SC010_SH020_T002"]
        for take in takes:
            folder = out / take["take"]
            assert {p.name for p in folder.iterdir()} == {"clip.mp4", "master.mkv", "poster.jpg", "take.json"}
            assert json.loads((folder / "take.json").read_text()) == take
            assert {"face", "expression", "hair", "wardrobe", "body"} == set(take["grips"]["mara"])
            assert take["grips"]["mara"]["wardrobe"]["grip"] == "reflectance"
            assert take["report"]["mara"]["wardrobe"]["status"] in ("pass", "flag", "not_seen")
        assert takes[1]["direction"]["unread"] == ["wistful"]
        same = ("same, but in the rain", "--parent", "SC010_SH020_T001")
        (branch,) = tell(capsys, "fanout", *common, "--vary", *same, "--data", data)
        assert branch["parent"] == "SC010_SH020_T001"
        assert {"golden hour", "low", "rain"} <= {c["value"] for c in branch["direction"]["chips"]}
        assert run("mark", "SC010_SH020_T001", "circled", data=data).returncode == 0
        (scene,) = tell(capsys, "history", "--json", "--data", data)
        assert [t["mark"] for t in scene["takes"]] == ["circled", None, None]
        assert tell(capsys, "verify", "--json", "--data", data)["problems"] == []
        again = run("verify", "--reshoot", "SC010_SH020_T002", "--json", data=data)
        assert json.loads(again.stdout)["same"] is True
        pair = ("--character", "mara:table", "--character", "ivo:stove", "--set", "kitchen", "--shot", "SH030")
        size = ("--frames", 2, "--size", "320x180", "--out", out, "--json")
        (take,) = tell(capsys, "fanout", *pair, *size, "--vary", "day, looking at each other", "--data", data)
        assert [k["name"] for k in take["locks"]] == ["mara", "ivo", "kitchen"]
        for name in ("mara", "ivo"):
            assert take["grips"][name]["wardrobe"]["grip"] == "reflectance"
            assert set(take["report"][name]) == {"face", "expression", "hair", "wardrobe", "body"}
        edit = ("export", "--scene", "SC010", "--circled", "--out", tmp_path / "edit", "--json")
        assert {Path(p).suffix for p in tell(capsys, *edit, "--data", data)} >= {".mp4", ".pdf", ".png", ".otio"}


class TestConsent:
    def test_it_is_recorded_shown_and_revoked(self, tmp_path: Path, capsys) -> None:
        first = tell(
            capsys, "consent", "mara", "--who", "Mara Example", "--basis", "release form", "--by", "ana", "--json", "--data", tmp_path
        )  # fmt: skip
        assert [(c["event"], c["person"], c["recorded_by"]) for c in first] == [("given", "Mara Example", "ana")]
        both = tell(capsys, "consent", "mara", "--revoke", "--by", "jon", "--json", "--data", tmp_path)
        assert [c["event"] for c in both] == ["given", "revoked"]
        assert tell(capsys, "consent", "mara", "--json", "--data", tmp_path) == both
        asked = ["fanout", "--character", "mara", "--set", "alley", "--vary", "day", "--out", str(tmp_path / "out")]
        assert main([*asked, "--data", str(tmp_path)]) == 2
        said = capsys.readouterr().err
        assert "revoked on" in said
        assert not list((tmp_path / "out").glob("*"))

    def test_half_a_record_is_refused(self, tmp_path: Path, capsys) -> None:
        assert main(["consent", "mara", "--who", "Mara", "--by", "ana", "--data", str(tmp_path)]) == 2
        assert "basis" in capsys.readouterr().err
