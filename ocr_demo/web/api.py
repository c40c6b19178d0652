"""The API for other programs: reading over HTTP, and how the app is doing."""

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, File, Form, Request, Response, UploadFile
from fastapi.routing import APIRoute
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException

from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import load_checkpoint
from ocr_demo.errors import CheckpointError, OcrDemoError, PictureTooLargeError
from ocr_demo.reading.library import Library
from ocr_demo.reading.versions import SHIPPED
from ocr_demo.settings import Settings
from ocr_demo.web.languages import words_of
from ocr_demo.web.metrics import METHODS, Source
from ocr_demo.web.problems import problem_of, problem_responses
from ocr_demo.web.schemas import BatchAnswer, BatchItem, CheckpointAnswer, ReadingAnswer, Status
from ocr_demo.web.service import Service

MOST_LABELS = max(len(alphabet.labels) for alphabet in ALPHABETS.values())
BATCH = "/predict/batch"
FORM = "multipart/form-data"
FORM_PROBLEMS = problem_responses(400, 403, 408, 413, 415, 422, 429, 503)
BATCH_PROBLEMS = problem_responses(400, 403, 408, 413, 415, 422, 429, 503)

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Checkpoint = Annotated[
    str | None, Form(max_length=200, description="What reads: a name of GET /checkpoints, or any.")
]
Top = Annotated[
    int | None, Form(ge=1, le=MOST_LABELS, description="How many of the likeliest labels to tell.")
]


def reading_routes(service: Service, settings: Settings) -> APIRouter:
    """Reads one picture, or several."""
    routes = APIRouter(route_class=_before_the_body(service), tags=["reading"])

    async def read(
        file: UploadFile, checkpoint: str | None, top: int | None, source: Source, client: str
    ) -> ReadingAnswer:
        reading = await service.read(partial(_bytes_of, file, settings), checkpoint, source, client)
        return ReadingAnswer(**reading.prediction.to_dict(reading.checkpoint.name, top))

    @routes.post("/predict", responses=FORM_PROBLEMS, response_model_exclude_none=True)
    async def predict(
        request: Request,
        file: Annotated[UploadFile, File(description="A picture of one character.")],
        checkpoint: Checkpoint = None,
        top: Top = None,
    ) -> ReadingAnswer:
        """Reads the one character in a picture, in any usual format, dark on light or light on dark."""
        return await read(file, checkpoint or None, top, "api", client_of(request))

    @routes.post(BATCH, responses=BATCH_PROBLEMS, response_model_exclude_none=True)
    async def predict_batch(
        request: Request,
        files: Annotated[
            list[UploadFile],
            File(min_length=1, max_length=settings.max_batch, description="Pictures of one character each."),
        ],
        checkpoint: Checkpoint = None,
        top: Top = None,
    ) -> BatchAnswer:
        """Reads several pictures; one that can't be read has its problem in its place."""
        client = client_of(request)
        service.library.readers(checkpoint or service.library.chosen)
        service.admit(client, "batch", len(files) - 1)  # one was before the body came

        async def item(file: UploadFile) -> BatchItem:
            try:
                answer = await read(file, checkpoint or None, top, "batch", client)
                return BatchItem(file=file.filename, reading=answer)
            except OcrDemoError as error:
                told = problem_of(error, words_of(request.headers))
                return BatchItem(file=file.filename, problem=told)

        # one after the other: several at once would take the turns of those who bring one picture
        return BatchAnswer(results=[await item(file) for file in files])

    return routes


def state_routes(service: Service) -> APIRouter:
    """How the app is doing, and what it can read with."""
    routes = APIRouter(tags=["state"])

    @routes.get("/checkpoints")
    def checkpoints() -> list[CheckpointAnswer]:
        """What can read; those that this release can't load are left out."""
        answers = (_checkpoint_answer(service.library, name) for name in service.library.names)
        return [each for each in answers if each is not None]

    @routes.head("/healthz", include_in_schema=False)  # as load balancers ask
    @routes.get("/healthz")
    async def healthz() -> Status:
        """Whether the process answers at all; where it doesn't, restart it."""
        return Status()

    @routes.head("/readyz", include_in_schema=False)
    @routes.get("/readyz", responses=problem_responses(503))
    async def readyz() -> Status:
        """Whether a picture that came now would be read; where not, send it elsewhere."""
        service.check()
        return Status()

    @routes.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def metrics() -> Response:
        """What was counted and timed, for Prometheus."""
        return Response(generate_latest(service.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return routes


def refuse_other_methods(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    """Answers 405 where a route has no such method: without, the page that is mounted at / would answer."""

    def refusing(allowed: str) -> Handler:
        async def refuse(request: Request) -> Response:
            words = words_of(request.headers)
            said = words("there is no {method} here", method=request.method)
            raise HTTPException(405, said, {"Allow": allowed})

        return refuse

    allowed: dict[str, set[str]] = {}
    for route in (each for router in routers for each in router.routes if isinstance(each, APIRoute)):
        allowed.setdefault(route.path, set()).update(route.methods or ())
    for path, methods in allowed.items():
        others = [method for method in METHODS if method not in methods]
        refuse = refusing(", ".join(sorted(methods)))
        app.add_api_route(path, refuse, methods=others, include_in_schema=False)


def client_of(request: Request) -> str:
    """The client's address; behind a proxy the one it tells, if uvicorn is told to trust it."""
    return request.client.host if request.client else ""


def _before_the_body(service: Service) -> type[APIRoute]:
    """Routes that refuse, before a byte of the body is read, what would be refused whatever it holds."""

    class Guarded(APIRoute):
        def get_route_handler(self) -> Handler:
            handle = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                media_type = request.headers.get("content-type", "").partition(";")[0]
                if media_type.strip().lower() != FORM:
                    words = words_of(request.headers)
                    said = words("send the picture as {type}", type=FORM)
                    raise HTTPException(415, said, {"Accept": FORM})
                service.admit(client_of(request), "batch" if self.path == BATCH else "api")
                return await handle(request)

            return guarded

    return Guarded


def _bytes_of(file: UploadFile, settings: Settings) -> bytes:
    if (file.size or 0) > settings.max_upload:
        raise PictureTooLargeError(
            "the picture has more than {most} MiB; make it smaller", most=settings.max_upload_mb
        )
    return file.file.read()


def _checkpoint_answer(library: Library, name: str) -> CheckpointAnswer | None:
    versions = library.versions(name)
    try:
        contract = load_checkpoint(library.folder(name)).contract
    except CheckpointError:
        return None
    return CheckpointAnswer(
        name=name,
        default=name == library.chosen,
        version=versions.served() if versions else SHIPPED,
        architecture=contract.architecture,
        alphabet=contract.alphabet,
        labels=list(contract.labels),
    )
