"""Where a fit is computed: here in numpy, when that costs less than moving its bytes to the gateway.

Measured by `npm run bench -- python` on two shared cores of an AMD EPYC, medians: an `infer` of the
synchronous client with nothing to compute takes 0.6 ms, and 10 MB of float64 take 13 ms more; numpy
makes 6 multiply-adds a nanosecond in a 252 x 50 Gram matrix and 15 in one of 2520 x 500.
"""

from __future__ import annotations

_ROUND_TRIP_S = 600e-6
_S_PER_BYTE = 1.3e-9
_S_PER_MULTIPLY_ADD = 1 / 6e9
# Passes over the data (means, centring) at 1 ns an element and pass, and numpy's own 3 us a call.
_S_PER_ELEMENT = 4e-9
_S_OVERHEAD = 60e-6


def moving_s(n: int, p: int) -> float:
    """Seconds to move float64 [n, p] and an answer."""
    return _ROUND_TRIP_S + 8 * n * p * _S_PER_BYTE


def scaling_s(n: int, p: int) -> float:
    """Seconds to fit a scaler here: some passes over the data, always less than moving it."""
    return _S_OVERHEAD + n * p * _S_PER_ELEMENT


def covariance_s(n: int, p: int) -> float:
    """Seconds for means, a Gram matrix and the inverse of what comes out.

    The inverse goes through an eigendecomposition, some 25 p^3 multiply-adds.
    """
    return scaling_s(n, p) + (n * p * p + 25 * p**3) * _S_PER_MULTIPLY_ADD


def stays(local_s: float, n: int, p: int) -> bool:
    """Whether a fit that takes so long here is done here."""
    return local_s <= moving_s(n, p)
