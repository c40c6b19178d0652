"""How long `python app.py` takes until the page answers, beside an app of Gradio's with nothing in it.

python -m benchmarks.startup
"""

import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import numpy as np
import tyro

PROJECT = Path(__file__).resolve().parent.parent
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
        port = free_port()
        seconds["empty"].append(seconds_to_answer(["-c", EMPTY, str(port)], port))
        port = free_port()
        seconds["ours"].append(seconds_to_answer(["app.py", "--port", str(port)], port))
    empty, ours = (float(np.median(seconds[name])) for name in ("empty", "ours"))
    print(f"empty Gradio app {empty:.2f} s, app.py {ours:.2f} s: {ours / empty:.2f} times")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def seconds_to_answer(arguments: list[str], port: int) -> float:
    """From the start of the process to its whole first page."""
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments], cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            try:
                httpx.get(f"http://127.0.0.1:{port}/", timeout=60).raise_for_status()
                break
            except httpx.TransportError:
                time.sleep(0.02)
        taken = time.perf_counter() - started
        assert process.poll() is None, "it ended before it answered"
        process.terminate()
    return taken


if __name__ == "__main__":
    tyro.cli(main)
