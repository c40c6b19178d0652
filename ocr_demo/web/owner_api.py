"""The owner's API: promote a checkpoint, roll back, look at the versions. Every call needs the token."""

import logging
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

from ocr_demo.errors import CandidateError, DataError, OwnerError, PromotionError, TeachingError
from ocr_demo.reading.library import Library
from ocr_demo.reading.versions import Versions
from ocr_demo.settings import Settings
from ocr_demo.teaching.judgements import significance
from ocr_demo.teaching.own import Own
from ocr_demo.teaching.promotion import roll_back
from ocr_demo.teaching.promotions import BY, Found, PromotionRun
from ocr_demo.teaching.record import Promotion
from ocr_demo.teaching.uploading import unpack_checkpoint
from ocr_demo.web.api import Checkpoint, Handler, client_of
from ocr_demo.web.languages import words_of
from ocr_demo.web.limits import RateLimit
from ocr_demo.web.owner import Owner
from ocr_demo.web.problems import problem_responses
from ocr_demo.web.schemas import ArmAnswer, ArmsAnswer, PromotionStateAnswer, ServedAnswer, VersionAnswer
from ocr_demo.web.service import Service
from ocr_demo.web.sessions import session_of
from ocr_demo.web.words import Words

PROMOTE = "/owner/promote"
FORM_PROBLEMS = problem_responses(400, 401, 403, 408, 409, 413, 422, 429)
ATTEMPTS = "30/minute"
"""Calls from one address that aren't the owner's; after these no call is answered: no client can try many."""

log = logging.getLogger(__name__)


def owner_routes(service: Service, settings: Settings, owner: Owner) -> APIRouter:
    """What only the owner may do."""
    library = service.library
    told = [Depends(HTTPBearer(auto_error=False, description="The owner's token."))]  # in /docs alone
    routes = APIRouter(prefix="/owner", route_class=_for_the_owner(owner), tags=["owner"], dependencies=told)

    @routes.post("/promote", status_code=202, responses=FORM_PROBLEMS)
    def start_promotion(
        request: Request,
        response: Response,
        file: Annotated[UploadFile | None, File(description="A ZIP of a checkpoint's folder.")] = None,
        candidate: Annotated[str | None, Form(description="Or the name of one in GET /checkpoints.")] = None,
        run: Annotated[str | None, Form(description="Or a training of the session that asks.")] = None,
        checkpoint: Checkpoint = None,
    ) -> PromotionStateAnswer:
        """Has a checkpoint read in place of another, if it is better on the corrections collected here.

        A training must be better on those of its session's corrections, too, that it didn't learn from. That
        takes minutes, and goes on without whoever asked: GET /owner/promotion tells how it stands.
        """
        versions = _versions(library, checkpoint)
        _require_one(file, candidate, run)
        find = partial(_candidate, library, file, candidate, settings.max_checkpoint)
        if run is not None:
            find = partial(_taught, service.own, request, run)
        started = service.promotions.start(versions, find)
        log.info("the owner asked to promote %s to %s", started.candidate.name, versions.name)
        response.headers["Location"] = "promotion"  # beside this, wherever a proxy has put it
        return _state_answer(started, words_of(request.headers))

    @routes.get("/promotion", responses=problem_responses(401, 403, 429))
    def show_promotion(request: Request) -> PromotionStateAnswer | None:
        """How the promotion stands that was asked for last; null where there was none."""
        newest = service.promotions.newest()
        return _state_answer(newest, words_of(request.headers)) if newest else None

    @routes.post("/promotion/cancel", status_code=202, responses=problem_responses(401, 403, 429))
    def cancel_promotion(request: Request) -> PromotionStateAnswer | None:
        """Ends the promotion that goes on, if one does; what reads stays as it is.

        GET /owner/promotion tells when it has ended.
        """
        newest = service.promotions.newest()
        if newest and newest.state.is_live:
            newest.cancel()
            log.info("the owner cancelled promoting %s to %s", newest.candidate.name, newest.versions.name)
        return _state_answer(newest, words_of(request.headers)) if newest else None

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

    @routes.get("/arms", responses=problem_responses(401, 403, 429))
    def compare_arms() -> ArmsAnswer:
        """What people made of the readings of the two checkpoints that share the traffic."""
        judged = {name: service.judgements.of(name) for name in service.split.arms}
        arms = [
            ArmAnswer(checkpoint=name, agreed=each.agreed, corrected=each.corrected, agreement=each.agreement)
            for name, each in judged.items()
        ]
        chance = significance(*judged.values()) if len(arms) == 2 else None
        return ArmsAnswer(share=service.split.share, arms=arms, chance=chance)

    return routes


def _state_answer(run: PromotionRun, words: Words) -> PromotionStateAnswer:
    state = run.state
    return PromotionStateAnswer(
        **{**asdict(state), "reason": words.message(state.why)},
        id=run.id,
        checkpoint=run.versions.name,
        candidate=run.candidate.name,
        started=datetime.fromtimestamp(run.started, UTC).isoformat(timespec="seconds"),
        stage=state.stage,
    )


def _require_one(*given: object) -> None:
    if sum(each is not None for each in given) != 1:
        raise CandidateError("send one: a checkpoint's ZIP as file, its name as candidate, a training as run")


def _taught(own: Own, request: Request, id: str, folder: Path) -> Found:
    """What a training of the session that asks has made."""
    try:
        run = own.made(session_of(request), id)
    except (DataError, TeachingError) as error:
        raise CandidateError(error.args[0], **error.parts) from error
    return run.checkpoint, run.unlearnt


def _candidate(library: Library, file: UploadFile | None, name: str | None, most: int, folder: Path) -> Found:
    """What was sent, put into the folder, or what was named."""
    if file is None:
        return library.folder(str(name)), None
    folder.mkdir()
    unpack_checkpoint(file.file, folder, most)
    return folder, None


def _versions(library: Library, checkpoint: str | None) -> Versions:
    name = checkpoint or library.chosen
    versions = library.versions(name)
    if versions is None:
        raise PromotionError("{name} is served from a folder of its own and has no versions", name=name)
    return versions


def _for_the_owner(owner: Owner) -> type[APIRoute]:
    """Routes that answer nobody else, and refuse before a byte of the body is read."""
    attempts = RateLimit(ATTEMPTS)

    class Guarded(APIRoute):
        def get_route_handler(self) -> Handler:
            handle = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                attempts.check(client_of(request))
                try:
                    owner.require(request)
                except OwnerError:
                    attempts.charge(client_of(request))
                    raise
                return await handle(request)

            return guarded

    return Guarded
