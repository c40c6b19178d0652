"""1,500 broken pictures, always the same: each is read or refused, soon, and in bounded memory."""

from collections import Counter

import pytest

from benchmarks.fuzzing import MOST_SECONDS, fuzz, whole_pictures, with_right_sums
from ocr_demo.preprocess import to_glyph

PICTURES = 1500
MOST_MEBIBYTES = 1024


@pytest.mark.filterwarnings("ignore")  # Pillow's remarks on what is broken
def test_broken_pictures_are_read_or_refused() -> None:
    _, before = fuzz(1, 0)
    outcomes, after = fuzz(1, PICTURES)
    results = Counter(each.result for each in outcomes)
    assert set(results) == {"glyph", "refused"}
    assert {each.format for each in outcomes} == {"PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"}
    assert min(results.values()) > PICTURES // 10  # neither do all come through, nor does the header stop all
    assert max(each.seconds for each in outcomes) < MOST_SECONDS
    assert after - before < MOST_MEBIBYTES


def test_what_is_mutated_is_whole() -> None:
    for form, data in whole_pictures():
        assert to_glyph(data).any(), form
        assert form != "PNG" or with_right_sums(data) == data
