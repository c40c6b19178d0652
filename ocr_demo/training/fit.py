"""The engine: yields an `EpochResult` per epoch; whoever calls it prints, draws or stores."""

import math
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from ocr_demo.characters import ALPHABETS
from ocr_demo.errors import OcrDemoError
from ocr_demo.models import freeze_backbone, to_input
from ocr_demo.training.augmentation import Augmentation
from ocr_demo.training.batch_norm import share_batch_norm
from ocr_demo.training.distillation import Teachers
from ocr_demo.training.epoch import EpochResult
from ocr_demo.training.limits import within_memory
from ocr_demo.training.optimisation import Schedule, make_optimizer
from ocr_demo.training.options import TrainingOptions
from ocr_demo.training.outliers import make_outliers, rejection_loss
from ocr_demo.training.precision import autocast, require_precision
from ocr_demo.training.processes import Processes
from ocr_demo.training.samples import Samples

REJECTION_WEIGHT = 0.2
"""Of the loss that parts characters from outliers, beside the one that tells characters apart."""
LEAST_FALL = 1e-4
"""The share by which a validation loss is lower, if it is."""


class Trainer:
    """Trains a network on one set of samples and validates it on another.

    Several processes that share a batch train as one does, to rounding, but for what each draws by itself:
    dropout and the outliers.

    `outliers` (M, 64, 64) `uint8` are glyphs that are no characters; half of the outliers of a batch are
    drawn from them, the others made from its characters.

    Every random number of an epoch comes from the seed and the epoch's number, so that a run resumed after
    epoch k goes on as the unbroken one does.
    """

    def __init__(
        self,
        network: nn.Module,
        training: Samples,
        validation: Samples,
        options: TrainingOptions,
        processes: Processes,
        outliers: Tensor | None = None,
        teachers: Teachers | None = None,
    ) -> None:
        self.options, self.processes = options, processes
        self._training, self._validation = training, validation
        self._outliers, self._teachers = outliers, teachers
        if teachers:
            teachers.to(processes.device).to(memory_format=self._memory_format)
        self._batch = processes.shared_batch(options.batch_size, training.per_epoch())
        require_precision(options.precision, processes.device)
        self._prepare(network)
        self._optimizer = make_optimizer(self._network, options)
        self._schedule = Schedule(self._optimizer, options, training.per_epoch() // self._batch)
        self._scaler = torch.amp.GradScaler(processes.device.type, enabled=options.precision == "fp16")
        self._augmentation = Augmentation(options.augmentation)
        self._class_weights = (
            training.class_weights(len(ALPHABETS[options.alphabet].labels)) if options.class_balance else None
        )
        self.history: list[EpochResult] = []
        self.best_weights = deepcopy(self._kept_weights())
        self._best_accuracy, self._lowest_loss, self._waited = -1.0, math.inf, 0

    def _prepare(self, network: nn.Module) -> None:
        if self.processes.count > 1:
            network = share_batch_norm(network, self.processes.device)
        if self.options.freeze:
            freeze_backbone(network)
        network.to(self.processes.device).to(memory_format=self._memory_format)
        if self.processes.count > 1:
            self._replica: nn.Module = DistributedDataParallel(network)
        else:
            self._replica = network
        self._network = network
        self._run = torch.compile(self._replica) if self.options.compile else self._replica
        decay = self.options.averaging
        self._average = (
            AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True)
            if decay
            else None
        )

    def fit(self, show: bool = False) -> Iterator[EpochResult]:
        """Trains from the epoch after the last one in `history`; closing the generator stops it.

        `show` draws a bar on stderr for each epoch: images, images/s and what is left. `OcrDemoError` if
        it diverges, `OptionError` if a batch doesn't fit the device.
        """
        while len(self.history) < self.options.epochs and not self.has_stalled:
            result = self._epoch(len(self.history) + 1, show)
            if not math.isfinite(result.validation_loss):
                raise OcrDemoError(
                    f"training diverged in epoch {result.epoch}: its loss is no number any more; "
                    "lower learning_rate, or set clip_gradient"
                )
            self.history.append(result)
            self._waited = 0 if self._has_improved(result) else self._waited + 1
            self._lowest_loss = min(self._lowest_loss, result.validation_loss)
            if result.validation_accuracy >= self._best_accuracy:  # of equals the last has learnt the most
                self._best_accuracy = result.validation_accuracy
                self.best_weights = deepcopy(self._kept_weights())
            self._schedule.after_epoch(result.validation_loss)
            yield result

    def _has_improved(self, result: EpochResult) -> bool:
        """By accuracy, or by loss: of a few images the same may be read right for many epochs."""
        lowest = self._lowest_loss * (1 - LEAST_FALL)
        return result.validation_accuracy > self._best_accuracy or result.validation_loss < lowest

    @property
    def has_stalled(self) -> bool:
        """Whether `patience` epochs have gone by with no higher validation accuracy and no lower loss."""
        return bool(self.options.patience) and self._waited >= self.options.patience

    def state(self) -> dict[str, Any]:
        """All that `load_state` needs to go on after the last finished epoch."""
        return {
            "epoch": len(self.history),
            "model_state_dict": self._network.state_dict(),
            "optimizer_state_dict": self._optimizer.state_dict(),
            "scheduler": self._schedule.state_dict(),
            "scaler": self._scaler.state_dict(),
            "average": self._average.state_dict() if self._average else {},
            "accuracy": self._best_accuracy,
            "loss": self._lowest_loss,
            "waited": self._waited,
            "best_weights": self.best_weights,
            "history": [asdict(result) for result in self.history],
        }

    def load_state(self, state: dict[str, Any]) -> None:
        self._network.load_state_dict(state["model_state_dict"])
        self._optimizer.load_state_dict(state["optimizer_state_dict"])
        self._schedule.load_state_dict(state["scheduler"])
        self._scaler.load_state_dict(state["scaler"])
        if self._average:
            self._average.load_state_dict(state["average"])
        self._best_accuracy, self._lowest_loss = state["accuracy"], state.get("loss", math.inf)
        self._waited = state["waited"]
        self.best_weights = state["best_weights"]
        self.history = [EpochResult(**row) for row in state["history"]]

    def _epoch(self, epoch: int, show: bool) -> EpochResult:
        started = time.perf_counter()
        order_generator = torch.Generator().manual_seed(self.options.seed * 100_003 + epoch)
        generator = torch.Generator(self.processes.device).manual_seed(self.options.seed * 100_003 + epoch)
        own_seed = (self.options.seed * 100_003 + epoch) * 1_009 + self.processes.rank
        own_generator = torch.Generator(self.processes.device).manual_seed(own_seed)
        torch.manual_seed(own_seed)
        order = self._training.order(order_generator).to(self.processes.device)
        self._replica.train()
        sums = torch.zeros(3, device=self.processes.device)
        bar = tqdm(total=len(order), unit=" images", desc=f"epoch {epoch}", leave=False, disable=not show)
        with bar, within_memory(self._batch, self.processes.device):
            for start in range(0, len(order) - self._batch + 1, self._batch):
                sums += self._step(order[start : start + self._batch], generator, own_generator)
                bar.update(self._batch)
        trained = time.perf_counter() - started
        loss, correct, images = self.processes.total(sums).tolist()
        validation_loss, validation_accuracy = self._validate()
        return EpochResult(
            epoch,
            loss / images,
            correct / images,
            validation_loss,
            validation_accuracy,
            self._optimizer.param_groups[0]["lr"],
            time.perf_counter() - started,
            images / trained,
        )

    def _step(self, batch: Tensor, generator: torch.Generator, own_generator: torch.Generator) -> Tensor:
        """One optimizer step; returns summed loss, correct answers and images of this process's rows.

        All processes draw the same from `generator`, and each its own from `own_generator`.
        """
        rows = self.processes.rows(len(batch))
        mine = batch[rows]
        labels = self._training.labels[mine]
        glyphs = self._training.glyphs[mine].unsqueeze(1).float().div_(255)
        glyphs = self._augmentation(glyphs, generator, rows, len(batch), progress=self._progress)
        shapes = self._drawn_outliers(glyphs, labels, own_generator)
        inputs = torch.cat([glyphs, shapes]).mul_(2).sub_(1).contiguous(memory_format=self._memory_format)
        with self._autocast():
            logits = self._run(inputs)
            targets = self._teachers.targets(inputs[: len(labels)], labels) if self._teachers else labels
        logits = logits.float()
        known = logits[: len(labels)]
        # Summed, not averaged by weight: so processes that share a batch descend as one would.
        loss = F.cross_entropy(
            known,
            targets,
            weight=self._class_weights,
            label_smoothing=self.options.label_smoothing,
            reduction="sum",
        )
        total = loss / len(labels)
        if len(shapes):
            total = total + REJECTION_WEIGHT * rejection_loss(known, logits[len(labels) :])
        self._descend(total)
        correct = (known.argmax(1) == labels).sum()
        return torch.stack([loss.detach(), correct.float(), torch.ones_like(loss.detach()) * len(labels)])

    def _drawn_outliers(self, glyphs: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
        """Outliers (M, 1, 64, 64) in 0..1 for a batch of characters (N, 1, 64, 64) and labels (N,)."""
        count = max(2, int(self.options.outliers * len(glyphs))) if self.options.outliers else 0
        if self._outliers is None or not count:
            return make_outliers(glyphs, labels, count, generator) if count else glyphs[:0]
        given = torch.randint(
            len(self._outliers), (count // 2,), generator=generator, device=self._outliers.device
        )
        foreign = self._outliers[given].unsqueeze(1).float().div_(255)
        made = make_outliers(glyphs, labels, count - count // 2, generator)
        return torch.cat([self._augmentation(foreign, generator, progress=self._progress), made])

    @property
    def _progress(self) -> float:
        """The share of the training that is done, 0..1."""
        return len(self.history) / self.options.epochs

    def _descend(self, loss: Tensor) -> None:
        self._optimizer.zero_grad(set_to_none=True)
        self._scaler.scale(loss).backward()
        if self.options.clip_gradient:
            self._scaler.unscale_(self._optimizer)
            nn.utils.clip_grad_norm_(self._network.parameters(), self.options.clip_gradient)
        scale = self._scaler.get_scale()
        self._scaler.step(self._optimizer)
        self._scaler.update()
        if self._scaler.get_scale() >= scale:  # fp16 skips the step whose gradients overflow
            self._schedule.after_step()
        if self._average:
            self._average.update_parameters(self._network)

    def _validate(self) -> tuple[float, float]:
        """Mean loss and accuracy, on the validation samples, of what would be kept."""
        mine = slice(self.processes.rank, None, self.processes.count)
        network = self._average.module if self._average else self._network
        labels = self._validation.labels[mine]
        logits = self._logits(network, self._validation.glyphs[mine])
        loss = F.cross_entropy(logits, labels, reduction="sum")
        correct = (logits.argmax(1) == labels).sum()
        sums = torch.stack([loss, correct.float(), torch.ones_like(loss) * len(labels)])
        total, right, images = self.processes.total(sums).tolist()
        return total / images, right / images

    def best(self) -> tuple[nn.Module, Tensor, Tensor]:
        """The best network so far, its logits (N, classes) on the validation samples, and their labels."""
        network = deepcopy(self._network)
        network.load_state_dict(self.best_weights)
        logits = self._logits(network, self._validation.glyphs, exact=True)
        return network.eval(), logits, self._validation.labels

    @torch.no_grad()
    def _logits(self, network: nn.Module, glyphs: Tensor, *, exact: bool = False, batch: int = 512) -> Tensor:
        """Logits (N, classes), `exact` in float32, as reading has them, whatever training's precision."""
        network.eval()
        logits = []
        for start in range(0, max(1, len(glyphs)), batch):  # a process may have none, and gives none
            inputs = to_input(glyphs[start : start + batch]).contiguous(memory_format=self._memory_format)
            with nullcontext() if exact else self._autocast():
                logits.append(network(inputs).float())
        return torch.cat(logits)

    def _kept_weights(self) -> dict[str, Tensor]:
        return (self._average.module if self._average else self._network).state_dict()

    def _autocast(self) -> AbstractContextManager:
        return autocast(self.options.precision, self.processes.device)

    @property
    def _memory_format(self) -> torch.memory_format:
        return torch.channels_last if self.options.channels_last else torch.contiguous_format
