"""What becomes of references when the gateway does not answer them as it should."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any

import numpy as np
import pytest
from gateway_process import GatewayProcess
from scripted import WELCOME, Peer, error, result, scripted
from websockets.exceptions import ConnectionClosed

import headgate
from headgate import Backoff
from headgate.errors import (
    InvalidArgumentError,
    NotFoundError,
    ResourceExhaustedError,
    UnimplementedError,
)
from headgate.sklearn.base import ask

BASE = np.random.default_rng(0).normal(size=(400, 60))
PLAIN = WELCOME["features"]
WITH = [*PLAIN, "datasets"]
VERSION = "0123456789abcdef"


def kept(frame: dict[str, Any]) -> dict[str, Any]:
    """The answer to a put; it comes before those to what was sent after it."""
    return {
        "type": "ack", "id": frame["id"], "dataset": f"auto:{VERSION}", "version": VERSION, "rows": 400,
        "bytes": BASE.nbytes, "sha256": VERSION,
    }  # fmt: skip


def keeping(
    seen: list[str],
    features: list[str] = WITH,
    *,
    put: dict[str, Any] | None = None,
    reference: dict[str, Any] | None = None,
    most: int = 1000,
) -> Any:
    """A gateway that notes what it is asked.

    :param put: how it refuses puts
    :param reference: how it refuses references
    :param most: frames until it goes away
    """

    async def script(peer: Peer) -> None:
        await peer.greet(features=features)
        for _ in range(most):
            try:
                frame = await peer.next()
            except (ConnectionClosed, asyncio.TimeoutError):
                return
            kind = frame["type"] if frame["type"] == "put" else _form(frame)
            seen.append(kind)
            refusal = {"put": put, "reference": reference, "bytes": None}[kind]
            if refusal is not None:
                await peer.send(error(frame, **refusal))
            else:
                await peer.send(kept(frame) if kind == "put" else result(frame))

    return script


def _form(frame: dict[str, Any]) -> str:
    tensor = frame["inputs"]["X"]
    if "ref" in tensor:
        assert (tensor["version"], tensor["rows"]) == (VERSION, [0, 400])
        return "reference"
    assert tensor["data"] == BASE.tobytes()
    return "bytes"


def fits(url: str, count: int, **settings: Any) -> None:
    """Fits of a drop-in, each of which is answered."""
    headgate.configure(url, fallback=False, timeout=10, backoff=Backoff(0.01, 0.1), **settings)
    try:
        for _ in range(count):
            connected(True)
            assert ask("ledoit_wolf", {"X": BASE}, {}, None)[0]["y"] == [1.0]
    finally:
        headgate.configure()


def connected(wanted: bool) -> None:
    """Wait until the drop-ins' client has a connection, or has none."""
    until = time.monotonic() + 20
    while headgate.default_client().connected != wanted:
        assert time.monotonic() < until
        time.sleep(0.001)


def play(*plays: Any, count: int = 6, **settings: Any) -> None:
    async def work() -> None:
        async with scripted(*plays) as url:
            await asyncio.to_thread(fits, url, count, **settings)

    asyncio.run(work())


def test_the_third_fit_of_an_array_is_a_reference() -> None:
    seen: list[str] = []
    play(keeping(seen))
    assert seen == ["bytes", "put", "bytes"] + ["reference"] * 4


def test_a_gateway_without_datasets_is_sent_the_bytes() -> None:
    seen: list[str] = []
    play(keeping(seen, PLAIN))
    assert seen == ["bytes"] * 6


def test_off_sends_the_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    play(keeping(seen), datasets="off")
    monkeypatch.setenv("HEADGATE_DATASETS", "off")
    play(keeping(seen))
    assert seen == ["bytes"] * 12
    with pytest.raises(InvalidArgumentError, match="on, sampled or off"):
        headgate.Client("ws://127.0.0.1:9/v1", wait=False, datasets="no")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "code", ["resource_exhausted", "permission_denied", "invalid_argument", "unavailable"]
)
def test_a_refused_put_is_not_seen_by_the_user_and_not_repeated(code: str) -> None:
    seen: list[str] = []
    play(keeping(seen, put={"code": code}))
    assert sorted(seen) == ["bytes"] * 6 + ["put"]


@pytest.mark.parametrize(
    "code",
    ["not_found", "invalid_argument", "failed_precondition", "internal", "unavailable", "resource_exhausted"],
)
def test_where_a_reference_is_refused_the_bytes_are_sent(code: str) -> None:
    seen: list[str] = []
    play(keeping(seen, reference={"code": code}))
    assert seen.count("bytes") == 6
    assert seen.count("reference") >= 1


def test_a_busy_gateway_is_not_sent_the_bytes_as_well() -> None:
    seen: list[str] = []
    busy = {"code": "resource_exhausted", "retryable": True, "retry_after_ms": 1}
    with pytest.raises(ResourceExhaustedError):
        play(keeping(seen, reference=busy))
    assert seen == ["bytes", "put", "bytes"] + ["reference"] * 5


def test_what_was_lost_is_put_again() -> None:
    seen: list[str] = []
    play(keeping(seen, reference={"code": "not_found"}), count=4)
    assert seen == ["bytes", "put", "bytes", "reference", "bytes", "put", "bytes"]


def test_an_error_of_the_request_itself_is_that_of_the_bytes() -> None:
    async def refuse(peer: Peer) -> None:
        await peer.greet(features=WITH)
        for number in range(5):
            frame = await peer.next()
            if frame["type"] == "put":
                await peer.send(kept(frame))
            elif number < 3:
                await peer.send(result(frame))
            else:
                await peer.send(error(frame, "invalid_argument", message=f"of the {_form(frame)}"))

    async def work() -> None:
        async with scripted(refuse) as url:
            with pytest.raises(InvalidArgumentError, match="of the bytes"):
                await asyncio.to_thread(fits, url, 3)

    asyncio.run(work())


def test_another_gateway_after_a_reconnection_is_asked_rightly() -> None:
    first: list[str] = []
    second: list[str] = []

    def work(url: str) -> None:
        headgate.configure(url, fallback=False, timeout=10, backoff=Backoff(0.5, 0.5))
        try:
            for number in range(7):
                connected(True)
                assert ask("ledoit_wolf", {"X": BASE}, {}, None)[0]["y"] == [1.0]
                if number == 2:
                    connected(False)
        finally:
            headgate.configure()

    async def run() -> None:
        lost = {"code": "not_found"}
        async with scripted(keeping(first, most=4), keeping(second, reference=lost)) as url:
            await asyncio.to_thread(work, url)

    asyncio.run(run())
    assert first == ["bytes", "put", "bytes", "reference"]
    assert second[:2] == ["reference", "bytes"]
    assert second.count("bytes") == 4 and "put" in second


def test_an_older_gateway_after_a_reconnection_is_sent_what_a_dataset_holds() -> None:
    async def work() -> None:
        seen: list[str] = []
        async with (
            scripted(keeping(seen, most=1), keeping(seen, PLAIN)) as url,
            headgate.connect(url, backoff=Backoff(0.01, 0.1), fallback=False) as gate,
        ):
            dataset = await gate.dataset(BASE)
            while gate.connected:
                await asyncio.sleep(0.001)
            result = await gate.infer("ledoit_wolf", {"X": dataset[:]}, timeout=10)
            assert result["y"] == [1.0]
            with pytest.raises(UnimplementedError, match="datasets"):
                await gate.dataset(BASE)
        assert seen == ["put", "bytes"]

    asyncio.run(work())


def test_a_dataset_of_the_users_that_was_dropped_says_so() -> None:
    async def work() -> None:
        seen: list[str] = []
        async with (
            scripted(keeping(seen, reference={"code": "not_found"})) as url,
            headgate.connect(url, fallback=False) as gate,
        ):
            dataset = await gate.dataset(BASE)
            with pytest.raises(NotFoundError):
                await gate.infer("ledoit_wolf", {"X": dataset[:]}, timeout=10)
        assert seen == ["put", "reference"]

    asyncio.run(work())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_child_learns_anew_and_is_answered_rightly(gateway: GatewayProcess) -> None:
    headgate.configure(gateway.url, fallback=False, timeout=30)
    try:
        truth = ask("ledoit_wolf", {"X": BASE.copy()}, {}, ["covariance"])[0]["covariance"].tobytes()

        def right() -> bool:
            found = [ask("ledoit_wolf", {"X": BASE}, {}, ["covariance"])[0]["covariance"] for _ in range(5)]
            return all(each.tobytes() == truth for each in found)

        assert right()
        child = os.fork()
        if child == 0:
            os._exit(0 if right() else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert right()
    finally:
        headgate.configure()
