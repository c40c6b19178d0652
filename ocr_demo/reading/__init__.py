"""Reading: from any picture to a prediction."""

from ocr_demo.reading.predictor import Prediction, Predictor

__all__ = ["Prediction", "Predictor"]
