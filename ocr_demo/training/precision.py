"""Mixed precision, on hardware that has it."""

from contextlib import AbstractContextManager

import torch

from ocr_demo.errors import OptionError

PRECISIONS = {"off": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def require_precision(precision: str, device: torch.device) -> None:
    """An `OptionError` for fp16 on a CPU."""
    if precision == "fp16" and device.type == "cpu":
        raise OptionError("precision: fp16 needs a GPU, and this runs on the CPU; use bf16")


def is_emulated(precision: str, device: torch.device) -> bool:
    """Whether this processor would only imitate bf16, ten times slower than it multiplies float32.

    Those with AVX2 alone do: most desktops and laptops, and some servers.
    """
    return precision == "bf16" and device.type == "cpu" and not torch.ops.mkldnn._is_mkldnn_bf16_supported()


def autocast(precision: str, device: torch.device) -> AbstractContextManager:
    """What a network runs in; float32 where the precision is off or would be emulated."""
    enabled = precision != "off" and not is_emulated(precision, device)
    return torch.autocast(device.type, dtype=PRECISIONS[precision] if enabled else None, enabled=enabled)
