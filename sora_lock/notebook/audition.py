"""Auditions asked for on the page: the fields, the command line's own `audition` run beside the page, and what it has drawn so far.

Place in the path: within the dock's Lock tab, before a picture is brought. The page process holds no network: a child draws, tells its progress in lines, and
its files lie in the data folder's `unfinished` until one is picked or they are an hour old.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import gradio as gr

from sora_lock.audition.draw import TOLD, Asked
from sora_lock.audition.models import LISTED, MODELS, USUAL, find
from sora_lock.audition.words import Prompt
from sora_lock.errors import InputError, NotFoundError, SoraLockError
from sora_lock.notebook.text import clip, coded, esc
from sora_lock.store import Store

LOOK_S, KEPT = 1.0, 16
"""Seconds between two looks at one that is under way; how many of those that are over are still answered for."""


@dataclass(frozen=True)
class AuditionFields:
    """The components, by what they hold."""

    box: Any
    text: Any
    count: Any
    seed: Any
    model: Any
    portrait: Any
    go: Any
    stop: Any
    lacks: Any
    view: Any
    timer: Any

    def all(self) -> list[Any]:
        """All that an act may change."""
        return [self.box, self.portrait, self.go, self.stop, self.lacks, self.view, self.timer]

    def shown(self) -> list[Any]:
        """What changes while candidates are drawn."""
        return [self.go, self.stop, self.view, self.timer]

    def asked(self) -> list[Any]:
        """What `acts.auditioning.start` reads, in its order."""
        return [self.text, self.count, self.seed, self.model, self.portrait]


def lay_out() -> AuditionFields:
    """Builds the fields inside the current Blocks context."""
    with gr.Accordion("Audition: draw candidates from words", open=False, elem_id="audition") as box:
        text = gr.Textbox(
            "",
            label="who or what",
            placeholder="an old man in a striped coat",
            max_length=2000,
            elem_id="audition-text",
        )
        with gr.Row():
            model = gr.Dropdown(
                [(MODELS[name].name, name) for name in LISTED], value=USUAL, label="model, or a folder of yours", allow_custom_value=True, min_width=150, scale=3,
                elem_id="audition-model",
            )  # fmt: skip
            count = gr.Textbox("4", label="candidates", max_length=4, min_width=60, elem_id="audition-count")
            seed = gr.Textbox("7", label="seed", max_length=20, min_width=56, elem_id="audition-seed")
        with gr.Row(elem_id="audition-go"):
            go = gr.Button("Audition", elem_id="audition-start", scale=0, min_width=100)
            stop = gr.Button("Stop", elem_id="audition-stop", scale=0, min_width=80, visible=False)
            portrait = gr.Checkbox(False, label="head and shoulders", elem_id="audition-portrait", container=False)
        lacks = gr.HTML("", elem_id="audition-lacks", apply_default_css=False)
        view = gr.HTML("", elem_id="audition-view", apply_default_css=False)
    timer = gr.Timer(LOOK_S, active=False)
    return AuditionFields(box, text, count, seed, model, portrait, go, stop, lacks, view, timer)


@dataclass
class Run:
    """One audition, under way or over; `seen` is file -> digest in the store."""

    folder: Path
    count: int
    child: subprocess.Popen[bytes]
    lines: IO[bytes]
    errors: IO[bytes]
    seen: dict[str, str] = field(default_factory=dict)


class Auditions:
    """Starts auditions, one at a time, and says how they stand."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._mutex = threading.Lock()
        self._runs: dict[str, Run] = {}
        atexit.register(self._end)

    def start(self, asked: Asked, model: str) -> str:
        """Begins to draw; returns the name by which it is asked for.

        Raises:
            InputError: for a text or numbers that cannot be, an unknown model, or while another audition is drawn.
            EngineUnavailableError: when the weights are not here; the message says how to get them.
        """
        asked.check()
        if "SPACE_ID" in os.environ and model not in MODELS:
            raise InputError("On a hosted Space only the listed models can be named; choose one of them.")
        find(model)  # what is missing is said at once, and not by a child after seconds
        name = secrets.token_hex(8)
        folder = self.store.data / "unfinished" / f"audition-{name}"
        frame = ["--kind=character", "--portrait"] if asked.frame == "portrait" else [f"--kind={asked.frame}"]
        command = [
            sys.executable, "-m", "sora_lock", "audition", *frame, f"--text={asked.text}", f"--count={asked.count}",
            f"--seed={asked.seed}", f"--model={model}", f"--out={folder}", f"--data={self.store.data}",
        ]  # fmt: skip
        with self._mutex:
            if any(run.child.poll() is None for run in self._runs.values()):
                raise InputError("Another audition is being drawn; wait for it, or stop it.")
            for over in list(self._runs)[:-KEPT]:
                run = self._runs.pop(over)
                run.lines.close()
                run.errors.close()
            lines, errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - they outlive this call
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=lines, stderr=errors)
            self._runs[name] = Run(folder, asked.count, child, lines, errors)
        return name

    def going(self, name: str) -> bool:
        """Whether it is being drawn."""
        run = self._runs.get(name)
        return run is not None and run.child.poll() is None

    def stop(self, name: str) -> None:
        """Ends it politely; what is drawn stays."""
        run = self._runs.get(name)
        if run is not None and run.child.poll() is None:
            run.child.terminate()

    def picture(self, name: str, number: int) -> bytes:
        """The file of a candidate, counted from 1.

        Raises:
            NotFoundError: when it is not there (any more).
        """
        run = self._runs.get(name)
        try:
            if run is None or not 1 <= number <= run.count:
                raise FileNotFoundError
            return (run.folder / f"{number}.png").read_bytes()
        except FileNotFoundError:
            raise NotFoundError("This candidate is not there any more; audition again.") from None

    def words(self, name: str) -> str:
        """How it stands, as HTML: what is drawn, what is awaited, what went wrong."""
        run = self._runs.get(name)
        if run is None:
            return ""
        status = run.child.poll()
        told = _told(run.folder)
        figures = [self._figure(run, c) for c in told.get("candidates", ())]
        if status is None:
            figures += ['<figure class="awaited"></figure>'] * (run.count - len(figures))
            said = f'<p class="going">{esc(_last(run.lines) or "starting")} …</p>'
        elif status == 0:
            said = f"<p>{esc(_short(str(told.get('model', ''))))}. Click one: it is brought as if you had dropped its file.</p>"
        elif status in (130, -15):
            said = "<p>Stopped.</p>"
        elif status < 0:
            said = f'<p class="bad">The system ended it (signal {-status}), likely for want of memory; name a smaller model.</p>'
        else:
            said = f'<p class="bad">{esc(clip(_last(run.errors).removeprefix("sora_lock: ") or "It ended without a word.", 600))}</p>'
        cut = Prompt(str(told.get("prompt", "")), str(told.get("cut", ""))).said
        left_out = f"<p>{esc(cut)}</p>" if cut else ""
        return f'<div class="candidates">{"".join(figures)}</div>{said}{left_out}'

    def _figure(self, run: Run, candidate: Mapping[str, Any]) -> str:
        name = str(candidate["file"])
        if name not in run.seen:
            run.seen[name] = self.store.put((run.folder / name).read_bytes())
        number, seed = name.removesuffix(".png"), esc(str(candidate["seed"]))
        return (
            f'<figure><button type="button" data-act="pick_candidate" data-number="{esc(number)}" title="bring this one">'
            f'<img src="/media/{run.seen[name]}" alt="candidate {esc(number)}"></button><figcaption>seed {seed}</figcaption></figure>'
        )

    def _end(self) -> None:
        """The page ends: so does what it began."""
        for run in self._runs.values():
            if run.child.poll() is None:
                run.child.terminate()


def missing(model: str) -> str:
    """The sentence that says why one cannot audition with a model; "" when one can."""
    try:
        find(model)
    except SoraLockError as error:
        return str(error)
    return ""


def about(model: str) -> str:
    """What is missing of a model, and what is known of it, as HTML."""
    pinned = MODELS.get(model.strip() or USUAL)
    licence = f"; licence {esc(pinned.weights.licence)}" if pinned and pinned.weights else ""
    known = f"<p>{esc(pinned.name)}: {esc(pinned.about)}{licence}.</p>" if pinned else ""
    lacks = missing(model)
    return (f"<p>{coded(lacks)}</p>" if lacks else "") + known


def _told(folder: Path) -> dict[str, Any]:
    """What `audition.json` says; nothing before the first candidate."""
    try:
        told: dict[str, Any] = json.loads((folder / TOLD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return told


def _short(identity: str) -> str:
    """An identity with the first digits of its digest."""
    return re.sub(r"[0-9a-f]{40,64}$", lambda found: found[0][:12], identity)


def _last(file: IO[bytes]) -> str:
    """The last whole line a child wrote."""
    end = os.fstat(file.fileno()).st_size
    tail = os.pread(file.fileno(), 4000, max(0, end - 4000)).decode("utf-8", "replace")
    lines = tail.rpartition("\n")[0].strip().splitlines()
    return lines[-1] if lines else ""
