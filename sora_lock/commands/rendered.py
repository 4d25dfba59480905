"""A render on its way in: what `cutout` and `lock` do with an `--image` that is a multi-layer EXR.

Place in the path: on top, beside `bringing`; `subjects.render` reads it, and a folder as `cutout` writes it is what is locked.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sora_lock.errors import PolicyError

if TYPE_CHECKING:
    from sora_lock.subjects.photo import Picture
    from sora_lock.subjects.plates import Plates

UNITS = ("m", "cm", "mm", "in", "ft")


def add_options(parser: ArgumentParser) -> None:
    """The options with which a render is read."""
    parser.add_argument(
        "--object", action="append", default=[], metavar="NAME",
        help="of an EXR render: cut this object or material out, by its cryptomatte; repeat for more (default: its alpha)",
    )  # fmt: skip
    parser.add_argument(
        "--index", action="append", default=[], type=int, metavar="N", help="the same by its object index"
    )
    parser.add_argument(
        "--units",
        choices=UNITS,
        help="of a render's depth (default: cm from Unreal and Maya, else m)",
    )
    parser.add_argument(
        "--layer", action="append", default=[], metavar="QUANTITY=NAME",
        help="which layer of a render is beauty, albedo, normal, depth, ao, alpha or index, where its naming is not known",
    )  # fmt: skip


def write_render(args: Namespace, data: bytes, folder: Path) -> tuple[Picture, Plates, dict[str, Any]]:
    """Writes the folder of a render: picture, plates, parts by their names or proposed, height; with what `cut.json` says.

    Raises:
        MediaError: as `render.read`; PolicyError for hints that only a photograph wants.
    """
    from sora_lock.subjects.cut import proposed_parts, write_cut
    from sora_lock.subjects.part_names import named_parts
    from sora_lock.subjects.render import height_of, picture_of, plates_of, read

    if args.box or args.matte or args.strokes:
        raise PolicyError(
            "A render brings its own matte; leave --box, --strokes and --matte out, or say --object NAME."
        )
    named = dict(pair(told) for told in args.layer)
    found = read(data, objects=args.object, indices=args.index, units=args.units, layers=named)
    height_m = args.height or height_of(found, args.kind)
    made = picture_of(found)
    plates = plates_of(found, made)
    parts = (named_parts(found) or proposed_parts(made)) if args.kind == "character" else None
    return made, plates, write_cut(folder, made, plates, parts, height_m)


def pair(told: str) -> tuple[str, str]:
    """QUANTITY=NAME as a person writes it; PolicyError for anything else."""
    quantity, given, name = told.partition("=")
    if not given or not quantity or not name:
        raise PolicyError(f"--layer {told[:60]} says nothing; write QUANTITY=NAME, as in --layer albedo=MyAlbedo.")
    return quantity, name
