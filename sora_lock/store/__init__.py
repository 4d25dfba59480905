"""The shared history: scenes, locks, cells, takes and branches, jobs, marks and comments in SQLite; media files by digest beside it.

Place in the path: between those who wish (page, command line), those who make (worker) and those who look (page, export). Sole owner of
sqlite_utils. `Store` is only the front: each subject has a module of functions on a connection, and every write is one `immediate`
transaction. Safe to import in the page process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sora_lock.records import Lock, Mark, Recipe, Take
from sora_lock.store import cells, consents, jobs, locks, presence, remarks, scenes, takes, tree, words
from sora_lock.store.blobs import Blobs
from sora_lock.store.connection import Connections, file_system, journal_mode
from sora_lock.store.rows import (
    Cell,
    CellKind,
    Comment,
    Consent,
    Hit,
    Job,
    MarkRow,
    Node,
    SceneRow,
    Stage,
    State,
    Verify,
)
from sora_lock.store.schema import migrate
from sora_lock.store.trouble import driver, telling
from sora_lock.store.verify import verify

__all__ = [
    "FILE",
    "Cell",
    "CellKind",
    "Comment",
    "Consent",
    "Hit",
    "Job",
    "MarkRow",
    "Node",
    "SceneRow",
    "Stage",
    "State",
    "Store",
    "Verify",
]

FILE = "history.sqlite3"


class Store:
    """One data folder, open. May be used from any thread, and from any number of processes at once.

    Every method raises `StoreUnwritableError` when the disk is full or read-only (nothing is half-written then), `StoreDamagedError` when
    SQLite finds its file damaged, and `StoreError` when it stays busy or was closed; what else a method raises is said there.

    Attributes:
        data: the folder.
        journal: "wal" or "delete": how SQLite protects its writes here.
    """

    def __init__(self, data: Path, connections: Connections, blobs: Blobs, journal: str) -> None:
        self.data, self.journal = data, journal
        self._db, self._blobs = connections, blobs

    @classmethod
    def open(cls, data: Path, journal: str | None = None) -> Store:
        """Opens the history in `data`, which is made if need be; migrates it, and collects what crashes left over an hour ago.

        Args:
            journal: "wal" or "delete" to overrule what SQLite's version and the file system advise.
        """
        data = Path(data).absolute()
        blobs, connections = Blobs(data), Connections(data / FILE)
        with telling(data):
            data.mkdir(parents=True, exist_ok=True)
        blobs.make_folders()
        with telling(data):
            best = journal_mode(file_system(data), tuple(driver.sqlite_version_info))
            mode = connections.choose_journal(journal or best)
            migrate(connections.conn)
        blobs.collect(connections)
        return cls(data, connections, blobs, mode)

    def close(self) -> None:
        """Closes it for all threads; any use afterwards raises StoreError."""
        self._db.close()

    # -- what changed -----------------------------------------------------------------------------------------------------------

    def revision(self) -> int:
        """One number that every write makes larger."""
        with self._db.read() as conn:
            return scenes.revision(conn)

    def scene_revision(self, scene: str) -> int:
        """The revision at which anything that a page of this scene shows last changed; 0 while there is no such scene."""
        with self._db.read() as conn:
            return scenes.scene_revision(conn, scene)

    # -- scenes -----------------------------------------------------------------------------------------------------------------

    def scenes(self) -> list[SceneRow]:
        """All scenes in the order they were made."""
        with self._db.read() as conn:
            return scenes.scenes(conn)

    def ensure_scene(self, code: str, title: str = "") -> SceneRow:
        """The scene, made unless it is there; a title fills an empty one. NamingError as in `scenes.ensure`."""
        with self._db.write() as conn:
            scenes.ensure(conn, code, title)
            return next(s for s in scenes.scenes(conn) if s.code == code)

    # -- locks ------------------------------------------------------------------------------------------------------------------

    def add_lock(self, lock: Lock) -> Lock:
        """Stores a lock as the next version of its name; the same content as the latest gives that back. See `locks.add`."""
        with self._db.write() as conn:
            return locks.add(conn, self._blobs, lock)

    def lock(self, name: str, version: int | None = None) -> Lock:
        """The lock of that name, the latest version unless told; NotFoundError otherwise."""
        with self._db.read() as conn:
            return locks.one(conn, name, version)

    def lock_by_sha(self, lock_sha256: str) -> Lock:
        """The very version of that digest; NotFoundError otherwise."""
        with self._db.read() as conn:
            return locks.by_sha(conn, lock_sha256)

    def locks(self) -> list[Lock]:
        """The latest version of each name, in the order the names were first locked."""
        with self._db.read() as conn:
            return locks.latest(conn)

    def versions(self, name: str) -> list[Lock]:
        """All versions of a name, oldest first; NotFoundError when there is none."""
        with self._db.read() as conn:
            return locks.versions(conn, name)

    def record_consent(
        self, name: str, person: str, basis: str, scope: str = "", until: str = "", recorded_by: str = ""
    ) -> Consent:
        """Records a person's consent to the lock of them. NotFoundError, InputError as in `consents.record`."""
        with self._db.write() as conn:
            return consents.record(conn, name, person, basis, scope, until, recorded_by)

    def revoke_consent(self, name: str, recorded_by: str) -> Consent:
        """Withdraws it: no new takes, no exports, and the takes there are get marked. Errors as in `consents.revoke`."""
        with self._db.write() as conn:
            return consents.revoke(conn, name, recorded_by)

    def consents(self, name: str) -> list[Consent]:
        """All that was recorded for a lock, oldest first; NotFoundError for an unknown one."""
        with self._db.read() as conn:
            return consents.history(conn, name)

    def must_stand(self, recipe: Recipe) -> None:
        """ConsentError when the consent for a lock that a recipe places was revoked or has ended."""
        with self._db.read() as conn:
            jobs.must_stand(conn, recipe)

    def withdrawn(self) -> dict[str, str]:
        """Lock name -> why it may not be used any more, in words; a consent that stands, or was never needed, is not here."""
        with self._db.read() as conn:
            return consents.withdrawn(conn)

    # -- cells ------------------------------------------------------------------------------------------------------------------

    def add_cell(
        self, scene: str, kind: str, body: Mapping[str, Any], who: str = "", parent_take: str | None = None
    ) -> Cell:
        """Writes a cell at the end of a scene, which is made if need be. InputError and NotFoundError as in `cells.add`."""
        with self._db.write() as conn:
            return cells.one(conn, cells.add(conn, self._blobs, scene, kind, body, who, parent_take))

    def cell(self, cell: int) -> Cell:
        """The cell of that id; NotFoundError otherwise."""
        with self._db.read() as conn:
            return cells.one(conn, cell)

    def cells(self, scene: str, limit: int | None = 40) -> list[Cell]:
        """The last cells of a scene (None: all), oldest first; NotFoundError for an unknown scene."""
        with self._db.read() as conn:
            return cells.cells(conn, scene, limit)

    def update_note(self, cell: int, body: Mapping[str, Any]) -> Cell:
        """Replaces a note's body; InputError for any other kind of cell, NotFoundError when it is not there."""
        with self._db.write() as conn:
            cells.update_note(conn, self._blobs, cell, body)
            return cells.one(conn, cell)

    # -- jobs -------------------------------------------------------------------------------------------------------------------

    def plan(
        self,
        scene: str,
        body: Mapping[str, Any],
        recipes: Sequence[Recipe],
        parent_take: str | None = None,
        who: str = "",
        texts: Sequence[str] | None = None,
    ) -> Cell:
        """A fan-out: one cell, and a take number and a job for each of 1 to 96 recipes, all or nothing. See `jobs.plan`."""
        with self._db.write() as conn:
            return cells.one(conn, jobs.plan(conn, self._blobs, scene, body, recipes, parent_take, who, texts))

    def jobs(self, cell: int | None = None, scene: str | None = None, states: Iterable[str] | None = None) -> list[Job]:
        """The jobs of a cell, of a scene, or all, in the order they were asked for; only those in `states`, where told."""
        with self._db.read() as conn:
            return jobs.jobs(conn, cell, scene, states)

    def job(self, job_id: int) -> Job:
        """The job of that id; NotFoundError otherwise."""
        with self._db.read() as conn:
            return jobs.one(conn, job_id)

    def lease(self, worker: str, lease_s: float = 20.0, without: Sequence[str] = ()) -> Job | None:
        """The next job for a worker, or None: posters of all cells before any clip, then the oldest cell's. See `jobs.lease`."""
        with self._db.read() as conn:
            if not jobs.waiting(conn, without):
                return None
        with self._db.write() as conn:
            return jobs.lease(conn, worker, lease_s, without)

    def beat(
        self, job_id: int, worker: str, progress: float, eta_s: float | None = None, lease_s: float = 20.0
    ) -> bool:
        """Keeps a lease alive; False when it was lost, or when someone asked to cancel (then `job(id).cancel` says so)."""
        with self._db.write() as conn:
            return jobs.beat(conn, job_id, worker, progress, eta_s, lease_s)

    def poster_done(self, job_id: int, worker: str, poster_sha256: str, cannot: Sequence[str] = ()) -> None:
        """Records a poster and hands the job back for its clip; StoreError when the lease was lost."""
        with self._db.write() as conn:
            jobs.poster_done(conn, self._blobs, job_id, worker, poster_sha256, cannot)

    def finish(self, job_id: int, worker: str, take: Take) -> None:
        """Inserts the take and closes its job in one transaction; StoreError when the lease was lost. See `jobs.finish`."""
        with self._db.write() as conn:
            jobs.finish(conn, self._blobs, job_id, worker, take)

    def fail(self, job_id: int, worker: str, why: str) -> bool:
        """Records why a take cannot be made; False, and nothing, when the lease was lost."""
        with self._db.write() as conn:
            return jobs.fail(conn, job_id, worker, why)

    def cancel(self, job_ids: Iterable[int]) -> int:
        """Cancels queued jobs at once, asks the workers of leased ones; returns how many that concerns."""
        with self._db.write() as conn:
            return jobs.cancel(conn, job_ids)

    def cancelled(self, job_id: int, worker: str) -> bool:
        """The worker stopped as asked; False, and nothing, when the lease was lost."""
        with self._db.write() as conn:
            return jobs.cancelled(conn, job_id, worker)

    def retry(self, job_id: int) -> Job:
        """Queues a failed or cancelled job again at the stage it had reached; InputError in any other state."""
        with self._db.write() as conn:
            jobs.retry(conn, job_id)
            return jobs.one(conn, job_id)

    # -- takes ------------------------------------------------------------------------------------------------------------------

    def take(self, take: str) -> Take:
        """The finished take of that id; NotFoundError otherwise."""
        with self._db.read() as conn:
            return takes.one(conn, take)

    def takes(self, scene: str, marked: Mark | None = None, cell: int | None = None) -> list[Take]:
        """The finished takes of a scene in the order they were asked for; only those of a mark or a cell, where told."""
        with self._db.read() as conn:
            return takes.takes(conn, scene, marked, cell)

    def seconds(self, engine: str, model: str = "") -> float | None:
        """Median seconds a million pixels of the engine's recent takes (of that model); None when there are none."""
        with self._db.read() as conn:
            return takes.seconds(conn, engine, model)

    def mark(self, take: str, mark: Mark | None, who: str = "") -> None:
        """Marks a take, or takes its mark away (None); history is kept. NotFoundError, InputError as in `remarks.mark`."""
        with self._db.write() as conn:
            remarks.mark(conn, take, mark, who)

    def marks(self, scene: str) -> dict[str, Mark]:
        """The latest mark of each take of a scene that has one."""
        with self._db.read() as conn:
            return remarks.marks(conn, scene)

    def mark_history(self, take: str) -> list[MarkRow]:
        """All changes of a take's mark, oldest first."""
        with self._db.read() as conn:
            return remarks.history(conn, take)

    def comment(self, take: str, frame: int | None, text: str, who: str = "") -> int:
        """Writes a remark at a frame counted from 0 (None: on the whole take); returns its id. Errors as in `remarks.comment`."""
        with self._db.write() as conn:
            return remarks.comment(conn, take, frame, text, who)

    def comments(self, take: str) -> list[Comment]:
        """The remarks on a take in the order they were written."""
        with self._db.read() as conn:
            return remarks.comments(conn, take)

    def tree(self, scene: str) -> list[Node]:
        """The branch tree: finished takes with parent and lane. See `sora_lock.store.tree` for the rule of lanes."""
        with self._db.snapshot() as conn:
            return tree.tree(conn, scene)

    def search(self, text: str, scene: str | None = None, limit: int = 50) -> list[Hit]:
        """Takes whose prompt, or a comment on which, holds all words of `text`, best first."""
        with self._db.read() as conn:
            return words.search(conn, text, scene, limit)

    # -- media ------------------------------------------------------------------------------------------------------------------

    def put(self, data: bytes) -> str:
        """Stores bytes as a media file; returns their SHA-256. Name them in a row within the hour, else they are collected."""
        return self._blobs.put(data)

    def put_file(self, path: Path, move: bool = True) -> str:
        """Stores a file as a media file, by renaming it where possible; returns its SHA-256. NotFoundError when it is no file."""
        return self._blobs.put_file(Path(path), move)

    def blob(self, sha256: str) -> Path:
        """The media file of that digest, for reading; NotFoundError otherwise."""
        return self._blobs.find(sha256)

    # -- who is here ------------------------------------------------------------------------------------------------------------

    def touch(self, who: str, scene: str) -> None:
        """Somebody is looking at a scene; call it with every poll."""
        with self._db.read() as conn:
            if not presence.touch_due(conn, who, scene):
                return
        with self._db.write() as conn:
            presence.touch(conn, who, scene)

    def here(self, scene: str) -> list[str]:
        """Who looked at the scene in the last ten seconds, by name."""
        with self._db.read() as conn:
            return presence.here(conn, scene)

    def worker_seen(self, worker: str) -> None:
        """A worker is alive; call it with every look for work."""
        with self._db.read() as conn:
            if not presence.worker_due(conn, worker):
                return
        with self._db.write() as conn:
            presence.worker_seen(conn, worker)

    def workers(self) -> list[str]:
        """Workers that showed themselves in the last ten seconds, or hold a lease."""
        with self._db.read() as conn:
            return presence.workers(conn)

    # -- proof ------------------------------------------------------------------------------------------------------------------

    def verify(self) -> Verify:
        """Re-hashes all rows and media files, and checks that what belongs together is there. Changes nothing."""
        with telling(self.data):
            return verify(self._db, self._blobs)
