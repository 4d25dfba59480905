"""Locking: opening a lock in the dock, bringing a picture, freezing the next version.

Place in the path: between the dock's Lock tab and `lock`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from sora_lock.errors import InputError, MediaError
from sora_lock.freeze import edit, freeze_baked, freeze_cut, freeze_picture
from sora_lock.lock import check_name, check_policies, read_box
from sora_lock.media.probe import FILMS
from sora_lock.notebook import dock as docks
from sora_lock.notebook.acts.correcting import Correcting
from sora_lock.notebook.cutting import cut, face_of, freeze_apart, shown, strokes_of, warm_up, what_of
from sora_lock.notebook.events import toast, told
from sora_lock.notebook.parts import painted_file, stands
from sora_lock.notebook.picture import brought, kind_of, painted_matte, view
from sora_lock.notebook.screen import Screen, Seen
from sora_lock.notebook.survey import options
from sora_lock.notebook.text import esc
from sora_lock.paths import ASSETS
from sora_lock.records import Kind, Lock
from sora_lock.server.sign_in import name_of
from sora_lock.store import Store
from sora_lock.subjects.photo import picture

INVITATION = (
    "<p>Bring a picture and cut it out: the subject is found, or follows your strokes, and its colours, shape and depth are estimated, so that "
    "any light can reach it in any set. Frozen with a matte alone it is held by pixel and keeps the light it has. A clip, a render (EXR) and a model (GLB) "
    "come the same way; a picture of a location becomes a set.</p>"
)
BUSY: Mapping[str, str] = {
    "picture": "Finding the subject, its colours, shape and depth; some ten seconds …",
    **dict.fromkeys(FILMS, "Finding the subject and carrying its matte through the frames; about a second a frame …"),
    "exr": "Reading its layers …",
    "glb": "Unwrapping and baking its surfaces; ten seconds to a minute …",
}
"""What is said while a file is made ready, by its kind."""


class Locking:
    """The fields of the Lock tab, and what Freeze does."""

    def __init__(self, screen: Screen) -> None:
        self.screen, self.store, self.dock = screen, screen.store, screen.dock
        self.correcting = Correcting(screen)

    def _show_lock(self, name: str, change: dict[str, str] | None = None) -> dict[Any, Any]:
        lock = self.store.lock(name)
        d = self.dock
        return {
            d.lock_pick: gr.Dropdown(choices=docks.choices(self.store), value=f"@{lock.name}"),
            d.lock_name: f"@{lock.name}",
            d.lock_kind: gr.Radio(visible=False),
            **dict(zip(d.policies, docks.policy_fields(lock.kind, {**lock.policies, **(change or {})}), strict=True)),
            d.lock_view: docks.lock_view(self.store, lock),
            d.lock_said: docks.lock_words(self.store, lock),
            d.consent: gr.Accordion(visible=True),
            d.consent_said: docks.consent_words(self.store, lock),
            **dict.fromkeys((d.person, d.basis, d.scope, d.until), ""),
            d.bring: gr.Column(visible=False),
            d.freeze: gr.Button(f"Freeze version {lock.version + 1}"),
        }

    def edit_lock(self, event: gr.EventData) -> dict[Any, Any]:
        """Opens a lock in the dock; with an attribute, proposes to let that one evolve."""
        attribute = told(event, "attribute")
        change = {attribute: "evolve"} if attribute else None
        return {**self._show_lock(told(event, "lock"), change), self.dock.tabs: gr.Tabs(selected="lock")}

    def new_lock(self) -> dict[Any, Any]:
        """Opens the lock tab for a picture."""
        return {**self.pick(docks.NEW_PICTURE), self.dock.tabs: gr.Tabs(selected="lock")}

    def pick(self, choice: str) -> dict[Any, Any]:
        """A subject was chosen in the lock tab."""
        if choice and choice != docks.NEW_PICTURE:
            return self._show_lock(choice.removeprefix("@"))
        d = self.dock
        warm_up()
        return {
            d.lock_pick: gr.Dropdown(choices=docks.choices(self.store), value=docks.NEW_PICTURE),
            d.lock_name: "",
            d.lock_kind: gr.Radio(visible=True, value="character"),
            **dict(zip(d.policies, docks.policy_fields("character", {}), strict=True)),
            d.lock_view: "",
            d.consent: gr.Accordion(visible=False),
            **self.bring(None, "character"),
            d.picture: None,
            d.matte: gr.File(value=None, visible=True),
            d.bring: gr.Column(visible=True),
            d.freeze: gr.Button("Freeze version 1"),
        }

    def choose_kind(self, kind: str, data: bytes | None) -> dict[Any, Any]:
        """Shows the attributes of a kind, and what can be drawn on a picture that is to become one."""
        return {
            **dict(zip(self.dock.policies, docks.policy_fields(kind, {}), strict=True)),
            **self.bring(data, kind),
        }

    def bring(self, data: bytes | None, kind: str) -> dict[Any, Any]:
        """A file came (or went): says what it is and how ready, and offers it for drawing and painting."""
        d = self.dock
        said, pixels = brought(data)
        place = kind == "set" and pixels is not None
        own_matte = pixels is not None and bool((pixels[..., 3] < 250).any())
        canvas = pixels[..., :3] if pixels is not None and (place or not own_matte) else None
        if place and pixels is not None:
            said = f"<p>{pixels.shape[1]} × {pixels.shape[0]}. Draw the horizon, something of known height, and where people stand; then look at it.</p>"
        return {
            d.lock_said: said or INVITATION,
            d.face_view: view(pixels) if pixels is not None and not place else "",
            d.face: gr.Textbox(value="", visible=kind == "character"),
            d.matte: gr.File(visible=kind != "set"),
            **(d.survey.offered(pixels) if place and pixels is not None else d.survey.hidden()),
            d.cut_view: "",
            d.cut_go: gr.Button("Look at it" if place else "Cut out"),
            d.relight: gr.Checkbox(visible=False),
            d.key: gr.Slider(visible=False),
            **self.correcting.hidden(),
            self.screen.cut: "",
            d.paint: gr.ImageEditor(
                value=canvas, visible=canvas is not None, label=docks.PAINT_PLACE if place else docks.PAINT_SUBJECT
            ),
        }

    def cutting(self, data: bytes | None) -> dict[Any, Any]:
        """Says at once that it is being made ready."""
        return {self.dock.cut_view: f"<p>{BUSY.get(kind_of(data), BUSY['picture'])}</p>"}

    def cut_out(
        self, data: Any, matte: Any, paint: Any, made: str, face: str, kind: str, key: float, *drawn: Any
    ) -> dict[Any, Any]:
        """Makes ready what was brought, by strokes and drags where there are some, and shows what came of it."""
        d = self.dock
        if not data:
            return {d.cut_view: "", self.screen.toast: toast("Bring a file first.", bad=True)}
        source = kind_of(data)
        earlier = Path(made) if made and kind != "set" else None
        asked = [f"--kind={kind}"]
        if source in FILMS:
            asked.append(f"--key={int(key)}")
        elif kind == "set" and source == "picture":
            asked += options(*drawn)
        try:
            painted = strokes_of(paint) if not matte and source not in ("glb", "exr") else None
            folder = cut(self.store, data, matte if kind != "set" else None, painted, earlier, asked)
        except MediaError as error:
            return {d.cut_view: f'<p class="bad">{esc(error)}</p>', self.screen.toast: toast(str(error), bad=True)}
        told = what_of(folder)
        what = told["what"]
        return {
            d.cut_view: shown(self.store, folder),
            d.relight: gr.Checkbox(visible=what in ("picture", "clip"), value=True),
            **(self.correcting.offered(folder, kind) if what == "picture" else self.correcting.hidden()),
            **(self._frame(folder, 0, told["frames"]) if what == "clip" else {}),
            self.screen.cut: str(folder),
            **({d.face: face_of(folder)[0]} if kind == "character" and not (face or "").strip() else {}),
        }

    def choose_frame(self, made: str, key: float) -> dict[Any, Any]:
        """Shows a frame of a clip that was cut out, to be painted on."""
        if not made or what_of(Path(made))["what"] != "clip":
            return {self.dock.paint: gr.skip()}
        return self._frame(Path(made), int(key))

    def _frame(self, folder: Path, frame: int, frames: int | None = None) -> dict[Any, Any]:
        from sora_lock.media.images import read_own

        still = read_own((folder / "stills" / f"{frame:04d}.jpg").read_bytes())
        slider = {} if frames is None else {self.dock.key: gr.Slider(0, frames - 1, 0, visible=True)}
        return {
            **slider,
            self.dock.paint: gr.ImageEditor(value=still, visible=True, label=docks.PAINT_SUBJECT),
        }

    def freezing(self, made: str) -> dict[Any, Any]:
        """Says at once that a clip is being frozen, which takes a while."""
        if not made or what_of(Path(made))["what"] != "clip":
            return {self.dock.lock_said: gr.skip()}
        return {self.dock.lock_said: "<p>Freezing every frame; about a second each where it is to be lit …</p>"}

    def freeze(
        self, request: gr.Request, scene: str, take: str | None, seen: Seen, choice: str, name: str, kind: str, data: Any, matte: Any,
        face: str, paint: Any, made: str, relight: bool, parts: Any, *policies: Any,
    ) -> dict[Any, Any]:  # fmt: skip
        """Freezes the next version of a lock, or a picture's first."""
        if not choice:
            raise InputError("Choose a subject first.")
        if choice == docks.NEW_PICTURE:
            if not data:
                raise InputError("Bring a file first.")
            wanted = docks.picked_policies(kind, policies)
            box = read_box(face or "") if kind == "character" else None
            check_name(name or "")
            of_kind: Kind = "character" if kind == "character" else "set" if kind == "set" else "prop"
            if made:
                lock = self._freeze_made(name, of_kind, Path(made), relight, parts, wanted, box)
            else:
                mine = picture(data, matte, painted_matte(paint) if not matte else None)
                lock = freeze_picture(self.store, name, of_kind, mine, policies=wanted, face_box=box)
        else:
            old = self.store.lock(choice.removeprefix("@"))
            lock = freeze_as(self.store, old, name or "", docks.picked_policies(old.kind, policies))
            if lock.lock_sha256 == old.lock_sha256:
                return {
                    self.screen.toast: toast(f"@{lock.name} is the same as version {lock.version}; nothing was frozen.")
                }
        cell = self.store.add_cell(
            scene,
            "lock",
            {"name": lock.name, "version": lock.version, "lock_sha256": lock.lock_sha256},
            name_of(request.cookies),
        )
        return {
            **self.screen.pieces(scene, take, request, seen),
            **self._show_lock(lock.name),
            self.screen.toast: toast(f"@{lock.name} version {lock.version} is frozen.", goto=cell.id),
        }

    def _freeze_made(
        self, name: str, kind: Kind, folder: Path, relight: bool, parts: Any, policies: dict[str, str], box: Any
    ) -> Lock:
        """Freezes what was made ready; painted parts are of pictures only, a face of pictures and clips."""
        what = what_of(folder)["what"]
        if what == "clip":
            said = ",".join(map(str, box)) if box else ""
            freeze_apart(self.store, check_name(name), kind, folder, relight, policies, said)
            return self.store.lock(check_name(name))
        if what != "picture":
            return freeze_cut(self.store, name, kind, folder, policies=policies)
        return freeze_cut(
            self.store,
            name,
            kind,
            folder,
            relight=relight,
            painted=painted_file(parts) if kind == "character" else None,
            proposed=not stands(parts),
            policies=policies,
            face_box=box,
        )

    def record(
        self, request: gr.Request, scene: str, take: str | None, seen: Seen, choice: str, person: str, basis: str, scope: str, until: str
    ) -> dict[Any, Any]:  # fmt: skip
        """Writes down what a real person allowed of the lock that is open."""
        lock = self._opened(choice)
        who = name_of(request.cookies)
        self.store.record_consent(lock.name, person or "", basis or "", scope or "", (until or "").strip(), who)
        return self._consented(request, scene, take, seen, lock, f"The consent for @{lock.name} is recorded.")

    def revoke(self, request: gr.Request, scene: str, take: str | None, seen: Seen, choice: str) -> dict[Any, Any]:
        """Withdraws it."""
        lock = self._opened(choice)
        self.store.revoke_consent(lock.name, name_of(request.cookies))
        return self._consented(request, scene, take, seen, lock, f"The consent for @{lock.name} is revoked.")

    def _opened(self, choice: str) -> Lock:
        if not choice or choice == docks.NEW_PICTURE:
            raise InputError("Freeze the lock first; consent is recorded for a lock.")
        return self.store.lock(choice.removeprefix("@"))

    def _consented(
        self, request: gr.Request, scene: str, take: str | None, seen: Seen, lock: Lock, words: str
    ) -> dict[Any, Any]:
        return {
            **self.screen.pieces(scene, take, request, seen),
            self.dock.consent_said: docks.consent_words(self.store, lock),
            self.screen.toast: toast(words),
        }


def freeze_as(store: Store, old: Lock, name: str, policies: dict[str, str]) -> Lock:
    """The next version of `old`, or, under another name, a lock of the same subject.

    A shipped subject is frozen as it is installed now; a picture's lock keeps its picture.
    """
    wanted = check_name(name)
    folder = ASSETS / old.subject
    if (folder / "lock.json").is_file():
        return freeze_baked(store, wanted, folder, policies)
    if wanted == old.name:
        return edit(store, old.name, policies)
    full = check_policies(old.kind, policies, old.policies)
    return store.add_lock(replace(old, name=wanted, version=1, policies=full, parent_sha256=None))
