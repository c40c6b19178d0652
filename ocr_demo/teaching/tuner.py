"""The engine of a short training: it learns a few samples, and stays what it was on everything else."""

import math
import time
from collections.abc import Generator, Iterator
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ocr_demo.checkpoint import Checkpoint, Contract
from ocr_demo.errors import OcrDemoError
from ocr_demo.models import to_input
from ocr_demo.teaching.calibrating import recalibrated
from ocr_demo.teaching.doubts import doubted
from ocr_demo.teaching.options import TuningComparison, TuningEpoch, TuningOptions, TuningSummary
from ocr_demo.teaching.replay import Replay
from ocr_demo.teaching.samples import Samples
from ocr_demo.training.augmentation import Augmentation

TAUGHT, REPLAYED = 24, 40
"""Images a step: of the samples taught, and of what is gone over."""
STEPS = 8
"""In an epoch, at least; more where the samples taught are many."""
DECAY = 0.5
"""A layer's learning rate as a share of that of the layer after it."""
FROZEN = 0.05
"""Layers that would learn slower than this share of the last are left as they are."""
WARMUP = 0.1
"""The share of the training over which the learning rate climbs; after it, it falls by half a cosine."""
SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)
"""How far to go from the base to the tuned weights: no further than the samples need."""
SAME = 0.98
"""The share of rendered, distorted characters that must be read as the base reads them."""
ENOUGH = 0.02
"""So much less of the samples learnt than the most possible is enough."""
FEW, BENT = 256, 4
"""How many samples, each distorted in so many ways, tell how well all are learnt."""


class Tuner:
    """Teaches a copy of a checkpoint's network a few samples.

    Batch norm and dropout stay as in reading: a handful of samples has no statistics. Rendered characters
    are gone over in every step, to be read as the base reads them (Li and Hoiem 2016, Learning without
    Forgetting), and in the end the weights go only so far from the base's that its other readings stay
    (Wortsman et al. 2022, Robust fine-tuning of zero-shot models).
    """

    def __init__(
        self,
        base: Checkpoint,
        taught: Samples,
        replay: Replay,
        options: TuningOptions,
        device: torch.device,
    ) -> None:
        self._options, self._replay = options, replay
        self._base = base.network().to(device).to(memory_format=torch.channels_last)
        self._network = deepcopy(self._base)
        self._glyphs = torch.from_numpy(taught.glyphs.copy()).to(device)
        self._labels = torch.from_numpy(taught.labels.astype("int64")).to(device)
        self._optimizer = torch.optim.AdamW(parameter_groups(self._network, options), weight_decay=0)
        self._rates = [group["lr"] for group in self._optimizer.param_groups]
        self._generator = torch.Generator(device).manual_seed(options.seed)
        self._near, self._far = Augmentation("light"), Augmentation("full")
        self._contract = base.contract
        features, logits = self._seen()
        self._before = self._right(logits)
        self._believed = (~doubted(features, logits.softmax(1), self._labels)).nonzero().squeeze(1)
        self._steps = max(STEPS, math.ceil(len(self._believed) / TAUGHT))

    def fit(self, until: float) -> Iterator[TuningEpoch]:
        """Trains till the last epoch, or so that `tuned` is done when `time.monotonic()` is `until`.

        At least a step is done, and half of the time is for training; `OcrDemoError` if it diverges.
        """
        began = time.monotonic()
        until -= min(self._choosing_seconds(), (until - began) / 2)
        for epoch in range(1, self._options.epochs + 1):
            result = self._epoch(epoch, began, until)
            if not math.isfinite(result.train_loss + result.validation_loss):
                raise OcrDemoError(
                    "the training diverged: its loss is no number any more; lower the learning rate"
                )
            yield result
            if time.monotonic() >= until:
                return

    def _epoch(self, epoch: int, began: float, until: float) -> TuningEpoch:
        started = time.monotonic()
        sums, images = torch.zeros(2, device=self._labels.device), 0
        for step in range(self._steps):
            now = time.monotonic()
            if now >= until and images:
                break
            done = (epoch - 1 + step / self._steps) / self._options.epochs
            progress = max(done, (now - began) / max(until - began, 1e-9))
            sums += self._step(min(progress, 1.0))
            images += TAUGHT
        trained = time.monotonic() - started
        loss, correct = (sums / images).tolist()
        seconds = time.monotonic() - began
        return TuningEpoch(
            epoch,
            loss,
            correct,
            *self._validated(),
            learning_rate=self._optimizer.param_groups[0]["lr"],
            seconds=time.monotonic() - started,
            images_per_second=images * (1 + REPLAYED / TAUGHT) / trained,
            seconds_left=max(
                0.0, min(until - time.monotonic(), seconds / epoch * (self._options.epochs - epoch))
            ),
        )

    def _step(self, progress: float) -> Tensor:
        """One optimizer step; returns the summed loss and right answers of the samples taught."""
        self._set_rates(progress)
        chosen = self._believed[self._drawn(len(self._believed), TAUGHT)]
        labels = self._labels[chosen]
        rendered = self._replay.glyphs[self._drawn(len(self._replay.glyphs), REPLAYED)]
        replayed = self._inputs(self._far, rendered)
        inputs = torch.cat([self._inputs(self._near, self._glyphs[chosen]), replayed])
        logits = self._network(inputs.contiguous(memory_format=torch.channels_last))
        with torch.no_grad():
            wanted = self._base(replayed)
        loss = F.cross_entropy(logits[:TAUGHT], labels)
        self._optimizer.zero_grad(set_to_none=True)
        (loss + forgetting(logits[TAUGHT:], wanted)).backward()
        self._optimizer.step()
        with torch.no_grad():
            correct = (logits[:TAUGHT].argmax(1) == labels).sum()
            return torch.stack([TAUGHT * loss, correct.float()])

    def _choosing_seconds(self) -> float:
        """How long `tuned` will read, judged by reading the rendered characters once."""
        started, held = time.monotonic(), len(self._replay.held_glyphs)
        self._validated()
        most = 2 * held * (1 + len(SHARES)) + len(SHARES) * BENT * min(FEW, len(self._labels))
        return (time.monotonic() - started) * most / held

    def _set_rates(self, progress: float) -> None:
        climbed = min(1.0, (progress + 0.01) / WARMUP)
        for group, rate in zip(self._optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * climbed * (0.02 + 0.98 * (1 + math.cos(math.pi * progress)) / 2)

    def _drawn(self, size: int, count: int) -> Tensor:
        return torch.randint(size, (count,), generator=self._generator, device=self._labels.device)

    def _inputs(self, augmentation: Augmentation, glyphs: Tensor) -> Tensor:
        return augmentation(glyphs.unsqueeze(1).float().div_(255), self._generator).mul_(2).sub_(1)

    def _seen(self) -> tuple[Tensor, Tensor]:
        """What the base's last layer gets of each sample (N, features), and gives (N, classes)."""
        seen: list[Tensor] = []
        *_, last = (layer for layer in self._base.modules() if isinstance(layer, nn.Linear))
        with last.register_forward_pre_hook(lambda layer, inputs: seen.append(inputs[0])):
            logits = self._read(self._base, self._glyphs)
        return torch.cat(seen), logits

    @torch.no_grad()
    def _validated(self) -> tuple[float, float]:
        """Mean loss and accuracy on the rendered characters that aren't gone over."""
        logits, labels = self._read(self._network, self._replay.held_glyphs), self._replay.held_labels
        return F.cross_entropy(logits, labels).item(), (logits.argmax(1) == labels).float().mean().item()

    @torch.no_grad()
    def tuned(self) -> Generator[TuningComparison, None, tuple[nn.Module, Contract, TuningSummary]]:
        """The network to keep with its contract, as near to the base as the samples allow, and what it is.

        Yields how far it is with finding that.
        """
        yield TuningComparison(0.0)
        generator = torch.Generator(self._labels.device).manual_seed(self._options.seed)
        held = self._replay.held_glyphs
        elsewhere = torch.cat([held, bent(held, self._far, generator)])
        order = torch.randperm(len(self._believed), generator=generator, device=self._labels.device)
        chosen = self._believed[order[:FEW]].repeat(BENT)
        shown, labels = bent(self._glyphs[chosen], self._near, generator), self._labels[chosen]
        before = self._read(self._base, elsewhere)
        found: list[tuple[float, float, float, nn.Module, Tensor]] = []
        for number, share in enumerate(SHARES, start=1):
            yield TuningComparison(number / (1 + len(SHARES)))
            network = interpolated(self._base, self._network, share)
            after = self._read(network, elsewhere)
            same = (after.argmax(1) == before.argmax(1)).float().mean().item()
            learnt = (self._read(network, shown).argmax(1) == labels).float().mean().item()
            if found and same < SAME:
                break
            found.append((learnt, share, same, network, after))
        yield TuningComparison(1.0)
        most = max(learnt for learnt, *_ in found)
        _, share, same, network, after = next(each for each in found if each[0] >= most - ENOUGH)
        now = self._right(self._read(network, self._glyphs))
        doubts = len(self._labels) - len(self._believed)
        contract = recalibrated(self._contract, before.cpu().numpy(), after.cpu().numpy())
        summary = TuningSummary(len(self._labels), doubts, self._before, now, share, same)
        return network.cpu(), contract, summary

    def _right(self, logits: Tensor) -> float:
        """The share of the samples taught, undistorted, that logits (N, classes) read as labelled."""
        return (logits.argmax(1) == self._labels).float().mean().item()

    @torch.no_grad()
    def _read(self, network: nn.Module, glyphs: Tensor, batch: int = 256) -> Tensor:
        parts = [glyphs[start : start + batch] for start in range(0, len(glyphs), batch)]
        inputs = [to_input(part).contiguous(memory_format=torch.channels_last) for part in parts]
        return torch.cat([network(each) for each in inputs])


def parameter_groups(network: nn.Module, options: TuningOptions) -> list[dict]:
    """The layers that learn, the last first, each with its learning rate; the others are frozen."""
    layers: list[list[nn.Parameter]] = []
    for parameter in network.parameters():
        if parameter.ndim > 1 or not layers:  # the biases and the normalisation after weights go with them
            layers.append([])
        layers[-1].append(parameter)
    rates = [DECAY**depth for depth in range(len(layers))]
    learning = [rate for rate in rates if rate >= FROZEN][: 1 if options.layers == "head" else None]
    for parameter in network.parameters():
        parameter.requires_grad = False
    groups = []
    for layer, rate in zip(reversed(layers), learning, strict=False):
        for parameter in layer:
            parameter.requires_grad = True
        groups.append({"params": layer, "lr": options.learning_rate * rate})
    return groups


def forgetting(logits: Tensor, wanted: Tensor) -> Tensor:
    """How far logits (N, classes) are from those of the base: the mean Kullback-Leibler divergence."""
    return F.kl_div(logits.log_softmax(1), wanted.log_softmax(1), reduction="batchmean", log_target=True)


def bent(glyphs: Tensor, augmentation: Augmentation, generator: torch.Generator) -> Tensor:
    """Distorted glyphs (N, 64, 64) `uint8`."""
    images = glyphs.unsqueeze(1).float().div_(255)
    return augmentation(images, generator).squeeze(1).mul_(255).byte()


def interpolated(base: nn.Module, tuned: nn.Module, share: float) -> nn.Module:
    """A network whose weights lie on the line from the base's (share 0) to the tuned ones (share 1)."""
    network = deepcopy(base)
    ends = tuned.state_dict()
    network.load_state_dict(
        {
            name: start.lerp(ends[name], share) if start.is_floating_point() else start
            for name, start in base.state_dict().items()
        }
    )
    return network.eval()
