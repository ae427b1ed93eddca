"""Where a fit is computed: here in numpy, when that costs less than moving its bytes to the gateway.

Measured on two shared cores of an AMD EPYC, medians: an `infer` of the synchronous client that computes
next to nothing takes 0.9 ms, and 10 MB of float64 take 10 ms more. numpy's Gram matrix takes 0.05 ns a
multiply-add at 252 x 50 and 2520 x 500, 0.1 ns at 100000 x 16; its `eigh` 1 to 1.8 ns times p^3 for p from 50
to 500. The gateway computes an empirical covariance of 2520 x 500 in 85 ms, numpy with its inverse in 200 ms
(`npm run bench -- python`).
"""

from __future__ import annotations

_ROUND_TRIP_S = 0.9e-3
_S_PER_BYTE = 1.0e-9
_S_PER_MULTIPLY_ADD = 0.1e-9
_S_PER_CUBE = 1.2e-9
# Passes over the data (means, centring) at 1 ns an element and pass, and numpy's own 3 us a call.
_S_PER_ELEMENT = 4e-9
_S_OVERHEAD = 60e-6
# Of a matrix of pairs: distances from products, comparisons, rows joined; and of a row's turn in a walk.
_S_PER_PAIR = 6e-9
_S_PER_ROW = 2e-6
# What the gateway takes of the time that numpy takes.
_THERE = 0.4


def moving_s(n: int, p: int) -> float:
    """Seconds to move float64 [n, p] and an answer."""
    return _ROUND_TRIP_S + 8 * n * p * _S_PER_BYTE


def eigen_s(n: int, p: int) -> float:
    """Seconds for means, a Gram matrix and its eigenvectors: a covariance with its inverse, or components."""
    return _S_OVERHEAD + n * p * _S_PER_ELEMENT + n * p * p * _S_PER_MULTIPLY_ADD + p**3 * _S_PER_CUBE


def pairs_s(n: int, p: int) -> float:
    """Seconds to compare n rows in pairs and to form clusters of the neighbours."""
    return _S_OVERHEAD + n * n * (p * _S_PER_MULTIPLY_ADD + _S_PER_PAIR) + n * _S_PER_ROW


def stays(local_s: float, n: int, p: int) -> bool:
    """Whether a fit that takes so many seconds here is computed here."""
    return local_s <= moving_s(n, p) + _THERE * local_s
