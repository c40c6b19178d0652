"""The Teach tab's panel for the owner of the app: versions, promotion and the way back, two compared."""

from typing import Any

import gradio as gr

from ocr_demo.web.correcting import LESSONS
from ocr_demo.web.owner import Owner
from ocr_demo.web.words import Words


def owner_panel(owner: Owner, checkpoint: str, words: Words) -> gr.HTML:
    """Asks for the owner's token or login, and with it calls the owner's API; folded for everybody else."""

    def who(asked: Any, request: gr.Request) -> dict[str, Any]:
        """Who is logged in, and whether that is the owner."""
        return {"name": owner.logged_in(request), "isOwner": owner.is_owner(request)}

    return gr.HTML(
        elem_id="owner",
        html_template=words.files(LESSONS / "owner.html"),
        js_on_load=words.files(*(LESSONS / name for name in ("words.js", "figures.js", "owner.js"))),
        server_functions=[who],
        apply_default_css=False,
        hasToken=bool(owner.token),
        account=owner.account,
        checkpoint=checkpoint,
        language=words.language,
        up="../" * words.prefix.count("/"),
    )
