"""headgate-doctor, as a container would call it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from typing import Any

from gateway_process import GatewayProcess


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
    assert good["round_trip_ms"]["median"] > 0 and abs(good["clock_ahead_ms"]) < 2000
    assert bad["error"].startswith("unavailable") and "address" in bad["advice"]
    assert report["fallback"]["pca"] == "scikit-learn then numpy"
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
