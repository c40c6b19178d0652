"""Which of the samples that a person gave are mislabelled, as the others tell."""

import torch
from torch import Tensor

FEWEST_LIKE = 2
"""So many other samples of the label that a sample is read as speak against its own."""
BEHIND = 0.3
"""A sample with less than this share of what is believed of its like is behind them."""
MOST = 1 / 3
"""The share of samples that may be doubted: where more seem wrong, it is the network that is."""


def doubted(probabilities: Tensor, labels: Tensor) -> Tensor:
    """Which samples (N,) the others contradict.

    `probabilities` (N, classes) are what the network, having learnt a while, makes of each sample, distorted
    in several ways. A sample is contradicted where it is read as what others are labelled, and its label is
    believed far less than those of its like: the other samples of its label, or else all samples.
    """
    own = probabilities.gather(1, labels[:, None]).squeeze(1)
    readings = probabilities.argmax(1)
    counts = torch.bincount(labels, minlength=probabilities.shape[1])
    sums = torch.bincount(labels, own, minlength=probabilities.shape[1])
    others = counts[labels] - 1
    like = torch.where(others > 0, (sums[labels] - own) / others.clamp(min=1), own.median())
    behind = (readings != labels) & (counts[readings] >= FEWEST_LIKE) & (own < BEHIND * like)
    worst = own.argsort()[: int(MOST * len(labels))]
    among_worst = torch.zeros_like(behind)
    among_worst[worst] = True
    return behind & among_worst
