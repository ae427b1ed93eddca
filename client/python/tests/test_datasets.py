"""Datasets at a real gateway: put plainly, and by the drop-ins by themselves."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Any

import numpy as np
import pandas
import pytest
from gateway_process import GatewayProcess

import headgate
from headgate import DatasetReference, fallback
from headgate.errors import (
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    UnavailableError,
)
from headgate.risk import monte_carlo_var
from headgate.sklearn import PCA, KMeans, LedoitWolf
from headgate.sklearn.base import ask

X = np.random.default_rng(0).normal(size=(600, 40))


def named() -> str:
    return f"test/{uuid.uuid4().hex}"


@pytest.fixture
def client(gateway: GatewayProcess) -> Any:
    with headgate.Client(gateway.url, fallback=False) as made:
        yield made


def covariance(client: headgate.Client, rows: Any) -> headgate.Result:
    return client.infer("empirical_covariance", {"X": rows})


def same(one: headgate.Result, other: headgate.Result) -> bool:
    return all(one[name].tobytes() == other[name].tobytes() for name in other.outputs)


def test_a_reference_is_answered_as_the_rows_that_it_names(client: headgate.Client) -> None:
    dataset = client.dataset(X)
    assert (len(dataset), dataset.bytes) == (600, X.nbytes)
    for reference, rows in (
        (dataset[100:300], X[100:300]),
        (dataset[:-5], X[:-5]),
        (dataset.last(50), X[-50:]),
        (dataset[100:300].last(20)[5:], X[285:300]),
        (dataset.reference(), X),
        (dataset[:100].reshape(50, 80), X[:100].reshape(50, 80)),
    ):
        result = covariance(client, reference)
        assert same(result, covariance(client, rows))
        used = result.inputs_used["X"]
        assert (used.dataset, used.version) == (dataset.name, dataset.version)
        assert np.array_equal(np.asarray(reference), rows)
    assert covariance(client, X).inputs_used == {}


def test_a_frame_has_columns(client: headgate.Client) -> None:
    frame = pandas.DataFrame(X[:, :4], columns=list("abcd")).assign(count=np.arange(600))
    dataset = client.dataset(frame, named())
    wanted = frame[["d", "a"]].to_numpy()[10:50]
    reference = dataset.columns(["d", "a"])[10:50]
    assert same(covariance(client, reference), covariance(client, wanted))
    assert np.array_equal(np.asarray(reference), wanted)
    with pytest.raises(InvalidArgumentError, match="there is no 'e'"):
        dataset.columns(["e"])
    with pytest.raises(InvalidArgumentError, match="float64, int64"):
        np.asarray(dataset.reference())
    prices = client.dataset(frame[list("abcd")])
    assert same(covariance(client, prices[5:]), covariance(client, X[5:, :4].copy()))


def test_append_makes_a_new_version_and_the_old_one_stays(client: headgate.Client) -> None:
    dataset = client.dataset({"a": X[:, 0], "b": X[:, 1]}, named())
    before, version = dataset[:], dataset.version
    dataset.append({"b": X[:7, 1], "a": X[:7, 0]})
    dataset.append(np.array([1.0, 2.0]))
    assert len(dataset) == 608 and dataset.version != version
    whole = np.vstack([X[:, :2], X[:7, :2], [[1.0, 2.0]]])
    assert np.array_equal(np.asarray(dataset.reference()), whole)
    assert same(covariance(client, dataset.last(9)), covariance(client, whole[-9:]))
    assert same(covariance(client, before), covariance(client, whole[:600]))
    newest = DatasetReference(dataset.name, last=9, columns=["a", "b"])
    assert covariance(client, newest).inputs_used["X"].rows == (599, 608)
    with pytest.raises(InvalidArgumentError, match="columns"):
        dataset.append({"a": [1.0]})
    with pytest.raises(InvalidArgumentError, match="rows of the shape"):
        client.dataset(X, named()).append(X[:2, :5])
    other = client.dataset({"a": X[:, 0], "b": X[:, 1]}, dataset.name)
    other.append([[5.0, 6.0]])
    with pytest.raises(FailedPreconditionError):
        dataset.append([[1.0, 2.0]])


@pytest.mark.parametrize(
    ("kept", "more"),
    [
        (np.array([1], np.int32), np.array([2**40])),
        (np.array([1], np.int8), np.array([200], np.uint8)),
        (np.array([1], np.float32), np.array([1e300])),
    ],
)
def test_rows_are_not_changed_to_be_added(client: headgate.Client, kept: Any, more: Any) -> None:
    dataset = client.dataset({"a": kept}, named())
    with pytest.raises(InvalidArgumentError, match=r"columns\.a: "):
        dataset.append({"a": more})
    dataset.append({"a": np.array([7], more.dtype)})
    assert np.asarray(dataset.reference()).tolist() == [1, 7]


def test_datasets_are_listed_and_dropped(client: headgate.Client) -> None:
    name = named()
    dataset = client.dataset(X, name, ts=5.0)
    (info,) = client.datasets(name)
    assert (info.dataset, info.rows, info.sha256, info.ts) == (name, 600, dataset.sha256, 5.0)
    dataset.drop()
    assert client.datasets(name) == []
    with pytest.raises(NotFoundError, match="dropped"):
        covariance(client, dataset[:10])


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (["a", "b"], "numbers and booleans"),
        (3.0, "must be an array"),
        ({}, "no columns"),
        ({"a": [1.0, 2.0], "b": [1.0]}, "equally many"),
        (np.zeros((0, 3)), "one at least"),
        (np.array(["2026-01-01"], "M8[D]"), "numbers and booleans"),
        (pandas.DataFrame(np.zeros((2, 2)), columns=["a", "a"]), "same name"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(client: headgate.Client, data: Any, word: str) -> None:
    with pytest.raises(InvalidArgumentError, match=word):
        client.dataset(data)


@pytest.mark.parametrize("rows", [slice(5, 5), slice(0, 10, 2), slice(9, 3), 4])
def test_rows_that_no_reference_has_are_refused_here(client: headgate.Client, rows: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="rows"):
        client.dataset(X)[rows]


def test_a_table_larger_than_a_message_comes_in_parts(client: headgate.Client) -> None:
    large = np.random.default_rng(1).normal(size=(90_000, 50))  # 36 MB
    dataset = client.dataset(large)
    assert dataset.rows == len(large)
    assert same(covariance(client, dataset[80_000:]), covariance(client, large[80_000:]))


def test_the_awaited_client_has_them_as_well(gateway: GatewayProcess) -> None:
    async def work() -> None:
        async with headgate.connect(gateway.url) as gate:
            dataset = await gate.dataset(X, named())
            await dataset.append(X[:3])
            result = await gate.infer("empirical_covariance", {"X": dataset.last(30)})
            assert result.inputs_used["X"].rows == (573, 603)
            assert result.to_dict()["inputs_used"]["X"]["rows"] == (573, 603)
            assert len(await gate.datasets(dataset.name)) == 1
            await dataset.drop()

    asyncio.run(work())


def test_a_stream_gives_a_model_its_window(client: headgate.Client) -> None:
    stream = client.stream(named().replace("/", "-"), "gaussian_hmm", {"window": 60})
    stream.observe(np.arange(60.0) * 1000, X[:60, :1])
    result = covariance(client, stream.window(42))
    assert same(result, covariance(client, X[18:60, :1].copy()))
    used = result.inputs_used["X"]
    assert (used.stream, used.last_ts, used.rows) == (stream.name, 59_000.0, (18, 60))
    stream.close()


def test_a_model_is_asked_with_a_reference(client: headgate.Client) -> None:
    model = client.model("lstm-regime")
    window = np.random.default_rng(2).normal(size=(42, 4)).astype(np.float32)
    dataset = client.dataset(window)
    assert np.array_equal(model.predict_proba(dataset.last(42)), model.predict_proba(window))
    assert model.infer(dataset.last(42)).inputs_used
    # Of another type it is converted here, as an array is.
    doubled = client.dataset(window.astype(np.float64))
    assert np.array_equal(model.predict_proba(doubled.last(42)), model.predict_proba(window))


def test_a_drop_in_takes_a_reference(strict: headgate.Client) -> None:
    wide = np.random.default_rng(3).normal(size=(700, 120))
    dataset = strict.dataset(wide)
    sent = strict.gate.tables.referred({"X": np.asarray(dataset[100:])})
    assert sent["X"].automatic
    one, other = (
        KMeans(3, random_state=0).fit(dataset[100:]),
        KMeans(3, random_state=0).fit(wide[100:].copy()),
    )
    assert np.array_equal(one.cluster_centers_, other.cluster_centers_)


def test_what_this_client_does_not_hold_is_refused_where_it_is_needed_here(strict: headgate.Client) -> None:
    dataset = strict.dataset(X, keep=False)
    assert same(covariance(strict, dataset[:50]), covariance(strict, X[:50]))
    with pytest.raises(FailedPreconditionError, match="keep=True"):
        LedoitWolf().fit(dataset[:50])


def fitted(window: np.ndarray) -> list[Any]:
    return [
        KMeans(2, random_state=0, max_iter=3).fit(window).cluster_centers_,
        PCA(5, svd_solver="randomized", random_state=0).fit(window).components_,
        monte_carlo_var(window, n_paths=2000, random_state=0)["var"],
        ask("ledoit_wolf", {"X": window}, {}, ["covariance"])[0]["covariance"],
    ]


def test_a_rolling_job_sends_references_and_is_answered_the_same(strict: headgate.Client) -> None:
    base = np.random.default_rng(4).normal(size=(1000, 50))
    tables = strict.gate.tables
    seen: list[bool] = []
    plain = tables.referred

    def watched(inputs: Any) -> dict[str, Any]:
        sent = plain(inputs)
        seen.append(sent["X"] is not inputs["X"])
        return sent

    tables.referred = watched  # type: ignore[method-assign]
    for at in range(12):
        window = base[at * 20 : at * 20 + 252]
        if at == 8:
            base[300:] *= 2
        for one, other in zip(fitted(window), fitted(window.copy()), strict=True):
            assert np.asarray(one).tobytes() == np.asarray(other).tobytes()
        _wait_for_puts(strict)
    assert sum(seen) > 20


def _wait_for_puts(client: headgate.Client) -> None:
    known = client.gate.tables._memory._tables
    until = time.monotonic() + 20
    while any(each.state == "putting" and each.rows is not None for each in list(known)):
        assert time.monotonic() < until
        time.sleep(0.005)


async def _drop(gate: headgate.Gate, name: str) -> None:
    def make(number: int, _remaining_ms: float) -> dict[str, Any]:
        return {"type": "drop", "id": number, "dataset": name}

    await gate.request(make, timeout=5, repeatable=False, needs=None)


def test_a_dataset_that_somebody_drops_is_sent_again(strict: headgate.Client) -> None:
    base = np.random.default_rng(5).normal(size=(400, 60))
    truth = ask("ledoit_wolf", {"X": base.copy()}, {}, ["covariance"])[0]["covariance"]
    for _ in range(8):
        for info in strict.datasets():
            if info.rows == 400:
                strict.run(_drop(strict.gate, info.dataset))
        for _ in range(3):
            found = ask("ledoit_wolf", {"X": base}, {}, ["covariance"])[0]["covariance"]
            assert found.tobytes() == truth.tobytes()
        _wait_for_puts(strict)


def test_a_fallback_computes_from_the_rows_that_are_held(own_gateway: GatewayProcess) -> None:
    with headgate.Client(own_gateway.url, fallback_after=0.2) as client:
        dataset, bare = client.dataset(X), client.dataset(X[:100], keep=False)
        stream = client.stream("s", "gaussian_hmm", {"window": 60})
        own_gateway.kill()
        result = client.infer("ledoit_wolf", {"X": dataset[100:300]}, timeout=10)
        assert result.source != "gateway"
        wanted = headgate.sklearn.LedoitWolf().fit(X[100:300]).covariance_  # type: ignore[attr-defined]
        assert np.allclose(result["covariance"], wanted)
        for reference in (bare[:50], stream.window(20)):
            with pytest.raises(UnavailableError, match=r"No fallback can answer: .* at the gateway alone"):
                client.infer("ledoit_wolf", {"X": reference}, timeout=5)


def test_a_registered_fallback_is_given_arrays() -> None:
    given: list[Any] = []

    def mine(request: fallback.Request) -> dict[str, Any]:
        given.append(request.inputs)
        return {"y": [1.0]}

    chain = [fallback.Fallback("registered", mine)]
    with headgate.Client("ws://127.0.0.1:9/v1", wait=False, fallback_after=0.05) as client:
        with pytest.raises(UnavailableError, match="No fallback can answer"):
            client.infer("mine", {"X": DatasetReference("d", last=3)}, timeout=2, fallbacks=chain)
        assert given == []
        assert client.infer("mine", {"X": X}, timeout=2, fallbacks=chain)["y"] == [1.0]
