"""The texts that the page says, found in the code: what its catalogues must have."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from limits.limits import GRANULARITIES

from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import CHECKPOINTS, load_checkpoint
from ocr_demo.evaluation.comparison import columns
from ocr_demo.evaluation.measuring import recorded_reports
from ocr_demo.evaluation.plots.theme import NOTHING_TO_DRAW
from ocr_demo.models import MISUSED, UNKNOWN
from ocr_demo.teaching.child import KILLED, TOO_LONG
from ocr_demo.teaching.own import BROUGHT, TAUGHT
from ocr_demo.teaching.packing import ARCHIVE
from ocr_demo.teaching.promotions import BROKEN as PROMOTION_BROKEN
from ocr_demo.teaching.promotions import GOING_ON
from ocr_demo.teaching.run import BROKEN
from ocr_demo.teaching.verdict import Role
from ocr_demo.teaching.worker import TOO_LARGE
from ocr_demo.web.examples import examples
from ocr_demo.web.guard import NOTHING_HERE
from ocr_demo.web.limits import CUT_OFF, TOO_MANY, TOO_SLOW
from ocr_demo.web.limits import TOO_LARGE as REQUEST_TOO_LARGE
from ocr_demo.web.picture import NO_UPLOAD
from ocr_demo.web.policy import FOREIGN
from ocr_demo.web.problems import MISFITS
from ocr_demo.web.report_view import CLASS_COLUMNS, COLUMNS, PLOT_NAMES
from ocr_demo.web.words import MARKED
from ocr_demo.weights import ABSENT, FETCHES, MISSHAPEN, NO_NUMBERS

PACKAGE = Path(__file__).resolve().parent.parent / "ocr_demo"
NO_ZIP = "File is not a zip file"
"""What Python says of what people bring in place of one."""
FOR_PROGRAMS = ("endpoint.py", "guard.py")
"""Of the web package what programs alone meet, in English."""
LIBRARY = (
    *("checkpoint.py", "errors.py", "pictures.py", "weights.py"),
    *("datasets/layout.py", "evaluation/plots/*.py", "reading/export.py", "reading/library.py"),
    *(f"teaching/{name}.py" for name in ("bringing", "child", "correction", "corrections", "options", "own")),
    *(f"teaching/{name}.py" for name in ("packing", "people", "promotion", "promotions", "queue", "record")),
    *(f"teaching/{name}.py" for name in ("run", "runs", "samples", "tuner", "unpacking", "uploading")),
    "teaching/verdict.py",
)
"""Below the web package what says something to people at the page."""

PARTS = re.compile(r"\{.*?\}")
Text = str | tuple[str, str]
"""A text, or one that has a number in it, for one and for many."""


def texts() -> set[Text]:
    """Every text that the page can say."""
    found: set[Text] = {text for path in sources() for text in texts_of_code(path)}
    for path in (each for ending in ("html", "js") for each in (PACKAGE / "web").rglob(f"*.{ending}")):
        found |= set(MARKED.findall(path.read_text(encoding="utf-8")))
    return {text for text in found | set(texts_of_tables()) if PARTS.sub("", str(text)).strip(": ")}


def sources() -> list[Path]:
    """The modules that say something at the page."""
    web = [path for path in (PACKAGE / "web").rglob("*.py") if path.name not in FOR_PROGRAMS]
    return sorted([*web, *(path for pattern in LIBRARY for path in PACKAGE.glob(pattern))])


def texts_of_tables() -> Iterator[str]:
    """Those that stand in a table, not where they are said; those of the shipped reports too."""
    yield from (TAUGHT, BROUGHT, NOTHING_TO_DRAW, NO_UPLOAD, BROKEN, KILLED, TOO_LARGE, TOO_LONG, ARCHIVE)
    yield from (UNKNOWN, MISUSED, FETCHES, MISSHAPEN, NO_NUMBERS, ABSENT, "; ", NO_ZIP)
    yield from (CUT_OFF, REQUEST_TOO_LARGE, TOO_MANY, TOO_SLOW, FOREIGN, NOTHING_HERE, *MISFITS.values())
    yield from (PROMOTION_BROKEN, GOING_ON, "class folders", *get_args(Role), *GRANULARITIES)
    yield from PLOT_NAMES.values()
    yield from (each.title for each in (*COLUMNS, *columns([]), *examples().values()))
    yield from CLASS_COLUMNS
    for alphabet in ALPHABETS.values():
        yield from alphabet.tells.values()
    for name in ("latin", "textbook", "arabic"):
        for report in recorded_reports(load_checkpoint(CHECKPOINTS / name)):
            yield from (report.name, report.origin)


def texts_of_code(path: Path) -> Iterator[Text]:
    """The texts of a module: what `words` and its kin are called with, and what errors say."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from MARKED.findall(node.value)
        if not isinstance(node, ast.Call):
            continue
        name, given = name_of(node.func), [constant for each in node.args for constant in constants(each)]
        if name == "count" and len(given) == 2:
            yield given[0], given[1]
        elif name == "words" or is_error(name):
            yield from given[:2] if isinstance(node.args[0], ast.IfExp) else given[:1]


def name_of(function: ast.expr) -> str:
    """The last name of what is called."""
    return getattr(function, "attr", None) or getattr(function, "id", "")


def is_error(name: str) -> bool:
    """Whether it is one that people at the page can meet; options are for who starts the app."""
    return name.endswith("Error") and name not in ("OptionError", "FieldError")


def constants(node: ast.expr) -> Iterator[str]:
    """The text that an expression is, or both that it can be."""
    if isinstance(node, ast.IfExp):
        yield from (*constants(node.body), *constants(node.orelse))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
