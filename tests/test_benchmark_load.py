"""The load that `benchmarks.serving` puts on the app is what it says."""

import re
import shutil
from urllib.request import urlopen

import pytest

from benchmarks.load import load
from tests.serving import listening, png

pytestmark = pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not installed: apt-get install wrk")


def test_every_answer_is_counted() -> None:
    with listening(rate_limit="none") as (host, port):
        address = f"http://{host}:{port}/"
        stood = load(address, [png("R"), png("7")], clients=4, seconds=1)
        told = urlopen(f"{address}metrics").read().decode()
    counted = {
        label: float(count) for label, count in re.findall(r'predictions_total{.*label="(.)".* (\S+)', told)
    }
    assert counted.keys() == {"R", "7"}
    assert stood.answers <= sum(counted.values()) <= stood.answers + 4  # what was on the way at the end
    assert abs(counted["R"] - counted["7"]) <= 4
    assert stood.errors == 0
    assert stood.rate == pytest.approx(stood.answers / stood.seconds)
    assert 0 < stood.median_ms <= stood.p99_ms < 1000 * stood.seconds


def test_refusals_are_errors() -> None:
    with listening(rate_limit="3/hour") as (host, port):
        stood = load(f"http://{host}:{port}/", [png("R")], clients=2, seconds=1)
    assert stood.errors == stood.answers - 3
