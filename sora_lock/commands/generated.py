"""What the command line says of engines that invent: which, with what model, by which mode, how many seeds.

Place in the path: on top; the options of `fanout` that comp has no use for.
"""

from __future__ import annotations

import argparse
from argparse import Namespace
from typing import Any

from sora_lock.engines import ENGINES, engine_info
from sora_lock.errors import ShotError
from sora_lock.generation import COMPARE, MODES, planner
from sora_lock.records import Take


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds them."""
    parser.add_argument(
        "--engine", default="comp", metavar="NAME", help=f"one of {', '.join(e.name for e in ENGINES)} (default: comp)"
    )
    parser.add_argument(
        "--model", default="", metavar="ID_OR_DIR",
        help="of vace: an id of the allow-list or a directory of safetensors; of hosted: PROVIDER/OWNER/NAME",
    )  # fmt: skip
    parser.add_argument(
        "--mode",
        default="",
        metavar="MODE",
        help=f"{', '.join(MODES)}, or {COMPARE}: lock off, references and what follows, side by side (default: it follows from the shot)",
    )
    parser.add_argument("--best-of", default="1", metavar="N", help="so many seeds a variation; all are kept")
    parser.add_argument("--steps", default="0", metavar="N", help="of the diffusion (default: the model's usual)")
    parser.add_argument("--guidance", default="0", metavar="X", help="how closely text is followed (default: usual)")


def raster(args: Namespace, parent: Take | None) -> dict[str, Any]:
    """Size, frames and rate as `plan_fanout` takes them: what is said, else the parent's, else what the model was made for, else 960x540 with 48 frames at 24."""
    usual: tuple[int, int, int, str] | None = None
    if parent is not None:
        shot = parent.recipe.shot
        usual = (shot.width, shot.height, shot.frames, shot.fps)
    elif (info := engine_info(args.engine)).invents:
        usual = planner(info).usual(args.model)
    width, height, frames, fps = usual or (960, 540, 48, "24")
    if args.size:
        width, _, height = args.size.lower().partition("x")
    return {"width": width, "height": height, "frames": args.frames or frames, "fps": args.fps or fps}


def asked(args: Namespace) -> dict[str, Any]:
    """The options as `plan_fanout` takes them; ShotError for a guidance that is no number."""
    try:
        guidance = float(args.guidance)
    except ValueError:
        raise ShotError(f"The guidance is {args.guidance[:40]!r}; wanted a number, for example 5.") from None
    return {
        "engine": args.engine,
        "model": args.model,
        "mode": args.mode,
        "best_of": args.best_of,
        "steps": args.steps,
        "guidance": guidance,
    }
