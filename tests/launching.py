"""Running train.py on a small file of arrays, as several test files do."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
TIMES = ("seconds", "images_per_second")


def bars(folder: Path) -> Path:
    """An .npz of 96 labelled images: bars at four places."""
    random = np.random.default_rng(0)
    labels = np.arange(96) % 4
    images = np.zeros((96, 40, 40), np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[8:32, 6 : 10 + 6 * label] = 255
        image[8 + 5 * label : 12 + 5 * label, 6:34] = 255
        image += random.integers(0, 20, image.shape, dtype=np.uint8) * (image == 0)
    path = folder / "bars.npz"
    np.savez(path, images=images, labels=labels, classes=np.array(["A", "B", "C", "D"]))
    return path


def command(arrays: Path, name: str, *options: str) -> list[str]:
    """What trains on them; options take the usual ones' place."""
    usual = {
        "--data": f"npz:{arrays}",
        "--name": name,
        "--output": str(arrays.parent / "out"),
        "--model": "ocrcnn",
        "--model-arguments": "dropout 0",
        "--batch-size": "16",
        "--validation": "0.25",
        "--learning-rate": "0.001",
        "--augmentation": "light",
        "--patience": "0",
        "--device": "cpu",
    }
    kept = [word for flag, values in usual.items() if flag not in options for word in (flag, *values.split())]
    return ["train.py", *kept, *options]


def environment(arrays: Path, home: str = "home") -> dict[str, str]:
    """As the README says to launch; OpenMP on one thread, for the tests' own speed."""
    own = {"OCR_DEMO_HOME": str(arrays.parent / home), "OMP_NUM_THREADS": "1"}
    return {**os.environ, **own, "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"}


def run(arrays: Path, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment(arrays),
        capture_output=True,
        text=True,
        timeout=300,
    )


def history(arrays: Path, name: str) -> list[dict[str, float]]:
    rows = json.loads((arrays.parent / "out" / name / "history.json").read_text())
    return [{key: value for key, value in row.items() if key not in TIMES} for row in rows]
