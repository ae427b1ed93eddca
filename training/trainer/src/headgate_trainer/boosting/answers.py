"""The ends of the graphs: labels, probabilities and predictions from the sum of the trees."""

import numpy as np

from headgate_trainer.graph import Graph
from headgate_trainer.scikit.answers import binary_probabilities, classes_by_largest
from headgate_trainer.tensors import Array


def classified(graph: Graph, raw: str, classes: Array, sigmoid: float = 1.0) -> dict[str, str]:
    """Answer from logits, one column for two classes and otherwise a column for each.

    The label is that of the largest probability, of equal ones the first, as in both libraries: a
    sum so small that its probability is 0.5 is the first class's.
    """
    if len(classes) > 2:
        return classes_by_largest(graph, graph.node("Softmax", raw, axis=1), classes)
    score = graph.flat(raw)
    if sigmoid != 1:
        score = graph.node("Mul", score, graph.constant(np.float64(sigmoid)))
    second = graph.node("Sigmoid", score)
    return classes_by_largest(graph, binary_probabilities(graph, second), classes)


def regressed(graph: Graph, raw: str, link: str | None) -> dict[str, str]:
    """Answer by the objective's inverse link, an operator's name or None."""
    values = graph.flat(raw)
    return {"predictions": values if link is None else graph.node(link, values)}
