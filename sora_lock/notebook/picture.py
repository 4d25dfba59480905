"""A person's own picture on its way into a lock: what was brought, painted, and how ready it is.

Place in the path: between the dock's fields and `lock`. Files are decoded by `subjects.photo`, in its limited child process; here only
headers are read.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sora_lock.errors import MediaError
from sora_lock.media.probe import FILMS, PICTURES, sniff

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VIEW_PX, GROUND = 720, (33, 30, 27)


def png_size(path: Path) -> tuple[int, int]:
    """Width and height of a PNG, from its header.

    Raises:
        MediaError: when it is no PNG.
    """
    with path.open("rb") as file:
        head = file.read(24)
    if len(head) < 24 or head[:8] != b"\x89PNG\r\n\x1a\n":
        raise MediaError("An anchor is not a PNG; run `verify`.")
    width, height = struct.unpack(">II", head[16:24])
    return int(width), int(height)


def painted_matte(editor: Mapping[str, Any] | None) -> NDArray[np.uint8] | None:
    """What was painted in the editor as a matte, uint8 [H, W], 255 where the brush went; None when nothing was painted.

    Args:
        editor: the value of a `gr.ImageEditor` of type "numpy": layers are RGBA uint8 [H, W, 4].
    """
    import numpy as np

    matte: NDArray[np.uint8] | None = None
    for layer in (editor or {}).get("layers") or ():
        pixels = np.asarray(layer)
        if pixels.ndim != 3 or pixels.shape[2] != 4:
            continue
        alpha = pixels[:, :, 3].astype(np.uint8)
        matte = alpha if matte is None else np.maximum(matte, alpha)
    return matte if matte is not None and bool(matte.any()) else None


OTHERS: Mapping[str, str] = {
    **dict.fromkeys(
        FILMS,
        "A clip of {size}: cut out, its subject is looked for in the first frame, and its matte carried through the others.",
    ),
    "exr": "A render of {size}: cut out, its layers are read by their names.",
    "glb": "A model of {size}: cut out, it becomes what you chose above: its shapes, surfaces, lamps and expressions.",
}
"""What is said of files that are no pictures, by their kind."""


def kind_of(data: bytes | None) -> str:
    """What a file is: "picture", or a key of `OTHERS`; "" for none, or for nothing that can be brought."""
    if not data:
        return ""
    try:
        kind = sniff(data)
    except MediaError:
        return ""
    return "picture" if kind in PICTURES else kind if kind in OTHERS else ""


def brought(data: bytes | None) -> tuple[str, NDArray[np.uint8] | None]:
    """What a file is and how ready for a lock, as HTML; and its pixels, uint8 [H, W, 4], where it is a picture.

    Args:
        data: the file as uploaded; None when it was taken away.
    """
    from sora_lock.errors import InputError
    from sora_lock.lock import readiness
    from sora_lock.media.images import open_image
    from sora_lock.notebook.text import esc

    if not data:
        return "", None
    kind = kind_of(data)
    if kind in OTHERS:
        return f"<p>{OTHERS[kind].format(size=f'{len(data) / 2**20:.1f} MB')}</p>", None
    try:
        still = open_image(data)
    except InputError as error:
        return f'<p class="bad">{esc(error)}</p>', None
    pixels = still.rgba
    alpha = pixels[:, :, 3]
    if bool((alpha < 250).any()):
        lines = "".join(
            f'<li class="{esc(r.level)}"><b>{esc(r.quantity)}</b> {esc(r.words)}</li>'
            for r in readiness(pixels[:, :, :3], (alpha / 255).astype("float32"))
        )
        return f'<p>It brings its own matte.</p><ul class="readings">{lines}</ul>', pixels
    height, width = pixels.shape[:2]
    return f"<p>{width} × {height}. It has no alpha: cut it out, or bring a matte.</p>", pixels


def view(rgba: NDArray[np.uint8]) -> str:
    """A picture that is not in the store yet, small and within the HTML itself, on which a face box can be drawn.

    Args:
        rgba: uint8 [H, W, 4], straight alpha.
    """
    import base64

    import numpy as np

    from sora_lock.media.images import jpeg, resize

    height, width = rgba.shape[:2]
    share = min(1.0, VIEW_PX / max(height, width))
    small = resize(rgba, max(1, round(width * share)), max(1, round(height * share))).astype(np.float32)
    alpha = small[:, :, 3:] / 255
    over = np.rint(small[:, :, :3] * alpha + np.array(GROUND, np.float32) * (1 - alpha)).astype(np.uint8)
    source = "data:image/jpeg;base64," + base64.b64encode(jpeg(over, 85)).decode()
    return (
        f'<figure data-width="{width}" data-height="{height}" style="aspect-ratio:{width}/{height}">'
        f'<img src="{source}" alt="the picture you brought" draggable="false"><i class="box" hidden></i></figure>'
    )
