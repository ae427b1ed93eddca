"""What a policy's observation is made of, and how observations are made of prices and of the account."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .errors import InvalidArgumentError
from .observed_columns import observed_window
from .tensors import Array

_SHOWN = 12
"""Names of a part that an error shows."""


@dataclass(frozen=True)
class PolicyLayout:
    """An observation is `window` rows of `columns`, the oldest first, and then the numbers of `state`."""

    window: int
    columns: tuple[str, ...]
    state: tuple[str, ...]
    told: Mapping[str, Any]
    """All that the trainer told, such as `actions` and `scaling`."""

    @property
    def size(self) -> int:
        """How many numbers an observation has."""
        return self.window * len(self.columns) + len(self.state)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """A name for each number; a column of an earlier row has the distance behind it: `return[0]@-1`."""
        rows = range(1 - self.window, 1)
        window = [f"{name}@{row}" if row < 0 else name for row in rows for name in self.columns]
        return (*window, *self.state)

    def __str__(self) -> str:
        rows = "" if self.window == 1 else f"{self.window} rows, the oldest first, of "
        parts = [f"{rows}{_listed(self.columns)}"] if self.columns else []
        return ", then ".join([*parts, *([_listed(self.state)] if self.state else [])])

    def laid_out(self, observation: Any) -> Array:
        """The observation as [n] or [m, n] in FP32, of numbers in their order or by name.

        :param observation: an array or a list; or a mapping, a pandas Series or a DataFrame with `names`
        :raises InvalidArgumentError: naming what is missing, unknown or no finite number
        """
        array = np.asarray(self._ordered(observation), dtype=np.float32)
        if array.ndim not in (1, 2) or array.shape[-1] != self.size:
            raise InvalidArgumentError(
                f"observation: has shape {list(array.shape)}, and this policy takes [{self.size}], or "
                f"[n, {self.size}]: {self}"
            )
        bad = np.argwhere(~np.isfinite(array))
        if len(bad):
            raise InvalidArgumentError(f"observation: {self.names[bad[0][-1]]} is no finite number")
        return array

    def _ordered(self, observation: Any) -> Any:
        pandas = sys.modules.get("pandas")
        if isinstance(observation, Mapping):
            self._require_names(list(observation))
            return np.stack([np.asarray(observation[name], dtype=np.float32) for name in self.names], axis=-1)
        if pandas is not None and isinstance(observation, pandas.Series | pandas.DataFrame):
            labels = observation.index if observation.ndim == 1 else observation.columns
            if all(isinstance(each, str) for each in labels):
                self._require_names(list(labels))
                return observation[list(self.names)].to_numpy()
        return observation

    def _require_names(self, given: Sequence[Any]) -> None:
        missing = [name for name in self.names if name not in set(given)]
        unknown = [name for name in given if name not in set(self.names)]
        if missing or unknown:
            parts = [f"lacks {_listed(missing)}"] if missing else []
            parts += [f"has {_listed(list(map(str, unknown)))}, which it does not take"] if unknown else []
            raise InvalidArgumentError(f"observation: {' and '.join(parts)}; this policy takes {self}")

    def observe(
        self,
        prices: ArrayLike,
        features: ArrayLike | None = None,
        *,
        weights: ArrayLike | float = 0.0,
        held: ArrayLike | int = 0,
    ) -> Array:
        """The observation at the last row, as the environment made it in training.

        :param prices: [rows] or [rows, assets], the newest last; `history` rows at least
        :param features: [rows, columns], all that the training had
        :param weights: what is held of each asset, as shares of the equity
        :param held: for how many rows each position has had its sign
        :raises InvalidArgumentError: for too few rows, other assets or columns
        """
        table = _table(prices, "prices")
        assets = self.assets
        if table.shape[1] != assets:
            raise InvalidArgumentError(f"prices: has {table.shape[1]} assets, and this policy has {assets}")
        window = observed_window(self, table, None if features is None else _table(features, "features"))
        shares, rows = _each(weights, assets, "weights"), _each(held, assets, "held")
        values = {f"position[{at}]": share for at, share in enumerate(shares)}
        values |= {f"time_in_trade[{at}]": np.log1p(count) for at, count in enumerate(rows)}
        values["cash"] = 1.0 - shares.sum()
        unknown = [name for name in self.state if name not in values]
        if unknown:
            raise InvalidArgumentError(
                f"observe: this policy takes {_listed(unknown)}, which is its own: give the observation"
            )
        return np.concatenate([window, [values[name] for name in self.state]]).astype(np.float32)

    @property
    def assets(self) -> int:
        """How many assets its actions weigh."""
        return int(self.told.get("assets", 1))

    @property
    def history(self) -> int:
        """Rows of prices that an observation is made of."""
        scaling = self.told.get("scaling") or {}
        rows = scaling.get("rows", 1) if scaling.get("kind") == "causal" else 1
        return int(max(self.window, rows) + any(name.startswith("return[") for name in self.columns))

    def weights(self, action: ArrayLike) -> Array:
        """The weights of the assets that an action stands for, [assets] or [n, assets].

        :raises InvalidArgumentError: for a policy whose actions are not told
        """
        actions = self.told["actions"]
        given = np.asarray(action)
        if actions["kind"] == "discrete" and "targets" in actions:
            targets = np.array(
                [each if isinstance(each, list) else [each] for each in actions["targets"]], dtype=np.float64
            )
            return np.asarray(targets[given.astype(np.int64)])
        if actions["kind"] not in ("weight", "portfolio"):
            raise InvalidArgumentError(f"action: what a {actions['kind']} action stands for is not told")
        shape = given.shape if given.ndim and given.shape[-1] == self.assets else (*given.shape, 1)
        weights = np.clip(given.astype(np.float64).reshape(shape), actions["low"], actions["high"])
        limit = actions.get("gross_limit")
        if limit is None:
            return weights
        gross = np.abs(weights).sum(axis=-1, keepdims=True)
        return np.asarray(weights * (limit / np.maximum(gross, limit)))


def layout_of(told: Mapping[str, Any] | None) -> PolicyLayout | None:
    """The layout in a description or in a file; None where none is told."""
    if told is None:
        return None
    window, columns = int(told["window"]), tuple(told["columns"])
    # A trainer names all numbers; the gateway tells those behind the window.
    state = told["state"] if "state" in told else told["numbers"][window * len(columns) :]
    rest = {name: value for name, value in told.items() if name not in ("numbers", "state")}
    return PolicyLayout(window, columns, tuple(state), rest)


def _table(values: ArrayLike, name: str) -> Array:
    array = np.asarray(values, dtype=np.float64)
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2:
        raise InvalidArgumentError(f"{name}: must be [rows] or [rows, columns], got {list(array.shape)}")
    return array


def _each(values: ArrayLike | float, assets: int, name: str) -> Array:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 0:
        array = np.full(assets, float(array))
    if array.shape != (assets,):
        raise InvalidArgumentError(
            f"{name}: must have one number for each of {assets} assets, got {list(array.shape)}"
        )
    return array


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} others" if len(names) > _SHOWN else shown
