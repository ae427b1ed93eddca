"""Covariances: the empirical one, and those shrunk by Ledoit and Wolf and by OAS."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

import numpy as np

from ..local import apply, linear, rule
from ..local.gram import empirical_covariance, pseudo_inverse
from ..tensors import Array
from .awaited import awaited
from .base import Estimator, Self
from .constraints import COUNT, FLAG, Constraints


class EmpiricalCovariance(Estimator):
    """The maximum-likelihood covariance; as `sklearn.covariance.EmpiricalCovariance`."""

    _servable = "empirical_covariance"
    _constraints: ClassVar[Constraints] = {"store_precision": FLAG, "assume_centered": FLAG}

    location_: Array
    covariance_: Array
    precision_: Array | None

    def __init__(self, *, store_precision: bool = True, assume_centered: bool = False) -> None:
        self.store_precision = store_precision
        self.assume_centered = assume_centered

    def fit(self: Self, X: Any, y: Any = None) -> Self:
        """Location, covariance, and its pseudo-inverse where it is stored."""
        self._fit(X)  # type: ignore[attr-defined]
        return self

    def _fit(self, X: Any) -> None:
        array = self._fit_input(X, float32=False)
        n, p = array.shape
        if n == 1:
            warnings.warn(
                "Only one sample available. You may want to reshape your data array",
                UserWarning,
                stacklevel=3,
            )
        if rule.stays(rule.eigen_s(n, p), n, p):
            outputs = linear.covariance(self._servable, array, self.assume_centered, self.store_precision)
            self.source_ = "local"
        else:
            parameters = self._sent("assume_centered", "store_precision")
            wanted = ["location", "covariance"] + ["precision"] * bool(self.store_precision)
            shrunk = ["shrinkage"] * (self._servable != "empirical_covariance")
            outputs = self._fit_remotely({"X": array}, parameters, wanted + shrunk)
        self.location_, self.covariance_ = outputs["location"], outputs["covariance"]
        self.precision_ = outputs.get("precision")
        if "shrinkage" in outputs:
            self.shrinkage_ = float(outputs["shrinkage"])

    def get_precision(self) -> Array:
        """The inverse of the covariance."""
        self._require_fitted()
        return self.precision_ if self.precision_ is not None else pseudo_inverse(self.covariance_)

    def mahalanobis(self, X: Any) -> Array:
        """The squared Mahalanobis distance of each row."""
        return apply.mahalanobis(self._input(X), self.location_, self.get_precision())

    def score(self, X_test: Any, y: Any = None) -> float:
        """The log-likelihood of X_test under this Gaussian, a row's mean."""
        array = self._input(X_test)
        test = empirical_covariance(array - self.location_, True)
        return apply.log_likelihood(test, self.get_precision())

    def error_norm(
        self, comp_cov: Any, norm: str = "frobenius", scaling: bool = True, squared: bool = True
    ) -> float:
        """How far another covariance is from this one.

        :raises NotImplementedError: for a norm that is neither frobenius nor spectral
        """
        self._require_fitted()
        error = np.asarray(comp_cov) - self.covariance_
        if norm == "frobenius":
            value = (error**2).sum()
        elif norm == "spectral":
            value = np.linalg.svd(error.T @ error, compute_uv=False).max()
        else:
            raise NotImplementedError("Only spectral and frobenius norms are implemented")
        if scaling:
            value = value / len(error)
        return float(value if squared else np.sqrt(value))

    afit = awaited(fit)
    ascore = awaited(score)
    amahalanobis = awaited(mahalanobis)


class LedoitWolf(EmpiricalCovariance):
    """Shrunk towards the scaled identity (Ledoit and Wolf, 2004); as `sklearn.covariance.LedoitWolf`."""

    _servable = "ledoit_wolf"
    # The gateway chooses its own blocks, which change no number.
    _constraints: ClassVar[Constraints] = {
        "store_precision": FLAG,
        "assume_centered": FLAG,
        "block_size": COUNT,
    }

    shrinkage_: float

    def __init__(
        self, *, store_precision: bool = True, assume_centered: bool = False, block_size: int = 1000
    ) -> None:
        super().__init__(store_precision=store_precision, assume_centered=assume_centered)
        self.block_size = block_size


class OAS(EmpiricalCovariance):
    """Oracle approximating shrinkage (Chen et al., 2010); as `sklearn.covariance.OAS`."""

    _servable = "oas"

    shrinkage_: float
