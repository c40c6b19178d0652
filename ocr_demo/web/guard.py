"""Closes what Gradio offers beyond what this page needs: routes, the server's files, others' addresses."""

import re
from typing import Any

import gradio as gr
from gradio.blocks import BlockFunction
from gradio.state_holder import SessionState
from gradio_client.utils import is_file_obj_with_meta, is_http_url_like, traverse
from starlette.types import ASGIApp, Receive, Scope, Send

from ocr_demo.web.picture import NO_UPLOAD, is_upload
from ocr_demo.web.problems import refusal

NOTHING_HERE = "there is nothing here"
NO_URL = "nothing is fetched from other addresses; send the picture itself"
OPEN = re.compile(
    r"/|/config/?|/(assets|static)/.+|/(theme\.css|favicon\.ico|robots\.txt|manifest\.json)"
    r"|/gradio_api/(queue/(join|data)|upload|upload_progress|component_server|cancel|reset)/?"
    r"|/gradio_api/(app_id|info|run/predict|call(/v2)?/predict(/\w+)?|mcp(/http|/schema)?)/?"
    r"|/gradio_api/file=(?!\w+://).+"  # a URL there would be fetched
)
"""The paths of Gradio that the page, Gradio's clients and MCP clients ask for; what it adds stays closed."""


class GuardedBlocks(gr.Blocks):
    """Takes from clients no files but their uploads, and no URLs.

    Gradio copies what a client names as a file before the function is called: of a page that is mounted
    in another app any file of the server (it checks only after `launch`), or what it fetches from a URL.
    """

    async def preprocess_data(
        self,
        block_fn: BlockFunction,
        inputs: list[Any],
        state: SessionState | None,
        explicit_call: bool = False,
    ) -> list[Any]:
        traverse(inputs, _check_file, is_file_obj_with_meta)
        return await super().preprocess_data(block_fn, inputs, state, explicit_call)


def _check_file(file: dict[str, Any]) -> dict[str, Any]:
    if is_http_url_like(file["path"]):
        raise gr.Error(NO_URL, print_exception=False)
    if not is_upload(file["path"]):
        raise gr.Error(NO_UPLOAD, print_exception=False)
    return file


class ClosedRoutes:
    """Answers 404 to all paths but `OPEN`."""

    def __init__(self, app: ASGIApp, below: str = "") -> None:
        """`below` is the path that the app is mounted at, where that isn't the root."""
        self._app, self._below = app, below

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or OPEN.fullmatch(scope["path"].removeprefix(self._below)):
            await self._app(scope, receive, send)
        else:
            await refusal(scope, 404, NOTHING_HERE)(scope, receive, send)
