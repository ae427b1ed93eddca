"""A client after a fork, as of gunicorn's preload, multiprocessing and joblib."""

from __future__ import annotations

import asyncio
import copy
import multiprocessing
import os
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from gateway_process import GatewayProcess

import headgate
import headgate.sklearn

X = {"X": np.eye(3)}
pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # a process of several threads forks
]
_FORK = multiprocessing.get_context("fork") if hasattr(os, "fork") else None


def in_child(work: Callable[[], Any], within_s: float = 60) -> Any:
    """What a function gives in a forked child; an exception is given as its class's name and its text."""
    assert _FORK is not None
    here, there = _FORK.Pipe(duplex=False)

    def main() -> None:
        try:
            there.send(work())
        except BaseException as error:
            there.send((type(error).__name__, str(error)))

    child = _FORK.Process(target=main)
    child.start()
    assert here.poll(within_s), "the child hangs"
    given = here.recv()
    child.join(within_s)
    assert child.exitcode == 0
    return given


def test_a_client_connects_anew_in_a_child_and_the_parents_goes_on(gateway: GatewayProcess) -> None:
    events: list[str] = []
    with headgate.Client(gateway.url, on_event=lambda event: events.append(event.kind)) as gate:
        model = gate.model("market-impact")
        row = np.zeros((1, 16), np.float32)
        expected = model.predict(row)
        mine = gate.gate.welcome

        def child() -> Any:
            told = gate.infer("pca", X, timeout=30).source, float(model.predict(row)[0])
            return *told, (gate.gate.welcome or {})["connection"]

        source, predicted, connection = in_child(child)
        assert source == "gateway" and predicted == expected[0]
        assert mine is not None and connection != mine["connection"]
        assert in_child(lambda: in_child(lambda: gate.infer("pca", X).source)) == "gateway"
        assert gate.infer("pca", X).source == "gateway" and gate.gate.welcome == mine
    assert events == ["connected", "disconnected"]


def test_the_gateway_notices_that_a_parent_has_gone_although_its_child_lives(gateway: GatewayProcess) -> None:
    """The child's copy of the socket would keep the connection open for as long as it lives."""
    gate = headgate.Client(gateway.url)

    def child() -> Any:
        life = headgate.sync._parents[-1]
        socket = life.gate._link._socket
        return (
            None if socket is None else os.fstat(socket.transport.get_extra_info("socket").fileno()).st_rdev
        )

    assert in_child(child) == os.stat(os.devnull).st_rdev
    assert gate.infer("pca", X).source == "gateway"
    gate.close()


def test_drop_ins_and_threads_of_a_child(gateway: GatewayProcess) -> None:
    headgate.configure(gateway.url, fallback=False)
    try:
        headgate.sklearn.PCA(1).fit(np.random.default_rng(0).normal(size=(40, 3)))
        shared = headgate.default_client()
        assert in_child(lambda: (headgate.default_client() is shared, shared.infer("pca", X).source)) == (
            True,
            "gateway",
        )
    finally:
        headgate.configure()


def test_what_was_opened_before_the_fork_is_refused_in_the_child(gateway: GatewayProcess) -> None:
    with headgate.Client(gateway.url) as gate:
        stream, subscription = gate.stream("fork"), gate.subscribe("regime.fork")
        for use in (lambda: stream.observe(1.0, [0.1]), lambda: next(subscription)):
            kind, told = in_child(use)
            assert kind == "FailedPreconditionError" and "before the process forked" in told
        stream.close()


def test_a_closed_client_stays_closed_and_the_asyncio_client_is_refused(gateway: GatewayProcess) -> None:
    gate = headgate.Client(gateway.url)
    gate.close()
    assert in_child(lambda: gate.infer("pca", X))[0] == "CancelledError"

    loop = asyncio.new_event_loop()
    asynchronous = loop.run_until_complete(_connected(gateway.url))
    infer = lambda: asyncio.new_event_loop().run_until_complete(asynchronous.infer("pca", X))  # noqa: E731
    kind, told = in_child(infer)
    assert kind == "FailedPreconditionError" and "connect anew" in told
    assert loop.run_until_complete(asynchronous.infer("pca", X)).source == "gateway"
    loop.run_until_complete(asynchronous.close())
    loop.close()


async def _connected(url: str) -> headgate.Gate:
    return await headgate.connect(url)


def test_a_client_is_shared_and_not_copied() -> None:
    gate = headgate.Client("ws://127.0.0.1:9/v1", wait=False)
    assert copy.copy(gate) is gate and copy.deepcopy({"gate": gate})["gate"] is gate
    with pytest.raises(TypeError, match="make one in each process"):
        pickle.dumps(gate)
    assert "127.0.0.1:9" in repr(gate) and "not connected" in repr(gate)
    gate.close()
    assert "closed" in repr(gate)


def test_a_client_is_a_field_of_a_pydantic_model() -> None:
    pydantic = pytest.importorskip("pydantic")
    gate = headgate.Client("ws://127.0.0.1:9/v1", wait=False)
    plain = pydantic.create_model("Plain", gate=(headgate.Client, ...))
    arbitrary = pydantic.create_model(
        "Arbitrary",
        __config__=pydantic.ConfigDict(arbitrary_types_allowed=True),
        gate=(headgate.Client, ...),
    )
    for model in (plain, arbitrary):
        tool = model(gate=gate)
        assert tool.gate is gate and tool.model_copy(deep=True).gate is gate
        assert tool.model_dump()["gate"] is gate and "127.0.0.1" in tool.model_dump_json()
        assert "gate" in model.model_json_schema()["properties"]
        with pytest.raises(pydantic.ValidationError):
            model(gate="ws://127.0.0.1:9/v1")
    gate.close()
