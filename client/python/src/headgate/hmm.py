"""A drop-in for `hmmlearn.hmm.GaussianHMM`, computed by the gateway."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from .convergence import ConvergenceMonitor
from .hmm_fit import LETTERS, HmmFit, Letters
from .local import hmm, hmm_covariances
from .sklearn.awaited import awaited
from .sklearn.base import Self, ask
from .sklearn.constraints import (
    NEITHER,
    SEED,
    TOLERANCE,
    VERBOSE,
    ArrayLike,
    Constraints,
    OfType,
    Real,
    Whole,
    Words,
)
from .sklearn.validation import generator_of
from .tensors import Array

__all__ = ["ConvergenceMonitor", "GaussianHMM"]

_PRIOR = (*TOLERANCE, ArrayLike())
"""A number for all states, or an array that numpy spreads over them."""


class GaussianHMM(HmmFit):
    """A hidden Markov model with Gaussian emissions; as `hmmlearn.hmm.GaussianHMM`.

    Fitted, or given by its attributes: `startprob_`, `transmat_`, `means_` and `covars_` may be set by hand.
    `monitor_` has the log-likelihoods of the last fit; its `n_iter` and `tol` are those of the constructor.
    """

    _constraints: ClassVar[Constraints] = {
        "n_components": (Whole(1),),
        "covariance_type": (Words(hmm_covariances.KINDS),),
        "min_covar": TOLERANCE,
        "startprob_prior": _PRIOR,
        "transmat_prior": _PRIOR,
        "means_prior": (Real(-math.inf, closed=NEITHER), ArrayLike()),
        "means_weight": _PRIOR,
        "covars_prior": _PRIOR,
        "covars_weight": TOLERANCE,
        "algorithm": (Words(("viterbi", "map")),),
        "random_state": SEED,
        "n_iter": (Whole(0),),
        "tol": (Real(-math.inf, closed=NEITHER),),
        "verbose": VERBOSE,
        "params": (Letters(LETTERS),),
        "init_params": (OfType((str,), "a str"),),
        # Two roads to the same numbers: the gateway takes the one in logarithms where it must.
        "implementation": (Words(("log", "scaling")),),
    }

    def __init__(
        self,
        n_components: int = 1,
        covariance_type: str = "diag",
        min_covar: float = 1e-3,
        startprob_prior: Any = 1.0,
        transmat_prior: Any = 1.0,
        means_prior: Any = 0,
        means_weight: Any = 0,
        covars_prior: Any = 1e-2,
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
        self.monitor_ = ConvergenceMonitor(tol, n_iter, verbose)

    def fit(self: Self, X: Any, lengths: Any = None) -> Self:
        """Baum-Welch over the rows of all sequences; the states in hmmlearn's order.

        What `init_params` leaves out starts at the attributes that were set, and what `params` leaves out
        stays there.

        :param lengths: how many rows of X each sequence has, in their order; by default X is one sequence
        :raises ValueError: for attributes, priors or lengths that do not belong to each other
        """
        self._fit(X, lengths)  # type: ignore[attr-defined]
        return self

    def _ask(self, X: Any, lengths: Any, *outputs: str) -> dict[str, Array]:
        """What the gateway says of rows under the present attributes."""
        self._check()
        array = self._input(X).astype(np.float64, copy=False)
        inputs = {"X": array, **self._attributes(), **self._lengths(array, lengths)}
        return ask(f"{self._servable}.apply", inputs, {}, list(outputs))[0]

    def score(self, X: Any, lengths: Any = None) -> float:
        """log p(X)."""
        return float(self._ask(X, lengths, "log_likelihood")["log_likelihood"])

    def score_samples(self, X: Any, lengths: Any = None) -> tuple[float, Array]:
        """log p(X), and the probability of each state given all rows of its sequence [n, k]."""
        found = self._ask(X, lengths, "log_likelihood", "smoothed")
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
        found = self._ask(X, lengths, "states", "path_log_likelihood")
        return float(found["path_log_likelihood"]), found["states"].astype(np.int64)

    def predict(self, X: Any, lengths: Any = None) -> Array:
        """The states of the rows, as `decode` finds them."""
        return self.decode(X, lengths)[1]

    def predict_proba(self, X: Any, lengths: Any = None) -> Array:
        """The probability of each state given all rows of its sequence, [n, k]."""
        return self._ask(X, lengths, "smoothed")["smoothed"]

    def filter_proba(self, X: Any, lengths: Any = None) -> Array:
        """The probability of each state given the rows up to it, [n, k]; hmmlearn has no such."""
        return self._ask(X, lengths, "filtered")["filtered"]

    def aic(self, X: Any, lengths: Any = None) -> float:
        """Akaike's information criterion; the lower the better."""
        return -2 * self.score(X, lengths) + 2 * sum(self._free_parameters().values())

    def bic(self, X: Any, lengths: Any = None) -> float:
        """The Bayesian information criterion; the lower the better."""
        return float(-2 * self.score(X, lengths) + sum(self._free_parameters().values()) * np.log(len(X)))

    def sample(
        self, n_samples: int = 1, random_state: Any = None, currstate: int | None = None
    ) -> tuple[Array, Array]:
        """Rows drawn from the model [n_samples, p] and their states; a seed gives hmmlearn's numbers.

        :param currstate: the first row's state; by default it is drawn
        """
        self._check()
        rng = generator_of(self.random_state if random_state is None else random_state)
        gaussians = (self.means_, self.covars_)
        return hmm.sample(n_samples, self.startprob_, self.transmat_, gaussians, rng, currstate)

    def get_stationary_distribution(self) -> Array:
        """The stationary distribution of the states, [k]."""
        self._require("transmat_")
        return hmm.stationary(np.asarray(self.transmat_))

    afit = awaited(fit)
    apredict = awaited(predict)
    apredict_proba = awaited(predict_proba)
    afilter_proba = awaited(filter_proba)
    ascore = awaited(score)
    ascore_samples = awaited(score_samples)
    adecode = awaited(decode)
    asample = awaited(sample)
