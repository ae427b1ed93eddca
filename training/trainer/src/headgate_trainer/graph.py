"""Builds ONNX graphs node by node.

The graphs are built here and not by a converter of the library, because the converters round trees
to FP32 and sum them in FP32: their labels then differ from scikit-learn's where two classes have
equal votes (docs/adr/0056).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from headgate_trainer.packed import Lists, write_model
from headgate_trainer.tensors import Array

OPSETS = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 5)]
IR_VERSION = 10
INPUT = "X"

FLOAT, DOUBLE, INT64, STRING, BOOL = (
    TensorProto.FLOAT,
    TensorProto.DOUBLE,
    TensorProto.INT64,
    TensorProto.STRING,
    TensorProto.BOOL,
)
_ELEMENTS = {"f": DOUBLE, "i": INT64, "O": STRING, "U": STRING}


class Graph:
    """Nodes and constants of a graph whose input is ``X``, FP64 ``[batch, ...]``."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._lists: list[Lists] = []
        self._constants: list[Any] = []
        self._outputs: list[Any] = []

    def constant(self, value: Any) -> str:
        """Add a constant and answer its name."""
        name = f"c{len(self._constants)}"
        array = np.asarray(value)
        if array.dtype.kind == "U":
            array = array.astype(object)
        self._constants.append(
            numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name)
        )
        return name

    def node(
        self,
        operator: str,
        *inputs: str,
        domain: str = "",
        lists: Lists | None = None,
        **attributes: Any,
    ) -> str:
        """Add a node with one output and answer the output's name.

        ``lists`` are attributes that are long lists of integers.
        """
        return self.nodes(operator, inputs, 1, domain=domain, lists=lists, **attributes)[0]

    def nodes(
        self,
        operator: str,
        inputs: tuple[str, ...],
        outputs: int,
        domain: str = "",
        lists: Lists | None = None,
        **attributes: Any,
    ) -> list[str]:
        """Add a node and answer the names of its outputs."""
        names = [f"n{len(self._nodes)}_{at}" for at in range(outputs)]
        self._nodes.append(
            helper.make_node(operator, list(inputs), names, domain=domain, **attributes)
        )
        self._lists.append(lists or {})
        return names

    def output(self, name: str, value: str, example: Array, *, exact: bool = False) -> None:
        """Answer a value under a name; the example has its datatype and its shape but the rows.

        With ``exact`` an example in FP32 means FP32; else libraries' FP32 is answered in FP64.
        """
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._lists.append({})
        shape = ["batch", *example.shape[1:]]
        element = _ELEMENTS[example.dtype.kind]
        if exact and example.dtype == np.float32:
            element = FLOAT
        self._outputs.append(helper.make_tensor_value_info(name, element, shape))

    def build(
        self,
        row: tuple[int, ...],
        name: str = INPUT,
        element: int = DOUBLE,
        metadata: Mapping[str, str] | None = None,
    ) -> bytes:
        """Build the model for rows of this shape, as its file's bytes."""
        X = helper.make_tensor_value_info(name, element, ["batch", *row])
        graph = helper.make_graph(self._nodes, "main_graph", [X], self._outputs, self._constants)
        model = helper.make_model(graph, opset_imports=OPSETS, ir_version=IR_VERSION)
        helper.set_model_props(model, dict(metadata or {}))
        file = write_model(model, self._lists)
        onnx.checker.check_model(file)
        return file

    # Steps that several models have.

    def cast(self, value: str, element: int) -> str:
        """Convert to another datatype."""
        return self.node("Cast", value, to=element)

    def as_fp32(self, value: str) -> str:
        """Round to FP32 and keep the result as FP64: what scikit-learn's trees compare."""
        return self.cast(self.cast(value, FLOAT), DOUBLE)

    def first_largest(self, scores: str) -> str:
        """Find the column of the largest score; of equal ones the first, as numpy's argmax."""
        return self.node("ArgMax", scores, axis=1, keepdims=0, select_last_index=0)

    def pick(self, classes: Array, index: str) -> str:
        """Look up the class of each index; integers or text."""
        return self.node("Gather", self.constant(classes), index, axis=0)

    def column(self, value: str, at: int) -> str:
        """Take a column, ``[batch]``."""
        return self.node("Gather", value, self.constant(np.int64(at)), axis=1)

    def two_columns(self, first: str, second: str) -> str:
        """Put two columns ``[batch]`` side by side."""
        axis = self.constant(np.array([1]))
        parts = [self.node("Unsqueeze", value, axis) for value in (first, second)]
        return self.node("Concat", *parts, axis=1)

    def flat(self, value: str) -> str:
        """Make ``[batch]`` of ``[batch, 1]``."""
        return self.node("Squeeze", value, self.constant(np.array([1])))
