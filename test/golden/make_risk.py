"""Golden vectors for the covariances and the risk fits, from scikit-learn, numpy and scipy.

    .venv/bin/python test/golden/make_risk.py

As make.py, whose data sets it shares; those that only these fits take go to risk_data.json.
"""

import warnings

import numpy as np
from make import attributes, case, data, regimes, write
from scipy.stats import norm
from scipy.stats import t as student_t
from sklearn.covariance import OAS, EmpiricalCovariance, LedoitWolf
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest


def risk_data():
    rng = np.random.default_rng(11)
    returns = np.round(regimes(160, 2, 12) / 100, 6)
    return {
        "returns": returns,
        "prices": np.round(100 * np.cumprod(1 + returns, axis=0), 4),
        "outliers": np.round(rng.normal(size=(400, 4)) * np.repeat([1, 5], [380, 20])[:, None], 3),
        "many": np.round(rng.standard_t(4, size=(2500, 2)), 2),
        "nearly_all": np.round(rng.normal(size=(257, 2)), 2),
    }


def covariance_cases(estimator, sets, names):
    awkward = ["collinear", "constant", "wide", "one_row", "huge", "tiny"]
    for name in ["iris", "wine", *awkward, "market", "regimes"]:
        yield case(name, {}, attributes(estimator().fit(sets[name]), names))
    centred = estimator(assume_centered=True).fit(sets["iris"])
    yield case("iris", {"assume_centered": True}, attributes(centred, names))
    # As for Ledoit and Wolf: at 1e8 the same data without the offset is right.
    expected = attributes(estimator().fit(sets["offset"] - 1e8), names)
    expected["location"]["data"] = [value + 1e8 for value in expected["location"]["data"]]
    yield case("offset", {}, expected)


def isolation_forest_cases(sets):
    few = {"n_estimators": 10}
    rows = [
        ("iris", {}, {}),
        ("wine", {"n_estimators": 30, "random_state": 3}, {}),
        ("outliers", {"contamination": 0.05}, {}),
        ("outliers", {"max_samples": 64, "random_state": 1, **few}, {}),
        ("outliers", {"max_samples": 0.5, "contamination": 0.1, **few}, {}),
        ("outliers", {"max_samples": 1, **few}, {"max_samples": 1.0}),
        ("outliers", {"max_features": 0.5, "random_state": 2, **few}, {}),
        ("outliers", {"max_features": 3, **few}, {}),
        ("outliers", {"bootstrap": True, **few}, {}),
        ("many", {"max_samples": 16, "n_estimators": 5}, {}),
        ("nearly_all", few, {}),
        ("market", few, {}),
        ("collinear", few, {}),
        ("constant", few, {}),
        ("wide", few, {}),
        ("one_row", few, {}),
        ("duplicates", few, {}),
        ("huge", few, {}),
        ("tiny", few, {}),
    ]
    for name, ours, theirs in rows:
        x = sets[name]
        fitted = IsolationForest(**({"random_state": 0} | ours | theirs)).fit(x)
        expected = attributes(fitted, ["offset", "max_samples"])
        scores = fitted.score_samples(x)
        expected |= shaped(score_samples=scores)
        # A score that is the offset itself, as a contamination makes one, falls on either side by its last bit.
        if np.min(np.abs(scores - fitted.offset_)) > 1e-12 or name == "one_row":
            expected |= shaped(decision_function=fitted.decision_function(x), predict=fitted.predict(x))
        if name == "outliers" and "n_estimators" in ours:
            expected |= trees(fitted)
        yield case(name, ours, expected)


def trees(fitted):
    grown = [estimator.tree_ for estimator in fitted.estimators_]
    flat = {
        name: np.concatenate([getattr(tree, name) for tree in grown])
        for name in ["threshold", "children_left", "children_right", "n_node_samples"]
    }
    # A leaf's −2 stays; a tree counts among its own columns.
    pairs = zip(grown, fitted.estimators_features_, strict=True)
    feature = [np.where(tree.feature < 0, -2, columns[tree.feature]) for tree, columns in pairs]
    sizes = [tree.node_count for tree in grown]
    offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return shaped(feature=np.concatenate(feature), tree_offsets=offsets, **flat)


def monte_carlo_cases(sets):
    """The portfolio's VaR and CVaR in closed form: what simulated ones must come to."""
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
        # At 1e8 the same data without the offset is right, its means moved.
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
        yield case(name, parameters, expected) | {"inputs": shaped(**inputs)}


def factor_risk_cases(sets):
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


def regime_feature_cases(sets):
    rows = [
        ("returns", {}, [20]),
        ("returns", {"window": 3}, [3]),
        ("prices", {"input": "prices", "window": 10}, [10]),
        ("returns", {}, [5, 20, 60]),
        ("offset", {"input": "prices", "window": 10}, [10]),
        ("wine", {"window": 10}, [10]),
    ]
    for name, parameters, windows in rows:
        x = sets[name]
        prices = parameters.get("input") == "prices"
        returns = np.diff(x, axis=0) / x[:-1] if prices else x
        features = [rolling(column, window) for window in windows for column in returns.T]
        names = ["returns", "volatility", "drawdown", "autocorrelation"]
        columns = {key: np.array([f[i] for f in features]).T for i, key in enumerate(names)}
        if prices:
            first = np.zeros((1, len(features)))
            columns = {key: np.vstack([first, value]) for key, value in columns.items()}
        valid = np.arange(len(x)) >= max(windows) - 1 + prices
        given = {} if len(windows) == 1 else {"windows": windows}
        yield case(name, parameters, shaped(**columns, valid=valid.astype(int))) | {"inputs": shaped(**given)}


def rolling(returns, window):
    """The four features of one series by their definitions, 0 before the window is full."""
    out = np.zeros((4, len(returns)))
    for t in range(window - 1, len(returns)):
        seen = returns[t + 1 - window : t + 1]
        wealth = np.concatenate([[0], np.cumsum(np.log1p(seen))])
        correlation = np.corrcoef(seen[1:], seen[:-1])[0, 1]
        fall = np.expm1(wealth[-1] - wealth.max())
        out[:, t] = np.expm1(wealth[-1]), seen.std(ddof=1), fall, correlation
    return out


def shaped(**values):
    return {name: {"shape": list(np.shape(v)), "data": np.ravel(v).tolist()} for name, v in values.items()}


def main():
    warnings.simplefilter("ignore")
    own = risk_data()
    sets = data() | own
    write("risk_data", shaped(**own))
    names = ["location", "covariance", "precision"]
    write("empirical_covariance", list(covariance_cases(EmpiricalCovariance, sets, names)))
    write("oas", list(covariance_cases(OAS, sets, [*names, "shrinkage"])))
    write("isolation_forest", list(isolation_forest_cases(sets)))
    write("monte_carlo_var", list(monte_carlo_cases(sets)))
    write("factor_risk", list(factor_risk_cases(sets)))
    write("regime_features", list(regime_feature_cases(sets)))


if __name__ == "__main__":
    main()
