"""Plots draw whatever was or wasn't measured, without a warning, and the same each time."""

import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from itertools import combinations

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from ocr_demo.characters import ALPHABETS, Alphabet
from ocr_demo.evaluation import Report, evaluate, plots
from ocr_demo.evaluation.comparison import TEST, Point
from ocr_demo.evaluation.plot_sizes import COMPARED, NOTICE, confused_size, confusion_size, reliability_size
from ocr_demo.web.words import translated

SIZES = {"full": 2000, "partial": 40, "single": 1}


def report_of(kind: str, alphabet: Alphabet) -> Report:
    """A report on many images, on letters alone, on one image, or on images without labels."""
    random = np.random.default_rng(5)
    count, classes = SIZES.get(kind, 3), len(alphabet.labels)
    labels = random.integers(classes // 2 if kind == "partial" else 0, classes, count)
    rows = random.dirichlet(np.full(classes, 0.1), count)
    rows[np.arange(count), labels] += 0.8
    labels = np.full(count, -1) if kind == "unlabelled" else labels
    return evaluate(rows / rows.sum(axis=1, keepdims=True), labels, np.ones(count, bool), alphabet, name=kind)


DRAWINGS: dict[str, Callable[..., Figure]] = {
    "counts": lambda report, labels, **style: plots.confusion_matrix(report, labels, **style),
    "shares": lambda report, labels, **style: plots.confusion_matrix(report, labels, normalise=True, **style),
    "confused": lambda report, labels, **style: plots.most_confused(report, labels, **style),
    "reliability": lambda report, labels, **style: plots.reliability(report, **style),
}


def words_in(figure: Figure) -> set[str]:
    return {text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))}


@pytest.mark.parametrize("kind", ["partial", "single", "unlabelled"])
@pytest.mark.parametrize("drawing", DRAWINGS)
def test_plots_draw_whatever_was_measured(drawing: str, kind: str) -> None:
    alphabet = ALPHABETS["latin"]
    figure = DRAWINGS[drawing](report_of(kind, alphabet), alphabet.labels)
    with Image.open(BytesIO(plots.encoded(figure, "png", dpi=40))) as picture:
        assert picture.width > 100
    if kind == "unlabelled":
        assert any("No labelled images" in words for words in words_in(figure))


@pytest.mark.parametrize("theme", plots.THEMES)
@pytest.mark.parametrize("alphabet", ALPHABETS.values(), ids=ALPHABETS)
def test_matrix_of_every_alphabet_and_theme(alphabet: Alphabet, theme: str) -> None:
    report = report_of("full", alphabet)
    figure = plots.confusion_matrix(report, alphabet.labels, style=plots.THEMES[theme])
    plots.encoded(figure, "png", dpi=40)
    assert set(alphabet.labels) <= words_in(figure)
    assert "0" not in words_in(figure) - set(alphabet.labels)  # empty cells stay empty


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_encoding_is_deterministic_and_undated(ending: str) -> None:
    labels = ALPHABETS["latin"].labels
    report = report_of("partial", ALPHABETS["latin"])
    first, second = (plots.encoded(plots.most_confused(report, labels), ending) for _ in range(2))
    assert first == second
    assert b"dc:date" not in first


@pytest.mark.parametrize("kind", ["partial", "unlabelled"])
@pytest.mark.parametrize("drawing", DRAWINGS)
def test_plots_in_another_language_have_all_their_words_in_it(drawing: str, kind: str) -> None:
    arabic = replace(plots.THEMES["dark"], words=translated("ar"), right_to_left=True)
    labels = ALPHABETS["arabic"].labels
    report = report_of(kind, ALPHABETS["arabic"])
    for figure in (
        DRAWINGS[drawing](report, labels, style=arabic),
        plots.training_curves(rows_of(3), style=arabic),
    ):
        plots.encoded(figure, "png", dpi=40)  # a warning where a font lacks a letter
        said = [text for text in words_in(figure) if re.search("[A-Za-z]{2}", text)]
        assert [text for text in said if "(ECE)" not in text and "mathdefault" not in text] == []


def test_counts_stand_beside_their_bars_in_either_direction() -> None:
    latin = ALPHABETS["latin"]
    report, labels = report_of("partial", latin), latin.labels
    for right_to_left, pattern in ((False, r" \d+  \([\d.]+ %\) "), (True, r" \([\d.]+ %\)  \d+ ")):
        style = replace(plots.THEMES["light"], right_to_left=right_to_left)
        said = words_in(plots.most_confused(report, labels, style=style))
        assert any(re.fullmatch(pattern, text) for text in said)


def rows_of(epochs: int) -> list[dict[str, float | None]]:
    return [
        {
            "epoch": epoch,
            "train_loss": 1 / epoch,
            "train_accuracy": 1 - 0.5 / epoch,
            "validation_loss": 1.2 / epoch,
            "validation_accuracy": 1 - 0.6 / epoch,
            "learning_rate": 0.001 / epoch,
            "seconds": 3.0,
        }
        for epoch in range(1, epochs + 1)
    ]


@pytest.mark.parametrize("theme", plots.THEMES)
@pytest.mark.parametrize("epochs", [0, 1, 40])
def test_curves_of_any_length(epochs: int, theme: str) -> None:
    figure = plots.training_curves(rows_of(epochs), style=plots.THEMES[theme])
    plots.encoded(figure, "png", dpi=40)
    assert len(figure.axes) == (3 if epochs else 0)


def test_curves_leave_out_what_a_row_lacks() -> None:
    rows = rows_of(3)
    rows[1]["validation_loss"] = None
    del rows[2]["learning_rate"]
    figure = plots.training_curves(rows)
    plots.encoded(figure, "png", dpi=40)
    validation = figure.axes[0].get_lines()[1].get_ydata()
    assert np.isnan(validation).tolist() == [False, True, False]


@pytest.mark.parametrize("kind", [*SIZES, "unlabelled"])
@pytest.mark.parametrize("alphabet", ALPHABETS.values(), ids=ALPHABETS)
def test_sizes_are_known_before_a_plot_is_drawn(kind: str, alphabet: Alphabet) -> None:
    report = report_of(kind, alphabet)
    drawn = {
        confusion_size: plots.confusion_matrix(report, alphabet.labels),
        confused_size: plots.most_confused(report, alphabet.labels),
        reliability_size: plots.reliability(report),
    }
    for size, figure in drawn.items():
        assert size(report) == pytest.approx(tuple(figure.get_size_inches()))


CROWDED = {"deep": 2.0, "ocrcnn": 2.02, "ocrcnn_bn": 2.04, "glyphnet": 2.06, "vgg11_bn": 2.5, "resnet18": 30}


@pytest.mark.parametrize("theme", plots.THEMES)
def test_no_name_of_a_network_covers_another(theme: str) -> None:
    points = [Point(name, taken, 0.9 if taken < 9 else 0.5) for name, taken in CROWDED.items()]
    figure = plots.accuracy_against_time(points, style=plots.THEMES[theme])
    plots.encoded(figure, "png", dpi=40)
    (axes,) = figure.axes
    assert axes.get_xscale() == "log"
    names = {text.get_text(): text.get_window_extent() for text in axes.texts}
    assert names.keys() == CROWDED.keys()
    assert not any(one.overlaps(other) for one, other in combinations(names.values(), 2))


@pytest.mark.parametrize("count", [0, 1])
def test_a_comparison_of_few_networks_is_drawn_in_another_language(count: int) -> None:
    arabic = replace(plots.THEMES["dark"], words=translated("ar"), right_to_left=True)
    figure = plots.accuracy_against_time([Point("deep", 2.0, 0.9)][:count], style=arabic)
    plots.encoded(figure, "png", dpi=40)
    assert tuple(figure.get_size_inches()) == (COMPARED if count else NOTICE)
    said = {text for text in words_in(figure) if re.search("[A-Za-z]{2}", text)}
    assert said <= {"deep", translated("ar")(TEST)}


def test_plots_leave_no_figure_open() -> None:
    from matplotlib import pyplot

    plots.reliability(report_of("partial", ALPHABETS["latin"]))
    assert pyplot.get_fignums() == []
