"""A network's weights on disk: safetensors alone, never unpickled, held against the network they are for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ocr_demo.errors import CheckpointError, OptionError
from ocr_demo.models import build_model

FETCHES = "its arguments would fetch weights; a checkpoint brings its own"
MISSHAPEN = "{name} should be {wanted}, is {found}"
NO_NUMBERS = "{name} holds values that are no numbers"
ABSENT = "absent"


def save_weights(path: Path, network: nn.Module, *, half: bool = False) -> None:
    """Writes a network's weights; `half` stores them in float16, which halves the file."""
    weights = {
        name: (tensor.half() if half and tensor.is_floating_point() else tensor).contiguous().cpu()
        for name, tensor in network.state_dict().items()
    }
    path.touch()
    mode = path.stat().st_mode  # as the umask has it; safetensors makes a file that its owner alone can read
    save_file(weights, path)
    path.chmod(mode)


def load_network(path: Path, architecture: str, num_classes: int, arguments: Mapping[str, Any]) -> nn.Module:
    """The network with the weights at `path`, on the CPU, in evaluation mode, in float32.

    A `CheckpointError` says why they can't be read, or what doesn't fit.
    """
    try:
        weights = load_file(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            "{file} can't be read as safetensors: {error}", file=path, error=str(error)
        ) from error
    try:
        _check(weights, architecture, num_classes, arguments)
        network = build_model(architecture, num_classes, **arguments)
        network.load_state_dict({name: _widened(tensor) for name, tensor in weights.items()})
    except OptionError as error:
        raise _unfit(path, error) from error
    except RuntimeError as error:
        raise _unfit(path, str(error)) from error
    return network.eval()


def _unfit(path: Path, error: OptionError | str) -> CheckpointError:
    return CheckpointError("{file}: weights and architecture don't fit: {error}", file=path, error=error)


def _check(
    weights: Mapping[str, Tensor], architecture: str, num_classes: int, arguments: Mapping[str, Any]
) -> None:
    """Holds the weights against the network's shapes before memory is taken for either's say-so."""
    if arguments.get("pretrained"):
        raise OptionError(FETCHES)
    with torch.device("meta"):
        network = build_model(architecture, num_classes, **arguments)
    expected = {name: tensor.shape for name, tensor in network.state_dict().items()}
    given = {name: tensor.shape for name, tensor in weights.items()}
    if wrong := sorted(name for name in expected.keys() | given if expected.get(name) != given.get(name)):
        name = wrong[0]
        wanted, found = _shape(expected.get(name)), _shape(given.get(name))
        raise OptionError(MISSHAPEN, name=name, wanted=wanted, found=found)
    if unfit := sorted(name for name, tensor in weights.items() if not tensor.isfinite().all()):
        raise OptionError(NO_NUMBERS, name=unfit[0])


def _shape(shape: torch.Size | None) -> str:
    return ABSENT if shape is None else str(tuple(shape))


def _widened(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.dtype == torch.float16 else tensor
