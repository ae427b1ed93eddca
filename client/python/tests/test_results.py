"""Answers as JSON and of strings, parameters as JSON Schema, and what a client's calls came to."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from gateway_process import GatewayProcess
from scripted import Frame, Peer, error, result, scripted

import headgate
import headgate.risk
from headgate import fallback, parameters_schema
from headgate.errors import InvalidArgumentError
from headgate.metrics import Histogram
from headgate.results import Result

RESULT = Result(
    "m",
    "1",
    {"y": np.array([[1.5, np.nan], [-np.inf, 2.0]]), "label": np.array(["a", "b"], object), "n": np.int32(3)},
    "onnx",
    "FP32",
    0.5,
    1.25,
    2,
    False,
)


@pytest.fixture(autouse=True)
def nothing_registered() -> Iterator[None]:
    yield
    headgate.configure()
    for name in list(fallback._registered):
        fallback.unregister(name)


def test_an_answer_is_plain_python_and_json_without_nan() -> None:
    plain = RESULT.to_dict()
    assert plain["outputs"]["label"] == ["a", "b"] and plain["outputs"]["n"] == 3
    assert plain["outputs"]["y"][0][0] == 1.5 and math.isnan(plain["outputs"]["y"][0][1])
    read = json.loads(RESULT.to_json(), parse_constant=pytest.fail)
    assert read["outputs"]["y"] == [[1.5, None], [None, 2.0]]
    assert (read["source"], read["batch_size"], read["cached"]) == ("gateway", 2, False)
    assert set(read) == set(Result.__dataclass_fields__)
    given = {"answer": RESULT, "array": np.arange(3), "number": np.float32(0.5)}
    told = json.loads(json.dumps(given, default=headgate.json_default))
    assert told == {"answer": read, "array": [0, 1, 2], "number": 0.5}
    with pytest.raises(TypeError, match="object is not JSON"):
        json.dumps(object(), default=headgate.json_default)


def describes(shape: list[Any], datatype: str = "BYTES") -> Frame:
    tensor = {"name": "text", "datatypes": [datatype], "shape": shape}
    return {"models": [{"version": "1", "inputs": [tensor], "outputs": [{"name": "y"}], "max_batch_size": 2}]}


@pytest.mark.parametrize(
    ("shape", "given", "sent"),
    [
        (["batch"], ["a", "b", "ü"], [[2], [1]]),
        (["batch"], "one", [[1]]),
        (["batch", 1], ["a", "b", "ü"], [[2, 1], [1, 1]]),
        (["batch", 1], np.array([["a"], ["b"]]), [[2, 1]]),
        (["batch", 2], ["a", "b"], [[1, 2]]),
    ],
)
def test_a_model_of_strings_is_asked_and_answers_strings(shape: Any, given: Any, sent: Any) -> None:
    shapes: list[list[int]] = []

    async def play(peer: Peer) -> None:
        await peer.greet()
        asked = await peer.next("describe")
        await peer.send({"type": "ack", "id": asked["id"], **describes(shape)})
        for _ in sent:
            frame = await peer.next("infer")
            tensor = frame["inputs"]["text"]
            assert tensor["datatype"] == "BYTES" and all(isinstance(each, str) for each in tensor["data"])
            shapes.append(tensor["shape"])
            n = tensor["shape"][0]
            upper = [text.upper() for text in tensor["data"][:n]]
            await peer.send({**result(frame), "outputs": {"y": {**tensor, "shape": [n], "data": upper}}})
        await peer.silence()

    async def main() -> Any:
        async with scripted(play) as url, headgate.connect(url, fallback=False) as gate:
            return await gate.model("m").predict(given)

    labels = asyncio.run(asyncio.wait_for(main(), 30))
    assert shapes == sent and labels.dtype == object
    assert labels[0] == np.ravel(np.asarray(given, object))[0].upper()


def test_a_number_a_row_is_a_column() -> None:
    from headgate.signatures import Signature

    signature = Signature("m", describes(["batch", 1], "FP32")["models"][0])
    assert signature.rows([1.0, 2.0, 3.0], "m").shape == (3, 1) and signature.rows([1.0], "m").shape == (1, 1)
    assert Signature("m", describes(["batch", 2], "FP32")["models"][0]).rows([1.0, 2.0], "m").shape == (1, 2)


PARAMETERS = [
    {"name": "n", "description": "How many.", "default": 2, "any_of": [{"type": "integer", "minimum": 1}]},
    {
        "name": "share",
        "description": "",
        "default": None,
        "any_of": [
            {"type": "number", "exclusive_minimum": 0, "exclusive_maximum": 1},
            {"type": "null"},
        ],
    },
    {
        "name": "kind",
        "description": "",
        "default": "a",
        "any_of": [{"type": "string", "values": ["a", "b"]}],
    },
    {
        "name": "key",
        "description": "",
        "default": None,
        "any_of": [{"type": "text", "length_max": 9}],
    },
    {"name": "on", "description": "", "default": False, "any_of": [{"type": "boolean"}]},
]


def test_parameters_are_told_as_json_schema() -> None:
    assert parameters_schema(PARAMETERS) == {
        "type": "object",
        "properties": {
            "n": {"description": "How many.", "type": "integer", "minimum": 1, "default": 2},
            "share": {
                "description": "",
                "anyOf": [
                    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
                    {"type": "null"},
                ],
                "default": None,
            },
            "kind": {"description": "", "type": "string", "enum": ["a", "b"], "default": "a"},
            "key": {"description": "", "type": "string", "minLength": 1, "maxLength": 9},
            "on": {"description": "", "type": "boolean", "default": False},
        },
        "additionalProperties": False,
    }


def test_every_model_fit_and_detector_of_a_gateway_has_a_valid_schema(gateway: GatewayProcess) -> None:
    with headgate.Client(gateway.url) as gate:
        described = gate.describe()
        kmeans = gate.describe("kmeans")["models"][0]
    assert kmeans["parameters_schema"]["properties"]["n_clusters"]["type"] == "integer"
    entries = [*described["models"], *described["detectors"]]
    assert len(entries) > 30
    for entry in entries:
        schema = entry["parameters_schema"]
        assert list(schema["properties"]) == [each["name"] for each in entry["parameters"]]
        for each in schema["properties"].values():
            kinds = [choice["type"] for choice in each.get("anyOf", [each])]
            plain = {"integer", "number", "boolean", "string", "null"}
            nested = {"array", "object"} if entry.get("kind") == "trainer" else set()
            assert set(kinds) <= plain | nested, entry["name"]
    (pipeline,) = [each for each in described["models"] if each["name"] == "pipeline"]
    assert pipeline["parameters_schema"]["required"] == ["estimator"]
    assert pipeline["parameters_schema"]["properties"]["steps"]["type"] == "array"


def test_the_risk_functions_name_the_argument_that_is_wrong(gateway: GatewayProcess) -> None:
    headgate.configure(gateway.url, fallback=False)
    X = np.random.default_rng(0).normal(size=(300, 4)) / 100
    found = headgate.risk.monte_carlo_var(X, level=0.95, estimator="ledoit_wolf", random_state=0)
    assert found["var"].shape == (1,) and 0 < found["var"][0] < found["cvar"][0]
    several = headgate.risk.monte_carlo_var(covariance=np.cov(X.T), levels=[0.95, 0.99], n_paths=1000)
    assert several["var"].shape == (2,)
    with pytest.raises(InvalidArgumentError, match="estimator='ledoit_wolf'"):
        headgate.risk.monte_carlo_var(X, covariance="ledoit_wolf")
    with pytest.raises(InvalidArgumentError, match="weights: must be an array of numbers"):
        headgate.risk.monte_carlo_var(X, weights=["a", "b", "c", "d"])
    with pytest.raises(TypeError, match="confidence"):
        headgate.risk.monte_carlo_var(X, confidence=0.99)  # type: ignore[call-arg]
    assert headgate.risk.factor_risk(X, n_components=None)["n_components"] == 4


def test_percentiles_are_told_to_a_bucket_and_the_text_counts_the_same() -> None:
    histogram = Histogram()
    assert histogram.percentile(0.5) == 0 and histogram.times().mean_s == 0
    for millisecond in range(1, 1001):
        histogram.add(millisecond / 1000)
    times = histogram.times()
    assert times.count == 1000 and times.most_s == 1.0 and times.mean_s == pytest.approx(0.5005)
    for told, exact in ((times.p50_s, 0.5), (times.p90_s, 0.9), (times.p99_s, 0.99)):
        assert told == pytest.approx(exact, rel=0.045)
    assert [histogram.up_to(octave) for octave in (-1, 0, 6)] == [499, 999, 1000]  # below 0.5 s, 1 s, 64 s
    for extreme in (0.0, 1e-9, 1e9):
        histogram.add(extreme)
    assert sum(histogram.counts) == 1003


def test_calls_are_counted_by_outcome_and_source_and_told_to_prometheus() -> None:
    async def play(peer: Peer) -> None:
        await peer.greet()
        await peer.send(result(await peer.next("infer")))
        await peer.send(error(await peer.next("infer"), "invalid_argument"))
        await peer.next("infer")
        await peer.next("cancel")
        await peer.silence()

    async def main() -> None:
        X = {"X": np.zeros(2)}
        async with scripted(play) as url, headgate.connect(url) as gate:
            await gate.infer("m", X)
            with pytest.raises(InvalidArgumentError):
                await gate.infer("m", X)
            with pytest.raises(TimeoutError):
                await gate.infer("m", X, timeout=0.03)
            fallback.register("m", lambda request: {"y": 1.0})
            while (await gate.infer("m", X, timeout=0.5)).source != "registered":
                pass
            told = gate.metrics
            assert told.calls == {
                ("ok", "gateway"): 1,
                ("invalid_argument", "gateway"): 1,
                ("deadline_exceeded", "client"): 1,
                ("ok", "registered"): 1,
            }
            assert {source: times.count for source, times in told.times.items()} == {
                "gateway": 1,
                "registered": 1,
            }
            assert json.loads(json.dumps(told.to_dict()))["connected"] is True
            lines = told.prometheus().splitlines()
            assert 'headgate_client_calls_total{outcome="ok",source="gateway"} 1' in lines
            assert 'headgate_client_response_seconds_count{source="registered"} 1' in lines
            assert 'headgate_client_response_seconds_bucket{source="gateway",le="+Inf"} 1' in lines
            assert "headgate_client_connected 1" in lines
            for name in {line.split("{")[0].split(" ")[0] for line in lines if not line.startswith("#")}:
                family = name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
                assert any(line.startswith(f"# TYPE {family} ") for line in lines), name

    asyncio.run(asyncio.wait_for(main(), 30))


def test_a_model_that_never_was_described_is_counted_once() -> None:
    with headgate.Client("ws://127.0.0.1:9/v1", wait=False, fallback_after=0.02) as gate:
        with pytest.raises(headgate.UnavailableError):
            gate.model("m").predict([[1.0]], timeout=0.05)
        fallback.register("m", lambda request: {"y": np.ones(1)})
        gate.model("m").predict([[1.0]])
        assert gate.metrics.calls == {("unavailable", "client"): 1, ("ok", "registered"): 1}
        assert gate.metrics.to_dict()["outages"] == 1
