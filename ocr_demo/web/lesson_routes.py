"""What a browser fetches of its own: the ZIP of its corrections, and of the checkpoint made from them."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response

from ocr_demo.errors import CheckpointError, DataError, TeachingError
from ocr_demo.web.sessions import session_of
from ocr_demo.web.teacher import Teacher
from ocr_demo.web.trainer import Trainer
from ocr_demo.web.words import Words

EXPORT = "corrections.zip"


def lesson_routes(teacher: Teacher, trainer: Trainer, words: Words) -> APIRouter:
    """Serves a session its own corrections and checkpoint, beside the page in that language."""
    routes = APIRouter(prefix=words.prefix)

    @routes.get(f"/{EXPORT}", include_in_schema=False)
    def export(request: Request, checkpoint: Annotated[str, Query(max_length=200)]) -> Response:
        try:
            content = teacher.export(session_of(request), checkpoint)
        except (TeachingError, CheckpointError) as error:
            raise HTTPException(404, words.message(error)) from error
        return _archive(EXPORT, content)

    @routes.get("/taught.zip", include_in_schema=False)
    def made(request: Request, run: Annotated[str, Query(max_length=200)]) -> Response:
        try:
            name, content = trainer.packed(session_of(request), run)
        except (TeachingError, DataError) as error:
            raise HTTPException(404, words.message(error)) from error
        return _archive(f"{name}.zip", content)

    return routes


def _archive(name: str, content: bytes) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/zip", headers=headers)
