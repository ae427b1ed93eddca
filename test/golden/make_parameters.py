"""What scikit-learn makes of each parameter of each estimator, from its own constraints.

    .venv/bin/python test/golden/make_parameters.py    (the environment of make.py)

Writes parameters.json: by estimator and parameter, values just inside and just outside of each of
`_parameter_constraints`, and a few of every type, each with whether a fit on `X` takes it. A value is a pair of
its type and itself as JSON or text; `test/numerics/parameters.test.ts` and the Python client's
`test_parameters.py` read them.
"""

import numbers
import warnings

import numpy as np
from make import write
from sklearn.cluster import DBSCAN, KMeans
from sklearn.covariance import OAS, EmpiricalCovariance, LedoitWolf
from sklearn.decomposition import NMF, PCA, FastICA
from sklearn.ensemble import IsolationForest
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler
from sklearn.utils._param_validation import Interval, Options, make_constraint

ESTIMATORS = {
    "dbscan": (DBSCAN, {}),
    "kmeans": (KMeans, {"n_clusters": 2, "n_init": 1}),
    "empirical_covariance": (EmpiricalCovariance, {}),
    "ledoit_wolf": (LedoitWolf, {}),
    "oas": (OAS, {}),
    "pca": (PCA, {"n_components": 2}),
    "nmf": (NMF, {"n_components": 2}),
    "fast_ica": (FastICA, {"n_components": 2}),
    "isolation_forest": (IsolationForest, {"n_estimators": 3}),
    "gaussian_mixture": (GaussianMixture, {"n_components": 1}),
    "standard_scaler": (StandardScaler, {}),
}
# Beside these settings a parameter is seen to matter.
BESIDE = {
    ("pca", "iterated_power"): {"svd_solver": "randomized"},
    ("pca", "n_oversamples"): {"svd_solver": "randomized"},
}
EVERYWHERE = [None, True, False, -1, 0, 1, 2, -0.5, 0.5, 1.0, 1.5, 2.0, np.nan, np.inf, "foo", "auto"]
NUMPY = [np.int64(2), np.float32(0.5), np.bool_(True)]


def edges(constraint):
    """Values on both sides of its ends."""
    if isinstance(constraint, Interval):
        for end in (constraint.left, constraint.right):
            if end is None or not np.isfinite(end):
                continue
            if constraint.type is numbers.Integral:
                yield from (
                    int(end) - 1,
                    int(end),
                    int(end) + 1,
                    float(end),
                    np.int64(end),
                    np.int64(end - 1),
                )
            else:
                near = max(abs(end), 1.0) * 1e-6
                yield from (float(end - near), float(end), float(end + near), np.float64(end), int(end))
    elif isinstance(constraint, Options):
        yield from constraint.options


def candidates(constraints):
    given = EVERYWHERE + NUMPY
    for constraint in constraints:
        given.extend(edges(make_constraint(constraint)))
    found = {}
    for value in given:
        found.setdefault(repr(encoded(value)), value)
    return sorted(found.values(), key=lambda value: repr(encoded(value)))


def encoded(value):
    """Its type, and itself where JSON has it."""
    kind = type(value).__name__
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return [kind, str(value)]
    return [kind, value]


def taken(kind, settings, x):
    try:
        kind(**settings).fit(x.copy())  # copy=False works in place
    except (ValueError, TypeError, NotImplementedError, UnboundLocalError):  # max_features=0 falls through
        return False
    return True


def table(x):
    for servable, (kind, settings) in ESTIMATORS.items():
        of = {}
        for name, constraints in kind._parameter_constraints.items():
            beside = settings | BESIDE.get((servable, name), {})
            if isinstance(constraints, list):
                of[name] = [
                    [*encoded(value), taken(kind, beside | {name: value}, x)]
                    for value in candidates(constraints)
                    if not callable(value)
                ]
        yield servable, of


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    x = np.abs(np.random.RandomState(0).randn(20, 4)).round(3)
    x[:10] += 3
    settings = {name: given for name, (_, given) in ESTIMATORS.items()}
    beside = [[*key, given] for key, given in BESIDE.items()]
    data = {"shape": list(x.shape), "data": x.ravel().tolist()}
    write("parameters", {"X": data, "settings": settings, "beside": beside, "taken": dict(table(x))})
