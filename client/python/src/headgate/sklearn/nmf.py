"""NMF."""

from __future__ import annotations

import math
import warnings
from typing import Any, ClassVar

import numpy as np

from ..tensors import Array
from .awaited import awaited
from .base import Self, Transformer
from .constraints import BOTH, COUNT, FLAG, NOTHING, SEED, TOLERANCE, VERBOSE, Constraints, Real, Whole, Words
from .exceptions import invalid_parameter, warn_convergence
from .starts import nmf_start
from .validation import seed_of


class NMF(Transformer):
    """Non-negative matrix factorisation; as `sklearn.decomposition.NMF` with the Frobenius loss."""

    _servable = "nmf"
    _positive = True
    _constraints: ClassVar[Constraints] = {
        "n_components": (Whole(1), NOTHING, Words(("auto",))),
        "init": (Words(("random", "nndsvd", "nndsvda", "nndsvdar", "custom")), NOTHING),
        "solver": (Words(("cd", "mu")),),
        "beta_loss": (Words(("frobenius", "kullback-leibler", "itakura-saito")), Real(-math.inf)),
        "tol": TOLERANCE,
        "max_iter": COUNT,
        "random_state": SEED,
        "alpha_W": TOLERANCE,
        "alpha_H": (Real(0.0), Words(("same",))),
        "l1_ratio": (Real(0.0, 1.0, BOTH),),
        "verbose": VERBOSE,
        "shuffle": FLAG,
    }

    components_: Array
    _n_components: Any

    def __init__(
        self,
        n_components: int | str | None = "auto",
        *,
        init: str | None = None,
        solver: str = "cd",
        beta_loss: str | float = "frobenius",
        tol: float = 1e-4,
        max_iter: int = 200,
        random_state: Any = None,
        alpha_W: float = 0.0,
        alpha_H: float | str = "same",
        l1_ratio: float = 0.0,
        verbose: int = 0,
        shuffle: bool = False,
    ) -> None:
        self.n_components = n_components
        self.init = init
        self.solver = solver
        self.beta_loss = beta_loss
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state
        self.alpha_W = alpha_W
        self.alpha_H = alpha_H
        self.l1_ratio = l1_ratio
        self.verbose = verbose
        self.shuffle = shuffle

    def fit(self: Self, X: Any, y: Any = None, **params: Any) -> Self:
        """X as W H."""
        self.fit_transform(X, y, **params)  # type: ignore[attr-defined]
        return self

    def fit_transform(self, X: Any, y: Any = None, W: Any = None, H: Any = None, **fit_params: Any) -> Any:
        """W, of X as W H."""
        array = self._fit_input(X)
        self._require_positive(array)
        self._require_supported(array)
        inputs = {"X": array, **self._starts(array, W, H)}
        parameters = {
            **self._sent("n_components", "init", "alpha_H"),
            "beta_loss": "frobenius",
            **self._solving(),
        }
        outputs = self._fit_remotely(inputs, parameters)
        self.components_ = outputs["components"]
        self.n_components_ = self._n_components = len(self.components_)
        self.reconstruction_err_ = float(outputs["reconstruction_err"])
        self.n_iter_ = int(outputs["n_iter"])
        if not outputs["converged"] and self.tol > 0:
            warn_convergence(
                f"Maximum number of iterations {self.max_iter} reached. Increase it to improve convergence."
            )
        return self._wrap(outputs["W"], X)

    def _require_supported(self, array: Array) -> None:
        """Refuses a loss that the gateway has not, and a start that the solver cannot use.

        :raises ValueError: for these, naming the parameter
        """
        if self.beta_loss not in (2, "frobenius"):
            if self.solver == "cd":
                raise ValueError(
                    f"Invalid beta_loss parameter: solver 'cd' does not handle beta_loss = {self.beta_loss!r}"
                )
            raise invalid_parameter(
                f"beta_loss={self.beta_loss!r} is not offered: the gateway has 'frobenius' (or 2) alone"
            )
        if self.solver == "mu" and self.init == "nndsvd":
            warnings.warn(
                "The multiplicative update ('mu') solver cannot update zeros present in the initialization, "
                "and so leads to poorer results when used jointly with init='nndsvd'. You may try "
                "init='nndsvda' or init='nndsvdar' instead.",
                UserWarning,
                stacklevel=4,
            )
        self._n_components = array.shape[1] if self.n_components is None else self.n_components
        if self._n_components == "auto" and self.init != "custom":
            self._n_components = array.shape[1]
        by_vectors = self.init in ("nndsvd", "nndsvda", "nndsvdar")
        if by_vectors and int(self._n_components) > min(array.shape):
            raise ValueError(
                f"init = '{self.init}' can only be used when n_components <= min(n_samples, n_features)"
            )

    def _starts(self, array: Array, W: Any, H: Any) -> dict[str, Array]:
        """W and H where they are used."""
        if self.init != "custom":
            if W is not None or H is not None:
                warnings.warn(
                    "When init!='custom', provided W or H are ignored. Set init='custom' to use them as "
                    "initialization.",
                    RuntimeWarning,
                    stacklevel=4,
                )
            return {}
        if W is None or H is None:
            raise ValueError("init='custom' starts from W and H: give both to fit_transform")
        count = None if self._n_components == "auto" else int(self._n_components)
        starts = {
            "H": nmf_start(H, (count, array.shape[1]), "H", array.dtype),
            "W": nmf_start(W, (len(array), count), "W", array.dtype),
        }
        if any(start.dtype != array.dtype for start in starts.values()):
            raise TypeError(
                f"H and W should have the same dtype as X. Got H.dtype = {starts['H'].dtype} and "
                f"W.dtype = {starts['W'].dtype}."
            )
        if count is None:
            self._n_components = len(starts["H"])
        return starts

    def _solving(self) -> dict[str, Any]:
        """What fit and transform both need."""
        return {
            **self._sent("solver", "tol", "max_iter", "alpha_W", "l1_ratio", "shuffle"),
            "random_state": seed_of(self.random_state),
        }

    def _require_positive(self, array: Array) -> None:
        if (array < 0).any():
            raise ValueError("Negative values in data passed to NMF (input X)")

    @property
    def _n_features_out(self) -> int:
        return len(self.components_)

    def transform(self, X: Any) -> Any:
        """W for new rows, with the components that were fitted."""
        array = self._input(X)
        self._require_positive(array)
        inputs = {"X": array, "components": self.components_.astype(array.dtype)}
        return self._wrap(self._apply_remotely(inputs, self._solving(), "transform"), X)

    def inverse_transform(self, X: Any) -> Array:
        """W H."""
        self._require_fitted()
        rows: Array = np.asarray(X) @ self.components_
        return rows

    afit = awaited(fit)
    afit_transform = awaited(fit_transform)
    atransform = awaited(transform)
    ainverse_transform = awaited(inverse_transform)
