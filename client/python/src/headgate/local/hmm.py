"""A hidden Markov model with Gaussian emissions, from its attributes alone, as hmmlearn computes it."""

from __future__ import annotations

import numpy as np

from ..tensors import Array

Gaussians = tuple[Array, Array]
"""Means [k, p] and covariances [k, p, p]."""


def emission_log_prob(X: Array, mean: Array, covariance: Array) -> Array:
    """log N(x; mean, covariance) of each row, [n]."""
    factor = np.linalg.cholesky(covariance)
    standard = np.linalg.solve(factor, (X - mean).T)
    log_det = 2.0 * np.log(np.diagonal(factor)).sum()
    result: Array = -0.5 * ((standard**2).sum(axis=0) + X.shape[1] * np.log(2.0 * np.pi) + log_det)
    return result


def path_log_prob(X: Array, states: Array, startprob: Array, transmat: Array, gaussians: Gaussians) -> float:
    """log p(X, states): what the Viterbi path maximises."""
    with np.errstate(divide="ignore"):
        value = np.log(startprob[states[0]]) + np.log(transmat[states[:-1], states[1:]]).sum()
    for state, (mean, covariance) in enumerate(zip(*gaussians, strict=True)):
        value += emission_log_prob(X[states == state], mean, covariance).sum()
    return float(value)


def sample(
    count: int,
    startprob: Array,
    transmat: Array,
    gaussians: Gaussians,
    rng: np.random.RandomState,
    state: int | None,
) -> tuple[Array, Array]:
    """Rows [count, p] and their states, drawn in hmmlearn's order: a seed gives its numbers."""
    means, covariances = gaussians
    steps = np.cumsum(transmat, axis=1)
    if state is None:
        state = int((np.cumsum(startprob) > rng.rand()).argmax())
    states, rows = [state], [rng.multivariate_normal(means[state], covariances[state])]
    for _ in range(count - 1):
        state = int((steps[state] > rng.rand()).argmax())
        states.append(state)
        rows.append(rng.multivariate_normal(means[state], covariances[state]))
    return np.atleast_2d(rows), np.array(states, dtype=int)


def stationary(transmat: Array) -> Array:
    """The distribution that the transitions keep: the left eigenvector of the largest eigenvalue, 1."""
    values, vectors = np.linalg.eig(transmat.T)
    vector = np.real(vectors[:, np.argmax(np.real(values))])
    distribution: Array = vector / vector.sum()
    return distribution


def free_parameters(states: int, features: int, covariance_type: str) -> int:
    """How many numbers a fit chooses, for the information criteria."""
    of_covariance = features if covariance_type == "diag" else features * (features + 1) // 2
    return states - 1 + states * (states - 1) + states * (features + of_covariance)
