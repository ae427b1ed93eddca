"""An agent's observations are those of the environment in which its policy was trained."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from headgate.policy_layout import layout_of

TRAINER = Path(__file__).resolve().parents[3] / "training" / "trainer" / "src"
CASES: list[dict[str, Any]] = [
    {"window": 1},
    {"window": 5, "scaling": {"kind": "causal", "rows": 40, "clip": 1.5}, "columns": [2, 0]},
    {"window": 3, "scaling": {"kind": "none"}, "include": ["returns", "cash"]},
    {"window": 2, "include": ["time_in_trade"], "columns": [1]},
    {"window": 4, "actions": {"kind": "portfolio", "gross_limit": 1.5}},
    {"actions": {"kind": "discrete", "targets": [[-1, 0, 1], [0, 0, 0]]}, "columns": []},
]


@pytest.mark.parametrize("environment", CASES)
def test_an_observation_is_digit_for_digit_the_environments(
    environment: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(TRAINER)
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
