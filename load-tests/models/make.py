"""Makes the models of the load scenarios: `python load-tests/models/make.py`, with onnx and numpy.

`small` is an MLP of 16 features, as cheap as a model gets. `millisecond` multiplies a state by a matrix so
often that a row takes about a millisecond on one core of 2026, `milliseconds` four times as often, and both take no
batches: work that costs what it costs. Golden answers are numpy's.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
FLOATS = TensorProto.FLOAT
ROUNDS = 300


def write(name: str, graph: onnx.GraphProto, shapes: tuple[int, int], batch: int, golden: Any) -> None:
    """Writes the version's folder and its config."""
    folder = HERE / name / "1"
    folder.mkdir(parents=True, exist_ok=True)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    (folder / "golden.json").write_text(json.dumps(golden) + "\n")
    config = {
        "name": name,
        "platform": "onnxruntime_onnx",
        "description": "Of the load scenarios.",
        "max_batch_size": batch,
        "input": [{"name": "X", "datatype": "FP32", "dims": [shapes[0]] if batch else [1, shapes[0]]}],
        "output": [{"name": "Y", "datatype": "FP32", "dims": [shapes[1]] if batch else [1, shapes[1]]}],
    }
    (HERE / name / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def tensor(values: NDArray[np.float32]) -> dict[str, Any]:
    """A tensor in the form of golden.json."""
    return {"datatype": "FP32", "shape": list(values.shape), "data": [float(v) for v in values.ravel()]}


def golden(x: NDArray[np.float32], y: NDArray[np.float32]) -> dict[str, Any]:
    """A golden file with an input and its answer."""
    return {"made_by": f"numpy {np.__version__}", "inputs": {"X": tensor(x)}, "outputs": {"Y": tensor(y)}}


def small(rng: np.random.Generator) -> None:
    """A network of 16 → 32 → 1 with a rectifier."""
    w = (rng.standard_normal((16, 32)) / 4).astype(np.float32)
    v = (rng.standard_normal((32, 1)) / 6).astype(np.float32)
    nodes = [
        helper.make_node("MatMul", ["X", "W"], ["h"]),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("MatMul", ["r", "V"], ["Y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("X", FLOATS, ["batch", 16])],
        [helper.make_tensor_value_info("Y", FLOATS, ["batch", 1])],
        [numpy_helper.from_array(w, "W"), numpy_helper.from_array(v, "V")],
    )
    x = rng.standard_normal((3, 16)).astype(np.float32)
    write("small", graph, (16, 1), 256, golden(x, np.maximum(x @ w, 0) @ v))


def busy(rng: np.random.Generator, name: str, rounds: int) -> None:
    """A loop of tanh(state · W)."""
    w = (rng.standard_normal((64, 64)) / 16).astype(np.float32)
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("MatMul", ["state", "W"], ["m"]),
            helper.make_node("Tanh", ["m"], ["next"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("state", FLOATS, [1, 64]),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next", FLOATS, [1, 64]),
        ],
        [numpy_helper.from_array(w, "W")],
    )
    graph = helper.make_graph(
        [helper.make_node("Loop", ["rounds", "yes", "X"], ["Y"], body=body)],
        name,
        [helper.make_tensor_value_info("X", FLOATS, [1, 64])],
        [helper.make_tensor_value_info("Y", FLOATS, [1, 64])],
        [
            numpy_helper.from_array(np.array(rounds, np.int64), "rounds"),
            numpy_helper.from_array(np.array(True), "yes"),
        ],
    )
    x = rng.standard_normal((1, 64)).astype(np.float32)
    y = x
    for _ in range(rounds):
        y = np.tanh(y @ w)
    write(name, graph, (64, 64), 0, golden(x, y))


if __name__ == "__main__":
    generator = np.random.default_rng(7)
    small(generator)
    busy(generator, "millisecond", ROUNDS)
    busy(generator, "milliseconds", 4 * ROUNDS)
