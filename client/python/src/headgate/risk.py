"""Risk of a portfolio: value at risk by Monte Carlo, and by factors."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from .errors import InvalidArgumentError
from .sklearn.base import ask
from .tensors import Array


def monte_carlo_var(
    X: ArrayLike | None = None,
    *,
    weights: ArrayLike | None = None,
    levels: ArrayLike | None = None,
    mean: ArrayLike | None = None,
    covariance: ArrayLike | None = None,
    level: float | None = None,
    horizon: float | None = None,
    n_paths: int | None = None,
    distribution: Literal["gaussian", "student_t"] | None = None,
    degrees_of_freedom: float | None = None,
    estimator: Literal["empirical", "ledoit_wolf"] | None = None,
    antithetic: bool | None = None,
    random_state: int | None = None,
    precision: str | None = None,
) -> dict[str, Array]:
    """Value at risk and expected shortfall of a portfolio; what is left out has the gateway's default.

    :param X: returns [n, p]; or `covariance` [p, p], with `mean` [p], in its place
    :param weights: of the portfolio [p]; equal by default
    :param levels: several confidence levels [k], in place of `level`
    :param covariance: the matrix itself; how it is estimated from X is `estimator`
    :param level: confidence, as 0.99
    :param horizon: days that the loss is over
    :param degrees_of_freedom: of the distribution `student_t`, above 2
    :param antithetic: whether every second path mirrors the one before it
    :return: `var`, `cvar`, their standard errors, `mean`, `volatility`, and `source`
    :raises InvalidArgumentError: naming the argument that is wrong
    """
    if isinstance(covariance, str):
        raise InvalidArgumentError(
            f"covariance: is the matrix [p, p]; to say how it is estimated, give estimator={covariance!r}"
        )
    inputs = {"X": X, "weights": weights, "levels": levels, "mean": mean, "covariance": covariance}
    parameters = {
        "level": level,
        "horizon": horizon,
        "n_paths": n_paths,
        "distribution": distribution,
        "degrees_of_freedom": degrees_of_freedom,
        "covariance": estimator,
        "antithetic": antithetic,
        "random_state": random_state,
        "precision": precision,
    }
    return _ask(
        "monte_carlo_var", inputs, {name: value for name, value in parameters.items() if value is not None}
    )


def factor_risk(
    X: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    n_components: int | float | None = 0.9,
    precision: str | None = None,
) -> dict[str, Array]:
    """A portfolio's variance by the principal factors of its assets' returns X [n, p].

    :param weights: of the portfolio [p]; equal by default
    :param n_components: how many factors, or a share of variance between 0 and 1; None keeps min(n, p)
    :return: `loadings`, `exposures`, `risk_share`, `marginal_contributions`, ..., and `source`
    :raises InvalidArgumentError: naming the argument that is wrong
    """
    parameters: dict[str, Any] = {"n_components": n_components}
    if precision is not None:
        parameters["precision"] = precision
    return _ask("factor_risk", {"X": X, "weights": weights}, parameters)


def _ask(servable: str, given: dict[str, ArrayLike | None], parameters: dict[str, Any]) -> dict[str, Array]:
    inputs = {name: _floats(value, name) for name, value in given.items() if value is not None}
    outputs, source = ask(servable, inputs, parameters, None)
    return {**outputs, "source": np.asarray(source)}


def _floats(value: ArrayLike, name: str) -> Array:
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(f"{name}: must be an array of numbers: {error}") from error
