"""What a training changed is measured on what it didn't learn."""

from collections import Counter

import numpy as np

from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import CHECKPOINTS, Checkpoint, load_checkpoint
from ocr_demo.teaching.difference import MOST_SHIFTS, Shift, difference, shifts
from ocr_demo.teaching.meter import Measuring
from ocr_demo.teaching.samples import Samples

LATIN = ALPHABETS["latin"]


class Scripted:
    """Reads the glyphs in their order as these classes; of each glyph the first pixel is its place."""

    def __init__(self, *readings: int) -> None:
        self.readings = np.array(readings)
        self.checkpoint: Checkpoint = load_checkpoint(CHECKPOINTS / "latin")

    def logits(self, glyphs: np.ndarray) -> np.ndarray:
        return np.eye(len(LATIN.labels), dtype=np.float32)[self.readings[glyphs[:, 0, 0]]]

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        return logits.astype(np.float64)

    def accepts(self, glyphs: np.ndarray, logits: np.ndarray) -> np.ndarray:
        return glyphs[:, 0, 0] % 2 == 0


def samples(first: int, *labels: int) -> Samples:
    glyphs = np.zeros((len(labels), 64, 64), np.uint8)
    glyphs[:, 0, 0] = np.arange(first, first + len(labels))
    return Samples(glyphs, np.array(labels), f"from {first}")


def test_both_are_measured_on_each_set_and_their_confusions_compared() -> None:
    before, now = Scripted(1, 1, 7, 0, 2, 3), Scripted(7, 7, 7, 0, 2, 2)
    told: list[Measuring] = []
    seen = difference(before, now, samples(0, 7, 7, 7), [samples(3, 0, 2, 3)], told.append)
    assert list(dict.fromkeys(each.share for each in told)) == [0, 0.25, 0.5, 0.75, 1]
    corrections, reference = seen.figures
    assert (corrections.role, corrections.before, corrections.after) == ("new data", 1 / 3, 1.0)
    assert (reference.role, reference.before, reference.after) == ("reference", 1.0, 2 / 3)
    assert (reference.name, reference.images, reference.accepted_after) == ("from 3", 3, 1 / 3)
    assert seen.shifts == (Shift("7", "1", 2, 0), Shift("3", "2", 0, 1))


def test_without_corrections_held_out_the_reference_alone_is_measured() -> None:
    seen = difference(Scripted(0), Scripted(0), samples(0), [samples(0, 0)])
    assert [each.role for each in seen.figures] == ["reference"]
    assert seen.shifts == ()


def test_the_confusions_that_changed_most_come_first() -> None:
    before = Counter({(0, 24): 5, (1, 18): 1, (2, 35): 3})
    after = Counter({(0, 24): 5, (1, 18): 4, (2, 35): 2} | {(3, reading): 1 for reading in range(4, 20)})
    told = shifts(before, after, LATIN)
    assert told[0] == Shift("1", "I", 1, 4)
    assert len(told) == MOST_SHIFTS


def test_every_fifth_of_a_class_is_held_out() -> None:
    labels = [7] * 4 + [1] * 5 + [7] * 6
    taught, held = samples(0, *labels).split()
    assert len(taught) + len(held) == len(labels)
    assert held.glyphs[:, 0, 0].tolist() == [8, 9, 14]
    assert samples(0, 1, 1, 1, 1).split()[1].labels.tolist() == []
