"""A hidden Markov model with Gaussian emissions, from its attributes alone, as hmmlearn computes it."""

from __future__ import annotations

import numpy as np

from ..tensors import Array

Gaussians = tuple[Array, Array]
"""Means [k, p] and covariances [k, p, p]."""


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


def drawn_start(states: int, rng: np.random.RandomState) -> Array:
    """Where hmmlearn starts: a draw of Dirichlet's distribution with all parameters 1 / k, [k]."""
    return rng.dirichlet(np.full(states, 1.0 / states))


def drawn_steps(states: int, rng: np.random.RandomState) -> Array:
    """As many such draws, [k, k]."""
    return rng.dirichlet(np.full(states, 1.0 / states), size=states)
