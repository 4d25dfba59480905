"""A clip from the file to finished takes, by the command line alone; the claims are checked frame by frame on the masters."""

import json
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from sora_lock.hold import core
from sora_lock.media.video import read_frames
from sora_lock.store import Store
from sora_lock.subjects.clip import Clip, ConformedClip, conform
from tests import blind_rebuild
from tests.clip_parts import box_of, film, walker

SHOT_FRAMES = 12
SIZE = (480, 270)

pytestmark = pytest.mark.slow


def ran(*words: object) -> str:
    command = [sys.executable, "-m", "sora_lock", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of ten frames, cut out."""
    folder = tmp_path_factory.mktemp("clip")
    (folder / "ada.mp4").write_bytes(film(10))
    box = ",".join(map(str, box_of(walker(10)[1][0])))
    ran("cutout", "--image", folder / "ada.mp4", "--box", box, "--out", folder / "cut")
    return folder


def filmed(root: Path, name: str, *more: str, vary: tuple[str, ...], frames: int) -> list[Path]:
    data, out = root / f"data_{name}", root / f"out_{name}"
    ran("lock", name, "--kind", "character", "--cut", root / "cut", "--face", "86,30,134,86", "--data", data, *more)
    texts = [word for text in vary for word in ("--vary", text)]
    size = "x".join(map(str, SIZE))
    told = ran(
        "fanout", "--character", name, "--set", "alley", "--frames", frames, "--size", size, "--json", "--data", data,
        "--out", out, *(["--aov"] if more else []), *texts,
    )  # fmt: skip
    return [out / t["take"] for t in json.loads(told)]


def described(folder: Path) -> dict:
    return json.loads((folder / "take.json").read_text())


class TestByPixel:
    @pytest.fixture(scope="class")
    def takes(self, root: Path) -> list[Path]:
        return filmed(root, "ada", vary=("golden hour", "neon night, rain"), frames=SHOT_FRAMES)

    @pytest.fixture(scope="class")
    def conformed(self, root: Path, takes: list[Path]) -> ConformedClip:
        store = Store.open(root / "data_ada")
        lock = store.lock("ada")
        clip = Clip(len(lock.frames), lock.fps, lambda f: store.blob(lock.frames[f]).read_bytes())
        return conform(clip, *SIZE, "24")

    def test_everything_is_gripped(self, takes: list[Path]) -> None:
        for folder in takes:
            grips = described(folder)["grips"]["ada"]
            assert {g["grip"] for g in grips.values()} == {"pixel"}, grips
            assert all(g["note"].startswith("conformed ") for g in grips.values())

    def test_the_core_is_the_clip_byte_for_byte_in_every_frame(
        self, takes: list[Path], conformed: ConformedClip
    ) -> None:
        for folder in takes:
            seen = list(read_frames(folder / "master.mkv"))
            assert len(seen) == SHOT_FRAMES
            for frame, rgb in enumerate(seen):
                own = conformed.at(frame)
                inside = core(own.coverage)
                assert inside.sum() > 3000
                assert np.array_equal(rgb[inside], own.rgb[inside]), (folder.name, frame)
        # and it moves: the same place does not show the same thing
        first, later = conformed.at(0), conformed.at(9)
        both = core(first.coverage) & core(later.coverage)
        assert (first.rgb[both] != later.rgb[both]).any(axis=1).mean() > 0.5

    def test_the_proxy_keeps_its_luma_to_42_db(self, takes: list[Path], conformed: ConformedClip) -> None:
        for folder in takes:
            squared = []
            with av.open(str(folder / "clip.mp4")) as proxy:
                for frame, picture in enumerate(proxy.decode(video=0)):
                    plane = np.asarray(picture.to_ndarray(), np.float64)[: SIZE[1], : SIZE[0]]
                    own = conformed.at(frame)
                    inside = core(own.coverage)
                    luma = own.rgb[inside] @ np.array([0.2126, 0.7152, 0.0722])
                    squared.append((((plane[inside] - 16) * 255 / 219 - luma) ** 2).mean())
            assert len(squared) == SHOT_FRAMES
            assert 10 * np.log10(255**2 / np.mean(squared)) >= 42

    def test_that_it_ends_before_the_shot_is_said_on_the_tile(self, takes: list[Path]) -> None:
        assert any("@ada's clip ends at frame 1010" in line for line in described(takes[0])["cannot"])

    def test_what_is_behind_it_varies(self, takes: list[Path], conformed: ConformedClip) -> None:
        one, other = (next(iter(read_frames(t / "master.mkv"))) for t in takes)
        outside = conformed.at(0).coverage == 0
        assert np.abs(one[outside].astype(int) - other[outside]).mean() > 10


class TestByReflectance:
    @pytest.fixture(scope="class")
    def takes(self, root: Path) -> list[Path]:
        vary = ("chiaroscuro, key from the left", "chiaroscuro, key from the right")
        return filmed(root, "eve", "--relight", vary=vary, frames=4)

    def test_everything_is_gripped(self, takes: list[Path]) -> None:
        for folder in takes:
            grips = described(folder)["grips"]["eve"]
            assert {g["grip"] for g in grips.values()} == {"reflectance"}, grips

    def test_every_frame_is_rebuilt_from_its_own_atlas_to_one_code_value(self, takes: list[Path]) -> None:
        for folder in takes:
            row = blind_rebuild.check(folder)["eve"]
            assert row["frames"] == 4
            assert row["core_px"] > 4 * 3000
            assert row["worst"] <= 1.0

    def test_the_atlas_of_another_frame_would_not_do(self, takes: list[Path], tmp_path: Path) -> None:
        aov = takes[0] / "aov"
        (tmp_path / "aov").mkdir()
        (tmp_path / "take.json").write_text((takes[0] / "take.json").read_text())
        for path in aov.iterdir():
            (tmp_path / "aov" / path.name).write_bytes(path.read_bytes())
        (tmp_path / "aov" / "atlas_eve.1001.exr").write_bytes((aov / "atlas_eve.1004.exr").read_bytes())
        assert blind_rebuild.check(tmp_path)["eve"]["worst"] > 5.0

    def test_the_keys_side_shows(self, takes: list[Path]) -> None:
        balance = []
        for folder in takes:
            cover = blind_rebuild.read(folder / "aov" / "1001.exr")["coverage.eve.A"] >= 1
            rgb = next(iter(read_frames(folder / "master.mkv"))).astype(float).mean(axis=2)
            middle = np.nonzero(cover)[1].mean()
            left = cover & (np.arange(cover.shape[1]) < middle)
            balance.append(rgb[left].mean() / rgb[cover & ~left].mean())
        assert balance[0] > 1.15 * balance[1], balance

    def test_it_walks_across_the_frame(self, takes: list[Path]) -> None:
        at = [
            np.nonzero(blind_rebuild.read(takes[0] / "aov" / f"{n}.exr")["coverage.eve.A"] >= 0.5)[1].mean()
            for n in (1001, 1004)
        ]
        assert at[1] > at[0] + 3

    def test_its_atlases_are_those_the_lock_names(self, root: Path, takes: list[Path]) -> None:
        from sora_lock.subjects import brought

        store = Store.open(root / "data_eve")
        lock = store.lock("eve")
        assert lock.subject == "brought/clip"
        own, _ = blind_rebuild.atlas_of(takes[0] / "aov" / "atlas_eve.1003.exr", {})
        assert brought.load(store.blob(lock.frames[2]).read_bytes()).atlas().atlas_sha256 == own
