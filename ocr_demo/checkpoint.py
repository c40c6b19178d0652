"""A checkpoint is a folder that carries its whole contract; this saves and loads it."""

import json
import math
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ocr_demo.characters import ALPHABETS, Alphabet
from ocr_demo.errors import CheckpointError, misfits
from ocr_demo.preprocess import PREPROCESSING
from ocr_demo.storage import write_json

if TYPE_CHECKING:  # PyTorch takes seconds to import, and reading with ONNX Runtime needs none of it
    from torch import nn

FORMAT = 1
MAX_TEMPERATURE = 100.0
"""Beyond it every label is as likely as any other; fitted temperatures lie near 1."""
CHECKPOINTS = Path(__file__).resolve().parent.parent / "checkpoints"
"""Where the shipped checkpoints lie, and where train.py puts new ones."""
WEIGHTS, ONNX, INT8, CONFIG, HISTORY, REPORT, RECIPE, CARD = (
    "model.safetensors",
    "model.onnx",
    "model.int8.onnx",
    "config.json",
    "history.json",
    "report.json",
    "recipe.yaml",
    "README.md",
)
TAKEN = (CONFIG, WEIGHTS, HISTORY, REPORT, RECIPE, CARD)
"""What is taken of a checkpoint from outside: weights as safetensors alone, and no graph to run."""

Row = dict[str, float | None]
"""An epoch in `history.json`: its figures by their names."""
Kind = TypeVar("Kind")


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
    """A loaded checkpoint: where it lies, and its contract; its weights are read when they are needed."""

    folder: Path
    contract: Contract
    name: str

    @property
    def alphabet(self) -> Alphabet:
        return ALPHABETS[self.contract.alphabet]

    def network(self) -> "nn.Module":
        """The network in evaluation mode, in float32; a `CheckpointError` says how its weights don't fit."""
        from ocr_demo.weights import load_network

        contract = self.contract
        return load_network(
            self.folder / WEIGHTS, contract.architecture, len(contract.labels), contract.arguments
        )

    def fingerprint(self) -> str:
        """Of the weights and the network they are for: what was made from others tells another."""
        contract = self.contract
        shape = json.dumps([contract.architecture, contract.arguments, contract.labels], sort_keys=True)
        digest = sha256(shape.encode())
        try:
            digest.update((self.folder / WEIGHTS).read_bytes())
        except OSError as error:
            raise CheckpointError(
                "{file} can't be read: {error}", file=self.folder / WEIGHTS, error=str(error)
            ) from error
        return digest.hexdigest()

    def history(self) -> list[Row]:
        """A row per epoch, oldest first; empty where none was kept. A `CheckpointError` where it is none."""
        return read_part(self.folder / HISTORY, list[Row], default=[])


def save_checkpoint(
    folder: Path,
    network: "nn.Module",
    contract: Contract,
    *,
    history: Sequence[Mapping[str, Any]] = (),
    recipe: str = "",
    half: bool = False,
) -> None:
    """Writes a whole checkpoint folder; a fault at any point leaves the one that was there.

    `half` stores the weights in float16, which halves the file; reading widens them again.
    """
    from ocr_demo.weights import save_weights

    with replaced_folder(folder) as fresh:
        save_weights(fresh / WEIGHTS, network, half=half)
        write_json(fresh / CONFIG, asdict(contract))
        write_json(fresh / HISTORY, list(history))
        (fresh / RECIPE).write_text(recipe, encoding="utf-8")


def load_checkpoint(folder: Path | str, name: str = "") -> Checkpoint:
    """Reads a checkpoint folder's contract; a `CheckpointError` says what is missing or doesn't hold.

    It is named as its folder where no other name is given.
    """
    folder = Path(folder)
    _recover(folder)
    if not folder.is_dir():
        raise CheckpointError(
            "no checkpoint folder at {folder}; train one with train.py or name another", folder=folder
        )
    config = _read_json(folder / CONFIG)
    try:
        contract = Contract(**{**config, "labels": tuple(config["labels"])})
    except (TypeError, KeyError) as error:
        raise CheckpointError(
            "{file} lacks or mistakes a field: {error}", file=folder / CONFIG, error=str(error)
        ) from error
    _check(contract, folder / CONFIG)
    return Checkpoint(folder, contract, name or folder.name)


def read_part(path: Path, kind: type[Kind], default: Kind) -> Kind:
    """What a JSON file of a checkpoint holds, `default` where there is none; errors as those of `checked`."""
    return checked(_read_json(path, default), kind, path)


def checked(value: object, kind: type[Kind], where: Path) -> Kind:
    """What was read as JSON, made what its type says; a `CheckpointError` names the file and the field."""
    from pydantic import TypeAdapter, ValidationError  # takes time to import, and reading never needs it

    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        raise CheckpointError(
            "{file}: {misfit}; mend or remove the file", file=where, misfit=misfits(error)[0]
        ) from error


@contextmanager
def replaced_folder(folder: Path) -> Iterator[Path]:
    """A fresh folder to fill, which takes `folder`'s place when the block ends without an error."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    _recover(folder)  # or what a killed save left aside, by now the only copy, would be cleared away
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        fresh.chmod(0o755)
        yield fresh
        former = _former(folder)
        shutil.rmtree(former, ignore_errors=True)
        if folder.exists():
            folder.rename(former)
        fresh.rename(folder)
        shutil.rmtree(former, ignore_errors=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        _recover(folder)


def _former(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.former")


def _recover(folder: Path) -> None:
    """Brings back what was there if a save ended between its two renames, by a fault or by being killed."""
    former = _former(folder)
    if former.is_dir() and not folder.exists():
        former.rename(folder)


def _check(contract: Contract, where: Path) -> None:
    if contract.format != FORMAT:
        raise CheckpointError(
            "{file} has format {format}; this release reads format {known}",
            file=where,
            format=contract.format,
            known=FORMAT,
        )
    if contract.preprocessing != PREPROCESSING:
        raise CheckpointError(
            "{file} was trained on preprocessing {preprocessing}, this release makes {known}; train it "
            "again, or use the release it came with",
            file=where,
            preprocessing=contract.preprocessing,
            known=PREPROCESSING,
        )
    for name, kind in (("architecture", str), ("alphabet", str), ("arguments", dict)):
        if not isinstance(value := getattr(contract, name), kind):
            raise CheckpointError("{file}: {name} can't be {value}", file=where, name=name, value=repr(value))
    if contract.alphabet not in ALPHABETS or ALPHABETS[contract.alphabet].labels != contract.labels:
        raise CheckpointError(
            "{file}: its labels are not those of an alphabet among {alphabets}",
            file=where,
            alphabets=", ".join(ALPHABETS),
        )
    if not _is_number(contract.temperature) or not 0 < contract.temperature <= MAX_TEMPERATURE:
        raise CheckpointError(
            "{file}: temperature must be above 0, at most {most:g}; is {value}",
            file=where,
            most=MAX_TEMPERATURE,
            value=repr(contract.temperature),
        )
    if contract.threshold is not None and not _is_number(contract.threshold):
        raise CheckpointError(
            "{file}: threshold must be a number or null; is {value}",
            file=where,
            value=repr(contract.threshold),
        )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _read_json(path: Path, default: Any = None) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if default is None:
            raise CheckpointError("{file} is missing; a checkpoint needs it", file=path) from None
        return default
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(
            "{file} can't be read as JSON: {error}; mend or replace the file", file=path, error=str(error)
        ) from error
