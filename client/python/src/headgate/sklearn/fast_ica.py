"""FastICA."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..tensors import Array
from .base import Self, Transformer
from .constraints import (
    BOTH,
    COUNT,
    NOTHING,
    SEED,
    TOLERANCE,
    ArrayLike,
    Constraints,
    Exactly,
    InvalidParameterError,
    OfType,
    Real,
    Whole,
    Words,
)
from .exceptions import warn_convergence
from .validation import seed_of


class FastICA(Transformer):
    """Independent components; as `sklearn.decomposition.FastICA` with the built-in contrasts."""

    _servable = "fast_ica"
    _constraints: ClassVar[Constraints] = {
        "n_components": (Whole(1), NOTHING),
        "algorithm": (Words(("parallel", "deflation")),),
        "whiten": (Words(("unit-variance", "arbitrary-variance")), Exactly(False)),
        "fun": (Words(("logcosh", "exp", "cube")),),
        "fun_args": (OfType((dict,), "a dict"), NOTHING),
        "max_iter": COUNT,
        "tol": TOLERANCE,
        "w_init": (ArrayLike(), NOTHING),
        "whiten_solver": (Words(("svd", "eigh")),),
        "random_state": SEED,
    }

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
        inputs: dict[str, Any] = {"X": array}
        if self.w_init is not None:
            inputs["w_init"] = np.asarray(self.w_init, dtype=array.dtype)
        parameters = {
            **self._sent("n_components", "algorithm", "whiten", "fun", "max_iter", "tol", "whiten_solver"),
            "alpha": self._alpha(),
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

    def _alpha(self) -> float:
        """The one entry that a contrast has, logcosh's factor.

        :raises InvalidParameterError: for another entry, or a factor outside 1 to 2
        """
        given = dict(self.fun_args or {})
        alpha = given.pop("alpha", 1.0)
        if given:
            raise InvalidParameterError(f"fun_args={self.fun_args!r} may have 'alpha' and nothing else")
        if not Real(1.0, 2.0, BOTH).meets(alpha):
            raise InvalidParameterError(f"fun_args['alpha']={alpha!r} must be in [1, 2]")
        return float(alpha)

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
