"""The trees of a lightgbm model, read from its dump."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from headgate_trainer.failure import unfit
from headgate_trainer.tree_graph import Tree

# The library takes a value as 0 that is not beyond it, on either side.
ZERO = float(np.float32(1e-35))


@dataclass(frozen=True)
class LgbmTrees:
    """The trees that a prediction adds; a forest's are averaged."""

    trees: list[Tree]
    targets: int
    divisor: int
    objective: str
    sigmoid: float


def read_trees(booster: Any, iterations: int) -> LgbmTrees:
    """Read the trees of the first iterations."""
    dump = booster.dump_model(num_iteration=iterations)
    targets = int(dump["num_tree_per_iteration"])
    trees = [
        _tree(each["tree_structure"], at % targets) for at, each in enumerate(dump["tree_info"])
    ]
    objective, *settings = dump["objective"].split(" ")
    given = dict(setting.split(":") for setting in settings if ":" in setting)
    divisor = max(1, len(trees) // targets) if dump["average_output"] else 1
    return LgbmTrees(trees, targets, divisor, objective, float(given.get("sigmoid", 1)))


def _tree(root: dict[str, Any], target: int) -> Tree:
    """Read a tree without recursion: it may be thousands of nodes deep."""
    nodes: list[dict[str, Any]] = [root]
    left, right = [], []
    at = 0
    while at < len(nodes):
        node = nodes[at]
        at += 1
        if "left_child" not in node:
            left.append(-1)
            right.append(-1)
            continue
        if node["decision_type"] != "<=":
            raise unfit(
                "export: a split by category cannot be exported; encode categories as columns"
            )
        left.append(len(nodes))
        right.append(len(nodes) + 1)
        nodes += [node["left_child"], node["right_child"]]
    return Tree(
        feature=np.array([node.get("split_feature", 0) for node in nodes]),
        threshold=np.array([_threshold(node) for node in nodes], dtype=np.float64),
        left=np.array(left),
        right=np.array(right),
        missing_left=np.array([_missing_left(node) for node in nodes]),
        values=np.array([node.get("leaf_value", 0.0) for node in nodes], dtype=np.float64),
        target=target,
    )


def _threshold(node: dict[str, Any]) -> float:
    """Tell the threshold. At -ZERO a row with just that value, which counts as 0, goes right."""
    threshold = float(node.get("threshold", 0.0))
    return float(np.nextafter(-ZERO, -np.inf)) if threshold == -ZERO else threshold


def _missing_left(node: dict[str, Any]) -> bool:
    """Tell where NaN goes: where none was seen in the training, the library takes it as 0."""
    if node.get("missing_type") == "NaN":
        return bool(node["default_left"])
    return bool(node.get("threshold", 0.0) >= 0)
