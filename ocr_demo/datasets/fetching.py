"""Brings the font families that `configs/fonts/` names with npm, to be rendered."""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from ocr_demo.errors import DataError

MANIFEST = Path(__file__).resolve().parents[2] / "configs" / "fonts" / "package.json"
MANIFESTS = (MANIFEST, MANIFEST.with_name("arabic.json"))
SCRIPTS = "scripts"
SCOPE = "@fontsource/"
LOOKS_EVERY = 0.5
"""Seconds between two looks at how far npm is."""
FILE = re.compile(r"-(?P<subset>[a-z]+)-(?P<weight>\d+)-normal\.woff2$")


@dataclass(frozen=True)
class FontManifest:
    """Which families to bring, each pinned, and what each is for."""

    families: tuple[str, ...]
    held_out: frozenset[str]
    """Never trained on: they measure how a checkpoint reads a font it has not seen."""
    handwriting: frozenset[str]
    scripts: frozenset[str]
    """Of scripts other than Latin, the last word of their name: what a reader learns to refuse."""
    alphabet: str = "latin"
    """The alphabet to render; a family's file for each script has that script's name, as alphabets have."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The folders: to train on, never to train on, and, where it has any, to refuse."""
        scripts = (SCRIPTS,) if self.scripts else ()
        return training_part(self.alphabet), held_out_part(self.alphabet), *scripts

    def part(self, family: str) -> str:
        """The folder in which a family belongs."""
        if family in self.scripts:
            return SCRIPTS
        return held_out_part(self.alphabet) if family in self.held_out else training_part(self.alphabet)


def training_part(alphabet: str) -> str:
    """The folder, in that of the fetched fonts, with those to train on."""
    return "training" if alphabet == "latin" else alphabet


def held_out_part(alphabet: str) -> str:
    return "held-out" if alphabet == "latin" else f"{alphabet}-held-out"


def read_manifest(manifest: Path = MANIFEST) -> FontManifest:
    """The manifest's families; a `DataError` where it is missing or no such file."""
    try:
        content = json.loads(manifest.read_text(encoding="utf-8"))
        return FontManifest(
            families=tuple(sorted(name.removeprefix(SCOPE) for name in content["dependencies"])),
            held_out=frozenset(content["ocr_demo"]["held_out"]),
            handwriting=frozenset(content["ocr_demo"]["handwriting"]),
            scripts=frozenset(content["ocr_demo"]["scripts"]),
            alphabet=content["ocr_demo"].get("alphabet", "latin"),
        )
    except (OSError, ValueError, KeyError) as fault:
        raise DataError(f"{manifest} is no font manifest: {fault!r}") from fault


def fetch_fonts(destination: Path, manifest: Path = MANIFEST, *, progress: bool = True) -> dict[str, int]:
    """Puts the manifest's fonts into its parts of DESTINATION; how many files each got.

    Each family gives its regular and, where it has one, its bold, as FAMILY-WEIGHT.woff2, with its licence
    beside. A `DataError` says what is missing: npm, the network, or a package.
    """
    families = read_manifest(manifest)
    with tempfile.TemporaryDirectory(prefix="ocr-demo-fonts-") as scratch:
        folder = Path(scratch)
        shutil.copy(manifest, folder / "package.json")
        install_packages(folder, len(families.families), progress)
        packages = folder / "node_modules" / SCOPE.rstrip("/")
        counts = dict.fromkeys(families.parts, 0)
        for family in tqdm(families.families, desc="fonts", unit="family", disable=not progress):
            part = families.part(family)
            subset = family.rpartition("-")[2] if part == SCRIPTS else families.alphabet
            counts[part] += copy_family(packages / family, destination / part, subset)
            for other in counts.keys() - {part}:  # where an earlier manifest had it
                for stale in (destination / other).glob(f"{family}-[0-9]*.woff2"):
                    stale.unlink()
    return counts


def install_packages(folder: Path, count: int, progress: bool) -> None:
    """Runs npm on the manifest in `folder`, of `count` packages, and none of their own scripts."""
    npm = shutil.which("npm")
    if npm is None:
        raise DataError("npm was not found; install Node.js, or give a folder of fonts: --data fonts:PATH")
    command = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"]
    log = folder / "npm.log"
    with (
        log.open("wb") as output,
        tqdm(total=count, desc="npm, which looks all up first", unit="family", disable=not progress) as bar,
        subprocess.Popen(command, cwd=folder, stdout=output, stderr=output) as process,
    ):
        try:
            while is_running(process):
                bar.update(sum(1 for _ in folder.glob(f"node_modules/{SCOPE}*/package.json")) - bar.n)
        finally:
            process.kill()  # when this is interrupted; else it has ended
    if process.returncode:
        last_lines = "\n".join(log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-6:])
        raise DataError(
            "npm could not bring the fonts; connect to a network, or give a folder of fonts: "
            f"--data fonts:PATH. npm said:\n{last_lines}"
        )


def is_running(process: subprocess.Popen[bytes]) -> bool:
    """Whether it goes on, known after `LOOKS_EVERY` seconds or when it ends."""
    try:
        process.wait(LOOKS_EVERY)
    except subprocess.TimeoutExpired:
        return True
    return False


def copy_family(package: Path, destination: Path, subset: str) -> int:
    """Copies a package's licence and a subset's regular and bold files; how many font files that were."""
    files = {
        int(match["weight"]): file
        for file in (package / "files").glob("*")
        if (match := FILE.search(file.name)) and match["subset"] == subset
    }
    licence = next(package.glob("LICENSE*"), None)
    if not files or licence is None:
        raise DataError(f"the package {SCOPE}{package.name} has no {subset} font or no licence; leave it out")
    destination.mkdir(parents=True, exist_ok=True)
    weights = chosen_weights(files)
    for weight in weights:
        shutil.copyfile(files[weight], destination / f"{package.name}-{weight}.woff2")
    shutil.copyfile(licence, destination / f"{package.name}-LICENSE.txt")
    return len(weights)


def chosen_weights(weights: Iterable[int]) -> tuple[int, ...]:
    """Regular (400, or the nearest there is) and bold (700, where there is one)."""
    regular = min(weights, key=lambda weight: (abs(weight - 400), weight))
    return tuple(sorted({regular, 700} & set(weights)))
