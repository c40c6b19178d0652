"""`fonts[:PATH]` and `scenes[:PATH]`: characters drawn from font files, plainly or as if photographed."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
from numpy.typing import NDArray

from ocr_demo.characters import Alphabet
from ocr_demo.datasets.faces import FONT_EXTENSIONS, Face, drawn_mask, matplotlib_fonts, open_faces
from ocr_demo.datasets.fetching import training_part
from ocr_demo.datasets.folder import file_fingerprint, found_files, looked_up
from ocr_demo.datasets.layout import class_index
from ocr_demo.datasets.scenes import scene
from ocr_demo.datasets.source import Chunk, Made, Plan, Request, Source, Split, stacked
from ocr_demo.errors import DataError, SpecError, is_of_the_system
from ocr_demo.preprocess import to_glyph
from ocr_demo.storage import printable

RENDERING = 4
"""Raise it when what `fonts:` or `scenes:` draw changes, so that cached glyphs are drawn again."""
SYSTEM_FONTS = (
    *("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts"),
    *("/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts"),
    *("C:/Windows/Fonts", "~/AppData/Local/Microsoft/Windows/Fonts"),
)
VARIANTS = 2
"""Scenes for each character of a font, unless the spec asks for another number."""
MARGIN = 24
FAINTEST_LIKENESS = 0.1
"""Correlation of a scene's glyph with the same character's plain one."""


@dataclass(frozen=True)
class FontChunk:
    """All characters of one font file; `variants` scenes of each, or a plain rendering if 0."""

    path: Path
    name: str
    alphabet: Alphabet
    variants: int
    split: Split
    size: int = 1

    def make(self) -> Made:
        try:
            faces = list(open_faces(self.path, self.alphabet))
            drawn = [glyph for number, face in enumerate(faces) for glyph in self.drawn(face, number)]
        except (DataError, OSError) as fault:  # FreeType finds some faults only when it draws
            if is_of_the_system(fault):
                raise
            return Made(stacked([]), (), (), (f"{self.name}: {fault}",))
        return Made(
            glyphs=stacked([glyph for _, _, glyph in drawn]),
            labels=tuple(class_index(character, self.alphabet) for character, _, _ in drawn),
            names=tuple(name for _, name, _ in drawn),
        )

    def drawn(self, face: Face, number: int) -> Iterator[tuple[str, str, NDArray[np.uint8]]]:
        """Characters, names and glyphs.

        A scene in which preprocessing finds no ink is left out. So is one for training in which it took a
        shadow or the ground for ink: such a glyph would teach that anything may be anything. Testing keeps
        them, for they count as what they are, mistakes.
        """
        name = f"{self.name}#{number}" if number else self.name
        masks = {character: drawn_mask(face.font, character) for character in face.characters}
        for character in face.characters:
            if not self.variants:
                yield character, f"{name}:{character}", to_glyph(plain_picture(masks[character]))
            for variant in range(self.variants):
                seed = f"{self.split}/{name}/{character}/{variant}"
                composed = scene(character, masks, seed)
                glyph = to_glyph(composed.picture)
                if glyph.any() and (self.split == "testing" or shows(glyph, composed.ink)):
                    yield character, f"{name}#{variant}:{character}", glyph


def shows(glyph: NDArray[np.uint8], ink: NDArray[np.uint8]) -> bool:
    """Whether anything of a character's ink can be seen in its glyph, moved or partly lost as it may be."""
    expected = to_glyph(plain_picture(ink))
    if not expected.any() or glyph.min() == glyph.max():
        return False
    return float(np.corrcoef(glyph.ravel(), expected.ravel())[0, 1]) > FAINTEST_LIKENESS


def plain_picture(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Dark on white with a margin, (H, W)."""
    return 255 - np.pad(mask, MARGIN)


def fonts_source(request: Request) -> Source:
    """Every character once for each font, dark on white."""
    return rendered_source(request, request.argument, variants=0, kind="characters rendered from fonts")


def scenes_source(request: Request) -> Source:
    """Characters as they look in photographs; "scenes:PATH?variants=4" for more than two of each."""
    argument, _, query = request.argument.partition("?")
    return rendered_source(
        request,
        argument,
        variants=variants_in(query),
        kind=f"photograph-like scenes ({request.split}) from fonts",
    )


def variants_in(query: str) -> int:
    """The number of scenes that the options after a spec's "?" ask for."""
    options = parse_qs(query)
    text = options.pop("variants", [str(VARIANTS)])[-1]
    if options or not text.isdigit() or not 1 <= int(text) <= 100:
        raise SpecError(f"scenes:…?{query} is not understood; write scenes:PATH?variants=N with N in 1..100")
    return int(text)


def rendered_source(request: Request, argument: str, *, variants: int, kind: str) -> Source:
    return source_of_files(
        font_folders(argument, request),
        kind,
        lambda path, name: FontChunk(path, name, request.alphabet, variants, request.split),
        fingerprint=(RENDERING, variants),
    )


def source_of_files(
    folders: list[Path],
    kind: str,
    chunk: Callable[[Path, str], Chunk],
    fingerprint: tuple[object, ...],
) -> Source:
    """What `chunk` makes of each font file, from its path and name; a `DataError` where there is none."""
    files = {path: name for folder in folders for name, path in font_files(folder)}
    if not files:
        raise DataError(
            f"no font files ({', '.join(sorted(FONT_EXTENSIONS))}) in {', '.join(map(str, folders))}; "
            "bring some with: python -m ocr_demo fonts"
        )
    return Source(
        description=f"{kind} in {', '.join(folder.name for folder in folders)} ({len(files):,} files)",
        fingerprint=(*fingerprint, np.__version__, *map(file_fingerprint, files)),
        plan=lambda: Plan(
            chunks=(chunk(path, name) for path, name in files.items()), total=len(files), unit="font"
        ),
        group=family,
    )


def family(name: str) -> str:
    """The font family that a rendered character's name begins with: "caveat" for "caveat-700.woff2:A"."""
    file = name.rpartition(":")[0].rpartition("/")[2]
    return file.partition(".")[0].rpartition("-")[0] or file.partition(".")[0]


def font_folders(argument: str, request: Request) -> list[Path]:
    """Where to look: the folder named, be it one of those fetched, or matplotlib's own; or what there is."""
    if not argument:
        return default_font_folders(request)
    if argument == "matplotlib":
        return [matplotlib_fonts()]
    found = looked_up(argument) or looked_up(str(request.home / "fonts" / argument))
    if found is None:
        raise DataError(f"fonts: there is no {argument}; bring fonts with: python -m ocr_demo fonts")
    return [found]


def default_font_folders(request: Request) -> list[Path]:
    """The alphabet's fetched training fonts, or the system's, or the few that matplotlib brings along."""
    fetched = request.home / "fonts" / training_part(request.alphabet.name)
    for folders in ([fetched], system_font_folders()):
        if any(True for folder in folders if folder.is_dir() for _ in font_files(folder)):
            return [folder for folder in folders if folder.is_dir()]
    return [matplotlib_fonts()]


def system_font_folders() -> list[Path]:
    """Where Linux, macOS and Windows keep fonts; most of these are not there."""
    return [Path(folder).expanduser() for folder in SYSTEM_FONTS]


def font_files(folder: Path) -> Iterable[tuple[str, Path]]:
    """Printable names and paths of the font files below a folder, or of the one file it is."""
    if folder.is_file():
        return [(printable(folder.name), folder)]
    files = ((printable(file.path), folder / file.path) for file in found_files(folder))
    return [(name, path) for name, path in files if path.suffix.lower() in FONT_EXTENSIONS]
