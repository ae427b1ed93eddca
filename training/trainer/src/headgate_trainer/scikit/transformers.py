"""The steps of a pipeline: scalers, the imputer, PCA, with their graphs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from headgate_trainer.graph import DOUBLE, Graph
from headgate_trainer.parameters import Constraint, Parameter
from headgate_trainer.scikit.constraints import parameters_of
from headgate_trainer.scikit.trainer import load


@dataclass(frozen=True)
class Transformer:
    """A step by its name on the wire."""

    name: str
    path: str
    export: Callable[[Any, Graph, str], str]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """List the library's own parameters."""
        return parameters_of(self.name, load(self.path), frozenset({"missing_values"}))

    @property
    def constraint(self) -> Constraint:
        """Allow a map of the step's name and its parameters."""
        name = Parameter(
            "transformer",
            "The name of the step.",
            self.name,
            ({"type": "string", "values": [self.name]},),
            required=True,
        )
        record: Constraint = {"type": "record", "fields": self.parameters}
        parameters = Parameter("parameters", "The parameters of the step.", {}, (record,))
        return {"type": "record", "fields": (name, parameters)}

    def make(self, values: dict[str, Any]) -> Any:
        """Make the library's object."""
        return load(self.path)(**values)


def _shifted(graph: Graph, x: str, operator: str, by: Any) -> str:
    return (
        x
        if by is None
        else graph.node(operator, x, graph.constant(np.asarray(by, dtype=np.float64)))
    )


def _clipped(graph: Graph, x: str, least: float, most: float) -> str:
    return graph.node(
        "Clip", x, graph.constant(np.float64(least)), graph.constant(np.float64(most))
    )


def _standard(scaler: Any, graph: Graph, x: str) -> str:
    x = _shifted(graph, x, "Sub", scaler.mean_ if scaler.with_mean else None)
    return _shifted(graph, x, "Div", scaler.scale_)


def _robust(scaler: Any, graph: Graph, x: str) -> str:
    x = _shifted(graph, x, "Sub", scaler.center_ if scaler.with_centering else None)
    return _shifted(graph, x, "Div", scaler.scale_ if scaler.with_scaling else None)


def _min_max(scaler: Any, graph: Graph, x: str) -> str:
    x = _shifted(graph, _shifted(graph, x, "Mul", scaler.scale_), "Add", scaler.min_)
    return _clipped(graph, x, *scaler.feature_range) if scaler.clip else x


def _max_abs(scaler: Any, graph: Graph, x: str) -> str:
    x = _shifted(graph, x, "Div", scaler.scale_)
    return _clipped(graph, x, -1, 1) if scaler.clip else x


def _imputer(imputer: Any, graph: Graph, x: str) -> str:
    statistics = np.asarray(imputer.statistics_, dtype=np.float64)
    kept = np.arange(len(statistics))
    if not imputer.keep_empty_features and imputer.strategy != "constant":
        kept = np.flatnonzero(~np.isnan(statistics))
    missing = graph.node("IsNaN", x)
    filled = graph.node("Where", missing, graph.constant(statistics[None, :]), x)
    if len(kept) < len(statistics):
        filled = graph.node("Gather", filled, graph.constant(kept), axis=1)
    if imputer.indicator_ is None or len(imputer.indicator_.features_) == 0:
        return filled
    features = graph.constant(np.asarray(imputer.indicator_.features_, dtype=np.int64))
    marks = graph.cast(graph.node("Gather", missing, features, axis=1), DOUBLE)
    return graph.node("Concat", filled, marks, axis=1)


def _pca(pca: Any, graph: Graph, x: str) -> str:
    components = graph.constant(np.ascontiguousarray(pca.components_.T))
    # As the library does, the projected mean is subtracted after the projection.
    projected = graph.node("MatMul", x, components)
    x = _shifted(graph, projected, "Sub", pca.mean_ @ pca.components_.T)
    if not pca.whiten:
        return x
    smallest = np.finfo(np.float64).eps
    return _shifted(graph, x, "Div", np.maximum(np.sqrt(pca.explained_variance_), smallest))


_SCALERS = "sklearn.preprocessing"
TRANSFORMERS = {
    each.name: each
    for each in (
        Transformer("standard_scaler", f"{_SCALERS}:StandardScaler", _standard),
        Transformer("min_max_scaler", f"{_SCALERS}:MinMaxScaler", _min_max),
        Transformer("max_abs_scaler", f"{_SCALERS}:MaxAbsScaler", _max_abs),
        Transformer("robust_scaler", f"{_SCALERS}:RobustScaler", _robust),
        Transformer("simple_imputer", "sklearn.impute:SimpleImputer", _imputer),
        Transformer("pca", "sklearn.decomposition:PCA", _pca),
    )
}
