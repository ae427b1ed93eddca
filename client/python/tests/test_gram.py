"""Gram matrices in pieces and inverses, against numpy's longer doubles and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import pinvh

from headgate.local.apply import log_determinant
from headgate.local.gram import gram, pseudo_inverse
from headgate.tensors import Array

RNG = np.random.default_rng(3)


def exact(X: Array, centre: bool) -> tuple[Array, Array]:
    wide = X.astype(np.longdouble)
    mean = wide.mean(axis=0)
    centred = wide - mean if centre else wide
    return mean, centred.T @ centred


@pytest.mark.parametrize("centre", [True, False])
@pytest.mark.parametrize("shape", [(1, 3), (2, 1), (252, 50), (4097, 16), (300, 90), (20_000, 4)])
@pytest.mark.parametrize("mean", [0.0, 5.0, 1e6])
def test_a_gram_matrix_in_pieces_is_that_of_the_whole(
    shape: tuple[int, int], centre: bool, mean: float
) -> None:
    X = RNG.normal(mean, 1, size=shape)
    found_mean, found = gram(X, centre)
    expected_mean, expected = exact(X, centre)
    assert np.allclose(found_mean, expected_mean.astype(float), rtol=1e-12, atol=1e-13)
    scale = max(float(np.abs(expected).max()), 1e-300)
    assert float(np.abs(found - expected).max()) <= 1e-10 * scale
    assert np.allclose(found, found.T, rtol=0, atol=1e-12 * scale)


def test_a_constant_column_has_no_variance() -> None:
    X = np.column_stack([np.full(5_000, 0.1), RNG.normal(size=5_000)])
    assert gram(X, True)[1][0, 0] == 0


@pytest.mark.parametrize("smallest", [1.0, 1e-3, 1e-8, 1e-14, 0.0])
def test_an_inverse_is_scipys_also_where_there_is_none(smallest: float) -> None:
    vectors = np.linalg.qr(RNG.normal(size=(12, 12)))[0]
    values = np.linspace(1, 2, 12)
    values[0] = smallest
    matrix = (vectors * values) @ vectors.T
    matrix = (matrix + matrix.T) / 2
    expected = pinvh(matrix)
    tolerance = 1e-9 if smallest >= 1e-3 or smallest == 0 else 1e-15 / smallest
    assert np.abs(pseudo_inverse(matrix) - expected).max() <= tolerance * np.abs(expected).max()


def test_a_matrix_that_is_singular_but_for_rounding_has_a_log_determinant_of_minus_infinity() -> None:
    for _ in range(20):
        X = RNG.normal(size=(50, 3))
        dependent = np.column_stack([X, X[:, 0] + X[:, 1]])
        assert log_determinant(pinvh(np.cov(dependent.T))) == -np.inf
    assert log_determinant(np.zeros((2, 2))) == -np.inf


def test_a_log_determinant_is_numpys_where_the_matrix_is_regular() -> None:
    for matrix in [np.diag([1e20, 1e-5]), np.array([[1, 1 - 1e-10], [1 - 1e-10, 1]])]:
        assert log_determinant(matrix) == pytest.approx(np.linalg.slogdet(matrix)[1], rel=1e-6)
