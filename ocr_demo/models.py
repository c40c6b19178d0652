"""The zoo: `MODELS[name](num_classes)` maps (N, 1, 64, 64) in [-1, 1] to logits (N, num_classes)."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any

import torch
from torch import Tensor, nn

from ocr_demo.errors import OptionError

UNKNOWN = "unknown model {name!r}; choose from {choices}"
MISUSED = "model {name!r} does not take {arguments}: {error}"
FETCH_SILENCE = 20.0
"""Seconds without a byte after which fetching ImageNet weights is given up."""


def to_input(glyphs: Tensor) -> Tensor:
    """`uint8` glyphs (N, 64, 64) as what every network takes: float (N, 1, 64, 64) in [-1, 1]."""
    return glyphs.unsqueeze(1).float().div_(127.5).sub_(1.0)


def ocrcnn(num_classes: int, dropout: float = 0.5, batch_norm: bool = False) -> nn.Module:
    """The textbook network: two convolutions, each followed by a pool, and two dense layers."""

    def convolution(inputs: int, outputs: int) -> list[nn.Module]:
        norm = [nn.BatchNorm2d(outputs)] if batch_norm else []
        return [nn.Conv2d(inputs, outputs, 3, padding=1), *norm, nn.ReLU(), nn.MaxPool2d(2)]

    return nn.Sequential(
        *convolution(1, 32),  # (N, 32, 32, 32)
        *convolution(32, 64),  # (N, 64, 16, 16)
        nn.Flatten(),  # (N, 16384)
        nn.Linear(64 * 16 * 16, 256),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(256, num_classes),
    )


def ocrcnn_bn(num_classes: int, dropout: float = 0.5) -> nn.Module:
    """`ocrcnn` with batch normalisation after each convolution."""
    return ocrcnn(num_classes, dropout, batch_norm=True)


def deep(num_classes: int, dropout: float = 0.5) -> nn.Module:
    """Two convolutions before each of three pools, and a wider dense layer."""

    def block(inputs: int, outputs: int) -> list[nn.Module]:
        return [
            nn.Conv2d(inputs, outputs, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        ]

    return nn.Sequential(
        *block(1, 32),  # (N, 32, 32, 32)
        *block(32, 64),  # (N, 64, 16, 16)
        *block(64, 128),  # (N, 128, 8, 8)
        nn.Flatten(),  # (N, 8192)
        nn.Linear(128 * 8 * 8, 512),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(512, num_classes),
    )


def glyphnet(num_classes: int, dropout: float = 0.1, width: float = 1.0) -> nn.Module:
    """Ours: batch-normalised convolutions with residual blocks, spent where a stroke's parts are in view.

    `width` scales the channels: a half costs about a quarter of the arithmetic.
    """
    few, some, many = (round(channels * width) for channels in (32, 64, 128))

    def convolution(inputs: int, outputs: int, size: int = 3, stride: int = 1) -> list[nn.Module]:
        return [
            nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        ]

    return nn.Sequential(
        *convolution(1, few, size=5, stride=2),  # (N, 32, 32, 32) at width 1
        *convolution(few, some, stride=2),  # (N, 64, 16, 16)
        Residual(some),
        *convolution(some, many, stride=2),  # (N, 128, 8, 8)
        Residual(many),
        nn.MaxPool2d(2),  # (N, 128, 4, 4)
        *convolution(many, many),
        nn.Flatten(),  # (N, 2048)
        nn.Dropout(dropout),
        nn.Linear(many * 4 * 4, num_classes),
    )


class Residual(nn.Module):
    """Two 3×3 convolutions added to their input; channels and size stay."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, features: Tensor) -> Tensor:
        return torch.relu(features + self.branch(features))


def vgg11_bn(num_classes: int, pretrained: bool = False) -> nn.Module:
    """torchvision's VGG11 with batch normalisation, its first convolution made to take grey."""
    network = _from_torchvision("vgg11_bn", pretrained)
    network.features[0] = _grey(network.features[0])
    network.classifier[6] = nn.Linear(4096, num_classes)
    return network


def resnet18(num_classes: int, pretrained: bool = False) -> nn.Module:
    """torchvision's ResNet18, its first convolution made to take grey."""
    network = _from_torchvision("resnet18", pretrained)
    network.conv1 = _grey(network.conv1)
    network.fc = nn.Linear(512, num_classes)
    return network


MODELS: dict[str, Callable[..., nn.Module]] = {
    "glyphnet": glyphnet,
    "ocrcnn": ocrcnn,
    "ocrcnn_bn": ocrcnn_bn,
    "deep": deep,
    "vgg11_bn": vgg11_bn,
    "resnet18": resnet18,
}


def build_model(architecture: str, num_classes: int, **arguments: Any) -> nn.Module:
    """A network of the zoo; an `OptionError` lists the choices, or names an argument it doesn't take."""
    if architecture not in MODELS:
        raise OptionError(UNKNOWN, name=architecture, choices=", ".join(MODELS))
    try:
        return MODELS[architecture](num_classes, **arguments)
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:
        raise OptionError(MISUSED, name=architecture, arguments=str(arguments), error=str(error)) from error


def freeze_backbone(network: nn.Module) -> None:
    """Freezes everything but the last dense layer, frozen batch norm kept in eval mode by `train()` too."""
    head = [module for module in network.modules() if isinstance(module, nn.Linear)][-1]
    for parameter in network.parameters():
        parameter.requires_grad = False
    for parameter in head.parameters():
        parameter.requires_grad = True
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.eval()
            module.train = lambda mode=True, module=module: module  # type: ignore[method-assign,misc]  # the one hook that survives a later network.train()


def _from_torchvision(name: str, pretrained: bool) -> Any:
    from torchvision import models  # a second's import that only these two pay

    if not pretrained:
        return models.get_model(name, weights=None)
    try:
        with _silence_limited(FETCH_SILENCE):
            return models.get_model(name, weights="DEFAULT")
    except (OSError, HTTPException, RuntimeError) as error:  # RuntimeError: not the bytes it should be
        raise OptionError(
            f"the ImageNet weights of {name} could not be fetched ({error}); "
            "connect to the network once so that they are cached, or leave out --pretrained"
        ) from error


@contextmanager
def _silence_limited(seconds: float) -> Iterator[None]:
    """Sockets opened in the block give up after so long without a byte; torch.hub sets no limit itself."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _grey(convolution: nn.Conv2d) -> nn.Conv2d:
    """The same convolution for one channel: what it gives for grey is what it gave for grey as RGB."""
    grey = nn.Conv2d(
        1,
        convolution.out_channels,
        convolution.kernel_size,  # type: ignore[arg-type]  # torch types it as tuple[int, ...]
        convolution.stride,  # type: ignore[arg-type]
        convolution.padding,  # type: ignore[arg-type]
        bias=convolution.bias is not None,
    )
    with torch.no_grad():
        grey.weight.copy_(convolution.weight.sum(dim=1, keepdim=True))
        if convolution.bias is not None and grey.bias is not None:
            grey.bias.copy_(convolution.bias)
    return grey
