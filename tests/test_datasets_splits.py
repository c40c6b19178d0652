"""Specs with weights, and validation splits."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_demo.datasets import grouped_split, parse_spec, stratified_split
from ocr_demo.errors import DataError, OcrDemoError

LABELS = st.lists(st.integers(-1, 5), min_size=1, max_size=120)
FRACTIONS = st.floats(0.01, 0.99)


@given(LABELS, FRACTIONS, st.integers(0, 9))
def test_a_split_covers_everything_once(labels: list[int], fraction: float, seed: int) -> None:
    training, validation = stratified_split(labels, fraction, seed)
    assert sorted([*training, *validation]) == list(range(len(labels)))
    assert all(np.all(np.diff(part) > 0) for part in (training, validation))


@given(LABELS, FRACTIONS)
def test_every_class_of_two_is_on_both_sides(labels: list[int], fraction: float) -> None:
    training, validation = stratified_split(labels, fraction, 0)
    classes = np.array(labels)
    for label in np.unique(classes):
        count = int((classes == label).sum())
        held = int((classes[validation] == label).sum())
        assert held == 0 if count == 1 else 1 <= held < count
        assert count == 1 or abs(held - count * fraction) <= 1
    assert len(training)


def test_a_seed_decides() -> None:
    labels = np.arange(400) % 4
    first, again, other = (stratified_split(labels, 0.2, seed)[1].tolist() for seed in (1, 1, 2))
    assert first == again != other
    assert len(first) == 80


@given(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=60), FRACTIONS, st.integers(0, 9))
def test_groups_stay_together(groups: list[str], fraction: float, seed: int) -> None:
    training, validation = grouped_split(groups, fraction, seed)
    assert sorted([*training, *validation]) == list(range(len(groups)))
    held, kept = ({groups[index] for index in part} for part in (validation, training))
    assert not held & kept
    assert kept
    assert held or len(kept) == 1
    assert {groups[::-1][index] for index in grouped_split(groups[::-1], fraction, seed)[1]} == held


@pytest.mark.parametrize("fraction", [0, 1, -0.1, float("nan")])
def test_senseless_fractions_are_refused(fraction: float) -> None:
    with pytest.raises(OcrDemoError, match="fraction"):
        stratified_split([0, 1], fraction, 0)
    with pytest.raises(OcrDemoError, match="fraction"):
        grouped_split(["a", "b"], fraction, 0)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("folder:a/b", ("folder:a/b", 1.0)),
        ("folder:a@0.5", ("folder:a", 0.5)),
        ("emnist@2", ("emnist", 2.0)),
        ("npz:a@2x.npz", ("npz:a@2x.npz", 1.0)),
        ("folder:me@home", ("folder:me@home", 1.0)),
        ("folder:set@3@1", ("folder:set@3", 1.0)),
        ("scenes@.25", ("scenes", 0.25)),
    ],
)
def test_weights_are_taken_from_the_end(spec: str, expected: tuple[str, float]) -> None:
    assert parse_spec(spec) == expected


def test_a_path_that_ends_as_a_weight_does_is_taken_whole(tmp_path: Path) -> None:
    (tmp_path / "set@2").mkdir()
    (tmp_path / "set").mkdir()
    spec = f"folder:{tmp_path / 'set@2'}"
    assert parse_spec(spec) == (spec, 1.0)
    assert parse_spec(f"drawings:{spec}@0.5") == (f"drawings:{spec}", 0.5)
    assert parse_spec(f"folder:{tmp_path / 'set'}@3") == (f"folder:{tmp_path / 'set'}", 3.0)


def test_a_weight_of_nothing_is_refused() -> None:
    with pytest.raises(DataError, match="leave this source out"):
        parse_spec("folder:a@0")
