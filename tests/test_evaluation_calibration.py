"""Temperature and threshold do what their names promise on data where the answer is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ocr_demo.errors import DataError
from ocr_demo.evaluation.calibration import (
    TEMPERATURES,
    fit_temperature,
    fit_threshold,
    negative_energy,
    negative_log_likelihood,
)


def calibrated(count: int, classes: int = 10, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.int_]]:
    """Logits (count, classes) and labels drawn from their own softmax: temperature 1 is right."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 3, (count, classes))
    labels = (logits + random.gumbel(size=logits.shape)).argmax(axis=1)  # the Gumbel-max trick
    return logits, labels


@pytest.mark.parametrize("scale", [0.4, 1.0, 2.5, 6.0])
def test_temperature_recovers_a_known_scaling(scale: float) -> None:
    logits, labels = calibrated(20_000)
    assert fit_temperature(scale * logits, labels) == pytest.approx(scale, rel=0.04)


def test_temperature_is_not_moved_by_a_shift_or_the_order() -> None:
    logits, labels = calibrated(500)
    order = np.random.default_rng(2).permutation(len(labels))
    expected = fit_temperature(logits, labels)
    shifted = logits + np.linspace(-50, 50, len(logits))[:, None]
    assert fit_temperature(shifted, labels) == pytest.approx(expected, rel=1e-4)
    assert fit_temperature(logits[order], labels[order]) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("scale", [0.3, 4.0])
def test_temperature_never_makes_the_likelihood_worse(scale: float) -> None:
    logits, labels = calibrated(300, seed=3)
    temperature = fit_temperature(scale * logits, labels)
    fitted = negative_log_likelihood(scale * logits, labels, temperature)
    assert fitted <= negative_log_likelihood(scale * logits, labels) + 1e-9


@pytest.mark.parametrize(("wrong", "bound"), list(enumerate(TEMPERATURES)))
def test_temperature_stops_at_a_bound_on_hopeless_splits(wrong: int, bound: float) -> None:
    """All right: as sure as allowed. All wrong: as unsure."""
    labels = np.arange(10)
    logits = np.eye(10, dtype=np.float32)[(labels + wrong) % 10]
    assert fit_temperature(logits, labels) == pytest.approx(bound, rel=0.01)


@pytest.mark.parametrize("wrong", [0, 1])
def test_temperature_stays_in_range_on_huge_logits(wrong: int) -> None:
    labels = np.arange(10)
    logits = (1e4 * np.eye(10, dtype=np.float32))[(labels + wrong) % 10]
    assert TEMPERATURES[0] <= fit_temperature(logits, labels) <= TEMPERATURES[1]


energies = st.lists(st.floats(-50, 50, width=32) | st.sampled_from([1.0, 2.0]), min_size=1, max_size=200)


@given(energies, st.floats(0, 1))
def test_threshold_refuses_at_most_the_share_and_no_less_than_it_could(
    values: list[float], share: float
) -> None:
    array = np.array(values, np.float32)
    threshold = fit_threshold(array, share)
    assert np.mean(array < threshold) <= share
    higher = array[array > threshold]
    if len(higher):
        assert np.mean(array < higher.min()) > share or share == 1


def test_threshold_refuses_two_per_cent_by_default() -> None:
    array = np.random.default_rng(4).normal(size=10_000)
    assert np.mean(array < fit_threshold(array)) == pytest.approx(0.02)


def test_negative_energy_is_large_where_any_logit_is() -> None:
    logits = np.array([[9.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    likely, unlikely = negative_energy(logits)
    assert likely == pytest.approx(np.log(np.exp(logits[0]).sum()))
    assert likely > unlikely


def test_nothing_to_fit_on_says_what_to_do() -> None:
    with pytest.raises(DataError, match="validation"):
        fit_temperature(np.empty((0, 10)), np.empty(0, int))
    with pytest.raises(DataError, match="validation"):
        fit_threshold(np.empty(0))
