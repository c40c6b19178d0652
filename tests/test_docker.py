"""The image's recipe: as hadolint wants it, and followed step by step to the first answer."""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

import pytest
import yaml
from docker.utils.build import exclude_paths
from dockerfile_parse import DockerfileParser

from benchmarks.browser import free_port
from tests.rehearsal import MOST_MIB, PATHS, Container, Running
from tests.serving import png
from tests.test_requirements import PINS, PROJECT

DOCKERFILE = PROJECT / "deploy" / "Dockerfile"
STEPS = [
    (step["instruction"], step["value"])
    for step in DockerfileParser(str(DOCKERFILE)).structure
    if step["instruction"] != "COMMENT"
]


@dataclass
class Stage:
    """An image while it is built."""

    container: Container
    variables: dict[str, str] = field(default_factory=lambda: dict(PATHS))
    folder: str = "/"
    told: dict[str, str] = field(default_factory=dict)
    """What the instructions say that only take effect when it runs."""


def built(folder: Path) -> Stage:
    """What the last stage comes to, all steps of all stages being followed."""
    stages: dict[str, Stage] = {}
    for instruction, value in STEPS:
        if instruction == "FROM":
            _, _, name = value.partition(" AS ")
            stages[name] = stage = Stage(Container.made(folder / f"stage{len(stages)}"))
        elif instruction == "ENV":
            given = [Template(each).substitute(stage.variables) for each in shlex.split(value)]
            stage.variables |= dict(each.split("=", 1) for each in given)
        elif instruction == "WORKDIR":
            stage.folder = value
            stage.container.path(value).mkdir(parents=True, exist_ok=True)
        elif instruction == "COPY":
            copy(stage, stages, value.split())
        elif instruction == "RUN":
            run(stage, value)
        else:
            stage.told[instruction] = value
    return stage


def run(stage: Stage, command: str) -> None:
    if command.startswith("pip install"):
        assert command.endswith(" -r requirements.txt")
        stage.container.install("/opt/venv", PINS)
    else:
        stage.container.run(["sh", "-c", command], stage.variables, stage.folder)


def copy(stage: Stage, stages: dict[str, Stage], arguments: list[str]) -> None:
    """Copies from another stage, or what .dockerignore leaves of the project."""
    *sources, target = arguments
    place = stage.container.path(f"{stage.folder}/{target}" if target[0] != "/" else target)
    if sources[0].startswith("--from="):
        root = stages[sources.pop(0).removeprefix("--from=")].container
        for source in sources:
            shutil.copytree(root.path(source), place, symlinks=True, dirs_exist_ok=True)
        return
    ignored = [line for line in (PROJECT / ".dockerignore").read_text().splitlines() if line[:1] != "#"]
    sent = exclude_paths(str(PROJECT), ignored)
    for source in sources:
        paths = [path for path in sent if path == source or path.startswith(f"{source}/")]
        assert paths, f"nothing of {source} is sent to be built with"
        for path in filter(Path.is_file, (PROJECT / path for path in paths)):
            inside = path.relative_to(PROJECT / source)  # "." for a file
            copied = place / (path.name if inside == Path() else inside)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copied)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return built(tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with free_port() as port:
        yield port


@pytest.fixture(scope="module")
def app(image: Stage, port: int) -> Iterator[Running]:
    """The container, read-only but for its volume and /tmp, as its user."""
    command = yaml.safe_load(image.told["CMD"])
    user = int(image.told["USER"].partition(":")[0])
    variables = image.variables | {"OCR_DEMO_PORT": str(port)}
    with image.container.running(command, variables, image.folder, user, port) as app:
        yield app


def test_hadolint_has_nothing_to_say() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([linter, DOCKERFILE], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_has_the_python_of_the_space() -> None:
    header = yaml.safe_load((PROJECT / "README.md").read_text(encoding="utf-8").split("---")[1])
    bases = {value.split()[0] for instruction, value in STEPS if instruction == "FROM"}
    assert bases == {f"python:{header['python_version']}-slim"}


def test_the_first_answer(app: Running, capsys: pytest.CaptureFixture[str]) -> None:
    answer = app.client.post("/predict", files={"file": png("R")})
    assert answer.json()["class"] == "R"
    for checkpoint in app.client.get("/checkpoints").json():
        app.client.post("/predict", files={"file": png("T")}, data={"checkpoint": checkpoint["name"]})
    with capsys.disabled():
        print(f"\nDocker: the page after {app.seconds:.1f} s, {app.peak_mib:.0f} MiB at most")
    assert app.peak_mib < MOST_MIB


def test_the_health_check_tells_a_running_app_from_none(app: Running, image: Stage, port: int) -> None:
    _, _, check = image.told["HEALTHCHECK"].partition(" CMD ")
    command = yaml.safe_load(check)
    here = [each.replace(":7860/", f":{port}/") for each in command]
    image.container.run(here, image.variables, user=10001)
    with pytest.raises(AssertionError, match="Connection refused"):
        image.container.run([each.replace(":7860/", ":1/") for each in command], image.variables, user=10001)


def test_a_command_may_write_where_replicas_share(image: Stage) -> None:
    """As the CronJob and the training Job do."""
    code = "from pathlib import Path; Path('/data/x').touch(); Path('/tmp/x').touch(); Path('/app/x').touch()"
    with pytest.raises(AssertionError, match="Read-only file system: '/app/x'"):
        image.container.run(["python", "-c", code], image.variables, user=10001)
