"""The portfolio's value at risk in closed form."""

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student_t
from sklearn.covariance import EmpiricalCovariance, LedoitWolf
from vectors import (
    case,
    shaped,
)


def cases(sets):
    """The portfolio's VaR and CVaR in closed form, which simulated values must approach."""
    rows = [
        ("returns", {}, {}),
        ("returns", {"level": 0.95, "horizon": 10, "antithetic": True}, {}),
        ("returns", {"distribution": "student_t", "degrees_of_freedom": 5, "level": 0.975}, {}),
        ("returns", {"distribution": "student_t", "degrees_of_freedom": 3, "horizon": 5}, {}),
        ("market", {"covariance": "ledoit_wolf"}, {"levels": [0.9, 0.99, 0.999]}),
        ("market", {}, {"weights": list(np.round(np.linspace(-0.5, 1, 50), 3))}),
        ("collinear", {"distribution": "student_t"}, {"weights": [1, 1, -1, 0.5, 0.25]}),
        ("constant", {"level": 0.9}, {}),
        ("wide", {}, {}),
        ("offset", {}, {"weights": [1, -1, 1]}),
        ("huge", {}, {}),
        ("tiny", {}, {}),
    ]
    for name, parameters, inputs in rows:
        x = sets[name]
        estimator = LedoitWolf if parameters.get("covariance") == "ledoit_wolf" else EmpiricalCovariance
        # At an offset of 1e8 the reference is the fit of the same data without the offset, with its means
        # moved by it.
        shift = 1e8 if name == "offset" else 0
        fitted = estimator(store_precision=False).fit(x - shift)
        weights = np.array(inputs.get("weights", np.full(x.shape[1], 1 / x.shape[1])))
        horizon = parameters.get("horizon", 1)
        mean = horizon * (weights @ fitted.location_ + shift * weights.sum())
        volatility = np.sqrt(horizon * (weights @ fitted.covariance_ @ weights))
        levels = np.array(inputs.get("levels", [parameters.get("level", 0.99)]))
        if parameters.get("distribution") == "student_t":
            nu = parameters.get("degrees_of_freedom", 4)
            scale, z = volatility * np.sqrt((nu - 2) / nu), student_t.ppf(levels, nu)
            beyond = student_t.pdf(z, nu) * (nu + z**2) / (nu - 1) / (1 - levels)
        else:
            scale, z = volatility, norm.ppf(levels)
            beyond = norm.pdf(z) / (1 - levels)
        expected = shaped(var=scale * z - mean, cvar=scale * beyond - mean, mean=mean, volatility=volatility)
        yield case(name, parameters, expected) | {"inputs": shaped(inputs)}
