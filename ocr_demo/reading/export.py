"""A checkpoint for ONNX Runtime: in 32-bit floats, held against PyTorch, and in 8-bit integers."""

import io
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnxruntime import quantization
from onnxruntime.quantization.shape_inference import quant_pre_process

from ocr_demo.checkpoint import INT8, ONNX, Checkpoint
from ocr_demo.errors import CheckpointError, DataError
from ocr_demo.preprocess import SIZE
from ocr_demo.reading.backends import FINGERPRINT, Network, onnx_network, open_onnx, to_images, torch_network

OPSET = 17
"""Old enough for any ONNX Runtime since 1.12 (2022)."""
TOLERANCE = 1e-4
"""The most that a logit in ONNX Runtime may differ from PyTorch's."""
CALIBRATED_ON, COMPARED_ON = 512, 2048
"""Glyphs; 100 calibrate as well as 200 where odd ones are clipped, so there is room."""
PERCENTILE = 99.99
"""What exceeds it in an activation is clipped: a single odd glyph would else make all steps coarse."""
AGREEMENT = 0.95
"""Below this share of like answers 8 bits are too few for the network, or the glyphs are not its own."""

Glyphs = NDArray[np.uint8]


@dataclass(frozen=True)
class Exported:
    """A file that was written, and how near it comes to PyTorch."""

    path: Path
    difference: float
    """The greatest between logits."""
    agreement: float
    """The share (0..1) of glyphs that get the same label."""

    def __str__(self) -> str:
        size = self.path.stat().st_size / 1e6
        return (
            f"{self.path}: {size:.2f} MB, opset {OPSET}, any batch size; beside PyTorch, logits differ by at "
            f"most {self.difference:.1g}, the label of {1 - self.agreement:.2%} of glyphs"
        )


def export_onnx(checkpoint: Checkpoint) -> Exported:
    """Writes model.onnx: "images", float (N, 1, 64, 64) in [-1, 1], to "logits" (N, classes), for any N.

    A `CheckpointError` if it doesn't read as PyTorch does; what was there before then stays.
    """
    with _written(checkpoint, ONNX) as path:
        path.write_bytes(_traced(checkpoint))
        _sign(path, checkpoint)
        exported = _compared(checkpoint, path, invented_glyphs(64), checkpoint.folder / ONNX)
        if not exported.difference <= TOLERANCE:
            raise CheckpointError(
                "{folder}: logits in ONNX Runtime differ from PyTorch's by up to {difference:.2g}, more than "
                "{most:g}; {file} was not written",
                folder=checkpoint.folder,
                difference=exported.difference,
                most=TOLERANCE,
                file=ONNX,
            )
    return exported


def export_int8(checkpoint: Checkpoint, sets: Sequence[Glyphs]) -> Exported:
    """Writes model.int8.onnx from model.onnx, calibrated on as many training glyphs of each set.

    Weights are quantised by channel. A `CheckpointError` if too many labels change.
    """
    onnx_network(checkpoint, ONNX)  # made from these weights, or an error
    glyphs = _drawn_from(sets, CALIBRATED_ON + COMPARED_ON)
    with _written(checkpoint, INT8) as path:
        _quantise(checkpoint.folder / ONNX, path, glyphs[:CALIBRATED_ON])
        _sign(path, checkpoint)
        exported = _compared(checkpoint, path, glyphs[-COMPARED_ON:], checkpoint.folder / INT8)
        if exported.agreement < AGREEMENT:
            raise CheckpointError(
                "{folder}: in 8 bits only {agreement:.1%} of glyphs get the same label; {file} was not "
                "written; calibrate on glyphs like those it was trained on",
                folder=checkpoint.folder,
                agreement=exported.agreement,
                file=INT8,
            )
    return exported


def invented_glyphs(count: int) -> Glyphs:
    """Random strokes (count, 64, 64), the first a blank: what logits are compared on without any data."""
    random = np.random.default_rng(0)
    glyphs = np.zeros((count, SIZE, SIZE), np.uint8)
    for glyph in glyphs[1:]:
        points = random.integers(6, SIZE - 6, (random.integers(2, 6), 2), np.int32)
        cv2.polylines(glyph, [points], False, 255, int(random.integers(2, 9)), cv2.LINE_AA)
    return glyphs


def _traced(checkpoint: Checkpoint) -> bytes:
    """The network as ONNX, batch normalisation folded into the convolutions.

    By the older of PyTorch's two exporters: the newer one needs the packages onnxscript and onnx_ir. When a
    release of PyTorch drops it, leave out `dynamo` and require them; then vgg11_bn can be exported too.
    """
    buffer = io.BytesIO()
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):  # it prints the graph where it fails
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            torch.onnx.export(
                checkpoint.network(),
                (torch.zeros(2, 1, SIZE, SIZE),),
                buffer,  # type: ignore[arg-type]  # it takes a stream, though its types don't say so
                dynamo=False,
                opset_version=OPSET,
                input_names=["images"],
                output_names=["logits"],
                dynamic_axes={"images": {0: "N"}, "logits": {0: "N"}},
            )
        except torch.onnx.OnnxExporterError as error:
            raise CheckpointError(
                "{folder}: {architecture} can't be written as ONNX, so only PyTorch reads it: {error}",
                folder=checkpoint.folder,
                architecture=checkpoint.contract.architecture,
                error=str(error).split("  [")[0],
            ) from error
    return buffer.getvalue()


class _Calibration(quantization.CalibrationDataReader):
    """Glyphs in batches, as ONNX Runtime's calibration asks for them."""

    def __init__(self, glyphs: Glyphs) -> None:
        self._batches = iter(np.array_split(glyphs, -(-len(glyphs) // 64)))

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        glyphs = next(self._batches, None)
        return None if glyphs is None else {"images": to_images(glyphs)}


def _quantise(source: Path, path: Path, glyphs: Glyphs) -> None:
    """8-bit integers for weights and activations; the logits stay floats, as probabilities need them."""
    prepared = path.with_suffix(".prepared")
    with redirect_stdout(io.StringIO()):  # it prints what it does
        quant_pre_process(source, prepared, skip_symbolic_shape=True)
        quantization.quantize_static(
            prepared,
            path,
            _Calibration(glyphs),
            quant_format=quantization.QuantFormat.QDQ,
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,  # signed ones take three times as long on x86
            weight_type=quantization.QuantType.QInt8,
            calibrate_method=quantization.CalibrationMethod.Percentile,
            extra_options={
                "CalibPercentile": PERCENTILE,
                "CalibTensorRangeSymmetric": False,
                "OpTypesToExcludeOutputQuantization": ["Gemm"],
            },
        )


def _drawn_from(sets: Sequence[Glyphs], count: int) -> Glyphs:
    """About `count` glyphs at random, as many from each set as it has and is asked for, mixed."""
    random = np.random.default_rng(0)
    share = -(-count // len(sets))
    chosen = [glyphs[np.sort(random.permutation(len(glyphs))[:share])] for glyphs in sets]
    glyphs = random.permutation(np.concatenate(chosen))
    if not glyphs.any():
        raise DataError("there is no ink in what 8-bit integers should be calibrated on")
    return glyphs


def _compared(checkpoint: Checkpoint, path: Path, glyphs: Glyphs, final: Path) -> Exported:
    """How an ONNX file reads, one glyph alone and all together, beside PyTorch."""
    run, reference = open_onnx(path)[0], torch_network(checkpoint)
    expected = _in_batches(reference, glyphs)
    given = np.concatenate([run(glyphs[:1]), _in_batches(run, glyphs[1:])])
    agreement = float((given.argmax(axis=1) == expected.argmax(axis=1)).mean())
    return Exported(final, float(np.abs(given - expected).max()), agreement)


def _in_batches(run: Network, glyphs: Glyphs) -> NDArray[np.float32]:
    return np.concatenate([run(glyphs[start : start + 256]) for start in range(0, len(glyphs), 256)])


def _sign(path: Path, checkpoint: Checkpoint) -> None:
    """Writes into an ONNX file which weights it was made from."""
    model = onnx.load(path)
    onnx.helper.set_model_props(model, {FINGERPRINT: checkpoint.fingerprint()})
    onnx.save(model, path)


@contextmanager
def _written(checkpoint: Checkpoint, name: str) -> Iterator[Path]:
    """A path to write; the file takes its place beside the weights if the block ends without an error."""
    with tempfile.TemporaryDirectory(prefix=".export-", dir=checkpoint.folder) as scratch:
        path = Path(scratch) / name
        yield path
        path.replace(checkpoint.folder / name)
