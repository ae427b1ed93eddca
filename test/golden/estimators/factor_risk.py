"""Risk by scikit-learn's PCA and numpy."""

import numpy as np
from sklearn.decomposition import PCA
from vectors import (
    case,
    shaped,
)


def cases(sets):
    rows = [
        ("iris", {"n_components": 2}, None),
        ("wine", {"n_components": 3}, None),
        ("market", {}, None),
        ("market", {"n_components": 6}, np.round(np.linspace(-0.5, 1, 50), 3)),
        ("market", {"n_components": None}, None),
        ("long", {"n_components": 0.95}, None),
        ("returns", {"n_components": 1}, [0.7, 0.3]),
        ("collinear", {"n_components": 2}, [1, 1, -1, 0.5, 0.25]),
        ("constant", {"n_components": 1}, [1, 1, 1]),
        ("wide", {"n_components": 4}, None),
        ("offset", {"n_components": 1}, [1, -2, 1]),
        ("huge", {"n_components": 2}, None),
        ("tiny", {"n_components": 2}, None),
    ]
    for name, parameters, weights in rows:
        x = sets[name] - (1e8 if name == "offset" else 0)
        asked = parameters.get("n_components", 0.9)
        fitted = PCA(asked, svd_solver="full").fit(x)
        weights = np.full(x.shape[1], 1 / x.shape[1]) if weights is None else np.array(weights)
        loadings, variances = fitted.components_.T, fitted.explained_variance_
        specific = np.maximum(0, np.var(x, axis=0, ddof=1) - loadings**2 @ variances)
        exposures = loadings.T @ weights
        modelled = loadings * variances @ loadings.T + np.diag(specific)
        total = weights @ modelled @ weights
        expected = shaped(
            factor_variance=variances,
            explained_variance_ratio=fitted.explained_variance_ratio_,
            portfolio_variance=total,
            portfolio_factor_variance=exposures**2 @ variances,
            risk_share=exposures**2 * variances / total,
            marginal_contributions=modelled @ weights / np.sqrt(total),
        )
        if asked is not None:
            expected |= shaped(loadings=loadings, specific_variance=specific, exposures=exposures)
            expected |= shaped(specific_share=weights**2 @ specific / total)
        yield case(name, parameters, expected) | {"inputs": shaped(weights=weights)}
