"""The market that a policy is trained in: what it observes, what its actions are, what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError
from ..sklearn.training.wire import plain
from ..tensors import Tensors
from .data import MarketTable, table_of
from .kinds import require_amount, require_count, require_list, require_mapping
from .ranges import wire_ranges

INCLUDED = ("returns", "position", "cash", "time_in_trade")
_ACTIONS = ("discrete", "weight", "portfolio")
_REWARDS = ("log_return", "differential_sharpe", "drawdown_penalised")
_CAUSAL_ROWS = 252


class TradingEnvironment:
    """Holds weights of assets row by row, at a cost. The gateway trains in it; no code of the client's runs.

    What is left out has the trainer's default, which `describe("ppo")` tells.

    :param prices: [rows] or [rows, assets], in the order of time: an array, a pandas table, a dataset, or a
        reference to rows of one
    :param features: [rows, columns], what else is known at each row
    :param window: the number of rows of the columns in an observation
    :param columns: the features that are observed, by number or by name; all by default
    :param include: what is observed beside them, of `returns`, `position`, `cash` and `time_in_trade`
    :param actions: `"discrete"`, `"weight"` or `"portfolio"`, or a mapping with such a `kind` and its fields
    :param cost: of trading, in basis points; `slippage` beside it, and `borrow` per year
    :param reward: `"log_return"`, `"differential_sharpe"` or `"drawdown_penalised"`, or a mapping
    :param ranges: `train`, `validation`, `test` and `embargo`: shares, pairs of rows, or of dates where
        pandas' index has them
    :raises InvalidArgumentError: naming the field, before anything is sent
    """

    def __init__(
        self,
        prices: Any,
        features: Any = None,
        *,
        window: int | None = None,
        columns: Sequence[int | str] | None = None,
        include: Sequence[str] | None = None,
        scaling: str | Mapping[str, Any] | None = None,
        actions: str | Mapping[str, Any] | None = None,
        cost: float | None = None,
        slippage: float | None = None,
        borrow: float | None = None,
        periods_per_year: float | None = None,
        reward: str | Mapping[str, Any] | None = None,
        episode_length: int | None = None,
        ranges: Mapping[str, Any] | None = None,
        n_envs: int | None = None,
    ) -> None:
        self._prices = table_of(prices, "prices")
        self._features = None if features is None else table_of(features, "features")
        self._require_equal_rows()
        amounts = {"cost": cost, "slippage": slippage, "borrow": borrow, "periods_per_year": periods_per_year}
        for name, amount in amounts.items():
            require_amount(name, amount)
        for name, count in (("window", window), ("episode_length", episode_length), ("n_envs", n_envs)):
            if count is not None:
                require_count(name, count)
        require_list("include", include)
        require_list("columns", columns)
        require_mapping("ranges", ranges)
        unknown = [name for name in include or () if name not in INCLUDED]
        if unknown:
            raise InvalidArgumentError(f"include: there is no {unknown[0]}; there are {', '.join(INCLUDED)}")
        given: dict[str, Any] = {
            "window": window,
            "columns": None if columns is None else self._numbers(columns),
            "include": None if include is None else list(include),
            "scaling": _kind("scaling", scaling, ("causal", "none")),
            "actions": _kind("actions", actions, _ACTIONS),
            "cost": cost,
            "slippage": slippage,
            "borrow": borrow,
            "periods_per_year": periods_per_year,
            "reward": _kind("reward", reward, _REWARDS),
            "episode_length": episode_length,
            "n_envs": n_envs,
        }
        told = {name: plain(value) for name, value in given.items() if value is not None}
        self._require_one_asset(told)
        told["ranges"] = wire_ranges(ranges, self._prices.index, self._prices.rows, _first_row(told))
        self._told = told

    def __repr__(self) -> str:
        return f"<headgate.rl.TradingEnvironment of {self._prices.rows or 'the gateway'} rows>"

    @property
    def parameters(self) -> dict[str, Any]:
        """The trainer's parameter `environment`."""
        return dict(self._told)

    @property
    def inputs(self) -> Tensors:
        """The trainer's inputs."""
        features = {} if self._features is None else {"features": self._features.values}
        return {"prices": self._prices.values, **features}

    @property
    def asset_names(self) -> tuple[str, ...] | None:
        """The prices' columns, where they have names."""
        return self._prices.names

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        """The features' columns, where they have names; `feature[2]` of a layout is the third."""
        return None if self._features is None else self._features.names

    def _require_equal_rows(self) -> None:
        if self._features is None:
            return
        rows, others = self._prices.rows, self._features.rows
        if rows is not None and others is not None and rows != others:
            raise InvalidArgumentError(f"features: has {others} rows, and prices has {rows}")

    def _require_one_asset(self, told: Mapping[str, Any]) -> None:
        assets = self._prices.width
        if assets is not None and assets > 1 and told.get("actions", {"kind": "weight"})["kind"] == "weight":
            raise InvalidArgumentError(
                f"actions: weight is for one asset, and prices has {assets}; take portfolio"
            )

    def _numbers(self, columns: Sequence[int | str]) -> list[int]:
        if self._features is None:
            raise InvalidArgumentError("columns: chooses among features, and there are none")
        return [_number(self._features, at, column) for at, column in enumerate(columns)]


def _number(table: MarketTable, at: int, column: int | str) -> int:
    if isinstance(column, str):
        if column not in (table.names or ()):
            known = ", ".join(table.names) if table.names else "no names"
            raise InvalidArgumentError(f"columns[{at}]: there is no {column}; features has {known}")
        return (table.names or ()).index(column)
    if isinstance(column, bool) or not isinstance(column, int | np.integer):
        raise InvalidArgumentError(f"columns[{at}]: must be a number or a name, got {column!r}")
    if column < 0 or (table.width is not None and column >= table.width):
        raise InvalidArgumentError(f"columns[{at}]: is {column}, and features has {table.width} columns")
    return int(column)


def _kind(name: str, given: str | Mapping[str, Any] | None, kinds: Sequence[str]) -> Mapping[str, Any] | None:
    if given is None:
        return None
    told = {"kind": given} if isinstance(given, str) else given
    require_mapping(name, told)
    if told.get("kind") not in kinds:
        raise InvalidArgumentError(f"{name}.kind: must be {', '.join(kinds)}, got {told.get('kind')!r}")
    return told


def _first_row(told: Mapping[str, Any]) -> int:
    """The first row that is observed with its whole history."""
    scaling = told.get("scaling", {"kind": "causal"})
    rows = scaling.get("rows", _CAUSAL_ROWS) if scaling["kind"] == "causal" else 1
    require_count("scaling.rows", rows)
    has_returns = "returns" in told.get("include", INCLUDED)
    return int(max(told.get("window", 1), rows) + has_returns - 1)
