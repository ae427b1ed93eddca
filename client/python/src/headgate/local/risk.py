"""Value at risk by Monte Carlo and factor risk in numpy: what a risk job falls back to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..tensors import Array
from .linear import covariance, pca


def monte_carlo_var(inputs: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Array]:
    """The outputs of the gateway's `monte_carlo_var`; another generator, so equal within `var_error`.

    The portfolio's return is simulated, which for Gaussian and Student-t returns has the same law as the
    weighted sum of simulated assets.
    """
    get: dict[str, Any] = {
        "level": 0.99,
        "horizon": 1.0,
        "n_paths": 100_000,
        "distribution": "gaussian",
        **parameters,
    }
    mean, matrix = _moments(inputs, str(get.get("covariance", "empirical")))
    weights = np.asarray(inputs.get("weights", np.full(len(mean), 1 / len(mean))), dtype=np.float64)
    levels = np.atleast_1d(np.asarray(inputs.get("levels", get["level"]), dtype=np.float64))
    horizon, paths = float(get["horizon"]), int(get["n_paths"])
    centre: float = float(weights @ mean) * horizon
    spread = float(np.sqrt(max(float(weights @ matrix @ weights), 0.0) * horizon))
    draws = _draws(get, paths)
    losses = np.sort(-(centre + spread * draws))
    found = [_tail(losses, level) for level in levels]
    names = ("var", "cvar", "var_error", "cvar_error")
    outputs = {name: np.array([each[i] for each in found]) for i, name in enumerate(names)}
    return {**outputs, "mean": np.float64(centre), "volatility": np.float64(spread)}


def _moments(inputs: Mapping[str, Any], kind: str) -> tuple[Array, Array]:
    if "covariance" in inputs:
        matrix = np.asarray(inputs["covariance"], dtype=np.float64)
        return np.asarray(inputs.get("mean", np.zeros(len(matrix))), dtype=np.float64), matrix
    X = np.asarray(inputs["X"], dtype=np.float64)
    name = "ledoit_wolf" if kind == "ledoit_wolf" else "empirical_covariance"
    return X.mean(axis=0), covariance(name, X, False, False)["covariance"]


def _draws(get: Mapping[str, Any], paths: int) -> Array:
    rng = np.random.default_rng(int(get.get("random_state") or 0))
    half = (paths + 1) // 2 if get.get("antithetic") else paths
    draws: Array = rng.standard_normal(half)
    if get["distribution"] == "student_t":
        freedom = float(get.get("degrees_of_freedom", 4.0))
        draws *= np.sqrt((freedom - 2) / rng.chisquare(freedom, half))
    return np.concatenate([draws, -draws])[:paths] if get.get("antithetic") else draws


def _tail(losses: Array, level: float) -> tuple[float, float, float, float]:
    """VaR, CVaR and their standard errors, from losses in rising order."""
    n = len(losses)
    rank = min(n - 1, int(np.ceil(level * n)) - 1)
    tail = losses[rank:]
    step = max(1, round(np.sqrt(n * level * (1 - level))))
    low, high = max(0, rank - step), min(n - 1, rank + step)
    var, cvar = float(losses[rank]), float(tail.mean())
    return var, cvar, float(losses[high] - losses[low]) / 2, float(tail.std() / np.sqrt(len(tail)))


def factor_risk(inputs: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs of the gateway's `factor_risk`: principal components are factors, the rest specific."""
    X = np.asarray(inputs["X"], dtype=np.float64)
    n, p = X.shape
    whole = pca(X, min(n, p))
    count = parameters.get("n_components", 0.9)
    kept = pca(X, min(n, p) if count is None else count)
    k = max(1, int(kept["n_components"]))
    components, variances = whole["components"], whole["explained_variance"]
    loadings, factor, rest = components[:k].T, variances[:k], components[k:]
    specific = (variances[k:, None] * rest**2).sum(axis=0)
    weights = np.asarray(inputs.get("weights", np.full(p, 1 / p)), dtype=np.float64)
    exposures = weights @ loadings
    by_factor, own = exposures**2 * factor, float(weights**2 @ specific)
    total = float(by_factor.sum()) + own
    whole_variance = total if total > 0 else np.inf  # without variance all shares are 0
    marginal = loadings @ (factor * exposures) + specific * weights
    return {
        "loadings": loadings,
        "factor_variance": factor,
        "explained_variance_ratio": whole["explained_variance_ratio"][:k],
        "specific_variance": specific,
        "mean": whole["mean"],
        "n_components": k,
        "exposures": exposures,
        "portfolio_variance": total,
        "portfolio_factor_variance": float(by_factor.sum()),
        "portfolio_specific_variance": own,
        "risk_share": by_factor / whole_variance,
        "specific_share": own / whole_variance,
        "marginal_contributions": marginal / np.sqrt(whole_variance),
    }
