"""The owner's API: promote a checkpoint, roll back, look at the versions. Every call needs the token."""

import logging
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

from ocr_demo.errors import CandidateError, DataError, OptionError, PromotionError
from ocr_demo.reading.library import Library
from ocr_demo.reading.versions import Versions
from ocr_demo.settings import Settings
from ocr_demo.teaching.promotion import collected, promote_on_sources, roll_back
from ocr_demo.teaching.record import Promotion
from ocr_demo.teaching.uploading import unpack_checkpoint
from ocr_demo.web.api import Checkpoint, Handler, client_of
from ocr_demo.web.limits import RateLimit
from ocr_demo.web.owner import Owner
from ocr_demo.web.problems import problem_responses
from ocr_demo.web.schemas import PromotionAnswer, ServedAnswer, VersionAnswer

PROMOTE = "/owner/promote"
FORM_PROBLEMS = problem_responses(400, 401, 403, 408, 409, 413, 422, 429)
ATTEMPTS = "30/minute"
"""Calls from one address, right token or wrong: no client can try many."""
NICENESS = 10
"""Of a promotion's process: reading goes before."""
BY = "the owner"

log = logging.getLogger(__name__)


def owner_routes(library: Library, settings: Settings, owner: Owner) -> APIRouter:
    """What only the owner may do."""
    told = [Depends(HTTPBearer(auto_error=False, description="The owner's token."))]  # in /docs alone
    routes = APIRouter(prefix="/owner", route_class=_for_the_owner(owner), tags=["owner"], dependencies=told)

    @routes.post("/promote", responses=FORM_PROBLEMS)
    async def promote(
        file: Annotated[UploadFile | None, File(description="A ZIP of a checkpoint's folder.")] = None,
        candidate: Annotated[str | None, Form(description="Or the name of one in GET /checkpoints.")] = None,
        checkpoint: Checkpoint = None,
    ) -> PromotionAnswer:
        """Has a checkpoint read in place of another, if it is better on the corrections collected here."""
        versions = _versions(library, checkpoint)
        with tempfile.TemporaryDirectory(prefix="ocr-demo-candidate-") as scratch:
            folder = await to_thread.run_sync(
                partial(_candidate, library, file, candidate, Path(scratch), settings.max_checkpoint)
            )
            promotion = await to_thread.run_sync(partial(_promoted, folder, versions))
        log.info("the owner promoted %s to %s", promotion.candidate, promotion.checkpoint)
        return PromotionAnswer.model_validate(promotion)

    @routes.post("/rollback", responses=FORM_PROBLEMS)
    def rollback(
        checkpoint: Checkpoint = None,
        to: Annotated[str, Form(description="A version; by default the one that was replaced.")] = "",
    ) -> ServedAnswer:
        """Has the version read again that read before."""
        versions = _versions(library, checkpoint)
        version = roll_back(versions, to, BY)
        return ServedAnswer(checkpoint=versions.name, version=version)

    @routes.get("/versions", responses=problem_responses(401, 403, 409, 422, 429))
    def list_versions(checkpoint: str | None = None) -> list[VersionAnswer]:
        """The versions of a checkpoint, oldest first."""
        versions = _versions(library, checkpoint)
        served = versions.served()
        return [
            VersionAnswer(
                version=each,
                served=each == served,
                promotion=Promotion.find(versions, each),  # type: ignore[arg-type]  # pydantic reads it
            )
            for each in versions.names()
        ]

    return routes


def promoted_apart(
    candidate: Path, versions: Versions, data: Sequence[str], references: Sequence[str] = (), by: str = BY
) -> Promotion:
    """As `promote_on_sources`, in a process of its own: it takes minutes, PyTorch, and files from outside."""
    with ProcessPoolExecutor(
        1, mp_context=get_context("spawn"), initializer=os.nice, initargs=(NICENESS,)
    ) as pool:
        try:
            return pool.submit(promote_on_sources, candidate, versions, data, references, by=by).result()
        except BrokenProcessPool as error:
            raise PromotionError(
                "the promotion's process ended before its time; nothing has changed; is there memory enough?"
            ) from error


def _promoted(folder: Path, versions: Versions) -> Promotion:
    try:
        return promoted_apart(folder, versions, [collected()])
    except (DataError, OptionError) as error:
        raise PromotionError(str(error)) from error


def _candidate(library: Library, file: UploadFile | None, name: str | None, scratch: Path, most: int) -> Path:
    """The folder of what was sent, or of what was named."""
    if (file is None) == (name is None):
        raise CandidateError("send either a checkpoint's ZIP as file, or its name as candidate")
    if file is None:
        return library.folder(str(name))
    folder = scratch / "sent"
    folder.mkdir()
    unpack_checkpoint(file.file, folder, most)
    return folder


def _versions(library: Library, checkpoint: str | None) -> Versions:
    name = checkpoint or library.chosen
    versions = library.versions(name)
    if versions is None:
        raise PromotionError(f"{name} is served from a folder of its own and has no versions")
    return versions


def _for_the_owner(owner: Owner) -> type[APIRoute]:
    """Routes that answer nobody else, and refuse before a byte of the body is read."""
    attempts = RateLimit(ATTEMPTS)

    class Guarded(APIRoute):
        def get_route_handler(self) -> Handler:
            handle = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                attempts.charge(client_of(request))
                owner.require(request)
                return await handle(request)

            return guarded

    return Guarded
