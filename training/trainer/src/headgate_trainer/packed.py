"""Writes a model whose nodes have long lists of integers.

A forest of 300 trees has 3.3 million of them. As Python's numbers in an ``AttributeProto`` they
cost 0.4 s, and ``onnx.proto`` lists each with a tag of its own: every reader of the file visits
each number, the gateway's two readers for 1.0 s. Written packed, as one field of all numbers, the
file is a fifth smaller and readers step over it at once. Every parser of protobuf reads both forms.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from onnx import AttributeProto, GraphProto, ModelProto

from headgate_trainer.tensors import Array

Lists = Mapping[str, Array]
"""Lists of integers, none of them negative, by the attribute's name."""

_GRAPH_OF_MODEL, _NODE_OF_GRAPH, _ATTRIBUTE_OF_NODE, _INTEGERS_OF_ATTRIBUTE = 7, 1, 5, 8


def write_model(model: ModelProto, lists: Sequence[Lists]) -> bytes:
    """Write the model.

    Each node is given the lists at its own place in ``lists`` as further attributes.
    """
    nodes = [
        _field(_NODE_OF_GRAPH, _bytes(node) + b"".join(_attribute(*each) for each in own.items()))
        for node, own in zip(model.graph.node, lists, strict=True)
    ]
    rest, outer = GraphProto(), ModelProto()
    rest.CopyFrom(model.graph)
    del rest.node[:]
    outer.CopyFrom(model)
    outer.ClearField("graph")
    return _bytes(outer) + _field(_GRAPH_OF_MODEL, b"".join(nodes) + _bytes(rest))


def varints(values: Array) -> bytes:
    """Encode integers that are not negative: seven bits a byte, the lowest first."""
    if values.size == 0:
        return b""
    if values.min() < 0:
        raise ValueError(f"{values.min()} is negative")
    left = values.astype(np.uint64)
    lengths = np.ones(left.shape, dtype=np.int64)
    for bits in range(7, 64, 7):
        lengths += left >= np.uint64(1 << bits)
    ends = np.cumsum(lengths)
    encoded = np.zeros(int(ends[-1]), dtype=np.uint8)
    at, more = ends - lengths, lengths
    while len(left):
        encoded[at] = (left & np.uint64(127)) | np.where(more > 1, 128, 0).astype(np.uint64)
        going = more > 1
        left, at, more = left[going] >> np.uint64(7), at[going] + 1, more[going] - 1
    return encoded.tobytes()


def _attribute(name: str, values: Array) -> bytes:
    head = _bytes(AttributeProto(name=name, type=AttributeProto.INTS))
    return _field(_ATTRIBUTE_OF_NODE, head + _field(_INTEGERS_OF_ATTRIBUTE, varints(values)))


def _field(number: int, content: bytes) -> bytes:
    """Write a field with its length before it."""
    return varints(np.array([number << 3 | 2])) + varints(np.array([len(content)])) + content


def _bytes(message: Any) -> bytes:
    data: bytes = message.SerializeToString(deterministic=True)
    return data
