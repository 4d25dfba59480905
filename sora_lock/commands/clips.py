"""What `cutout` does with a clip: the matte of a key frame carried to all others, and its corrections.

Place in the path: on top, under `bringing`; `subjects.clip` does the work.
"""

from __future__ import annotations

import tempfile
import time
from argparse import Namespace
from pathlib import Path

from sora_lock.commands.opening import Result, read_file, read_strokes
from sora_lock.lock import read_box


def cutout(args: Namespace) -> Result:
    """Cuts a subject out of a clip: the matte of a key frame, carried to all others; `--earlier` corrects one frame of what was made before."""
    from sora_lock.media.footage import read_footage
    from sora_lock.subjects import clip, clip_cut

    began = time.monotonic()
    data = read_file(args.image)
    strokes = read_strokes(args.strokes) if args.strokes else (None, None)
    key = clip.Key(args.key, read_box(args.box, "box"), *strokes)
    with tempfile.TemporaryDirectory() as scratch:
        footage = read_footage(data, Path(scratch) / "frames")
        if args.earlier:
            made = clip.corrected(clip_cut.read_mattes(args.earlier, footage), key)
        else:
            matte = read_footage(read_file(args.matte), Path(scratch) / "matte") if args.matte else None
            made = clip.cut_out(footage, key, matte, args.estimator)
        told = clip_cut.write_clip(args.out, made)
    row = {k: told[k] for k in ("frames", "fps", "width", "height", "keys", "made_by", "face", "notes")}
    row |= {"out": str(args.out), "covered": round(float((made.mattes >= 128).mean()), 4), "seconds": round(time.monotonic() - began, 1)}  # fmt: skip
    lines = [
        f"{args.out}: {told['frames']} frames at {told['fps']}, matte {told['made_by']} ({row['seconds']:g} s).",
        *([f"  face: {','.join(map(str, told['face']['box']))} ({told['face']['words']})"] if told["face"] else []),
        *(f"  {n}" for n in told["notes"]),
    ]
    return row, lines, 0
