"""Markets and requests for the tests of policies."""

from typing import Any

import numpy as np

from headgate_trainer.parameters import read_values
from headgate_trainer.policies.algorithm_parameters import parameters
from headgate_trainer.policies.options import environment_options

KINDS: dict[str, dict[str, Any]] = {
    "discrete": {"kind": "discrete", "targets": [-1, 0, 0.5, 1]},
    "weight": {"kind": "weight", "low": -0.5, "high": 1.5},
    "portfolio": {"kind": "portfolio", "gross_limit": 1.2},
}
REWARDS = ("log_return", "differential_sharpe", "drawdown_penalised")


def prices_of(rows: int = 400, assets: int = 1, seed: int = 0) -> Any:
    """Prices with a trend that turns, and noise."""
    draw = np.random.default_rng(seed)
    trend = 0.004 * np.sin(np.arange(rows)[:, None] / 15 + np.arange(assets))
    return 100 * np.exp(np.cumsum(trend + 0.01 * draw.normal(size=(rows, assets)), axis=0))


def features_of(rows: int = 400, columns: int = 3, seed: int = 1) -> Any:
    """Features on scales from 1 to 1e4, the last of them constant."""
    features = np.random.default_rng(seed).normal(size=(rows, columns)) * 10.0 ** np.arange(columns)
    features[:, -1] = 1234.5
    return features


def assets_of(kind: str) -> int:
    return 3 if kind == "portfolio" else 1


def given(kind: str = "weight", **more: Any) -> dict[str, Any]:
    """An environment with costs, a window and scaling."""
    scaling = {"kind": "causal", "rows": 20}
    named = {"window": 4, "scaling": scaling, "cost": 5, "slippage": 2, "borrow": 300}
    return named | {"episode_length": 30, "actions": KINDS[kind]} | more


def options_of(kind: str = "weight", **more: Any) -> dict[str, Any]:
    return environment_options(given(kind, **more))


def values_of(algorithm: Any, **more: Any) -> dict[str, Any]:
    """The parameters of a request, with their defaults."""
    return read_values({"total_timesteps": 100} | more, parameters(algorithm))
