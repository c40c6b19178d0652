"""What ships keeps its promises, on real data it was not trained on."""

from pathlib import Path

import pytest

from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import CHECKPOINTS, RECIPE, WEIGHTS, load_checkpoint
from ocr_demo.datasets import load_glyphs
from ocr_demo.evaluation.card import model_card
from ocr_demo.evaluation.comparison import ZOO_FOLDER, measured, read_comparison
from ocr_demo.evaluation.measuring import evaluate_source, recorded_reports
from ocr_demo.models import MODELS
from ocr_demo.preprocess import to_glyph
from ocr_demo.reading import Predictor
from ocr_demo.reading.library import ANY, Library
from ocr_demo.training.options import TrainingOptions
from ocr_demo.web.examples import examples_of
from tests.drawings import STROKES, drawn
from tests.test_dots import DOTS, drawn_letter

SHIPPED = ("arabic", "latin", "textbook")
"""Whoever trains on their own images has further ones in the same folder."""
SMALL_SETS = {"Standard OCR test": "standard-ocr.tar.gz", "Mouse A-Z": "mouse-az.tar.gz"}


@pytest.mark.parametrize("name", SHIPPED)
def test_checkpoints_are_whole_and_their_cards_say_what_their_files_say(name: str) -> None:
    checkpoint = load_checkpoint(CHECKPOINTS / name)
    assert checkpoint.history()
    assert recorded_reports(checkpoint)
    assert (checkpoint.folder / "recipe.yaml").read_text()
    assert (checkpoint.folder / "README.md").read_text() == model_card(checkpoint.folder)


def test_the_zoo_is_whole_and_its_figures_are_those_of_its_reports() -> None:
    zoo = CHECKPOINTS / ZOO_FOLDER
    comparison = read_comparison(zoo)
    assert set(comparison.networks) == set(MODELS)
    assert {len(each.reports) for each in measured(zoo, comparison)} == {7}
    for name in MODELS:
        checkpoint = load_checkpoint(zoo / name)
        assert checkpoint.contract.architecture == name
        assert checkpoint.history()
        assert not Path(TrainingOptions.from_yaml(checkpoint.folder / RECIPE).output).is_absolute()
        assert (checkpoint.folder / WEIGHTS).is_file() or comparison.networks[name].megabytes > 10


@pytest.mark.parametrize("character", sorted(STROKES))
@pytest.mark.parametrize("pen", [6, 18, 30])
def test_latin_reads_plain_drawings(character: str, pen: int) -> None:
    prediction = Predictor(load_checkpoint(CHECKPOINTS / "latin")).predict(drawn(character, pen=pen))
    assert prediction.label == character.upper()
    assert prediction.is_character


@pytest.mark.parametrize(("name", "labels"), [("latin", "RQ7K4S0"), ("arabic", "بعضقثجت")])
def test_the_examples_of_the_page_are_read(name: str, labels: str) -> None:
    predictor = Predictor(load_checkpoint(CHECKPOINTS / name))
    predictions = [predictor.predict(example.png) for example in examples_of([name]).values()]
    accepted = [prediction.label for prediction in predictions if prediction.is_character]
    assert sorted(accepted) == sorted(labels)


@pytest.mark.parametrize("letter", sorted(DOTS.keys() & set("بتث")))
@pytest.mark.parametrize("pen", [0.025, 0.055, 0.08])
def test_arabic_reads_plain_drawings(letter: str, pen: float) -> None:
    picture = drawn_letter(letter, 400, pen, 0.6)
    prediction = Predictor(load_checkpoint(CHECKPOINTS / "arabic")).predict(picture)
    assert prediction.label == letter
    assert prediction.is_character


@pytest.mark.parametrize("character", ["R", "A", "Z", "ب", "ت", "ث"])
def test_any_script_reads_each_in_its_own(character: str) -> None:
    picture = drawn(character) if character in STROKES else drawn_letter(character, 400, 0.055, 0.6)
    reader = Library(CHECKPOINTS, ANY).reader(ANY, to_glyph(picture))
    assert reader.checkpoint.name == ("latin" if character in STROKES else "arabic")


def test_ahcd_is_read_as_recorded(real_data: Path, tmp_path: Path) -> None:
    checkpoint = load_checkpoint(CHECKPOINTS / "arabic")
    spec = f"npz:{real_data / 'ahcd-test.npz'}"
    glyphs = load_glyphs(spec, ALPHABETS["arabic"], split="testing", cache=tmp_path, progress=False)
    report, _ = evaluate_source(Predictor(checkpoint), glyphs)
    (recorded,) = [each for each in recorded_reports(checkpoint) if each.name == "AHCD test"]
    assert report.accuracy == pytest.approx(recorded.accuracy, abs=0.003)


@pytest.mark.parametrize("name", SMALL_SETS)
def test_the_recorded_figures_are_what_is_measured(name: str, real_data: Path, tmp_path: Path) -> None:
    checkpoint = load_checkpoint(CHECKPOINTS / "latin")
    source = f"folder:{real_data / SMALL_SETS[name]}"
    glyphs = load_glyphs(source, ALPHABETS["latin"], split="testing", cache=tmp_path, progress=False)
    report, _ = evaluate_source(Predictor(checkpoint), glyphs, name=name)
    (recorded,) = [each for each in recorded_reports(checkpoint) if each.name == name]
    assert report.images == recorded.images
    assert report.accuracy == pytest.approx(recorded.accuracy, abs=0.003)
