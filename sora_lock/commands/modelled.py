"""What commands do with a GLB model: `cutout` writes its folder, `lock` freezes it at once.

Place in the path: on top, under `bringing`; `subjects.models` does the work.
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from sora_lock.commands.opening import Result, read_file
from sora_lock.errors import PolicyError

FOREIGN = ("matte", "box", "strokes", "earlier", "face", "regions", "reflectance", "normal", "depth")
"""What is told of pictures only."""


def write(args: Namespace, folder: Path) -> dict[str, Any]:
    """Brings the model that a command names and writes its folder.

    Raises:
        PolicyError: when the command also tells what only pictures have; MediaError as `subjects.models.bring.bring`.
    """
    from sora_lock.subjects.models.folder import write_model

    told = [name for name in FOREIGN if getattr(args, name, None)]
    if told:
        raise PolicyError(f"A model brings its own surfaces and parts; leave {', '.join('--' + t for t in told)} out.")
    return write_model(folder, read_file(args.image), args.kind, args.height)


def cutout(args: Namespace) -> Result:
    """The result of `cutout` for a model."""
    told = write(args, args.out)
    row = {"out": str(args.out), **{k: v for k, v in told.items() if k != "shown"}}
    lines = [
        f"{args.out}: a {told['kind']} of {told['triangles']} triangles, {told['height_m']:g} m high, on an atlas of {told['side']} px.",
        f"  parts: {', '.join(told['parts'])}",
        *(f"  {n}" for n in told["notes"]),
    ]
    return row, lines, 0
