"""The login with Hugging Face, by which a Space knows its author."""

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from gradio.oauth import attach_oauth


def add_login(app: FastAPI) -> None:
    """Adds Gradio's routes `/login/huggingface`, `/login/callback` and `/logout`, and the cookie they set.

    A `gr.LoginButton` would add them to the page's own app alone, whose session the owner's API doesn't see.
    """
    from authlib.integrations.base_client import OAuthError  # only a Space with login needs it

    attach_oauth(app)
    app.add_exception_handler(OAuthError, _not_now)


async def _not_now(request: Request, error: Exception) -> RedirectResponse:
    """Back to the page, for who didn't let the app know who they are."""
    return RedirectResponse("/")
