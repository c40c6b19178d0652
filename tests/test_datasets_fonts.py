"""Fonts: both cases, only what a font really draws, and no fonts that can't be read."""

import json
from pathlib import Path

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import ImageFont

from ocr_demo.characters import ALPHABETS
from ocr_demo.datasets import GlyphSet, faces, load_glyphs, scenes
from ocr_demo.datasets.faces import matplotlib_fonts
from ocr_demo.datasets.font_sources import family, variants_in
from ocr_demo.datasets.script_sources import BY_PEN, CHARACTERS, script_of
from ocr_demo.errors import DataError

LATIN = ALPHABETS["latin"]
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
pytestmark = pytest.mark.usefixtures("data_home")


def load(spec: str, **options: object) -> GlyphSet:
    return load_glyphs(spec, LATIN, workers=1, progress=False, **options)


@pytest.fixture
def fonts(tmp_path: Path) -> Path:
    """A folder with one real font."""
    folder = tmp_path / "fonts"
    folder.mkdir()
    (folder / "DejaVuSans.ttf").write_bytes((matplotlib_fonts() / "DejaVuSans.ttf").read_bytes())
    return folder


def box_glyph(width: int, height: int) -> object:
    pen = TTGlyphPen(None)
    pen.moveTo((50, 0))
    for point in ((50, height), (50 + width, height), (50 + width, 0)):
        pen.lineTo(point)
    pen.closePath()
    return pen.glyph()


def write_box_font(path: Path, sizes: dict[str, tuple[int, int]], *, flavor: str | None = None) -> None:
    """A font that draws a box for each character; .notdef is one of 400 by 700."""
    names = {character: f"box{ord(character)}" for character in sizes}
    order = [".notdef", *names.values()]
    glyphs = {".notdef": box_glyph(400, 700)}
    glyphs |= {names[character]: box_glyph(*size) for character, size in sizes.items()}
    builder = FontBuilder(1000)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap({ord(character): name for character, name in names.items()})
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(order, (600, 50)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Boxes", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.font.flavor = flavor
    builder.save(path)


def test_a_font_gives_both_cases_and_digits(fonts: Path) -> None:
    found = load(f"fonts:{fonts}")
    assert len(found) == 62
    characters = [name[-1] for name in found.names]
    assert sorted(characters) == sorted(LETTERS)
    assert [LATIN.labels[label] for label in found.labels] == [character.upper() for character in characters]
    assert len({glyph.tobytes() for glyph in found.glyphs}) > 50


def test_arabic_letters_are_drawn(fonts: Path) -> None:
    found = load_glyphs(f"fonts:{fonts}", ALPHABETS["arabic"], workers=1, progress=False)
    assert set(found.labels) == set(range(28))
    forms = {name[-1] for name, label in zip(found.names, found.labels, strict=True) if label == 17}
    assert forms == set("عﻋﻌﻊ")


def test_the_fonts_fetched_for_an_alphabet_are_its_default(fonts: Path, data_home: Path) -> None:
    (data_home / "fonts").mkdir(parents=True)
    fonts.rename(data_home / "fonts" / "arabic")
    found = load_glyphs("fonts", ALPHABETS["arabic"], workers=1, progress=False)
    assert found.names == load_glyphs("fonts:arabic", ALPHABETS["arabic"], workers=1, progress=False).names


@pytest.mark.parametrize("flavor", [None, "woff", "woff2"])
def test_a_font_whose_characters_are_all_alike_is_refused(fonts: Path, flavor: str | None) -> None:
    write_box_font(fonts / f"boxes.{flavor or 'ttf'}", dict.fromkeys(LETTERS, (500, 700)), flavor=flavor)
    found = load(f"fonts:{fonts}")
    assert len(found) == 62
    (broken,) = found.broken
    assert broken.startswith("boxes.")
    assert "all alike" in broken


def test_a_font_that_draws_notdef_has_no_characters(fonts: Path) -> None:
    write_box_font(fonts / "nothing.ttf", dict.fromkeys(LETTERS, (400, 700)))
    (broken,) = load(f"fonts:{fonts}").broken
    assert "it has 0 of the 62 characters" in broken


@pytest.mark.parametrize("name", ["material-icons-400.ttf", "LibreBarcode39.ttf", "NotoEmoji.otf"])
def test_fonts_of_icons_are_refused_by_name(fonts: Path, name: str) -> None:
    (fonts / name).write_bytes((fonts / "DejaVuSans.ttf").read_bytes())
    (broken,) = load(f"fonts:{fonts}").broken
    assert "draws no letters" in broken


def test_a_damaged_font_is_named(fonts: Path) -> None:
    (fonts / "cut.ttf").write_bytes((fonts / "DejaVuSans.ttf").read_bytes()[:5000])
    (fonts / "text.woff2").write_bytes(b"no font")
    assert [line.split(":")[0] for line in load(f"fonts:{fonts}").broken] == ["cut.ttf", "text.woff2"]


def test_a_font_that_fails_while_it_draws_is_named(fonts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (fonts / "Odd.ttf").write_bytes((fonts / "DejaVuSans.ttf").read_bytes())

    def drawn_mask(font: ImageFont.FreeTypeFont, text: str) -> np.ndarray:
        if "Odd" in str(font.path):
            raise OSError("execution context too long")
        return really_drawn(font, text)

    really_drawn = faces.drawn_mask
    monkeypatch.setattr(faces, "drawn_mask", drawn_mask)
    found = load(f"fonts:{fonts}")
    assert len(found) == 62
    assert found.broken == ("Odd.ttf: execution context too long",)


def test_a_font_is_read_by_its_shapes() -> None:
    """Bars in place of letters look like no letter."""
    bars = {
        character: np.tile(np.arange(24) * (3 + ord(character) % 7) % 5 < 2, (24, 1)).astype(np.float32)
        for character in LATIN.labels
    }
    assert faces.share_near_namesakes(bars) < faces.FEWEST_NEAREST
    assert faces.share_near_namesakes(faces.plain_thumbnails()) == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("open-sans-700.woff2:A", "open-sans"),
        ("caveat-400.woff2#1:a", "caveat"),
        ("sub/DejaVuSans-Bold.ttf:A", "DejaVuSans"),
        ("DejaVuSans.ttf#1:A", "DejaVuSans"),
    ],
)
def test_a_character_s_group_is_its_family(name: str, expected: str) -> None:
    assert family(name) == expected


def test_no_fonts_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="python -m ocr_demo fonts"):
        load(f"fonts:{tmp_path}")
    with pytest.raises(DataError, match="python -m ocr_demo fonts"):
        load("fonts:held-out")


def test_fetched_fonts_are_the_default(fonts: Path, data_home: Path) -> None:
    (data_home / "fonts").mkdir(parents=True)
    fonts.rename(data_home / "fonts" / "training")
    assert len(load("fonts")) == len(load("fonts:training")) == 62


def test_scenes_are_the_same_every_time_and_others_for_testing(fonts: Path, tmp_path: Path) -> None:
    first, again = (load(f"scenes:{fonts}", cache=tmp_path / name) for name in ("one", "two"))
    np.testing.assert_array_equal(first.glyphs, again.glyphs)
    assert 110 <= len(first) <= 124
    assert all(glyph.any() for glyph in first.glyphs)
    testing = load(f"scenes:{fonts}", split="testing", cache=tmp_path / "one")
    shared = {glyph.tobytes() for glyph in first.glyphs} & {glyph.tobytes() for glyph in testing.glyphs}
    assert len(shared) < 5


def test_the_number_of_scenes_can_be_asked_for(fonts: Path) -> None:
    assert len(load(f"scenes:{fonts}?variants=1")) <= 62
    assert variants_in("") == 2


@pytest.mark.parametrize("query", ["variants=0", "variants=x", "variants=101", "size=3"])
def test_other_options_of_scenes_are_refused(query: str) -> None:
    with pytest.raises(DataError, match="variants=N"):
        variants_in(query)


def test_scenes_differ_in_size_and_polarity(fonts: Path) -> None:
    (face,) = faces.open_faces(fonts / "DejaVuSans.ttf", LATIN)
    masks = {character: faces.drawn_mask(face.font, character) for character in face.characters}
    pictures = [scenes.scene("R", masks, str(seed)).picture for seed in range(60)]
    assert all(picture.dtype == np.uint8 and picture.ndim == 3 for picture in pictures)
    sides = [max(picture.shape) for picture in pictures]
    assert min(sides) < 40
    assert max(sides) > 150
    light = np.mean([np.median(picture) > picture.mean() for picture in pictures])
    assert 0.3 < light < 0.9


def test_the_manifest_is_pinned_and_whole() -> None:
    from ocr_demo.datasets.fetching import MANIFEST, read_manifest

    manifest = read_manifest()
    content = json.loads(MANIFEST.read_text())
    assert all(version[0].isdigit() for version in content["dependencies"].values())
    assert manifest.held_out <= set(manifest.families)
    assert manifest.handwriting <= set(manifest.families)
    assert len(manifest.held_out) == 40
    assert len(manifest.families) > 900
    assert 10 <= len(manifest.held_out & manifest.handwriting) <= 20
    assert manifest.scripts <= set(manifest.families)
    assert not manifest.scripts & (manifest.held_out | manifest.handwriting)


def test_arabic_families_are_trained_on_or_held_out() -> None:
    from ocr_demo.datasets.fetching import MANIFESTS, read_manifest

    manifest = read_manifest(MANIFESTS[1])
    assert manifest.parts == ("arabic", "arabic-held-out")
    assert len(manifest.held_out) == 8
    assert manifest.held_out < set(manifest.families)


def test_other_scripts_are_drawn_without_a_class_and_without_look_alikes(fonts: Path) -> None:
    found = load(f"scripts:{fonts}")
    assert 50 < len(found) / 2 <= CHARACTERS
    assert set(found.labels) == {-1}
    characters = {name[-1] for name in found.names}
    assert not characters & set(LETTERS)
    assert not characters & set("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕКМНОРСТХаосхі")  # Greek and Cyrillic that look Latin
    assert {script_of(character) for character in characters} > {"CYRILLIC", "ARABIC", "HEBREW"}


def test_each_character_of_another_script_is_printed_and_drawn_by_pen(fonts: Path) -> None:
    found = load(f"scripts:{fonts}")
    printed, drawn = (
        {
            name[-1]: glyph
            for name, glyph in zip(found.names, found.glyphs, strict=True)
            if (BY_PEN in name) == by_pen
        }
        for by_pen in (False, True)
    )
    assert printed.keys() == drawn.keys()
    alike = [np.corrcoef(printed[each].ravel(), drawn[each].ravel())[0, 1] for each in printed]
    assert 0.3 < np.mean(alike) < 0.9
    assert set(found.groups or ()) == {"DejaVuSans"}


def test_an_alphabet_s_own_script_is_left_out(fonts: Path) -> None:
    found = load_glyphs(f"scripts:{fonts}", ALPHABETS["arabic"], workers=1, progress=False)
    scripts = {script_of(name[-1]) for name in found.names}
    assert "LATIN" in scripts
    assert "ARABIC" not in scripts
    assert not {name[-1] for name in found.names} & set("1IlOo0")


def test_a_damaged_font_of_another_script_is_named(fonts: Path) -> None:
    (fonts / "torn.ttf").write_bytes((fonts / "DejaVuSans.ttf").read_bytes()[:3000])
    found = load(f"scripts:{fonts}")
    assert len(found.broken) == 1
    assert "torn.ttf: not a font that can be opened" in found.broken[0]
