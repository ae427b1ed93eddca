"""headgate-doctor, as a container would call it."""

from __future__ import annotations

import hashlib
import json
import math
import os
import subprocess
import sys
from typing import Any

import pytest
from drop_ins import BY_SERVABLE
from gateway_process import GatewayProcess

from headgate import doctor as doctors
from headgate.clock import Probe, ahead_of


def doctor(*arguments: str, **environment: str) -> tuple[int, Any]:
    """Its status and its report."""
    command = [sys.executable, "-m", "headgate.doctor", *arguments, "--json"]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=60, check=False
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_a_healthy_gateway_and_an_absent_one(gateway: GatewayProcess) -> None:
    status, report = doctor(gateway.url, "ws://127.0.0.1:9/v1", "--timeout", "2")
    good, bad = report["gateways"]
    assert status == 0 and good["ok"] and not bad["ok"]
    assert good["server"].startswith("headgate/") and good["models"]["ready"] >= 10
    assert good["round_trip_ms"]["median"] > 0 and "clock_ahead_ms" not in bad
    assert abs(good["clock_ahead_ms"]) <= good["clock_within_ms"]  # the same machine's clock
    assert bad["error"].startswith("unavailable") and "address" in bad["advice"]
    assert report["fallback"]["pca"] == "scikit-learn then numpy"
    assert set(BY_SERVABLE) <= set(report["fallback"])
    assert report["fallback"]["policies"] == "an error, unless registered"
    assert report["versions"]["numpy"]


def test_a_wrong_token_is_named() -> None:
    key = {"sha256": hashlib.sha256(b"right").hexdigest(), "tenant": "desk"}
    gateway = GatewayProcess({"auth": {"keys": [key]}})
    try:
        status, report = doctor(gateway.url, HEADGATE_TOKEN="wrong", HEADGATE_FALLBACK="off")
        assert status == 1 and report["gateways"][0]["error"].startswith("unauthenticated")
        assert "HEADGATE_TOKEN" in report["gateways"][0]["advice"]
        assert report["fallback"] == {"all": "forbidden by HEADGATE_FALLBACK"}
        assert doctor(gateway.url, HEADGATE_TOKEN="right")[0] == 0
    finally:
        gateway.dispose()


def test_for_people(gateway: GatewayProcess) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "headgate.doctor"],
        capture_output=True,
        text=True,
        env={**os.environ, "HEADGATE_URL": gateway.url},
        timeout=60,
        check=True,
    )
    assert f"ok   {gateway.url}" in done.stdout and "without a gateway" in done.stdout
    assert "clock: as this one's, to" in done.stdout


@pytest.mark.parametrize("ahead", [0.0, 0.3, -0.3, 0.999, 3.2, -7200.05])
@pytest.mark.parametrize("took", [(0.001, 0.001), (0.2, 0.01), (0.01, 0.2)])
def test_clocks_are_compared_by_whole_seconds_of_answers_that_took_their_time(
    ahead: float, took: tuple[float, float]
) -> None:
    """Each answer names the second of the gateway's clock at some time between its asking and its coming."""
    for start in (0.0, 0.25, 0.5, 0.96):
        probes, now = [], 1e9 + start
        for _ in range(10):
            read = now + took[0]
            probes.append(Probe(now, read + took[1], math.floor(read + ahead)))
            now = read + took[1] + 0.1
        found = ahead_of(probes)
        assert found is not None and abs(found.ahead_s - ahead) <= found.within_s + 1e-6
        assert found.within_s <= (0.1 + sum(took)) / 2 + sum(took) / 2 + 0.03
        alone = ahead_of(probes[:1])
        assert alone is not None and alone.within_s >= 0.5
    assert ahead_of([]) is None


def test_what_cannot_be_told_apart_is_no_difference() -> None:
    assert doctors._clock(40, 60) == "as this one's, to 60 ms"
    assert doctors._clock(1200, 60).startswith("1200 ms ahead of this one's, to 60 ms")
    assert doctors._clock(-1200, 60).startswith("1200 ms behind this one's")
