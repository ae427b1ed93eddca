"""Writes one model folder in the gateway's format, after checking the graph."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from training.data import REPOSITORY

MODELS = REPOSITORY / "models"
HELD_OUT = REPOSITORY / "training" / "held_out"
MAX_MODEL_BYTES = 5_000_000
RTOL, ATOL = 1e-5, 1e-6
BATCH_TOL = 1e-6  # a row's answer must not depend on the other rows of its batch
HELD_OUT_ROWS, HELD_OUT_VALUES = 32, 2048  # the largest number of rows, and of values of one input

Arrays = dict[str, NDArray[Any]]
_DATATYPES = {"float32": "FP32", "int64": "INT64", "object": "BYTES"}


@dataclass(frozen=True)
class Tensor:
    """One named input or output; ``dims`` omit the batch dimension, as in Triton."""

    name: str
    datatype: str
    dims: list[int]
    description: str


@dataclass(frozen=True)
class Model:
    """The content of a model folder. ``card`` is its README.

    ``tokenizer`` is config.json's, of a model that takes text.
    """

    name: str
    description: str
    max_batch_size: int
    inputs: list[Tensor]
    outputs: list[Tensor]
    graph: onnx.ModelProto
    made_by: str
    card: str
    tokenizer: Mapping[str, object] | None = None


def publish(
    model: Model,
    inputs: Arrays,
    outputs: Arrays,
    golden: NDArray[np.intp],
    *,
    feeds: Arrays | None = None,
    files: Mapping[str, str] | None = None,
) -> None:
    """Check the graph on every held-out row, then write the folder with the ``golden`` rows.

    ``outputs`` are the training library's own answers to ``inputs``. The ``golden`` rows and
    some spread over all go to ``held_out/`` for the test that asks the gateway. ``feeds`` are
    what the graph takes where that is not ``inputs``; ``files`` go beside it.
    """
    graph = tidied(model.graph)
    onnx.checker.check_model(graph, full_check=True)
    data = graph.SerializeToString(deterministic=True)
    assert len(data) < MAX_MODEL_BYTES, f"{model.name}: {len(data)} bytes"
    verify(data, inputs if feeds is None else feeds, outputs, golden)

    version = MODELS / model.name / "1"
    version.mkdir(parents=True, exist_ok=True)
    (version / "model.onnx").write_bytes(data)
    for name, text in (files or {}).items():
        (version / name).write_text(text)
    answers = _golden(model.made_by, _rows(inputs, golden), _rows(outputs, golden))
    _write_json(version / "golden.json", answers)
    spread = np.union1d(_spread(inputs), golden)
    held_out = _golden(model.made_by, _rows(inputs, spread), _rows(outputs, spread))
    HELD_OUT.mkdir(exist_ok=True)
    (HELD_OUT / f"{model.name}.json").write_text(json.dumps(held_out) + "\n")
    _write_json(version.parent / "config.json", _config(model))
    (version.parent / "README.md").write_text(model.card)
    print(f"{model.name}: {len(data)} bytes, the training library's answers are reproduced")


def tidied(graph: onnx.ModelProto) -> onnx.ModelProto:
    """Remove what exporters write twice or differently each run; name the batch dimension."""
    clean = onnx.ModelProto()
    clean.CopyFrom(graph)
    clean.doc_string = clean.graph.doc_string = ""
    clean.graph.name = "main_graph"
    for node in clean.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    opsets = {opset.domain: opset for opset in graph.opset_import}
    del clean.opset_import[:]
    clean.opset_import.extend(opsets[domain] for domain in sorted(opsets))
    for tensor in (*clean.graph.input, *clean.graph.output):
        tensor.type.tensor_type.shape.dim[0].dim_param = "batch"
    return clean


def verify(data: bytes, feeds: Arrays, outputs: Arrays, golden: NDArray[np.intp]) -> None:
    """Run ONNX Runtime on all rows at once, on the golden rows, and on each row alone."""
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    names = list(outputs)

    def ask(x: Arrays) -> Arrays:
        return dict(zip(names, session.run(names, x), strict=True))

    together = ask(feeds)
    _compare(together, outputs, rtol=RTOL, atol=ATOL)
    _compare(ask(_rows(feeds, golden)), _rows(outputs, golden), rtol=RTOL, atol=ATOL)
    for row in range(len(next(iter(feeds.values())))):
        one = np.array([row])
        _compare(ask(_rows(feeds, one)), _rows(together, one), rtol=BATCH_TOL, atol=BATCH_TOL)


def _rows(x: Arrays, at: NDArray[np.intp]) -> Arrays:
    return {name: tensor[at] for name, tensor in x.items()}


def _spread(inputs: Arrays) -> NDArray[np.intp]:
    count = len(next(iter(inputs.values())))
    widest = max(tensor[:1].size for tensor in inputs.values())
    rows = min(HELD_OUT_ROWS, HELD_OUT_VALUES // widest)
    return np.linspace(0, count - 1, rows).astype(np.intp)


def _compare(got: Arrays, expected: Arrays, *, rtol: float, atol: float) -> None:
    for name, want in expected.items():
        assert got[name].shape == want.shape, f"{name}: {got[name].shape} is not {want.shape}"
        assert got[name].dtype == want.dtype, f"{name}: {got[name].dtype} is not {want.dtype}"
        if want.dtype == np.int64:
            np.testing.assert_array_equal(got[name], want, err_msg=name)
        else:
            np.testing.assert_allclose(got[name], want, rtol=rtol, atol=atol, err_msg=name)


def _config(model: Model) -> dict[str, Any]:
    return {
        "name": model.name,
        "platform": "onnxruntime_onnx",
        "description": model.description,
        "max_batch_size": model.max_batch_size,
        "input": [asdict(tensor) for tensor in model.inputs],
        "output": [asdict(tensor) for tensor in model.outputs],
        "dynamic_batching": {"preferred_batch_size": [], "max_queue_delay_microseconds": 0},
        "instance_group": {"count": 1},
        "version_policy": {"latest": {"num_versions": 1}},
        **({} if model.tokenizer is None else {"tokenizer": dict(model.tokenizer)}),
    }


def _golden(made_by: str, inputs: Arrays, outputs: Arrays) -> dict[str, Any]:
    return {
        "made_by": made_by,
        "inputs": {name: _wire(x) for name, x in inputs.items()},
        "outputs": {name: _wire(x) for name, x in outputs.items()},
        "rtol": RTOL,
        "atol": ATOL,
    }


def _wire(x: NDArray[Any]) -> dict[str, Any]:
    """Write a tensor as JSON; a float as its shortest decimal that rounds to the same FP32."""
    flat = x.reshape(-1)
    if x.dtype == object:
        data: list[object] = list(flat)
    else:
        data = [int(v) if x.dtype == np.int64 else float(str(v)) for v in flat]
    return {"datatype": _DATATYPES[x.dtype.name], "shape": list(x.shape), "data": data}


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
