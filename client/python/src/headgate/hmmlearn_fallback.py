"""An installed hmmlearn as the fallback of `gaussian_hmm` and `gaussian_hmm.apply`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .fallback import Outputs, Request
from .local import states
from .local.hmm_covariances import compact, filled
from .tensors import Array, Tensors

_NAMES = ("startprob", "transmat", "means", "covars")
_OURS = ("order", "init_transmat", "precision")
"""Parameters that hmmlearn does not have."""


def fit(request: Request) -> Outputs | None:
    """Fit hmmlearn's GaussianHMM; its attributes are the outputs. Only the gateway can keep a fit."""
    if "keep_seconds" in request.parameters:
        return None
    X = np.asarray(request.inputs["X"], dtype=np.float64)
    given = {k: v for k, v in request.parameters.items() if k not in _OURS}
    parameters: dict[str, Any] = {"random_state": 0, **given}
    model = _kind()(**parameters)
    starts = {name: np.asarray(request.inputs[name]) for name in _NAMES if name in request.inputs}
    if request.parameters.get("init_transmat") == "sticky":
        starts = _sticky(model.n_components) | starts
    model.init_params = "".join(name[0] for name in _NAMES if name not in starts)
    _set(model, X.shape[1], starts)
    _set_priors(model, request.inputs)
    lengths = request.inputs.get("lengths")
    model.fit(X, None if lengths is None else np.asarray(lengths))
    attributes = _attributes(model)
    if request.parameters.get("order", "variance") == "variance":
        attributes = _ordered(attributes)
    history = np.array(model.monitor_.history)
    read = {"X": X, **attributes} | ({} if lengths is None else {"lengths": lengths})
    said = states.apply(read)
    del said["path_log_likelihood"]
    converged = len(history) > 1 and history[-1] - history[-2] < model.tol
    return {**attributes, **said, "history": history, "n_iter": len(history), "converged": converged}


def apply(request: Request) -> Outputs | None:
    """Apply an hmmlearn model to rows; hmmlearn has no filtered probabilities, so numpy computes those."""
    inputs = request.inputs
    if any(name not in inputs for name in _NAMES):
        return None
    means = np.asarray(inputs["means"])
    model = _kind()(n_components=len(means), covariance_type="full")
    covars = np.asarray(inputs["covars"], dtype=np.float64)
    full = covars if covars.ndim == 3 else filled(covars, "diag", *means.shape)
    _set(model, means.shape[1], {**{name: np.asarray(inputs[name]) for name in _NAMES}, "covars": full})
    X, lengths = np.asarray(inputs["X"], dtype=np.float64), inputs.get("lengths")
    log_likelihood, smoothed = model.score_samples(X, lengths)
    path_log_likelihood, path = model.decode(X, lengths, algorithm="viterbi")
    return {
        "log_likelihood": log_likelihood,
        "filtered": states.filtered_of(inputs),
        "smoothed": smoothed,
        "states": path.astype(np.int32),
        "path_log_likelihood": path_log_likelihood,
    }


def _kind() -> Any:
    from hmmlearn.hmm import GaussianHMM

    class WithSums(GaussianHMM):  # type: ignore[misc,unused-ignore]
        """Collects a state's sums for the covariances too; hmmlearn 0.3 does so for the means alone."""

        def _needs_sufficient_statistics_for_mean(self) -> bool:
            return True

    return WithSums


def _sticky(count: int) -> dict[str, Array]:
    away = 0.0 if count == 1 else 0.1 / (count - 1)
    steps = np.full((count, count), away)
    np.fill_diagonal(steps, 1 - away * (count - 1))
    return {"startprob": np.full(count, 1 / count), "transmat": steps}


def _set(model: Any, features: int, attributes: Mapping[str, Array]) -> None:
    """Set the covariances: they come in full or as variances; hmmlearn takes those of the model's kind."""
    model.n_features = features
    for name, value in attributes.items():
        given: Array = np.array(value, dtype=np.float64)
        if name == "covars":
            # The setter is not used: it refuses a variance of 0, which a fit may produce.
            kind = model.covariance_type
            whole = given if given.ndim == 3 else filled(given, "diag", *given.shape)
            model._covars_ = compact(whole, kind)
        else:
            setattr(model, f"{name}_", given)


def _set_priors(model: Any, inputs: Tensors) -> None:
    for name in ("startprob_prior", "transmat_prior", "means_prior", "means_weight", "covars_prior"):
        if name in inputs:
            given = np.asarray(inputs[name], dtype=np.float64)
            full = name == "covars_prior" and given.ndim == 3
            setattr(model, name, compact(given, model.covariance_type) if full else given)


def _attributes(model: Any) -> dict[str, Array]:
    """The covariances in full: hmmlearn 0.3 returns k * p matrices for spherical ones that it learned."""
    found = {name: np.array(getattr(model, f"{name}_")) for name in _NAMES[:3]}
    covars = filled(model._covars_, model.covariance_type, *found["means"].shape)
    return {**found, "covars": np.array(covars)}


def _ordered(attributes: Mapping[str, Array]) -> dict[str, Array]:
    """Order the states by variance: state 0 is the calmest."""
    order = np.argsort(np.trace(attributes["covars"], axis1=1, axis2=2), kind="stable")
    found = {name: value[order] for name, value in attributes.items()}
    return {**found, "transmat": attributes["transmat"][np.ix_(order, order)]}
