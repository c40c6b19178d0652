"""The whole page as one ASGI application."""

import gradio as gr
from fastapi import FastAPI

from ocr_demo.reading.library import Library
from ocr_demo.settings import Settings
from ocr_demo.web.endpoint import predict_endpoint
from ocr_demo.web.header import header
from ocr_demo.web.pages.evaluate import evaluate_tab
from ocr_demo.web.pages.read import read_tab
from ocr_demo.web.plots import plot_routes
from ocr_demo.web.theme import RESTORE_THEME, head, paper_theme


def create_app(settings: Settings, library: Library) -> FastAPI:
    """The page at `/`, reading with the checkpoints of `library`."""
    app = FastAPI(title="ocr_demo")
    app.include_router(plot_routes(library))
    return gr.mount_gradio_app(
        app,
        page(settings, library),
        path="/",
        theme=paper_theme(),
        head=head(),
        js=RESTORE_THEME,
        footer_links=[],
        run_history=False,
        allowed_paths=[],
        max_file_size=f"{settings.max_upload_mb}mb",
        ssr_mode=False,
        pwa=False,
    )


def page(settings: Settings, library: Library) -> gr.Blocks:
    """The page's pieces and what they do."""
    with gr.Blocks(
        title="ocr_demo", analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600)
    ) as blocks:
        checkpoint = header(library.names, library.chosen)
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab("Read", elem_id="read"):
                pieces = read_tab(library, checkpoint)
            with gr.Tab("Evaluation", elem_id="evaluation") as evaluation:
                evaluate_tab(library, checkpoint, evaluation)
        predict_endpoint(library, pieces.picture, checkpoint)
    blocks.queue(default_concurrency_limit=4, max_size=settings.waiting)
    return blocks
