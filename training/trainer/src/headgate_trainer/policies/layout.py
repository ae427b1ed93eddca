"""The layout of observations: what an agent needs to build one from raw rows, as JSON.

    layout = json.loads(outputs["observation_layout"])
    observation = observation_of(layout, prices[-n:], features[-n:], weights, rows_held)

with the last ``n = layout["history_rows"]`` rows, is what the environment would observe.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from headgate_trainer.policies.actions import Actions
from headgate_trainer.policies.market import Market, statistics
from headgate_trainer.policies.simulation import account_names, join_observation
from headgate_trainer.tensors import Array

METADATA = "headgate.observation_layout"
"""The name under which the layout is in the graph's metadata."""
SUMMARY_METADATA = "headgate.summary"


def layout_of(market: Market, options: Mapping[str, Any], actions: Actions) -> dict[str, Any]:
    """Describe an observation number by number, and the actions."""
    columns = market.names
    account = account_names(options["include"], market.assets)
    lags = range(market.window - 1, -1, -1)
    numbers = [f"{column}@-{lag}" if lag else column for lag in lags for column in columns]
    kind = options["actions"]["kind"]
    return {
        "version": 1,
        "numbers": numbers + account,
        "assets": market.assets,
        "window": market.window,
        "columns": columns,
        "include": options["include"],
        "scaling": market.scaling,
        "history_rows": market.history,
        "actions": {"kind": kind, **_bounds(actions)},
        "cost": options["cost"],
        "slippage": options["slippage"],
        "borrow": options["borrow"],
        "periods_per_year": options["periods_per_year"],
    }


def _bounds(actions: Actions) -> dict[str, Any]:
    if actions.targets is not None:
        return {"targets": actions.targets.tolist()}
    limit = {} if actions.gross_limit is None else {"gross_limit": actions.gross_limit}
    return {"low": actions.low, "high": actions.high, **limit}


def observation_of(
    layout: Mapping[str, Any],
    prices: Array,
    features: Array | None,
    weights: Array,
    rows_held: Array,
) -> Array:
    """Build the observation of the last row of these, ``[1, numbers]`` in FP32.

    ``weights`` are the assets' shares of the equity at that row, ``rows_held`` the rows since each
    last changed its sign.
    """
    columns = []
    for name in layout["columns"]:
        of, at = name.rstrip("]").split("[")
        if of == "return":
            columns.append(np.diff(np.log(prices[:, int(at)]), prepend=np.nan))
        elif features is not None:
            columns.append(np.asarray(features[:, int(at)], dtype=np.float64))
    window, scaling = layout["window"], layout["scaling"]
    values = np.stack(columns) if columns else np.empty((0, len(prices)))
    seen = values[:, -window:]
    if scaling["kind"] == "causal":
        mean, scale = statistics(np.ascontiguousarray(values[:, -scaling["rows"] :]))
        seen = (seen - mean[:, None]) / scale[:, None]
        if scaling["clip"] is not None:
            seen = np.clip(seen, -scaling["clip"], scaling["clip"])
    flat = seen.T.reshape(1, -1).astype(np.float32)
    held = np.atleast_1d(np.asarray(rows_held))[None]
    return join_observation(flat, np.atleast_1d(weights)[None], held, layout["include"])
