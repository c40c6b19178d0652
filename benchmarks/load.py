"""Load from many clients at once, by wrk."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FORM = b'--x\r\nContent-Disposition: form-data; name="file"; filename="r.png"\r\n\r\n%b\r\n--x--\r\n'
SCRIPT = """
local requests, next = {{}}, 0
function init()
  for number = 1, {count} do
    local body = io.open("{folder}/" .. number, "rb"):read("*a")
    local headers = {{["Content-Type"] = "multipart/form-data; boundary=x"}}
    requests[number] = wrk.format("POST", nil, headers, body)
  end
end
function request()
  next = next % {count} + 1
  return requests[next]
end
function done(summary, latency)
  local wrong = summary.errors
  io.write(string.format(
    '\\n{{"answers": %d, "seconds": %f, "errors": %d, "median_ms": %f, "p99_ms": %f}}\\n',
    summary.requests, summary.duration / 1e6,
    wrong.connect + wrong.read + wrong.write + wrong.status + wrong.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""
"""Its `done` is called with microseconds."""
PATIENCE = "30s"
"""An answer that takes longer is an error."""


@dataclass(frozen=True)
class Load:
    """How a server stood it."""

    answers: int
    seconds: float
    errors: int
    """Connections that failed, answers that took too long, statuses of 400 and above."""
    median_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds

    def __str__(self) -> str:
        return (
            f"{self.rate:6.0f}/s, {self.errors} errors of {self.answers}, "
            f"median {self.median_ms:.0f} ms, 99th percentile {self.p99_ms:.0f} ms"
        )


def load(address: str, pictures: Sequence[bytes], clients: int, seconds: float) -> Load:
    """Has so many clients send pictures to /predict at once, each the next when it has its answer."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed: apt-get install wrk")
    with tempfile.TemporaryDirectory() as folder:
        for number, picture in enumerate(pictures, 1):
            Path(folder, str(number)).write_bytes(FORM % picture)
        script = Path(folder, "post.lua")
        script.write_text(SCRIPT.format(count=len(pictures), folder=folder))
        command = ["wrk", "--threads=1", f"--connections={clients}", f"--duration={seconds:.0f}s"]
        command += [f"--timeout={PATIENCE}", f"--script={script}", f"{address}predict"]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return Load(**json.loads(told.splitlines()[-1]))
