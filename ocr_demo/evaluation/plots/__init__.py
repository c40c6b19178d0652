"""The pictures of an evaluation, as matplotlib figures that belong to nobody but the caller.

Where a figure wasn't measured, the plot says so.
"""

from ocr_demo.evaluation.plots.compared import accuracy_against_time
from ocr_demo.evaluation.plots.confused import most_confused
from ocr_demo.evaluation.plots.confusion import confusion_matrix
from ocr_demo.evaluation.plots.curves import reliability, training_curves
from ocr_demo.evaluation.plots.theme import THEMES, Theme, encoded

__all__ = [
    "THEMES",
    "Theme",
    "accuracy_against_time",
    "confusion_matrix",
    "encoded",
    "most_confused",
    "reliability",
    "training_curves",
]
