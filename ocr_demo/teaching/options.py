"""What a short training is asked for and tells: nothing here needs PyTorch."""

from dataclasses import dataclass
from math import inf
from typing import Literal, get_args

from ocr_demo.errors import OptionError
from ocr_demo.training.epoch import EpochResult

Layers = Literal["all", "head"]
MOST_EPOCHS = 1000


@dataclass(frozen=True)
class TuningOptions:
    """How a checkpoint is taught. Values that can't be raise `OptionError`, which names the option."""

    epochs: int = 12
    seconds: float = 30.0
    """The most wall time for everything, the written checkpoint included."""
    learning_rate: float = 1e-3
    """Of the last layer; each layer before it learns half as fast as the one after it."""
    layers: Layers = "all"
    """head trains the last layer alone."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.layers not in get_args(Layers):
            raise OptionError(f"layers: unknown {self.layers!r}; choose from {', '.join(get_args(Layers))}")
        rules = {
            "epochs": (
                isinstance(self.epochs, int) and 1 <= self.epochs <= MOST_EPOCHS,
                f"a whole number from 1 to {MOST_EPOCHS}",
            ),
            "seconds": (1 <= self.seconds < inf, "at least 1"),
            "learning_rate": (0 < self.learning_rate <= 1, "above 0, at most 1"),
            "seed": (0 <= self.seed < 2**31, "0 or more, below 2**31"),
        }
        for name, (holds, rule) in rules.items():
            if not holds:
                raise OptionError(f"{name}: must be {rule}; is {getattr(self, name)!r}")


@dataclass(frozen=True)
class TuningEpoch(EpochResult):
    """One epoch of a short training, validated on rendered characters that it doesn't go over."""

    seconds_left: float
    """Till the checkpoint is written, at most."""

    def __str__(self) -> str:
        return (
            f"epoch {self.epoch}: loss {self.train_loss:.4f}, accuracy {self.train_accuracy:.2%}; "
            f"rendered characters {self.validation_accuracy:.2%}; "
            f"{self.images_per_second:,.0f} images/s, {self.seconds_left:.0f} s left"
        )


@dataclass(frozen=True)
class TuningComparison:
    """How far the tuned weights have been compared with the base's, to choose what to keep."""

    share: float
    """Of what both read for that, 0..1."""

    def __str__(self) -> str:
        return f"trained; compared with what it started from: {self.share:.0%}"


@dataclass(frozen=True)
class TuningSummary:
    """What a short training came to; shares are 0..1."""

    samples: int
    doubted: int
    """Samples that the others contradict, as a wrong label is: they were left out."""
    before: float
    """The share of the samples that the base reads as they are labelled."""
    after: float
    """The same of the new checkpoint."""
    kept: float
    """How far the weights went from the base's to the tuned ones: so far that other readings stay."""
    same: float
    """The share of rendered characters, not gone over, that both read alike."""

    def __str__(self) -> str:
        left_out = f" ({self.doubted} left out: the others contradict them)" if self.doubted else ""
        return (
            f"{self.samples:,} samples{left_out}: {self.before:.0%} read as labelled before, "
            f"{self.after:.0%} now; {self.same:.1%} of rendered characters read as before"
        )


TuningEvent = TuningEpoch | TuningComparison | TuningSummary
