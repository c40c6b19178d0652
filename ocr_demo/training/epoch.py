"""What every training tells of an epoch; nothing here needs PyTorch."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EpochResult:
    """One epoch's figures, each a mean over images, as a row of `history.json` has them."""

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    learning_rate: float
    """At the epoch's end."""
    seconds: float
    images_per_second: float

    def __str__(self) -> str:
        return (
            f"epoch {self.epoch}: loss {self.train_loss:.4f}, accuracy {self.train_accuracy:.2%}; "
            f"validation {self.validation_loss:.4f}, {self.validation_accuracy:.2%}; "
            f"learning rate {self.learning_rate:.2g}; "
            f"{self.images_per_second:,.0f} images/s, {self.seconds:.0f} s"
        )
