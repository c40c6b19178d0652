"""A container made of what every Linux has, for the app among nothing but its own files."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distribution, requires
from pathlib import Path

import pytest
from httpx import Client, TransportError
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

MOST_MIB = 2048
"""What a replica may have."""
PATIENCE = 120
PYTHON = "/base/bin"
"""Where Python is found before there is an environment."""
IN_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")
ENTERED = Path(__file__).with_name("container.sh")
PATHS = {"PATH": f"{PYTHON}:/usr/local/bin:/usr/bin:/bin"}


@dataclass(frozen=True)
class Running:
    """The app as it runs in a container."""

    client: Client
    process: subprocess.Popen[bytes]
    seconds: float
    """Until the page answered."""

    @property
    def peak_mib(self) -> float:
        """The most memory that it has had, resident."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM"))
        return int(peak) / 1024


@dataclass(frozen=True)
class Container:
    """A root folder; what runs in it sees it, this machine's /usr and /etc, and its Python to read."""

    root: Path

    @classmethod
    def made(cls, root: Path) -> "Container":
        """An empty one with Python; the test is skipped where the system lets nobody make one."""
        if subprocess.run([*IN_NAMESPACE, "true"], capture_output=True).returncode:
            pytest.skip("no container can be made here: unshare --user --mount is not allowed")
        python = root / PYTHON.lstrip("/") / "python"
        python.parent.mkdir(parents=True)
        executable = Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}")
        python.write_text(f'#!/bin/sh\nexec {executable} "$@"\n')
        python.chmod(0o755)
        return cls(root)

    def path(self, inside: str) -> Path:
        """Where a path of the container lies on this machine."""
        return self.root / inside.lstrip("/")

    def command(self, arguments: Sequence[str], folder: str = "/", user: int = 0) -> list[str]:
        """What runs a command in it; user 0 may write everywhere, others to /data and /tmp."""
        seen = {sys.base_prefix, *(path for path in sys.path if path.endswith("-packages"))} - {"/usr"}
        return [*IN_NAMESPACE, "sh", str(ENTERED), str(self.root), str(user), folder,
                *sorted(seen), "--", *arguments]  # fmt: skip

    def run(
        self, arguments: Sequence[str], variables: Mapping[str, str] = PATHS, folder: str = "/", user: int = 0
    ) -> None:
        """Runs a command to its end, which must be a good one."""
        done = subprocess.run(
            self.command(arguments, folder, user), env=variables, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{arguments}: {done.stderr}"

    def install(self, environment: str, asked: Sequence[Requirement]) -> None:
        """In place of pip, which would bring gigabytes: links to what it would install, and to no more."""
        (site,) = self.path(environment).glob("lib/python3*/site-packages")
        for name in installed_with(asked):
            found = distribution(name)
            for first in {file.parts[0] for file in found.files or []} - {"..", "__pycache__"}:
                if not (site / first).exists():
                    (site / first).symlink_to(Path(str(found.locate_file(first))).resolve())

    @contextmanager
    def running(
        self, arguments: Sequence[str], variables: Mapping[str, str], folder: str, user: int, port: int
    ) -> Iterator[Running]:
        """The app, once its page is there."""
        log, began = self.root.with_suffix(".log"), time.monotonic()
        with (
            log.open("wb") as written,
            subprocess.Popen(
                self.command(arguments, folder, user), env=variables, stdout=written, stderr=written
            ) as process,
            Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client,
        ):
            try:
                _wait_for_page(client, process, log)
                yield Running(client, process, time.monotonic() - began)
            finally:
                process.terminate()


def _wait_for_page(client: Client, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            client.get("/").raise_for_status()
        except TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"no answer in {PATIENCE} seconds:\n{log.read_text()}")


def installed_with(asked: Sequence[Requirement]) -> set[str]:
    """The names of the distributions that pip would install for these."""
    names: set[tuple[str, str]] = set()
    waiting = [(canonicalize_name(each.name), extra) for each in asked for extra in ("", *each.extras)]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in names:
            continue
        names.add((name, extra))
        for each in map(Requirement, requires(name) or []):
            if each.marker is None or each.marker.evaluate({"extra": extra}):
                waiting += [(canonicalize_name(each.name), wanted) for wanted in ("", *each.extras)]
    return {name for name, _ in names}
