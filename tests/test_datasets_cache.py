"""The cache: made once, made again when anything it depends on changes, never half there."""

import builtins
import errno
import inspect
import io
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr_demo.characters import ALPHABETS
from ocr_demo.datasets import GlyphSet, load_glyphs, loading, source, usable_sources
from ocr_demo.datasets.cache import (
    KEPT_DAYS,
    held_lock,
    preprocessing_code,
    read_stored,
    remove_unused,
    write_stored,
)
from ocr_demo.datasets.faces import matplotlib_fonts
from ocr_demo.datasets.source import Made, stacked
from ocr_demo.errors import DataError

LATIN = ALPHABETS["latin"]


def load(spec: str, cache: Path, **options: object) -> GlyphSet:
    return load_glyphs(spec, LATIN, cache=cache, **{"workers": 1, "progress": False, **options})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two images of two classes."""
    for label in "AB":
        (tmp_path / "set" / label).mkdir(parents=True)
        write_picture(tmp_path / "set" / label / "1.png", label)
    return tmp_path / "set"


def write_picture(path: Path, text: str) -> None:
    picture = np.full((48, 40), 255, np.uint8)
    cv2.putText(picture, text, (6, 38), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 0, 3)
    path.write_bytes(cv2.imencode(".png", picture)[1].tobytes())


def forbid_preprocessing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(picture: object) -> None:
        raise AssertionError("preprocessed again")

    monkeypatch.setattr(source, "to_glyph", refuse)


def test_a_second_load_reads_no_image(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load(f"folder:{folder}", tmp_path / "cache")
    forbid_preprocessing(monkeypatch)
    second = load(f"folder:{folder}", tmp_path / "cache")
    np.testing.assert_array_equal(first.glyphs, second.glyphs)
    assert isinstance(second.glyphs, np.memmap)
    assert (first.names, first.origin) == (second.names, second.origin)


def test_a_new_time_makes_it_again(tmp_path: Path, folder: Path) -> None:
    load(f"folder:{folder}", tmp_path / "cache")
    status = (folder / "A" / "1.png").stat()
    write_picture(folder / "A" / "1.png", "W")
    os.utime(folder / "A" / "1.png", ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    changed = load(f"folder:{folder}", tmp_path / "cache")
    fresh = load(f"folder:{folder}", tmp_path / "another cache")
    np.testing.assert_array_equal(changed.glyphs, fresh.glyphs)


def test_a_new_file_makes_it_again(tmp_path: Path, folder: Path) -> None:
    assert len(load(f"folder:{folder}", tmp_path / "cache")) == 2
    write_picture(folder / "A" / "2.png", "A")
    assert len(load(f"folder:{folder}", tmp_path / "cache")) == 3


@pytest.mark.parametrize("changed", ["preprocessing", "alphabet", "split"])
def test_what_glyphs_depend_on_is_in_the_key(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    load(f"folder:{folder}", tmp_path / "cache")
    forbid_preprocessing(monkeypatch)
    if changed == "preprocessing":
        monkeypatch.setattr(loading, "preprocessing_code", lambda: "another")
    alphabet = LATIN if changed != "alphabet" else type(LATIN)("letters", tuple("ABC"))
    with pytest.raises(AssertionError, match="preprocessed again"):
        load_glyphs(
            f"folder:{folder}",
            alphabet,
            split="testing" if changed == "split" else "training",
            cache=tmp_path / "cache",
            workers=1,
            progress=False,
        )


@pytest.mark.parametrize("changed", ["bands", "parts", "pictures", "preprocess", "sheet"])
def test_whatever_makes_glyphs_is_in_their_code(monkeypatch: pytest.MonkeyPatch, changed: str) -> None:
    source_of, digest = inspect.getsource, preprocessing_code.__wrapped__
    before = digest()
    name = f"ocr_demo.{changed}"
    monkeypatch.setattr(
        inspect, "getsource", lambda module: source_of(module) + name * (module.__name__ == name)
    )
    assert digest() != before


@pytest.mark.parametrize("name", ["glyphs.npy", "labels.npy", "facts.json"])
def test_a_damaged_set_is_made_again(tmp_path: Path, folder: Path, name: str) -> None:
    cache = tmp_path / "cache"
    whole = np.array(load(f"folder:{folder}", cache).glyphs)
    (damaged,) = cache.glob(f"*/{name}")
    damaged.write_bytes(damaged.read_bytes()[:-40])
    np.testing.assert_array_equal(load(f"folder:{folder}", cache).glyphs, whole)


def opening_fails(monkeypatch: pytest.MonkeyPatch, number: int, suffix: str) -> None:
    """As where too many files are open: for files of that suffix `open` raises an error of that number."""
    real = builtins.open

    def opened(file: object, *arguments: object, **options: object) -> object:
        if str(file).endswith(suffix):
            raise OSError(number, os.strerror(number), str(file))
        return real(file, *arguments, **options)

    monkeypatch.setattr(builtins, "open", opened)
    monkeypatch.setattr(io, "open", opened)  # pathlib's, and zipfile's


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EIO, errno.EACCES])
@pytest.mark.parametrize("kind", ["folder", "zip", "tar", "fonts", "scripts"])
def test_what_the_system_refuses_for_now_is_not_taken_for_broken(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, kind: str, number: int
) -> None:
    spec, suffix = f"folder:{folder}", ".png"
    if kind in ("zip", "tar"):
        packed = shutil.make_archive(str(tmp_path / "packed"), kind, folder)
        spec, suffix = f"folder:{packed}", f".{kind}"
    elif kind != "folder":
        shutil.copy(matplotlib_fonts() / "DejaVuSans.ttf", tmp_path)
        spec, suffix = f"{kind}:{tmp_path}", ".ttf"
    with monkeypatch.context() as patched:
        opening_fails(patched, number, suffix)
        with pytest.raises(DataError, match=os.strerror(number)):
            load(spec, tmp_path / "cache")
    found = load(spec, tmp_path / "cache")
    assert len(found) >= 2
    assert not found.broken


def test_a_folder_that_cannot_be_listed_is_named(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.scandir

    def listed(path: str) -> object:
        if str(path).endswith("B"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", listed)
    with pytest.raises(DataError, match="B can't be read"):
        load(f"folder:{folder}", tmp_path / "cache")


def test_a_fault_while_writing_leaves_nothing(tmp_path: Path) -> None:
    def faulty():
        yield Made(stacked([np.zeros((64, 64), np.uint8)]), (0,), ("one",))
        raise DataError("in the middle")

    with pytest.raises(DataError, match="in the middle"):
        write_stored(tmp_path, "key", faulty(), "")
    assert not list(tmp_path.iterdir())


KILLED = """
import sys, time
import numpy as np
from pathlib import Path
from ocr_demo.datasets.cache import held_lock, write_stored
from ocr_demo.datasets.source import Made, stacked

def slowly():
    yield Made(stacked([np.zeros((64, 64), np.uint8)]), (0,), ("one",))
    print("halfway", flush=True)
    time.sleep(60)

cache = Path(sys.argv[1])
with held_lock(cache, "key"):
    write_stored(cache, "key", slowly(), "")
"""


def test_a_killed_process_leaves_nothing_that_is_read(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "halfway\n"
        process.send_signal(signal.SIGKILL)
    assert list(tmp_path.glob(".key-*"))
    assert read_stored(tmp_path / "key") is None
    made = Made(stacked([np.ones((64, 64), np.uint8)]), (3,), ("one",))
    stored = read_stored(write_stored(tmp_path, "key", [made], ""))
    assert stored is not None
    assert stored.labels.tolist() == [3]
    assert not list(tmp_path.glob(".key-*"))


LOADING = """
import sys
from pathlib import Path
from ocr_demo.characters import ALPHABETS
from ocr_demo.datasets import load_glyphs

found = load_glyphs(sys.argv[1], ALPHABETS["latin"], cache=Path(sys.argv[2]), workers=1)
print(len(found), int(found.glyphs.astype(int).sum()))
"""


def aged(folder: Path, days: float) -> None:
    then = folder.stat().st_mtime - days * 24 * 3600
    os.utime(folder, (then, then))


def test_what_is_used_no_more_goes_when_another_set_is_made(tmp_path: Path, folder: Path) -> None:
    cache, spec = tmp_path / "cache", f"folder:{folder}"
    former = load(spec, cache)
    (before,) = cache.glob("folder-*/")
    aged(before, KEPT_DAYS + 1)
    load(spec, cache)  # which is a use
    (cache / ".folder-killed-xyz").mkdir()
    aged(cache / ".folder-killed-xyz", KEPT_DAYS + 1)
    write_picture(folder / "A" / "2.png", "A")
    load(spec, cache)
    assert before.is_dir()
    assert not list(cache.glob(".folder-*"))
    aged(before, KEPT_DAYS + 1)
    write_picture(folder / "A" / "3.png", "A")
    load(spec, cache)
    assert not before.exists()
    assert former.glyphs.any()  # still mapped
    assert not list(cache.glob("*.lock"))
    assert len(list(cache.glob("folder-*/"))) == 2


def test_a_folder_that_was_looked_through_is_not_again(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = f"folder:{folder}"
    known = usable_sources([spec], [], LATIN)[spec]
    monkeypatch.setattr("ocr_demo.datasets.folder.found_files", None)
    found = load_glyphs(spec, LATIN, source=known, cache=tmp_path / "cache", workers=1, progress=False)
    assert len(found) == 2


def test_what_is_being_made_stays(tmp_path: Path) -> None:
    (tmp_path / ".slow-xyz").mkdir()
    aged(tmp_path / ".slow-xyz", KEPT_DAYS + 1)
    with held_lock(tmp_path, "slow"):
        remove_unused(tmp_path)
        assert (tmp_path / "slow.lock").exists()
    assert (tmp_path / ".slow-xyz").is_dir()


def test_two_processes_make_it_once(tmp_path: Path, folder: Path) -> None:
    command = [sys.executable, "-c", LOADING, f"folder:{folder}", str(tmp_path / "cache")]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    outputs = [process.communicate() for process in processes]
    assert outputs[0][0] == outputs[1][0]
    assert outputs[0][0].startswith("2 ")
    assert sum("image folder set" in progress for _, progress in outputs) == 1


def test_many_processes_give_what_one_gives(tmp_path: Path) -> None:
    images = np.zeros((2100, 16, 16), np.uint8)
    images[np.arange(2100), np.arange(2100) % 13, :9] = 255
    np.savez(tmp_path / "set.npz", images=images, labels=np.arange(2100) % 36)
    one = load(f"npz:{tmp_path / 'set.npz'}", tmp_path / "one")
    two = load(f"npz:{tmp_path / 'set.npz'}", tmp_path / "two", workers=2)
    np.testing.assert_array_equal(one.glyphs, two.glyphs)
    assert one.names == two.names


def test_a_cache_that_cannot_be_written_says_so(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match="set OCR_DEMO_HOME"):
        load(f"folder:{folder}", tmp_path / "file" / "cache")


def test_the_default_cache_lies_in_the_data_folder(folder: Path, data_home: Path) -> None:
    load_glyphs(f"folder:{folder}", LATIN, workers=1, progress=False)
    assert list((data_home / "cache").glob("folder-*/glyphs.npy"))
