"""Image folders packed in a .zip or .tar: members are read in memory, nothing is ever extracted."""

import sys
import tarfile
import zipfile
import zlib
from collections.abc import Container, Iterator, Sequence
from pathlib import Path

from ocr_demo.errors import DataError, is_of_the_system

BROKEN_ARCHIVE = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError)
ZIP_START = b"PK\x03\x04"
MEMBER_LIMIT = 200 * 2**20
"""Bytes; a larger member is no picture of a character, and may be a bomb."""


def is_archive(path: Path) -> bool:
    """Whether a file is an archive, whatever its name says; a `DataError` where it can't be opened."""
    if not path.is_file():  # a pipe may never end
        return False
    try:
        return zipfile.is_zipfile(path) or tarfile.is_tarfile(path)
    except OSError as fault:
        raise damaged(path, fault) from fault


def no_archive(path: Path) -> DataError:
    """What to say of a file that `is_archive` doesn't take."""
    if path.is_file() and _starts(path, ZIP_START):
        return DataError(f"{path} is a .zip archive whose end is missing; fetch or pack it again")
    return DataError(f"{path} is neither a folder nor a .zip or .tar archive of pictures")


def _starts(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def member_paths(archive: Path) -> list[str]:
    """The paths of an archive's files, in its order; a `DataError` where it is damaged."""
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as opened:
                return [member.filename for member in opened.infolist() if not member.is_dir()]
        with tarfile.open(archive) as tar:
            return [member.name for member in tar if member.isreg()]
    except BROKEN_ARCHIVE as fault:
        raise damaged(archive, fault) from fault


def damaged(archive: Path, fault: Exception) -> DataError:
    if is_of_the_system(fault):
        return DataError(f"{archive} can't be read ({fault}); see that it may be, and try again")
    return DataError(f"{archive} is a damaged archive ({fault}); fetch or pack it again")


def read_members(archive: Path, indices: Sequence[int]) -> Iterator[bytes]:
    """The bytes of some of `member_paths`, which are asked for in ascending order; empty if unreadable."""
    if zipfile.is_zipfile(archive):
        yield from read_zip(archive, indices)
    else:
        yield from (content for _, content in read_tar(archive, frozenset(indices)))


def read_zip(archive: Path, indices: Sequence[int]) -> Iterator[bytes]:
    """The bytes of some of a ZIP's files, empty if unreadable; a `DataError` where it can't be opened."""
    with zipfile.ZipFile(archive) as opened:
        members = [member for member in opened.infolist() if not member.is_dir()]
        for index in indices:
            member = members[index]
            try:
                yield opened.read(member) if member.file_size <= MEMBER_LIMIT else b""
            except (*BROKEN_ARCHIVE, RuntimeError, NotImplementedError) as fault:
                # an encrypted member, or one packed unusually, is a broken one
                if is_of_the_system(fault):
                    raise damaged(archive, fault) from fault
                yield b""


def read_tar(archive: Path, wanted: Container[int] = range(sys.maxsize)) -> Iterator[tuple[str, bytes]]:
    """The paths and bytes of the files of those numbers, by default of all; one in memory at a time.

    One pass from front to back: a compressed tar can't be entered in the middle. A `DataError` where it is
    damaged, after what comes before the damage.
    """
    try:
        with tarfile.open(archive, "r|*") as tar:
            for index, member in enumerate(member for member in tar if member.isreg()):
                tar.members.clear()  # type: ignore[attr-defined]  # it would remember them all
                if index in wanted:
                    content = tar.extractfile(member) if member.size <= MEMBER_LIMIT else None
                    yield member.name, content.read() if content else b""
    except BROKEN_ARCHIVE as fault:
        raise damaged(archive, fault) from fault


def stream_members(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Each file's path and bytes (empty if unreadable), in the archive's order.

    A `DataError` where it is damaged.
    """
    if not zipfile.is_zipfile(archive):
        return read_tar(archive)
    paths = member_paths(archive)
    return zip(paths, read_zip(archive, range(len(paths))), strict=True)
