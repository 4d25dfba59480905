"""Connections: many threads and processes at once, journals, full disks, read-only folders."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sora_lock.errors import SoraLockError, StoreError, StoreUnwritableError
from sora_lock.store import FILE, Store
from sora_lock.store.connection import Connections, file_system, immediate, journal_mode
from tests.store_parts import a_grid, a_lock, all_files, shoot_all, shoot_one

ROOT = Path(__file__).parent.parent


def in_threads(count: int, work: Callable[[int], object]) -> None:
    """Runs `work(0..count-1)` at once; the first error is raised here."""
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(work, range(count)))


def in_a_child(work: Callable[[], object]) -> str:
    """Runs `work` in a forked process; "" when all went well, else the type and words of the project's error."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        said = "ended otherwise"
        try:
            work()
            said = ""
        except SoraLockError as error:
            said = f"{type(error).__name__}: {error}"
        finally:
            os.write(writing, said.encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


class TestManyAtOnce:
    def test_threads_lose_no_write(self, store: Store) -> None:
        a_grid(store, 1)
        shoot_all(store)
        before = store.revision()

        def write(i: int) -> None:
            for n in range(25):
                store.comment("SC010_SH020_T001", None, f"{i} {n}", f"person {i}")

        in_threads(8, write)
        said = [c.text for c in store.comments("SC010_SH020_T001")]
        assert sorted(said) == sorted(f"{i} {n}" for i in range(8) for n in range(25))
        assert all([t for t in said if t.startswith(f"{i} ")] == [f"{i} {n}" for n in range(25)] for i in range(8))
        assert store.revision() == before + 200
        assert store.verify().problems == []

    @pytest.mark.parametrize("journal", ["wal", "delete"])
    def test_processes_lose_no_write(self, tmp_path: Path, journal: str) -> None:
        script = (
            "import sys; from pathlib import Path; from sora_lock.store import Store\n"
            "s = Store.open(Path(sys.argv[1]), sys.argv[3])\n"
            "[s.add_cell('SC010', 'note', {'text': f'{sys.argv[2]} {n}'}) for n in range(40)]\n"
        )
        running = [
            subprocess.Popen([sys.executable, "-c", script, str(tmp_path), str(i), journal], cwd=ROOT) for i in range(3)
        ]
        assert [p.wait(120) for p in running] == [0, 0, 0]
        store = Store.open(tmp_path, journal)
        cells = store.cells("SC010", limit=None)
        assert [c.seq for c in cells] == list(range(1, 121))
        assert {c.body["text"] for c in cells} == {f"{i} {n}" for i in range(3) for n in range(40)}
        assert store.verify().problems == []

    def test_workers_finish_every_take_exactly_once(self, store: Store) -> None:
        a_grid(store, 40)
        done: list[str] = []

        def work(i: int) -> None:
            while (take := shoot_one(store, f"w{i}")) is not None:
                done.append(take)

        in_threads(4, work)
        shoot_all(store)
        assert len(store.takes("SC010")) == 40
        assert {j.state for j in store.jobs()} == {"done"}
        assert store.verify().problems == []

    def test_the_same_new_lock_from_many_is_one_version(self, store: Store) -> None:
        in_threads(6, lambda _: store.add_lock(a_lock(store)))
        assert [k.version for k in store.versions("mara")] == [1]

    def test_openings_of_a_new_folder_do_not_collide(self, tmp_path: Path) -> None:
        def open_it(i: int) -> None:
            opened = Store.open(tmp_path / "new")
            opened.ensure_scene(f"SC{i:03d}")
            opened.close()

        in_threads(6, open_it)
        assert len(Store.open(tmp_path / "new").scenes()) == 6

    def test_an_error_inside_immediate_rolls_all_back(self, store: Store) -> None:
        connections = Connections(store.data / FILE)
        with pytest.raises(KeyError), immediate(connections.conn) as conn:
            conn.execute("UPDATE counter SET revision = 99")
            raise KeyError
        assert store.revision() == 0
        connections.close()

    def test_a_closed_store_says_so_in_every_thread(self, store: Store) -> None:
        store.revision()
        store.close()
        with pytest.raises(StoreError, match="closed"):
            store.revision()
        with pytest.raises(StoreError, match="closed"):
            in_threads(1, lambda _: store.scenes())

    def test_a_forked_process_has_to_open_its_own(self, store: Store) -> None:
        assert in_a_child(lambda: store.revision()).startswith("StoreError")
        assert store.revision() == 0

    def test_a_store_that_stays_busy_says_so(self, store: Store) -> None:
        holder, waiter = Connections(store.data / FILE), Connections(store.data / FILE, busy_s=0.05)
        with immediate(holder.conn), pytest.raises(StoreError, match="busy"), waiter.write():
            pass
        holder.close()
        waiter.close()


class TestTheJournal:
    @pytest.mark.parametrize(
        ("kind", "version", "mode"),
        [
            ("ext4", (3, 51, 3), "wal"),
            ("overlay", (3, 53, 4), "wal"),
            ("ext4", (3, 51, 2), "delete"),
            ("ext4", (3, 40, 1), "delete"),
            ("nfs4", (3, 53, 4), "delete"),
            ("cifs", (3, 53, 4), "delete"),
            ("9p", (3, 53, 4), "delete"),
            ("fuse.sshfs", (3, 53, 4), "delete"),
            (None, (3, 53, 4), "delete"),
        ],
    )
    def test_is_wal_only_where_that_is_safe(self, kind: str | None, version: tuple[int, ...], mode: str) -> None:
        assert journal_mode(kind, version) == mode

    @pytest.mark.skipif(not Path("/proc/self/mountinfo").exists(), reason="reads proc(5)")
    def test_knows_the_file_system_of_a_folder(self, tmp_path: Path) -> None:
        assert file_system(Path("/proc/self")) == "proc"
        assert file_system(tmp_path / "not" / "there" / "yet") == file_system(tmp_path) != "proc"

    def test_can_be_turned_back_and_loses_nothing(self, tmp_path: Path) -> None:
        store = Store.open(tmp_path, "wal")
        store.ensure_scene("SC010")
        store.close()
        store = Store.open(tmp_path, "delete")
        assert (store.journal, store.scenes()[0].code) == ("delete", "SC010")

    def test_is_not_turned_under_somebodys_feet(self, tmp_path: Path) -> None:
        store = Store.open(tmp_path, "wal")
        other = Connections(tmp_path / FILE, busy_s=0.1)
        with pytest.raises(StoreError):
            other.choose_journal("delete")
        assert store.ensure_scene("SC010").code == "SC010"


def fill(data: Path, limit_bytes: int) -> None:
    """Writes until the disk is full: here, until no file may grow beyond a limit. Raises what the store raises."""
    store = Store.open(data)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
    for i in range(10_000):
        store.add_cell("SC010", "note", {"text": "x" * 3000, "n": i})
    store.close()


class TestAFullDisk:
    @pytest.mark.parametrize("journal", ["wal", "delete"])
    def test_stops_a_row_and_half_writes_nothing(self, tmp_path: Path, journal: str) -> None:
        Store.open(tmp_path, journal).close()
        size = (tmp_path / FILE).stat().st_size
        said = in_a_child(lambda: fill(tmp_path, size + 100_000))
        assert said.startswith("StoreUnwritableError")
        assert "half-written" in said
        store = Store.open(tmp_path)
        assert store.verify().problems == []
        cells = store.cells("SC010", limit=None)
        assert [c.body["n"] for c in cells] == list(range(len(cells)))
        store.add_cell("SC010", "note", {"text": "there is room again"})

    def test_stops_a_media_file_and_leaves_no_trace(self, tmp_path: Path) -> None:
        def put(move: bool) -> None:
            store = Store.open(tmp_path / "data")
            resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))
            if move:
                store.put_file(tmp_path / "big", move=False)
            else:
                store.put(b"x" * 1_000_000)

        (tmp_path / "big").write_bytes(b"x" * 1_000_000)
        for move in (False, True):
            assert in_a_child(lambda move=move: put(move)).startswith("StoreUnwritableError: The disk")
        assert all_files(tmp_path / "data" / "media") == all_files(tmp_path / "data" / "unfinished") == []
        assert (tmp_path / "big").stat().st_size == 1_000_000

    def test_tells_a_full_device_from_a_read_only_one(self, tmp_path: Path) -> None:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=700k", "none", str(tmp_path)], capture_output=True, check=False
        )
        if mounted.returncode != 0:
            pytest.skip("a small tmpfs can be mounted by root only")
        try:
            store = Store.open(tmp_path)
            with pytest.raises(StoreUnwritableError, match="full"):
                store.put(os.urandom(2_000_000))
            with pytest.raises(StoreUnwritableError, match="full"):
                for i in range(1000):
                    store.add_cell("SC010", "note", {"text": "x" * 3000, "n": i})
            assert store.verify().problems == []
            store.close()
        finally:
            subprocess.run(["umount", "-l", str(tmp_path)], check=True)


class TestAReadOnlyFolder:
    def as_nobody(self, work: Callable[[], None]) -> str:
        def run() -> None:
            if os.getuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            work()

        return in_a_child(run)

    def test_is_an_error_that_says_what_to_do(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            data = Path(name)
            made = Store.open(data / "full")
            made.ensure_scene("SC010")
            made.close()
            (data / "empty").mkdir()
            before = all_files(data)
            for folder in (data, data / "empty", data / "full", data / "full" / "media", data / "full" / "unfinished"):
                folder.chmod(stat.S_IRUSR | stat.S_IXUSR | stat.S_IROTH | stat.S_IXOTH)
            try:
                for folder in ("empty", "full", "new"):
                    said = self.as_nobody(lambda folder=folder: Store.open(data / folder))
                    assert said.startswith("StoreUnwritableError"), said
                    assert "--data" in said
                assert all_files(data) == before
            finally:
                for folder in (
                    data,
                    data / "empty",
                    data / "full",
                    data / "full" / "media",
                    data / "full" / "unfinished",
                ):
                    folder.chmod(0o755)

    def test_a_file_in_the_folders_place_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "data").write_text("not a folder")
        with pytest.raises(StoreError):
            Store.open(tmp_path / "data")


class TestThePageProcess:
    def test_can_import_the_store_without_anything_heavy(self) -> None:
        script = (
            "import sys, sora_lock.store\n"
            "print(*[m for m in ('torch', 'av', 'cv2', 'gradio', 'diffusers', 'embreex') if m in sys.modules])"
        )
        told = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
        assert told.stdout.strip() == ""
