"""A checkpoint is a folder that carries its whole contract; this saves and loads it."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ocr_demo.characters import ALPHABETS, Alphabet
from ocr_demo.errors import CheckpointError, OptionError
from ocr_demo.models import build_model
from ocr_demo.preprocess import PREPROCESSING

FORMAT = 1
CHECKPOINTS = Path(__file__).resolve().parent.parent / "checkpoints"
"""Where the shipped checkpoints lie, and where train.py puts new ones."""
WEIGHTS, CONFIG, HISTORY, REPORT, RECIPE, CARD = (
    "model.safetensors",
    "config.json",
    "history.json",
    "report.json",
    "recipe.yaml",
    "README.md",
)


@dataclass(frozen=True)
class Contract:
    """What `config.json` holds: all that reading needs beside the weights."""

    architecture: str
    labels: tuple[str, ...]
    alphabet: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """The architecture's own arguments, as `build_model` takes them."""
    preprocessing: str = PREPROCESSING
    """The version of `preprocess` that made the glyphs it was trained on."""
    temperature: float = 1.0
    """Logits are divided by it before softmax; above 0."""
    threshold: float | None = None
    """The least log-sum-exp of the logits (negative energy) of what counts as a character; None: all do."""
    format: int = FORMAT


@dataclass(frozen=True)
class Checkpoint:
    """A loaded checkpoint: where it lies, its contract, and its weights on the CPU."""

    folder: Path
    contract: Contract
    weights: dict[str, Tensor]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def alphabet(self) -> Alphabet:
        return ALPHABETS[self.contract.alphabet]

    def network(self) -> nn.Module:
        """The network with these weights, in evaluation mode, in float32."""
        network = build_model(
            self.contract.architecture, len(self.contract.labels), **self.contract.arguments
        )
        network.load_state_dict({name: _widened(tensor) for name, tensor in self.weights.items()})
        return network.eval()

    def history(self) -> list[dict[str, Any]]:
        """A row per epoch, oldest first; empty where none was kept."""
        return _read_json(self.folder / HISTORY, default=[])

    def report(self) -> dict[str, Any]:
        """The figures on each test set, by the set's name; empty where none was measured."""
        return _read_json(self.folder / REPORT, default={})


def save_checkpoint(
    folder: Path,
    network: nn.Module,
    contract: Contract,
    *,
    history: Sequence[Mapping[str, Any]] = (),
    recipe: str = "",
    half: bool = False,
) -> None:
    """Writes a whole checkpoint folder; a fault at any point leaves the one that was there.

    `half` stores the weights in float16, which halves the file; reading widens them again.
    """
    weights = {
        name: (tensor.half() if half and tensor.is_floating_point() else tensor).contiguous().cpu()
        for name, tensor in network.state_dict().items()
    }
    with replaced_folder(folder) as fresh:
        save_file(weights, fresh / WEIGHTS)
        write_json(fresh / CONFIG, asdict(contract))
        write_json(fresh / HISTORY, list(history))
        (fresh / RECIPE).write_text(recipe)


def load_checkpoint(folder: Path | str) -> Checkpoint:
    """Reads a checkpoint folder; a `CheckpointError` says what is missing or doesn't fit."""
    folder = Path(folder)
    _recover(folder)
    if not folder.is_dir():
        raise CheckpointError(f"no checkpoint folder at {folder}; train one with train.py or name another")
    config = _read_json(folder / CONFIG)
    try:
        contract = Contract(**{**config, "labels": tuple(config["labels"])})
        weights = load_file(folder / WEIGHTS)
    except (TypeError, KeyError) as error:
        raise CheckpointError(f"{folder / CONFIG} lacks or mistakes a field: {error}") from error
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{folder / WEIGHTS} can't be read as safetensors: {error}") from error
    checkpoint = Checkpoint(folder, contract, weights)
    _check(checkpoint)
    return checkpoint


def update_contract(folder: Path, contract: Contract) -> None:
    """Replaces `config.json` alone, as after temperature and threshold have been fitted."""
    write_json(folder / CONFIG, asdict(contract))


def write_json(path: Path, value: Any) -> None:
    """Replaces a JSON file at once: readers see the old text or the new, never a part."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(path)


@contextmanager
def replaced_folder(folder: Path) -> Iterator[Path]:
    """A fresh folder to fill, which takes `folder`'s place when the block ends without an error."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    fresh.chmod(0o755)
    try:
        yield fresh
        former = _former(folder)
        shutil.rmtree(former, ignore_errors=True)
        if folder.exists():
            folder.rename(former)
        fresh.rename(folder)  # a fault between these two is mended by `_recover`
        shutil.rmtree(former, ignore_errors=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _former(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.former")


def _recover(folder: Path) -> None:
    former = _former(folder)
    if former.is_dir() and not folder.exists():
        former.rename(folder)


def _check(checkpoint: Checkpoint) -> None:
    contract, where = checkpoint.contract, checkpoint.folder / CONFIG
    if contract.format != FORMAT:
        raise CheckpointError(f"{where} has format {contract.format}; this release reads format {FORMAT}")
    if contract.preprocessing != PREPROCESSING:
        raise CheckpointError(
            f"{where} was trained on preprocessing {contract.preprocessing}, this release makes "
            f"{PREPROCESSING}; train it again, or use the release it came with"
        )
    if contract.alphabet not in ALPHABETS or ALPHABETS[contract.alphabet].labels != contract.labels:
        raise CheckpointError(
            f"{where}: its labels are not those of an alphabet among {', '.join(ALPHABETS)}"
        )
    if not contract.temperature > 0:
        raise CheckpointError(f"{where}: temperature must be above 0, is {contract.temperature}")
    try:
        checkpoint.network()
    except (RuntimeError, OptionError) as error:
        raise CheckpointError(f"{checkpoint.folder}: weights and architecture don't fit: {error}") from error


def _widened(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.dtype == torch.float16 else tensor


def _read_json(path: Path, default: Any = None) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if default is None:
            raise CheckpointError(f"{path} is missing; a checkpoint needs it") from None
        return default
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} can't be read as JSON: {error}") from error
