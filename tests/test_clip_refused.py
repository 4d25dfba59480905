"""`cutout` on clips that cannot be used: one line that says why, status 2, and no folder."""

from pathlib import Path

import numpy as np
import pytest

from sora_lock.__main__ import main
from sora_lock.media.images import png
from tests.clip_parts import H, W, film
from tests.footage_parts import apng, coded, drawn, gif, of_two_sizes, sound

CLIPS = {
    "nothing": (lambda: b"", "empty"),
    "a list of files": (lambda: b"ffconcat version 1.0\nfile 'other.mp4'\n", "plain text"),
    "a playlist": (lambda: b"#EXTM3U\n#EXTINF:9,\nother.ts\n", "plain text"),
    "a part of a film": (lambda: coded(drawn())[:900], "damaged or cut off"),
    "sound": (sound, "no moving picture"),
    "two sizes": (of_two_sizes, "changes its size"),
    "an animated PNG": (lambda: apng(100_000), "animated"),
    "an animated GIF": (lambda: gif(100_000), "GIF"),
    "a film without a word where the subject is": (lambda: film(4), "has no matte"),
}


class TestRefused:
    @pytest.mark.parametrize("what", CLIPS)
    def test_with_one_line_and_no_folder(self, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        make, said = CLIPS[what]
        (tmp_path / "clip.mp4").write_bytes(make())
        assert main(["cutout", "--image", str(tmp_path / "clip.mp4"), "--out", str(tmp_path / "cut")]) == 2
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1
        assert [p.name for p in tmp_path.iterdir()] == ["clip.mp4"]

    def test_a_stroke_over_nothing_as_well(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "clip.mp4").write_bytes(film(4))
        strokes = np.full((H, W, 3), 128, np.uint8)
        strokes[10:12, 10:14] = 255
        (tmp_path / "strokes.png").write_bytes(png(strokes))
        command = ["cutout", "--image", str(tmp_path / "clip.mp4"), "--strokes", str(tmp_path / "strokes.png")]
        assert main([*command, "--out", str(tmp_path / "cut")]) == 2
        assert "subject" in capsys.readouterr().err
        assert not (tmp_path / "cut").exists()
