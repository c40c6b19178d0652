"""How long `python app.py` takes until the page answers, beside an app of Gradio's with nothing in it.

python -m benchmarks.startup
"""

import time
from collections.abc import Sequence

import numpy as np
import tyro

from benchmarks.browser import APP, free_port, server_process

EMPTY = """
import sys, gradio
with gradio.Blocks() as blocks:
    gradio.Markdown("nothing")
blocks.launch(server_port=int(sys.argv[1]), quiet=True)
"""


def main(rounds: int = 5) -> None:
    """Starts both in turn, so many times, and prints the medians and their ratio."""
    seconds: dict[str, list[float]] = {"empty": [], "ours": []}
    for _ in range(rounds):
        with free_port() as port:
            seconds["empty"].append(seconds_to_answer(["-c", EMPTY, str(port)], port))
        with free_port() as port:
            seconds["ours"].append(seconds_to_answer([str(APP), "--port", str(port)], port))
    empty, ours = (float(np.median(seconds[name])) for name in ("empty", "ours"))
    print(f"empty Gradio app {empty:.2f} s, app.py {ours:.2f} s: {ours / empty:.2f} times")


def seconds_to_answer(arguments: Sequence[str], port: int) -> float:
    """From the start of the process until its page answers."""
    started = time.perf_counter()
    with server_process(arguments, f"http://127.0.0.1:{port}/"):
        return time.perf_counter() - started


if __name__ == "__main__":
    tyro.cli(main)
