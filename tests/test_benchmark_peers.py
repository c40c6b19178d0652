"""How other engines' scores are asked for the best of our 36 characters, and what they are shown."""

import numpy as np

from benchmarks.peers import HEIGHT, MARGIN, best, columns_of, prepared


def test_the_best_of_36_is_that_of_either_case_in_any_place() -> None:
    characters = ["", "漢", *"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", *"abcdefghijklmnopqrstuvwxyz"]
    scores = np.zeros((3, len(characters)))
    scores[0, 1], scores[1, characters.index("K")], scores[2, characters.index("r")] = 0.9, 0.3, 0.5
    assert best(scores, columns_of(characters)) == "R"


def test_pictures_are_dark_on_their_own_paper() -> None:
    written = np.full((28, 20), 40, np.uint8)
    written[4:24, 8:12] = 220
    for shown in (prepared(written, False), prepared(255 - written, True)):
        assert shown.shape == (HEIGHT, round(20 * (HEIGHT - 2 * MARGIN) / 28) + 2 * MARGIN)
        assert (shown[:MARGIN] == 215).all()
        assert abs(int(shown[HEIGHT // 2, shown.shape[1] // 2]) - 35) < 40
