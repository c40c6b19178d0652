"""Networks for tests that need one, and not that it reads."""

from pathlib import Path

import torch

from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import Contract, save_checkpoint
from ocr_demo.models import build_model


def small_checkpoint(folder: Path, alphabet: str = "latin", architecture: str = "glyphnet") -> Path:
    """A checkpoint of random weights, a sixteenth of the usual size where it is a glyphnet."""
    labels = ALPHABETS[alphabet].labels
    arguments = {"width": 0.25} if architecture == "glyphnet" else {}
    torch.manual_seed(0)
    network = build_model(architecture, len(labels), **arguments).eval()
    save_checkpoint(folder, network, Contract(architecture, labels, alphabet, arguments=arguments))
    return folder
