"""Targets to learn from: labels mixed with the answers of trained checkpoints."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import Checkpoint
from ocr_demo.errors import OptionError
from ocr_demo.models import to_input
from ocr_demo.training.options import TrainingOptions
from ocr_demo.training.precision import autocast
from ocr_demo.training.samples import Samples

BATCH = 512


def distilled(
    samples: Samples, teachers: Sequence[Checkpoint], options: TrainingOptions, show: bool = False
) -> Samples:
    """The samples with targets (N, classes): labels, and as much of the teachers' mean answers as is asked.

    Where teachers doubt a label, or share its probability among look-alikes, so does who learns from them
    (Hinton et al. 2015, Distilling the Knowledge in a Neural Network). They see each glyph as it is, the
    student sees it distorted. An `OptionError` names a teacher of another alphabet.
    """
    alphabet = ALPHABETS[options.alphabet]
    for teacher in teachers:
        if teacher.contract.labels != alphabet.labels:
            raise OptionError(
                f"teachers: {teacher.folder} reads {teacher.contract.alphabet}, this run {alphabet.name}"
            )
    certain = F.one_hot(samples.labels, len(alphabet.labels)).half()
    answers = sum(_answers(teacher, samples.glyphs, options, show) for teacher in teachers) / len(teachers)
    return replace(samples, targets=(certain + options.distillation * (answers - certain)).half())


@torch.no_grad()
def _answers(teacher: Checkpoint, glyphs: Tensor, options: TrainingOptions, show: bool) -> Tensor:
    """Calibrated probabilities (N, classes) of glyphs (N, 64, 64)."""
    layout = torch.channels_last if options.channels_last else torch.contiguous_format
    network = teacher.network().eval().to(glyphs.device).to(memory_format=layout)
    probabilities = []
    with autocast(options.precision, glyphs.device):
        for start in tqdm(
            range(0, len(glyphs), BATCH), desc=f"{teacher.name} answers", leave=False, disable=not show
        ):
            inputs = to_input(glyphs[start : start + BATCH]).contiguous(memory_format=layout)
            probabilities.append((network(inputs).float() / teacher.contract.temperature).softmax(dim=1))
    return torch.cat(probabilities)
