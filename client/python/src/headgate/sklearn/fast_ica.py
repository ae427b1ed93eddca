"""FastICA."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from ..errors import InvalidArgumentError
from ..local import fast_ica
from ..tensors import Array
from .awaited import awaited
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
    Function,
    OfType,
    Real,
    Whole,
    Words,
)
from .exceptions import invalid_parameter, warn_convergence
from .validation import generator_of, seed_of


class FastICA(Transformer):
    """Independent components; as `sklearn.decomposition.FastICA`. A contrast that is a function runs here."""

    _servable = "fast_ica"
    _constraints: ClassVar[Constraints] = {
        "n_components": (Whole(1), NOTHING),
        "algorithm": (Words(("parallel", "deflation")),),
        "whiten": (Words(("unit-variance", "arbitrary-variance")), Exactly(False)),
        "fun": (Words(("logcosh", "exp", "cube")), Function()),
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
        fun: str | Callable[..., tuple[Any, Any]] = "logcosh",
        fun_args: dict[str, Any] | None = None,
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
        """Unmixes X."""
        self._fit(X)  # type: ignore[attr-defined]
        return self

    def _fit(self, X: Any) -> tuple[Array, Array | None]:
        """X as it was checked, and its sources where the fit made them."""
        array = self._fit_input(X, min_samples=2)
        count = self._count(array)
        if self.w_init is not None and np.shape(self.w_init) != (count, count):
            raise ValueError(f"w_init has invalid shape -- should be {(count, count)}")
        found = self._fit_here(array, count) if callable(self.fun) else self._fit_there(array, count)
        self.components_, self.mixing_ = found["components"], found["mixing"]
        if self.whiten:
            self.mean_, self.whitening_ = found["mean"], found["whitening"]
        self.n_iter_ = int(found["n_iter"])
        if not found["converged"]:
            warn_convergence(
                "FastICA did not converge. Consider increasing tolerance or the maximum number of iterations."
            )
        return array, found.get("sources")

    def _count(self, array: Array) -> int:
        """How many components there will be, with scikit-learn's warnings about another number."""
        most = int(min(array.shape))
        if self.n_components is None:
            return most
        if not self.whiten:
            warnings.warn("Ignoring n_components with whiten=False.", stacklevel=5)
            return most
        if self.n_components > most:
            warnings.warn(f"n_components is too large: it will be set to {most}", stacklevel=5)
        return int(min(self.n_components, most))

    def _fit_there(self, array: Array, count: int) -> dict[str, Any]:
        inputs: dict[str, Any] = {"X": array}
        if self.w_init is not None:
            inputs["w_init"] = np.asarray(self.w_init, dtype=array.dtype)
        parameters = {
            **self._sent("algorithm", "whiten", "fun", "max_iter", "tol", "whiten_solver"),
            "n_components": count if self.whiten else None,
            "alpha": self._alpha(),
            "random_state": seed_of(self.random_state),
        }
        try:
            return self._fit_remotely(inputs, parameters)
        except InvalidArgumentError as error:
            # The gateway does not divide by a variance of 0. scikit-learn's "eigh" does, with a warning.
            if "vary in" not in str(error) or self.whiten_solver != "eigh":
                raise
            return self._fit_here(array, count)

    def _contrast(self) -> fast_ica.Contrast:
        function: Any = self.fun
        if isinstance(function, str):
            return fast_ica.contrast_of(function, self._alpha())
        given = {} if self.fun_args is None else self.fun_args

        def contrast(projected: Array) -> tuple[Array, Array]:
            slopes, curvatures = function(projected, **given)
            return slopes, curvatures

        return contrast

    def _fit_here(self, array: Array, count: int) -> dict[str, Any]:
        self.source_ = "local"
        contrast = self._contrast()
        columns = array.T
        mean = columns.mean(axis=-1) if self.whiten else np.zeros(len(columns), array.dtype)
        centred = columns - mean[:, None]
        whitening = fast_ica.whitening_of(centred, count, self.whiten_solver) if self.whiten else None
        white = centred if whitening is None else whitening @ centred * array.dtype.type(np.sqrt(len(array)))
        start = self.w_init
        if start is None:
            start = generator_of(self.random_state).normal(size=(count, count))
        rotate = fast_ica.parallel if self.algorithm == "parallel" else fast_ica.deflating
        turned = rotate(white, np.asarray(start, white.dtype), contrast, float(self.tol), int(self.max_iter))
        components = turned.rotation if whitening is None else turned.rotation @ whitening
        sources = components @ centred
        if self.whiten == "unit-variance":
            deviations = sources.T.std(axis=0)[:, None]
            rotation = turned.rotation / deviations
            components, sources = rotation @ whitening, sources / deviations
        return {
            "sources": sources.T,
            "components": components,
            "mixing": fast_ica.pseudo_inverse(components),
            "mean": mean,
            "whitening": whitening,
            "n_iter": turned.iterations,
            "converged": turned.converged,
        }

    def _alpha(self) -> float:
        """The one entry that a contrast has, logcosh's factor.

        :raises InvalidParameterError: for another entry, or a factor outside 1 to 2
        """
        given = dict(self.fun_args or {})
        alpha = given.pop("alpha", 1.0)
        if given:
            raise invalid_parameter(f"fun_args={self.fun_args!r} may have 'alpha' and nothing else")
        if not Real(1.0, 2.0, BOTH).meets(alpha):
            raise invalid_parameter(f"fun_args['alpha']={alpha!r} must be in [1, 2]")
        return float(alpha)

    @property
    def _n_features_out(self) -> int:
        return len(self.components_)

    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        """`fit(X).transform(X)`, X checked once."""
        array, sources = self._fit(X)
        return self._wrap(self._unmix(array) if sources is None else sources, X)

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

    afit = awaited(fit)
    afit_transform = awaited(fit_transform)
    atransform = awaited(transform)
    ainverse_transform = awaited(inverse_transform)
