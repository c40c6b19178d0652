"""Errors as problem details (RFC 9457), wherever in the app they come from."""

import logging
from http import HTTPStatus
from typing import Any

from asgi_correlation_id import correlation_id
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Scope

from ocr_demo.errors import (
    BusyError,
    CandidateError,
    CheckpointError,
    OcrDemoError,
    OwnerError,
    PictureError,
    PictureTooLargeError,
    PromotionError,
    RateError,
    TryLaterError,
    UnknownCheckpointError,
    UnknownOwnerError,
)
from ocr_demo.web.languages import words_of
from ocr_demo.web.words import ENGLISH, Words

MEDIA_TYPE = "application/problem+json"
STATUSES: tuple[tuple[type[OcrDemoError], int], ...] = (
    (PictureTooLargeError, 413),
    (PictureError, 400),
    (UnknownCheckpointError, 422),
    (CandidateError, 422),
    (PromotionError, 409),
    (UnknownOwnerError, 401),
    (OwnerError, 403),
    (RateError, 429),
    (BusyError, 503),
)
"""The first that fits counts; what none fits is the server's own fault."""
WHEN = {
    400: "The file is not a picture that can be read, or the form is cut off.",
    401: "The owner's token is missing.",
    403: "A browser sent this for another site's page; or this is not the token, or there is no owner.",
    408: "The request came too slowly.",
    409: "The candidate is no better than what is served, or there is nothing to roll back to.",
    413: "The picture or the archive has too many bytes or pixels.",
    415: "The request is no multipart/form-data.",
    422: "A field is missing or can't have its value, as the name of a checkpoint that isn't there.",
    429: "This client has asked for more than its share; Retry-After tells when to come back.",
    503: "The app is starting, stopping or overloaded; Retry-After tells when to come back.",
}

MISFITS = {
    "missing": "Field required",
    "string_too_long": "String should have at most {max_length} characters",
    "int_parsing": "Input should be a valid integer, unable to parse string as an integer",
    "greater_than_equal": "Input should be greater than or equal to {ge}",
    "less_than_equal": "Input should be less than or equal to {le}",
    "too_long": "List should have at most {max_length} items after validation, not {actual_length}",
}
"""What can be wrong with a field of ours, as pydantic calls it and says it."""

log = logging.getLogger(__name__)


class FieldError(BaseModel):
    """What is wrong with one field of a request."""

    field: str
    message: str


class Problem(BaseModel):
    """Why there is no answer, as RFC 9457 has it."""

    type: str = "about:blank"
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="What is wrong and what to do.")
    errors: list[FieldError] | None = Field(None, description="The fields at fault, where status is 422.")


def problem(status: int, detail: str, errors: list[FieldError] | None = None) -> Problem:
    return Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors)


def problem_of(error: OcrDemoError, words: Words = ENGLISH) -> Problem:
    """The problem that an error is to a client; one of the server's own keeps its details in the log."""
    for kind, status in STATUSES:
        if isinstance(error, kind):
            return problem(status, words.message(error))
    log.error("%s", error)
    if isinstance(error, CheckpointError):
        return problem(500, words("the checkpoint can't be used; choose another"))
    return problem(500, words("the server made a mistake"))


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    content = problem.model_dump(exclude_none=True)
    return JSONResponse(content, problem.status, headers, media_type=MEDIA_TYPE)


def refusal(scope: Scope, status: int, detail: str) -> JSONResponse:
    """A problem for whoever sent what no route has seen, in their language."""
    return problem_response(problem(status, words_of(Headers(scope=scope))(detail)))


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How a route's description tells of the problems it can answer."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": WHEN[status], "content": content} for status in statuses}


def add_problem_handlers(app: FastAPI) -> None:
    """Has the app answer every error with a problem."""
    app.add_exception_handler(OcrDemoError, _answer_error)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(Exception, _answer_unexpected)


def _answer_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OcrDemoError)
    headers = {"Retry-After": str(error.seconds)} if isinstance(error, TryLaterError) else {}
    if isinstance(error, UnknownOwnerError):
        headers["WWW-Authenticate"] = "Bearer"
    return problem_response(problem_of(error, words_of(request.headers)), headers)


def _answer_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    detail = words_of(request.headers)(str(error.detail))
    return problem_response(problem(error.status_code, detail), dict(error.headers or {}))


def _answer_invalid(request: Request, error: Exception) -> JSONResponse:
    """Names the fields without their values, which may be a whole picture."""
    assert isinstance(error, RequestValidationError)
    words = words_of(request.headers)
    fields = [
        FieldError(field=".".join(str(part) for part in each["loc"][1:]), message=_misfit(each, words))
        for each in error.errors()
    ]
    detail = words("; ").join(f"{each.field}: {each.message}" for each in fields)
    return problem_response(problem(422, detail, fields))


def _misfit(error: dict[str, Any], words: Words) -> str:
    known = MISFITS.get(error["type"])
    return words(known, **error.get("ctx", {})) if known else str(error["msg"])


def _answer_unexpected(request: Request, error: Exception) -> JSONResponse:
    """Called outside of the middleware that sets the request's id; the server logs the error."""
    said = words_of(request.headers)("the server made a mistake")
    return problem_response(problem(500, said), {"X-Request-ID": correlation_id.get() or ""})
