"""What runs a checkpoint's network: ONNX Runtime where its file is there, else PyTorch."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ocr_demo.checkpoint import INT8, ONNX, WEIGHTS, Checkpoint
from ocr_demo.cores import available_cores
from ocr_demo.errors import CheckpointError

Backend = Literal["torch", "onnx", "onnx-int8"]
FILES: dict[Backend, str] = {"onnx": ONNX, "onnx-int8": INT8}
FINGERPRINT = "made_from"
"""Under this name an ONNX file's metadata holds `Checkpoint.fingerprint` of the weights it was made from."""

Network = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Glyphs (N, 64, 64) → logits (N, classes), for any N from 1."""

log = logging.getLogger(__name__)


def open_network(
    checkpoint: Checkpoint, backend: Backend | None = None, threads: int | None = None
) -> tuple[Backend, Network]:
    """The network, and what runs it: `backend`, or by default ONNX Runtime if its file fits, else PyTorch.

    `threads` is how many share one batch, by default as many as there are cores. A `CheckpointError` says
    why a named backend can't be had; where none is named, that is logged and PyTorch reads.
    """
    if backend is None and (checkpoint.folder / ONNX).exists():
        try:
            return "onnx", onnx_network(checkpoint, ONNX, threads)
        except CheckpointError as error:
            log.warning("%s; until then PyTorch reads", error)
    if backend is None or backend == "torch":
        return "torch", torch_network(checkpoint, threads)
    return backend, onnx_network(checkpoint, FILES[backend], threads)


def torch_network(checkpoint: Checkpoint, threads: int | None = None) -> Network:
    """The network in PyTorch; its threads are the whole process's."""
    import torch  # seconds that only those pay who read with it

    from ocr_demo.models import to_input

    network = checkpoint.network()
    if threads:
        torch.set_num_threads(threads)

    def logits(glyphs: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.inference_mode():
            return network(to_input(torch.from_numpy(np.array(glyphs)))).numpy()

    return logits


def onnx_network(checkpoint: Checkpoint, file: str, threads: int | None = None) -> Network:
    """The network in ONNX Runtime; a `CheckpointError` if the file can't be used or is of other weights."""
    path = checkpoint.folder / file
    remedy = f"make it with: python -m ocr_demo export --checkpoint {checkpoint.folder}"
    if file == INT8:
        remedy += " --data SOURCE"
    if not path.exists():
        raise CheckpointError(f"{path} is missing; {remedy}")
    try:
        run, made_from = open_onnx(path, threads)
    except Exception as error:  # ONNX Runtime's own errors have no other base
        raise CheckpointError(f"{path} can't be read as ONNX ({error}); {remedy}") from error
    if made_from != checkpoint.fingerprint():
        raise CheckpointError(f"{path} was not made from the {WEIGHTS} beside it; {remedy}")
    return run


def open_onnx(path: Path, threads: int | None = None) -> tuple[Network, str | None]:
    """The network in an ONNX file, and the fingerprint of the weights it was made from."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or available_cores()
    options.log_severity_level = 3  # errors; its warnings concern those who make graphs
    # Without this, processors that lack VNNI add up 8-bit products in 16 bits, which can overflow.
    options.add_session_config_entry("session.x64quantprecision", "1")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def logits(glyphs: NDArray[np.uint8]) -> NDArray[np.float32]:
        return session.run(["logits"], {"images": to_images(glyphs)})[0]

    return logits, session.get_modelmeta().custom_metadata_map.get(FINGERPRINT)


def to_images(glyphs: NDArray[np.uint8]) -> NDArray[np.float32]:
    """As `models.to_input`, without PyTorch: (N, 64, 64) → (N, 1, 64, 64) in [-1, 1]."""
    return glyphs[:, None].astype(np.float32) / np.float32(127.5) - np.float32(1)
