"""The command line: python -m ocr_demo predict | evaluate | export | finetune | promote | push | …"""

import json as json_module
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import tyro
from tqdm import tqdm

from ocr_demo.arguments import refuse_repeated
from ocr_demo.checkpoint import CHECKPOINTS, load_checkpoint
from ocr_demo.datasets import MANIFESTS, fetch_fonts, load_glyphs, refuse_weights
from ocr_demo.datasets.folder import existing_path
from ocr_demo.errors import OcrDemoError, OptionError
from ocr_demo.evaluation.card import model_card, write_card
from ocr_demo.evaluation.measuring import evaluate_source, evaluation_json, record_report, require_recordable
from ocr_demo.evaluation.report import Report
from ocr_demo.hub import parse_address
from ocr_demo.hub import pull as pull_checkpoint
from ocr_demo.hub import push as push_checkpoint
from ocr_demo.preprocess import FAINTEST
from ocr_demo.reading import Backend, Predictor
from ocr_demo.reading.bulk import Answer, Named, Readers, json_line, pass_answered, pictures_in, read_all
from ocr_demo.reading.library import ANY, Library
from ocr_demo.reading.versions import promoted_home
from ocr_demo.space import update_space
from ocr_demo.storage import data_home, printable
from ocr_demo.teaching.commands import (
    finetune_command,
    promote_command,
    retrain_command,
    rollback_command,
    versions_command,
)


def predict(
    images: tyro.conf.Positional[tuple[Path, ...]] = (),
    checkpoint: str = "latin",
    backend: Backend | None = None,
    json: bool = False,
    data: str = "",
    workers: int | None = None,
    output: Path | None = None,
) -> int:
    """Reads pictures, a line each.

    Args:
        images: Picture files.
        checkpoint: A name in checkpoints/, a checkpoint's folder, or hub:OWNER/NAME[@REVISION]; any:
            whichever script's knows it best.
        backend: What runs the network; by default onnx where the checkpoint has its file, else torch.
        json: Print a JSON object a line.
        data: folder:PATH instead of picture files: all pictures of a folder or an archive, however many.
        workers: How many processes read; by default one for each core.
        output: Where JSON lines are written, errors too; what it holds already is not read again.
    """
    if workers is not None and workers < 1:
        raise OptionError(f"workers: {workers} can't read; give at least 1")
    if bool(images) == bool(data):
        raise OptionError("predict: name picture files, or --data folder:PATH")
    named: Iterator[Named] = ((printable(str(image)), image) for image in images)
    pictures = pictures_in(folder_of(data)) if data else named
    readers = Readers(CHECKPOINTS, checkpoint, backend, promoted_home())
    readers.library()  # what can't be opened is told before anything is begun
    if output:
        return written(pictures, readers, workers, output)
    failed = 0
    for answer in read_all(pictures, readers, workers):
        if "error" in answer:
            print(f"error: {answer['image']}: {answer['error']}", file=sys.stderr)
            failed += 1
            continue
        line = json_line(answer) if json else f"{answer['image']}: {reading(answer)}"
        print(line, flush=True)
    return 1 if failed else 0


def written(pictures: Iterator[Named], readers: Readers, workers: int | None, output: Path) -> int:
    """Answers in a file, after those that it holds; 1 if a picture could not be read this time."""
    done, failed = pass_answered(pictures, output), 0
    with (
        output.open("a", encoding="utf-8") as file,
        tqdm(initial=done, unit=" images", file=sys.stderr) as bar,
    ):
        for answer in read_all(pictures, readers, workers):
            file.write(json_line(answer) + "\n")
            failed += "error" in answer
            bar.update()
    print(
        f"{printable(str(output))}: {bar.n:,} answers" + (f", {failed:,} of these errors" if failed else "")
    )
    return 1 if failed else 0


def evaluate(
    data: str,
    checkpoint: str = "latin",
    backend: Backend | None = None,
    json: bool = False,
    record: str = "",
    origin: str = "",
) -> int:
    """Measures a checkpoint on labelled images, or on images alone: what share it takes for characters.

    Args:
        data: The source, such as folder:PATH, npz:PATH, emnist, fonts:PATH or scenes:PATH.
        checkpoint: A name in checkpoints/, a checkpoint's folder, or hub:OWNER/NAME[@REVISION].
        backend: What runs the network; by default onnx where the checkpoint has its file, else torch.
        json: Print one JSON object.
        record: Keep the figures in the checkpoint's report.json and model card under this name.
        origin: With --record, what the set is and where it comes from, in one line.
    """
    if checkpoint == ANY:
        raise OptionError("evaluate: any is of no alphabet; evaluate latin and arabic one after the other")
    refuse_weights([data], "evaluate")
    predictor = _predictor(checkpoint, backend)
    if record:
        require_recordable(predictor.checkpoint.folder)
    glyphs = load_glyphs(data, predictor.checkpoint.alphabet, split="testing")
    report, speed = evaluate_source(predictor, glyphs, name=record, origin=origin, progress=tqdm)
    if record:
        record_report(predictor.checkpoint.folder, report)
        write_card(predictor.checkpoint.folder)
    if json:
        line = evaluation_json(
            report, predictor.checkpoint.name, speed, left_out=glyphs.broken, ignored=glyphs.ignored
        )
        print(json_module.dumps(line, ensure_ascii=False))
    else:
        print(report_text(report, speed))
    return 0


def export(data: tuple[str, ...] = (), checkpoint: str = "latin") -> int:
    """Writes a checkpoint for ONNX Runtime: model.onnx, and from sources also model.int8.onnx.

    Args:
        data: Sources whose training images 8-bit integers are calibrated on; without any only model.onnx.
        checkpoint: A name in checkpoints/, a checkpoint's folder, or hub:OWNER/NAME[@REVISION].
    """
    from ocr_demo.reading.export import export_int8, export_onnx  # brings PyTorch and onnx, slow to import

    refuse_weights(data, "export")
    library = Library(CHECKPOINTS, checkpoint)
    exported = load_checkpoint(library.folder(library.chosen))
    sets = [load_glyphs(spec, exported.alphabet).glyphs for spec in data]
    print(export_onnx(exported), flush=True)
    if sets:
        print(export_int8(exported, sets))
    return 0


def fonts(destination: Path | None = None) -> int:
    """Brings the open-licence font families that configs/fonts names, with npm.

    Args:
        destination: Where they go; by default where the sources `fonts` and `scenes` look first.
    """
    for manifest in MANIFESTS:
        counts = fetch_fonts(destination or data_home() / "fonts", manifest)
        print("\n".join(f"{group}: {count} files" for group, count in counts.items()))
    return 0


def push(checkpoint: tyro.conf.Positional[str], to: tyro.conf.Positional[str], private: bool = False) -> int:
    """Uploads a checkpoint to the Hugging Face Hub, its figures as evaluation results.

    Args:
        checkpoint: A name in checkpoints/, or a checkpoint's folder.
        to: OWNER/NAME, made if it isn't there; with @TAG this commit is tagged.
        private: Make it for yourself alone, if it isn't there.
    """
    address, library = parse_address(to), Library(CHECKPOINTS, checkpoint)
    folder = library.folder(library.chosen)
    print(push_checkpoint(folder, address, model_card(folder, address.repository), private=private))
    return 0


def pull(source: tyro.conf.Positional[str], name: str = "", replace: bool = False) -> int:
    """Brings a checkpoint from the Hugging Face Hub into checkpoints/.

    Args:
        source: OWNER/NAME, or OWNER/NAME@REVISION.
        name: What it is called here; by default NAME.
        replace: Take the place of one that is called so.
    """
    address = parse_address(source)
    folder = CHECKPOINTS / (name or address.name)
    pull_checkpoint(address, folder, replace=replace)
    print(folder)
    return 0


def space(
    to: tyro.conf.Positional[str],
    checkpoints: tuple[str, ...] = ("latin", "arabic", "textbook"),
    private: bool = False,
) -> int:
    """Puts the app on a Hugging Face Space, or brings a Space up to date: the files it needs and no others.

    Args:
        to: OWNER/NAME, made if it isn't there.
        checkpoints: Names in checkpoints/; the first reads at first.
        private: Make it for yourself alone, if it isn't there.
    """
    print(update_space(parse_address(to), checkpoints, private=private))
    return 0


def folder_of(data: str) -> Path:
    """The path that folder:PATH names."""
    kind, _, path = data.partition(":")
    if kind != "folder" or not path:
        raise OptionError(f"predict: --data {data}: it takes folder:PATH, a folder or an archive of pictures")
    return existing_path(path, kind)


def reading(answer: Answer) -> str:
    """An answer in words for people."""
    if answer["is_blank"]:
        return f"blank: no ink, or none that is {FAINTEST:g} of 255 levels darker or lighter than its ground"
    ranked = ", ".join(f"{label} {confidence:.0%}" for label, confidence in answer["top5"])
    return ranked + ("" if answer["is_character"] else " (unlike any character)")


def report_text(report: Report, images_per_second: float) -> str:
    """A report's figures for people."""
    rows = [("images", f"{report.images:,}"), ("accepted", f"{report.accepted:.2%}")]
    if report.accuracy is not None:
        rows += [
            ("accuracy", f"{report.accuracy:.2%}"),
            ("look-alikes folded", f"{report.folded_accuracy:.2%}"),
            ("ECE", f"{report.ece:.4f}"),
        ]
    rows.append(("images/s", f"{images_per_second:,.0f}"))
    return "\n".join(f"{name:20}{value:>10}" for name, value in rows)


def _predictor(checkpoint: str, backend: Backend | None) -> Predictor:
    library = _library(checkpoint, backend)
    return library.predictor(library.chosen)


def _library(checkpoint: str, backend: Backend | None) -> Library:
    """What reads here as it reads in the app: promoted versions in place of what ships."""
    return Library(CHECKPOINTS, checkpoint, backend, promoted=promoted_home())


COMMANDS: dict[str, Callable[..., Any]] = {
    "predict": predict,
    "evaluate": evaluate,
    "export": export,
    "finetune": finetune_command,
    "fonts": fonts,
    "promote": promote_command,
    "rollback": rollback_command,
    "versions": versions_command,
    "retrain": retrain_command,
    "push": push,
    "pull": pull,
    "space": space,
}


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; gives the exit code: 0 done, 1 failed, 2 wrong arguments (by tyro)."""
    try:
        refuse_repeated(sys.argv[1:] if arguments is None else arguments)
        return tyro.extras.subcommand_cli_from_dict(COMMANDS, args=arguments, prog="python -m ocr_demo")
    except OcrDemoError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, OptionError) else 1
    except BrokenPipeError:  # whoever read the lines has had enough
        sys.stdout = None  # or Python tells of it once more at its end
        return 1
    except OSError as error:  # a full disk, for one
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
