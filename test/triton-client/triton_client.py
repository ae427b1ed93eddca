"""What Triton's own client asks of a gateway, and what it must be told: http and http.aio.

Run by triton-client.python.test.ts, which serves the models of Triton's examples beside those of the repository.
"""

import asyncio
import json
import sys
from typing import Any

import numpy as np
import tritonclient.http as triton
import tritonclient.http.aio as triton_aio
from tritonclient.utils import InferenceServerException

HALF = np.array([[0.5, -1.25, 65504.0]], dtype=np.float16)


def tensor(name: str, values: np.ndarray, binary: bool = True) -> triton.InferInput:
    datatypes = {"int32": "INT32", "float32": "FP32", "float64": "FP64", "float16": "FP16", "object": "BYTES"}
    given = triton.InferInput(name, list(values.shape), datatypes[str(values.dtype)])
    given.set_data_from_numpy(values, binary_data=binary)
    return given


def refusal(call: Any) -> tuple[str | None, str]:
    try:
        call()
    except InferenceServerException as error:
        return error.status(), error.message()
    raise AssertionError("nothing was refused")


def the_server_is_described(client: triton.InferenceServerClient) -> None:
    assert client.is_server_live() and client.is_server_ready()
    about = client.get_server_metadata()
    assert about["name"] == "headgate" and "binary_tensor_data" in about["extensions"], about
    ready = {model["name"] for model in client.get_model_repository_index() if model["state"] == "READY"}
    assert {"market-impact", "pca", "news-tone", "simple", "simple_string"} <= ready, ready
    assert client.is_model_ready("pca") and client.is_model_ready("simple", "1")
    assert not client.is_model_ready("wrong")
    described = client.get_model_metadata("simple", "1")
    assert described["versions"] == ["1"] and described["platform"] == "onnxruntime_onnx"
    shapes = [(each["name"], each["datatype"], each["shape"]) for each in described["inputs"]]
    assert shapes == [("INPUT0", "INT32", [-1, 16]), ("INPUT1", "INT32", [-1, 16])], shapes
    config = client.get_model_config("simple")
    assert config["max_batch_size"] == 8 and config["input"][0]["data_type"] == "TYPE_INT32", config


def models_are_inferred(client: triton.InferenceServerClient, binary: bool) -> None:
    described = client.get_model_metadata("market-impact")
    width = {each["name"]: each["shape"][-1] for each in described["inputs"]}
    rows = [
        tensor(name, np.linspace(0.1, 1, 3 * size, dtype=np.float32).reshape(3, size), binary)
        for name, size in width.items()
    ]
    answer = client.infer("market-impact", rows, request_id="r-1")
    assert answer.get_response()["id"] == "r-1" and answer.get_response()["model_version"] == "1"
    for output in described["outputs"]:
        values = answer.as_numpy(output["name"])
        assert values.shape[0] == 3 and np.isfinite(values).all(), values
    # Three rows one by one are the three together.
    for i in range(3):
        row = [
            tensor(name, np.linspace(0.1, 1, 3 * size, dtype=np.float32).reshape(3, size)[i : i + 1], binary)
            for name, size in width.items()
        ]
        alone = client.infer("market-impact", row, priority=1, timeout=5_000_000)
        for output in described["outputs"]:
            name = output["name"]
            assert np.allclose(alone.as_numpy(name)[0], answer.as_numpy(name)[i], rtol=1e-5), name


def strings_are_inferred(client: triton.InferenceServerClient, binary: bool) -> None:
    described = client.get_model_metadata("news-tone")
    (given,) = [each["name"] for each in described["inputs"]]
    texts = np.array(
        [["Profits rose well above what was expected"], ["The firm is bankrupt, größter Verlust"]]
    )
    shape = (2,) if len(described["inputs"][0]["shape"]) == 1 else (2, 1)
    answer = client.infer("news-tone", [tensor(given, texts.reshape(shape).astype(object), binary)])
    for output in described["outputs"]:
        assert answer.as_numpy(output["name"]).shape[0] == 2


def fits_are_inferred(client: triton.InferenceServerClient, compression: str | None) -> None:
    samples = np.random.default_rng(0).normal(size=(60, 4)) * [3, 2, 1, 0.5]
    outputs = [
        triton.InferRequestedOutput("components", binary_data=False),
        triton.InferRequestedOutput("explained_variance", binary_data=True),
    ]
    answer = client.infer(
        "pca",
        [tensor("X", samples)],
        outputs=outputs,
        parameters={"n_components": 2},
        request_compression_algorithm=compression,
        response_compression_algorithm=compression,
    )
    expected = np.sort(np.linalg.eigvalsh(np.cov(samples.T)))[::-1][:2]
    assert np.allclose(answer.as_numpy("explained_variance"), expected, rtol=1e-9)
    assert answer.as_numpy("components").shape == (2, 4)
    assert "data" in answer.get_output("components") and "data" not in answer.get_output("explained_variance")


def simple_flow(client: triton.InferenceServerClient, compression: str | None) -> None:
    """simple_http_infer_client.py: one output binary, the other in JSON."""
    first = np.arange(16, dtype=np.int32).reshape(1, 16)
    second = np.ones((1, 16), dtype=np.int32)
    answer = client.infer(
        "simple",
        [tensor("INPUT0", first), tensor("INPUT1", second, binary=False)],
        outputs=[
            triton.InferRequestedOutput("OUTPUT0", binary_data=True),
            triton.InferRequestedOutput("OUTPUT1", binary_data=False),
        ],
        query_params={"test_1": 1, "test_2": 2},
        headers={"test": "1"},
        request_compression_algorithm=compression,
        response_compression_algorithm=compression,
    )
    assert (answer.as_numpy("OUTPUT0") == first + second).all()
    assert (answer.as_numpy("OUTPUT1") == first - second).all()


def string_flow(client: triton.InferenceServerClient) -> None:
    """simple_http_string_infer_client.py."""
    first = np.array([str(i) for i in range(16)], dtype=object).reshape(1, 16)
    second = np.array(["1"] * 16, dtype=object).reshape(1, 16)
    answer = client.infer(
        "simple_string",
        [tensor("INPUT0", first), tensor("INPUT1", second, binary=False)],
        outputs=[
            triton.InferRequestedOutput("OUTPUT0", binary_data=True),
            triton.InferRequestedOutput("OUTPUT1", binary_data=False),
        ],
    )
    for i in range(16):
        assert int(answer.as_numpy("OUTPUT0")[0][i]) == i + 1
        assert int(answer.as_numpy("OUTPUT1")[0][i]) == i - 1
    words = np.array([["", "größer", "日本", "x" * 1000]], dtype=object)
    for binary in (True, False):
        same = client.infer(
            "simple_identity",
            [tensor("INPUT0", words, binary)],
            outputs=[triton.InferRequestedOutput("OUTPUT0", binary_data=binary)],
        ).as_numpy("OUTPUT0")
        decoded = [each.decode() if isinstance(each, bytes) else each for each in same[0]]
        assert decoded == list(words[0]), decoded


def half_precision(client: triton.InferenceServerClient) -> None:
    answer = client.infer("half", [tensor("X", HALF)])
    assert (answer.as_numpy("Y") == HALF).all() and answer.as_numpy("Y").dtype == np.float16
    outputs = [triton.InferRequestedOutput("Y", binary_data=False)]
    status, words = refusal(lambda: client.infer("half", [tensor("X", HALF)], outputs=outputs))
    assert status == "400" and "FP16 is answered in binary only" in words, words


def errors_are_told(client: triton.InferenceServerClient) -> list[str]:
    row = tensor("INPUT0", np.zeros((1, 16), dtype=np.int32))
    wrong = tensor("INPUT0", np.zeros((1, 16), dtype=np.float32))
    second = tensor("INPUT1", np.zeros((1, 16), dtype=np.int32))
    cases: list[tuple[str, str, Any]] = [
        ("404", "Request for unknown model", lambda: client.infer("wrong_model_name", [row])),
        ("404", "Request for unknown model", lambda: client.infer("simple", [row], model_version="9")),
        ("404", "Request for unknown model", lambda: client.get_model_metadata("wrong_model_name")),
        ("400", "INPUT1", lambda: client.infer("simple", [row])),
        ("400", "FP32", lambda: client.infer("simple", [wrong, second])),
        ("400", "priority", lambda: client.infer("simple", [row], priority=99)),
        ("400", "sequence", lambda: client.infer("simple", [row], sequence_id=7)),
    ]
    told = []
    for status, words, call in cases:
        got, message = refusal(call)
        assert got == status and words in message, (words, got, message)
        told.append(message)
    return told


def models_are_controlled(client: triton.InferenceServerClient) -> None:
    """The calls of simple_http_model_control.py, which itself counts the models of Triton's repository."""
    client.unload_model("simple_identity")
    assert not client.is_model_ready("simple_identity")
    words = np.array([["a"]], dtype=object)
    status, message = refusal(lambda: client.infer("simple_identity", [tensor("INPUT0", words)]))
    assert status == "503" and "unloaded" in message, message
    client.load_model("simple_identity")
    assert client.is_model_ready("simple_identity")
    client.infer("simple_identity", [tensor("INPUT0", words)])
    assert refusal(lambda: client.load_model("wrong"))[0] == "404"
    assert refusal(lambda: client.load_model("simple", config="{}"))[0] == "501"
    (counted,) = client.get_inference_statistics("simple", "1")["model_stats"]
    before = counted["inference_stats"]["success"]["count"]
    row = np.zeros((1, 16), dtype=np.int32)
    client.infer("simple", [tensor("INPUT0", row), tensor("INPUT1", row)])
    (counted,) = client.get_inference_statistics("simple", "1")["model_stats"]
    assert counted["inference_stats"]["success"]["count"] == before + 1
    everything = {each["name"] for each in client.get_inference_statistics()["model_stats"]}
    assert {"simple", "pca", "market-impact"} <= everything, everything


async def asked_with_asyncio(address: str) -> None:
    async with triton_aio.InferenceServerClient(address) as client:
        assert await client.is_server_ready() and await client.is_model_ready("simple")
        first = np.arange(16, dtype=np.int32).reshape(1, 16)
        for binary in (True, False):
            for compression in (None, "gzip", "deflate"):
                inputs = [tensor("INPUT0", first, binary), tensor("INPUT1", first, binary)]
                answer = await client.infer(
                    "simple",
                    inputs,
                    request_compression_algorithm=compression,
                    response_compression_algorithm=compression,
                )
                assert (answer.as_numpy("OUTPUT0") == 2 * first).all()
        many = [
            client.infer("simple", [tensor("INPUT0", first + i), tensor("INPUT1", first)]) for i in range(50)
        ]
        for i, answer in enumerate(await asyncio.gather(*many)):
            assert (answer.as_numpy("OUTPUT1") == i).all()
        try:
            await client.infer("wrong", [tensor("INPUT0", first)])
        except InferenceServerException as error:
            assert "Request for unknown model" in error.message()
        else:
            raise AssertionError("an unknown model was answered")


def main(address: str) -> None:
    client = triton.InferenceServerClient(address)
    the_server_is_described(client)
    for binary in (True, False):
        models_are_inferred(client, binary)
        strings_are_inferred(client, binary)
    for compression in (None, "gzip", "deflate"):
        fits_are_inferred(client, compression)
        simple_flow(client, compression)
    string_flow(client)
    half_precision(client)
    models_are_controlled(client)
    told = errors_are_told(client)
    asyncio.run(asked_with_asyncio(address))
    print(json.dumps({"errors": told}))


if __name__ == "__main__":
    main(sys.argv[1])
