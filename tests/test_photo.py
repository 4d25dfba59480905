"""A person's own picture: matte from anywhere, clean edge, one part or two, and its fit to a frame."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from sora_lock.errors import MediaError
from sora_lock.hold import core, paste
from sora_lock.media.images import jpeg, png
from sora_lock.records import ATTRIBUTES
from sora_lock.subjects.photo import conform, picture, regions_for

GREEN = np.array([30, 220, 50])


def figure(width: int = 300, height: int = 400, cut: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """(rgb of the subject everywhere, alpha 0..1): a red ellipse with texture, whole or cut off at the bottom."""
    y, x = np.mgrid[:height, :width] + 0.5
    cy, ry = (height, height * 0.75) if cut else (height / 2, height * 0.4)
    r = np.hypot((x - width / 2) / (width * 0.3), (y - cy) / ry)
    alpha = np.clip((1 - r) * width * 0.25 + 0.5, 0, 1)
    rng = np.random.default_rng(4)
    rgb = np.array([180, 50, 40]) + rng.integers(-20, 21, (height, width, 1))
    return rgb.astype(np.uint8), alpha.astype(np.float32)


def own(cut: bool = False, **size: int) -> bytes:
    rgb, alpha = figure(cut=cut, **size)
    return png(np.dstack([rgb, np.rint(alpha * 255).astype(np.uint8)]))


def on_green() -> tuple[bytes, np.ndarray]:
    """A photograph of the figure before a green wall, and its matte as uint8 [H, W]."""
    rgb, alpha = figure()
    mixed = rgb * alpha[..., None] + GREEN * (1 - alpha[..., None])
    return png(np.rint(mixed).astype(np.uint8)), np.rint(alpha * 255).astype(np.uint8)


class TestMatte:
    def test_comes_from_the_pictures_own_alpha(self) -> None:
        made = picture(own())
        rgb, alpha = figure()
        assert np.abs(made.alpha - alpha).max() <= 0.5 / 255 + 1e-6
        assert np.array_equal(made.rgb[made.alpha == 1], rgb[made.alpha == 1])

    @pytest.mark.parametrize("form", ["grey", "rgb", "alpha"])
    def test_comes_from_a_second_file_as_grey_colour_or_alpha(self, form: str) -> None:
        data, matte = on_green()
        grey = {
            "grey": matte,
            "rgb": np.repeat(matte[..., None], 3, axis=2),
            "alpha": np.dstack([np.zeros((*matte.shape, 3), np.uint8), matte]),
        }[form]
        assert np.abs(picture(data, png(grey)).alpha * 255 - matte).max() <= 1

    def test_can_be_painted_and_wins_over_the_others(self) -> None:
        painted = np.zeros((400, 300), np.uint8)
        painted[100:300, 100:200] = 255
        made = picture(own(), None, painted)
        assert made.alpha[200, 150] == 1
        assert made.alpha[90, 150] == 0

    def test_a_hard_painted_edge_gets_one_pixel_of_softness(self) -> None:
        painted = np.zeros((400, 300), np.uint8)
        painted[100:300, 100:200] = 255
        soft = picture(own(), None, painted).alpha
        assert 0.6 < soft[200, 100] < 0.9
        assert soft[200, 102] == 1

    def test_of_another_size_but_the_same_shape_is_fitted(self) -> None:
        data, matte = on_green()
        small = np.asarray(Image.fromarray(matte).resize((150, 200)))
        assert np.abs(picture(data, png(small)).alpha * 255 - matte).mean() < 3

    def test_of_another_shape_is_refused_in_words(self) -> None:
        data, matte = on_green()
        with pytest.raises(MediaError, match=r"300x300 and the picture 300x400"):
            picture(data, png(matte[:300]))

    def test_none_at_all_is_refused_with_the_three_ways_out(self) -> None:
        with pytest.raises(MediaError, match=r"PNG with alpha.*second file.*paint"):
            picture(on_green()[0])

    @pytest.mark.parametrize(("level", "words"), [(0, "empty"), (255, "everything")])
    def test_empty_or_everything_is_refused(self, level: int, words: str) -> None:
        with pytest.raises(MediaError, match=words):
            picture(on_green()[0], png(np.full((400, 300), level, np.uint8)))
        with pytest.raises(MediaError, match=words):
            picture(on_green()[0], None, np.full((400, 300), level, np.uint8))

    def test_a_painted_matte_with_colour_planes_is_refused(self) -> None:
        with pytest.raises(MediaError, match="one value a pixel"):
            picture(own(), None, np.zeros((400, 300, 4), np.uint8))

    def test_what_is_no_picture_is_refused(self) -> None:
        with pytest.raises(MediaError, match="HTML"):
            picture(b"<!doctype html>")
        with pytest.raises(MediaError, match="SVG"):
            picture(on_green()[0], b"<svg/>")


class TestPicture:
    def test_read_again_from_its_own_png_it_is_the_same(self) -> None:
        data, matte = on_green()
        made = picture(data, png(matte))
        again = picture(png(np.dstack([made.rgb, np.rint(made.alpha * 255).astype(np.uint8)])))
        assert np.array_equal(made.rgb, again.rgb)
        assert np.array_equal(made.alpha, again.alpha)

    def test_nothing_of_the_background_is_kept(self) -> None:
        data, matte = on_green()
        made = picture(data, png(matte))
        assert made.rgb[made.alpha == 0].max() == 0

    def test_the_soft_edge_loses_the_old_background(self) -> None:
        data, matte = on_green()
        made = picture(data, png(matte))
        edge = (made.alpha > 0.1) & (made.alpha < 0.9)
        assert edge.sum() > 500
        green_over_red = made.rgb[edge][:, 1].astype(int) - made.rgb[edge][:, 0]
        assert green_over_red.max() < 0

    def test_a_large_picture_is_reduced_and_says_so(self) -> None:
        image = Image.new("RGBA", (4000, 1000), (90, 80, 70, 0))
        image.paste((90, 80, 70, 255), (500, 200, 3000, 800))
        out = io.BytesIO()
        image.save(out, "PNG", compress_level=1)
        made = picture(out.getvalue())
        assert made.alpha.shape == (768, 3072)
        assert any("reduced" in n for n in made.notes)

    def test_a_jpeg_with_a_matte_serves_too(self) -> None:
        rgb, alpha = figure()
        made = picture(jpeg(rgb, 92), png(np.rint(alpha * 255).astype(np.uint8)))
        assert made.alpha.max() == 1


class TestRegions:
    def test_everything_is_one_part_that_has_all_attributes(self) -> None:
        made = picture(own())
        regions, plate = regions_for(made, "character")
        assert [(r.name, r.attributes) for r in regions] == [("picture", ATTRIBUTES["character"])]
        assert np.array_equal(plate, (made.alpha >= 0.5).astype(np.uint8))

    def test_a_prop_has_the_attributes_of_a_prop(self) -> None:
        assert regions_for(picture(own()), "prop")[0][0].attributes == ATTRIBUTES["prop"]

    def test_a_face_box_makes_a_part_of_its_own(self) -> None:
        made = picture(own())
        regions, plate = regions_for(made, "character", (100, 60, 200, 160))
        assert [r.name for r in regions] == ["picture", "face"]
        assert sorted(a for r in regions for a in r.attributes) == sorted(ATTRIBUTES["character"])
        assert plate[110, 150] == 2
        assert plate[300, 150] == 1
        assert plate[5, 5] == 0

    @pytest.mark.parametrize(
        "box", [(0, 0, 0, 0), (10, 10, 5, 50), (-1, 0, 50, 50), (200, 200, 400, 300), (0, 0, 9, 9)]
    )
    def test_a_face_box_beside_the_subject_is_refused(self, box: tuple[int, int, int, int]) -> None:
        with pytest.raises(MediaError, match="face box"):
            regions_for(picture(own()), "character", box)

    def test_a_face_box_follows_a_picture_that_was_reduced(self) -> None:
        image = Image.new("RGBA", (4000, 1000), (90, 80, 70, 0))
        image.paste((90, 80, 70, 255), (500, 200, 3000, 800))
        out = io.BytesIO()
        image.save(out, "PNG", compress_level=1)
        made = picture(out.getvalue())
        assert made.box((1000, 250, 2000, 750)) == (768, 192, 1536, 576)
        with pytest.raises(MediaError, match="4000x1000"):
            made.box((0, 0, 4001, 10))
        assert picture(own()).box((1, 2, 3, 4)) == (1, 2, 3, 4)


class TestConform:
    def test_a_whole_figure_stands_on_the_floor_line(self) -> None:
        fit = conform(picture(own()), 640, 360)
        rows = np.flatnonzero((fit.coverage > 0.5).any(axis=1))
        assert abs(rows[-1] + 1 - 0.94 * 360) <= 1.5
        assert abs(len(rows) - 0.8 * 360) <= 2.5

    def test_a_figure_cut_off_by_its_picture_touches_the_bottom(self) -> None:
        fit = conform(picture(own(cut=True)), 640, 360)
        assert fit.coverage[-1].max() == 1
        assert abs(np.flatnonzero((fit.coverage > 0.5).any(axis=1))[0] - 0.1 * 360) <= 2

    def test_it_stands_in_the_middle(self) -> None:
        columns = np.flatnonzero((conform(picture(own()), 640, 360).coverage > 0.5).any(axis=0))
        assert abs(columns.mean() - 319.5) <= 1

    def test_it_is_never_enlarged_above_one_and_a_half(self) -> None:
        fit = conform(picture(own(width=60, height=80)), 1280, 720)
        assert fit.transform[0][0] == 1.5

    def test_the_transform_says_where_a_pixel_went(self) -> None:
        rgb, alpha = figure()
        rgb[150:170, 140:160] = (250, 250, 250)
        made = picture(png(np.dstack([rgb, np.rint(alpha * 255).astype(np.uint8)])))
        fit = conform(made, 640, 360)
        bright = np.argwhere(fit.rgb.min(axis=2) > 230).mean(axis=0) + 0.5
        (sx, _, tx), (_, sy, ty) = fit.transform
        assert np.abs(bright - (sy * 160 + ty, sx * 150 + tx)).max() < 0.75

    def test_coverage_is_exactly_one_inside_and_zero_outside(self) -> None:
        fit = conform(picture(own()), 640, 360)
        assert (fit.coverage == 1).sum() > 5000
        assert (fit.coverage == 0).sum() > 100_000
        assert core(fit.coverage).sum() > 0.85 * (fit.coverage > 0.5).sum()

    def test_pasted_over_any_frame_its_core_has_the_very_bytes(self) -> None:
        fit = conform(picture(own()), 640, 360)
        frame = np.random.default_rng(0).integers(0, 256, (360, 640, 3), dtype=np.uint8)
        out = paste(frame, fit)
        inside = core(fit.coverage)
        assert np.array_equal(out[inside], fit.rgb[inside])
        assert np.array_equal(out[fit.coverage == 0], frame[fit.coverage == 0])

    def test_over_blue_the_edge_shows_nothing_of_the_old_green(self) -> None:
        data, matte = on_green()
        fit = conform(picture(data, png(matte)), 640, 360)
        out = paste(np.full((360, 640, 3), (0, 0, 120), np.uint8), fit)
        edge = (fit.coverage > 0.05) & (fit.coverage < 0.95)
        # Red subject over blue: green can only lie below what the subject itself has.
        assert out[edge][:, 1].max() <= 80

    def test_is_reproducible_and_its_hash_covers_pixels_and_coverage(self) -> None:
        made = picture(own())
        one, two, other = (conform(made, w, 360) for w in (640, 640, 642))
        assert one.sha256 == two.sha256 != other.sha256

    def test_a_figure_off_centre_stays_within_the_frame(self) -> None:
        rgb, alpha = figure()
        wide = np.zeros((400, 900, 4), np.uint8)
        wide[:, :300, :3], wide[:, :300, 3] = rgb, np.rint(alpha * 255)
        columns = np.flatnonzero((conform(picture(png(wide)), 640, 360).coverage > 0.5).any(axis=0))
        assert abs(columns.mean() - 319.5) <= 1
