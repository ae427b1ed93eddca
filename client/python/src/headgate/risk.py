"""Risk of a portfolio: value at risk by Monte Carlo, and by factors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .sklearn.base import ask
from .tensors import Array


def monte_carlo_var(X: ArrayLike | None = None, **given: Any) -> dict[str, Array]:
    """Value at risk and expected shortfall of a portfolio.

    :param X: returns [n, p]; or `covariance` [p, p], with `mean` [p], in its place
    :param given: arrays `weights`, `levels`, `mean`, `covariance`; parameters `level`, `horizon`, `n_paths`,
        `distribution`, `degrees_of_freedom`, `antithetic`, `random_state`, and `estimator`: how to estimate
        the covariance from X, `empirical` or `ledoit_wolf`
    :return: `var`, `cvar`, their standard errors, `mean`, `volatility`, and `source`
    """
    return _ask("monte_carlo_var", X, given, ("weights", "levels", "mean", "covariance"))


def factor_risk(X: ArrayLike, **given: Any) -> dict[str, Array]:
    """A portfolio's variance by the principal factors of its assets' returns X [n, p].

    :param given: array `weights`; parameter `n_components`: how many factors, or a share of variance
    :return: `loadings`, `exposures`, `risk_share`, `marginal_contributions`, ..., and `source`
    """
    return _ask("factor_risk", X, given, ("weights",))


def _ask(
    servable: str, X: ArrayLike | None, given: dict[str, Any], arrays: tuple[str, ...]
) -> dict[str, Array]:
    inputs = {name: np.asarray(given.pop(name), dtype=np.float64) for name in arrays if name in given}
    if X is not None:
        inputs["X"] = np.asarray(X, dtype=np.float64)
    if "estimator" in given:
        given["covariance"] = given.pop("estimator")
    outputs, source = ask(servable, inputs, given, None)
    return {**outputs, "source": np.asarray(source)}
