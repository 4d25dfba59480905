"""What `cutout` does with a location still: the survey that was drawn on it, and the folder of a place.

Place in the path: on top, under `bringing`; `subjects.still` and `subjects.projected` do the work.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from sora_lock.commands.opening import Result, read_file, read_strokes
from sora_lock.commands.rendered import pair
from sora_lock.errors import PolicyError
from sora_lock.lock import read_box
from sora_lock.media.deep import EXR
from sora_lock.subjects.survey import Line, Survey, read_points

if TYPE_CHECKING:
    from sora_lock.subjects.place import Made

FOREIGN = ("matte", "box", "earlier", "height")
"""What is told of figures and props only."""


def add_options(parser: ArgumentParser) -> None:
    """The options with which a location still is surveyed."""
    place = parser.add_argument_group("of a set: a location still, drawn on in px of the picture")
    place.add_argument(
        "--horizon", default="", metavar="X,Y,X,Y", help="two points at the height of the camera's eye (default: level)"
    )
    place.add_argument(
        "--upright", default="", metavar="X,Y,X,Y", help="foot and top of something of known height on the ground"
    )
    place.add_argument("--upright-m", type=float, default=1.75, metavar="METRES", help="that height (default: 1.75)")
    place.add_argument("--mark", default="", metavar="X,Y", help="where people stand, on the ground")
    place.add_argument(
        "--ground-end", default="", metavar="X,Y,...", help="points along which the ground ends (default: found)"
    )
    place.add_argument("--focal-mm", type=float, metavar="MM", help="equivalent focal length (default: 26)")
    place.add_argument("--indoors", action="store_true", help="there is a ceiling and no sky")
    place.add_argument(
        "--apart",
        action="append",
        default=[],
        metavar="X0,Y0,X1,Y1",
        help="a box around something that stands apart; repeat",
    )
    place.add_argument(
        "--remove",
        action="append",
        default=[],
        metavar="X0,Y0,X1,Y1",
        help="a box around something to take away; repeat",
    )
    place.add_argument(
        "--clean-plate", type=Path, metavar="FILE", help="a picture of the place without it (default: made up)"
    )
    place.add_argument("--depth", type=Path, metavar="FILE", help="planar metres from the camera: EXR")
    place.add_argument(
        "--reflectance", type=Path, metavar="FILE", help="its colours without light: EXR (linear) or a picture"
    )


def cutout(args: Namespace) -> Result:
    """The result of `cutout` for a location still, or a render of a place."""
    told = [name for name in FOREIGN if getattr(args, name)]
    if told:
        raise PolicyError(f"A set has no {', '.join(told)}; leave {', '.join('--' + t for t in told)} out.")
    data = read_file(args.image)
    made = _of_render(args, data) if data[:4] == EXR else _of_picture(args, data)
    marks = ", ".join(made.marks)
    lines = [
        f"{args.out}: a place seen from {made.eye_m:.2f} m above the ground; people stand {made.mark_m:.1f} m away, at {marks}.",
        *(f"  {plate}: {who}" for plate, who in made.made_by.items()),
        *(f"  {n}" for n in made.notes),
    ]
    row = {
        "out": str(args.out), "kind": "set", "eye_m": made.eye_m, "mark_m": made.mark_m, "marks": list(made.marks),
        "made_by": dict(made.made_by), "notes": list(made.notes),
    }  # fmt: skip
    return row, lines, 0


def _of_picture(args: Namespace, data: bytes) -> Made:
    from sora_lock.subjects.place import write_place
    from sora_lock.subjects.still import still

    place = still(
        data, survey_of(args),
        indoors=args.indoors, apart=_boxes(args.apart), remove=_boxes(args.remove),
        strokes=read_strokes(args.strokes) if args.strokes else None,
        clean=read_file(args.clean_plate) if args.clean_plate else None,
        files={q: read_file(p) for q in ("depth", "reflectance") if (p := getattr(args, q)) is not None}, by=args.estimator,
    )  # fmt: skip
    return write_place(args.out, place)


def _of_render(args: Namespace, data: bytes) -> Made:
    from sora_lock.subjects.place import write_place
    from sora_lock.subjects.render import read
    from sora_lock.subjects.render_place import place_of

    if args.apart or args.remove or args.strokes or args.clean_plate or args.depth or args.reflectance:
        raise PolicyError(
            "A render brings its own plates; leave --apart, --remove, --strokes, --clean-plate, --depth and --reflectance out, and render it without what is to go."
        )
    found = read(data, units=args.units, layers=dict(pair(told) for told in args.layer), whole=True)
    return write_place(args.out, place_of(found, survey_of(args), args.indoors))


def survey_of(args: Namespace) -> Survey:
    """What was drawn, from the options.

    Raises:
        MediaError: for points that are none.
    """

    def line(text: str, what: str) -> Line | None:
        points = read_points(text, what, 2, 2)
        return (points[0], points[1]) if points else None

    mark = read_points(args.mark, "mark", 1, 1)
    return Survey(
        line(args.horizon, "horizon"), line(args.upright, "upright"), args.upright_m, mark[0] if mark else None,
        read_points(args.ground_end, "end of the ground", 2, 60), args.focal_mm,
    )  # fmt: skip


def _boxes(texts: list[str]) -> list[tuple[int, int, int, int]]:
    return [box for text in texts if (box := read_box(text, "box")) is not None]
