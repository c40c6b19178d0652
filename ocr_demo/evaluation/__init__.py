"""Evaluation: how well a checkpoint reads, in figures and pictures."""

from ocr_demo.evaluation.metrics import evaluate
from ocr_demo.evaluation.report import ClassFigures, Confusion, ReliabilityBin, Report

__all__ = ["ClassFigures", "Confusion", "ReliabilityBin", "Report", "evaluate"]
