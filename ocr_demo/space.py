"""The app on a Hugging Face Space: which of the project's files it needs, and how they get there."""

from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import HfApi

from ocr_demo.checkpoint import CHECKPOINTS, CONFIG, REPORT
from ocr_demo.errors import HubError, OptionError
from ocr_demo.evaluation.comparison import COMPARISON, ZOO_FOLDER
from ocr_demo.hub import LIBRARY, PUSHED, Address, told, upload
from ocr_demo.settings import USUAL

PROJECT = Path(__file__).resolve().parent.parent
FILES = ("README.md", "README.ar.md", "LICENSE", "app.py", "requirements.txt", "pictures/*.png")
PACKAGE = ("*.py", "*.js", "*.css", "*.html", "*.json", "*.po", "*.woff2", "*.txt")
"""The files of the package, by their endings: nothing that an editor or Python left beside them."""
MARK = "ocr_demo/__init__.py"
"""A Space that holds it is one of this app's."""
BARE = (".gitattributes", "README.md")
"""What a new Space holds."""
VARIABLE = "OCR_DEMO_CHECKPOINT"


def space_files(checkpoints: Sequence[str]) -> dict[str, Path]:
    """The files that a Space with these checkpoints needs, by their paths in it."""
    package = [path for pattern in PACKAGE for path in (PROJECT / "ocr_demo").rglob(pattern)]
    paths = [path for pattern in FILES for path in PROJECT.glob(pattern)] + package
    files = {path.relative_to(PROJECT).as_posix(): path for path in sorted(paths)}
    zoo = CHECKPOINTS / ZOO_FOLDER
    for name in checkpoints:
        if not (CHECKPOINTS / name / CONFIG).is_file():
            raise OptionError(
                f"checkpoints: there is no {CHECKPOINTS / name}; train it, or pull it from the Hub"
            )
        there = [CHECKPOINTS / name / file for file in PUSHED]
        files |= {f"checkpoints/{name}/{path.name}": path for path in there if path.is_file()}
    compared = [zoo / COMPARISON, *zoo.glob(f"*/{CONFIG}"), *zoo.glob(f"*/{REPORT}")]
    return files | {path.relative_to(PROJECT).as_posix(): path for path in compared if path.is_file()}


def update_space(address: Address, checkpoints: Sequence[str], *, private: bool = False) -> str:
    """Makes a Space hold the files it needs and no others, in one commit; gives the commit's URL.

    A Space that isn't there is made. A `HubError` where there is one of something else.
    """
    if not checkpoints:
        raise OptionError("checkpoints: name at least one")
    files = space_files(checkpoints)

    def stale(there: Sequence[str]) -> list[str]:
        others = [path for path in there if path not in BARE]
        if others and MARK not in there:
            raise HubError(
                f"{address.repository} is a Space of something else, with {others[0]}; name another"
            )
        return [path for path in others if path not in files]

    url = upload(address, "space", files, stale, "Update the app", private=private, space_sdk="gradio")
    with told(address):
        _choose(address.repository, checkpoints[0])
    return url


def _choose(repository: str, checkpoint: str) -> None:
    """Says what a Space reads with; of the usual one nothing, so that each language begins with its own."""
    api = HfApi(library_name=LIBRARY)
    if checkpoint != USUAL:
        api.add_space_variable(repository, VARIABLE, checkpoint)
    elif VARIABLE in api.get_space_variables(repository):
        api.delete_space_variable(repository, VARIABLE)
