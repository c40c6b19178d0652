"""Learning from trained checkpoints: labels mixed with their answers."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import Checkpoint
from ocr_demo.errors import OptionError
from ocr_demo.training.options import TrainingOptions


class Teachers(nn.Module):
    """Trained networks whose mean answer is learnt beside the labels.

    They see each glyph as their student does, distorted as it is for that step (Beyer et al. 2022, Knowledge
    distillation: A good teacher is patient and consistent). An `OptionError` names one of another alphabet.
    """

    def __init__(self, checkpoints: Sequence[Checkpoint], options: TrainingOptions) -> None:
        super().__init__()
        alphabet = ALPHABETS[options.alphabet]
        for checkpoint in checkpoints:
            if checkpoint.contract.labels != alphabet.labels:
                raise OptionError(
                    f"teachers: {checkpoint.folder} reads {checkpoint.contract.alphabet}, "
                    f"this run {alphabet.name}"
                )
        self._share = options.distillation
        self._networks = nn.ModuleList(checkpoint.network().eval() for checkpoint in checkpoints)
        self._temperatures = [checkpoint.contract.temperature for checkpoint in checkpoints]

    @torch.no_grad()
    def targets(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """What to learn of inputs (N, 1, 64, 64) in [-1, 1] labelled (N,): probabilities (N, classes).

        Where teachers doubt a label, or share its probability among look-alikes, so does who learns from
        them (Hinton et al. 2015, Distilling the Knowledge in a Neural Network).
        """
        answers = sum(
            (network(inputs).float() / temperature).softmax(dim=1)
            for network, temperature in zip(self._networks, self._temperatures, strict=True)
        ) / len(self._networks)
        certain = F.one_hot(labels, answers.shape[1])
        return certain + self._share * (answers - certain)
