"""A scene taken along: one reel with slates, a contact sheet, the continuity report, a timeline, and the media they name.

Place in the path: the end; reads the store and writes into a folder of the user's. The page starts it as a process of its own, because it
decodes films. Everything is made in a hidden folder beside the target and moved at the end, so that a full disk or a cancelled export
leaves nothing half-written.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sora_lock.errors import StoreUnwritableError

if TYPE_CHECKING:
    from sora_lock.export.selects import Select
    from sora_lock.store import Store

__all__ = ["export_scene"]


def export_scene(
    store: Store,
    scene: str,
    out: Path,
    circled: bool = True,
    *,
    told: Callable[[str], None] | None = None,
) -> list[Path]:
    """Writes a scene's takes for the edit and for the wall.

    Into `out`, flat: `SC010_reel.mp4`; `SC010_sheet.pdf` (for print) and `SC010_sheet.png` (dark; further pages `_2`, ...); `SC010_continuity.html` and
    `.pdf`; `SC010.otio`;
    and for each take `SC010_SH020_T007.mp4` and `.mkv`, its clip and its master. Files of these names are replaced. What a model made is signed
    (`credentials`), and so are reel and sheet when they show some of it.

    Args:
        out: a folder; made if need be.
        circled: only circled takes; otherwise all finished ones.
        told: called with a line of progress now and then.

    Returns:
        The files written, the reel first.

    Raises:
        NotFoundError: for an unknown scene, or when there is nothing to export.
        ConsentError: when a take shows somebody who withdrew; nothing is written then.
        MediaError: when a take's film does not decode, or what a model made cannot be signed.
        StoreDamagedError: when the data folder's certificate cannot be used.
        StoreUnwritableError: when `out` cannot be written; nothing is left then.
    """
    from sora_lock.export.selects import selects

    chosen = selects(store, scene, circled)
    code = chosen[0].take.recipe.shot.scene
    title = next((s.title for s in store.scenes() if s.code == code), "")
    try:
        out.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".export-", dir=out))
    except OSError as fault:
        raise StoreUnwritableError(f"The folder {out} cannot be written ({fault.strerror}).") from fault
    try:
        names = _make(store, chosen, code, title, circled, work, told or (lambda _: None))
        for name in names:
            (work / name).replace(out / name)
    except OSError as fault:
        raise StoreUnwritableError(f"The export could not be written to {out} ({fault.strerror}).") from fault
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return [out / name for name in names]


def _make(
    store: Store,
    chosen: tuple[Select, ...],
    code: str,
    title: str,
    circled: bool,
    work: Path,
    told: Callable[[str], None],
) -> list[str]:
    """Makes every file in `work`; their names, in the order they are listed."""
    import numpy as np
    from PIL import Image

    from sora_lock.export.credentials import Signing
    from sora_lock.export.otio import timeline
    from sora_lock.export.reel import write_reel
    from sora_lock.export.report import of_scene
    from sora_lock.export.report_html import draw_html
    from sora_lock.export.report_pdf import draw_pdf
    from sora_lock.export.sheet import DARK, PRINT, draw_sheet, pdf
    from sora_lock.media.images import png, read_own

    media: dict[str, dict[str, str]] = {}
    signing = Signing(store)
    for select in chosen:
        take = select.take
        for kind, file, suffix in (("clip", "clip.mp4", "mp4"), ("master", "master.mkv", "mkv")):
            if file in take.files:
                name = f"{take.take}.{suffix}"
                shutil.copyfile(store.blob(take.files[file]), work / name)
                media.setdefault(take.take, {})[kind] = name
                if kind == "clip":
                    signing.sign_take(work / name, take)
    told(f"{len(chosen)} takes copied")

    def film(select: Select) -> Path:
        kept = media[select.take.take]
        return work / (kept.get("master") or kept["clip"])

    reel = f"{code}_reel.mp4"
    write_reel(
        work / reel, chosen, film, scene_title=title, told=lambda done, all_: told(f"reel: {done} of {all_} takes")
    )

    def poster(select: Select) -> Image.Image:
        return Image.fromarray(read_own(store.blob(select.take.files["poster.jpg"]).read_bytes()))

    day = datetime.now(UTC).date().isoformat()
    sheet = partial(
        draw_sheet, chosen, poster, scene=code, title=title, what="circled takes" if circled else "takes", day=day
    )
    sheets = [f"{code}_sheet.pdf"]
    (work / sheets[0]).write_bytes(pdf(sheet(PRINT), f"{code} {title}".strip()))
    for number, page in enumerate(sheet(DARK, trim=True), 1):
        name = f"{code}_sheet.png" if number == 1 else f"{code}_sheet_{number}.png"
        (work / name).write_bytes(png(np.asarray(page)))
        sheets.append(name)
    told("sheet drawn")
    clips = [(s.take, work / media[s.take.take]["clip"]) for s in chosen if "clip" in media.get(s.take.take, {})]
    for name in (reel, *sheets):
        signing.sign_gathering(work / name, clips)
    report = of_scene(store, code, circled, day)
    (work / f"{code}_continuity.html").write_text(draw_html(report), encoding="utf-8")
    (work / f"{code}_continuity.pdf").write_bytes(draw_pdf(report))
    sheets += [f"{code}_continuity.html", f"{code}_continuity.pdf"]
    told("continuity report drawn")
    edit = f"{code}.otio"
    (work / edit).write_text(timeline(chosen, code, media, title), encoding="utf-8")
    return [reel, *sheets, edit, *(name for names in media.values() for name in names.values())]
