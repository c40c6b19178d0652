"""`emnist[:SPLIT]`: torchvision's EMNIST, fetched on first use."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ocr_demo.characters import UNLABELLED, Alphabet
from ocr_demo.datasets.arrays import image_chunks
from ocr_demo.datasets.layout import class_index, refuse_unknown
from ocr_demo.datasets.source import Plan, Request, Source, Split
from ocr_demo.errors import DataError, SpecError

EMNIST_SPLITS = ("byclass", "bymerge", "balanced", "letters", "digits", "mnist")


def emnist_source(request: Request) -> Source:
    """EMNIST's training or test images; `byclass`, all 62 characters, if no split is named."""
    part = request.argument or "byclass"
    if part not in EMNIST_SPLITS:
        raise SpecError(f"emnist:{part}: there is no such split; choose from {', '.join(EMNIST_SPLITS)}")
    folder = request.home / "emnist"
    return Source(
        description=f"EMNIST {part} ({request.split}; Cohen et al. 2017, by torchvision)",
        # The published files never change: torchvision checks their hash when it fetches them.
        fingerprint=(str(folder.resolve()), part),
        plan=lambda: emnist_plan(folder, part, request.split, request.alphabet),
    )


def emnist_plan(folder: Path, part: str, split: Split, alphabet: Alphabet) -> Plan:
    images, targets, classes = read_emnist(folder, part, split)
    refuse_unknown({classes[target] for target in np.unique(targets)}, alphabet, f"EMNIST {part}")
    indices = [class_index(text, alphabet) if alphabet.label_of(text) else UNLABELLED for text in classes]
    return Plan(chunks=image_chunks(images, np.array(indices)[targets]), total=len(images))


def read_emnist(
    folder: Path, part: str, split: Split
) -> tuple[NDArray[np.uint8], NDArray[np.int64], list[str]]:
    """Upright images (N, 28, 28), light on black; for each the number of its class; the classes' texts."""
    # torchvision takes seconds to import, and only this source needs it.
    from torchvision.datasets import EMNIST

    try:
        dataset = EMNIST(folder, split=part, train=split == "training", download=True)
    except (OSError, RuntimeError, ValueError, AssertionError) as fault:
        raise DataError(
            f"EMNIST could not be fetched into {folder} ({fault}); connect to a network (and delete that "
            "folder if it holds half a download), or use other data: --data npz:PATH or --data folder:PATH"
        ) from fault
    upright = dataset.data.numpy().transpose(0, 2, 1)  # its files hold every image on its side
    return np.ascontiguousarray(upright), dataset.targets.numpy(), list(dataset.classes)
