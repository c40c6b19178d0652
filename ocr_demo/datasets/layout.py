"""What the paths of an image folder say: which files are images, of which class and split."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import PurePosixPath

from ocr_demo.characters import UNLABELLED, Alphabet
from ocr_demo.datasets.source import Split
from ocr_demo.errors import DataError
from ocr_demo.storage import printable

IMAGE_EXTENSIONS = frozenset(
    f".{name}"
    for names in ("avif bmp gif jfif jpe jpeg jpg pbm pgm", "png pnm ppm tga tif tiff webp")
    for name in names.split()
)
SPLIT_FOLDERS: dict[Split, frozenset[str]] = {
    "training": frozenset({"training_data", "training", "train"}),
    "testing": frozenset({"testing_data", "testing", "test"}),
}
ALL_SPLIT_FOLDERS = frozenset().union(*SPLIT_FOLDERS.values())
NAMED_AT_MOST = 20
LAYOUT = 2
"""Raised where the same paths may get other labels than before: sets in caches are then made anew."""


@dataclass(frozen=True)
class Layout:
    """The images of a folder that are wanted."""

    indices: tuple[int, ...]
    """Where each is among the paths given."""
    labels: tuple[int, ...]
    ignored: int
    """How many files are not images, or lie outside the class folders, or in those of another alphabet."""
    outside: str
    """In words the images that lie in no folder of the split that is wanted; empty where all do."""


def read_layout(
    paths: Sequence[str],
    alphabet: Alphabet,
    split: Split,
    *,
    where: str,
    others: Collection[Alphabet] = (),
) -> Layout:
    """Sorts a folder's or an archive's relative paths ("a/b.png") into classes.

    The folder an image lies in is its class, either case. Only the `split` is kept where there are split
    folders; a `DataError` where there are some, but not that one, where a folder is no label, and where one
    class lies in another. Those of the `others` are left aside where there are some of the alphabet, too.
    """
    images = {index: parts for index, path in enumerate(paths) if (parts := image_parts(path))}
    wanted = of_split(images, split, where)
    if not wanted:
        endings = ", ".join(sorted(IMAGE_EXTENSIONS))
        raise DataError("{where} holds no images (looked for {endings})", where=where, endings=endings)
    outside = outside_of_split(images, wanted, split)
    classes = {index: class_folder(parts) for index, parts in wanted.items()}
    classes = without_wrapper(wanted, classes, alphabet)
    if not any(classes.values()):
        return Layout(tuple(wanted), (UNLABELLED,) * len(wanted), len(paths) - len(images), outside)
    named = set(filter(None, classes.values()))
    refuse_unknown(named - of_others(named, alphabet, others), alphabet, where, noun="class folders")
    labels = {
        index: class_index(folder, alphabet)
        for index, folder in classes.items()
        if alphabet.label_of(folder) is not None
    }
    refuse_nested([wanted[index] for index in labels], alphabet, where)
    stray = len(classes) - len(labels)
    return Layout(tuple(labels), tuple(labels.values()), len(paths) - len(images) + stray, outside)


def of_others(texts: set[str], alphabet: Alphabet, others: Collection[Alphabet]) -> set[str]:
    """Those of the texts that only another alphabet has, where the alphabet has some of them."""
    foreign = {text for text in texts if alphabet.label_of(text) is None}
    if foreign == texts:
        return set()
    return {text for text in foreign if any(other.label_of(text) is not None for other in others)}


def parts_of(path: str) -> tuple[str, ...]:
    """A path's parts; archives made on Windows by careless tools separate with backslashes."""
    return PurePosixPath(path.replace("\\", "/")).parts


def image_parts(path: str) -> tuple[str, ...] | None:
    """A path's parts if it names an image; None for anything else, hidden files and macOS's shadows."""
    parts = parts_of(path)
    if not parts or any(part == "__MACOSX" or (part.startswith(".") and part.strip(".")) for part in parts):
        return None
    return parts if PurePosixPath(parts[-1]).suffix.lower() in IMAGE_EXTENSIONS else None


def of_split(images: dict[int, tuple[str, ...]], split: Split, where: str) -> dict[int, tuple[str, ...]]:
    """The images of one split; all of them where there are no split folders."""
    splits = {index: split_of(parts) for index, parts in images.items()}
    if not any(splits.values()):
        return images
    wanted = {index: parts for index, parts in images.items() if splits[index] == split}
    if not wanted:
        raise DataError(
            "{where} has split folders, but none for {split} ({folders})",
            where=where,
            split=split,
            folders=", ".join(sorted(SPLIT_FOLDERS[split])),
        )
    return wanted


def outside_of_split(images: dict[int, tuple[str, ...]], wanted: Collection[int], split: Split) -> str:
    """In words how many of the images are not wanted, and in which folders they lie; empty where all are."""
    left = [parts[:-1] for index, parts in images.items() if index not in wanted]
    if not left:
        return ""
    depth = shared_depth(parts[:-1] for parts in images.values() if len(parts) > 1)
    named = sorted({printable(folder[depth]) for folder in left if len(folder) > depth})[:NAMED_AT_MOST]
    places = f" ({', '.join(named)})" if named else ""
    count = f"{len(left):,} images" if len(left) > 1 else "1 image"
    return f"{count} outside of the {split} split left aside{places}"


def split_of(parts: tuple[str, ...]) -> Split | None:
    """Which split a path lies in, by the names of its folders."""
    folders = {part.lower() for part in parts[:-1]}
    return next((split for split, names in SPLIT_FOLDERS.items() if names & folders), None)


def without_split(path: str) -> str:
    """A path as it would be if there were no split folders: for whom all of them count."""
    return "/".join(part for part in parts_of(path) if part.lower() not in ALL_SPLIT_FOLDERS)


def class_folder(parts: tuple[str, ...]) -> str:
    """The name of the folder an image lies in; empty at the top, and for a split folder itself."""
    parent = parts[-2] if len(parts) > 1 else ""
    return "" if parent.lower() in ALL_SPLIT_FOLDERS else parent


def without_wrapper(
    images: dict[int, tuple[str, ...]], classes: dict[int, str], alphabet: Alphabet
) -> dict[int, str]:
    """No classes at all where there is one folder of images, as archives wrap them in its own name."""
    folders = {parts[:-1] for parts in images.values()}
    names = set(classes.values())
    if len(folders) == 1 and len(names) == 1 and alphabet.label_of(next(iter(names))) is None:
        return dict.fromkeys(classes, "")
    return classes


def refuse_nested(images: Collection[tuple[str, ...]], alphabet: Alphabet, where: str) -> None:
    """Raises a `DataError` that names a folder of images which lies in those of two labels of the alphabet.

    What is around the class folders of all images wraps them, whatever its name, if it wraps several classes.
    """
    folders = sorted({parts[:-1] for parts in images})
    has_several = len({alphabet.label_of(folder[-1]) for folder in folders}) > 1
    wrappers = shared_depth([folder[:-1] for folder in folders]) if has_several else 0
    for folder in folders:
        inner = alphabet.label_of(folder[-1])
        labels = [alphabet.label_of(part) for part in folder]
        others = [at for at, label in enumerate(labels) if at >= wrappers and label not in (None, inner)]
        if others and len(set(labels[wrappers:]) - {None}) > 1:
            raise DataError(
                "{where}: {folder!r} lies in the folders of several characters; rename {other!r}, or give "
                "each character one folder, with none in it or around it that is named like a character",
                where=where,
                folder="/".join(folder),
                other="/".join(folder[: others[0] + 1]),
            )


def shared_depth(folders: Iterable[tuple[str, ...]]) -> int:
    """How many folders, from the top, are the same on all of the paths."""
    levels = zip(*folders, strict=False)
    return len(list(takewhile(lambda level: len(set(level)) == 1, levels)))


def refuse_unknown(texts: set[str], alphabet: Alphabet, where: str, *, noun: str = "classes") -> None:
    """Raises a `DataError` that names the texts of folders or classes that are no label of the alphabet."""
    unknown = sorted(text for text in texts if alphabet.label_of(text) is None)
    if not unknown:
        return
    named: object = ", ".join(map(repr, unknown[:NAMED_AT_MOST]))
    if more := len(unknown) - len(unknown[:NAMED_AT_MOST]):
        named = DataError("{named} and {more} more", named=named, more=more)
    labels: object = " ".join(alphabet.labels)
    if any(label.lower() != label for label in alphabet.labels):
        labels = DataError("{labels}, either case", labels=labels)
    raise DataError(
        "{where} has {noun} outside the alphabet {alphabet!r}: {named}. "
        "It holds {labels}; rename or remove those {noun}",
        where=where,
        noun=noun,
        alphabet=alphabet.name,
        named=named,
        labels=labels,
    )


def class_index(text: str, alphabet: Alphabet) -> int:
    """The class of a text that is known to be in the alphabet."""
    label = alphabet.label_of(text)
    assert label is not None
    return alphabet.index(label)
