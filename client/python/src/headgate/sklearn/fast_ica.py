"""FastICA."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensors import Array
from .base import Self, Transformer
from .exceptions import warn_convergence
from .validation import seed_of


class FastICA(Transformer):
    """Independent components; as `sklearn.decomposition.FastICA` with the built-in contrasts."""

    _servable = "fast_ica"

    components_: Array
    mixing_: Array

    def __init__(
        self,
        n_components: int | None = None,
        *,
        algorithm: str = "parallel",
        whiten: str | bool = "unit-variance",
        fun: str = "logcosh",
        fun_args: dict[str, float] | None = None,
        max_iter: int = 200,
        tol: float = 1e-4,
        w_init: Any = None,
        whiten_solver: str = "svd",
        random_state: Any = None,
    ) -> None:
        self.n_components = n_components
        self.algorithm = algorithm
        self.whiten = whiten
        self.fun = fun
        self.fun_args = fun_args
        self.max_iter = max_iter
        self.tol = tol
        self.w_init = w_init
        self.whiten_solver = whiten_solver
        self.random_state = random_state

    def fit(self: Self, X: Any, y: Any = None) -> Self:
        """Unmixes X.

        :raises ValueError: for a contrast that is a function: it cannot be sent
        """
        self._fit(X)  # type: ignore[attr-defined]
        return self

    def _fit(self, X: Any) -> Array:
        array = self._fit_input(X, min_samples=2)
        if not isinstance(self.fun, str):
            raise ValueError("fun must be 'logcosh', 'exp' or 'cube': a function cannot be sent to a gateway")
        inputs: dict[str, Any] = {"X": array}
        if self.w_init is not None:
            inputs["w_init"] = np.asarray(self.w_init, dtype=array.dtype)
        parameters = {
            "n_components": self.n_components,
            "algorithm": self.algorithm,
            "whiten": self.whiten,
            "fun": self.fun,
            "alpha": float((self.fun_args or {}).get("alpha", 1.0)),
            "max_iter": self.max_iter,
            "tol": self.tol,
            "whiten_solver": self.whiten_solver,
            "random_state": seed_of(self.random_state),
        }
        outputs = self._fit_remotely(inputs, parameters)
        self.components_, self.mixing_ = outputs["components"], outputs["mixing"]
        if self.whiten:
            self.mean_, self.whitening_ = outputs["mean"], outputs["whitening"]
        self.n_iter_ = int(outputs["n_iter"])
        if not outputs["converged"]:
            warn_convergence(
                "FastICA did not converge. Consider increasing tolerance or the maximum number of iterations."
            )
        return array

    @property
    def _n_features_out(self) -> int:
        return len(self.components_)

    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        """`fit(X).transform(X)`, X checked once."""
        return self._wrap(self._unmix(self._fit(X)), X)

    def transform(self, X: Any, copy: bool = True) -> Any:
        """The sources of rows."""
        return self._wrap(self._unmix(self._input(X)), X)

    def _unmix(self, X: Array) -> Array:
        centred = X - self.mean_ if self.whiten else X
        sources: Array = centred @ self.components_.T
        return sources

    def inverse_transform(self, X: Any, copy: bool = True) -> Array:
        """Mixes sources back."""
        self._require_fitted()
        rows: Array = np.asarray(X) @ self.mixing_.T
        return rows + self.mean_ if self.whiten else rows
