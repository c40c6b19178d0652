"""`npz:PATH`: images that are arrays already."""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ocr_demo.characters import UNLABELLED, Alphabet
from ocr_demo.datasets.archives import damaged
from ocr_demo.datasets.folder import existing_path, file_fingerprint
from ocr_demo.datasets.layout import class_index, refuse_unknown
from ocr_demo.datasets.source import PICTURES_PER_CHUNK, PictureChunk, Plan, Request, Source
from ocr_demo.errors import DataError, is_of_the_system


def npz_source(request: Request) -> Source:
    """The images of an .npz file: `images` (N, H, W) or (N, H, W, 3|4) uint8, `labels` (N,), `classes`."""
    path = existing_path(request.argument, "npz")
    return Source(
        description=f"array file {path.name}",
        fingerprint=file_fingerprint(path),
        plan=lambda: array_plan(path, request.alphabet),
    )


def array_plan(path: Path, alphabet: Alphabet) -> Plan:
    """Chunks of a file's images; a `DataError` where the file isn't of that form."""
    arrays = read_arrays(path)
    images = checked_images(arrays, path)
    labels = class_indices(arrays, len(images), alphabet, path)
    return Plan(chunks=image_chunks(images, labels), total=len(images))


def read_arrays(path: Path) -> dict[str, NDArray]:
    """The arrays that matter; nothing is unpickled."""
    try:
        with path.open("rb") as file:
            opened = np.load(file, allow_pickle=False)
            if not isinstance(opened, np.lib.npyio.NpzFile):
                raise DataError(f"{path} holds one array; save it as .npz with `images` and `labels`")
            return {key: opened[key] for key in ("images", "labels", "classes") if key in opened}
    except MemoryError as fault:
        raise DataError(
            f"{path} holds, or says so, more than fits into memory ({fault}); split it"
        ) from fault
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as fault:
        if is_of_the_system(fault) and not path.is_dir():
            raise damaged(path, fault) from fault
        raise DataError(
            f"{path} is no readable .npz file; save arrays with numpy.savez(path, images=…, labels=…, "
            f"classes=…), or write folder:{path} where it is a folder or an archive of pictures"
        ) from fault


def checked_images(arrays: dict[str, NDArray], path: Path) -> NDArray[np.uint8]:
    """The images, if they are images."""
    if "images" not in arrays:
        raise DataError(f"{path} has no `images`; expected `images` (N, H, W), `labels` (N,) and `classes`")
    images = arrays["images"]
    is_grey, is_colour = images.ndim == 3, images.ndim == 4 and images.shape[-1] in (3, 4)
    if images.dtype != np.uint8 or not (is_grey or is_colour) or not images.size:
        raise DataError(
            f"{path}: `images` is {images.dtype} {images.shape}; expected uint8 (N, H, W) or (N, H, W, 3|4)"
        )
    return images


def class_indices(
    arrays: dict[str, NDArray], count: int, alphabet: Alphabet, path: Path
) -> NDArray[np.int64]:
    """For each image its class in the alphabet (N,); -1 for all where the file has no labels."""
    if "labels" not in arrays:
        return np.full(count, UNLABELLED, np.int64)
    labels, classes = arrays["labels"], class_texts(arrays, alphabet, path)
    if labels.shape != (count,) or not np.issubdtype(labels.dtype, np.integer):
        raise DataError(
            f"{path}: `labels` is {labels.dtype} {labels.shape}; expected integers ({count},), one per image"
        )
    if labels.min() < 0 or labels.max() >= len(classes):
        raise DataError(
            f"{path}: `labels` reach from {labels.min()} to {labels.max()}, `classes` has {len(classes)}"
        )
    used = {classes[index] for index in np.unique(labels)}
    refuse_unknown(used, alphabet, str(path))
    lookup = np.array([class_index(text, alphabet) if text in used else UNLABELLED for text in classes])
    return lookup[labels]


def class_texts(arrays: dict[str, NDArray], alphabet: Alphabet, path: Path) -> list[str]:
    """The text of each class in the file; without `classes`, a label is its number in the alphabet."""
    if "classes" not in arrays:
        return list(alphabet.labels)
    classes = arrays["classes"]
    if classes.ndim != 1 or classes.dtype.kind not in "US":
        raise DataError(f"{path}: `classes` is {classes.dtype} {classes.shape}; expected one text per class")
    return [text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text) for text in classes]


def image_chunks(images: NDArray[np.uint8], labels: NDArray[np.int64]) -> Iterator[PictureChunk]:
    """Images named by their number."""
    for start in range(0, len(images), PICTURES_PER_CHUNK):
        some = slice(start, start + PICTURES_PER_CHUNK)
        numbers: Sequence[int] = range(len(images))[some]
        yield PictureChunk(
            list(images[some]), labels[some].tolist(), [f"image {number}" for number in numbers]
        )
