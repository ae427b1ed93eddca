"""Files with packed lists: what ONNX's own parser reads of them, and how long they are."""

from typing import Any

import numpy as np
import onnx
import pytest
from jobs import message, run
from onnx import AttributeProto

from headgate_trainer.graph import Graph
from headgate_trainer.packed import varints
from headgate_trainer.tensors import Array, Arrays


def forest(parameters: dict[str, Any], X: Array) -> bytes:
    return exported({"X": X, "y": X[:, 0]}, parameters)


def exported(inputs: Arrays, parameters: dict[str, Any]) -> bytes:
    graph: bytes = message(run("random_forest_regressor", inputs, parameters), "exported")["onnx"]
    return graph


def ensemble(file: bytes) -> dict[str, AttributeProto]:
    model = onnx.load_from_string(file)
    (node,) = [node for node in model.graph.node if node.op_type == "TreeEnsemble"]
    return {attribute.name: attribute for attribute in node.attribute}


def test_integers_are_encoded_as_protobuf_does() -> None:
    edges = [value for bits in range(7, 63, 7) for value in ((1 << bits) - 1, 1 << bits)]
    values = np.array([0, 1, *edges, (1 << 63) - 1])
    one_by_one = AttributeProto(ints=values.tolist()).SerializeToString()
    packed = b"".join(b"\x40" + varints(value[None]) for value in values)
    assert packed == one_by_one
    whole = AttributeProto.FromString(
        b"\x42" + varints(np.array([len(varints(values))])) + varints(values)
    )
    assert list(whole.ints) == values.tolist()


def test_a_negative_integer_is_refused() -> None:
    with pytest.raises(ValueError, match="-1 is negative"):
        varints(np.array([3, -1]))


def test_a_node_has_its_lists_beside_its_other_attributes_and_nodes_keep_their_order() -> None:
    graph = Graph()
    first = graph.node("Identity", "X")
    shape = graph.node("Constant", lists={"value_ints": np.array([300, 1])})
    made = graph.node("Reshape", first, shape, allowzero=1)
    graph.output("predictions", made, np.zeros((1, 1)))
    model = onnx.load_from_string(graph.build((1,)))
    operators = [node.op_type for node in model.graph.node]
    assert operators == ["Identity", "Constant", "Reshape", "Identity"]
    (ints,) = model.graph.node[1].attribute
    assert (ints.name, list(ints.ints)) == ("value_ints", [300, 1])
    assert model.graph.node[2].attribute[0].i == 1
    assert [each.name for each in model.graph.input] == ["X"]
    assert model.opset_import[1].domain == "ai.onnx.ml"


def test_the_lists_of_a_forest_are_one_field_each() -> None:
    X = np.random.default_rng(0).normal(size=(400, 3))
    file = forest({"n_estimators": 30, "random_state": 0}, X)
    lists = {
        name: each for name, each in ensemble(file).items() if each.type == AttributeProto.INTS
    }
    numbers = sum(len(each.ints) for each in lists.values())
    assert numbers > 30_000
    # Parsed and written again by protobuf, each number has a tag of one byte.
    again = len(onnx.load_from_string(file).SerializeToString())
    assert numbers - 100 < again - len(file) <= numbers
