"""The local fallbacks of a fit: an installed library, then numpy.

Each takes a request as the gateway would and answers under the same names.
"""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from . import hmmlearn_fallback
from .fallback import Fallback, Outputs, Request, registered
from .local import applications, linear
from .local.risk import factor_risk, monte_carlo_var
from .results import Source
from .tensors import Array

# The fit's name, the place of its class in scikit-learn, and the attributes that are the gateway's outputs.
_ESTIMATORS: Mapping[str, tuple[str, str, str]] = {
    "standard_scaler": ("preprocessing", "StandardScaler", "mean var scale n_samples_seen"),
    "max_abs_scaler": ("preprocessing", "MaxAbsScaler", "max_abs scale n_samples_seen"),
    "pca": (
        "decomposition",
        "PCA",
        "components explained_variance explained_variance_ratio singular_values mean noise_variance "
        "n_components n_samples",
    ),
    "fast_ica": ("decomposition", "FastICA", "components mixing mean whitening n_iter"),
    "nmf": ("decomposition", "NMF", "components reconstruction_err n_iter"),
    "kmeans": ("cluster", "KMeans", "cluster_centers labels inertia n_iter"),
    "dbscan": ("cluster", "DBSCAN", "labels core_sample_indices components"),
    "gaussian_mixture": (
        "mixture",
        "GaussianMixture",
        "weights means covariances precisions precisions_cholesky converged n_iter lower_bound",
    ),
    "isolation_forest": ("ensemble", "IsolationForest", "offset max_samples"),
    "empirical_covariance": ("covariance", "EmpiricalCovariance", "location covariance precision"),
    "ledoit_wolf": ("covariance", "LedoitWolf", "location covariance precision shrinkage"),
    "oas": ("covariance", "OAS", "location covariance precision shrinkage"),
}


def fits() -> list[str]:
    """The fits that have a fallback, if the library is installed."""
    names = {*_ESTIMATORS, "gaussian_hmm", *_NUMPY}
    return sorted(name for name in names if "." not in name)


def chain(servable: str) -> tuple[Fallback, ...]:
    """The fallbacks of a fit, in the order in which they are called."""
    found = list(registered(servable))
    library = _library(servable)
    if library is not None:
        found.append(library)
    if servable in _NUMPY:
        found.append(Fallback("numpy", _NUMPY[servable]))
    return tuple(found)


def _library(servable: str) -> Fallback | None:
    fit = servable.removesuffix(".apply")
    if fit == "gaussian_hmm" and _installed("hmmlearn"):
        own = hmmlearn_fallback.apply if servable.endswith(".apply") else hmmlearn_fallback.fit
        return Fallback("hmmlearn", own)
    source: Source = "scikit-learn"
    if servable == "nmf.apply" and _installed("sklearn"):
        return Fallback(source, _nmf_apply)
    return Fallback(source, _sklearn) if servable in _ESTIMATORS and _installed("sklearn") else None


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


_GATEWAYS_OWN = ("alpha", "precision")
"""Parameters of fits that no estimator has; FP64 is what scikit-learn computes in."""


def _sklearn(request: Request) -> Outputs | None:
    """Fit scikit-learn's estimator; its attributes are the outputs. Only the gateway can keep a fit."""
    if "keep_seconds" in request.parameters:
        return None
    module, name, attributes = _ESTIMATORS[request.model]
    parameters: dict[str, Any] = {k: v for k, v in request.parameters.items() if k not in _GATEWAYS_OWN}
    kind = getattr(importlib.import_module(f"sklearn.{module}"), name)
    if "random_state" in inspect.signature(kind).parameters:
        # The gateway's default seed: the same seed gives the same answer.
        parameters.setdefault("random_state", 0)
    inputs = dict(request.inputs)
    X = np.asarray(inputs.pop("X"))
    fit_params = {key: inputs.pop(key) for key in ("sample_weight", "W", "H") if key in inputs}
    if "w" in inputs:  # DBSCAN's column weights
        power = {"manhattan": 1, "euclidean": 2}.get(parameters["metric"]) or parameters.pop("p")
        parameters |= {"metric": "minkowski", "metric_params": {"w": inputs.pop("w"), "p": power}}
    estimator = kind(**parameters, **inputs)
    if request.model == "nmf":
        extra: dict[str, Any] = {"W": estimator.fit_transform(X, **fit_params)}
    elif request.model == "gaussian_mixture":
        extra = {"labels": estimator.fit_predict(X)}
    else:
        estimator.fit(X, **fit_params)
        extra = _trees(estimator, X) if request.model == "isolation_forest" else {}
    values = {key: getattr(estimator, f"{key}_", None) for key in attributes.split()}
    outputs = {key: value for key, value in values.items() if value is not None}
    outputs.setdefault("converged", outputs.get("n_iter", 0) < parameters.get("max_iter", np.inf))
    return {**outputs, **extra}


def _trees(forest: Any, X: Array) -> dict[str, Array]:
    """scikit-learn's trees as the gateway's flat arrays; feature indices are those of the whole data."""
    trees = [each.tree_ for each in forest.estimators_]
    columns = forest.estimators_features_
    feature = [
        np.where(tree.feature < 0, -2, subset[np.maximum(tree.feature, 0)])
        for tree, subset in zip(trees, columns, strict=True)
    ]
    sizes = [tree.node_count for tree in trees]
    flat = {
        name: np.concatenate([getattr(tree, name) for tree in trees])
        for name in (
            "threshold",
            "missing_go_to_left",
            "children_left",
            "children_right",
            "n_node_samples",
        )
    }
    flat["missing_go_to_left"] = (flat["missing_go_to_left"] != 0) & (flat["children_left"] >= 0)
    offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return {"tree_offsets": offsets, "feature": np.concatenate(feature), **flat, "predict": forest.predict(X)}


def _nmf_apply(request: Request) -> Outputs:
    from sklearn.decomposition import NMF

    components = np.asarray(request.inputs["components"])
    model = NMF(n_components=len(components), **request.parameters)
    model.components_, model.n_components_ = components, len(components)
    model.n_features_in_ = components.shape[1]
    model._beta_loss = 2
    return {"transform": model.transform(np.asarray(request.inputs["X"]))}


def _numpy_pca(request: Request) -> Outputs | None:
    count = request.parameters.get("n_components")
    X = np.asarray(request.inputs["X"])
    return None if isinstance(count, str) else linear.pca(X.astype(np.float64), count)


def _numpy_scaler(request: Request) -> Outputs:
    mean, variance, count = linear.moments(np.asarray(request.inputs["X"]), None, None)
    scale = linear.scale_of(variance, mean, count)
    return {"mean": mean, "var": variance, "scale": scale, "n_samples_seen": int(count[0])}


def _numpy_covariance(request: Request) -> Outputs:
    get = request.parameters.get
    centred, store = bool(get("assume_centered", False)), bool(get("store_precision", True))
    return linear.covariance(request.model, np.asarray(request.inputs["X"]), centred, store)


def _numpy_applied(request: Request) -> Outputs | None:
    return applications.applied(request.model, request.inputs, request.parameters)


_NUMPY: Mapping[str, Callable[[Request], Outputs | None]] = {
    **dict.fromkeys(applications.NAMES, _numpy_applied),
    "standard_scaler": _numpy_scaler,
    "pca": _numpy_pca,
    "empirical_covariance": _numpy_covariance,
    "ledoit_wolf": _numpy_covariance,
    "oas": _numpy_covariance,
    "monte_carlo_var": lambda request: monte_carlo_var(request.inputs, request.parameters),
    "factor_risk": lambda request: factor_risk(request.inputs, request.parameters),
}
