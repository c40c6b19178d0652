"""Which of the samples that a person gave are mislabelled, as the others tell."""

import torch
from torch import Tensor
from torch.nn import functional as F

NEAR = 0.2
"""How fast a sample's say falls with its distance: to a third where the cosine similarity is less by this."""
OWN_NEARNESS = 0.7
"""What the network reads counts like the label of one sample that is so similar."""
BEHIND = 0.5
"""A label with less than this share of the likeliest label's say is behind it."""
FEWEST_LIKE = 2
"""So many other samples of the likeliest label speak against a sample's own."""
MOST = 1 / 3
"""The share of samples that may be doubted: where more seem wrong, it is the network that is."""
MANY = 4096
"""Of more samples, so many say what the label of each should be."""
BATCH = 1024


def doubted(features: Tensor, probabilities: Tensor, labels: Tensor) -> Tensor:
    """Which samples (N,) the others contradict.

    `features` (N, F) are what the network sees in each sample before it is taught any, and `probabilities`
    (N, classes) what it reads. Each sample's label is told from the labels of those near it and from what
    the network reads, its own label left out (after Northcutt et al. 2021, Confident Learning, with
    neighbours in place of a classifier); it is doubted where others' label has by far the most say.
    """
    say = told_by_others(features, probabilities, labels)
    most, likeliest = say.max(1)
    share = say.gather(1, labels[:, None]).squeeze(1) / most
    counts = torch.bincount(labels, minlength=probabilities.shape[1])
    behind = (likeliest != labels) & (share < BEHIND) & (counts[likeliest] >= FEWEST_LIKE)
    among_worst = torch.zeros_like(behind)
    among_worst[share.argsort()[: int(MOST * len(labels))]] = True
    return behind & among_worst


def told_by_others(features: Tensor, probabilities: Tensor, labels: Tensor) -> Tensor:
    """How much say each label has on each sample (N, classes)."""
    directions = F.normalize(features - features.mean(0))
    generator = torch.Generator().manual_seed(0)
    others = torch.randperm(len(labels), generator=generator)[:MANY].to(labels.device)
    of_others = F.one_hot(labels[others], probabilities.shape[1]).to(features.dtype)
    say = torch.empty_like(probabilities)
    for rows in torch.arange(len(labels), device=labels.device).split(BATCH):
        near = _say(directions[rows] @ directions[others].T)
        near[rows[:, None] == others] = 0
        say[rows] = near @ of_others + _say(torch.tensor(OWN_NEARNESS)) * probabilities[rows]
    return say


def _say(similarity: Tensor) -> Tensor:
    return ((similarity - 1) / NEAR).exp()
