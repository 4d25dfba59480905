"""The command that draws candidates from words, as files to be cut out and locked like any picture.

Place in the path: on top; `sora_lock.audition` draws. The page runs it as a process of its own and reads its lines.
"""

from __future__ import annotations

import signal
from argparse import ArgumentParser, Namespace
from pathlib import Path

from sora_lock.audition.models import LISTED, USUAL, find
from sora_lock.commands.opening import Result
from sora_lock.errors import PolicyError, ShotError


def add_options(parser: ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--kind", choices=["character", "prop", "set"], required=True, help="what it is going to be")
    parser.add_argument("--portrait", action="store_true", help="of a character: from the shoulders up")
    parser.add_argument("--text", required=True, metavar="WORDS", help="“an old man in a striped coat”")
    parser.add_argument("--count", type=int, default=4, metavar="N", help="candidates, 1 to 12 (default: 4)")
    parser.add_argument(
        "--model", default="", metavar="ID_OR_DIR",
        help=f"{', '.join(LISTED)}, or a folder in diffusers' layout (default: {USUAL})",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=7, help="of the first candidate; the others follow (default: 7)")
    parser.add_argument("--size", default="", metavar="WxH", help="px, multiples of 16 (default: the model's usual)")
    parser.add_argument("--steps", type=int, default=None, help="of the diffusion (default: the model's usual)")
    parser.add_argument("--guidance", type=float, default=None, help="by the text (default: the model's usual)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")


def audition(args: Namespace) -> Result:
    """Draws candidates; a line of progress now and then on standard output, unless JSON is wanted."""
    from sora_lock.audition.draw import Asked
    from sora_lock.audition.draw import audition as draw
    from sora_lock.export.credentials import sign_drawn

    if args.portrait and args.kind != "character":
        raise PolicyError(f"Only a character has a portrait; leave --portrait of a {args.kind} out.")
    asked = Asked(
        args.text, "portrait" if args.portrait else args.kind, args.count, args.seed, _size(args.size), args.steps,
        args.guidance,
    )  # fmt: skip
    asked.check()
    # A polite kill ends like Ctrl-C: what is drawn stays, whole, and nothing else.
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    def sign(model: str, seed: int, title: str, path: Path) -> None:
        sign_drawn(path, args.data, model, seed, title)

    row = draw(find(args.model), asked, args.out, (lambda _: None) if args.json else _say, sign)
    drawn = [str(args.out / c["file"]) for c in row["candidates"]]
    return row | {"out": str(args.out)}, [f"{len(drawn)} candidates by {row['model']}."], 0


def _say(line: str) -> None:
    print(line.encode("ascii", "backslashreplace").decode(), flush=True)


def _size(text: str) -> tuple[int, int] | None:
    """ "832x1216" as numbers; None for nothing; ShotError for anything else."""
    if not text.strip():
        return None
    sides = text.lower().replace("×", "x").split("x")
    if len(sides) != 2 or not all(s.strip().isascii() and s.strip().isdigit() and len(s) < 6 for s in sides):
        raise ShotError(f"The size is {text[:40]!r}; write width and height, for example 832x1216.")
    return int(sides[0]), int(sides[1])
