"""Reading: from any picture to a prediction."""

from ocr_demo.reading.backends import Backend
from ocr_demo.reading.predictor import TOP, Prediction, Predictor

__all__ = ["TOP", "Backend", "Prediction", "Predictor"]
