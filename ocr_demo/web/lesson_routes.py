"""What a browser fetches of its own corrections: the ZIP of them."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response

from ocr_demo.errors import CheckpointError, TeachingError
from ocr_demo.web.sessions import session_of
from ocr_demo.web.teacher import Teacher

EXPORT = "corrections.zip"


def lesson_routes(teacher: Teacher) -> APIRouter:
    """Serves a session its own corrections."""
    routes = APIRouter()

    @routes.get(f"/{EXPORT}", include_in_schema=False)
    def export(request: Request, checkpoint: Annotated[str, Query(max_length=200)]) -> Response:
        try:
            content = teacher.export(session_of(request), checkpoint)
        except (TeachingError, CheckpointError) as error:
            raise HTTPException(404, str(error)) from error
        headers = {"Content-Disposition": f'attachment; filename="{EXPORT}"', "Cache-Control": "no-store"}
        return Response(content, media_type="application/zip", headers=headers)

    return routes
