"""The command line: a peer of the notebook on the same path.

Place in the path: on top, beside the notebook. Parses arguments, calls one function of `sora_lock.commands` and prints what it returns:
for people as lines, with `--json` as one JSON document on standard output and nothing else. An error is one line on standard error and exit
status 2.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from sora_lock import __version__
from sora_lock.errors import InputError, SoraLockError
from sora_lock.paths import default_data

PROCESSES = (
    "how many takes are made side by side (default: one a core and 3.5 GB of memory, at most 4; one a GPU at least)"
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message} (see `{self.prog} --help`)")


def _parser() -> argparse.ArgumentParser:
    from sora_lock.commands.audition import add_options as add_audition_options
    from sora_lock.commands.continuity import add_options as add_continuity_options
    from sora_lock.commands.generated import add_options as add_generation_options
    from sora_lock.commands.places import add_options as add_place_options
    from sora_lock.commands.rendered import add_options as add_render_options
    from sora_lock.commands.report import add_options as add_report_options

    common = _Parser(add_help=False)
    common.add_argument("--data", type=Path, default=None, metavar="DIR", help="data folder (default: the user's own)")
    common.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    top = _Parser(
        prog="sora_lock",
        description="Lock a character or a set once, fan out variations, see what held and what drifted.",
    )
    top.add_argument("--version", action="version", version=f"sora-lock {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)

    def add(name: str, about: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=about, description=about, parents=[common])

    add("locks", "list the locks, the latest version of each")

    p = add("lock", "lock a picture: held by pixel over any set, or with --relight under any light")
    p.add_argument("name")
    p.add_argument("--kind", choices=["character", "prop", "set"], required=True)
    p.add_argument("--image", type=Path, metavar="FILE")
    p.add_argument("--matte", type=Path, metavar="FILE", help="coverage as a second picture; else the image's alpha")
    p.add_argument("--box", default="", metavar="X0,Y0,X1,Y1", help="find the matte: a box around all of the subject")
    p.add_argument(
        "--cut", type=Path, metavar="DIR", help="picture, matte and plates from a folder that `cutout` wrote"
    )
    p.add_argument(
        "--face",
        default="",
        metavar="X0,Y0,X1,Y1",
        help="the face's box in px of the picture, to be compared by itself",
    )
    p.add_argument("--hold", default=None, metavar="A,B", help="attributes to hold (default: all); the others are free")
    p.add_argument(
        "--relight",
        action="store_true",
        help="light it with every set, by plates: estimated, or the files below; held by reflectance",
    )
    p.add_argument(
        "--reflectance", type=Path, metavar="FILE", help="its colours without light: EXR (linear) or a picture"
    )
    p.add_argument(
        "--estimator", choices=["classical", "learned"], default="classical",
        help="who guesses what no file gives: classical needs nothing, learned needs weights that are at hand",
    )  # fmt: skip
    p.add_argument("--normal", type=Path, metavar="FILE", help="normals in camera space, +Y up: EXR or a picture")
    p.add_argument("--depth", type=Path, metavar="FILE", help="metres from the camera: EXR")
    p.add_argument(
        "--regions",
        type=Path,
        metavar="FILE",
        help="parts painted over a copy: face red, hair green, wardrobe blue, body yellow",
    )
    p.add_argument(
        "--no-regions",
        action="store_true",
        help="leave out the parts that `cutout` proposed; all of it is one part then",
    )
    p.add_argument("--height", type=float, metavar="METRES", help="of the whole subject (default: the usual one)")
    add_render_options(p)
    p.set_defaults(find=False, strokes=None, earlier=None)

    p = add(
        "cutout",
        "cut a subject out of a picture or a clip and estimate what relighting needs; all of it can be looked at and corrected",
    )
    p.add_argument(
        "--image", type=Path, required=True, metavar="FILE",
        help="a picture, a clip (MP4, MOV, WebM), a render (EXR) or a model (GLB)",
    )  # fmt: skip
    p.add_argument("--kind", choices=["character", "prop", "set"], default="character", help="what it is going to be")
    p.add_argument("--matte", type=Path, metavar="FILE", help="coverage as a second picture, where there is one")
    p.add_argument("--box", default="", metavar="X0,Y0,X1,Y1", help="a box around all of the subject")
    p.add_argument(
        "--strokes",
        type=Path,
        metavar="FILE",
        help="a picture of strokes: white surely subject, black surely not, grey unsaid",
    )
    p.add_argument(
        "--height",
        type=float,
        metavar="METRES",
        help="of what the picture shows of the subject (default: 1.7), or of all of a model (default: its own)",
    )
    p.add_argument("--earlier", type=Path, metavar="DIR", help="this picture cut out before: strokes correct its matte")
    p.add_argument(
        "--find",
        action="store_true",
        help="where no matte, box or stroke says it: look for the subject in all but the rim",
    )
    p.add_argument(
        "--key", type=int, default=0, metavar="FRAME", help="of a clip: the frame that box and strokes are on"
    )
    p.add_argument(
        "--estimator", choices=["classical", "learned"], default="classical",
        help="who guesses what no file gives: classical needs nothing, learned needs weights that are at hand",
    )  # fmt: skip
    add_place_options(p)
    add_render_options(p)
    p.add_argument("--out", type=Path, required=True, metavar="DIR")

    add_audition_options(add("audition", "draw candidates for a lock from words, with a text-to-image model at hand"))

    p = add("consent", "record what a real person allowed of the lock of them, or that they withdrew")
    p.add_argument("name")
    p.add_argument("--who", default="", metavar="PERSON", help="who is seen")
    p.add_argument("--basis", default="", metavar="TEXT", help="what it rests on: “release form of 3 May”")
    p.add_argument("--scope", default="", metavar="TEXT", help="what it covers (default: this history's use)")
    p.add_argument("--until", default="", metavar="YYYY-MM-DD", help="last day it holds (default: no end)")
    p.add_argument("--by", default="", metavar="NAME", help="who records it")
    p.add_argument(
        "--revoke", action="store_true", help="withdraw it: no new takes, no exports, takes there are get marked"
    )

    p = add("fanout", "shoot variations of locked characters in a locked set")
    p.add_argument(
        "--character",
        action="append",
        required=True,
        metavar="NAME[:MARK]",
        help="who stands where (default: the set's first mark); repeat for two-handers",
    )
    p.add_argument("--set", required=True, metavar="NAME", dest="stage")
    p.add_argument("--vary", action="append", required=True, metavar="TEXT", help="one variation; repeat for more")
    p.add_argument("--scene", default="SC010")
    p.add_argument("--shot", default="SH020")
    p.add_argument("--frames", default="", help="default: as the parent, or as the model was made for, or 48")
    p.add_argument("--fps", default="", help="default: likewise, or 24")
    p.add_argument("--size", default="", metavar="WxH", help="default: likewise, or 960x540")
    p.add_argument("--seed", default="7")
    p.add_argument("--parent", metavar="TAKE", help="branch from this take: its direction is the base")
    add_generation_options(p)
    p.add_argument(
        "--allow", action="append", default=[], metavar="[LOCK.]ATTRIBUTE=POLICY", help="override a policy in this cell"
    )
    p.add_argument(
        "--aov", action="store_true", help="also write each take's layers as multi-layer EXR, and the atlases"
    )
    p.add_argument("--out", type=Path, required=True, metavar="DIR")

    p = add("history", "list scenes and takes with marks and parents")
    p.add_argument("--scene", default=None)

    p = add("verify", "re-hash every row and media file; --reshoot proves that a recipe reproduces its bits")
    p.add_argument("--reshoot", metavar="TAKE")

    p = add("export", "write a scene's takes for the edit: reel, contact sheet, OpenTimelineIO")
    p.add_argument("--scene", required=True)
    p.add_argument("--circled", action="store_true", help="only the circled takes")
    p.add_argument(
        "--aov",
        action="store_true",
        help="also write each take's layers as multi-layer EXR, filmed again by its recipe",
    )
    p.add_argument("--out", type=Path, required=True, metavar="DIR")

    p = add(
        "credentials", "show what a file's content credentials (C2PA) say, ours or anybody's, and whether they hold"
    )
    p.add_argument("file", type=Path, metavar="FILE")

    p = add("report", "write the continuity report of a scene: what held, what drifted, what was not seen")
    p.add_argument("--scene", required=True)
    p.add_argument("--circled", action="store_true", help="only the circled takes")
    add_report_options(p)

    add_continuity_options(add("continuity", "judge clips made anywhere against locks, and against each other"))

    p = add("worker", "lease and make takes until stopped")
    p.add_argument("--processes", type=int, default=None, metavar="N", help=PROCESSES)
    p.add_argument(
        "--workers", choices=["here", "ray"], default="here",
        help="here: processes of this machine, one a GPU where there are any; ray: on an existing Ray cluster (RAY_ADDRESS)",
    )  # fmt: skip
    p.add_argument(
        "--without", action="append", default=[], metavar="ENGINE", help="leave this engine's takes to others"
    )
    p.add_argument("--one", action="store_true", help=argparse.SUPPRESS)

    p = add("mark", "circle, keep or reject a take")
    p.add_argument("take")
    p.add_argument("mark", choices=["circled", "keep", "NG", "none"])

    p = add("space", "show what the hosted Space would be; --push creates it")
    p.add_argument("--push", action="store_true")

    p = add("page", "serve the notebook, with a worker beside it")
    p.add_argument("--host", default="0.0.0.0" if "SPACE_ID" in os.environ else "127.0.0.1")
    p.add_argument("--port", type=int, default=7860)
    p.add_argument("--pass-phrase", default=os.environ.get("SORA_LOCK_PASS_PHRASE"))
    p.add_argument(
        "--no-worker", action="store_true", help="serve only; run `worker` elsewhere on the same data folder"
    )
    p.add_argument("--processes", type=int, default=None, metavar="N", help=PROCESSES)
    p.add_argument("--open", action="store_true", help="open a browser")
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0 done, 1 a problem was found (`verify`, `continuity`), 2 an error."""
    try:
        args = _parser().parse_args(argv)
        args.data = args.data.expanduser().resolve() if args.data else default_data()
        from sora_lock import commands

        result, lines, status = getattr(commands, args.command)(args)
    except SoraLockError as error:
        print(" ".join(f"sora_lock: {error}".split()), file=sys.stderr)
        return 2
    except OSError as error:
        print(f"sora_lock: {error.strerror or error}: {error.filename or ''}".rstrip(": "), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    _show(result, lines, args.json)
    return int(status)


def _show(result: Any, lines: Sequence[str], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(result, ensure_ascii=True, indent=1) + "\n")
    else:
        for line in lines:
            # What a person typed may hold what the terminal's encoding does not.
            sys.stdout.write(
                line.encode(sys.stdout.encoding or "utf-8", "backslashreplace").decode(sys.stdout.encoding or "utf-8")
                + "\n"
            )
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
