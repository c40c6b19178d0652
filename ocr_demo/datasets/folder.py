"""`folder:PATH`: images in class folders, or an archive of them, read where they lie."""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from ocr_demo.characters import ALPHABETS
from ocr_demo.datasets.archives import is_archive, member_paths, no_archive, read_members
from ocr_demo.datasets.layout import LAYOUT, Layout, read_layout, split_of
from ocr_demo.datasets.source import BYTES_PER_CHUNK, PICTURES_PER_CHUNK, PictureChunk, Plan, Request, Source
from ocr_demo.errors import DataError, SpecError
from ocr_demo.storage import printable

NOWHERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG}
"""What a link that leads to no file gives."""


@dataclass(frozen=True)
class FoundFile:
    """A file below a folder."""

    path: str
    """Relative, with forward slashes."""
    size: int
    modified: int
    """Nanoseconds."""


def folder_source(request: Request) -> Source:
    """The images of a folder, or of an archive of one."""
    root = existing_path(request.argument, "folder")
    if root.is_dir():
        files = found_files(root)
        paths = [file.path for file in files]
        fingerprint: tuple[object, ...] = tuple((file.path, file.size, file.modified) for file in files)
        return Source(
            description=described(f"image folder {root.name}", paths, request),
            fingerprint=(LAYOUT, str(root), *fingerprint),
            plan=lambda: folder_plan(root, paths, request),
        )
    if not is_archive(root):
        raise no_archive(root)
    if root.suffix.lower() == ".npz":  # it is a zip, but of no images
        raise DataError(f"{root} holds no pictures that are files; for arrays write npz:{root}")
    return Source(
        description=f"image archive {root.name} ({request.split})",
        fingerprint=(LAYOUT, *file_fingerprint(root)),
        plan=lambda: archive_plan(root, request),
    )


def existing_path(argument: str, kind: str) -> Path:
    """The path a spec names, resolved; a `DataError` where there is nothing."""
    if not argument:
        raise SpecError(f"{kind}: needs a path: {kind}:PATH")
    path = looked_up(argument)
    if path is None:
        raise DataError(
            f"{kind}:{argument}: there is no {Path(argument).absolute()}; "
            "put it there, or name another source"
        )
    return path


def looked_up(argument: str) -> Path | None:
    """The path of that name, resolved; None where there is nothing, or can be nothing of such a name."""
    try:
        path = Path(argument).expanduser().resolve()
        return path if path.exists() else None
    except (OSError, RuntimeError):  # a name too long, links in a circle, a home of nobody
        return None


def file_fingerprint(path: Path) -> tuple[object, ...]:
    """Changes when the file does."""
    status = path.stat()
    return (str(path), status.st_size, status.st_mtime_ns)


def found_files(root: Path) -> list[FoundFile]:
    """Every file below a folder, sorted by path."""
    return sorted(walked(root), key=lambda file: file.path)


def walked(root: Path) -> Iterator[FoundFile]:
    """Every file below a folder, folder by folder, always in the same order.

    Links are followed, into each folder once. A `DataError` names a folder or a file that can't be looked at.
    """
    seen: set[tuple[int, int]] = set()
    for folder, subfolders, names in os.walk(root, onerror=refuse, followlinks=True):
        status = Path(folder).stat()
        if (status.st_dev, status.st_ino) in seen:
            subfolders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        subfolders.sort()
        found = (found_file(root, Path(folder) / name) for name in sorted(names))
        yield from filter(None, found)


def found_file(root: Path, path: Path) -> FoundFile | None:
    """A file's description; None for a link to nowhere, and for a pipe or a device, which may never end."""
    try:
        status = path.stat()
    except OSError as fault:
        if fault.errno in NOWHERE:
            return None
        refuse(fault)
    if not stat.S_ISREG(status.st_mode):
        return None
    return FoundFile(path.relative_to(root).as_posix(), status.st_size, status.st_mtime_ns)


def refuse(fault: OSError) -> NoReturn:
    raise DataError(
        f"{fault.filename} can't be read ({fault.strerror}); see that it may be, or move it, and try again"
    ) from fault


def described(name: str, paths: Sequence[str], request: Request) -> str:
    """The folder's name, with the split if it has split folders."""
    has_splits = any(split_of(tuple(path.split("/"))) for path in paths)
    return f"{name} ({request.split})" if has_splits else name


def folder_plan(root: Path, paths: Sequence[str], request: Request) -> Plan:
    layout = layout_of(paths, request, root)
    pictures = (root / paths[index] for index in layout.indices)
    return picture_plan(pictures, paths, layout)


def archive_plan(archive: Path, request: Request) -> Plan:
    paths = member_paths(archive)
    layout = layout_of(paths, request, archive)
    return picture_plan(read_members(archive, layout.indices), paths, layout, BYTES_PER_CHUNK)


def layout_of(paths: Sequence[str], request: Request, where: Path) -> Layout:
    """That of the paths; what people correct is of several alphabets, and lies in one folder."""
    others = ALPHABETS.values()
    return read_layout(paths, request.alphabet, request.split, where=str(where), others=others)


def picture_plan(
    pictures: Iterator[Path | bytes], paths: Sequence[str], layout: Layout, at_once: int = PICTURES_PER_CHUNK
) -> Plan:
    """Chunks of at most `at_once` of the layout's pictures, which come one by one and in its order."""
    ignored = f"{layout.ignored:,} other files ignored" if layout.ignored else ""
    return Plan(
        chunks=picture_chunks(
            pictures, [printable(paths[index]) for index in layout.indices], layout.labels, at_once
        ),
        total=len(layout.indices),
        ignored=", ".join(filter(None, [layout.outside, ignored])),
    )


def picture_chunks(
    pictures: Iterator[Path | bytes], names: Sequence[str], labels: Sequence[int], at_once: int
) -> Iterator[PictureChunk]:
    for start in range(0, len(names), at_once):
        some = slice(start, start + at_once)
        taken = [picture for _, picture in zip(names[some], pictures, strict=False)]
        yield PictureChunk(taken, labels[some], names[some])
