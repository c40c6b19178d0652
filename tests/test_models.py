"""The zoo: sizes, shapes, and that each can learn."""

import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from ocr_demo.errors import OptionError
from ocr_demo.models import MODELS, build_model, freeze_backbone, to_input
from ocr_demo.preprocess import to_glyph
from tests.drawings import drawn

PARAMETERS = {
    "glyphnet": 684_292,
    "ocrcnn": 4_222_628,
    "ocrcnn_bn": 4_222_820,
    "deep": 4_499_716,
    "vgg11_bn": 128_918_180,
    "resnet18": 11_188_708,
}


@pytest.mark.parametrize("name", MODELS)
def test_parameters_and_shapes_stay(name: str) -> None:
    network = build_model(name, 36).eval()
    assert sum(parameter.numel() for parameter in network.parameters()) == PARAMETERS[name]
    with torch.no_grad():
        assert network(torch.zeros(2, 1, 64, 64)).shape == (2, 36)


def test_glyphnet_keeps_its_promise() -> None:
    assert PARAMETERS["glyphnet"] < 700_000


@pytest.mark.parametrize("name", MODELS)
def test_each_overfits_one_batch(name: str) -> None:
    torch.manual_seed(0)
    network = build_model(name, 36)
    images, labels = (
        to_input(torch.from_numpy(np.stack([to_glyph(drawn(c)) for c in "RAZ7"]))),
        torch.arange(4),
    )
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    if name == "vgg11_bn":  # 129 million parameters: Adam's averages would take most of the time
        optimizer: torch.optim.Optimizer = torch.optim.SGD(network.parameters(), lr=0.003, momentum=0.9)
    else:
        optimizer = torch.optim.Adam(network.parameters(), lr=3e-4)
    for _ in range(60):
        optimizer.zero_grad()
        loss = F.cross_entropy(network(images), labels)
        loss.backward()
        optimizer.step()
        if loss.item() < 0.1:
            break
    assert loss.item() < 0.1
    assert (network(images).argmax(1) == labels).all()


@pytest.mark.parametrize("name", ["vgg11_bn", "resnet18"])
def test_the_grey_stem_gives_what_the_rgb_stem_gave(name: str) -> None:
    from torchvision import models

    torch.manual_seed(1)
    colour = models.get_model(name, weights=None)
    torch.manual_seed(1)
    grey = MODELS[name](36)
    image = torch.rand(1, 1, 64, 64)
    rgb_stem = colour.features[0] if name == "vgg11_bn" else colour.conv1
    grey_stem = grey.features[0] if name == "vgg11_bn" else grey.conv1  # type: ignore[index,operator]
    assert torch.allclose(grey_stem(image), rgb_stem(image.expand(-1, 3, -1, -1)), atol=1e-5)


def test_freezing_trains_the_head_alone_and_keeps_the_statistics() -> None:
    network = build_model("resnet18", 36)
    freeze_backbone(network)
    network.eval()
    network.train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    optimizer = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=0.1)
    F.cross_entropy(network(torch.rand(4, 1, 64, 64)), torch.arange(4)).backward()
    optimizer.step()
    changed = {name for name, tensor in network.state_dict().items() if not torch.equal(tensor, before[name])}
    assert changed == {"fc.weight", "fc.bias"}


def test_weights_that_cannot_be_fetched_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("urllib.request._opener", None)  # an earlier test's knows no proxy
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nothing listens there
    with pytest.raises(OptionError, match=r"could not be fetched.*leave out --pretrained"):
        build_model("resnet18", 36, pretrained=True)


def test_a_server_that_keeps_silent_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("urllib.request._opener", None)  # an earlier test's knows no proxy
    monkeypatch.setattr("ocr_demo.models.FETCH_SILENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(OptionError, match=r"could not be fetched.*timed out"):
            build_model("resnet18", 36, pretrained=True)
    assert socket.getdefaulttimeout() is None


def test_an_unknown_model_lists_the_choices() -> None:
    with pytest.raises(OptionError, match=f"choose from {', '.join(MODELS)}"):
        build_model("lenet", 36)


@pytest.mark.parametrize(
    "argument", [{"depth": 3}, {"dropout": 7}, {"dropout": "much"}, {"width": -1}, {"width": float("inf")}]
)
def test_an_argument_that_it_does_not_take_is_named(argument: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match=next(iter(argument))):
        build_model("glyphnet", 36, **argument)


def test_glyphs_become_minus_one_to_one() -> None:
    inputs = to_input(torch.tensor([[[0, 255]]], dtype=torch.uint8))
    assert inputs.shape == (1, 1, 1, 2)
    assert inputs.flatten().tolist() == [-1.0, 1.0]
