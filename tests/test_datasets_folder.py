"""Image folders and archives: what is an image, which class it has, what is refused."""

import io
import os
import tarfile
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_demo.characters import ALPHABETS
from ocr_demo.datasets import GlyphSet, load_glyphs
from ocr_demo.datasets.layout import read_layout
from ocr_demo.datasets.loading import source_of
from ocr_demo.errors import DataError

LATIN = ALPHABETS["latin"]
pytestmark = pytest.mark.usefixtures("data_home")


def load(spec: str, **options: object) -> GlyphSet:
    return load_glyphs(spec, LATIN, workers=1, progress=False, **options)


def png(text: str) -> bytes:
    """A picture of a character, dark on white."""
    picture = np.full((48, 40), 255, np.uint8)
    cv2.putText(picture, text, (6, 38), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 0, 3)
    return cv2.imencode(".png", picture)[1].tobytes()


def write(root: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def write_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def write_tar(path: Path, files: dict[str, bytes], mode: str) -> Path:
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def labels_of(found: GlyphSet) -> list[str]:
    return [LATIN.labels[index] for index in found.labels]


CLASSES = {f"{text}/{number}.png": png(text) for text in "AR7" for number in range(2)}


def test_class_folders_label_their_images(tmp_path: Path) -> None:
    found = load(f"folder:{write(tmp_path / 'set', CLASSES)}")
    assert labels_of(found) == ["7", "7", "A", "A", "R", "R"]
    assert found.names[0] == "7/0.png"
    assert found.glyphs.shape == (6, 64, 64)
    assert all(glyph.any() for glyph in found.glyphs)
    assert "image folder set: 6 images of 3 classes" in found.origin


def test_small_and_capital_folders_are_one_class(tmp_path: Path) -> None:
    found = load(f"folder:{write(tmp_path / 'set', {'a/1.png': png('a'), 'A/1.png': png('A')})}")
    assert labels_of(found) == ["A", "A"]


@pytest.mark.parametrize("name", ["set.zip", "set.tar", "set.tar.gz"])
def test_an_archive_equals_its_folder(tmp_path: Path, name: str) -> None:
    folder = load(f"folder:{write(tmp_path / 'plain', CLASSES)}")
    packed = {f"wrapper/{path}": content for path, content in sorted(CLASSES.items())}
    modes = {"set.tar": "w", "set.tar.gz": "w:gz"}
    archive = (
        write_tar(tmp_path / name, packed, modes[name])
        if name in modes
        else write_zip(tmp_path / name, packed)
    )
    found = load(f"folder:{archive}")
    np.testing.assert_array_equal(found.glyphs, folder.glyphs)
    np.testing.assert_array_equal(found.labels, folder.labels)


def test_names_in_a_tar_that_are_no_utf_8_are_printable(tmp_path: Path) -> None:
    archive = tmp_path / "set.tar"
    write_tar(archive, {os.fsdecode(b"A/caf\xe9.png"): png("A"), "R/1.png": png("R")}, "w")
    found = load(f"folder:{archive}")
    assert found.names == [r"A/caf\xe9.png", "R/1.png"]
    assert labels_of(found) == ["A", "R"]


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_few_pictures_of_an_archive_are_in_memory_at_once(tmp_path: Path, kind: str) -> None:
    files = {f"A/{number:03}.png": png("A") for number in range(100)}
    archive = tmp_path / f"set.{kind}"
    _ = write_zip(archive, files) if kind == "zip" else write_tar(archive, files, "w")
    plan = source_of(f"folder:{archive}", LATIN, "training").plan()
    sizes = [chunk.size for chunk in plan.chunks]
    assert max(sizes) <= 32
    assert sum(sizes) == plan.total == 100


def test_split_folders_are_chosen_by_split(tmp_path: Path) -> None:
    files = {"data/training_data/A/1.png": png("A"), "data/testing_data/R/1.png": png("R")}
    root = write(tmp_path / "set", files)
    assert labels_of(load(f"folder:{root}")) == ["A"]
    assert labels_of(load(f"folder:{root}", split="testing")) == ["R"]
    assert labels_of(load(f"folder:{root / 'data' / 'testing_data'}", split="training")) == ["R"]


def test_what_lies_in_no_folder_of_the_split_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = ("train/A", "train/R", "val/A", "val/R", os.fsdecode(b"z\xe9ro/A"), "test/A")
    files = {f"data/{place}/1.png": png("A") for place in places}
    root = write(tmp_path / "set", files | {"sheet.png": png("A"), "notes.txt": b"x"})
    found = load_glyphs(f"folder:{root}", LATIN, workers=1)
    assert labels_of(found) == ["A", "R"]
    told = r"5 images outside of the training split left aside (test, val, z\xe9ro), 1 other files ignored"
    assert found.ignored == told
    assert told in found.origin
    assert told in capsys.readouterr().err
    assert (
        "6 images outside of the testing split left aside" in load(f"folder:{root}", split="testing").origin
    )


def test_a_missing_split_is_refused(tmp_path: Path) -> None:
    root = write(tmp_path / "set", {"training_data/A/1.png": png("A")})
    with pytest.raises(DataError, match="none for testing"):
        load(f"folder:{root}", split="testing")


def test_folders_outside_the_alphabet_are_all_named(tmp_path: Path) -> None:
    root = write(tmp_path / "set", {f"{name}/1.png": png("A") for name in ("A", "a_small", "é", "AB")})
    with pytest.raises(DataError) as refusal:
        load(f"folder:{root}")
    assert all(f"'{name}'" in str(refusal.value) for name in ("a_small", "é", "AB"))
    assert "'A'" not in str(refusal.value)
    assert "0 1 2" in str(refusal.value)


def test_images_without_classes_have_no_labels(tmp_path: Path) -> None:
    files = {f"{number}.png": png("A") for number in range(3)}
    assert load(f"folder:{write(tmp_path / 'set', files)}").labels.tolist() == [-1] * 3
    wrapped = write_zip(
        tmp_path / "w.zip", {f"some photos/{name}": content for name, content in files.items()}
    )
    assert load(f"folder:{wrapped}").labels.tolist() == [-1] * 3
    folder = write(tmp_path / "unpacked", {f"some photos/{name}": content for name, content in files.items()})
    assert load(f"folder:{folder}").labels.tolist() == [-1] * 3


def test_broken_images_are_named_and_the_rest_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = CLASSES | {"A/broken.png": png("A")[:60], "R/text.png": b"no picture", "7/empty.png": b""}
    found = load_glyphs(f"folder:{write(tmp_path / 'set', files)}", LATIN, workers=1)
    assert len(found) == len(CLASSES)
    assert sorted(line.split(":")[0] for line in found.broken) == [
        "7/empty.png",
        "A/broken.png",
        "R/text.png",
    ]
    assert "3 left out" in found.origin
    captured = capsys.readouterr()
    assert "A/broken.png" in captured.err
    assert not captured.out


def test_nothing_readable_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing in it can be read"):
        load(f"folder:{write(tmp_path / 'set', {'A/1.png': b'none'})}")


@pytest.mark.parametrize(
    ("files", "message"), [({"A/notes.txt": b"x"}, "no images"), ({"A/.hidden.png": png("A")}, "no images")]
)
def test_a_folder_without_images_is_an_error(tmp_path: Path, files: dict[str, bytes], message: str) -> None:
    with pytest.raises(DataError, match=message):
        load(f"folder:{write(tmp_path / 'set', files)}")


def test_what_is_no_image_is_counted(tmp_path: Path) -> None:
    extra = {"__MACOSX/A/._1.png": b"", "A/.DS_Store": b"", "README.md": b"", "sheet.png": png("A")}
    found = load(f"folder:{write_zip(tmp_path / 'set.zip', CLASSES | extra)}")
    assert len(found) == len(CLASSES)
    assert "4 other files ignored" in found.origin


@pytest.mark.parametrize(
    ("folders", "named"), [(("ب", "ت"), "'latin': 'ب', 'ت'"), (("A", "ب", "AB"), "'latin': 'AB'")]
)
def test_of_another_alphabet_alone_or_of_none_folders_are_refused(
    folders: tuple[str, ...], named: str, tmp_path: Path
) -> None:
    files = {f"{folder}/1.png": png("A") for folder in folders}
    with pytest.raises(DataError, match=named):
        load(f"folder:{write(tmp_path / 'set', files)}")


def test_members_that_point_outside_are_only_read(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "set.zip", {"../../A/evil.png": png("A"), "/R/evil.png": png("R")})
    before = set(tmp_path.rglob("*.png"))
    assert labels_of(load(f"folder:{archive}")) == ["A", "R"]
    assert set(tmp_path.rglob("*.png")) == before


@pytest.mark.parametrize("cut", [0.3, 0.9])
def test_a_truncated_archive_is_an_error(tmp_path: Path, cut: float) -> None:
    archive = write_tar(tmp_path / "set.tar.gz", CLASSES, "w:gz")
    content = archive.read_bytes()
    archive.write_bytes(content[: int(len(content) * cut)])
    with pytest.raises(DataError):
        load(f"folder:{archive}")


def test_a_zip_without_its_end_says_so(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "set.zip", CLASSES)
    archive.write_bytes(archive.read_bytes()[:-60])
    with pytest.raises(DataError, match="whose end is missing; fetch or pack it again"):
        load(f"folder:{archive}")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("folder:/no/such/place", "there is no /no/such/place; put it there, or name another"),
        ("folder:", "needs a path"),
        ("folder:~nobody-of-that-name", "there is no"),
        (f"folder:/tmp/{'x' * 300}", "there is no"),
        (f"npz:/tmp/{'x' * 300}.npz@2", "there is no"),
        (f"fonts:{'x' * 300}", "there is no"),
        ("x" * 300, "choose from folder:"),
        ("pictures:x", "choose from folder:"),
        ("", "choose from folder:"),
    ],
)
def test_specs_that_name_nothing_say_so(spec: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load(spec)


def test_a_bare_path_gets_a_hint(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"did you mean folder:{tmp_path}"):
        load(str(tmp_path))


def test_a_file_that_is_no_archive_gets_a_hint(tmp_path: Path) -> None:
    np.savez(tmp_path / "set.npz", images=np.zeros(1))
    (tmp_path / "set.txt").write_text("x")
    with pytest.raises(DataError, match="neither a folder nor"):
        load(f"folder:{tmp_path / 'set.txt'}")
    with pytest.raises(DataError, match=f"for arrays write npz:{tmp_path / 'set.npz'}"):
        load(f"folder:{tmp_path / 'set.npz'}")


@pytest.mark.parametrize(
    ("paths", "named", "renamed"),
    [
        (["A/x.png", "A/1/y.png", "B/1.png"], "A/1", "A"),
        (["people/A/s/1.png"], "people/A/s", "people/A"),
        (["A/s/1.png", "B/s/1.png"], "A/s", "A"),
        (["A/x.png", "A/1/y.png"], "A/1", "A"),  # the A around all folders is no wrapper: it holds images
        (["1/A/x.png", "2/A/x.png", "2/R/x.png"], "1/A", "1"),  # numbered writers
        (["A/photographs/r/1.png", "B/1.png"], "A/photographs/r", "A"),
        (["train/A/1/x.png", "train/R/2.png", "test/R/1.png"], "train/A/1", "train/A"),
    ],
)
def test_one_character_within_another_is_refused(paths: list[str], named: str, renamed: str) -> None:
    with pytest.raises(DataError, match=f"'{named}' lies in .* several characters; rename '{renamed}', or"):
        read_layout(paths, LATIN, "training", where="here")


@pytest.mark.parametrize(
    ("paths", "labels"),
    [
        (["data/1/A/x.png", "data/1/R/x.png", "sheet.png"], "AR"),
        (["a/1/R/x.png", "a/1/2/x.png"], "R2"),
        (["v/train/A/x.png", "v/train/R/x.png", "v/test/R/x.png"], "AR"),
        (["capitals/A/A/x.png", "small/a/x.png", "small/r/R/x.png"], "AAR"),
        (["a/R/x.png", "a/ب/x.png", "a/2/x.png"], "R2"),
    ],
)
def test_folders_named_like_a_character_around_all_classes_or_of_the_same_are_none(
    paths: list[str], labels: str
) -> None:
    layout = read_layout(paths, LATIN, "training", where="here", others=ALPHABETS.values())
    assert [LATIN.labels[index] for index in layout.labels] == list(labels)


def test_what_was_kept_by_other_rules_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = f"folder:{write(tmp_path / 'set', {'A/1/x.png': png('A'), 'R/1.png': png('R')})}"
    with monkeypatch.context() as former:
        former.setattr("ocr_demo.datasets.folder.LAYOUT", 1)
        former.setattr("ocr_demo.datasets.layout.refuse_nested", lambda *_: None)
        assert labels_of(load(spec)) == ["1", "R"]
    with pytest.raises(DataError, match="several characters"):
        load(spec)


def test_links_are_followed_once(tmp_path: Path) -> None:
    real = write(tmp_path / "elsewhere", {"1.png": png("A")})
    root = write(tmp_path / "set", {"R/1.png": png("R")})
    (root / "A").symlink_to(real)
    (root / "R" / "loop").symlink_to(root)
    assert labels_of(load(f"folder:{root}")) == ["A", "R"]


@given(
    st.lists(st.sampled_from(LATIN.labels), min_size=1, max_size=8), st.sampled_from(["", "set/", "set/two/"])
)
def test_wrapping_folders_change_nothing(labels: list[str], wrapper: str) -> None:
    paths = [f"{wrapper}{label.lower()}/{number}.JPG" for number, label in enumerate(labels)]
    layout = read_layout(paths, LATIN, "training", where="here")
    assert [LATIN.labels[index] for index in layout.labels] == labels


def test_real_archives(real_data: Path) -> None:
    mouse = load(f"folder:{real_data / 'mouse-az.tar.gz'}")
    assert len(mouse) == 521
    assert set(labels_of(mouse)) == set("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    printed = load(f"folder:{real_data / 'standard-ocr.tar.gz'}", split="testing")
    assert len(printed) == 1008
    assert np.bincount(printed.labels).tolist() == [28] * 36
