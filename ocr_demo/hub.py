"""Checkpoints on the Hugging Face Hub: fetched into a cache and checked like any other, or pushed."""

import re
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from httpx2 import HTTPError
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_token, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from ocr_demo.checkpoint import CARD, CONFIG, INT8, ONNX, TAKEN, Checkpoint, load_checkpoint, replaced_folder
from ocr_demo.errors import HubError, OptionError
from ocr_demo.storage import data_home

SCHEME = "hub:"
ADDRESS = re.compile(
    rf"(?:{SCHEME})?(?P<owner>[\w.-]+)/(?P<name>[\w.-]+)(?:@(?P<revision>[\w./-]+))?", re.ASCII
)
PUSHED = (*TAKEN, ONNX, INT8)
LIBRARY = "ocr_demo"
LOGIN = "log in with `hf auth login` or HF_TOKEN, with a token that may"


@dataclass(frozen=True)
class Address:
    """Where a checkpoint is on the Hub."""

    owner: str
    name: str
    revision: str | None = None
    """A branch, a tag or a commit; None: the newest commit."""

    @property
    def repository(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def title(self) -> str:
        """A name without slashes, for menus, metrics and paths."""
        return str(self).removeprefix(SCHEME).replace("/", "--")

    def __str__(self) -> str:
        return f"{SCHEME}{self.repository}" + (f"@{self.revision}" if self.revision else "")


def is_address(checkpoint: str) -> bool:
    """Whether a checkpoint is named by its place on the Hub."""
    return checkpoint.startswith(SCHEME)


def parse_address(text: str) -> Address:
    """The address in OWNER/NAME or OWNER/NAME@REVISION, with hub: before it or without."""
    match = ADDRESS.fullmatch(text)
    if match is None:
        raise OptionError(f"{text!r} is no place on the Hub; write it as {SCHEME}OWNER/NAME or …@REVISION")
    return Address(**match.groupdict())


def open_checkpoint(named: str) -> Checkpoint:
    """The checkpoint that is named by its folder, or by its place on the Hub."""
    if not is_address(named):
        return load_checkpoint(named)
    address = parse_address(named)
    return load_checkpoint(fetch(address), address.title)


def fetch(address: Address) -> Path:
    """The folder of a checkpoint on the Hub, in a cache: what has changed is fetched.

    Where the Hub can't be reached, what was fetched before does. A `HubError` says why it can't be had.
    """
    with told(address):
        folder = snapshot_download(
            address.repository,
            revision=address.revision,
            cache_dir=data_home() / "hub",
            allow_patterns=list(TAKEN),
            library_name=LIBRARY,
        )
    if not (Path(folder) / CONFIG).is_file():
        raise HubError(f"{address} holds no checkpoint of ocr_demo: it has no {CONFIG}; name another")
    return Path(folder)


def pull(address: Address, folder: Path, *, replace: bool = False) -> None:
    """Puts a checkpoint from the Hub where `folder` says; what can't be read takes no other's place."""
    if folder.exists() and not replace:
        raise OptionError(f"there is a {folder} already; give another --name, or --replace")
    fetched = fetch(address)
    load_checkpoint(fetched).network()
    with replaced_folder(folder) as fresh:
        for name in TAKEN:
            if (fetched / name).is_file():
                shutil.copyfile(fetched / name, fresh / name)


def push(folder: Path, address: Address, card: str, *, private: bool = False) -> str:
    """Uploads a checkpoint's files, with `card` as its model card, in one commit; gives the commit's URL.

    The address's revision becomes a tag of that commit.
    """
    load_checkpoint(folder).network()  # what nobody could read is not put there
    files: dict[str, Path | bytes] = {name: folder / name for name in PUSHED if (folder / name).is_file()}
    files[CARD] = card.encode()

    def stale(there: Sequence[str]) -> list[str]:
        return [path for path in there if path in PUSHED and path not in files]

    url = upload(address, "model", files, stale, f"Checkpoint {folder.name}", private=private)
    if address.revision:
        with told(address):
            HfApi(library_name=LIBRARY).create_tag(address.repository, tag=address.revision)
    return url


def upload(
    address: Address,
    kind: Literal["model", "space"],
    files: Mapping[str, Path | bytes],
    stale: Callable[[Sequence[str]], Collection[str]],
    message: str,
    **made: Any,
) -> str:
    """Puts files into a repository in one commit that removes what of the paths there `stale` tells.

    A repository that isn't there is made, as `made` says. Gives the commit's URL.
    """
    if not get_token():
        raise HubError(f"the Hub takes nothing without a token; {LOGIN} write")
    api = HfApi(library_name=LIBRARY)
    with told(address):
        api.create_repo(address.repository, repo_type=kind, exist_ok=True, **made)
        there = api.list_repo_files(address.repository, repo_type=kind)
        commit = api.create_commit(
            address.repository,
            [
                *(CommitOperationAdd(path, content) for path, content in files.items()),
                *(CommitOperationDelete(path) for path in stale(there)),
            ],
            commit_message=message,
            repo_type=kind,
        )
    return str(commit.commit_url)


@contextmanager
def told(address: Address) -> Iterator[None]:
    """Turns what the Hub's client raises into a `HubError` that says what to do."""
    try:
        yield
    except RuntimeError as error:  # an upload's, which wraps its cause
        raise HubError(_words(error.__cause__ or error, address)) from error
    except (HTTPError, OSError, ValueError) as error:
        raise HubError(_words(error, address)) from error


def _words(error: BaseException, address: Address) -> str:
    repository, revision = address.repository, address.revision
    match error:
        case RevisionNotFoundError():
            return f"{repository} has no revision {revision!r}; name a branch, a tag or a commit, or none"
        case GatedRepoError():
            return f"{repository} is open to those whom its owner lets in; ask on its page, then {LOGIN}"
        case RepositoryNotFoundError():
            return (
                f"the Hub has no {repository} that you may see; check the name or, if it is private, {LOGIN}"
            )
        case HfHubHTTPError() if error.response.status_code in (401, 403):
            return f"the Hub doesn't let your token do this with {repository}; {LOGIN}"
        case HfHubHTTPError() if error.response.status_code == 409:
            return f"{repository} has the tag {revision!r} already, so this commit went without; name another"
        case LocalEntryNotFoundError() | OfflineModeIsEnabled():
            reason = str(error.__cause__ or error).partition("\n")[0]
            return (
                f"{address} isn't in the cache, and the Hub can't be reached ({reason}); connect to a network"
            )
        case HTTPError() if not isinstance(error, HfHubHTTPError):
            return f"the Hub can't be reached ({error}); connect to a network and try again"
        case PermissionError():
            return f"{error.filename} can't be written to; set OCR_DEMO_HOME to a folder that can be"
    return f"{repository}: {error}"
