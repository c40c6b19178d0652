"""Reads archives that strangers send: in memory, within bounds, and never anything but plain files."""

import bz2
import gzip
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path, PurePosixPath
from typing import IO, Any

from ocr_demo.datasets.archives import BROKEN_ARCHIVE, read_zip
from ocr_demo.errors import TeachingError

MOST_MEMBERS = 2000
MOST_BYTES = 64 * 2**20
"""Of an archive's files together, unpacked."""
COMPRESSED: dict[bytes, Callable[[Any], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}
"""How to unpack a tar, by its first bytes."""


@dataclass(frozen=True)
class Member:
    """A file that was in an archive, or came alone."""

    name: str
    content: bytes


def members_of(path: Path) -> list[Member]:
    """An archive's files; a `TeachingError` says what is wrong with it."""
    try:
        return _of_zip(path) if zipfile.is_zipfile(path) else _of_tar(path)
    except (*BROKEN_ARCHIVE, lzma.LZMAError, ValueError, NotImplementedError) as error:
        raise TeachingError("this is no whole .zip or .tar archive; pack the class folders again") from error


def _of_zip(path: Path) -> list[Member]:
    with zipfile.ZipFile(path) as opened:
        members = opened.infolist()
    for each in members:
        _require_inside(each.filename)
        if stat.S_ISLNK(each.external_attr >> 16):
            raise _link(each.filename)
    files = [each for each in members if not each.is_dir()]
    _require_few(len(members), sum(each.file_size for each in files))
    contents = read_zip(path, range(len(files)))
    return [Member(each.filename, content) for each, content in zip(files, contents, strict=True)]


def _of_tar(path: Path) -> list[Member]:
    with path.open("rb") as file:
        head = file.read(6)
    unpack = next((each for start, each in COMPRESSED.items() if head.startswith(start)), _as_it_is)
    with unpack(path) as plain, tarfile.open(fileobj=_Bounded(plain), mode="r|") as tar:
        return list(_tar_members(tar))


def _as_it_is(path: Path) -> IO[bytes]:
    return path.open("rb")


def _tar_members(tar: tarfile.TarFile) -> Iterator[Member]:
    size = 0
    for number, each in enumerate(tar, 1):
        size += each.size  # of a sparse file more than was read
        _require_inside(each.name)
        _require_few(number, size)
        if each.isdir():
            continue
        if not each.isreg():
            raise _link(each.name)
        content = tar.extractfile(each)
        yield Member(each.name, content.read() if content else b"")


class _Bounded(RawIOBase):
    """A tar that is read up to a limit: before `tarfile` tells a member's name it may read gigabytes."""

    def __init__(self, plain: IO[bytes]) -> None:
        self._plain, self._left = plain, MOST_BYTES + MOST_MEMBERS * 1024  # headers and padding

    def read(self, size: int = -1) -> bytes:
        chunk = self._plain.read(size)
        self._left -= len(chunk)
        if self._left < 0:
            raise _too_much()
        return chunk


def _require_inside(name: str) -> None:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts:
        raise TeachingError(
            "the archive has a path that leads outside of it: {name!r}; pack it again", name=name
        )


def _require_few(members: int, size: int) -> None:
    if members > MOST_MEMBERS:
        raise TeachingError("the archive has more than {most:,} files; bring fewer", most=MOST_MEMBERS)
    if size > MOST_BYTES:
        raise _too_much()


def _too_much() -> TeachingError:
    most = f"{MOST_BYTES / 2**20:g}"
    return TeachingError(
        "the archive unpacks to more than {most} MiB; bring fewer or smaller pictures", most=most
    )


def _link(name: str) -> TeachingError:
    return TeachingError("the archive has a link or device, {name!r}; pack the files themselves", name=name)
