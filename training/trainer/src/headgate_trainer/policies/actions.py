"""What actions stand for: the weights of the assets until the next row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from headgate_trainer.failure import invalid
from headgate_trainer.tensors import Array

FIELD = "parameters.environment.actions"


@dataclass(frozen=True)
class Actions:
    """A discrete action is the number of a row of ``targets``; else weights within bounds."""

    assets: int
    targets: Array | None
    """[actions, assets], of discrete actions."""
    low: float
    high: float
    gross_limit: float | None

    @property
    def count(self) -> int:
        """The number of discrete actions."""
        return 0 if self.targets is None else len(self.targets)

    def weights(self, actions: Array) -> Array:
        """Read n actions as weights ``[n, assets]``, in FP64."""
        if self.targets is not None:
            return np.asarray(self.targets[actions])
        given = actions.astype(np.float64).reshape(-1, self.assets)
        weights = np.minimum(np.maximum(given, self.low), self.high)
        if self.gross_limit is None:
            return weights
        gross = np.abs(weights).sum(axis=1, keepdims=True)
        return np.asarray(weights * (self.gross_limit / np.maximum(gross, self.gross_limit)))


def actions_of(options: Mapping[str, Any], assets: int) -> Actions:
    """Read the parameter ``actions``. Raises where it does not fit the assets."""
    kind = options["kind"]
    if kind == "discrete":
        return Actions(assets, _targets(options["targets"], assets), 0.0, 0.0, None)
    low, high = options["low"], options["high"]
    if low >= high:
        raise invalid(f"{FIELD}.low: must be below high, which is {high:g}")
    if kind == "weight" and assets != 1:
        raise invalid(
            f"{FIELD}.kind: weight is for one asset, and prices has {assets}; take portfolio"
        )
    return Actions(assets, None, low, high, options.get("gross_limit"))


def _targets(given: list[Any], assets: int) -> Array:
    rows = [each if isinstance(each, list) else [each] for each in given]
    for at, row in enumerate(rows):
        if len(row) != assets:
            raise invalid(
                f"{FIELD}.targets[{at}]: must have a weight for each of the {assets} assets of "
                f"prices, got {len(row)}"
            )
    return np.array(rows, dtype=np.float64)
