"""An agent's observations are the environment's, and examples/policy trades as the trainer evaluated."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gateway_process import ROOT, GatewayProcess

from headgate.policy_layout import layout_of

EXAMPLE = ROOT / "examples" / "policy" / "main.py"
CASES: list[dict[str, Any]] = [
    {"window": 1},
    {"window": 5, "scaling": {"kind": "causal", "rows": 40, "clip": 1.5}, "columns": [2, 0]},
    {"window": 3, "scaling": {"kind": "none"}, "include": ["returns", "cash"]},
    {"window": 2, "include": ["time_in_trade"], "columns": [1]},
    {"window": 4, "actions": {"kind": "portfolio", "gross_limit": 1.5}},
    {"actions": {"kind": "discrete", "targets": [[-1, 0, 1], [0, 0, 0]]}, "columns": []},
]


def has_policies() -> bool:
    """Whether the trainers of policies are installed."""
    manifest = Path(os.environ.get("HEADGATE_TRAINER", "missing")) / "headgate-trainer.json"
    return manifest.exists() and "rl" in json.loads(manifest.read_text())["extras"]


@pytest.mark.parametrize("environment", CASES)
def test_an_observation_is_digit_for_digit_the_environments(
    environment: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(ROOT / "training" / "trainer" / "src")
    theirs = {
        name: importlib.import_module(f"headgate_trainer.policies.{name}")
        for name in ("actions", "layout", "market", "options", "simulation")
    }
    draw = np.random.default_rng(7)
    assets = 1 if "actions" not in environment else 3
    prices = 50 * np.exp(np.cumsum(draw.normal(0, 0.02, (400, assets)), axis=0))
    features = draw.normal(size=(400, 3)) * [1, 1e4, 1e-4] + [0, 5, 1]
    features[:, 1] = 5.0  # a constant column is only centred
    options = theirs["options"].environment_options(environment)
    market = theirs["market"].Market(prices, features, options)
    simulation = theirs["simulation"].Simulation(market, options, (market.first, 400), 1, whole=True)
    told = theirs["layout"].layout_of(market, options, simulation.actions)
    layout = layout_of(json.loads(json.dumps(told)))
    assert layout is not None and layout.names == tuple(told["numbers"])
    assert layout.history == market.history
    for _ in range(60):
        if simulation.actions.targets is None:
            action = draw.uniform(-1.5, 1.5, (1, assets))
        else:
            action = draw.integers(simulation.actions.count, size=1)
        assert np.array_equal(layout.weights(action[0]), simulation.actions.weights(action)[0])
        simulation.step(action)
        last = int(simulation.at[0]) + 1
        rows = slice(last - layout.history, last)
        made = layout.observe(
            prices[rows], features[rows], weights=simulation.weights[0], held=simulation.held[0]
        )
        assert made.tolist() == simulation.observe()[0].tolist()


@pytest.mark.skipif(
    not has_policies(),
    reason="npx headgate trainer install --with rl, HEADGATE_TRAINER",
)
def test_the_example_trades_as_the_trainer_evaluated(tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    gateway = GatewayProcess()
    try:
        asked = ["--url", gateway.url, "--steps", "4000", "--seeds", "2", "--out", str(tmp_path)]
        done = subprocess.run(
            [sys.executable, str(EXAMPLE), *asked],
            env={**os.environ, "PYTHONPATH": str(ROOT / "client" / "python" / "src")},
            capture_output=True,
            text=True,
            timeout=160,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
    finally:
        gateway.dispose()
    (apart,) = [line for line in done.stdout.splitlines() if "of what the trainer evaluated" in line]
    assert float(apart.split("within ")[1].split(" of")[0]) < 1e-5
    assert "| holding |" in done.stdout and (tmp_path / "policy.svg").read_text().startswith("<svg")
