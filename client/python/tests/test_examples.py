"""The examples run on real data; with the gateway killed in their middle they finish by fallback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import market
import numpy as np
import pytest
from gateway_process import ROOT, GatewayProcess

EXAMPLES = ROOT / "client" / "python" / "examples"
STEPS = {"live_agent": 400, "regime_subscriber": 240, "risk_job": 60, "walk_forward": 24}


def run(name: str, gateway: GatewayProcess, kill_after: int | None) -> dict[str, Any]:
    """Its report; the gateway is killed once so many lines were printed."""
    command = [
        sys.executable,
        str(EXAMPLES / f"{name}.py"),
        "--url",
        gateway.url,
        "--steps",
        str(STEPS[name]),
    ]
    if kill_after is not None:
        command += ["--pause", "0.01"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines: list[str] = []
    assert child.stdout is not None and child.stderr is not None
    for line in child.stdout:
        lines.append(line)
        if len(lines) == kill_after:
            gateway.kill()
    errors = child.stderr.read()
    assert child.wait(timeout=120) == 0, errors
    report: dict[str, Any] = json.loads(lines[-1])
    return report


def test_features_are_those_the_models_were_trained_on() -> None:
    fixture = json.loads((ROOT / "training" / "fixtures" / "market-impact.json").read_text())
    bars = market.load()
    table = market.features(bars)
    for row in fixture["rows"]:
        assert np.allclose(table[bars.date.index(row["date"])], row["values"], rtol=1e-9)
    names = json.loads((ROOT / "training" / "fixtures" / "policy-ppo.json").read_text())["features"]
    assert [fixture["features"][column] for column in market.POLICY_COLUMNS] == names[:12]


@pytest.mark.parametrize("name", STEPS)
def test_an_example_runs_on_the_gateway(name: str, gateway: GatewayProcess) -> None:
    report = run(name, gateway, None)
    sources = set(report.get("sources", report.get("batches")))
    assert "gateway" in sources and sources <= {"gateway", "local", "fallback"}
    if name == "regime_subscriber":
        assert report["batches"]["fallback"] == 0 and report["changes"] >= 3
    if name == "risk_job":
        assert 0 < report["share"] < 0.05


@pytest.mark.parametrize("name", STEPS)
def test_an_example_finishes_when_its_gateway_is_killed(name: str, own_gateway: GatewayProcess) -> None:
    report = run(name, own_gateway, STEPS[name] // 3)
    sources = report.get("sources", report.get("batches"))
    assert sources["gateway"] > 0
    others = {key for key, count in sources.items() if count > 0} - {"gateway", "local"}
    assert others <= {"fallback", "registered", "scikit-learn", "numpy"} and others


def test_the_backtest_draws_its_curves(tmp_path: Path) -> None:
    """No gateway answers: the installed library makes the same folds, and the report names it."""
    picture = tmp_path / "equity.svg"
    command = [sys.executable, str(EXAMPLES / "backtest.py"), "--url", "ws://127.0.0.1:9/v1", "--steps", "1"]
    said = subprocess.run(
        [*command, "--picture", str(picture)], capture_output=True, text=True, check=True, timeout=120
    )
    report = json.loads(said.stdout.splitlines()[-1])
    assert report["sources"] == dict.fromkeys(("forest", "boosting", "network"), "scikit-learn")
    drawn = ElementTree.fromstring(picture.read_text())
    lines = drawn.findall("{http://www.w3.org/2000/svg}polyline")
    assert [len(line.attrib["points"].split()) for line in lines] == [252] * 4
    legend = [text.text for text in drawn.findall("{http://www.w3.org/2000/svg}text")]
    assert f"index: {report['index']['log_return']:+.2f}" in legend
