"""A checkpoint in a ZIP that somebody sends: of its files only those that a checkpoint has are read."""

import stat
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ocr_demo.checkpoint import CONFIG, TAKEN, WEIGHTS
from ocr_demo.errors import CandidateError
from ocr_demo.teaching.promotion import writing

MOST_MEMBERS = 100
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError)
"""What a ZIP can lead to that is damaged, encrypted or packed in an unusual way."""


def unpack_checkpoint(archive: BinaryIO, folder: Path, most: int) -> None:
    """Puts a checkpoint's files into a folder, wherever in the archive they lie together.

    `most` is how many bytes they may have, unpacked. A `CandidateError` says what is wrong with the archive;
    whether the files are a sound checkpoint is for those who load it.
    """
    try:
        contents = _contents(archive, most)
    except BROKEN as error:
        raise CandidateError(
            "this is no whole ZIP that can be read ({fault}); pack it again", fault=str(error)
        ) from error
    with writing(folder):
        for name, content in contents.items():
            (folder / name).write_bytes(content)


def _contents(archive: BinaryIO, most: int) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        chosen = _chosen(opened.infolist())
        if sum(member.file_size for member in chosen.values()) > most:
            raise CandidateError(
                "the checkpoint has more than {most} MiB when it is unpacked", most=most // 2**20
            )
        # a member that is longer than it says is cut there, and then fails its checksum
        return {name: opened.read(member) for name, member in chosen.items()}


def _chosen(members: Sequence[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """The members to read, by the names they get."""
    if len(members) > MOST_MEMBERS:
        raise CandidateError(
            "the archive has {count:,} files; pack one checkpoint's folder alone", count=len(members)
        )
    configs = [member.filename for member in members if PurePosixPath(member.filename).name == CONFIG]
    if len(configs) != 1:
        raise CandidateError(
            "the archive must hold one checkpoint's folder; it has {count} {file}",
            count=len(configs),
            file=CONFIG,
        )
    top = PurePosixPath(configs[0]).parent
    chosen: dict[str, zipfile.ZipInfo] = {}
    for member in members:
        path = PurePosixPath(member.filename)
        if path.parent != top or path.name not in TAKEN or member.is_dir():
            continue
        if stat.S_ISLNK(member.external_attr >> 16):
            raise CandidateError("{file} is a link; pack the files themselves", file=member.filename)
        if path.name in chosen:
            raise CandidateError("the archive has two files {file}; pack it again", file=member.filename)
        chosen[path.name] = member
    if WEIGHTS not in chosen:
        raise CandidateError(
            "the archive has no {weights} beside its {config}; no other weights are read",
            weights=WEIGHTS,
            config=CONFIG,
        )
    return chosen
