"""Cutting a brought picture out and estimating what relighting needs, in a process of its own: `cutout` of the command line.

Place in the path: between the dock's picture and `lock`. The page stays light: the child has its own memory and time, and what it made lies in
the data folder's `unfinished` until it is frozen or an hour old.
"""

from __future__ import annotations

import functools
import json
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sora_lock.errors import MediaError
from sora_lock.notebook.text import esc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sora_lock.store import Store

CUT_S = 600.0
SUBJECT, BACKGROUND = "#e6a55c", "#4a90d9"
"""Brush colours: surely the subject, surely not."""


@functools.cache
def warm_up() -> None:
    """Lets a child compile what matting needs (seconds to a minute, once in an installation), while the person looks for a picture."""
    code = "from sora_lock.subjects.estimators.matting import warm_up; warm_up()"
    subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def strokes_of(editor: Mapping[str, Any] | None) -> NDArray[Any] | None:
    """What was painted, as `cutout --strokes` reads it: uint8 [H, W, 3], white subject, black background, grey unsaid; None for nothing.

    Args:
        editor: the value of a `gr.ImageEditor` of type "numpy": layers are RGBA uint8 [H, W, 4].
    """
    import numpy as np

    out = None
    for layer in (editor or {}).get("layers") or ():
        pixels = np.asarray(layer)
        if pixels.ndim != 3 or pixels.shape[2] != 4 or not pixels[..., 3].any():
            continue
        if out is None:
            out = np.full((*pixels.shape[:2], 3), 128, np.uint8)
        painted = pixels[..., 3] > 96
        warm = pixels[..., 0].astype(int) > pixels[..., 2]
        out[painted & warm], out[painted & ~warm] = 255, 0
    return out


def cut(
    store: Store,
    data: bytes,
    matte: bytes | None,
    strokes: NDArray[Any] | None,
    earlier: Path | None = None,
    asked: Sequence[str] = (),
) -> Path:
    """Runs `cutout` on what was brought; the folder it wrote.

    Strokes over what was cut out before (`earlier`) correct that; without matte, alpha or strokes the subject is looked for in all of the picture but its rim.

    Args:
        asked: further options of `cutout`.

    Raises:
        MediaError: what the child said, or that it took too long.
    """
    from sora_lock.media.images import png

    folder = store.data / "unfinished" / f"cut-{secrets.token_hex(8)}"
    folder.mkdir(parents=True)
    (folder / "brought").write_bytes(data)
    command = ["cutout", "--image", str(folder / "brought"), "--out", str(folder), "--json", "--data", str(store.data)]
    if matte is not None:
        (folder / "matte").write_bytes(matte)
        command += ["--matte", str(folder / "matte")]
    elif strokes is not None:
        (folder / "strokes.png").write_bytes(png(strokes))
        command += ["--strokes", str(folder / "strokes.png")]
        if earlier is not None and (earlier / "cut.json").is_file():
            command += ["--earlier", str(earlier)]
    command += ["--find", *asked]
    try:
        _run(command)
    except MediaError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def freeze_apart(
    store: Store, name: str, kind: str, folder: Path, relight: bool, policies: Mapping[str, str], face: str
) -> None:
    """Runs `lock` on a folder with a clip, whose frames take some seconds; policies that the command line cannot say are laid over afterwards.

    Raises:
        MediaError: what the child said, or that it took too long.
    """
    from sora_lock.freeze import edit

    held = ",".join(a for a, policy in policies.items() if policy == "hold")
    command = [
        "lock",
        f"--kind={kind}",
        f"--cut={folder}",
        f"--data={store.data}",
        "--json",
        f"--hold={held}",
        f"--face={face}",
    ]
    _run([*command, *(["--relight"] if relight else []), "--", name])
    if "evolve" in policies.values():
        edit(store, name, policies)


def _run(command: Sequence[str]) -> None:
    """A command of the command line in a process of its own, with time to do it in; MediaError with what it said when it fails."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "sora_lock", *command], capture_output=True, text=True, timeout=CUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise MediaError(
            "Making this ready took too long; bring a smaller or shorter file, or a matte of your own."
        ) from None
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()[-1:] or ["The file could not be made ready."]
        raise MediaError(said[0].removeprefix("sora_lock: "))


def what_of(folder: Path) -> dict[str, Any]:
    """What `cut.json` of a folder says."""
    told: dict[str, Any] = json.loads((folder / "cut.json").read_text(encoding="utf-8"))
    return told


def face_of(folder: Path) -> tuple[str, str]:
    """The face box that was proposed, as the field has it, and words about it; blank when none was."""
    face = what_of(folder)["face"] or {}
    return ", ".join(str(v) for v in face.get("box", ())), str(face.get("words", ""))


WORDS: Mapping[str, str] = {
    "picture": "Not right? Paint over what belongs to the subject, or in blue over what does not, and cut out again. "
    "Estimated shape takes soft light well; a hard key shows its roundness, not the true shadow of a nose.",
    "clip": "Not right somewhere? Choose that frame, paint over what belongs to the subject, or in blue over what does not, and cut out again: "
    "the frame becomes a key frame, and its matte is carried from there.",
    "place": "Is the ground where it should be, and the person as tall as a person there? If not, draw horizon, height or the ground's end anew and "
    "look again. Paint over what stands apart, or in blue over what is to go.",
    "model": "A model brings its own shape and surfaces: it can be seen from every side.",
}
"""What can be done about what was made, by what a folder holds."""


def shown(store: Store, folder: Path) -> str:
    """What was made, side by side, as HTML."""
    told = what_of(folder)
    figures = []
    for name, words, who in told["shown"]:
        sha256 = store.put((folder / Path(name).name).read_bytes())
        by = f" <i>{esc(who)}</i>" if who else ""
        figures.append(
            f'<figure><img src="/media/{sha256}" alt="{esc(words)}"><figcaption>{esc(words)}{by}</figcaption></figure>'
        )
    for name, words in told.get("films", ()):
        sha256 = store.put((folder / Path(name).name).read_bytes())
        figures.append(
            f'<figure><video src="/media/{sha256}" muted loop autoplay playsinline></video><figcaption>{esc(words)}</figcaption></figure>'
        )
    notes = "".join(f"<p>{esc(n)}</p>" for n in told.get("notes", ()))
    return f'<div class="cut {esc(told["what"])}">{"".join(figures)}</div>{notes}<p>{esc(face_of(folder)[1])} {WORDS[told["what"]]}</p>'
