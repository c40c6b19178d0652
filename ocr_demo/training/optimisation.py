"""Optimizers and learning-rate schedules by name."""

import math
from collections.abc import Callable, Iterable

import torch
from torch import nn
from torch.optim import Optimizer, lr_scheduler

from ocr_demo.training.options import TrainingOptions

OPTIMIZERS: dict[str, Callable[[Iterable[dict], TrainingOptions], Optimizer]] = {
    "adam": lambda groups, options: torch.optim.Adam(groups, options.learning_rate),
    "adamw": lambda groups, options: torch.optim.AdamW(groups, options.learning_rate),
    "sgd": lambda groups, options: torch.optim.SGD(
        groups, options.learning_rate, momentum=0.9, nesterov=True
    ),
    "rmsprop": lambda groups, options: torch.optim.RMSprop(groups, options.learning_rate),
}


def make_optimizer(network: nn.Module, options: TrainingOptions) -> Optimizer:
    """The optimizer of the weights that train; biases and normalisation are spared the weight decay."""
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": options.weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return OPTIMIZERS[options.optimizer]([group for group in groups if group["params"]], options)


class Schedule:
    """Moves the learning rate, after each step or after each epoch, as its kind wants."""

    def __init__(self, optimizer: Optimizer, options: TrainingOptions, steps_per_epoch: int) -> None:
        steps = max(1, steps_per_epoch * options.epochs)
        self._by_step: lr_scheduler.LRScheduler | None = None
        self._by_epoch: lr_scheduler.LRScheduler | None = None
        self._on_plateau: lr_scheduler.ReduceLROnPlateau | None = None
        match options.scheduler:
            case "cosine":
                self._by_step = lr_scheduler.LambdaLR(optimizer, _cosine(int(options.warmup * steps), steps))
            case "onecycle":
                self._by_step = lr_scheduler.OneCycleLR(optimizer, options.learning_rate, total_steps=steps)
            case "step":
                self._by_epoch = lr_scheduler.StepLR(optimizer, max(1, options.epochs // 3), gamma=0.1)
            case "exponential":
                self._by_epoch = lr_scheduler.ExponentialLR(optimizer, gamma=0.01 ** (1 / options.epochs))
            case "plateau":
                self._on_plateau = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2)

    def after_step(self) -> None:
        if self._by_step:
            self._by_step.step()

    def after_epoch(self, validation_loss: float) -> None:
        if self._by_epoch:
            self._by_epoch.step()
        if self._on_plateau:
            self._on_plateau.step(validation_loss)

    def state_dict(self) -> dict:
        inner = self._inner
        return inner.state_dict() if inner else {}

    def load_state_dict(self, state: dict) -> None:
        if inner := self._inner:
            inner.load_state_dict(state)

    @property
    def _inner(self) -> lr_scheduler.LRScheduler | lr_scheduler.ReduceLROnPlateau | None:
        return self._by_step or self._by_epoch or self._on_plateau


def _cosine(warmup: int, steps: int) -> Callable[[int], float]:
    """Linear from near 0 over `warmup` steps, then half a cosine down to 1 % at `steps`."""

    def factor(step: int) -> float:
        if step < warmup:
            return (step + 1) / (warmup + 1)
        progress = min(1.0, (step - warmup) / max(1, steps - warmup))
        return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress))

    return factor
