"""The gateway's `gaussian_hmm.apply` and `.update`, computed in numpy with logarithms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..tensors import Array, Tensors
from .apply import log_sum_exp

_LOG_2_PI = float(np.log(2.0 * np.pi))
_LEAST = float(np.nextafter(0, 1))
"""A state that is possible is never forgotten, however improbable it has become."""
_RESCUE = 1e-7
"""Added to the diagonal of a covariance that is not positive definite, once; hmmlearn's value."""


class Chain(NamedTuple):
    """A model of states; `startprob` and `transmat` as logarithms."""

    startprob: Array
    transmat: Array
    means: Array
    covars: Array


def chain_of(inputs: Tensors) -> Chain:
    """The model in a request; covariances may be variances [k, p] alone."""
    given = {name: np.asarray(value, dtype=np.float64) for name, value in inputs.items() if name in _NAMES}
    covars = given["covars"]
    if covars.ndim == 2:
        covars = covars[:, :, None] * np.eye(covars.shape[1])
    with np.errstate(divide="ignore"):
        start = np.log(given.get("startprob", np.zeros(len(covars))))
        return Chain(start, np.log(given["transmat"]), given["means"], covars)


_NAMES = ("startprob", "transmat", "means", "covars")


def apply(inputs: Tensors) -> dict[str, Array]:
    """As `gaussian_hmm.apply`."""
    chain = chain_of(inputs)
    X = np.asarray(inputs["X"], dtype=np.float64)
    found = [_read(chain, density) for density in sequences(log_densities(X, chain), inputs)]
    likelihoods, filtered, smoothed, states, paths = zip(*found, strict=True)
    return {
        "log_likelihood": np.sum(likelihoods),
        "filtered": np.concatenate(filtered),
        "smoothed": np.concatenate(smoothed),
        "states": np.concatenate(states).astype(np.int32),
        "path_log_likelihood": np.sum(paths),
    }


def update(inputs: Tensors) -> dict[str, Array]:
    """As `gaussian_hmm.update`: the filter goes on after the last row of `filtered`."""
    chain = chain_of(inputs)
    with np.errstate(divide="ignore"):
        last = np.log(np.asarray(inputs["filtered"], dtype=np.float64)[-1])
    X = np.asarray(inputs["X"], dtype=np.float64)
    filtered, steps = forward(chain, log_densities(X, chain), _step(last, chain))
    return {"filtered": _probabilities(filtered), "log_likelihood": np.sum(steps)}


def filtered_of(inputs: Tensors) -> Array:
    """Of each row the probability of each state given the rows of its sequence up to it, [n, k]."""
    chain = chain_of(inputs)
    densities = log_densities(np.asarray(inputs["X"], dtype=np.float64), chain)
    parts = [forward(chain, part, chain.startprob)[0] for part in sequences(densities, inputs)]
    return _probabilities(np.concatenate(parts))


def sequences(rows: Array, inputs: Tensors) -> Iterator[Array]:
    """The rows of each sequence, by a request's `lengths`.

    :raises ValueError: where they do not add up to the rows
    """
    lengths = np.asarray(inputs.get("lengths", [len(rows)]))
    if lengths.sum() != len(rows):
        raise ValueError(f"inputs.lengths: they add up to {lengths.sum()}, X has {len(rows)} rows")
    yield from np.split(rows, np.cumsum(lengths)[:-1])


def log_densities(X: Array, chain: Chain) -> Array:
    """log p(row | state) [n, k]."""
    return np.stack(
        [emission_log_prob(X, *gaussian) for gaussian in zip(chain.means, chain.covars, strict=True)], axis=1
    )


def emission_log_prob(X: Array, mean: Array, covariance: Array) -> Array:
    """log N(x; mean, covariance) of each row, [n].

    :raises ValueError: for a covariance that is none
    """
    if np.count_nonzero(covariance) == np.count_nonzero(np.diagonal(covariance)):
        variances = np.maximum(np.diagonal(covariance), np.finfo(float).tiny)
        with np.errstate(over="ignore"):
            squares = ((X - mean) ** 2 / variances).sum(axis=1)
        log_det = np.log(variances).sum()
    else:
        factor = _factor(covariance)
        squares = (np.linalg.solve(factor, (X - mean).T) ** 2).sum(axis=0)
        log_det = 2.0 * np.log(np.diagonal(factor)).sum()
    result: Array = -0.5 * (squares + X.shape[1] * _LOG_2_PI + log_det)
    return result


def _factor(covariance: Array) -> Array:
    try:
        return np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        pass
    try:
        return np.linalg.cholesky(covariance + _RESCUE * np.eye(len(covariance)))
    except np.linalg.LinAlgError:
        raise ValueError("inputs.covars: a covariance is not positive definite") from None


def _step(before: Array, chain: Chain) -> Array:
    """The logarithms of the state probabilities one step later, [k]."""
    return log_sum_exp((before[:, None] + chain.transmat).T)


def forward(chain: Chain, densities: Array, first: Array) -> tuple[Array, Array]:
    """Filtered logarithms [n, k] and log p(row | rows before) [n], from the logarithms of the first row."""
    filtered, steps = np.empty_like(densities), np.empty(len(densities))
    state = first
    for row, density in enumerate(densities):
        joint = density + (state if row == 0 else _step(state, chain))
        steps[row] = log_sum_exp(joint)
        state = filtered[row] = joint - steps[row]
    return filtered, steps


def _probabilities(logarithms: Array) -> Array:
    return np.where(np.isneginf(logarithms), 0.0, np.maximum(np.exp(logarithms), _LEAST))


def _read(chain: Chain, densities: Array) -> tuple[Array, Array, Array, Array, Array]:
    filtered, steps = forward(chain, densities, chain.startprob)
    states, path = viterbi(chain, densities)
    return steps.sum(), _probabilities(filtered), _smoothed(chain, densities, filtered), states, path


def _smoothed(chain: Chain, densities: Array, filtered: Array) -> Array:
    out = np.empty_like(filtered)
    ahead = np.zeros(filtered.shape[1])
    for row in range(len(filtered) - 1, -1, -1):
        joint = filtered[row] + ahead
        norm = log_sum_exp(joint)
        out[row] = np.exp(joint - norm)
        # Of no influence on the row before, and it keeps the numbers near 0.
        ahead = log_sum_exp(chain.transmat + densities[row] + ahead - norm)
    return out


def viterbi(chain: Chain, densities: Array) -> tuple[Array, Array]:
    """The likeliest path [n] and log p(rows, path); the lowest state on a tie."""
    came = np.empty(densities.shape, dtype=np.int64)
    score = chain.startprob + densities[0]
    every = np.arange(densities.shape[1])
    for row in range(1, len(densities)):
        steps = score[:, None] + chain.transmat
        came[row] = steps.argmax(axis=0)
        score = steps[came[row], every] + densities[row]
    path = np.empty(len(densities), dtype=np.int64)
    path[-1] = score.argmax()
    for row in range(len(densities) - 1, 0, -1):
        path[row - 1] = came[row, path[row]]
    return path, score.max()
