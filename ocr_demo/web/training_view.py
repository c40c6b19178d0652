"""How a training stands and what it came to, in words for the page: plain data, made without Gradio."""

from typing import Any

from ocr_demo.errors import TeachingError
from ocr_demo.teaching.run import Run, RunState
from ocr_demo.web.words import Words


def status_in_words(state: RunState, words: Words) -> str:
    """How a training stands, or why it made nothing."""
    if state.status == "waiting":
        if not state.place:
            return words("Waiting for its turn.")
        return words.count(
            "Waiting: {count} training is before yours.",
            "Waiting: {count} trainings are before yours.",
            state.place,
        )
    if state.status == "running":
        return with_device(progress_in_words(state, words), state, words)
    if state.status == "done":
        return words("Done.")
    if state.status == "cancelled":
        return words("Cancelled; nothing has changed.")
    return words.sentence(TeachingError("the training failed: {reason}", reason=state.why))


def progress_in_words(state: RunState, words: Words) -> str:
    """How far a training is."""
    if not state.epochs:
        return words("Getting ready …")
    if state.compared is not None:
        return words(
            "Trained; now it is compared with what it started from: {share:.0%} done.", share=state.compared
        )
    last = state.epochs[-1]
    return words(
        "{share:.0%} of what it learns, each a little distorted, read right; {speed:,.0f} images/s; "
        "at most {seconds:.0f} s of training left, then it is compared.",
        share=last["train_accuracy"],
        speed=last["images_per_second"],
        seconds=last["seconds_left"],
    )


def with_device(said: str, state: RunState, words: Words) -> str:
    """What is said of a training, and that it had no GPU where it should have had one."""
    return f"{said} {words('On the CPU, for no GPU could be borrowed.')}" if state.unlent else said


def share_done(state: RunState) -> float | None:
    """How far a training is, 0..1, and after it the comparison; None while that isn't known."""
    if not state.epochs:
        return None
    if state.compared is not None:
        return state.compared
    done = sum(epoch["seconds"] for epoch in state.epochs)
    return done / (done + state.epochs[-1]["seconds_left"])


def came(run: Run, state: RunState, words: Words, most: float) -> str:
    """What a training that is done came to, which could have had `most` seconds; empty where it isn't."""
    if run.is_brought:
        return words("The checkpoint that you brought has been checked and can be used.")
    longer = run.options.seconds < most
    return summary_in_words(state, run.options.epochs, words, run.data, longer) if state.summary else ""


def has_learnt(state: RunState) -> bool:
    """Whether a training that is done reads more of what it learnt rightly than what it started from."""
    summary = state.summary
    return summary is not None and summary["after"] > summary["before"]


def difference_in_words(difference: dict[str, Any], source: str, words: Words) -> dict[str, Any]:
    """What a training changed, its sets named."""
    figures = [{**each, "called": called(each, source, words)} for each in difference["figures"]]
    return {**difference, "figures": figures}


def called(figure: dict[str, Any], source: str, words: Words) -> str:
    """What a set is that was measured; `source` is what was learnt in place of corrections, if it was."""
    if figure["role"] == "reference":
        return words.count("{count:,} rendered character", "{count:,} rendered characters", figure["images"])
    if source:
        return words.count(
            "{count:,} sample not learnt from", "{count:,} samples not learnt from", figure["images"]
        )
    return words.count(
        "{count:,} correction not learnt from", "{count:,} corrections not learnt from", figure["images"]
    )


def summary_in_words(
    state: RunState, wanted: int, words: Words, source: str = "", longer: bool = True
) -> str:
    """What a training that is done came to, which was to take so many rounds on corrections or a source.

    `longer` is whether it could have had more seconds.
    """
    assert state.summary
    count, doubted = state.summary["samples"], state.summary["doubted"]
    before, after = (round(state.summary[when] * count) for when in ("before", "after"))
    figures = {"before": before, "after": after, "count": count, "same": state.summary["same"]}
    said = words(
        "Of your corrections read right: before {before} of {count}, now {after} of {count}; {same:.1%} of "
        "rendered characters read as before.",
        **figures,
    )
    if source:
        said = words(
            "Of {source} read right: before {before} of {count}, now {after} of {count}; {same:.1%} of "
            "rendered characters read as before.",
            source=source,
            **figures,
        )
    if doubted:
        said += " " + words("{count} left out: the others contradict them.", count=doubted)
    if not has_learnt(state):
        said += f" {help_in_words(len(state.epochs), wanted, words, source, longer)}"
    return with_device(said, state, words)


def help_in_words(done: int, wanted: int, words: Words, source: str, longer: bool) -> str:
    """What to do after a training that learnt nothing, of whose rounds so many were done."""
    if done < wanted and not longer:
        return words(
            "It learnt nothing: the time was over after {done} of {wanted} rounds. Train again when the "
            "server has less to do.",
            done=done,
            wanted=wanted,
        )
    if done < wanted:
        return words(
            "It learnt nothing: the time was over after {done} of {wanted} rounds. Train again when the "
            "server has less to do, or with more seconds (Options).",
            done=done,
            wanted=wanted,
        )
    if source:
        return words("It learnt nothing: train again with more rounds or a higher learning rate (Options).")
    return words("It learnt nothing: correct some more drawings of the same characters, and train again.")
