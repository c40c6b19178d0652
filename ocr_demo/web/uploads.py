"""What is uploaded to the page: kept for an hour, and never more of it than there is room for."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import gradio as gr
from anyio import to_thread
from gradio import mcp
from gradio.utils import get_upload_folder
from starlette.types import ASGIApp, Receive, Scope, Send

KEPT_SECONDS = 3600
MOST_FILES = 1000
"""However small: each upload looks at all of them."""
FOLDER = "GRADIO_TEMP_DIR"
"""The variable that tells Gradio where to keep uploads."""


@contextmanager
def own_folder() -> Iterator[None]:
    """Has Gradio keep uploads in a folder of this process, which goes with it.

    It lies in the folder that is named for them, or where temporary files are: by default all Gradio apps
    of a machine share one, whose files aren't ours to remove.
    """
    named = os.environ.get(FOLDER) or None
    if named:
        Path(named).mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="ocr-demo-uploads-", dir=named, ignore_cleanup_errors=True) as folder:
        os.environ[FOLDER] = folder
        mcp.DEFAULT_TEMP_DIR = folder  # which it reads as Gradio is imported
        yield


class Uploads:
    """The files that Gradio keeps for the pages.

    Its own `delete_cache` knows nothing of an upload that was cut off, which stays, and has no bound.
    """

    def __init__(self, pages: Sequence[gr.Blocks], most_bytes: int) -> None:
        self._pages, self._most_bytes = pages, most_bytes

    def sweep(self) -> None:
        """Removes what has lain there for `KEPT_SECONDS`, and the oldest that there is no room for."""
        size, oldest = 0, time.time() - KEPT_SECONDS
        for count, (written, bytes_of, path) in enumerate(sorted(_files(), reverse=True), 1):
            size += bytes_of
            if written < oldest or size > self._most_bytes or count > MOST_FILES:
                with suppress(OSError):  # others lie in its folder, too
                    path.unlink(missing_ok=True)
                    if path.parent != Path(get_upload_folder()):
                        path.parent.rmdir()
        for page in self._pages:
            page.upload_file_set.clear()  # what `delete_cache` would remove: without it that only grows


def _files() -> Iterator[tuple[float, int, Path]]:
    """When each upload was written, its bytes, and where it lies."""
    for folder, _, names in os.walk(get_upload_folder()):
        for path in (Path(folder, name) for name in names):
            with suppress(FileNotFoundError):
                about = path.lstat()
                yield about.st_mtime, about.st_size, path


class MakesRoom:
    """Before an upload has the oldest removed that there is no room for any more."""

    def __init__(self, app: ASGIApp, uploads: Uploads) -> None:
        self._app, self._uploads = app, uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].rstrip("/").endswith("/gradio_api/upload"):
            await to_thread.run_sync(self._uploads.sweep)
        await self._app(scope, receive, send)
