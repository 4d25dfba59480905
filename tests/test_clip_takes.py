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
from tests.clip_parts import box_of, film, walker

SHOT_FRAMES = 12
SIZE = (480, 270)


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
