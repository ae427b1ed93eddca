"""The ends of graphs: labels, probabilities and predictions from scores."""

import numpy as np

from headgate_trainer.graph import INT64, Graph
from headgate_trainer.tensors import Array


def classes_by_largest(graph: Graph, probabilities: str, classes: Array) -> dict[str, str]:
    """Label each row with the class of the largest probability, of equal ones the first."""
    labels = graph.pick(classes, graph.first_largest(probabilities))
    return {"labels": labels, "probabilities": probabilities}


def regressed(graph: Graph, values: str, outputs: int) -> dict[str, str]:
    """Answer ``[batch]`` where there is one output."""
    return {"predictions": graph.flat(values) if outputs == 1 else values}


def binary_by_sign(graph: Graph, score: str, classes: Array, above: str = "Greater") -> str:
    """Label a row with the second class where its score ``[batch]`` is above 0."""
    second = graph.node(above, score, graph.constant(np.float64(0)))
    return graph.pick(classes, graph.cast(second, INT64))


def binary_probabilities(graph: Graph, second: str) -> str:
    """Put the probability ``[batch]`` of the second class beside that of the first."""
    first = graph.node("Sub", graph.constant(np.float64(1)), second)
    return graph.two_columns(first, second)


def boosted_classes(
    graph: Graph, raw: str, classes: Array, scale: float, above: str
) -> dict[str, str]:
    """Answer from logits: one column for two classes, otherwise a column for each."""
    if len(classes) == 2:
        score = graph.flat(raw)
        scaled = (
            score if scale == 1 else graph.node("Mul", score, graph.constant(np.float64(scale)))
        )
        probabilities = binary_probabilities(graph, graph.node("Sigmoid", scaled))
        return {
            "labels": binary_by_sign(graph, score, classes, above),
            "probabilities": probabilities,
        }
    labels = graph.pick(classes, graph.first_largest(raw))
    return {"labels": labels, "probabilities": graph.node("Softmax", raw, axis=1)}
