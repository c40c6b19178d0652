"""How large plots are, known without drawing one, which imports matplotlib: a page keeps room for them."""

from ocr_demo.evaluation.report import Report

CELL = 0.255
"""Inches across a cell of a confusion matrix: room for four digits."""
MOST_CONFUSED = 15
"""So many mistakes are drawn, the most frequent ones."""

Size = tuple[float, float]
"""Width and height in inches."""
TRAINING: Size = (11, 3.4)
RELIABILITY: Size = (5, 5.6)
COMPARED: Size = (6.4, 4.2)
NOTICE: Size = (6, 1.6)
"""Of what says that there is nothing to draw."""


def confusion_size(report: Report) -> Size:
    """That of the matrix."""
    if not report.confusion:
        return NOTICE
    side = max(CELL * len(report.confusion), 3.0)
    return side + 0.9, side + 1.2


def confused_size(report: Report) -> Size:
    """That of the most frequent mistakes."""
    kinds = sum(
        count > 0
        for truth, row in enumerate(report.confusion)
        for read, count in enumerate(row)
        if read != truth
    )
    return (6, 1.2 + 0.28 * min(kinds, MOST_CONFUSED)) if kinds else NOTICE


def reliability_size(report: Report) -> Size:
    """That of accuracy against confidence."""
    return RELIABILITY if any(row.count for row in report.reliability) else NOTICE
