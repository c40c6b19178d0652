"""A stand-in for the Hugging Face Hub over loopback: of its HTTP API what checkpoints and Spaces need."""

import base64
import hashlib
import json
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any, Literal

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from huggingface_hub.utils.sha import git_hash

Kind = Literal["models", "spaces"]
LARGE = (".safetensors", ".onnx", ".png")
"""The endings of what goes to the large file storage."""
OWNER, READER = "hf_owner", "hf_reader"
"""Tokens: of who owns all repositories, and of somebody who may see the public ones."""


@dataclass
class Repository:
    """One repository: its commits, oldest first, each the files it holds."""

    private: bool = False
    gated: bool = False
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)

    def commit(self, files: dict[str, bytes]) -> str:
        sha = hashlib.sha1(f"{len(self.commits)} {sorted(files)}".encode()).hexdigest()
        self.commits[sha] = files
        return sha

    @property
    def files(self) -> dict[str, bytes]:
        return list(self.commits.values())[-1]

    def resolved(self, revision: str) -> str | None:
        """The commit that a branch, a tag or a commit names."""
        if revision == "main":
            return list(self.commits)[-1]
        return self.tags.get(revision, revision if revision in self.commits else None)


class RefusedError(Exception):
    """An answer that refuses, as the Hub's client understands it."""

    def __init__(self, status: int, code: str = "", message: str = "") -> None:
        self.response = JSONResponse(
            {"error": message}, status, headers={"X-Error-Code": code, "X-Error-Message": message}
        )


class Hub:
    """The repositories by kind and OWNER/NAME, and the large files by their SHA-256."""

    def __init__(self) -> None:
        self.repositories: dict[tuple[str, str], Repository] = {}
        self.large: dict[str, bytes] = {}
        self.asked: list[str] = []
        """Each request's method and path."""

    def keep(self, contents: Iterable[bytes]) -> None:
        """Puts contents into the large file storage."""
        self.large |= {hashlib.sha256(content).hexdigest(): content for content in contents}

    def seen(self, kind: str, name: str, request: Request) -> Repository:
        """The repository, for somebody who may see it."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        repository = self.repositories.get((kind, name))
        if token not in ("", OWNER, READER):
            raise RefusedError(401, message="Invalid credentials in Authorization header")
        if repository is None or (repository.private and token != OWNER):
            raise RefusedError(404 if token else 401, "RepoNotFound", "Repository not found")
        if repository.gated and token != OWNER:
            raise RefusedError(403, "GatedRepo", "Access is restricted")
        return repository

    def owned(self, kind: str, name: str, request: Request) -> Repository:
        """The repository, for its owner."""
        repository = self.seen(kind, name, request)
        if request.headers.get("authorization") != f"Bearer {OWNER}":
            raise RefusedError(403, message="You don't have the required permissions")
        return repository

    def at(self, kind: str, name: str, revision: str, request: Request) -> tuple[str, dict[str, bytes]]:
        """A commit's SHA and files."""
        repository = self.seen(kind, name, request)
        sha = repository.resolved(revision)
        if sha is None:
            raise RefusedError(404, "RevisionNotFound", "Invalid rev id")
        return sha, repository.commits[sha]


def described(path: str, content: bytes) -> dict[str, Any]:
    """A file as a listing has it."""
    entry = {"type": "file", "path": path, "size": len(content), "oid": git_hash(content)}
    if path.endswith(LARGE):
        entry["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
    return entry


def hub_app(hub: Hub) -> FastAPI:
    """What the Hub answers."""
    app = FastAPI()
    app.add_exception_handler(RefusedError, lambda _, refused: refused.response)  # type: ignore[attr-defined]

    @app.middleware("http")
    async def remember(request: Request, call_next: Any) -> Response:
        hub.asked.append(f"{request.method} {request.url.path}")
        return await call_next(request)

    add_reading(app, hub)
    add_writing(app, hub)
    return app


def add_reading(app: FastAPI, hub: Hub) -> None:
    @app.get("/api/{kind}/{owner}/{name}")
    @app.get("/api/{kind}/{owner}/{name}/revision/{revision:path}")
    def info(kind: Kind, owner: str, name: str, request: Request, revision: str = "main") -> Any:
        sha, files = hub.at(kind, f"{owner}/{name}", revision, request)
        siblings = [{"rfilename": path} for path in files]
        return {"id": f"{owner}/{name}", "sha": sha, "siblings": siblings, "tags": [], "private": False}

    @app.get("/api/{kind}/{owner}/{name}/tree/{revision}")
    def tree(kind: Kind, owner: str, name: str, revision: str, request: Request) -> Any:
        _, files = hub.at(kind, f"{owner}/{name}", revision, request)
        return [described(path, content) for path, content in files.items()]

    @app.api_route("/{owner}/{name}/resolve/{revision}/{path:path}", methods=["GET", "HEAD"])
    def resolve(owner: str, name: str, revision: str, path: str, request: Request) -> Response:
        sha, files = hub.at("models", f"{owner}/{name}", revision, request)
        headers = {"X-Repo-Commit": sha}
        if path not in files:
            raise RefusedError(404, "EntryNotFound", "Entry not found")
        entry = described(path, files[path])
        if "lfs" in entry:
            oid = entry["lfs"]["oid"]
            linked = {"X-Linked-Etag": f'"{oid}"', "X-Linked-Size": str(entry["size"])}
            location = f"http://localhost:{request.url.port}/large/{oid}"  # another host, as the Hub's own
            return Response(status_code=302, headers={**headers, **linked, "Location": location})
        return Response(files[path], headers={**headers, "ETag": f'"{entry["oid"]}"'})

    @app.get("/large/{oid}")
    def large(oid: str) -> Response:
        return Response(hub.large[oid], media_type="application/octet-stream")


def add_writing(app: FastAPI, hub: Hub) -> None:
    @app.post("/api/repos/create")
    async def create(request: Request) -> Any:
        asked = await request.json()
        kind = f"{asked.get('type', 'model')}s"
        name = f"{asked['organization']}/{asked['name']}"
        if request.headers.get("authorization") != f"Bearer {OWNER}":
            raise RefusedError(
                403, message="You don't have the rights to create a model under this namespace"
            )
        if (kind, name) in hub.repositories:
            return JSONResponse({"url": f"{request.base_url}{name}", "error": "You already created it"}, 409)
        repository = hub.repositories[kind, name] = Repository(private=asked.get("visibility") == "private")
        first = {"README.md": b"---\nsdk: gradio\n---\n"} if kind == "spaces" else {}
        repository.commit({".gitattributes": b"*.safetensors filter=lfs\n", **first})
        return {"url": f"{request.base_url}{name}"}

    @app.post("/api/validate-yaml")
    async def validate(request: Request) -> Any:
        content = (await request.json())["content"]
        wrong = [] if content.startswith("---\n") else [{"message": "no metadata"}]
        return JSONResponse({"errors": wrong, "warnings": []}, 400 if wrong else 200)

    @app.post("/api/{kind}/{owner}/{name}/preupload/main")
    async def preupload(kind: Kind, owner: str, name: str, request: Request) -> Any:
        there = hub.owned(kind, f"{owner}/{name}", request).files
        return {"files": [mode(file["path"], there) for file in (await request.json())["files"]]}

    @app.post("/{owner}/{name}.git/info/lfs/objects/batch")
    @app.post("/spaces/{owner}/{name}.git/info/lfs/objects/batch")
    async def batch(owner: str, name: str, request: Request) -> Any:
        objects = (await request.json())["objects"]
        return {"transfer": "basic", "objects": [place(each, str(request.base_url), hub) for each in objects]}

    @app.put("/large/{oid}")
    async def keep(oid: str, request: Request) -> None:
        content = await request.body()
        assert hashlib.sha256(content).hexdigest() == oid
        hub.keep([content])

    @app.post("/api/{kind}/{owner}/{name}/commit/main")
    async def commit(kind: Kind, owner: str, name: str, request: Request) -> Any:
        repository = hub.owned(kind, f"{owner}/{name}", request)
        lines = [json.loads(line) for line in (await request.body()).splitlines()]
        sha = repository.commit(committed(repository.files, lines, hub))
        url = f"{request.base_url}{owner}/{name}/commit/{sha}"
        return {"commitUrl": url, "commitOid": sha}

    @app.post("/api/models/{owner}/{name}/tag/main")
    async def tag(owner: str, name: str, request: Request) -> Any:
        repository = hub.owned("models", f"{owner}/{name}", request)
        named = (await request.json())["tag"]
        if named in repository.tags:
            raise RefusedError(409, message="Tag reference exists already")
        repository.tags[named] = list(repository.commits)[-1]
        return {}

    @app.post("/api/spaces/{owner}/{name}/variables")
    async def variable(owner: str, name: str, request: Request) -> Any:
        asked = await request.json()
        hub.owned("spaces", f"{owner}/{name}", request).variables[asked["key"]] = asked["value"]
        return {asked["key"]: {"value": asked["value"]}}

    @app.get("/api/spaces/{owner}/{name}/variables")
    def variables(owner: str, name: str, request: Request) -> Any:
        there = hub.owned("spaces", f"{owner}/{name}", request).variables
        return {key: {"value": value} for key, value in there.items()}

    @app.delete("/api/spaces/{owner}/{name}/variables")
    async def no_variable(owner: str, name: str, request: Request) -> Any:
        there = hub.owned("spaces", f"{owner}/{name}", request).variables
        del there[(await request.json())["key"]]
        return variables(owner, name, request)


def mode(path: str, there: dict[str, bytes]) -> dict[str, Any]:
    """How a file is to be uploaded, and what is at its place."""
    entry = described(path, there[path]) if path in there else {}
    oid = entry["lfs"]["oid"] if "lfs" in entry else entry.get("oid")
    how = "lfs" if path.endswith(LARGE) else "regular"
    return {"path": path, "uploadMode": how, "shouldIgnore": False, "oid": oid}


def place(asked: dict[str, Any], address: str, hub: Hub) -> dict[str, Any]:
    """Where a large file is to be put, if it isn't there."""
    oid = asked["oid"]
    return asked if oid in hub.large else {**asked, "actions": {"upload": {"href": f"{address}large/{oid}"}}}


def committed(files: dict[str, bytes], lines: list[dict[str, Any]], hub: Hub) -> dict[str, bytes]:
    """The files after the changes that a commit's lines tell."""
    files = dict(files)
    for line in lines:
        value = line["value"]
        match line["key"]:
            case "file":
                files[value["path"]] = base64.b64decode(value["content"])
            case "lfsFile":
                files[value["path"]] = hub.large[value["oid"]]
            case "deletedFile":
                del files[value["path"]]
    return files


@contextmanager
def running_hub(hub: Hub, port: int) -> Iterator[None]:
    """Serves the stand-in at the port that `HF_ENDPOINT` names."""
    with served(hub_app(hub), port):
        yield


@contextmanager
def served(app: FastAPI, port: int = 0) -> Iterator[str]:
    """The address of an app that is served on loopback."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
