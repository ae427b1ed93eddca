"""The attributes of a GaussianHMM: set by hand or learned, checked as hmmlearn checks them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .local import hmm_covariances
from .sklearn.base import Estimator
from .sklearn.exceptions import not_fitted
from .tensors import Array

NAMES = ("startprob_", "transmat_", "means_", "covars_")


class HmmAttributes(Estimator):
    """The attributes of a Gaussian hidden Markov model, learned or set by hand."""

    n_components: int
    covariance_type: str
    startprob_: Array
    transmat_: Array
    means_: Array
    _covars_: Array

    @property
    def covars_(self) -> Array:
        """The covariances in full [k, p, p]; set them in the shape of `covariance_type`, as hmmlearn's.

        That is [k, p, p] when full, [p, p] when tied, [k, p] when diag, [k] when spherical.
        """
        covars = self._covars_
        return hmm_covariances.filled(covars, self.covariance_type, self.n_components, self.n_features)

    @covars_.setter
    def covars_(self, covars: Any) -> None:
        array = np.array(covars)
        hmm_covariances.require(array, self.covariance_type, self.n_components)
        self._covars_ = array

    @property
    def n_features(self) -> int:
        """The number of columns: those of the last fit, or of the means that were set."""
        known = vars(self).get("n_features_in_")
        if known is not None:
            return int(known)
        if hasattr(self, "means_"):
            return int(np.shape(self.means_)[1])
        raise AttributeError(
            f"{type(self).__name__!r} object has no attribute 'n_features' before means_ is set"
        )

    @n_features.setter
    def n_features(self, count: int) -> None:
        self.n_features_in_ = count

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "startprob_")

    def _require(self, *names: str) -> None:
        """Refuse a model that lacks attributes.

        :raises NotFittedError: naming those that are missing; an `AttributeError` and a `ValueError`
        """
        missing = [name for name in names if not self._has(name)]
        if len(missing) == len(NAMES):
            raise not_fitted(self)
        if missing:
            error = not_fitted(self)
            text = (
                f"This {type(self).__name__} has no {', '.join(missing)}: set what is missing, or call 'fit'."
            )
            raise type(error)(text)

    def _has(self, name: str) -> bool:
        return ("_covars_" if name == "covars_" else name) in vars(self)

    def _check(self) -> None:
        """Check all attributes for consistency, with hmmlearn's checks and messages.

        :raises ValueError: naming the attribute
        """
        self._require(*NAMES)
        self._check_set(NAMES)

    def _check_set(self, names: Sequence[str]) -> None:
        """Check the attributes that are set."""
        k = self.n_components
        features = np.atleast_1d(self.means_).shape[-1] if "means_" in names else self.n_features
        if "startprob_" in names:
            self.startprob_ = np.asarray(self.startprob_)
            if self.startprob_.shape != (k,):
                raise ValueError("startprob_ must have length n_components")
            _require_sums("startprob_", self.startprob_)
        if "transmat_" in names:
            self.transmat_ = np.asarray(self.transmat_)
            if self.transmat_.shape != (k, k):
                raise ValueError("transmat_ must have shape (n_components, n_components)")
            _require_sums("transmat_", self.transmat_)
        if "means_" in names:
            self.means_ = np.asarray(self.means_)
            if self.means_.ndim != 2 or len(self.means_) != k:
                raise ValueError(
                    f"means_ must have shape (n_components, n_features), got {self.means_.shape}"
                )
        if self.covariance_type not in hmm_covariances.KINDS:
            raise ValueError(f"covariance_type must be one of {hmm_covariances.KINDS}")
        if "covars_" in names:
            hmm_covariances.require_shape(self._covars_, self.covariance_type, k, features)
        self.n_features_in_ = features

    def _attributes(self, names: Sequence[str] = NAMES) -> dict[str, Array]:
        """The attributes in the form of a request."""
        found = {
            name[:-1]: np.asarray(getattr(self, name), dtype=np.float64)
            for name in names
            if name != "covars_"
        }
        if "covars_" in names:
            shape = (self.n_components, self.n_features)
            found["covars"] = hmm_covariances.sent(
                np.asarray(self._covars_, np.float64), self.covariance_type, *shape
            )
        return found

    def _free_parameters(self) -> dict[str, int]:
        """The number of free parameters of a fit, by hmmlearn's letters."""
        k, p = self.n_components, self.n_features
        covars = hmm_covariances.count(self.covariance_type, k, p)
        return {"s": k - 1, "t": k * (k - 1), "m": k * p, "c": covars}


def _require_sums(name: str, rows: Array) -> None:
    sums = rows.sum(axis=-1)
    if not np.allclose(sums, 1):
        raise ValueError(
            f"{name} must sum to 1 (got {sums:.4f})"
            if sums.ndim == 0
            else f"{name} rows must sum to 1 (got row sums of {sums})"
        )
