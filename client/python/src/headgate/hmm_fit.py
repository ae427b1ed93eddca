"""The fit of a GaussianHMM: its start, its request, and its result."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np

from .convergence import ConvergenceMonitor
from .hmm_attributes import NAMES, HmmAttributes
from .local import hmm
from .local.hmm_covariances import compact, filled
from .sklearn.validation import generator_of, seed_of
from .tensors import Array

log = logging.getLogger("headgate.hmm")
LETTERS = "stmc"
"""hmmlearn's letters of startprob_, transmat_, means_ and covars_."""
_PARAMETERS = ("n_components", "covariance_type", "min_covar", "covars_weight")


@dataclass(frozen=True)
class Letters:
    """A parameter made of some letters of a word, in any order."""

    letters: str

    def meets(self, value: Any) -> bool:
        return isinstance(value, str) and set(value) <= set(self.letters)

    def __str__(self) -> str:
        return f"a str of letters of {self.letters!r}"


class HmmFit(HmmAttributes):
    """A Gaussian hidden Markov model that can be fitted."""

    _servable = "gaussian_hmm"
    params: str
    init_params: str
    n_iter: int
    random_state: Any
    monitor_: ConvergenceMonitor

    def _fit(self, X: Any, lengths: Any) -> None:
        known = vars(self).get("n_features_in_")
        array = self._fit_input(X, float32=False)
        if known is not None and known != array.shape[1]:
            self.n_features_in_ = known
            raise ValueError(f"Unexpected number of dimensions, got {array.shape[1]} but expected {known}")
        inputs: dict[str, Any] = {"X": array, **self._lengths(array, lengths)}
        self._init(array, lengths)
        made = [name for name in NAMES[2:] if self._is_made(name)]
        self._check_set([name for name in NAMES if name not in made])
        if self.n_features_in_ != array.shape[1]:
            raise ValueError(f"means_ has {self.n_features_in_} features, X has {array.shape[1]}")
        parameters, priors = self._priors()
        parameters |= self._sent(*_PARAMETERS)
        parameters["params"] = "".join(letter for letter in LETTERS if letter in self.params)
        # Only k-means draws random numbers at the gateway: otherwise the generator keeps its position.
        parameters["random_state"] = seed_of(self.random_state) if "means_" in made else 0
        self._iterate({**inputs, **priors}, parameters, made)

    def _init(self, X: Array, lengths: Any = None) -> None:
        """Draw the transitions that `init_params` names; the gateway makes means and covariances."""
        self._tell_overwritten()
        rng = generator_of(self.random_state)
        if self._is_made("startprob_"):
            self.startprob_ = hmm.drawn_start(self.n_components, rng)
        if self._is_made("transmat_"):
            self.transmat_ = hmm.drawn_steps(self.n_components, rng)
        self.n_features_in_ = X.shape[1]
        free = self._free_parameters()
        chosen = sum(free[letter] for letter in self.params)
        if X.size < chosen:
            log.warning(
                "Fitting a model with %d free scalar parameters with only %d data points will result in a "
                "degenerate solution.",
                chosen,
                X.size,
            )

    def _is_made(self, name: str) -> bool:
        """Whether the fit makes the start of an attribute itself."""
        return name[0] in self.init_params or not self._has(name)

    def _tell_overwritten(self) -> None:
        for name in NAMES:
            if name[0] in self.init_params and self._has(name):
                log.warning(
                    "Even though the %r attribute is set, it will be overwritten during initialization "
                    "because 'init_params' contains %r",
                    name,
                    name[0],
                )

    def _iterate(self, inputs: dict[str, Any], parameters: dict[str, Any], made: list[str]) -> None:
        """Run all iterations in one request, or one at a time when the monitor decides after each."""
        monitor = self.monitor_
        monitor._reset()
        own = type(monitor) is not ConvergenceMonitor
        # hmmlearn stops at the monitor's own count, even when n_iter has changed since.
        left = self.n_iter if monitor.n_iter < 1 else min(self.n_iter, monitor.n_iter)
        outputs = [*(name[:-1] for name in NAMES), "converged", "history"]
        while True:
            start = self._attributes([name for name in NAMES if name not in made])
            asked = {**parameters, "order": "none", "n_iter": min(left, 1) if own else left}
            found = self._fit_remotely({**inputs, **start}, {**asked, "tol": float(monitor.tol)}, outputs)
            self._take(found, made)
            made = []
            for value in found["history"]:
                monitor.report(float(value))
            left -= 1
            if not own or left < 1 or monitor.converged:
                break
        self.n_iter_ = int(monitor.iter)
        self.converged_ = bool(monitor.converged) if own else bool(found["converged"])

    def _take(self, found: dict[str, Array], made: list[str]) -> None:
        """Adopt the attributes that were made or learned; the others keep their bits and shape."""
        for name in NAMES:
            if name not in made and (name[0] not in self.params or not len(found["history"])):
                continue
            if name == "covars_":
                self._covars_ = compact(found["covars"], self.covariance_type)
            else:
                setattr(self, name, found[name[:-1]])

    def _lengths(self, array: Array, lengths: Any) -> dict[str, Array]:
        """`lengths` as an input, if given.

        :raises ValueError: for lengths that are no counts, or do not add up to the rows
        """
        if lengths is None:
            return {}
        counts = np.asarray(lengths)
        if counts.ndim != 1 or counts.dtype.kind not in "iu" or (counts < 1).any():
            raise ValueError(f"lengths must be a list of ints from 1 on, got {lengths!r}")
        if counts.sum() != len(array):
            raise ValueError(f"lengths array {lengths} doesn't sum to {len(array)} samples")
        return {"lengths": counts.astype(np.int64)}

    def _priors(self) -> tuple[dict[str, Any], dict[str, Array]]:
        """The priors as parameters when they are numbers, else as inputs, broadcast as numpy does.

        :raises ValueError: naming one whose shape does not fit the model
        """
        k, p = self.n_components, self.n_features
        kind = self.covariance_type
        shapes = {
            "startprob_prior": (k,),
            "transmat_prior": (k, k),
            "means_prior": (k, p),
            "means_weight": (k, p),
            "covars_prior": {"full": (k, p, p), "tied": (p, p)}.get(kind, (k, p)),
        }
        parameters, inputs = {}, {}
        for name, shape in shapes.items():
            value = np.asarray(getattr(self, name), dtype=np.float64)
            if value.ndim == 0:
                parameters[name] = float(value)
                continue
            if name == "means_weight" and kind in ("full", "tied"):
                raise ValueError(f"means_weight must be a number with covariance_type={kind!r}")
            try:
                inputs[name] = np.ascontiguousarray(np.broadcast_to(value, shape))
            except ValueError:
                raise ValueError(f"{name} has the shape {value.shape}, which does not fit {shape}") from None
        if "covars_prior" in inputs and kind == "tied":
            inputs["covars_prior"] = filled(inputs["covars_prior"], kind, k, p)
        return parameters, inputs
