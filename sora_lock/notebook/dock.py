"""The dock below the feed: the native fields in which everything is edited.

Place in the path: beside the feed, which only shows. This module lays the fields out and says what stands in them; what they do is in
`acts`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from sora_lock.direction import VOCABULARY
from sora_lock.errors import NotFoundError
from sora_lock.notebook import audition, inventing, parts, survey
from sora_lock.notebook.cutting import BACKGROUND, SUBJECT
from sora_lock.notebook.picture import png_size
from sora_lock.notebook.text import as_json, esc
from sora_lock.records import ATTRIBUTES, POLICIES, Lock
from sora_lock.store import Store

NEW_PICTURE = "a picture of my own"
AXES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("light", ("light",)),
    ("time", ("time",)),
    ("weather", ("weather",)),
    ("camera, performance", ("size", "angle", "move", "performance")),
)
PAINT_SUBJECT = "paint over the subject; in blue over what is not"
PAINT_PLACE = "paint over what stands apart; in blue over what is to go"
ATTRIBUTE_FIELDS = max(len(a) for a in ATTRIBUTES.values())


@dataclass
class Dock:
    """The dock's components, by what they hold."""

    tabs: Any
    code: Any
    cast: Any
    frames: Any
    fps: Any
    size: Any
    seed: Any
    invent: inventing.InventFields
    modes: Any
    lines: Any
    axes: list[Any]
    reading: Any
    said: Any
    example: Any
    shoot: Any
    lock_pick: Any
    lock_name: Any
    lock_kind: Any
    policies: list[Any]
    lock_view: Any
    freeze: Any
    lock_said: Any
    consent: Any
    consent_said: Any
    person: Any
    basis: Any
    scope: Any
    until: Any
    record: Any
    revoke: Any
    bring: Any
    audition: audition.AuditionFields
    picture: Any
    matte: Any
    face: Any
    face_view: Any
    paint: Any
    survey: survey.SurveyFields
    key: Any
    cut_go: Any
    cut_view: Any
    relight: Any
    parts: parts.PartFields
    note_title: Any
    note: Any
    note_add: Any
    note_said: Any
    export_said: Any
    export_go: Any
    report_go: Any


def piece(elem_id: str, js: str | None = None) -> Any:
    """An empty `gr.HTML` without Gradio's typography; `js` runs once it is on the page."""
    return gr.HTML("", elem_id=elem_id, js_on_load=js, apply_default_css=False)


def lay_out(store: Store) -> Dock:
    """Builds the dock inside the current Blocks context."""
    quiet: dict[str, Any] = {"container": False}
    with gr.Tabs(elem_id="dock-tabs") as tabs:
        with gr.Tab("Compose", id="compose"):
            with gr.Row(elem_id="slate"):
                code = gr.Textbox("SH010", label="shot", elem_id="code", max_length=24, min_width=90)
                cast = gr.Textbox(
                    "", label="cast", placeholder="@mara in @alley", elem_id="cast", max_length=200, scale=3
                )
                frames = gr.Textbox("48", label="frames", max_length=8, min_width=56, elem_id="frames")
                fps = gr.Textbox("24", label="fps", max_length=12, min_width=48, elem_id="fps")
                size = gr.Textbox("960x540", label="size", max_length=16, min_width=84, elem_id="size")
                seed = gr.Textbox("7", label="seed", max_length=20, min_width=56, elem_id="seed")
                engine = inventing.engine_field()
            invent = inventing.lay_out(engine)
            with gr.Row(elem_id="desk", equal_height=True):
                with gr.Column(elem_id="wishes", min_width=240), gr.Tabs(elem_id="modes") as modes:
                    with gr.Tab("Lines", id="lines"):
                        lines = gr.Textbox(
                            "",
                            lines=5,
                            max_lines=5,
                            show_label=False,
                            placeholder="one variation a line:\nnow in a heavy downpour\ngolden hour, low angle, slow push-in",
                            elem_id="lines",
                            label="variations, one a line",
                            **quiet,
                        )
                    with gr.Tab("Axes", id="axes"):
                        axes = [
                            gr.Dropdown(
                                [(v, f"{axis}:{v}") for axis in group for v in VOCABULARY.get(axis, {})],
                                multiselect=True,
                                label=title,
                                elem_classes="axis",
                                value=[],
                            )
                            for title, group in AXES
                        ]
                with gr.Column(elem_id="understood", min_width=240):
                    reading = piece("reading", SETTLE_JS)
            with gr.Row(elem_id="go"):
                said = piece("said")
                example = gr.Button("First grid", elem_id="example", variant="primary", min_width=100, scale=0)
                shoot = gr.Button("Shoot", variant="primary", elem_id="shoot", min_width=110, scale=0)
        with gr.Tab("Lock", id="lock"), gr.Row(elem_id="locking"):
            with gr.Column(elem_id="lock-see", min_width=260):
                lock_view = piece("lock-view", REGIONS_JS)
                with gr.Column(visible=False, elem_id="bring") as bring:
                    with gr.Row():
                        picture = gr.File(
                            label="picture, clip, render or model",
                            type="binary",
                            elem_id="picture",
                            height=84,
                            file_types=["image", "video", ".exr", ".glb", ".mkv"],
                        )
                        matte = gr.File(
                            label="matte, if it has no alpha",
                            type="binary",
                            elem_id="matte",
                            height=84,
                            file_types=["image"],
                        )
                    audition_fields = audition.lay_out()
                    survey_fields = survey.lay_out()
                    paint = gr.ImageEditor(
                        label=PAINT_SUBJECT,
                        type="numpy",
                        sources=(),
                        transforms=(),
                        layers=False,
                        brush=gr.Brush(colors=[SUBJECT, BACKGROUND], color_mode="fixed", default_size=36),
                        height=300,
                        elem_id="paint",
                        visible=False,
                        buttons=[],
                    )
                    key = gr.Slider(0, 1, 0, step=1, label="frame to correct", visible=False, elem_id="key", buttons=[])
                    with gr.Row(elem_id="cut-go"):
                        cut_go = gr.Button("Cut out", elem_id="cut", scale=0, min_width=100)
                        relight = gr.Checkbox(
                            True, label="light it in any set", elem_id="relight", visible=False, container=False
                        )
                    cut_view = piece("cut-view")
                    part_fields = parts.lay_out()
                    with gr.Row(elem_id="facing"):
                        face_view = piece("face-view", FACE_JS)
                        face = gr.Textbox(
                            "",
                            label="face box, optional",
                            info="Drag a box over the face, which is then compared by itself; or write it, in px of the picture.",
                            placeholder="left, top, right, bottom",
                            max_length=40,
                            min_width=120,
                            elem_id="face",
                        )
            with gr.Column(elem_id="lock-say", min_width=260):
                with gr.Column(elem_id="lock-fields", min_width=0):
                    with gr.Row():
                        lock_pick = gr.Dropdown(
                            choices(store), label="subject", elem_id="lock-pick", interactive=True, min_width=120
                        )
                        lock_name = gr.Textbox(
                            "", label="name", placeholder="@mara", max_length=60, elem_id="lock-name", min_width=100
                        )
                    lock_kind = gr.Radio(
                        ["character", "prop", "set"],
                        value="character",
                        label="kind",
                        visible=False,
                        elem_id="lock-kind",
                        elem_classes="policy-field",
                    )
                    policies = [
                        gr.Radio(
                            list(POLICIES), value="hold", label=a, elem_classes=f"policy-field a-{a}", visible=True
                        )
                        for a in ATTRIBUTES["character"]
                    ]
                    lock_said = piece("lock-said")
                    with gr.Accordion("Consent", open=False, visible=False, elem_id="consent") as consent:
                        consent_said = piece("consent-said")
                        with gr.Row():
                            person = gr.Textbox("", label="who is seen", max_length=80, min_width=110, elem_id="person")
                            basis = gr.Textbox(
                                "",
                                label="basis",
                                placeholder="release form of 3 May",
                                max_length=400,
                                min_width=130,
                                elem_id="basis",
                            )
                        with gr.Row():
                            scope = gr.Textbox("", label="scope", max_length=400, min_width=130, elem_id="scope")
                            until = gr.Textbox(
                                "",
                                label="until",
                                placeholder="2027-05-31",
                                max_length=10,
                                min_width=90,
                                elem_id="until",
                            )
                        with gr.Row(elem_id="consent-go"):
                            record = gr.Button("Record", elem_id="consent-record", scale=0, min_width=90)
                            revoke = gr.Button(
                                "Revoke", elem_id="consent-revoke", scale=0, min_width=90, variant="stop"
                            )
                freeze = gr.Button("Freeze", variant="primary", elem_id="freeze")
        with gr.Tab("Note", id="note"):
            note_title = gr.Textbox("", label="title", max_length=80, elem_id="note-title")
            note = gr.Textbox("", label="note", lines=5, max_lines=8, elem_id="note", max_length=20000)
            with gr.Row(elem_id="note-go"):
                note_said = piece("note-said")
                note_add = gr.Button("Add the note", variant="primary", elem_id="note-add", scale=0, min_width=140)
        with gr.Tab("Export", id="export"):
            export_said = piece("export-said")
            with gr.Row(elem_id="export-row"):
                export_go = gr.Button(
                    "Export circled takes", variant="primary", elem_id="export-go", scale=0, min_width=200
                )
                report_go = gr.Button("Continuity report of all takes", elem_id="report-go", scale=0, min_width=240)
    return Dock(
        tabs, code, cast, frames, fps, size, seed, invent, modes, lines, axes, reading, said, example, shoot,
        lock_pick, lock_name, lock_kind, policies, lock_view, freeze, lock_said,
        consent, consent_said, person, basis, scope, until, record, revoke, bring, audition_fields, picture, matte, face, face_view, paint, survey_fields, key, cut_go, cut_view, relight, part_fields,
        note_title, note, note_add, note_said, export_said, export_go, report_go,
    )  # fmt: skip


SETTLE_JS = "watch('value', () => window.soraLock && window.soraLock.settle(element));"
# Shows the face box over the picture that was brought; dragging there writes its field.
FACE_JS = "const draw = () => window.soraLock && window.soraLock.faceBox(); draw(); watch('value', draw);"
# Draws each region in its attribute's colour over the anchor, again after every change of what is shown.
REGIONS_JS = "const draw = () => window.soraLock && window.soraLock.regions(element); draw(); watch('value', draw);"


def choices(store: Store) -> list[str]:
    """What the lock tab can open."""
    return [f"@{lock.name}" for lock in store.locks()] + [NEW_PICTURE]


def chosen_axes(values: Sequence[Sequence[str] | None]) -> dict[str, tuple[str, ...]]:
    """The axes' fields as axis -> values; what is no "axis:value" of the vocabulary is left out."""
    out: dict[str, list[str]] = {}
    for picked in values:
        for entry in picked or ():
            axis, _, value = str(entry).partition(":")
            if value in VOCABULARY.get(axis, {}):
                out.setdefault(axis, []).append(value)
    return {axis: tuple(v) for axis, v in out.items()}


def policy_fields(kind: str, policies: Mapping[str, str]) -> list[Any]:
    """Updates of the policy fields for a kind: label, value, and hidden where the kind has fewer attributes."""
    names = ATTRIBUTES.get(kind, ATTRIBUTES["character"])  # type: ignore[call-overload]
    out = []
    for index in range(ATTRIBUTE_FIELDS):
        if index < len(names):
            name = names[index]
            out.append(
                gr.Radio(
                    label=name, value=policies.get(name, "hold"), visible=True, elem_classes=f"policy-field a-{name}"
                )
            )
        else:
            out.append(gr.Radio(visible=False))
    return out


def picked_policies(kind: str, values: Sequence[Any]) -> dict[str, str]:
    """The policy fields' values by attribute name."""
    names = ATTRIBUTES.get(kind, ATTRIBUTES["character"])  # type: ignore[call-overload]
    return {name: str(value) for name, value in zip(names, values, strict=False) if value}


def lock_view(store: Store, lock: Lock) -> str:
    """The first anchors with their regions drawn over them, in the attributes' colours."""
    figures = []
    for anchor in lock.anchors[:4]:
        try:
            width, height = png_size(store.blob(anchor.image_sha256))
        except NotFoundError:
            continue
        regions = [list(r.attributes) for r in lock.regions]
        figures.append(
            f'<figure style="aspect-ratio:{width}/{height}"><img src="/media/{esc(anchor.image_sha256)}" alt="@{esc(lock.name)}, {esc(anchor.view)}">'
            f'<canvas width="{width}" height="{height}" data-plate="/media/{esc(anchor.regions_sha256)}" data-regions="{as_json(regions)}"></canvas>'
            f"<figcaption>{esc(anchor.view)}</figcaption></figure>"
        )
    return f'<div class="plates {esc(lock.kind)}">{"".join(figures)}</div>'


ABOUT: Mapping[str, str] = {
    "photo": "Held by pixel: it keeps the light it was taken in. Cut it out to light it in any set.",
    "clip": "Held by pixel, frame by frame: it keeps the light it was taken in, and what is behind it may change.",
    "brought/relief": "Held by reflectance and lit by every set. Known from the front only; where its shape is estimated, a hard key shows the estimate's "
    "roundness, not the true shadow of the nose.",
    "brought/clip": "Held by reflectance, frame by frame, and lit by every set. Known from the front only; a hard key shows the estimate's roundness.",
    "brought/place": "Held by reflectance: any light, weather and time. Known from where the picture was taken: the camera keeps to it and moves a little; "
    "hard shadows and coloured light of the photograph stay in its colours.",
    "brought/model": "Held by reflectance, and known from every side.",
}
"""What a lock of something brought can do and cannot, by its `subject`."""


def lock_words(store: Store, lock: Lock) -> str:
    """Version, readiness and what a photograph cannot do, for the lock tab."""
    versions = len(store.versions(lock.name))
    lines = [f"<p>version {lock.version} is the latest of {versions}; a change makes version {lock.version + 1}.</p>"]
    if lock.made_by:
        who = "; ".join(f"{esc(plate)}: {esc(by)}" for plate, by in lock.made_by.items())
        lines.append(f"<p>Made of: {who}.</p>")
    if lock.subject in ABOUT:
        lines.append(f"<p>{ABOUT[lock.subject]}</p>")
    return "".join(lines) + readings(lock)


def consent_words(store: Store, lock: Lock) -> str:
    """What was recorded of a real person's consent, for the lock tab."""
    rows = store.consents(lock.name)
    if not rows:
        return "<p>Nothing is recorded. For a lock of a real person, write down who allowed it and on what basis; revoking it stops new takes and exports.</p>"
    ended = store.withdrawn().get(lock.name, "")
    last = rows[-1]
    until = f", until {esc(last.until_date)}" if last.until_date else ""
    scope = f", for {esc(last.scope)}" if last.scope else ""
    state = f'<p class="cannot">{esc(ended)}</p>' if ended else ""
    return f"{state}<p>{esc(last.event)} {esc(last.created_utc[:10])}: {esc(last.person)}, {esc(last.basis)}{scope}{until}; recorded by {esc(last.recorded_by)}.</p>"


def readings(lock: Lock) -> str:
    """Lock-readiness in plain words."""
    if not lock.readiness:
        return ""
    items = "".join(f'<li class="{esc(r.level)}"><b>{esc(r.quantity)}</b> {esc(r.words)}</li>' for r in lock.readiness)
    return f'<ul class="readings">{items}</ul>'
