"""What the drop-ins of xgboost and lightgbm have beside scikit-learn's: an eval set and its curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...tensors import Array
from ..base import Self
from ..validation import check_array
from .trained import Trained


class Boosted(Trained):
    """`fit` takes the eval set on which the fit is scored and stops early."""

    _draws_seeds = False

    def fit(
        self: Self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        eval_set: Sequence[tuple[Any, Any]] | None = None,
        verbose: bool | None = None,
        progress: bool = False,
    ) -> Self:
        """Train; `source_` says who did.

        :param eval_set: one pair of X and y
        :param progress: whether to show a bar on stderr, of tqdm where that is installed
        :param verbose: taken and not used: the job's log has what the library writes
        :raises ValueError: for more than one eval set
        """
        pairs = list(eval_set or [])
        if len(pairs) > 1:
            raise ValueError(f"eval_set must have one pair of X and y, got {len(pairs)}")
        own = {"eval_set": pairs} if pairs else {}
        self._fit(X, y, sample_weight, pairs, own, progress=progress)  # type: ignore[attr-defined]
        return self

    def _held_out(self, pairs: Sequence[tuple[Any, Any]]) -> Mapping[str, Array]:
        if not pairs:
            return {}
        X = self._eval_rows(pairs[0][0])
        return {"X_eval": X, "y_eval": self._eval_target(pairs[0][1], X)}

    def _eval_rows(self, X: Any) -> Array:
        """X of the eval set.

        :raises ValueError: for other features than the fit's
        """
        array = check_array(X, f"{type(self).__name__}'s eval_set", allow_nan=self._allow_nan)
        if array.shape[1] != self.n_features_in_:
            raise ValueError(f"eval_set has {array.shape[1]} features, and X has {self.n_features_in_}")
        return array

    def _eval_target(self, y: Any, X: Array) -> Array:
        raise NotImplementedError

    def _take(self, outputs: Mapping[str, Array]) -> None:
        further = dict(outputs)
        names = [str(each) for each in further.pop("eval_metrics", np.empty(0, dtype=object))]
        curves = further.pop("evals_result", np.empty((0, 0)))
        super()._take(further)
        self._curves = {name: curve.tolist() for name, curve in zip(names, curves, strict=False)}
