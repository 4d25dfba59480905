"""Parts of a picture that was cut out, painted over it; and the fields in which a file takes an estimate's place.

Place in the path: within the dock's Lock tab, between `cutting` and the lock; what is done with them is in `acts.correcting`.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BRUSHES: Mapping[str, tuple[int, int, int]] = {
    "face": (232, 176, 79),
    "hair": (156, 123, 208),
    "wardrobe": (79, 155, 208),
    "body": (111, 176, 127),
}
"""Part -> the colour it is painted in, in the order of `photo.PAINTED`; the colours in which a lock's regions are shown."""
PROPOSED_ALPHA, BRUSH_ALPHA, LEAST_ALPHA = 128, 0.8, 40
"""How much a proposal and a stroke cover, of 255 and of 1; what covers less, of 255, is unpainted."""
VIEW_PX, GROUND = 900, (33, 30, 27)
REPLACEABLE = [
    ("matte", "matte"),
    ("colours without light", "reflectance"),
    ("shape (normals)", "normal"),
    ("depth", "depth"),
    ("parts", "parts"),
]


@dataclass(frozen=True)
class PartFields:
    """The components, by what they hold."""

    legend: Any
    paint: Any
    replace: Any
    what: Any
    file: Any

    def all(self) -> list[Any]:
        """All that an act may change."""
        return [self.legend, self.paint, self.replace, self.what, self.file]


def lay_out() -> PartFields:
    """Builds the fields inside the current Blocks context, hidden until something is cut out."""
    key = gr.HTML("", elem_id="parts-legend", visible=False, apply_default_css=False)
    paint = gr.ImageEditor(
        label="parts, to be painted over",
        show_label=False,
        type="numpy",
        sources=(),
        transforms=(),
        layers=False,
        brush=gr.Brush(
            colors=[(f"rgb{colour}", BRUSH_ALPHA) for colour in BRUSHES.values()], color_mode="fixed", default_size=24
        ),
        height=320,
        elem_id="parts-paint",
        visible=False,
        buttons=[],
    )
    accordion = gr.Accordion("Replace an estimate by a file", open=False, visible=False, elem_id="replace")
    with accordion, gr.Row():
        what = gr.Dropdown(REPLACEABLE, value="normal", label="what", min_width=120, elem_id="replace-what")
        file = gr.File(
            label="EXR, PNG or TIFF",
            type="binary",
            file_types=[".exr", ".png", ".tif", ".tiff", ".jpg", ".jpeg", ".webp"],
            height=84,
            elem_id="replace-file",
        )
    return PartFields(key, paint, accordion, what, file)


def legend() -> str:
    """Which colour is which part, as HTML."""
    names = " ".join(f'<span><i style="background:rgb{c}"></i>{name}</span>' for name, c in BRUSHES.items())
    return f"<p>{names}</p><p>These parts are a proposal: paint over what is wrong, rub out what is none of them.</p>"


def canvas(folder: Path) -> dict[str, Any] | None:
    """What the editor starts from: the picture on a dark ground, and the parts that `cutout` proposed; None when the folder has no parts.

    Args:
        folder: written by `cutout`.
    """
    import numpy as np
    from PIL import Image

    from sora_lock.subjects.cut import PICTURE, read_parts
    from sora_lock.subjects.photo import painted_colours, picture

    proposed = read_parts(folder)
    if proposed is None:
        return None
    made = picture((folder / PICTURE).read_bytes())
    numbers = painted_colours(made, proposed)
    tall, wide = made.alpha.shape
    share = min(1.0, VIEW_PX / max(tall, wide))
    size = (max(1, round(wide * share)), max(1, round(tall * share)))
    cover = made.alpha[..., None]
    seen = np.rint(made.rgb * cover + np.array(GROUND, np.float32) * (1 - cover)).astype(np.uint8)
    small = np.asarray(Image.fromarray(numbers).resize(size, Image.Resampling.NEAREST))
    colours = np.array([(0, 0, 0), *BRUSHES.values()], np.uint8)
    layer = np.dstack([colours[small], np.where(small > 0, PROPOSED_ALPHA, 0).astype(np.uint8)])
    return {
        "background": np.asarray(Image.fromarray(seen).resize(size, Image.Resampling.LANCZOS)),
        "layers": [layer],
        "composite": None,
    }


def stands(editor: Mapping[str, Any] | None) -> bool:
    """Whether there is a picture in the editor: then what is painted there counts, and nothing too."""
    return (editor or {}).get("background") is not None


def painted_file(editor: Mapping[str, Any] | None) -> bytes | None:
    """What stands in the editor as `photo.painted_colours` reads it, a PNG; None when nothing is painted.

    A pixel belongs to the part whose colour is nearest to its own; strokes cover most of what was there before.
    """
    import numpy as np
    from PIL import Image

    from sora_lock.subjects.photo import PAINTS

    numbers = numbers_of(editor)
    if numbers is None or not numbers.any():
        return None
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(PAINTS[numbers])).save(out, "PNG")
    return out.getvalue()


def numbers_of(editor: Mapping[str, Any] | None) -> NDArray[np.uint8] | None:
    """The editor's parts, uint8 [H, W], 0 unpainted, else as `photo.PAINTED` counts; None when it has no layer.

    Args:
        editor: the value of a `gr.ImageEditor` of type "numpy": layers are RGBA uint8 [H, W, 4].
    """
    import numpy as np

    numbers: NDArray[np.uint8] | None = None
    colours = np.array(list(BRUSHES.values()), np.float32)
    for layer in (editor or {}).get("layers") or ():
        pixels = np.asarray(layer)
        if pixels.ndim != 3 or pixels.shape[2] != 4:
            continue
        if numbers is None:
            numbers = np.zeros(pixels.shape[:2], np.uint8)
        elif numbers.shape != pixels.shape[:2]:
            continue
        on = pixels[..., 3] >= LEAST_ALPHA
        apart = np.square(pixels[on][:, None, :3].astype(np.float32) - colours).sum(axis=2)
        numbers[on] = 1 + apart.argmin(axis=1)
    return numbers
