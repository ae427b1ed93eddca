"""Graphs of scikit-learn's trees: forests and gradient boosting, in the library's own order."""

from typing import Any

import numpy as np

from headgate_trainer.graph import Graph
from headgate_trainer.scikit.answers import (
    boosted_classes,
    classes_by_largest,
    regressed,
)
from headgate_trainer.tensors import Array
from headgate_trainer.tree_graph import Tree, constant_tree, sum_of_leaf_rows, sum_of_trees


def _tree(tree: Any, values: Array, target: int = 0) -> Tree:
    return Tree(
        feature=tree.feature,
        threshold=tree.threshold,
        left=tree.children_left,
        right=tree.children_right,
        missing_left=tree.missing_go_to_left,
        values=values,
        target=target,
    )


def forest(estimator: Any, graph: Graph, x: str) -> dict[str, str]:
    """Average the trees' class shares, or their values."""
    x = graph.as_fp32(x)
    trees = [member.tree_ for member in estimator.estimators_]
    count = graph.constant(np.float64(len(trees)))
    if hasattr(estimator, "classes_"):
        total = sum_of_leaf_rows(graph, x, [_tree(tree, tree.value[:, 0, :]) for tree in trees])
        return classes_by_largest(graph, graph.node("Div", total, count), estimator.classes_)
    if estimator.n_outputs_ > 1:
        total = sum_of_leaf_rows(graph, x, [_tree(tree, tree.value[:, :, 0]) for tree in trees])
        return {"predictions": graph.node("Div", total, count)}
    total = sum_of_trees(graph, x, [_tree(tree, tree.value[:, 0, 0]) for tree in trees], 1)
    return {"predictions": graph.flat(graph.node("Div", total, count))}


def gradient_boosting(estimator: Any, graph: Graph, x: str) -> dict[str, str]:
    """Add the stages to the first prediction."""
    x = graph.as_fp32(x)
    first = estimator._raw_predict_init(np.zeros((1, estimator.n_features_in_), dtype=np.float32))[
        0
    ]
    trees = [constant_tree(float(value), at) for at, value in enumerate(first)]
    for stage in estimator.estimators_:
        for at, member in enumerate(stage):
            values = member.tree_.value[:, 0, 0] * estimator.learning_rate
            trees.append(_tree(member.tree_, values, at))
    raw = sum_of_trees(graph, x, trees, len(first))
    if not hasattr(estimator, "classes_"):
        return regressed(graph, raw, 1)
    # The exponential loss models half of the logit.
    scale = 2.0 if estimator.loss == "exponential" else 1.0
    return boosted_classes(graph, raw, estimator.classes_, scale, above="GreaterOrEqual")


def hist_gradient_boosting(estimator: Any, graph: Graph, x: str) -> dict[str, str]:
    """Add the iterations to the baseline; X is not rounded to FP32 here."""
    baseline = np.asarray(estimator._baseline_prediction, dtype=np.float64).reshape(-1)
    trees = [constant_tree(float(value), at) for at, value in enumerate(baseline)]
    for iteration in estimator._predictors:
        for at, predictor in enumerate(iteration):
            trees.append(_of_nodes(predictor.nodes, at))
    raw = sum_of_trees(graph, x, trees, len(baseline))
    if hasattr(estimator, "classes_"):
        return boosted_classes(graph, raw, estimator.classes_, 1.0, above="Greater")
    if estimator.loss in ("poisson", "gamma"):
        raw = graph.node("Exp", raw)
    return regressed(graph, raw, 1)


def _of_nodes(nodes: Array, target: int) -> Tree:
    leaf = nodes["is_leaf"].astype(bool)
    return Tree(
        feature=nodes["feature_idx"],
        threshold=nodes["num_threshold"],
        left=np.where(leaf, -1, nodes["left"].astype(np.int64)),
        right=np.where(leaf, -1, nodes["right"].astype(np.int64)),
        missing_left=nodes["missing_go_to_left"],
        values=nodes["value"],
        target=target,
    )
