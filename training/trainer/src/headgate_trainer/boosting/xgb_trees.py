"""The trees of an xgboost model, read from its JSON form."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from headgate_trainer.failure import unfit
from headgate_trainer.tensors import Array
from headgate_trainer.tree_graph import Tree, constant_tree

# From the base score of a JSON model to the sum that the trees begin with, in FP32 as the library.
_LOGIT = {"binary:logistic", "reg:logistic"}
_LOG = {"count:poisson", "reg:gamma", "reg:tweedie"}


@dataclass(frozen=True)
class XgbTrees:
    """The trees that a prediction adds, after a constant for each target."""

    trees: list[Tree]
    targets: int
    objective: str
    rounding: float
    """The error of a sum in FP32 that the library itself may make."""


def read_trees(booster: Any, iterations: int) -> XgbTrees:
    """Read the trees of the first iterations."""
    learner = json.loads(bytes(booster.save_raw("json")))["learner"]
    boosted, drops = learner["gradient_booster"], None
    if boosted["name"] == "dart":
        drops = boosted["weight_drop"]
        boosted = boosted["gbtree"]
    if "model" not in boosted:
        raise unfit(f"export: the booster {boosted['name']} has no trees")
    model, objective = boosted["model"], learner["objective"]["name"]
    targets = max(1, int(learner["learner_model_param"]["num_class"]))
    base = _margins(learner["learner_model_param"]["base_score"], objective, targets)
    trees = [constant_tree(float(value), at) for at, value in enumerate(base)]
    magnitude = np.abs(base).astype(np.float64)
    for at in range(model["iteration_indptr"][iterations]):
        weight = 1.0 if drops is None else float(np.float32(drops[at]))
        tree = _tree(model["trees"][at], int(model["tree_info"][at]), weight)
        magnitude[tree.target] += np.abs(tree.values[tree.leaf]).max()
        trees.append(tree)
    return XgbTrees(trees, targets, objective, float(magnitude.max()) * 2.0**-24)


def _margins(text: str, objective: str, targets: int) -> Array:
    base = np.array(json.loads(text), dtype=np.float32).reshape(-1)
    if objective in _LOGIT:
        base = -np.log(np.float32(1) / base - np.float32(1))
    elif objective in _LOG:
        base = np.log(base)
    return np.broadcast_to(base, (targets,)) if len(base) == 1 else base


def _tree(tree: dict[str, Any], target: int, weight: float) -> Tree:
    """Read a tree. A row goes left where its column, in FP32, is below the condition."""
    if any(tree["split_type"]):
        raise unfit("export: a split by category cannot be exported; encode categories as columns")
    left = np.array(tree["left_children"])
    conditions = np.array(tree["split_conditions"], dtype=np.float32).astype(np.float64)
    return Tree(
        feature=np.array(tree["split_indices"]),
        threshold=conditions,
        left=left,
        right=np.array(tree["right_children"]),
        missing_left=np.array(tree["default_left"]),
        values=conditions * weight,
        target=target,
    )
