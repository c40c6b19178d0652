"""The glyph depends on the character alone: not on where, how large, in which colours or in which file."""

from itertools import product

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from ocr_demo.preprocess import INK_SIDE, SIZE, to_glyph
from tests.arabic_drawings import penned
from tests.drawings import STROKES, drawn, encoded

CHARACTERS = st.sampled_from(sorted(STROKES))


def difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """How much two glyphs differ, as a share of their ink: 0 if equal, 1 if they have no ink in common."""
    return float(np.abs(one.astype(float) - other).sum() / max(1.0, one.sum() + float(other.sum())))


@given(CHARACTERS, st.integers(20, 140), st.integers(20, 140))
@settings(max_examples=40, deadline=None)
def test_moving_changes_nothing(character: str, left: int, top: int) -> None:
    assert difference(to_glyph(drawn(character)), to_glyph(drawn(character, left=left, top=top))) < 0.01


@given(CHARACTERS, st.integers(32, 900))
@settings(max_examples=40, deadline=None)
def test_scaling_changes_little(character: str, side: int) -> None:
    scaled = cv2.resize(drawn(character), (side, side), interpolation=cv2.INTER_AREA)
    assert difference(to_glyph(drawn(character)), to_glyph(scaled)) < (0.2 if side >= 100 else 0.36)


def longer_side(glyph: NDArray[np.uint8]) -> float:
    """Of its ink, in pixels and parts of them."""
    return max(float((glyph.max(axis=axis) / 255).sum()) for axis in (0, 1))


@pytest.mark.parametrize("side", [200, 500, 2000])
def test_the_blur_of_a_picture_made_larger_is_no_ink(side: int) -> None:
    small = np.zeros((28, 28), np.uint8)
    small[4:24, 5:9] = small[4:24, 19:23] = small[12:16, 5:23] = 255
    large = cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC)
    assert longer_side(to_glyph(large)) == pytest.approx(longer_side(to_glyph(small)), abs=0.5)


@pytest.mark.parametrize("noise", [0, 4])
@pytest.mark.parametrize("character", sorted(STROKES.keys() - {"i"}))  # whose thin end blur wears away
def test_a_blurred_drawing_is_as_large_as_a_sharp_one(character: str, noise: int) -> None:
    sharp = drawn(character)
    grain = np.random.default_rng(0).normal(0, noise, sharp.shape)
    blurred = np.clip(cv2.GaussianBlur(sharp, (0, 0), 6) + grain, 0, 255).astype(np.uint8)
    assert longer_side(to_glyph(blurred)) == pytest.approx(longer_side(to_glyph(sharp)), abs=1)


@pytest.mark.parametrize("faintest", [0.0, 0.3, 0.45])
def test_a_stroke_that_gets_fainter_stays_in_the_frame(faintest: float) -> None:
    picture = np.full((400, 400), 255, np.uint8)
    picture[70:90, 90:310] = 0
    picture[80:360, 190:210] = 255 * (1 - np.linspace(1, faintest, 280))[:, None]
    glyph = to_glyph(picture)
    assert not glyph[:4].any()
    assert not glyph[60:].any()


def test_a_faint_arm_stays_in_the_frame() -> None:
    picture = np.full((400, 400), 255, np.uint8)
    picture[70:330, 190:210] = picture[70:90, 190:310] = 0
    picture[70:90, 90:190] = 135
    glyph = to_glyph(picture)
    assert not glyph[:, :4].any()
    assert not glyph[:, 60:].any()


@pytest.mark.parametrize("side", [20, 23, 26, 29, 41, 62, 149, 400])
def test_a_small_picture_keeps_the_width_of_its_character(side: int) -> None:
    """Whether it is 0 or O is often a matter of width: rounded to the pixels of a thumbnail, it is lost."""
    picture = np.full((400, 400), 255, np.uint8)
    cv2.ellipse(picture, (203, 197), (95, 150), 0, 0, 360, 0, 24, cv2.LINE_AA)
    glyph = to_glyph(cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)) / 255.0
    widest, tallest = glyph.max(axis=0).sum(), glyph.max(axis=1).sum()
    assert widest / tallest == pytest.approx((2 * 95 + 24) / (2 * 150 + 24), abs=0.012)


def test_the_grey_inside_a_narrow_loop_stays() -> None:
    picture = np.full((28, 28), 0, np.uint8)
    picture[4:24, 9:19] = 255
    picture[7:21, 12:16] = 200  # a loop that a blunt pen has nearly closed
    inside = to_glyph(picture)[28:36, 28:36]
    assert inside.mean() == pytest.approx(200, abs=8)


@pytest.mark.parametrize("ink", [0, 255])
@pytest.mark.parametrize("size", [40, 120, 190])
def test_a_filled_shape_is_no_ring(ink: int, size: int) -> None:
    picture = np.full((400, 400), 255 - ink, np.uint8)
    cv2.ellipse(picture, (203, 197), (size, 2 * size // 3), 20, 0, 360, ink, -1, cv2.LINE_AA)
    assert to_glyph(picture)[24:40, 24:40].min() == 255


@given(CHARACTERS, st.integers(0, 255), st.integers(0, 255))
@settings(max_examples=60, deadline=None)
def test_any_two_greys_are_ink_and_ground(character: str, ink: int, ground: int) -> None:
    if abs(ink - ground) < 24:
        return
    share = drawn(character).astype(float) / 255
    picture = np.round(ink + (ground - ink) * share).astype(np.uint8)
    assert difference(to_glyph(drawn(character)), to_glyph(picture)) < 0.06


@pytest.mark.parametrize("character", sorted(STROKES))
def test_inverting_changes_nothing(character: str) -> None:
    picture = drawn(character)
    assert difference(to_glyph(picture), to_glyph(255 - picture)) < 0.01


FORMATS = {
    "PNG": {},
    "BMP": {},
    "TIFF": {},
    "PPM": {},
    "GIF": {},
    "WEBP": {"lossless": True},
    "JPEG": {"quality": 75},
}


@pytest.mark.parametrize(("form", "character"), list(product(FORMATS, "RA")))
def test_a_saved_drawing_reads_as_the_drawing(form: str, character: str) -> None:
    picture = drawn(character)
    data = encoded(Image.fromarray(picture).convert("RGB"), form, **FORMATS[form])
    bound = 0.03 if form == "JPEG" else 0.0
    assert difference(to_glyph(picture), to_glyph(data)) <= bound


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "I;16", "F"]
)
def test_every_mode_reads_alike(mode: str) -> None:
    grey = Image.fromarray(drawn("R"))
    if mode == "I;16":
        image = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    else:
        image = (
            grey.convert("RGB").convert(mode) if mode in ("HSV", "YCbCr", "CMYK", "P") else grey.convert(mode)
        )
    assert image.mode == mode
    assert difference(to_glyph(grey), to_glyph(image)) < (
        0.1 if mode == "1" else 0.05
    )  # "1" has no soft edges


def test_the_noise_of_a_blank_16_bit_scan_is_no_ink() -> None:
    noise = np.random.default_rng(0).integers(0, 4, (300, 300)).astype(np.uint16)
    assert not to_glyph(noise + 60_000).any()


@pytest.mark.parametrize("level", [0.9, 200.0, 60_000.0])
def test_the_noise_of_a_blank_scan_in_floats_is_no_ink(level: float) -> None:
    noise = np.random.default_rng(0).normal(level, level / 1000, (300, 300)).astype(np.float32)
    assert not to_glyph(noise).any()
    assert not to_glyph(Image.fromarray(noise)).any()


@pytest.mark.parametrize("scale", [1 / 255, 1.0, 257.0])
def test_floats_of_any_scale_read_as_bytes_do(scale: float) -> None:
    assert difference(to_glyph(drawn("R")), to_glyph(drawn("R") * np.float32(scale))) < 0.02


@pytest.mark.parametrize(("kind", "value"), [("uint16", 65_535), ("float32", -9999), ("float32", 1e38)])
def test_a_pixel_without_data_changes_little(kind: str, value: float) -> None:
    plane = drawn("R").astype(kind)
    plane[3, 3] = value
    assert difference(to_glyph(drawn("R")), to_glyph(plane)) < 0.02


@pytest.mark.parametrize("kind", ["uint16", "float32"])
def test_a_small_letter_on_a_large_sheet_is_no_pixel_without_data(kind: str) -> None:
    plane = np.full((1000, 1000), 255, np.uint8)
    plane[500, 500:517] = plane[500:517, 508] = 0
    assert difference(to_glyph(plane), to_glyph(plane.astype(kind) * 200)) < 0.02


@pytest.mark.parametrize("mode", ["La", "RGBa"])
def test_weighted_transparency_reads_alike(mode: str) -> None:
    image = Image.fromarray(drawn("R")).convert("LA")
    weighted = image.convert(mode) if mode == "La" else image.convert("RGBA").convert(mode)
    assert difference(to_glyph(drawn("R")), to_glyph(weighted)) < 0.02


def test_a_12_bit_scan_reads_as_its_8_bit_copy() -> None:
    scan = drawn("R").astype(np.uint16) * 16
    assert difference(to_glyph(drawn("R")), to_glyph(scan)) < 0.02


@pytest.mark.parametrize("ink", [(0, 0, 0), (255, 255, 255), (200, 30, 30)])
def test_transparent_grounds_show_the_ink(ink: tuple[int, int, int]) -> None:
    opacity = 255 - drawn("R")
    pixels = np.dstack([np.full_like(opacity, channel) for channel in ink] + [opacity])
    assert difference(to_glyph(drawn("R")), to_glyph(pixels)) < 0.03


@pytest.mark.parametrize("strongest", [1.0, 0.45, 0.1])
def test_a_layer_of_any_opacity_shows_its_ink(strongest: float) -> None:
    opacity = np.round((255 - drawn("R")) * strongest).astype(np.uint8)
    picture = np.dstack([np.zeros((*opacity.shape, 3), np.uint8), opacity])
    assert difference(to_glyph(drawn("R")), to_glyph(picture)) < 0.05


def test_a_palette_with_transparency_reads_alike() -> None:
    image = Image.fromarray(drawn("A")).convert("P")
    data = encoded(image, "PNG", transparency=255)
    assert difference(to_glyph(drawn("A")), to_glyph(data)) < 0.05


def test_an_opaque_card_on_a_transparent_ground_is_read_as_a_card() -> None:
    card = drawn("R")
    opacity = np.zeros_like(card)
    opacity[10:-10, 10:-10] = 255
    assert difference(to_glyph(card), to_glyph(np.dstack([card, card, card, opacity]))) < 0.03


@pytest.mark.parametrize(
    ("ink", "ground"),
    [((200, 30, 30), (40, 130, 60)), ((30, 60, 200), (250, 220, 60)), ((250, 250, 90), (90, 40, 120))],
)
def test_coloured_ink_on_coloured_paper(ink: tuple[int, int, int], ground: tuple[int, int, int]) -> None:
    share = drawn("A")[:, :, None].astype(float) / 255
    picture = np.round(np.array(ink) * (1 - share) + np.array(ground) * share).astype(np.uint8)
    assert difference(to_glyph(drawn("A")), to_glyph(picture)) < 0.05


@pytest.mark.parametrize("softness", [1.0, 40.0])
@pytest.mark.parametrize("angle", [0.0, 1.0, 2.2])
def test_a_shadow_across_the_paper_is_not_ink(softness: float, angle: float) -> None:
    down, across = np.mgrid[:400, :400] - 200
    shade = 1 - 0.5 / (1 + np.exp((np.cos(angle) * across + np.sin(angle) * down) / softness))
    noise = np.random.default_rng(0).normal(0, 4, (400, 400))
    paper = 60 + drawn("R").astype(float) * (220 - 60) / 255
    photo = np.clip(paper * shade + noise, 0, 255).astype(np.uint8)
    assert difference(to_glyph(drawn("R")), to_glyph(photo)) < 0.2


@pytest.mark.parametrize("ink_side", [110, 160, 240])
@pytest.mark.parametrize("angle", [0.4, 1.2, 2.2, 2.8])
def test_where_a_shadow_ends_at_the_border_there_is_no_ink(angle: float, ink_side: int) -> None:
    down, across = np.mgrid[:400, :400] - 200
    paper = 60 + drawn("A", ink_side=ink_side).astype(float) * (220 - 60) / 255
    for offset in (-90, 90):
        shade = 1 - 0.4 / (1 + np.exp(np.cos(angle) * across + np.sin(angle) * down + offset))
        noise = np.random.default_rng(0).normal(0, 4, (400, 400))
        photo = np.clip(paper * shade + noise, 0, 255).astype(np.uint8)
        assert difference(to_glyph(drawn("A", ink_side=ink_side)), to_glyph(photo)) < 0.3


@pytest.mark.parametrize("letter", "خذزغ")
def test_a_dot_near_the_border_is_no_shadow(letter: str) -> None:
    drawing = penned(letter, 400, 0.03)
    top = int(np.flatnonzero(drawing.min(axis=1) < 255)[0])
    drawing = np.vstack([drawing[top - 8 :], np.full((top - 8, 400), 255, np.uint8)])
    shade = 1 - 0.5 / (1 + np.exp((np.arange(400)[None] - 200) / 60))
    photo = ((60 + drawing * (160 / 255)) * shade).astype(np.uint8)
    assert difference(to_glyph(drawing), to_glyph(photo)) < 0.2


def test_exif_orientation_turns_the_picture_upright() -> None:
    upright = Image.fromarray(drawn("R"))
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by 90° clockwise
    data = encoded(upright.rotate(90), "JPEG", exif=exif.tobytes(), quality=95)
    assert difference(to_glyph(upright), to_glyph(data)) < 0.03


@pytest.mark.parametrize("form", ["GIF", "WEBP", "TIFF", "PNG"])
def test_the_first_frame_of_several_is_read(form: str) -> None:
    frames = [Image.fromarray(drawn(character)) for character in "RZ"]
    data = encoded(frames[0], form, save_all=True, append_images=frames[1:])
    assert difference(to_glyph(drawn("R")), to_glyph(data)) < 0.05


@pytest.mark.parametrize("pen", [3, 6, 18, 40])
@pytest.mark.parametrize("ink_side", [40, 120, 240])
def test_the_dot_of_an_i_stays(pen: int, ink_side: int) -> None:
    if pen * 5 > ink_side:
        return
    glyph = to_glyph(drawn("i", ink_side=ink_side, pen=pen))
    count, *_ = cv2.connectedComponents((glyph > 100).astype(np.uint8))
    assert count == 3  # ground, stem, dot


def test_specks_of_dust_are_left_out() -> None:
    picture = drawn("R")
    dusty = picture.copy()
    for x, y in np.random.default_rng(1).integers(5, 395, (12, 2)):
        dusty[y, x] = 0
    assert difference(to_glyph(picture), to_glyph(dusty)) < 0.03


def test_a_ruled_line_under_the_character_is_left_out() -> None:
    picture = drawn("R")
    ruled = picture.copy()
    ruled[370:373] = 120
    assert difference(to_glyph(picture), to_glyph(ruled)) < 0.05


def test_a_sliver_of_the_next_character_is_left_out() -> None:
    picture = drawn("R")
    crowded = picture.copy()
    crowded[120:300, 392:] = 0
    assert difference(to_glyph(picture), to_glyph(crowded)) < 0.03


@pytest.mark.parametrize("character", ["R", "A", "Z", "T", "7"])
@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_a_character_may_touch_the_border(character: str, side: str) -> None:
    picture = drawn(character)
    ys, xs = np.nonzero(picture < 128)
    cut = {
        "left": picture[:, xs.min() :],
        "right": picture[:, : xs.max() + 1],
        "top": picture[ys.min() :],
        "bottom": picture[: ys.max() + 1],
    }[side]
    assert difference(to_glyph(picture), to_glyph(cut)) < 0.12  # half of its border's soft edge is gone


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (2, 2), (28, 28), (400, 400), (3000, 20)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_blank_pictures_give_an_empty_glyph(shape: tuple[int, int], level: int) -> None:
    assert not to_glyph(np.full(shape, level, np.uint8)).any()


@pytest.mark.parametrize("seed", range(12))
def test_empty_paper_lit_from_one_side_is_blank(seed: int) -> None:
    random = np.random.default_rng(seed)
    across, down = np.meshgrid(*[np.linspace(-1, 1, 240)] * 2)
    angle = random.uniform(0, 2 * np.pi)
    light = random.uniform(20, 60) * (across * np.cos(angle) + down * np.sin(angle))
    paper = 170 + light + random.normal(0, 1.5, light.shape)
    assert not to_glyph(paper.clip(0, 255).astype(np.uint8)).any()


def test_wholly_transparent_is_blank() -> None:
    assert not to_glyph(np.zeros((50, 50, 4), np.uint8)).any()


@given(st.integers(0, 2**32 - 1), st.integers(1, 70), st.integers(1, 70))
@settings(max_examples=60, deadline=None)
def test_any_pixels_give_a_glyph(seed: int, height: int, width: int) -> None:
    random = np.random.default_rng(seed)
    channels = random.choice([0, 1, 3, 4])
    shape = (height, width) if channels == 0 else (height, width, int(channels))
    glyph = to_glyph(random.integers(0, 256, shape, dtype=np.uint8))
    assert glyph.shape == (SIZE, SIZE)
    assert glyph.dtype == np.uint8


@given(CHARACTERS)
@settings(max_examples=10, deadline=None)
def test_ink_is_centred_and_as_large_as_fits(character: str) -> None:
    ys, xs = np.nonzero(to_glyph(drawn(character)) > 20)
    assert abs((ys.min() + ys.max()) - (SIZE - 1)) <= 2
    assert abs((xs.min() + xs.max()) - (SIZE - 1)) <= 2
    assert INK_SIDE - 2 <= max(np.ptp(ys), np.ptp(xs)) + 1 <= INK_SIDE + 1  # and its soft edge


def test_the_aspect_ratio_stays() -> None:
    wide = cv2.resize(drawn("Z"), (800, 400), interpolation=cv2.INTER_AREA)
    ys, xs = np.nonzero(to_glyph(wide) > 20)
    assert np.ptp(xs) / np.ptp(ys) == pytest.approx(2, rel=0.15)


def test_fifty_megapixels_are_read() -> None:
    large = np.full((7000, 7140), 255, np.uint8)
    large[1000:6000, 3000:3800] = 0
    assert to_glyph(large).any()
