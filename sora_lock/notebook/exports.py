"""Exports and continuity reports asked for on the page: the command line's own, run beside the page, and what it has written so far.

Place in the path: between the dock's export tab and the command line. The page process holds no codec, so the film is cut by a child;
what it wrote lies in the data folder and is still listed after a restart.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from sora_lock.errors import InputError
from sora_lock.notebook.text import clip, esc, plural
from sora_lock.server.routes import EXPORTS, SAFE_NAME
from sora_lock.store import Store

LISTED = 4


@dataclass
class Run:
    """One export under way."""

    folder: str
    child: subprocess.Popen[bytes]
    errors: IO[bytes]


class Exports:
    """Starts exports of scenes, one at a time for each scene, and says how they stand."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._mutex = threading.Lock()
        self._runs: dict[str, Run] = {}

    def start(self, scene: str) -> None:
        """Begins to write the scene's circled takes.

        Raises:
            InputError: when nothing is circled, or an export of this scene is under way.
        """
        if not any(m == "circled" for m in self.store.marks(scene).values()):
            raise InputError("Nothing is circled in this scene yet: select a take and press c.")
        self._begin(scene, lambda out: ["export", "--circled", "--out", str(out)])

    def start_report(self, scene: str) -> None:
        """Begins to write the continuity report of all the scene's takes.

        Raises:
            InputError: when there is no take yet, or an export of this scene is under way.
        """
        if not self.store.takes(scene):
            raise InputError("There is no finished take in this scene yet, and so nothing to report.")
        name = f"{scene}_continuity"
        self._begin(
            scene, lambda out: ["report", "--html", str(out / f"{name}.html"), "--pdf", str(out / f"{name}.pdf")]
        )

    def _begin(self, scene: str, asked: Callable[[Path], list[str]]) -> None:
        """Runs a command of the command line on a new folder of the exports."""
        with self._mutex:
            run = self._runs.get(scene)
            if run and run.child.poll() is None:
                raise InputError("An export of this scene is being written already.")
            folder = f"{scene}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
            errors = tempfile.TemporaryFile()  # noqa: SIM115 - outlives this call; closed with the run
            out = self.store.data / EXPORTS / folder
            command, *options = asked(out)
            child = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "sora_lock",
                    command,
                    "--data",
                    str(self.store.data),
                    "--scene",
                    scene,
                    *options,
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
            if run:
                run.errors.close()
            self._runs[scene] = Run(folder, child, errors)

    def going(self, scene: str) -> bool:
        """Whether an export of the scene is being written."""
        run = self._runs.get(scene)
        return run is not None and run.child.poll() is None

    def words(self, scene: str) -> str:
        """How the scene's exports stand, as HTML: what is circled, what is being written, what can be downloaded."""
        circled = sum(m == "circled" for m in self.store.marks(scene).values())
        about = (
            f"<p>{plural(circled, 'circled take')} of {esc(scene)}: one film with slates and burnt-in numbers, a contact sheet, "
            "the continuity report, and a timeline that points to the media. The report alone covers all takes.</p>"
        )
        run = self._runs.get(scene)
        if run and run.child.poll() is None:
            about += '<p class="going">being written …</p>'
        elif run and run.child.returncode:
            run.errors.seek(0)
            last = run.errors.read()[-4000:].decode("utf-8", "replace").strip().splitlines()
            about += f'<p class="bad">{esc(clip(last[-1] if last else "The export ended without a word.", 300))}</p>'
        return about + self._written(scene)

    def _written(self, scene: str) -> str:
        root = self.store.data / EXPORTS
        if not root.is_dir():
            return ""
        pattern = re.compile(re.escape(scene) + r"-\d{8}-\d{6}")
        folders = sorted((f for f in root.iterdir() if f.is_dir() and pattern.fullmatch(f.name)), reverse=True)
        current = self._runs.get(scene)
        rows = []
        for folder in folders[:LISTED]:
            if current and current.folder == folder.name and current.child.poll() is None:
                continue
            files = [f for f in sorted(folder.iterdir()) if f.is_file() and SAFE_NAME.fullmatch(f.name)]
            links = " ".join(
                f'<a href="/exports/{esc(folder.name)}/{esc(f.name)}" download>{esc(f.name)}<span>{_size(f)}</span></a>'
                for f in files
            )
            if links:
                stamp = folder.name.split("-", 1)[1]
                when = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]} {stamp[9:11]}:{stamp[11:13]}"
                rows.append(f"<li><b>{esc(when)}</b>{links}</li>")
        return f'<ul class="files">{"".join(rows)}</ul>' if rows else ""


def _size(path: Path) -> str:
    size = path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{max(1, size // 1000)} kB"
