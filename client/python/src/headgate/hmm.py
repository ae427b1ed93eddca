"""A drop-in for `hmmlearn.hmm.GaussianHMM`, computed by the gateway."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from .local import hmm
from .sklearn.base import Estimator, Self, ask
from .sklearn.constraints import (
    BOTH,
    COUNT,
    NEITHER,
    SEED,
    TOLERANCE,
    VERBOSE,
    ArrayLike,
    Constraints,
    OfType,
    Real,
    Words,
)
from .sklearn.validation import generator_of, seed_of
from .tensors import Array

_NONE = (Real(0, 0, BOTH), ArrayLike())
"""A prior of the means: 0, or as many of them."""
_ATTRIBUTES = ("startprob", "transmat", "means", "covars")


class GaussianHMM(Estimator):
    """A hidden Markov model with Gaussian emissions, full or diagonal; one sequence at a time."""

    _servable = "gaussian_hmm"
    _min_samples = 2
    _constraints: ClassVar[Constraints] = {
        "n_components": COUNT,
        "covariance_type": (Words(("full", "diag")),),
        "min_covar": TOLERANCE,
        "startprob_prior": TOLERANCE,
        "transmat_prior": TOLERANCE,
        "means_prior": _NONE,
        "means_weight": _NONE,
        "covars_prior": TOLERANCE,
        "covars_weight": TOLERANCE,
        "algorithm": (Words(("viterbi", "map")),),
        "random_state": SEED,
        "n_iter": COUNT,
        "tol": (Real(-math.inf, closed=NEITHER),),
        "verbose": VERBOSE,
        "params": (OfType((str,), "a str"),),
        "init_params": (OfType((str,), "a str"),),
        # Two roads to the same numbers: the gateway takes the one in logarithms where it must.
        "implementation": (Words(("log", "scaling")),),
    }

    startprob_: Array
    transmat_: Array
    means_: Array
    covars_: Array

    def __init__(
        self,
        n_components: int = 1,
        covariance_type: str = "diag",
        min_covar: float = 1e-3,
        startprob_prior: float = 1.0,
        transmat_prior: float = 1.0,
        means_prior: float = 0,
        means_weight: float = 0,
        covars_prior: float = 1e-2,
        covars_weight: float = 1,
        algorithm: str = "viterbi",
        random_state: Any = None,
        n_iter: int = 10,
        tol: float = 1e-2,
        verbose: bool = False,
        params: str = "stmc",
        init_params: str = "stmc",
        implementation: str = "log",
    ) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.min_covar = min_covar
        self.startprob_prior = startprob_prior
        self.transmat_prior = transmat_prior
        self.means_prior = means_prior
        self.means_weight = means_weight
        self.covars_prior = covars_prior
        self.covars_weight = covars_weight
        self.algorithm = algorithm
        self.random_state = random_state
        self.n_iter = n_iter
        self.tol = tol
        self.verbose = verbose
        self.params = params
        self.init_params = init_params
        self.implementation = implementation

    def fit(self: Self, X: Any, lengths: Any = None) -> Self:
        """Baum-Welch; the states in hmmlearn's order.

        With `init_params=""` it starts from the attributes that were set, all four of them.

        :raises ValueError: for what the gateway has not: several sequences, a prior of the means, some of
            `params` held fast
        """
        self._fit(X, lengths)  # type: ignore[attr-defined]
        return self

    def _fit(self, X: Any, lengths: Any) -> None:
        array = self._fit_input(X)
        self._require_supported()
        self._require_one(array, lengths)
        inputs: dict[str, Any] = {"X": array}
        if self.init_params == "":
            inputs |= self._attributes(array.dtype)
        names = ("n_components", "covariance_type", "min_covar", "startprob_prior", "transmat_prior")
        more = ("covars_prior", "covars_weight", "n_iter", "tol")
        parameters = self._sent(*names, *more)
        outputs = self._fit_remotely(
            inputs,
            {**parameters, "order": "none", "random_state": seed_of(self.random_state)},
            [*_ATTRIBUTES, "n_iter", "converged"],
        )
        for name in _ATTRIBUTES:
            setattr(self, f"{name}_", outputs[name])
        self.n_iter_ = int(outputs["n_iter"])
        self.converged_ = bool(outputs["converged"])

    def _require_supported(self) -> None:
        if set(self.params) != set("stmc") or self.init_params not in ("stmc", ""):
            raise ValueError(
                "params must be 'stmc', init_params 'stmc' or '': the gateway learns all or nothing"
            )
        if np.any(self.means_prior) or np.any(self.means_weight):
            raise ValueError("means_prior and means_weight must be 0")

    @staticmethod
    def _require_one(array: Array, lengths: Any) -> None:
        if lengths is not None and (len(lengths) != 1 or lengths[0] != len(array)):
            raise ValueError("lengths must name one sequence: the gateway fits one at a time")

    def _attributes(self, dtype: Any) -> dict[str, Array]:
        missing = [f"{name}_" for name in _ATTRIBUTES if not hasattr(self, f"{name}_")]
        if missing:
            raise ValueError(f'with init_params="" set {", ".join(missing)} before the fit')
        return {name: np.asarray(getattr(self, f"{name}_"), dtype=dtype) for name in _ATTRIBUTES}

    def _ask(self, X: Any, lengths: Any, *outputs: str) -> tuple[Array, dict[str, Array]]:
        """X as it was checked, and what the gateway says of it."""
        array = self._input(X)
        self._require_one(array, lengths)
        inputs = {"X": array, **self._attributes(array.dtype)}
        return array, ask(f"{self._servable}.apply", inputs, {}, list(outputs))[0]

    def score(self, X: Any, lengths: Any = None) -> float:
        """log p(X)."""
        return float(self._ask(X, lengths, "log_likelihood")[1]["log_likelihood"])

    def score_samples(self, X: Any, lengths: Any = None) -> tuple[float, Array]:
        """log p(X), and the probability of each state given all rows [n, k]."""
        found = self._ask(X, lengths, "log_likelihood", "smoothed")[1]
        return float(found["log_likelihood"]), found["smoothed"]

    def decode(self, X: Any, lengths: Any = None, algorithm: str | None = None) -> tuple[float, Array]:
        """The states of the rows [n] and their log probability.

        :param algorithm: "viterbi", the likeliest path and log p(X, path); "map", the likeliest state of
            each row and the sum of their probabilities, as hmmlearn has it; by default the model's own
        :raises ValueError: for another algorithm
        """
        algorithm = algorithm or self.algorithm
        if algorithm == "map":
            posteriors = self.predict_proba(X, lengths)
            return float(posteriors.max(axis=1).sum()), posteriors.argmax(axis=1)
        if algorithm != "viterbi":
            raise ValueError(f"Unknown decoder {algorithm!r}: it must be 'viterbi' or 'map'")
        array, found = self._ask(X, lengths, "states")
        states = found["states"].astype(np.int64)
        return hmm.path_log_prob(array, states, self.startprob_, self.transmat_, self._gaussians), states

    def predict(self, X: Any, lengths: Any = None) -> Array:
        """The states of the rows, as `decode` finds them."""
        if self.algorithm == "viterbi":
            return self._ask(X, lengths, "states")[1]["states"].astype(np.int64)
        return self.decode(X, lengths)[1]

    def predict_proba(self, X: Any, lengths: Any = None) -> Array:
        """The probability of each state given all rows, [n, k]."""
        return self._ask(X, lengths, "smoothed")[1]["smoothed"]

    def filter_proba(self, X: Any) -> Array:
        """The probability of each state given the rows up to it, [n, k]; hmmlearn has no such."""
        return self._ask(X, None, "filtered")[1]["filtered"]

    def aic(self, X: Any, lengths: Any = None) -> float:
        """Akaike's information criterion; the lower the better."""
        return -2 * self.score(X, lengths) + 2 * self._free_parameters()

    def bic(self, X: Any, lengths: Any = None) -> float:
        """The Bayesian information criterion; the lower the better."""
        return float(-2 * self.score(X, lengths) + self._free_parameters() * np.log(len(X)))

    def _free_parameters(self) -> int:
        return hmm.free_parameters(self.n_components, self.n_features_in_, self.covariance_type)

    def sample(
        self, n_samples: int = 1, random_state: Any = None, currstate: int | None = None
    ) -> tuple[Array, Array]:
        """Rows drawn from the model [n_samples, p] and their states; a seed gives hmmlearn's numbers.

        :param currstate: the first row's state; by default it is drawn
        """
        self._require_fitted()
        rng = generator_of(self.random_state if random_state is None else random_state)
        return hmm.sample(n_samples, self.startprob_, self.transmat_, self._gaussians, rng, currstate)

    @property
    def _gaussians(self) -> hmm.Gaussians:
        return self.means_, self.covars_

    def get_stationary_distribution(self) -> Array:
        """The stationary distribution of the states, [k]."""
        self._require_fitted()
        return hmm.stationary(self.transmat_)
