"""The command `continuity`: clips made anywhere, judged against locks of the history.

Place in the path: on top; `sora_lock.judged` does the work and `export` lays out the report.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from functools import partial
from pathlib import Path

from sora_lock.commands.opening import Result, open_store, read_file
from sora_lock.commands.report import today, write_report
from sora_lock.edit_frames import shown
from sora_lock.errors import ConsentError, EngineError, MediaError, NamingError
from sora_lock.judged import Judged, as_json, judge_clips
from sora_lock.lock import check_name
from sora_lock.records import Lock
from sora_lock.resolve import geometry
from sora_lock.store import Store
from sora_lock.subjects.baked import BakedSubject

_SIGNS = {"pass": "held", "flag": "DRIFTED", "not_seen": "not seen"}


def add_options(parser: ArgumentParser) -> None:
    """Adds the command's own options."""
    parser.add_argument(
        "--lock", action="append", required=True, metavar="NAME[@VERSION]", dest="locks",
        help="judge against this lock (default: its latest version); repeat for more",
    )  # fmt: skip
    parser.add_argument("clips", nargs="+", type=Path, metavar="CLIP", help="MP4, MOV, WebM or MKV, from any tool")
    parser.add_argument("--html", type=Path, metavar="FILE", help="also write the report as one HTML file")
    parser.add_argument("--pdf", type=Path, metavar="FILE", help="also write the report as PDF")


def continuity(args: Namespace) -> Result:
    """Judges clips against locks, and against each other.

    The exit status is 0 when all were judged and nothing drifted, 1 when something drifted or one of the clips could not be judged (its words say why),
    and 2, as of any error, when none could.
    """
    # read when SciPy loads; on matrices as small as the judge's, threads do nothing but wait for one another
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    store = open_store(args)
    locks = asked_locks(store, args.locks)
    clips = {str(path): partial(read_file, path) for path in args.clips}
    found = judge_clips(clips, locks, lambda sha256: store.blob(sha256).read_bytes(), partial(_subject, store))
    if not any(clip.read for clip in found):
        raise MediaError(" ".join(f"{clip.path}: {' '.join(clip.words)}" for clip in found))
    if args.html or args.pdf:
        from sora_lock.export.report import of_clips

        write_report(of_clips(found, locks, today()), args.html, args.pdf)
    drifted = any(f.status == "flag" for clip in found for by in clip.report.values() for f in by.values())
    lines = [line for clip in found for line in _lines(clip)]
    return as_json(found), lines, 1 if drifted or not all(clip.judged for clip in found) else 0


def asked_locks(store: Store, texts: list[str]) -> dict[str, Lock]:
    """ "mara", "@mara" or "mara@1", as they were asked for, without a leading "@" -> locks.

    Raises:
        NamingError: for what is no name, or a version that is no number from 1 up; NotFoundError for a lock there is none of;
            ConsentError for a lock of somebody who withdrew.
    """
    out, ended = {}, store.withdrawn()
    for text in texts:
        name, at, version = text.strip().removeprefix("@").partition("@")
        if at and not (version.isascii() and version.isdigit() and 0 < len(version) < 7 and int(version)):
            raise NamingError(f"--lock {text[:60]!r} names no version; write NAME, or NAME@VERSION such as mara@1.")
        lock = store.lock(check_name(name), int(version) if at else None)
        if lock.name in ended:
            raise ConsentError(f"{ended[lock.name]} No clip can be judged against @{lock.name} any more.")
        out[f"{lock.name}@{lock.version}" if at else lock.name] = lock
    return out


def _subject(store: Store, lock: Lock) -> BakedSubject | None:
    """The geometry to look at a lock by, where it is at hand as it was locked; else its anchors serve."""
    if lock.subject == "photo" or lock.frames:
        return None
    try:
        return geometry(store, lock)
    except EngineError:
        return None


def _lines(clip: Judged) -> list[str]:
    """What is said of one clip, for people."""
    shape = f": {clip.width}x{clip.height}, {clip.frames} frames at {clip.fps}" if clip.read else ""
    out = [f"{clip.path}{shape}", *(f"  {words}" for words in clip.words)]
    for lock, by in clip.report.items():
        for attribute, finding in by.items():
            score = f"{finding.score:.2f}" if finding.score is not None else "-"
            where = f"frame {shown(finding.frame)}" if finding.frame is not None else ""
            out.append(f"  @{lock:12} {attribute:11} {_SIGNS[finding.status]:9} {score:5} {where}".rstrip())
    return out + [f"  {d.words}" for d in clip.between]
