"""Options that change what is learnt from or how it is computed do what they say."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ocr_demo.models import build_model, to_input
from ocr_demo.training.fit import Trainer
from ocr_demo.training.processes import Processes
from ocr_demo.training.samples import Samples
from tests.test_training import OPTIONS, squares, trainer

STILL = replace(OPTIONS, epochs=1, learning_rate=1e-12, model_arguments={"dropout": 0.0})
"""Learns nothing: the epoch's loss is that of the first weights."""


def told_and_surprise(**changes: Any) -> tuple[float, Tensor]:
    """The loss of an epoch that learns nothing, and minus the logarithm of each class's probability."""
    options = replace(STILL, **changes)
    torch.manual_seed(options.seed)
    network = build_model(options.model, 36, **options.model_arguments).eval()
    with torch.no_grad():
        surprise = -network(to_input(squares().glyphs)).log_softmax(dim=1)
    (result,) = trainer(options).fit()
    return result.train_loss, surprise


def test_class_weights_are_the_inverse_of_how_often_an_epoch_draws_a_class() -> None:
    labels = torch.tensor([0] * 6 + [1] * 2 + [1] * 4)
    samples = Samples(torch.zeros(12, 64, 64, dtype=torch.uint8), labels, ((0, 8, 1.0), (8, 12, 0.5)))
    weights = samples.class_weights(3)  # an epoch draws 6 of the first, 2 + 4 / 2 of the second, none else
    assert weights.tolist() == pytest.approx([10 / 12, 10 / 8, 0.0])
    assert (weights * torch.tensor([6.0, 4.0, 0.0])).sum() / 10 == pytest.approx(1.0)


def test_class_balance_weighs_each_image_by_its_class() -> None:
    told, surprise = told_and_surprise(class_balance=True)
    labels = squares().labels
    weights = squares().class_weights(36)[labels]
    assert weights.unique().numel() > 1
    own = surprise[torch.arange(len(labels)), labels]
    assert told == pytest.approx((weights * own).mean().item(), rel=1e-5)
    assert told != pytest.approx(own.mean().item(), rel=1e-5)


def test_label_smoothing_shares_a_part_among_all_classes() -> None:
    told, surprise = told_and_surprise(label_smoothing=0.2)
    labels = squares().labels
    own = surprise[torch.arange(len(labels)), labels]
    assert told == pytest.approx((0.8 * own + 0.2 * surprise.mean(dim=1)).mean().item(), rel=1e-5)
    assert told != pytest.approx(own.mean().item(), rel=1e-5)


def test_what_is_compiled_learns_the_same_and_is_kept_as_the_plain_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without the C++ of it, which takes long: dynamo traces the network, and PyTorch runs the trace."""
    compiled, asked = torch.compile, []

    def traced(network: nn.Module) -> Any:
        asked.append(network)
        return compiled(network, backend="eager")

    monkeypatch.setattr(torch, "compile", traced)
    options = replace(OPTIONS, epochs=1, model_arguments={"dropout": 0.0})
    plain, engine = trainer(options), trainer(replace(options, compile=True))
    before = deepcopy(engine.best_weights)
    losses = [next(each.fit()).train_loss for each in (plain, engine)]
    assert len(asked) == 1
    assert losses[1] == pytest.approx(losses[0], rel=1e-4)
    assert engine.best_weights.keys() == plain.best_weights.keys()
    assert any(not torch.equal(before[name], tensor) for name, tensor in engine.best_weights.items())
    engine.load_state(plain.state())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="fp16 needs CUDA")
def test_fp16_learns_with_scaled_gradients() -> None:
    device = torch.device("cuda", 0)
    sets = [squares(seed=seed) for seed in (0, 1)]
    training, validation = (Samples(each.glyphs.to(device), each.labels.to(device)) for each in sets)
    options = replace(OPTIONS, epochs=6, precision="fp16")
    network = build_model(options.model, 36, **options.model_arguments)
    engine = Trainer(network, training, validation, options, Processes(0, 1, device))
    results = list(engine.fit())
    assert results[-1].train_loss < results[0].train_loss
    assert np.isfinite(results[-1].validation_loss)
    assert engine.state()["scaler"]["scale"] > 1
