"""The page's words: in every language all of them, and none that is no longer said."""

import ast
import re
import string
from io import BytesIO
from itertools import product

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from starlette.datastructures import Headers
from starlette.testclient import TestClient

from ocr_demo.errors import BusyError, DataError, TeachingError
from ocr_demo.web.languages import accepted
from ocr_demo.web.words import ENGLISH, LANGUAGES, LOCALES, Words, translated
from tests.serving import ask, serving
from tests.words import MARKED, PACKAGE, Text, is_error, name_of, sources, texts

ARABIC = translated("ar")
OTHERS = [words.language for words in LANGUAGES if words != ENGLISH]


def catalogue(language: str) -> dict[Text, Message]:
    """Its messages by their English."""
    read = read_po(BytesIO((LOCALES / f"{language}.po").read_bytes()), language)
    return {message.id: message for message in read if message.id}


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_missing_and_nothing_is_there_in_vain(language: str) -> None:
    known = catalogue(language).keys()
    assert sorted(map(str, texts() - known)) == [], "add these to the catalogue"
    assert sorted(map(str, known - texts())) == [], "nobody says these any more"


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated_with_the_same_parts_and_tags(language: str) -> None:
    for message in catalogue(language).values():
        originals, said = as_tuple(message.id), as_tuple(message.string)
        assert all(said), message.id
        assert not message.fuzzy, message.id
        for original, each in product(originals[-1:], said):
            assert parts(each) <= parts(original), message.id
            assert len(said) > 1 or parts(each) == parts(original), message.id
            assert each.count("<") == original.count("<"), message.id
            assert '"' not in each or "<" in original, "quotes would end an attribute"


def as_tuple(text: Text | tuple[str, ...]) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (text,)


def parts(text: str) -> set[tuple[str | None, str | None, str | None]]:
    """The names in braces, with how they are written."""
    return {part[1:] for part in string.Formatter().parse(text) if part[1]}


def test_all_forms_of_a_number_are_there() -> None:
    for message in catalogue("ar").values():
        assert not isinstance(message.id, tuple) or len(message.string) == 6, message.id


def test_no_error_that_people_meet_is_put_together_before_it_can_be_translated() -> None:
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and is_error(name_of(node.func)) and node.args:
                assert not isinstance(node.args[0], ast.JoinedStr), f"{path}:{node.lineno}"


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "لم تُضَف أي صورة."),
        (1, "أُضيفت صورة واحدة."),
        (2, "أُضيفت صورتان."),
        (7, "أُضيفت 7 صور."),
        (1011, "أُضيفت 1,011 صورة."),
    ],
)
def test_arabic_counts_in_six_forms(count: int, said: str) -> None:
    one, many = "{count:,} picture brought.", "{count:,} pictures brought."
    assert ARABIC.count(one, many, count) == said
    assert ENGLISH.count(one, many, 1) == "1 picture brought."


def test_an_error_is_said_with_the_errors_in_it() -> None:
    inner = TeachingError("{name}: {error}", name="a.png", error=DataError("this is no picture"))
    error = TeachingError("nothing was taken, for some can't be read: {wrong}", wrong=[inner, inner])
    assert str(error).endswith("a.png: this is no picture; a.png: this is no picture")
    assert (
        ARABIC.sentence(error)
        == "لم يُؤخذ شيء، لأن بعضها لا يُقرأ: a.png: هذه ليست صورة؛ a.png: هذه ليست صورة."
    )
    assert BusyError("wait {long}", 3, long="so long").seconds == 3
    assert str(DataError("as {it} stands")) == "as {it} stands"


def test_a_text_that_no_catalogue_has_stays_as_it_is() -> None:
    assert ARABIC("") == ""
    assert ARABIC("a test set of yours, {as} it is") == "a test set of yours, {as} it is"


def test_templates_are_filled() -> None:
    assert ARABIC.fill('<p title="[[Undo]]">${value} {{name}} [[Undo]]</p>') == (
        '<p title="تراجع">${value} {{name}} تراجع</p>'
    )
    assert not MARKED.search(ENGLISH.fill("[[Undo]]"))


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        ("ar-EG,ar;q=0.9,en;q=0.8", ["ar-EG", "ar", "en"]),
        ("en;q=0.5, ar;q=0.7,*;q=0.1", ["ar", "en", "*"]),
        ("ar;q=x", ["ar"]),
        ("", [""]),
    ],
)
def test_browsers_say_what_they_want_best_first(header: str, languages: list[str]) -> None:
    assert accepted(Headers({"accept-language": header})) == languages


def test_the_page_is_in_the_browsers_language_or_the_chosen_one() -> None:
    with serving() as client:
        assert language_of(client, "/", "ar-EG,en;q=0.5") == "ar"
        assert language_of(client, "/?__theme=dark", "ar") == "ar"
        for wanted in ("en", "fr,ar;q=0.1", "de", "", "x" * 5000):
            client.cookies.clear()
            assert language_of(client, "/", wanted) == ("ar" if "ar" in wanted else "en")
        assert language_of(client, "/?lang=en", "ar") == "en"
        assert language_of(client, "/", "ar") == "en"  # as was chosen
        assert language_of(client, "/ar?lang=ar", "en") == "ar"
        assert language_of(client, "/", "en") == "ar"
        assert language_of(client, "/?lang=nonsense", "en") == "ar"
        assert language_of(client, "/?lang=en", "ar") == "en"
        assert language_of(client, "/?lang=ar", "en") == "ar"  # as somebody may write it
        assert language_of(client, "/", "en") == "ar"


def language_of(client: TestClient, path: str, wanted: str) -> str:
    page = client.get(path, headers={"Accept-Language": wanted})
    assert "no-store" in page.headers["cache-control"]
    words = ARABIC if 'lang="ar" dir="rtl"' in page.text else ENGLISH
    assert f'lang="{words.language}" dir="{words.direction}"' in page.text
    assert "ocr_demo_session" in client.cookies
    return words.language


def test_what_the_arabic_page_asks_for_is_answered_in_arabic() -> None:
    with serving() as client:
        kept = ask(client, "practice", "keep", {"label": "7", "drawing": "x"}, ARABIC.prefix)
        assert kept["problem"] == "لم يصل الرسم بصيغة PNG؛ أعِد تحميل الصفحة."
        error = client.get("/ar/corrections.zip?checkpoint=latin").json()
        assert error["detail"] == "لا توجد تصحيحات لتصديرها بعد"
        assert client.get("/ar/plots/latin/training.svg").status_code == 200
        assert client.get("/ar/gradio_api/openapi.json").status_code == 404
        assert client.post("/ar/plots/latin/training.svg").status_code == 405


def test_the_readme_in_arabic_has_commands_of_the_other_and_links_that_lead_somewhere() -> None:
    project = PACKAGE.parent
    english, arabic = ((project / name).read_text(encoding="utf-8") for name in ("README.md", "README.ar.md"))
    blocks = re.findall(r"^```\w*\n.*?^```$", arabic, re.MULTILINE | re.DOTALL)
    assert len(blocks) > 3
    assert [block for block in blocks if block not in english] == []
    assert [link for link in re.findall(r"\]\((\S+?)\)", arabic) if not (project / link).is_file()] == []


def test_its_name_and_direction() -> None:
    assert [(words.name, words.direction, words.path) for words in LANGUAGES] == [
        ("English", "ltr", "/"),
        ("العربية", "rtl", "/ar/"),
    ]
    assert isinstance(ARABIC, Words)
