"""Arrays and EMNIST: the right classes, upright, and clear refusals."""

import string
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ocr_demo.characters import ALPHABETS
from ocr_demo.datasets import GlyphSet, load_glyphs
from ocr_demo.datasets.emnist import read_emnist
from ocr_demo.errors import DataError

LATIN = ALPHABETS["latin"]
pytestmark = pytest.mark.usefixtures("data_home")


def load(spec: str, **options: object) -> GlyphSet:
    return load_glyphs(spec, LATIN, workers=1, progress=False, **options)


def bars(count: int) -> np.ndarray:
    """Light upright bars on black (count, 28, 28)."""
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 4:24, 12:16] = 255
    return images


def test_labels_follow_the_classes_of_the_file(tmp_path: Path) -> None:
    np.savez(
        tmp_path / "s.npz", images=bars(4), labels=np.array([0, 1, 2, 1]), classes=np.array(["z", "A", "5"])
    )
    found = load(f"npz:{tmp_path / 's.npz'}")
    assert [LATIN.labels[index] for index in found.labels] == ["Z", "A", "5", "A"]
    assert found.names[3] == "image 3"


def test_a_class_that_no_image_has_may_be_anything(tmp_path: Path) -> None:
    np.savez(tmp_path / "s.npz", images=bars(1), labels=np.array([1]), classes=np.array(["N/A", "A"]))
    assert load(f"npz:{tmp_path / 's.npz'}").labels.tolist() == [10]


def test_without_labels_there_are_no_classes(tmp_path: Path) -> None:
    np.savez(tmp_path / "s.npz", images=bars(3))
    found = load(f"npz:{tmp_path / 's.npz'}")
    assert found.labels.tolist() == [-1] * 3
    assert "3 images without classes" in found.origin


def test_colour_images_are_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "s.npz", images=np.repeat(bars(2)[..., None], 3, axis=3))
    assert load(f"npz:{tmp_path / 's.npz'}").glyphs.any()


REFUSED = {
    "has no `images`": {"labels": np.arange(2)},
    "`images` is float64": {"images": bars(2) / 255},
    "`images` is uint8 \\(28, 28\\)": {"images": bars(1)[0]},
    "`labels` is int64 \\(3,\\)": {"images": bars(2), "labels": np.arange(3)},
    "`labels` is float64": {"images": bars(2), "labels": np.zeros(2)},
    "`labels` reach from 0 to 36": {"images": bars(2), "labels": np.array([0, 36])},
    "`classes` is int64": {"images": bars(2), "labels": np.arange(2), "classes": np.arange(2)},
    "classes outside the alphabet 'latin': 'é'": {
        "images": bars(2),
        "labels": np.arange(2),
        "classes": np.array(["A", "é"]),
    },
}


@pytest.mark.parametrize("message", REFUSED)
def test_files_of_another_form_are_refused(tmp_path: Path, message: str) -> None:
    np.savez(tmp_path / "s.npz", **REFUSED[message])
    with pytest.raises(DataError, match=message):
        load(f"npz:{tmp_path / 's.npz'}")


def test_cases_are_spoken_of_where_letters_have_them(tmp_path: Path) -> None:
    np.savez(tmp_path / "s.npz", images=bars(2), labels=np.arange(2), classes=np.array(["7", "é"]))
    for name, has_cases in (("latin", True), ("arabic", False)):
        with pytest.raises(DataError, match="rename or remove") as caught:
            load_glyphs(f"npz:{tmp_path / 's.npz'}", ALPHABETS[name], workers=1, progress=False)
        assert ("either case" in str(caught.value)) == has_cases


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    np.savez(tmp_path / "s.npz", images=bars(1), labels=np.array([{"a": 1}], object))
    with pytest.raises(DataError, match="no readable"):
        load(f"npz:{tmp_path / 's.npz'}")


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04 cut short"])
def test_what_is_no_npz_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "s.npz").write_bytes(content)
    for path in (tmp_path / "s.npz", tmp_path):
        with pytest.raises(DataError, match=f"numpy.savez.* or write folder:{path}"):
            load(f"npz:{path}")


def test_a_header_of_a_million_million_images_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "s.npz", "w") as file, file.open("images.npy", "w") as images:
        np.lib.format.write_array_header_1_0(
            images, {"descr": "|u1", "fortran_order": False, "shape": (10**12, 28, 28)}
        )
    with pytest.raises(DataError, match="more than fits into memory"):
        load(f"npz:{tmp_path / 's.npz'}")


def test_a_single_array_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "s.npy", bars(1))
    with pytest.raises(DataError, match=r"save it as \.npz"):
        load(f"npz:{tmp_path / 's.npy'}")


def write_emnist(home: Path, part: str, labels: np.ndarray, *, split: str = "train") -> None:
    """IDX files as the NIST publishes them: every image transposed."""
    raw = home / "emnist" / "EMNIST" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    images = bars(len(labels)).transpose(0, 2, 1)
    header = np.array([0x00000803, len(labels), 28, 28], ">i4").tobytes()
    (raw / f"emnist-{part}-{split}-images-idx3-ubyte").write_bytes(header + images.tobytes())
    header = np.array([0x00000801, len(labels)], ">i4").tobytes()
    (raw / f"emnist-{part}-{split}-labels-idx1-ubyte").write_bytes(header + labels.astype(np.uint8).tobytes())


def test_emnist_is_upright_and_folded(data_home: Path) -> None:
    characters = string.digits + string.ascii_uppercase + string.ascii_lowercase
    write_emnist(data_home, "byclass", np.arange(62))
    images, _, classes = read_emnist(data_home / "emnist", "byclass", "training")
    np.testing.assert_array_equal(images, bars(62))
    assert "".join(classes) == characters
    found = load("emnist")
    assert "".join(LATIN.labels[index] for index in found.labels) == characters.upper()


def test_emnist_letters_test_split(data_home: Path) -> None:
    write_emnist(data_home, "letters", np.array([1, 26]), split="test")
    assert [LATIN.labels[index] for index in load("emnist:letters", split="testing").labels] == ["A", "Z"]


def test_emnist_without_network_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("torchvision.datasets")
    monkeypatch.setattr(datasets.EMNIST, "url", "http://127.0.0.1:9/gzip.zip")
    with pytest.raises(DataError, match=r"connect to a network.*--data npz:PATH"):
        load("emnist")


def test_emnist_has_no_other_splits() -> None:
    with pytest.raises(DataError, match="choose from byclass"):
        load("emnist:all")


def test_other_scripts_are_read_without_classes(real_data: Path) -> None:
    found = load(f"npz:{real_data / 'not-latin.npz'}")
    assert len(found) == 2000
    assert set(found.labels) == {-1}


def test_arabic_is_read_with_its_own_alphabet(real_data: Path) -> None:
    spec = f"npz:{real_data / 'ahcd-test.npz'}"
    found = load_glyphs(spec, ALPHABETS["arabic"], workers=1, progress=False)
    assert np.bincount(found.labels).tolist() == [120] * 28
    with pytest.raises(DataError, match="outside the alphabet 'latin'"):
        load(spec)


def test_torch_is_not_needed_to_make_glyphs() -> None:
    code = "import sys, ocr_demo.datasets; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
