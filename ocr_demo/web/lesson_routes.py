"""What a browser fetches of its own, and the one thing it sends: ZIPs of corrections and of checkpoints."""

import shutil
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Any, BinaryIO

from anyio import to_thread
from fastapi import APIRouter, Form, HTTPException, Query, Request, Response, UploadFile

from ocr_demo.errors import BusyError, CheckpointError, DataError, OcrDemoError, TeachingError
from ocr_demo.web.sessions import session_of
from ocr_demo.web.teacher import Teacher
from ocr_demo.web.trainer import Trainer
from ocr_demo.web.words import Words

EXPORT = "corrections.zip"
BRING = "/checkpoint.zip"
RETRY_SECONDS = 30


def lesson_routes(teacher: Teacher, trainer: Trainer, words: Words) -> APIRouter:
    """A session's own corrections and checkpoint, served and taken, beside the page in that language."""
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

    @routes.post(BRING, include_in_schema=False)
    async def bring(
        request: Request, file: UploadFile, checkpoint: Annotated[str, Form(max_length=200)]
    ) -> dict[str, Any]:
        def brought() -> dict[str, Any]:
            _bring(trainer, session_of(request), checkpoint, file.file, teacher.settings.max_checkpoint)
            return trainer.view(session_of(request), checkpoint, words)

        try:
            if trainer.bringing.available_tokens < 1:
                raise BusyError("another checkpoint is being looked at; try again", RETRY_SECONDS)
            return await to_thread.run_sync(brought, limiter=trainer.bringing)
        except OcrDemoError as error:
            return {"problem": words.sentence(error)}

    return routes


def _bring(trainer: Trainer, id: str, checkpoint: str, sent: BinaryIO, most: int) -> None:
    """From the upload to a file, for the process that looks at it."""
    with NamedTemporaryFile(suffix=".zip") as archive:
        shutil.copyfileobj(sent, archive)
        archive.flush()
        trainer.bring(id, checkpoint, Path(archive.name), most)


def _archive(name: str, content: bytes) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/zip", headers=headers)
