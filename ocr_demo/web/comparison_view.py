"""Architectures side by side, as HTML: a table that its headings sort, and a picture.

Every text that comes from a file passes `escape`.
"""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from ocr_demo.errors import OcrDemoError
from ocr_demo.evaluation.comparison import (
    TEST,
    Column,
    Comparison,
    Measured,
    columns,
    measured,
    points,
    read_comparison,
)
from ocr_demo.evaluation.plot_sizes import COMPARED, NOTICE
from ocr_demo.web.plots import comparison_url
from ocr_demo.web.report_view import failure_html, plot_html
from ocr_demo.web.words import Words


def comparison_html(zoo: Path, words: Words) -> str:
    """The comparison in a folder, or why it can't be shown."""
    try:
        comparison = read_comparison(zoo)
        networks = measured(zoo, comparison)
    except OcrDemoError as error:
        return failure_html(error, words)
    plot = plot_html(
        "compared",
        words("Accuracy on {test} against milliseconds for 1 image", test=words(TEST)),
        "zoo",
        COMPARED if points(networks) else NOTICE,
        comparison_url,
        words,
    )
    about = f'<p class="origin">{_about(comparison, words)}</p>'
    return f'<div class="report">{about}{comparison_table(networks, words)}{plot}</div>'


def _about(comparison: Comparison, words: Words) -> str:
    """What the figures are."""
    networks = comparison.networks.values()
    epochs = sorted({network.epochs for network in networks})
    shares = sorted({network.share for network in networks})
    devices = dict.fromkeys(escape(network.trained_on) for network in networks)
    said = [
        words(
            "All were trained by one recipe, for {epochs} epochs of {shares} of its images, on {devices}.",
            epochs=words(", ").join(map(str, epochs)),
            shares=words(", ").join(f"{share:.0%}" for share in shares),
            devices=words(", ").join(f"<bdi>{device}</bdi>" for device in devices),
        )
    ]
    if comparison.cores:
        cores = words.count("{count} core", "{count} cores", comparison.cores)
        version = f"<bdi>{escape(comparison.torch)}</bdi>"
        said.append(words("They were timed in PyTorch {version} on {cores}.", version=version, cores=cores))
    said.append(
        words(
            "The accuracy in small type is that with look-alikes folded; the calibration error is on {test}.",
            test=words(TEST),
        )
    )
    return " ".join(said)


def comparison_table(networks: Sequence[Measured], words: Words) -> str:
    """A row for each network; on a phone, too, its headings sort it."""
    shown = columns(networks)
    heads = "".join(
        f'<th role="columnheader" scope="col"><button type="button">{escape(title)}</button></th>'
        for title in (words("Network"), *(words(column.title) for column in shown))
    )
    rows = "".join(
        f'<tr role="row"><th role="rowheader" scope="row">{escape(each.name)}</th>'
        + "".join(_cell(column, each, words) for column in shown)
        + "</tr>"
        for each in networks
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{words("Architectures compared")}">'
        '<table class="figures sorted" role="table">'
        f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead>'
        f'<tbody role="rowgroup">{rows}</tbody></table></div>'
    )


def _cell(column: Column, each: Measured, words: Words) -> str:
    first, *others = column.show(each)
    below = "".join(f" <small>{other}</small>" for other in others)
    return f'<td role="cell" data-title="{escape(words(column.title))}"><span>{first}{below}</span></td>'
