"""The model card: a checkpoint's README.md, made from the checkpoint's other files."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from huggingface_hub import EvalResult, ModelCard, ModelCardData

from ocr_demo.characters import Alphabet
from ocr_demo.checkpoint import CARD, RECIPE, Checkpoint, Row, load_checkpoint
from ocr_demo.errors import CheckpointError
from ocr_demo.evaluation.measuring import recorded_reports
from ocr_demo.evaluation.report import Report, percent
from ocr_demo.storage import replaced_file

METRICS = {"accuracy": "exact accuracy", "folded_accuracy": "folded accuracy", "ece": "ECE"}


def model_card(folder: Path | str, repository: str = "") -> str:
    """The text of the checkpoint's README.md, with the metadata that the Hugging Face Hub reads.

    Where a `repository` of the Hub is named, OWNER/NAME, it tells how to load it from there. What the
    checkpoint really saw comes from `recipe.yaml`: its `origins` (a line for each source), or its `data` (the
    sources' specs) where it has none. A `CheckpointError` says what can't be read.
    """
    checkpoint = load_checkpoint(folder)
    reports = recorded_reports(checkpoint)
    sections = (
        _introduction(checkpoint),
        _figures(checkpoint, reports),
        _training(checkpoint),
        _limits(checkpoint),
        _usage_from_hub(repository) if repository else _usage(checkpoint),
    )
    metadata = _metadata(checkpoint, reports).to_yaml()
    return str(ModelCard(f"---\n{metadata}\n---\n\n" + "\n\n".join(sections) + "\n"))


def write_card(folder: Path) -> None:
    """Makes the checkpoint's README.md anew."""
    with replaced_file(folder / CARD) as partial:
        partial.write_text(model_card(folder), encoding="utf-8")


def _metadata(checkpoint: Checkpoint, reports: Sequence[Report]) -> ModelCardData:
    return ModelCardData(
        license="mit",
        library_name="ocr_demo",
        pipeline_tag="image-classification",
        tags=["ocr", "character-recognition", "handwriting", checkpoint.contract.alphabet],
        model_name=checkpoint.name,
        eval_results=[
            EvalResult(
                task_type="image-classification",
                dataset_type=report.name.lower().replace(" ", "-"),
                dataset_name=report.name,
                metric_type=metric,
                metric_name=words,
                metric_value=round(getattr(report, metric), 4),
            )
            for report in reports
            for metric, words in METRICS.items()
            if getattr(report, metric) is not None
        ]
        or None,
    )


def _introduction(checkpoint: Checkpoint) -> str:
    contract = checkpoint.contract
    parameters = sum(parameter.numel() for parameter in checkpoint.network().parameters())
    return f"""# {checkpoint.name}

Reads one character in a picture: {len(contract.labels)} classes, `{" ".join(contract.labels)}`. \
The network is `{contract.architecture}`, {parameters:,} parameters, on 64×64 grey glyphs made by \
preprocessing {contract.preprocessing}."""


def _figures(checkpoint: Checkpoint, reports: Sequence[Report]) -> str:
    if not reports:
        return "## Figures\n\nNone has been measured yet: `python -m ocr_demo evaluate` does."
    notes = [f"- {report.name}: {report.origin}{_command(checkpoint, report)}" for report in reports]
    return "\n".join(
        [
            "## Figures",
            "",
            "| test set | images | exact | folded | ECE | accepted |",
            "| --- | ---: | ---: | ---: | ---: | ---: |",
            *(_row(report) for report in reports),
            "",
            _legend(checkpoint.alphabet),
            "",
            *notes,
        ]
    )


def _row(report: Report) -> str:
    cells = (
        report.name,
        f"{report.images:,}",
        percent(report.accuracy),
        percent(report.folded_accuracy),
        "–" if report.ece is None else f"{report.ece:.4f}",
        percent(report.accepted),
    )
    return f"| {' | '.join(cells)} |"


def _legend(alphabet: Alphabet) -> str:
    groups = [f"{{{', '.join(sorted(group))}}}" for group in alphabet.look_alikes]
    folded = (
        f"with {' and '.join(groups)} each taken as one class" if groups else "the same here: no look-alikes"
    )
    return (
        f"Exact: the class itself. Folded: {folded}. ECE: expected calibration error in 15 bins, after "
        "temperature. Accepted: the share taken for characters; the more the better of characters, the less "
        "of anything else."
    )


def _command(checkpoint: Checkpoint, report: Report) -> str:
    if not report.source:
        return ""
    return (
        f"; `python -m ocr_demo evaluate --checkpoint {shlex.quote(checkpoint.name)} "
        f"--data {shlex.quote(report.source)}`"
    )


def _training(checkpoint: Checkpoint) -> str:
    text = _recipe_text(checkpoint.folder / RECIPE)
    if not text:
        return "## What it was trained on\n\nNo recipe was kept with this checkpoint."
    fields = _recipe(text)
    seen = "\n".join(f"- {line}" for line in _seen(fields)) or "The recipe names no data."
    command = fields.get("command", f"python train.py --config {RECIPE}")
    return f"""## What it was trained on

{seen}

{_course(checkpoint.history())}The whole recipe, to train it again with `{command}`:

```yaml
{text}
```"""


def _recipe_text(path: Path) -> str:
    """A recipe as it was written; empty where there is none."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise CheckpointError(f"{path} can't be read as text: {error}; mend or remove the file") from error


def _recipe(text: str) -> Mapping[str, Any]:
    """A recipe's fields; none where it isn't a mapping."""
    try:
        fields = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise CheckpointError(f"{RECIPE} can't be read as YAML: {error}") from error
    return fields if isinstance(fields, Mapping) else {}


def _seen(recipe: Mapping[str, Any]) -> list[str]:
    """What `model_card` says of the sources, a line each."""
    sources = recipe.get("origins") or recipe.get("data") or []
    return [str(source) for source in (sources if isinstance(sources, list) else [sources])]


def _course(history: Sequence[Row]) -> str:
    accuracies = [each for row in history if (each := row.get("validation_accuracy")) is not None]
    if not accuracies:
        return ""
    seconds = sum(row.get("seconds") or 0 for row in history)
    spent = f"{seconds / 60:,.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"
    return (
        f"{len(history)} epochs in {spent}; the best accuracy on the validation split, "
        f"which is not a test, was {percent(max(accuracies))}. "
    )


def _limits(checkpoint: Checkpoint) -> str:
    contract, alphabet = checkpoint.contract, checkpoint.alphabet
    lines = [
        "For pictures of one character each: a drawing, a photograph, a scan, a rendered font. It doesn't "
        "find characters in a page, nor read words.",
        f"It knows its {len(contract.labels)} classes only. What is unlike all of them is refused where the "
        "log-sum-exp of its logits is too low; the share accepted above tells how often that fails.",
    ]
    if alphabet.look_alikes:
        groups = " and ".join("/".join(sorted(group)) for group in alphabet.look_alikes)
        lines.append(
            f"{groups} are the same shapes in many hands and fonts: without a context nobody can tell them "
            "apart, and the exact figures count such readings as mistakes."
        )
    if alphabet.label_of("a") == "A":
        lines.append("Both cases of a letter are one class: a lower-case letter is read as its capital.")
    lines.append(
        f"Confidences are softmax probabilities at temperature {contract.temperature:.3g}, fitted on the "
        "validation split; on pictures unlike that split they can be too high. Don't let it decide alone "
        "where a mistake harms somebody."
    )
    return "## Use and limits\n\n" + "\n".join(f"- {line}" for line in lines)


def _usage(checkpoint: Checkpoint) -> str:
    return f"""## Load and evaluate

```python
from ocr_demo.checkpoint import load_checkpoint
from ocr_demo.reading import Predictor

prediction = Predictor(load_checkpoint("checkpoints/{checkpoint.name}")).predict("R.png")
print(prediction.label, prediction.confidence, prediction.is_character)
```

```
python app.py --checkpoint {shlex.quote(checkpoint.name)}
python -m ocr_demo predict R.png --checkpoint {shlex.quote(checkpoint.name)} --json
python -m ocr_demo evaluate --data folder:DIR --checkpoint {shlex.quote(checkpoint.name)} --json
```"""


def _usage_from_hub(repository: str) -> str:
    return f"""## Load and evaluate

In a copy of ocr_demo:

```python
import torch

from ocr_demo.pretrained import CharacterNetwork

network = CharacterNetwork.from_pretrained("{repository}")
logits = network(torch.full((1, 1, 64, 64), -1.0))  # glyphs from -1 (ground) to 1 (ink); one logit a label
print(network.contract.labels[logits.argmax()])
```

```
python app.py --checkpoint hub:{repository}
python -m ocr_demo predict R.png --checkpoint hub:{repository} --json
python -m ocr_demo evaluate --data folder:DIR --checkpoint hub:{repository} --json
```"""
