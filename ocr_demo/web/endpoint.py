"""The one call of Gradio's own API that is meant for others: `predict`."""

from typing import Any

import gradio as gr

from ocr_demo.errors import OcrDemoError
from ocr_demo.reading.library import Library
from ocr_demo.web.picture import uploaded


def predict_endpoint(library: Library, picture: gr.Image, checkpoint: gr.Dropdown) -> None:
    """Declares the call; it takes what the page's picture and choice of checkpoint take."""

    def predict(picture: dict[str, Any] | None, checkpoint: str) -> dict[str, Any]:
        """Reads the single character in a picture."""
        try:
            if picture is None:
                raise gr.Error("Give a picture.")
            prediction = library.predictor(checkpoint).predict(uploaded(picture))
        except OcrDemoError as error:
            raise gr.Error(str(error)) from error
        return prediction.to_dict(checkpoint)

    asked, told = gr.Button(visible=False), gr.JSON(visible=False)
    asked.click(
        predict,
        [picture, checkpoint],
        told,
        preprocess=False,
        api_name="predict",
        api_visibility="public",
    )
