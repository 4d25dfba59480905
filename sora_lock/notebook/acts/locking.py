"""Locking: opening a lock in the dock, bringing a picture, freezing the next version.

Place in the path: between the dock's Lock tab and `lock`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from sora_lock.errors import InputError, MediaError
from sora_lock.freeze import edit, freeze_baked, freeze_cut, freeze_picture
from sora_lock.lock import check_name, check_policies, read_box
from sora_lock.notebook import dock as docks
from sora_lock.notebook.acts.correcting import Correcting
from sora_lock.notebook.cutting import cut, face_of, shown, strokes_of, warm_up
from sora_lock.notebook.events import toast, told
from sora_lock.notebook.parts import painted_file, stands
from sora_lock.notebook.picture import brought, painted_matte
from sora_lock.notebook.screen import Screen, Seen
from sora_lock.notebook.text import esc
from sora_lock.paths import ASSETS
from sora_lock.records import Kind, Lock
from sora_lock.server.sign_in import name_of
from sora_lock.store import Store
from sora_lock.subjects.photo import picture

INVITATION = (
    "<p>Bring a picture and cut it out: the subject is found, or follows your strokes, and its colours, shape and depth are estimated, so that "
    "any light can reach it in any set. Frozen with a matte alone it is held by pixel and keeps the light it has.</p>"
)


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
            **self.bring(None),
            d.face: gr.Textbox(value="", visible=True),
            d.picture: None,
            d.matte: None,
            d.bring: gr.Column(visible=True),
            d.freeze: gr.Button("Freeze version 1"),
        }

    def choose_kind(self, kind: str) -> dict[Any, Any]:
        """Shows the attributes of a kind, and the face box for who has a face."""
        return {
            **dict(zip(self.dock.policies, docks.policy_fields(kind, {}), strict=True)),
            self.dock.face: gr.Textbox(visible=kind == "character"),
        }

    def bring(self, data: bytes | None) -> dict[Any, Any]:
        """A picture came (or went): says what it is and how ready, shows it for the face box, and offers it for painting."""
        said, view, canvas = brought(data)
        return {
            self.dock.lock_said: said or INVITATION,
            self.dock.face_view: view,
            self.dock.face: "",
            self.dock.cut_view: "",
            self.dock.relight: gr.Checkbox(visible=False),
            **self.correcting.hidden(),
            self.screen.cut: "",
            self.dock.paint: gr.ImageEditor(value=canvas, visible=canvas is not None),
        }

    def cutting(self) -> dict[Any, Any]:
        """Says at once that the picture is being cut out."""
        return {self.dock.cut_view: "<p>Finding the subject, its colours, shape and depth; some ten seconds …</p>"}

    def cut_out(self, data: Any, matte: Any, paint: Any, made: str, face: str, kind: str) -> dict[Any, Any]:
        """Cuts the picture out, by strokes where there are some, and shows what was estimated."""
        d = self.dock
        if not data:
            return {d.cut_view: "", self.screen.toast: toast("Bring a picture first.", bad=True)}
        try:
            strokes = strokes_of(paint) if not matte else None
            folder = cut(self.store, data, matte, strokes, Path(made) if made else None)
        except MediaError as error:
            return {d.cut_view: f'<p class="bad">{esc(error)}</p>', self.screen.toast: toast(str(error), bad=True)}
        return {
            d.cut_view: shown(self.store, folder),
            d.relight: gr.Checkbox(visible=True, value=True),
            **self.correcting.offered(folder, kind),
            self.screen.cut: str(folder),
            **({d.face: face_of(folder)[0]} if kind == "character" and not (face or "").strip() else {}),
        }

    def freeze(
        self, request: gr.Request, scene: str, take: str | None, seen: Seen, choice: str, name: str, kind: str, data: Any, matte: Any,
        face: str, paint: Any, made: str, relight: bool, parts: Any, *policies: Any,
    ) -> dict[Any, Any]:  # fmt: skip
        """Freezes the next version of a lock, or a picture's first."""
        if not choice:
            raise InputError("Choose a subject first.")
        if choice == docks.NEW_PICTURE:
            if not data:
                raise InputError("Bring a picture first.")
            wanted = docks.picked_policies(kind, policies)
            box = read_box(face or "") if kind == "character" else None
            check_name(name or "")
            of_kind: Kind = "character" if kind == "character" else "prop"
            more: dict[str, Any] = {"policies": wanted, "face_box": box}
            if made:
                painted = painted_file(parts) if of_kind == "character" else None
                lock = freeze_cut(
                    self.store,
                    name,
                    of_kind,
                    Path(made),
                    relight=relight,
                    painted=painted,
                    proposed=not stands(parts),
                    **more,
                )
            else:
                mine = picture(data, matte, painted_matte(paint) if not matte else None)
                lock = freeze_picture(self.store, name, of_kind, mine, **more)
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
