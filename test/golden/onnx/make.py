"""Small ONNX files as common libraries export them, and each library's own answers.

``python test/golden/onnx/make.py`` in the environment of ``training/requirements.txt`` writes
them beside this file: ``<name>.onnx`` and, of those that serve, ``<name>.golden.json``.
"""

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
import torch
from lightgbm import LGBMClassifier
from numpy.typing import NDArray
from onnx import TensorProto, helper
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType as LightgbmFloat
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from torch import nn

HERE = Path(__file__).resolve().parent
OPSETS = {"": 17, "ai.onnx.ml": 3}
Arrays = dict[str, NDArray[Any]]
DATATYPES = {"float32": "FP32", "int64": "INT64", "object": "BYTES"}

RNG = np.random.default_rng(7)
X = RNG.normal(size=(60, 4)).astype(np.float32)
CLASSES = (X[:, 0] + X[:, 1] > 0).astype(np.int64) + (X[:, 2] > 0.8)


def wire(x: NDArray[Any]) -> dict[str, Any]:
    """A tensor in the form of golden.json."""
    return {"datatype": DATATYPES[x.dtype.name], "shape": list(x.shape), "data": x.reshape(-1).tolist()}


def write(
    name: str, model: onnx.ModelProto, made_by: str = "", inputs: Arrays | None = None, **outputs: Any
) -> None:
    """Writes a model, and the library's answers if there are any."""
    onnx.checker.check_model(model)
    (HERE / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))
    if inputs is not None:
        golden = {
            "made_by": made_by,
            "inputs": {key: wire(x) for key, x in inputs.items()},
            "outputs": {key: wire(np.asarray(x)) for key, x in outputs.items()},
        }
        (HERE / f"{name}.golden.json").write_text(json.dumps(golden) + "\n")


def scikit_learn() -> None:
    """Classifiers of numbers and of strings whose graph ends in ZipMap; their inputs are strings and
    numbers.
    """
    named = np.array(["calm", "risky", "wild"], dtype=object)
    for name, y in (("zipmap-numbers", CLASSES), ("zipmap-strings", named[CLASSES])):
        model = LogisticRegression().fit(X, y)
        graph = to_onnx(model, X[:1], target_opset=OPSETS)
        write(
            name,
            graph,
            "scikit-learn",
            {"X": X[:5]},
            output_label=model.predict(X[:5]),
            output_probability=model.predict_proba(X[:5]).astype(np.float32),
        )
    columns = {"venue": np.array([["NYSE"], ["LSE"], ["XETRA"]], dtype=object)[RNG.integers(0, 3, 60)]}
    table = pd.DataFrame({"venue": columns["venue"][:, 0], "size": X[:, 0]})
    encode = ColumnTransformer(
        [("venue", OneHotEncoder(handle_unknown="ignore"), ["venue"])], remainder="passthrough"
    )
    model = make_pipeline(encode, LogisticRegression()).fit(table, CLASSES)
    graph = to_onnx(
        model,
        initial_types=[("venue", StringTensorType([None, 1])), ("size", FloatTensorType([None, 1]))],
        options={"zipmap": False},
        target_opset=OPSETS,
    )
    write(
        "strings-and-numbers",
        graph,
        "scikit-learn",
        {"venue": columns["venue"][:4], "size": X[:4, :1]},
        label=model.predict(table[:4]),
        probabilities=model.predict_proba(table[:4]).astype(np.float32),
    )


def lightgbm() -> None:
    """A classifier whose graph ends in onnxmltools' ZipMap."""
    model = LGBMClassifier(n_estimators=3, num_leaves=4, min_child_samples=5, n_jobs=1, verbose=-1)
    model.fit(X, CLASSES)
    graph = convert_lightgbm(model, initial_types=[("X", LightgbmFloat([None, 4]))], target_opset=15)
    answers = model.predict_proba(X[:5]).astype(np.float32)
    write("lightgbm", graph, "lightgbm", {"X": X[:5]}, label=model.predict(X[:5]), probabilities=answers)


class Sum(nn.Module):
    """A model with two inputs and one output."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 2)

    def forward(self, prices: torch.Tensor, volumes: torch.Tensor) -> torch.Tensor:
        """[batch, 3] twice to [batch, 2]."""
        return torch.tanh(self.linear(prices + volumes))


def torches() -> None:
    """A fixed batch, two inputs with an open batch, and weights in a separate file."""
    torch.manual_seed(7)
    model = Sum().eval()
    names = {"input_names": ["prices", "volumes"], "output_names": ["signal"]}
    two = (torch.from_numpy(X[:2, :3]), torch.from_numpy(X[2:4, :3]))
    axes = {name: {0: "batch"} for name in ("prices", "volumes", "signal")}
    fed = {"prices": X[:2, :3], "volumes": X[2:4, :3]}
    with torch.no_grad():
        said = model(*two).numpy()
    for name, dynamic in (("two-inputs", axes), ("fixed-batch", None), ("external-weights", axes)):
        path = HERE / f"{name}.onnx"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(model, two, path, dynamo=False, opset_version=17, dynamic_axes=dynamic, **names)
        graph = onnx.load_model(path)
        write(name, graph, "torch", fed, signal=said)
        if name == "external-weights":
            onnx.save_model(
                graph, path, save_as_external_data=True, location="weights.data", size_threshold=0
            )


def by_hand() -> None:
    """Graphs whose first dimension is not a batch dimension, and graphs with outputs that are not tensors."""
    opsets = [helper.make_opsetid("", 17)]

    def value(name: str, shape: list[int | str]) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    def model(nodes: list[onnx.NodeProto], inputs: list[Any], outputs: list[Any]) -> onnx.ModelProto:
        graph = helper.make_graph(nodes, "by_hand", inputs, outputs)
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)

    total = helper.make_node("ReduceSum", ["x"], ["total"], keepdims=0)
    write("no-batch", model([total], [value("x", ["n"])], [value("total", [])]))
    mean = helper.make_node("ReduceMean", ["x"], ["mean"], axes=[0])
    less = helper.make_node("Sub", ["x", "mean"], ["y"])
    write("rows-mix", model([mean, less], [value("x", ["n", 2])], [value("y", ["n", 2])]))
    split = helper.make_node("SplitToSequence", ["x"], ["parts"])
    double = helper.make_node("Add", ["x", "x"], ["y"])
    parts = helper.make_tensor_sequence_value_info("parts", TensorProto.FLOAT, None)
    x = value("x", ["n", 2])
    write("sequence-beside", model([split, double], [x], [parts, value("y", ["n", 2])]))
    write("sequence-only", model([split], [x], [parts]))


if __name__ == "__main__":
    scikit_learn()
    lightgbm()
    torches()
    by_hand()
