"""Checkpoints go to the Hub and come back, with its real client and a stand-in for it over loopback."""

import json
import pickle
import shutil
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from httpx import Client
from huggingface_hub import ModelCard

from benchmarks.browser import running_app
from ocr_demo import __main__ as command_line
from ocr_demo.__main__ import main
from ocr_demo.checkpoint import CARD, CHECKPOINTS, CONFIG, ONNX, REPORT, TAKEN, WEIGHTS, load_checkpoint
from ocr_demo.errors import CheckpointError, HubError
from ocr_demo.evaluation.measuring import recorded_reports
from ocr_demo.hub import PUSHED, fetch, open_checkpoint, parse_address, pull
from ocr_demo.models import to_input
from ocr_demo.pretrained import CharacterNetwork
from ocr_demo.reading import Predictor
from ocr_demo.reading.library import Library
from ocr_demo.storage import write_json
from tests.conftest import HUB_PORT
from tests.drawings import drawn
from tests.hub import OWNER, READER, Hub, Repository, running_hub
from tests.serving import png

# how huggingface_hub uploads large files is its own affair
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

LATIN = CHECKPOINTS / "latin"
HERE = parse_address("me/latin")
GLYPHS = np.random.default_rng(0).integers(0, 256, (3, 64, 64), dtype=np.uint8)
FILES = {name: (LATIN / name).read_bytes() for name in TAKEN}


@pytest.fixture
def pushed(hub: Hub) -> Repository:
    """`latin` on the Hub."""
    return put(hub)


def put(hub: Hub, **options: bool) -> Repository:
    """Puts `latin` on the Hub without its client."""
    repository = hub.repositories["models", HERE.repository] = Repository(**options)
    repository.commit(dict(FILES))
    hub.keep(FILES.values())
    return repository


@pytest.fixture
def letter(tmp_path: Path) -> str:
    path = tmp_path / "R.png"
    cv2.imwrite(str(path), drawn("R"))
    return str(path)


def test_a_pushed_checkpoint_is_read_from_the_hub(
    hub: Hub, letter: str, data_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["push", "latin", "me/latin"]) == 0
    files = hub.repositories["models", "me/latin"].files
    assert files.keys() == {".gitattributes", *PUSHED}
    assert {name: files[name] for name in PUSHED if name != CARD} == {
        name: (LATIN / name).read_bytes() for name in PUSHED if name != CARD
    }
    capsys.readouterr()
    assert main(["predict", letter, "--checkpoint", "hub:me/latin", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["class"], told["checkpoint"]) == ("R", "me--latin")
    assert {path.name for path in data_home.glob("hub/*/snapshots/*/*")} == set(TAKEN)


def test_the_card_on_the_hub_holds_the_figures_and_tells_how_to_load_it(hub: Hub) -> None:
    main(["push", "latin", "me/latin"])
    card = ModelCard(hub.repositories["models", "me/latin"].files[CARD].decode())
    told = {(each.dataset_name, each.metric_type): each.metric_value for each in card.data.eval_results}
    for report in recorded_reports(load_checkpoint(LATIN)):
        if report.accuracy is not None:
            assert told[report.name, "accuracy"] == round(report.accuracy, 4)
    assert 'CharacterNetwork.from_pretrained("me/latin")' in card.text
    assert "--checkpoint hub:me/latin" in card.text


def test_the_card_s_example_runs(pushed: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    main(["push", "latin", "me/latin"])
    example = pushed.files[CARD].decode().split("```python\n")[1].split("```")[0]
    capsys.readouterr()
    exec(example, {})
    assert capsys.readouterr().out.strip() in load_checkpoint(LATIN).contract.labels


def test_what_is_there_already_is_no_new_commit_and_what_is_gone_goes(hub: Hub, tmp_path: Path) -> None:
    folder = shutil.copytree(LATIN, tmp_path / "mine")
    main(["push", str(folder), "me/mine"])
    repository = hub.repositories["models", "me/mine"]
    repository.files["figure.png"] = b"somebody's"
    before = len(repository.commits)
    main(["push", str(folder), "me/mine"])
    assert len(repository.commits) == before
    (folder / ONNX).unlink()
    main(["push", str(folder), "me/mine"])
    assert repository.files.keys() == {".gitattributes", "figure.png", *PUSHED} - {ONNX}


def test_a_revision_is_a_state_of_its_own(hub: Hub, tmp_path: Path) -> None:
    folder = shutil.copytree(LATIN, tmp_path / "mine")
    main(["push", str(folder), "me/mine@v1"])
    contract = {**asdict(load_checkpoint(folder).contract), "temperature": 3.0}
    write_json(folder / CONFIG, contract)
    main(["push", str(folder), "me/mine@v2"])
    temperatures = {
        revision: load_checkpoint(fetch(parse_address(f"me/mine{revision}"))).contract.temperature
        for revision in ("@v1", "@v2", "")
    }
    assert temperatures == {"@v1": load_checkpoint(LATIN).contract.temperature, "@v2": 3.0, "": 3.0}
    assert Library(CHECKPOINTS, "hub:me/mine@v1").names[0] == "me--mine@v1"


def test_without_a_network_what_was_fetched_is_read(data_home: Path) -> None:
    hub = Hub()
    with running_hub(hub, HUB_PORT):
        put(hub)
        online = Predictor(load_checkpoint(fetch(HERE))).logits(GLYPHS)
    assert np.array_equal(Predictor(load_checkpoint(fetch(HERE))).logits(GLYPHS), online)
    with pytest.raises(HubError, match=r"hub:me/other isn't in the cache, and the Hub can't be reached"):
        fetch(parse_address("me/other"))
    with pytest.raises(HubError, match="isn't in the cache"):
        fetch(parse_address("me/latin@v1"))


def test_a_fetch_cut_short_is_not_taken_for_a_checkpoint(data_home: Path) -> None:
    hub = Hub()
    with running_hub(hub, HUB_PORT):
        put(hub)
        folder = fetch(HERE)
    (folder / WEIGHTS).unlink()
    with pytest.raises(HubError, match="isn't in the cache"):
        fetch(HERE)


def test_a_second_fetch_brings_what_has_changed_alone(hub: Hub, pushed: Repository) -> None:
    fetch(HERE)
    pushed.commit({**FILES, REPORT: b"{}"})
    hub.asked.clear()
    assert recorded_reports(load_checkpoint(fetch(HERE))) == []
    assert [each for each in hub.asked if each.startswith("GET /large")] == []


def test_pulled_it_is_a_checkpoint_like_others(
    pushed: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command_line, "CHECKPOINTS", tmp_path)
    assert main(["pull", "me/latin", "--name", "theirs"]) == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "theirs").iterdir()} == FILES
    assert not any(path.is_symlink() for path in (tmp_path / "theirs").iterdir())
    assert main(["pull", "me/latin", "--name", "theirs"]) == 2
    assert "--replace" in capsys.readouterr().err
    assert main(["pull", "me/latin", "--name", "theirs", "--replace"]) == 0


def test_what_can_t_be_read_takes_no_other_s_place(pushed: Repository, tmp_path: Path) -> None:
    folder = shutil.copytree(LATIN, tmp_path / "mine")
    pushed.commit({**FILES, CONFIG: FILES[CONFIG].replace(b'"glyphnet"', b'"ocrcnn"')})
    with pytest.raises(CheckpointError, match="don't fit"):
        pull(HERE, folder, replace=True)
    assert load_checkpoint(folder).contract.architecture == "glyphnet"


class Loaded:
    def __reduce__(self) -> tuple:
        return Path.touch, (Path("was-unpickled"),)


HOSTILE = {
    "weights that are a pickle": ({WEIGHTS: pickle.dumps(Loaded())}, "can't be read as safetensors"),
    "a pickle in place of weights": (
        {WEIGHTS: None, "pytorch_model.bin": pickle.dumps(Loaded())},
        "can't be read as safetensors",
    ),
    "no contract": ({CONFIG: None}, "holds no checkpoint of ocr_demo"),
    "another's contract": ({CONFIG: b'{"model_type": "bert"}'}, "lacks or mistakes a field"),
    "labels of no alphabet": ({CONFIG: FILES[CONFIG].replace(b'"Z"', b'"ZZ"')}, "labels are not those"),
    "weights to be fetched": (
        {CONFIG: FILES[CONFIG].replace(b'"arguments": {}', b'"arguments": {"pretrained": true}')},
        "would fetch weights",
    ),
    "a graph for ONNX Runtime": ({WEIGHTS: b"", ONNX: (LATIN / ONNX).read_bytes()}, "as safetensors"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_comes_is_checked_like_any_checkpoint(
    kind: str, hub: Hub, pushed: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes, message = HOSTILE[kind]
    monkeypatch.chdir(tmp_path)
    files = {name: content for name, content in {**FILES, **changes}.items() if content is not None}
    pushed.commit(files)
    hub.keep(files.values())
    with pytest.raises(CheckpointError, match=message):
        Library(CHECKPOINTS, "hub:me/latin").predictor("me--latin")
    with pytest.raises(CheckpointError):
        CharacterNetwork.from_pretrained("me/latin", cache_dir=tmp_path / "cache")
    assert not (tmp_path / "was-unpickled").exists()


REFUSALS = {
    "no such repository": (["pull", "me/none"], "the Hub has no me/none that you may see"),
    "no such revision": (["pull", "me/latin@v9", "--name", "other"], "me/latin has no revision 'v9'"),
    "no such revision to read with": (["predict", "x.png", "--checkpoint", "hub:me/latin@v9"], "no revision"),
    "no place": (["pull", "latin"], "write it as hub:OWNER/NAME"),
    "no place to read with": (["predict", "x.png", "--checkpoint", "hub:latin"], "write it as"),
    "a name that can't be": (["pull", "me/-latin"], "-latin"),
    "no such checkpoint": (["push", "nobody's", "me/latin"], "choose from"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_refusals_say_what_to_do(
    refusal: str, pushed: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, message = REFUSALS[refusal]
    assert main(arguments) in (1, 2)
    assert message in capsys.readouterr().err


WHO = {
    "nobody": (None, "log in with `hf auth login`"),
    "another": (READER, "log in with `hf auth login`"),
    "an invalid token": ("hf_wrong", "doesn't let your token do this"),
}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("lock", ["private", "gated"])
def test_who_may_not_see_a_repository_is_told_to_log_in(
    who: str, lock: str, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(hub, **{lock: True})
    token, message = WHO[who]
    monkeypatch.setenv("HF_TOKEN", token or "")
    with pytest.raises(HubError, match=message):
        fetch(HERE)


def test_nothing_is_pushed_without_a_token_that_may(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for token, message in ((READER, "doesn't let your token"), ("", "takes nothing without a token")):
        monkeypatch.setenv("HF_TOKEN", token)
        assert main(["push", "latin", "me/latin"]) == 1
        assert message in capsys.readouterr().err
    assert hub.repositories == {}


def test_a_tag_is_not_moved(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["push", "latin", "me/latin@v1"]) == 0
    assert main(["push", "textbook", "me/latin@v1"]) == 1
    assert "has the tag 'v1' already" in capsys.readouterr().err
    assert load_checkpoint(fetch(parse_address("me/latin@v1"))).contract.architecture == "glyphnet"


def test_nothing_is_pushed_without_a_network(
    data_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_TOKEN", OWNER)
    assert main(["push", "latin", "me/latin"]) == 1
    assert "connect to a network" in capsys.readouterr().err


def test_what_can_t_be_read_is_not_pushed(hub: Hub, tmp_path: Path) -> None:
    folder = shutil.copytree(LATIN, tmp_path / "mine")
    (folder / WEIGHTS).write_bytes(b"")
    assert main(["push", str(folder), "me/mine"]) == 1
    assert hub.repositories == {}


def test_from_pretrained_gives_the_network_and_saves_it_again(pushed: Repository, tmp_path: Path) -> None:
    network = CharacterNetwork.from_pretrained("me/latin", cache_dir=tmp_path / "cache")
    checkpoint = load_checkpoint(LATIN)
    images = to_input(torch.from_numpy(GLYPHS))
    with torch.inference_mode():
        assert torch.equal(network(images), checkpoint.network()(images))
    assert network.contract == checkpoint.contract
    network.save_pretrained(tmp_path / "saved")
    again = CharacterNetwork.from_pretrained(tmp_path / "saved")
    with torch.inference_mode():
        assert torch.equal(again(images), network(images))
    assert load_checkpoint(tmp_path / "saved").contract == checkpoint.contract


def test_pushed_by_pytorch_users_it_is_read_by_the_app(hub: Hub, tmp_path: Path) -> None:
    CharacterNetwork.from_pretrained(LATIN).push_to_hub("me/again")
    library = Library(CHECKPOINTS, "hub:me/again")
    logits = library.predictor("me--again").logits(GLYPHS)
    assert np.allclose(logits, Predictor(load_checkpoint(LATIN)).logits(GLYPHS), atol=1e-4)


def test_training_can_start_from_the_hub(pushed: Repository) -> None:
    opened = open_checkpoint("hub:me/latin")
    assert (opened.name, opened.contract) == ("me--latin", load_checkpoint(LATIN).contract)
    assert open_checkpoint(str(LATIN)) == load_checkpoint(LATIN)


def test_the_app_reads_with_a_checkpoint_of_the_hub(pushed: Repository) -> None:
    with (
        running_app("--checkpoint", "hub:me/latin") as address,
        Client(base_url=address, timeout=60) as client,
    ):
        names = [each["name"] for each in client.get("/checkpoints").json()]
        assert names == ["me--latin", "arabic", "latin", "textbook"]
        told = client.post("/predict", files={"file": png("R")}).json()
        assert (told["class"], told["checkpoint"]) == ("R", "me--latin")
        assert client.get("/plots/me--latin/training.svg").status_code == 200
