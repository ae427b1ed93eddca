"""The nodes of an ensemble of trees, in FP64, from plain arrays.

Operator TreeEnsemble of ai.onnx.ml 5 compares and adds in FP64. A forest of classifiers does not
add with it: each tree answers the number of its leaf, the leaves' rows are looked up in a table and
added in the order of the trees, as scikit-learn does. The sums are equal bit by bit with any
number of threads: 1,063 rows of 20,000 with exact ties have scikit-learn's labels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from onnx import numpy_helper

from headgate_trainer.graph import INT64, Graph
from headgate_trainer.tensors import Array

LEQ, LESS = 0, 1


@dataclass(frozen=True)
class Tree:
    """A tree by node: ``left`` is -1 at a leaf. A row goes left where its feature is below."""

    feature: Array
    threshold: Array
    left: Array
    right: Array
    missing_left: Array
    """Whether a row whose feature is NaN goes left."""
    values: Array
    """The value of each node, ``[nodes]`` or ``[nodes, columns]``; those of leaves are read."""
    target: int = 0

    @property
    def leaf(self) -> Array:
        """Tell which nodes are leaves."""
        return np.asarray(self.left < 0)


def constant_tree(value: float, target: int = 0) -> Tree:
    """Make a tree of one leaf: it adds a constant, at its place in the order of the additions."""
    one, leaf = np.zeros(1, dtype=np.int64), np.full(1, -1)
    return Tree(one, np.zeros(1), leaf, leaf, one, np.array([value]), target)


def sum_of_trees(graph: Graph, x: str, trees: Sequence[Tree], targets: int, mode: int = LEQ) -> str:
    """Add the trees' values by target, in their order: ``[batch, targets]``."""
    return _ensemble(graph, x, trees, targets, mode)


def sum_of_leaf_rows(graph: Graph, x: str, trees: Sequence[Tree], mode: int = LEQ) -> str:
    """Add the rows of values of the leaves in the order of the trees: ``[batch, columns]``."""
    numbered, first = [], 0
    for at, tree in enumerate(trees):
        leaves = int(tree.leaf.sum())
        number = np.zeros(len(tree.left))
        number[tree.leaf] = np.arange(first, first + leaves)
        first += leaves
        numbered.append(Tree(**{**vars(tree), "values": number, "target": at}))
    table = np.concatenate([tree.values[tree.leaf] for tree in trees])
    leaf = graph.cast(_ensemble(graph, x, numbered, len(trees), mode), INT64)
    rows = graph.node("Gather", graph.constant(table), leaf, axis=0)
    return graph.node("ReduceSum", rows, graph.constant(np.array([1])), keepdims=0)


def _ensemble(graph: Graph, x: str, trees: Sequence[Tree], targets: int, mode: int) -> str:
    columns: dict[str, list[Array]] = {}
    roots, node, leaf = [], 0, 0
    for tree in trees:
        part = _columns(tree, node, leaf)
        for name, column in part.items():
            columns.setdefault(name, []).append(column)
        roots.append(node)
        node += len(part["nodes_featureids"])
        leaf += len(part["leaf_weights"])
    joined = {name: np.concatenate(parts) for name, parts in columns.items()}
    splits, weights = joined.pop("nodes_splits"), joined.pop("leaf_weights")
    return graph.node(
        "TreeEnsemble",
        x,
        domain="ai.onnx.ml",
        n_targets=targets,
        aggregate_function=1,
        post_transform=0,
        tree_roots=roots,
        nodes_modes=numpy_helper.from_array(np.full(node, mode, dtype=np.uint8)),
        nodes_splits=numpy_helper.from_array(splits),
        leaf_weights=numpy_helper.from_array(weights),
        lists=joined,
    )


def _columns(tree: Tree, first_node: int, first_leaf: int) -> dict[str, Array]:
    """List the attributes of one tree; inner nodes and leaves are numbered apart."""
    leaf = tree.leaf
    inner = np.flatnonzero(~leaf)
    weights = tree.values[leaf].astype(np.float64)
    targets = np.full(len(weights), tree.target, dtype=np.int64)
    if len(inner) == 0:  # The form for one leaf alone is a node whose two branches are it.
        zero, one = np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64)
        at = np.full(1, first_leaf, dtype=np.int64)
        return _named(zero, np.zeros(1), at, at, one, one, zero, weights, targets)
    node_number = first_node + np.cumsum(~leaf) - 1
    leaf_number = first_leaf + np.cumsum(leaf) - 1
    left, right = tree.left[inner], tree.right[inner]
    number = np.where(leaf, leaf_number, node_number)
    return _named(
        tree.feature[inner].astype(np.int64),
        tree.threshold[inner].astype(np.float64),
        number[left],
        number[right],
        leaf[left].astype(np.int64),
        leaf[right].astype(np.int64),
        tree.missing_left[inner].astype(np.int64),
        weights,
        targets,
    )


def _named(*columns: Array) -> dict[str, Array]:
    names = (
        "nodes_featureids",
        "nodes_splits",
        "nodes_truenodeids",
        "nodes_falsenodeids",
        "nodes_trueleafs",
        "nodes_falseleafs",
        "nodes_missing_value_tracks_true",
        "leaf_weights",
        "leaf_targetids",
    )
    return dict(zip(names, columns, strict=True))
