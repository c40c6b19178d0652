"""The one call of Gradio's own API that is meant for others, programs and MCP clients: `predict`."""

from functools import partial
from typing import Any

import gradio as gr

from ocr_demo.errors import OcrDemoError, PictureError
from ocr_demo.web.picture import uploaded
from ocr_demo.web.service import Service


def predict_endpoint(service: Service, picture: gr.Image, checkpoint: gr.Dropdown) -> None:
    """Declares the call; it takes what the page's picture and choice of checkpoint take."""

    async def predict(picture: dict[str, Any] | None, checkpoint: str, request: gr.Request) -> dict[str, Any]:
        """Reads the single handwritten or printed character in a picture.

        A digit or a letter A-Z; with the checkpoint arabic one of the 28 Arabic letters.

        Args:
            picture: The picture of one character; a data URL (data:image/png;base64,...) will do.
            checkpoint: The name of the network that reads; any: the one that knows the character's script.

        Returns:
            The likeliest character as "class" with its confidence 0..1, the five likeliest as "top5", and
            whether the picture shows a character at all ("is_character") or nothing ("is_blank").
        """
        try:
            service.admit(request.client.host, "api")
            wanted = service.named(checkpoint)  # the default names the first choice, too
            reading = await service.read(partial(_given, picture), wanted, "api", request.client.host)
        except OcrDemoError as error:
            raise gr.Error(str(error), print_exception=False) from error
        return reading.prediction.to_dict(reading.checkpoint.name)

    asked, told = gr.Button(visible=False), gr.JSON(visible=False)
    asked.click(
        predict,
        [picture, checkpoint],
        told,
        preprocess=False,
        # the service has a queue; from Gradio's an MCP call would come back to the address that the client
        # says this is, whatever that is
        queue=False,
        api_name="predict",
        api_visibility="public",
    )


def _given(picture: dict[str, Any] | None) -> bytes:
    if picture is None:
        raise PictureError("give a picture")
    return uploaded(picture)
