"""Corrections on disk: what is kept, changed and undone, within which bounds, for how long."""

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocr_demo.characters import ALPHABETS
from ocr_demo.errors import TeachingError
from ocr_demo.teaching import Bounds, Collection, People, acts
from ocr_demo.teaching.correction import plane_of
from ocr_demo.teaching.people import is_id, new_id
from tests.teaching.helpers import draft, labels, people, someone

LATIN, ARABIC = ALPHABETS["latin"], ALPHABETS["arabic"]


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]


def test_everything_of_a_correction_is_kept(tmp_path: Path) -> None:
    mine, given_ = someone(tmp_path), draft("7")
    before = time.time()
    (added,) = mine.add([given_])
    again = people(tmp_path).collection(mine.folder.name)  # as another process finds it
    assert again.corrections() == (added,)
    assert (added.label, added.read, added.confidence, added.checkpoint) == ("7", "1", 0.62, "latin")
    assert before <= added.time <= time.time()
    assert added.misread
    np.testing.assert_array_equal(plane_of(again.picture(added.id)), given_.picture)
    np.testing.assert_array_equal(plane_of(again.glyph(added.id)), given_.glyph)


def test_samples_are_those_of_an_alphabet(tmp_path: Path) -> None:
    mine = someone(tmp_path)
    mine.add([draft("7"), draft("R", "R"), draft("ا", "T")])
    latin, arabic = mine.samples(LATIN), mine.samples(ARABIC)
    assert latin.glyphs.shape == (2, 64, 64)
    assert [LATIN.labels[index] for index in latin.labels] == ["7", "R"]
    assert [ARABIC.labels[index] for index in arabic.labels] == ["ا"]
    np.testing.assert_array_equal(latin.glyphs[1], draft("R", "R").glyph)
    assert len(someone(tmp_path).samples(LATIN)) == 0


def test_what_goes_while_it_is_looked_at_is_left_out(tmp_path: Path) -> None:
    mine = someone(tmp_path)
    (kept,) = mine.add([draft("7")])
    mine.add([draft("1")])

    def glyph(id: str) -> bytes:
        if id == kept.id:
            mine.undo()  # as another tab does
        return mine.glyph(id)

    assert mine.with_files(glyph) == [(kept, mine.glyph(kept.id))]


def test_undo_goes_back_act_by_act(tmp_path: Path) -> None:
    mine = someone(tmp_path)
    first, second = mine.add([draft("7"), draft("1")])
    mine.relabel([first.id], "Z")
    mine.remove([second.id])
    mine.clear()
    seen = [labels(mine)]
    while mine.undo():
        seen.append(labels(mine))
    assert seen == [[], ["Z"], ["Z", "1"], ["7", "1"], []]
    assert not mine.undoable
    assert files(mine.folder) == []


def test_undo_of_one_addition_leaves_what_came_after_it(tmp_path: Path) -> None:
    mine = someone(tmp_path)
    (first,) = mine.add([draft("7")])
    mine.add([draft("R", "R")])
    assert not mine.undo(only=first.id)
    assert not mine.undo(only="../../elsewhere-0")
    assert labels(mine) == ["7", "R"]


def test_ids_never_come_again(tmp_path: Path) -> None:
    mine = someone(tmp_path)
    (undone,) = mine.add([draft()])
    mine.undo()
    mine.add([draft()])
    assert mine.remove([undone.id]) == 0
    assert len(mine.corrections()) == 1


def test_what_was_deleted_leaves_the_disk_after_some_more_acts(tmp_path: Path) -> None:
    mine = someone(tmp_path)
    one, other = mine.add([draft("7"), draft("1")])
    mine.remove([one.id])
    mine.relabel([other.id], "T")
    pictures = len(files(mine.folder))
    for _ in range(acts.UNDOABLE):
        mine.add([draft("R", "R")])
    assert labels(mine) == ["T"] + ["R"] * acts.UNDOABLE
    assert len(files(mine.folder)) == pictures - 2 - 2 + 3 * acts.UNDOABLE  # two pictures, two changes


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from("7RZ")),
        st.tuples(st.just("relabel"), st.sampled_from("AT"), st.integers(0, 9)),
        st.tuples(st.just("remove"), st.integers(0, 9)),
        st.tuples(st.just("clear")),
        st.tuples(st.just("undo")),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES, undoable=st.integers(0, 3))
def test_any_acts_lead_to_what_a_list_in_memory_would(
    tmp_path: Path, moves: list[tuple[Any, ...]], undoable: int
) -> None:
    mine = someone(tmp_path)
    history: list[dict[str, str]] = [{}]
    for move in moves:
        make(mine, history, *move)
        assert state(mine) == history[-1]
    acts.settle(acts.acts_in(mine.folder / "corrections"), mine.folder.parent, undoable)
    assert state(mine) == history[-1]
    for _ in range(min(undoable, len(history) - 1)):
        history.pop()
        assert mine.undo()
        assert state(mine) == history[-1]


def make(mine: Collection, history: list[dict[str, str]], move: str, *told: Any) -> None:
    """Makes a move with a collection, and with its states so far."""
    now, ids = dict(history[-1]), list(history[-1])
    if move == "undo":
        assert mine.undo() == (len(history) > 1)
        del history[max(1, len(history) - 1) :]
        return
    if move == "add":
        (added,) = mine.add([draft(told[0])])
        now[added.id] = added.label
    elif move == "clear":
        mine.clear()
        now = {}
    elif ids:
        chosen = ids[told[-1] % len(ids)]
        if move == "relabel":
            mine.relabel([chosen], told[0])
            now[chosen] = told[0]
        else:
            mine.remove([chosen])
            del now[chosen]
    if now != history[-1]:
        history.append(now)


def state(mine: Collection) -> dict[str, str]:
    return {each.id: each.label for each in mine.corrections()}


def test_no_more_than_the_bounds(tmp_path: Path) -> None:
    mine = someone(tmp_path, corrections=3)
    mine.add([draft(), draft()])
    with pytest.raises(TeachingError, match="may keep 3 corrections"):
        mine.add([draft(), draft()])
    assert len(mine.corrections()) == 2
    mine.add([draft()])


def test_no_more_bytes_than_the_bounds_of_one_and_of_all(tmp_path: Path) -> None:
    mine = someone(tmp_path, bytes=5 * acts.BLOCK)
    (kept,) = mine.add([draft()])
    with pytest.raises(TeachingError, match="of pictures"):
        mine.add([draft()])
    mine.remove([kept.id])
    mine.add([draft()])  # what was deleted makes room at once, and can't be brought back then
    assert len(mine.corrections()) == 1
    all_of_us = people(tmp_path / "ours", bytes_in_all=9 * acts.BLOCK)
    all_of_us.collection(new_id()).add([draft()])
    with pytest.raises(TeachingError, match="no room"):
        all_of_us.collection(new_id()).add([draft(), draft(), draft()])


def test_a_blank_picture_or_no_label_is_no_correction(tmp_path: Path) -> None:
    blank = np.zeros((64, 64), np.uint8)
    with pytest.raises(TeachingError, match="nothing in the picture"):
        type(draft())(blank, blank, "7")
    mine = someone(tmp_path)
    (kept,) = mine.add([draft()])
    for label in ("..", "../x", "", "77"):
        with pytest.raises(TeachingError, match="no label"):
            draft(label)
        with pytest.raises(TeachingError, match="no label"):
            mine.relabel([kept.id], label)


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = someone(tmp_path)
    mine.add([draft()])
    before = files(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(TeachingError, match="No space left"):
        mine.add([draft()])
    with pytest.raises(TeachingError, match="No space left"):
        mine.clear()
    assert files(tmp_path) == before
    assert len(mine.corrections()) == 1


def age(mine: Collection, seconds: float) -> None:
    """As if everything had been changed so long ago."""
    for folder in (mine.folder, mine.folder / "corrections"):
        os.utime(folder, (time.time() - seconds,) * 2)


def test_a_day_after_the_last_change_all_is_gone(tmp_path: Path) -> None:
    everyone = people(tmp_path, seconds=3600)
    old, new = everyone.collection(new_id()), everyone.collection(new_id())
    for each in (old, new):
        each.add([draft()])
    age(old, 3700)
    age(new, 3500)
    everyone.sweep()
    assert not old.folder.exists()
    assert old.corrections() == ()
    assert len(new.corrections()) == 1


def test_a_clock_set_back_neither_loses_nor_keeps_for_ever(tmp_path: Path) -> None:
    everyone = people(tmp_path, seconds=3600)
    mine = everyone.collection(new_id())
    mine.add([draft()])
    age(mine, -400 * 24 * 3600)  # kept when the clock was a year ahead
    everyone.sweep()
    assert len(mine.corrections()) == 1
    assert mine.folder.stat().st_mtime <= time.time() + 1
    age(mine, 3700)
    everyone.sweep()
    assert mine.corrections() == ()


def test_forgetting_leaves_nothing_of_one_and_everything_of_others(tmp_path: Path) -> None:
    everyone = people(tmp_path)
    mine, other = everyone.collection(new_id()), everyone.collection(new_id())
    for each in (mine, other):
        each.add([draft()])
    (mine.folder / "runs").mkdir()
    (mine.folder / "runs" / "1").write_text("what a run left")
    everyone.forget(mine.folder.name)
    assert mine.folder.name not in "".join(map(str, tmp_path.rglob("*")))
    assert mine.corrections() == ()
    assert len(other.corrections()) == 1
    mine.add([draft()])  # as another tab may do that knows nothing of it
    assert len(mine.corrections()) == 1


@pytest.mark.parametrize(
    "id", ["", "..", "../../etc", "a" * 42, "a" * 44, "é" * 43, "a" * 42 + "/", "a" * 42 + "\n"]
)
def test_only_an_id_becomes_part_of_a_path(tmp_path: Path, id: str) -> None:
    with pytest.raises(TeachingError, match="no session"):
        people(tmp_path).collection(id)
    with pytest.raises(TeachingError, match="no session"):
        people(tmp_path).forget(id)


def test_ids_are_long_and_never_the_same() -> None:
    made = {new_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(map(is_id, made))


def test_what_killed_processes_left_is_cleared_away(tmp_path: Path) -> None:
    everyone = People(tmp_path, Bounds())
    everyone.collection(new_id()).add([draft()])
    leftover, at_work, gone = (tmp_path / name for name in (".new-old", ".new-fresh", ".gone-x"))
    for folder in (leftover, at_work, gone):
        folder.mkdir()
        (folder / "0.png").write_bytes(b"")
    os.utime(leftover, (0, 0))
    everyone.sweep()
    assert [folder.exists() for folder in (leftover, at_work, gone)] == [False, True, False]
