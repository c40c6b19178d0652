"""Batch normalisation over the whole batch that several processes share, as one process would have it."""

from typing import Any

import torch
from torch import Tensor, distributed, nn


def share_batch_norm(network: nn.Module, device: torch.device) -> nn.Module:
    """The network, its batch norms made to normalise over all processes; names and weights stay."""
    if device.type == "cuda":
        return nn.SyncBatchNorm.convert_sync_batchnorm(network)
    for parent in list(network.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.BatchNorm2d):
                shared = SharedBatchNorm(child.num_features, child.eps, child.momentum)
                shared.load_state_dict(child.state_dict())
                setattr(parent, name, shared)
    return network


class SharedBatchNorm(nn.BatchNorm2d):
    """What PyTorch's `SyncBatchNorm`, which needs a GPU, is there: (N, C, H, W) to the same."""

    def forward(self, features: Tensor) -> Tensor:
        if not self.training:
            return super().forward(features)
        values = features.float()
        variance, mean = (each.double() for each in torch.var_mean(values, dim=(0, 2, 3), correction=0))
        count = torch.full_like(mean, values.numel() / len(mean))
        own = torch.stack([count, count * mean, count * (variance + mean.square())])
        count, total, squares = _Total.apply(own)  # in 64 bits: their difference would be rounding in 32
        mean = total / count
        variance = squares / count - mean.square()
        self._remember(mean.detach(), (variance * count / (count - 1)).detach())
        normalised = (values - _by_channel(mean)) * _by_channel((variance + self.eps).rsqrt())
        return (normalised * _by_channel(self.weight) + _by_channel(self.bias)).to(features.dtype)

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        """Moves the running statistics, as `BatchNorm2d` does: towards the unbiased variance."""
        assert self.running_mean is not None and self.running_var is not None
        assert self.num_batches_tracked is not None and self.momentum is not None
        self.running_mean.lerp_(mean.to(self.running_mean.dtype), self.momentum)
        self.running_var.lerp_(variance.to(self.running_var.dtype), self.momentum)
        self.num_batches_tracked.add_(1)


class _Total(torch.autograd.Function):
    """The sum over all processes, to which each has its gradient (PyTorch's own is deprecated)."""

    @staticmethod
    def forward(context: Any, amounts: Tensor) -> Tensor:
        total = amounts.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:
        return _Total.forward(context, gradient)


def _by_channel(values: Tensor) -> Tensor:
    """(C,) in float32 as (C, 1, 1)."""
    return values.float()[:, None, None]
