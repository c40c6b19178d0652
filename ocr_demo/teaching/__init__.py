"""From what people correct to what reads for them, and for everybody if it is better."""

from ocr_demo.teaching.correction import Correction, Draft
from ocr_demo.teaching.corrections import Bounds, Collection
from ocr_demo.teaching.people import People
from ocr_demo.teaching.samples import Samples

__all__ = ["Bounds", "Collection", "Correction", "Draft", "People", "Samples"]
