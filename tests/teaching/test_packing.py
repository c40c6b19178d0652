"""Corrections in and out: what is exported trains as it is, and what strangers send is taken whole or not."""

import gzip
import io
import stat
import tarfile
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import CHECKPOINTS, load_checkpoint
from ocr_demo.datasets import load_glyphs
from ocr_demo.errors import TeachingError
from ocr_demo.pictures import MAX_PIXELS
from ocr_demo.reading import Predictor
from ocr_demo.teaching import packing
from ocr_demo.teaching.packing import drafts_of_archive, drafts_of_pictures, packed, read_by
from ocr_demo.teaching.unpacking import MOST_BYTES, MOST_MEMBERS, Member
from tests.drawings import BLANK, encoded
from tests.serving import png
from tests.teaching.helpers import draft, someone

LATIN, ARABIC = ALPHABETS["latin"], ALPHABETS["arabic"]
T, R = png("T"), png("R")
MIB = 2**20


def taken(path: Path, most: int = 100) -> list[str]:
    """The labels of what an archive brings."""
    return [each.label for each in drafts_of_archive(path, LATIN, MAX_PIXELS, most)]


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, *members: tuple[str, bytes], mode: str = "w", **kind: object) -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            for key, value in kind.items():
                setattr(member, key, value)
            archive.addfile(member, io.BytesIO(content))
    return path


def test_what_is_exported_trains_as_it_is(tmp_path: Path, data_home: Path) -> None:
    mine = someone(tmp_path)
    mine.add([draft("7"), draft("R", "R"), draft("7", "Z"), draft("ا", "T")])
    (tmp_path / "x.zip").write_bytes(packed(mine, LATIN))
    found = load_glyphs(f"folder:{tmp_path / 'x.zip'}", LATIN, workers=1, progress=False)
    samples = mine.samples(LATIN)
    assert sorted(found.labels) == sorted(samples.labels)
    for glyph, label in zip(samples.glyphs, samples.labels, strict=True):
        same = [np.array_equal(glyph, other) for other in found.glyphs[found.labels == label]]
        assert any(same)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(LATIN.labels), st.sampled_from("RAZ7T")), min_size=1, max_size=6))
def test_export_and_import_give_the_same_back(tmp_path: Path, shown: list[tuple[str, str]]) -> None:
    mine, other = someone(tmp_path), someone(tmp_path)
    mine.add([draft(label, character) for label, character in shown])
    (tmp_path / "x.zip").write_bytes(packed(mine, LATIN))
    other.add(drafts_of_archive(tmp_path / "x.zip", LATIN, MAX_PIXELS, most=100))
    one, two = mine.samples(LATIN), other.samples(LATIN)
    assert sorted(
        (int(label), glyph.tobytes()) for label, glyph in zip(one.labels, one.glyphs, strict=True)
    ) == (sorted((int(label), glyph.tobytes()) for label, glyph in zip(two.labels, two.glyphs, strict=True)))


def test_nothing_to_export_is_said(tmp_path: Path) -> None:
    mine = someone(tmp_path)
    mine.add([draft("7")])
    with pytest.raises(TeachingError, match="no corrections"):
        packed(mine, ARABIC)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tars_of_every_kind_are_taken(tmp_path: Path, mode: str) -> None:
    assert taken(tarred(tmp_path / "x", ("set/t/1.png", T), ("set/R/1.png", R), mode=mode)) == ["T", "R"]


def test_every_split_is_taken(tmp_path: Path) -> None:
    files = {"set/train/T/1.png": T, "set/val/R/1.png": R, "set/test/T/2.png": T}
    assert taken(zipped(tmp_path / "set.zip", files)) == ["T", "R", "T"]


def test_pictures_with_one_label(tmp_path: Path) -> None:
    pictures = [Member("1.png", T), Member("2.png", R)]
    drafts = drafts_of_pictures(pictures, "T", MAX_PIXELS, most=2)
    assert [each.label for each in drafts] == ["T", "T"]
    read = read_by(drafts, Predictor(load_checkpoint(CHECKPOINTS / "latin"), threads=1), "latin")
    assert [(each.read, each.checkpoint) for each in read] == [("T", "latin"), ("R", "latin")]


def link(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("A/1.png")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return path


def half(path: Path) -> Path:
    content = zipped(path, {f"T/{number}.png": T for number in range(20)}).read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


def bomb_of_zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("A/1.png", "w") as member:
        for _ in range(MOST_BYTES // MIB + 1):
            member.write(bytes(MIB))
    return path


def bomb_of_tar(path: Path) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for number in range(MOST_BYTES // (8 * MIB) + 1):
            member = tarfile.TarInfo(f"A/{number}.png")
            member.size = 8 * MIB
            archive.addfile(member, io.BytesIO(bytes(8 * MIB)))
    return path


def bomb_of_a_header(path: Path) -> Path:
    """A tar whose first name is said to take 8 GB, of which 200 MB follow."""
    header = tarfile.TarInfo("././@PaxHeader")
    header.type, header.size = tarfile.XHDTYPE, 8 * 2**30 - 512
    with gzip.open(path, "wb", 1) as file:
        file.write(header.tobuf(tarfile.GNU_FORMAT))
        for _ in range(200):
            file.write(bytes(MIB))
    return path


def sparse(path: Path) -> Path:
    """A tar of files that are holes, for the most part."""
    header = tarfile.TarInfo("A/1.png")
    header.type, header.size = tarfile.GNUTYPE_SPARSE, 512
    raw = bytearray(header.tobuf(tarfile.GNU_FORMAT))
    raw[386:410] = b"%011o\0%011o\0" % (0, 512)
    raw[483:495] = b"%011o\0" % (4 * 2**30)
    raw[148:156] = b"        "
    raw[148:156] = b"%06o\0 " % sum(raw)
    path.write_bytes(bytes(raw) + bytes(512) + bytes(1024))
    return path


HOSTILE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "leads outside": (lambda path: zipped(path, {"T/1.png": T, "../../T/2.png": T}), "leads outside.*2.png"),
    "is absolute": (lambda path: zipped(path, {"/T/1.png": T}), "leads outside"),
    "leads outside as on Windows": (lambda path: zipped(path, {"T\\..\\..\\1.png": T}), "leads outside"),
    "tar leads outside": (lambda path: tarred(path, ("../T/1.png", T)), "leads outside"),
    "link": (link, "link or device, 'A/1.png'"),
    "tar link": (lambda path: tarred(path, ("A/1.png", b""), type=tarfile.SYMTYPE, linkname="/etc"), "link"),
    "tar hard link": (
        lambda path: tarred(path, ("A/1.png", b""), type=tarfile.LNKTYPE, linkname="x"),
        "link",
    ),
    "device": (lambda path: tarred(path, ("A/1.png", b""), type=tarfile.CHRTYPE), "link or device"),
    "bomb": (bomb_of_zip, "unpacks to more than 64 MiB"),
    "tar bomb": (bomb_of_tar, "unpacks to more than 64 MiB"),
    "header bomb": (bomb_of_a_header, "unpacks to more than 64 MiB"),
    "sparse": (sparse, "unpacks to more than 64 MiB"),
    "thousands of empty files": (
        lambda path: zipped(path, {f"A/{number}.png": b"" for number in range(MOST_MEMBERS + 1)}),
        "more than 2,000 files",
    ),
    "thousands in a tar": (
        lambda path: tarred(path, *((f"A/{number}.png", b"") for number in range(MOST_MEMBERS + 1))),
        "more than 2,000 files",
    ),
    "too many pictures": (
        lambda path: zipped(path, {f"T/{number}.png": T for number in range(101)}),
        "101 pictures are too many; bring at most 100 at once",
    ),
    "wrong folders": (lambda path: zipped(path, {"T/1.png": T, "cat/1.png": T, "é/2.png": T}), "'cat', 'é'"),
    "no folders": (
        lambda path: zipped(path, {"1.png": T}),
        "no class folders; put its pictures into folders 0, 1 …",
    ),
    "no pictures": (lambda path: zipped(path, {"T/notes.txt": b"x"}), "no images"),
    "broken picture": (lambda path: zipped(path, {"T/1.png": T, "R/2.png": R[:300]}), "R/2.png: "),
    "no picture": (
        lambda path: zipped(path, {"T/1.png": T, "R/2.png": b"none"}),
        "R/2.png: this is no picture",
    ),
    "empty picture": (lambda path: zipped(path, {"T/1.png": b""}), "T/1.png: this is no picture"),
    "blank picture": (lambda path: zipped(path, {"T/1.png": BLANK}), "T/1.png: there is nothing"),
    "half": (half, "no whole .zip or .tar"),
    "no archive": (lambda path: (path.write_bytes(b"hello") and path) or path, "no whole .zip or .tar"),
    "nothing": (lambda path: (path.write_bytes(b"") and path) or path, "no whole .zip or .tar"),
    "gzip of nothing": (lambda path: path.write_bytes(gzip.compress(b"")) and path, "no whole .zip or .tar"),
}


@pytest.mark.parametrize("trouble", HOSTILE)
def test_what_is_wrong_with_an_archive_is_named(tmp_path: Path, trouble: str) -> None:
    make, message = HOSTILE[trouble]
    archive = make(tmp_path / "x")
    tracemalloc.start()
    began = time.process_time()
    try:
        with pytest.raises(TeachingError, match=message):
            taken(archive)
        assert tracemalloc.get_traced_memory()[1] < 3 * MOST_BYTES
        assert time.process_time() - began < 20
    finally:
        tracemalloc.stop()
    assert sorted(tmp_path.iterdir()) == [archive]


def test_pictures_that_unpack_to_too_many_pixels_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "MOST_PIXELS", 3_000_000)
    wide = encoded(Image.new("1", (1000, 1000), 1), "PNG")
    with pytest.raises(TeachingError, match=r"T/5.png: it has too many pixels"):
        taken(zipped(tmp_path / "x", {f"T/{number}.png": T if number < 3 else wide for number in range(7)}))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_damage_leads_to_anything_but_a_message(tmp_path: Path, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["zip", "tar", "gz"]))
    path = tmp_path / kind
    files = {"T/1.png": T, "R/2.png": R}
    if kind == "zip":
        zipped(path, files)
    else:
        tarred(path, *files.items(), mode="w:gz" if kind == "gz" else "w")
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(len(content) // 2, len(content)))])
    with suppress(TeachingError):
        assert set(taken(path)) <= set(LATIN.labels)
