"""The folder of a clip that was cut out: written, read for correcting and for freezing, and refused when somebody made nonsense of it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from sora_lock.errors import MediaError, NotFoundError
from sora_lock.freeze import freeze_cut
from sora_lock.freeze_clip import digest_of
from sora_lock.media.footage import Footage, read_footage
from sora_lock.media.images import png, read_own
from sora_lock.media.video import read_frames
from sora_lock.store import Store
from sora_lock.subjects.clip import Matted
from sora_lock.subjects.clip_cut import read_clip, read_mattes, write_clip
from sora_lock.subjects.cut import what_is
from tests.clip_parts import H, W, film, walker


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    return read_footage(film(6), tmp_path_factory.mktemp("film") / "frames")


@pytest.fixture(scope="module")
def written(footage: Footage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written") / "cut"
    write_clip(folder, Matted(footage, np.rint(walker(6)[1] * 255).astype(np.uint8), (0,), ("A note.",)))
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "cut"))


def rewrite(folder: Path, **told: object) -> None:
    said = json.loads((folder / "cut.json").read_text()) | told
    (folder / "cut.json").write_text(json.dumps(said))


class TestTheFolder:
    def test_says_what_it_is_and_what_to_look_at(self, folder: Path) -> None:
        told = json.loads((folder / "cut.json").read_text())
        assert what_is(folder) == "clip"
        assert (told["frames"], told["fps"], told["keys"]) == (6, "24", [0])
        assert "A note." in told["notes"]
        assert all((folder / name).is_file() for name, *_ in [*told["shown"], *told["films"]])
        assert len(list((folder / "stills").iterdir())) == 6

    def test_its_films_show_subject_and_matte(self, folder: Path) -> None:
        matte = list(read_frames(folder / "matte.mp4"))[3].astype(int)
        assert np.abs(matte[..., 0] / 255 - walker(6)[1][3]).mean() < 0.02
        assert len(list(read_frames(folder / "seen.mp4"))) == 6

    def test_gives_the_mattes_back_for_correcting(self, folder: Path, footage: Footage) -> None:
        again = read_mattes(folder, footage)
        assert np.array_equal(again.mattes, np.rint(walker(6)[1] * 255).astype(np.uint8))
        assert again.keys == (0,)

    def test_gives_the_frames_back_for_freezing(self, folder: Path) -> None:
        clip, brought = read_clip(folder)
        assert (clip.count, clip.fps, brought) == (6, "24", (W, H))
        kept = read_own((folder / "frames" / "0002.png").read_bytes())
        assert np.array_equal(clip.picture(2).rgb, kept[..., :3])


class TestNonsense:
    @pytest.mark.parametrize(
        "told",
        [
            {"frames": 10**9},
            {"frames": "many"},
            {"width": 10**6},
            {"fps": "0/0"},
            {"fps": "1e9"},
            {"keys": [77]},
            {"brought": [0, 0]},
            {"brought": None},
        ],
    )
    def test_in_its_numbers_is_refused(self, folder: Path, told: dict) -> None:
        rewrite(folder, **told)
        with pytest.raises((MediaError, NotFoundError)):
            read_clip(folder)

    def test_a_missing_frame_is_named(self, folder: Path) -> None:
        (folder / "frames" / "0004.png").unlink()
        with pytest.raises(NotFoundError, match="no frame 4"):
            read_clip(folder)

    def test_a_frame_of_another_size_or_no_picture_is_named(self, folder: Path) -> None:
        rgba = np.full((64, 64, 4), 200, np.uint8)
        rgba[:20, :, 3] = 0
        (folder / "frames" / "0001.png").write_bytes(png(rgba))
        with pytest.raises(MediaError, match=r"Frame 1 .* another size"):
            read_clip(folder)
        (folder / "frames" / "0001.png").write_bytes(b"ffconcat version 1.0\n")
        with pytest.raises(MediaError, match=r"Frame 1 .* plain text"):
            read_clip(folder)

    def test_another_clip_is_not_corrected_by_it(self, folder: Path, tmp_path: Path) -> None:
        other = read_footage(film(8), tmp_path / "frames")
        with pytest.raises(MediaError, match="holds another clip"):
            read_mattes(folder, other)


class TestFrozen:
    def test_by_pixel_it_names_every_frame_and_the_store_has_them(self, folder: Path, store: Store) -> None:
        lock = freeze_cut(store, "ada", "character", folder, relight=False, face_box=(86, 30, 134, 86))
        assert (lock.subject, len(lock.frames), lock.fps) == ("clip", 6, "24")
        assert lock.subject_sha256 == digest_of(lock.frames, "24")
        assert [r.name for r in lock.regions] == ["picture", "face"]
        assert all(store.blob(sha).is_file() for sha in lock.frames)
        assert store.lock("ada") == lock
        assert store.verify().problems == []

    def test_its_face_is_carried_to_the_anchors(self, folder: Path, store: Store) -> None:
        lock = freeze_cut(store, "ada", "character", folder, relight=False, face_box=(86, 30, 134, 86))
        middles = []
        for anchor in lock.anchors:
            face = read_own(store.blob(anchor.regions_sha256).read_bytes()) == 2
            middles.append(float(np.nonzero(face)[1].mean()))
        assert middles[-1] - middles[0] == pytest.approx(2 * int(lock.anchors[-1].view.split()[1]), abs=1.5)

    def test_a_lost_frame_is_found_by_verify(self, folder: Path, store: Store) -> None:
        lock = freeze_cut(store, "ada", "character", folder, relight=False)
        store.blob(lock.frames[3]).write_bytes(b"something else")
        assert any("@ada v1" in p for p in store.verify().problems)

    def test_as_a_set_it_is_refused(self, folder: Path, store: Store) -> None:
        with pytest.raises(MediaError, match="set"):
            freeze_cut(store, "ada", "set", folder, relight=False)
        assert store.locks() == []
