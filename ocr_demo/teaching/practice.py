"""What to collect: every character, or first those that are most often misread."""

from collections import Counter
from collections.abc import Iterable, Sequence

from ocr_demo.characters import Alphabet
from ocr_demo.evaluation.report import Report
from ocr_demo.teaching.correction import Correction

MISREAD_SHOWN = 12


def most_misread(
    alphabet: Alphabet, reports: Iterable[Report], corrections: Sequence[Correction]
) -> tuple[str, ...]:
    """The labels to practise, likeliest to be misread first, at most `MISREAD_SHOWN`.

    What this person's characters were not read as comes first; then what a checkpoint's reports show to be
    read as something that isn't even a look-alike.
    """
    own = Counter(each.label for each in corrections if not each.is_right and each.label in alphabet.labels)
    shares = _misread_shares(alphabet, reports)
    ranked = sorted(alphabet.labels, key=lambda label: (-own[label], -shares[label], alphabet.index(label)))
    return tuple(label for label in ranked if own[label] or shares[label])[:MISREAD_SHOWN]


def _misread_shares(alphabet: Alphabet, reports: Iterable[Report]) -> dict[str, float]:
    """The mean share of a label's images that each report shows misread; 0 where there is none."""
    shares: dict[str, list[float]] = {label: [] for label in alphabet.labels}
    folding = alphabet.folding
    for report in reports:
        for label, row in zip(alphabet.labels, report.confusion, strict=False):
            if sum(row):
                own = folding[alphabet.index(label)]
                right = sum(count for count, folded in zip(row, folding, strict=True) if folded == own)
                shares[label].append(1 - right / sum(row))
    return {label: sum(each) / len(each) if each else 0.0 for label, each in shares.items()}
