"""The page and the API as one ASGI application."""

import gradio as gr
from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Mount

from ocr_demo.characters import ALPHABETS
from ocr_demo.evaluation.comparison import ZOO_FOLDER
from ocr_demo.reading.library import Library
from ocr_demo.settings import Settings
from ocr_demo.teaching.allowed import load_allowed
from ocr_demo.web.api import BATCH, reading_routes, refuse_other_methods, state_routes
from ocr_demo.web.endpoint import predict_endpoint
from ocr_demo.web.guard import ClosedRoutes, GuardedBlocks
from ocr_demo.web.header import header
from ocr_demo.web.languages import ChosenLanguage, InLanguage
from ocr_demo.web.lesson_routes import BRING, lesson_routes
from ocr_demo.web.limits import BodyLimit
from ocr_demo.web.login import add_login
from ocr_demo.web.logs import RequestLog
from ocr_demo.web.metrics import Metrics
from ocr_demo.web.owner import NOBODY, Owner
from ocr_demo.web.owner_api import PROMOTE, owner_routes
from ocr_demo.web.pages.compare import comparison_panel
from ocr_demo.web.pages.evaluate import evaluate_tab
from ocr_demo.web.pages.owner import owner_panel
from ocr_demo.web.pages.read import alphabets_of, read_tab
from ocr_demo.web.pages.teach import teach_tab
from ocr_demo.web.pages.training import training_panel
from ocr_demo.web.plots import plot_routes
from ocr_demo.web.policy import OwnPagesOnly, SecurityHeaders
from ocr_demo.web.problems import add_problem_handlers
from ocr_demo.web.service import Service
from ocr_demo.web.sessions import SessionCookie
from ocr_demo.web.teacher import Teacher, people_of, running
from ocr_demo.web.theme import RESTORE_THEME, head, paper_theme
from ocr_demo.web.trainer import Trainer
from ocr_demo.web.uploads import MakesRoom, Uploads
from ocr_demo.web.words import ENGLISH, LANGUAGES, Words

FORM_OVERHEAD = 64 * 1024
"""Bytes of a form beside the files in it."""


def create_app(settings: Settings, library: Library, owner: Owner = NOBODY) -> FastAPI:
    """The page at `/` and the API beside it, reading with the checkpoints of `library`."""
    service = Service(settings, library, Metrics())
    teacher = Teacher(service, people_of(settings), settings)
    alphabets = (ALPHABETS[each] for name in library.names for each in alphabets_of(library, name))
    trainer = Trainer(service, teacher.people, load_allowed(settings.allowed_sources, alphabets))
    pages = {words: page(settings, service, teacher, trainer, owner, words) for words in LANGUAGES}
    uploads = Uploads([*pages.values()], settings.max_uploads)
    app = FastAPIOffline(
        redoc_url=None,
        static_url="/docs/static",
        title="ocr_demo",
        description="Reads the one handwritten or printed character in a picture.",
        lifespan=lambda app: running(service, teacher.people, uploads.sweep),
    )
    add_problem_handlers(app)
    if owner.account:
        add_login(app)
    routers = (
        reading_routes(service, settings),
        state_routes(service),
        owner_routes(service, settings, owner),
        *(plot_routes(library, settings.checkpoints / ZOO_FOLDER, words) for words in LANGUAGES),
    )
    for words in LANGUAGES:
        app.include_router(lesson_routes(teacher, trainer, words))
    for router in routers:
        app.include_router(router)
    refuse_other_methods(app, routers)
    app.add_middleware(MakesRoom, uploads=uploads)
    app.add_middleware(
        BodyLimit,
        most=lambda path: most_bytes(path, settings),
        most_in_hand=2 * max(settings.max_batch_upload, settings.max_checkpoint),
    )
    paths = [words.path for words in LANGUAGES]
    app.add_middleware(SessionCookie, seconds=settings.keep_seconds, pages=paths)
    app.add_middleware(ChosenLanguage, languages=LANGUAGES)
    app.add_middleware(OwnPagesOnly, allowed=settings.allowed_origins)
    # without it Gradio's own would let every site's pages read what the page tells
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.allowed_origins,
        allow_methods=["GET", "POST"],
        expose_headers=["Retry-After", "X-Request-ID"],
    )
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestLog, metrics=service.metrics)
    app.add_middleware(CorrelationIdMiddleware)
    for words in sorted(
        pages, key=lambda words: words.path, reverse=True
    ):  # the root takes what others leave
        _mount(app, pages[words], settings, words)
    service.metrics.watch_queue("page", lambda: sum(len(each._queue) for each in pages.values()))
    return app


def most_bytes(path: str, settings: Settings) -> int:
    """How many bytes a request to a path may have."""
    checkpoint = settings.max_checkpoint
    of_files = {BATCH: settings.max_batch_upload, PROMOTE: checkpoint}
    of_files |= {f"{words.prefix}{BRING}": checkpoint for words in LANGUAGES}
    return of_files.get(path, settings.max_upload) + FORM_OVERHEAD


def page(
    settings: Settings, service: Service, teacher: Teacher, trainer: Trainer, owner: Owner, words: Words
) -> gr.Blocks:
    """The page's pieces and what they do, in one language."""
    library = service.library
    with GuardedBlocks(title="ocr_demo", analytics_enabled=False, fill_width=True) as blocks:
        checkpoint = header(library.choices, at_first(settings, library, words), words)
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab(words("Read"), elem_id="read"):
                pieces = read_tab(service, teacher, trainer, checkpoint, words)
            with gr.Tab(words("Teach"), elem_id="teach") as teach:
                teach_tab(teacher, checkpoint, teach, words)
                training_panel(trainer, checkpoint.value, words)
                if owner != NOBODY:
                    owner_panel(owner, library.first(checkpoint.value), words)
            with gr.Tab(words("Evaluation"), elem_id="evaluation") as evaluation:
                comparison_panel(settings.checkpoints / ZOO_FOLDER, words)
                evaluate_tab(library, checkpoint, evaluation, words)
        if words == ENGLISH:
            predict_endpoint(service, pieces.picture, checkpoint)
    # api_open would let the page's own functions be called past the queue
    blocks.queue(default_concurrency_limit=4, max_size=settings.waiting, api_open=False)
    return blocks


def at_first(settings: Settings, library: Library, words: Words) -> str:
    """What reads at first: what the app was told to, else what reads the letters of the page's language."""
    own = words.alphabet
    is_there = not settings.checkpoint and alphabets_of(library, own) == [own]
    return own if is_there else library.chosen


def _mount(app: FastAPI, blocks: gr.Blocks, settings: Settings, words: Words) -> None:
    mounted = gr.mount_gradio_app(
        app,
        blocks,
        path=words.prefix or words.path,
        theme=paper_theme(),
        head=head(words),
        js=RESTORE_THEME,
        footer_links=[],
        run_history=False,
        allowed_paths=[],
        show_error=False,  # but those that are raised to be shown
        max_file_size=f"{settings.max_upload_mb}mb",
        mcp_server=words == ENGLISH,
        ssr_mode=False,
        pwa=False,
    )
    mount = mounted.routes[-1]
    assert isinstance(mount, Mount)
    mount.app = ClosedRoutes(InLanguage(mount.app, words), words.prefix)
