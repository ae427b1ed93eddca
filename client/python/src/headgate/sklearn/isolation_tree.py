"""The trees of an isolation forest, one by one, under scikit-learn's names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..tensors import Array


@dataclass(frozen=True)
class TreeNodes:
    """The nodes of a tree, [m] each; a leaf has no children (-1) and no feature (-2)."""

    feature: Array
    threshold: Array
    children_left: Array
    children_right: Array
    n_node_samples: Array

    @property
    def node_count(self) -> int:
        """How many nodes there are."""
        return len(self.feature)


@dataclass(frozen=True)
class IsolationTree:
    """One tree of the forest."""

    tree_: TreeNodes
    max_depth: int
    """No node lies deeper: the mean depth of a search among as many rows."""


_NODES = ("feature", "threshold", "children_left", "children_right", "n_node_samples")


def trees_of(flat: Mapping[str, Array], max_samples: int) -> list[IsolationTree]:
    """The trees of a forest that the gateway answered as arrays of all nodes."""
    starts = np.asarray(flat["tree_offsets"], dtype=np.int64)
    ends = [*starts[1:], len(flat["feature"])]
    depth = math.ceil(math.log2(max(max_samples, 2)))
    return [
        IsolationTree(TreeNodes(*(flat[name][start:end] for name in _NODES)), depth)
        for start, end in zip(starts, ends, strict=True)
    ]
