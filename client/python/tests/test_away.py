"""What a user is told while no gateway answers: in each call's own time, with the address and the cause."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from scripted import Peer, error, result, scripted

import headgate
from headgate import Backoff, fallback
from headgate.errors import (
    DeadlineExceededError,
    FailedPreconditionError,
    InvalidArgumentError,
    ResourceExhaustedError,
)
from headgate.threads import WAITING_MAX, Threads

NOBODY = "ws://127.0.0.1:9/v1"
FAST = Backoff(0.01, 0.05)
SOON: dict[str, Any] = {"fallback_after": 0.05, "backoff": FAST}
X = {"X": np.zeros((3, 2))}
FOREVER = 30.0


def away(**settings: Any) -> headgate.Client:
    return headgate.Client(NOBODY, wait=False, **{**SOON, "fallback": False, **settings})


def eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + FOREVER
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.005)


@pytest.fixture(autouse=True)
def nothing_registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("HEADGATE_FALLBACK", raising=False)
    monkeypatch.delenv("HEADGATE_MODELS", raising=False)
    yield
    for name in list(fallback._registered):
        fallback.unregister(name)


def test_an_error_names_the_address_the_cause_and_the_next_attempt() -> None:
    with away() as gate, pytest.raises(headgate.UnavailableError) as caught:
        gate.infer("pca", X, timeout=0.2)
    told = caught.value
    assert isinstance(told, ConnectionError) and told.retryable and told.processed == "no"
    assert told.addresses == (NOBODY,) and "nothing listens there" in told.cause
    assert NOBODY in str(told) and told.cause in str(told) and "tried" in str(told)


def test_the_breaker_opens_without_a_fallback_and_calls_end_at_once() -> None:
    """Were one of them to wait its whole time, the test would not end."""
    with away() as gate:
        eventually(lambda: (gate.gate._outages.lasting_s or 0) > 0.05)
        with pytest.raises(headgate.UnavailableError, match=r"within the call's 0\.1 s"):
            gate.infer("pca", X, timeout=0.1)
        assert gate.gate.breaker.state != "closed"
        for _ in range(50):
            with pytest.raises(headgate.UnavailableError, match="tried"):
                gate.infer("pca", X, timeout=3600)
            with pytest.raises(headgate.UnavailableError):
                gate.describe(timeout=3600)


def test_a_welcome_closes_the_breaker() -> None:
    async def play(peer: Peer) -> None:
        await peer.greet()
        await peer.send(result(await peer.next("infer")))
        await peer.silence()

    async def main() -> None:
        ready = asyncio.Event()

        async def refused(peer: Peer) -> None:
            await ready.wait()
            peer.socket.transport.abort()

        async with (
            scripted(refused, play) as url,
            headgate.connect(url, wait=False, fallback=False, **SOON) as gate,
        ):
            for _ in range(3):
                with pytest.raises(headgate.UnavailableError):
                    await gate.infer("m", X, timeout=0.02)
            assert gate.breaker.state != "closed"
            ready.set()
            while not gate.connected:
                await asyncio.sleep(0.005)
            assert gate.breaker.state == "closed"
            assert (await gate.infer("m", X)).source == "gateway"

    asyncio.run(asyncio.wait_for(main(), FOREVER))


def test_a_gateway_that_is_slow_with_some_requests_is_not_taken_for_dead() -> None:
    async def play(peer: Peer) -> None:
        await peer.greet()
        while True:
            frame = await peer.next()
            if frame["type"] == "cancel":
                continue
            if frame["model"] == "slow":
                await peer.send(error(frame, "deadline_exceeded"))
            elif frame["model"] == "late":
                await peer.socket.ping()
            else:
                await peer.send(result(frame))
                await peer.silence()
                return

    async def main() -> None:
        async with scripted(play) as url, headgate.connect(url, fallback=False) as gate:
            for name in ("slow", "late"):
                for _ in range(5):
                    with pytest.raises(DeadlineExceededError):
                        await gate.infer(name, X, timeout=0.05)
            assert gate.breaker.state == "closed"
            assert (await gate.infer("m", X)).source == "gateway"

    asyncio.run(asyncio.wait_for(main(), FOREVER))


def test_a_call_waits_for_describe_within_its_own_time_and_shares_it() -> None:
    described = {
        "models": [
            {
                "version": "1",
                "inputs": [{"name": "X", "datatypes": ["FP64"], "shape": ["batch", 2]}],
                "outputs": [{"name": "y"}],
                "max_batch_size": 8,
            }
        ]
    }

    async def play(peer: Peer) -> None:
        await peer.greet()
        asked = await peer.next("describe")
        await given_up.wait()
        await peer.send({"type": "ack", "id": asked["id"], **described})
        await peer.send(result(await peer.next("infer")))
        await peer.silence()

    async def main() -> None:
        nonlocal given_up
        given_up = asyncio.Event()
        async with scripted(play) as url, headgate.connect(url, fallback=False) as gate:
            model = gate.model("m")
            patient = asyncio.ensure_future(model.predict([1.0, 2.0], timeout=3600))
            with pytest.raises(DeadlineExceededError, match=r"0\.05 s"):
                await model.predict([1.0, 2.0], timeout=0.05)
            given_up.set()
            assert (await patient)[0] == 1

    given_up: asyncio.Event
    asyncio.run(asyncio.wait_for(main(), FOREVER))


def test_predict_of_a_gateway_that_is_away_ends_in_its_time_and_falls_back() -> None:
    with away(fallback=None, fallback_after=3600) as gate:
        with pytest.raises(headgate.UnavailableError, match=r"within the call's 0\.05 s"):
            gate.model("m").predict([[1.0]], timeout=0.05)
        fallback.register("m", lambda request: {"y": np.asarray(request.inputs["X"])[:, 0] * 2})
        assert gate.model("m").predict([[1.0], [3.0]], timeout=0.2).tolist() == [2.0, 6.0]


def test_a_client_that_need_not_wait_works_by_fallbacks_and_connects_by_itself() -> None:
    async def play(peer: Peer) -> None:
        await peer.greet()
        await peer.send(result(await peer.next("infer")))
        await peer.silence()

    async def main() -> None:
        fallback.register("m", lambda request: {"y": np.ones(1)})
        away_ = await headgate.connect(NOBODY, wait=False, **SOON)
        assert not away_.connected and (await away_.infer("m", X)).source == "registered"
        await away_.close()
        async with scripted(play) as url, headgate.connect(url, wait=False) as gate:
            assert (await gate.infer("m", X)).source == "gateway"

    asyncio.run(asyncio.wait_for(main(), FOREVER))


def test_infer_falls_back_as_the_drop_ins_do_and_says_so() -> None:
    rows = np.random.default_rng(0).normal(size=(60, 3))
    with away(fallback=None) as gate:
        for name in ("ledoit_wolf", "pca", "monte_carlo_var", "factor_risk"):
            assert gate.infer(name, {"X": rows}).source in ("scikit-learn", "numpy"), name
        found = gate.infer("ledoit_wolf", {"X": rows}, outputs=["shrinkage"])
        assert list(found.outputs) == ["shrinkage"] and 0 < found["shrinkage"] < 1
    with away() as gate, pytest.raises(headgate.UnavailableError):
        gate.infer("ledoit_wolf", {"X": rows}, timeout=0.1)


def test_fallbacks_leave_the_event_loop_alone_and_run_side_by_side() -> None:
    together = threading.Barrier(4)
    names: set[str] = set()

    def slow(request: fallback.Request) -> dict[str, Any]:
        names.add(threading.current_thread().name)
        together.wait(FOREVER)  # passes only when four run at once
        return {"y": 1.0}

    fallback.register("m", slow)
    with away(fallback=None) as gate, ThreadPoolExecutor(4) as pool:
        sources = list(pool.map(lambda _: gate.infer("m", X).source, range(4)))
    assert sources == ["registered"] * 4 and names == {"headgate-fallback"}


def test_a_fallback_has_what_is_left_of_the_calls_time() -> None:
    release = threading.Event()
    fallback.register("m", lambda request: {"y": float(release.wait(FOREVER))})
    with away(fallback=None) as gate:
        with pytest.raises(headgate.UnavailableError, match="registered had no answer for m") as caught:
            gate.infer("m", X, timeout=0.2)
        assert NOBODY in str(caught.value)
        release.set()


def test_threads_are_bounded_and_what_was_given_up_never_runs() -> None:
    release, ran = threading.Event(), []
    threads = Threads("test-threads", 2)
    held = [threads.submit(lambda: release.wait(FOREVER)) for _ in range(2)]
    given_up = [threads.submit(lambda: ran.append(1)) for _ in range(WAITING_MAX)]
    with pytest.raises(ResourceExhaustedError, match="1024 calls wait for the 2 threads"):
        threads.submit(lambda: None)
    assert sum(each.name == "test-threads" for each in threading.enumerate()) == 2
    assert all(each.cancel() for each in given_up)
    last = threads.submit(lambda: "ran")
    release.set()
    assert last.result(FOREVER) == "ran" and all(each.result(FOREVER) for each in held) and ran == []
    threads.close()


def test_each_outage_is_logged_and_told_with_its_length(caplog: pytest.LogCaptureFixture) -> None:
    outages: list[headgate.Outage] = []
    alerts: list[fallback.Alert] = []
    fallback.register("m", lambda request: {"y": 1.0})

    async def goes(peer: Peer) -> None:
        await peer.greet()
        await peer.next("infer")
        await peer.socket.close(1012)

    async def stays_away(peer: Peer) -> None:
        await fell_back.acquire()

    async def comes(peer: Peer) -> None:
        await peer.greet()
        await peer.send(result(await peer.next("infer")))
        await peer.next("infer")
        await peer.socket.close(1012)

    async def comes_to_stay(peer: Peer) -> None:
        await peer.greet()
        await peer.send(result(await peer.next("infer")))
        await peer.silence()

    async def main() -> None:
        nonlocal fell_back
        fell_back = asyncio.Semaphore(0)
        settings: dict[str, Any] = {**SOON, "on_back": outages.append, "on_fallback": alerts.append}
        async with (
            scripted(goes, stays_away, comes, stays_away, comes_to_stay) as url,
            headgate.connect(url, **settings) as gate,
        ):
            for number in range(2):
                for _ in range(3):
                    assert (await gate.infer("m", X)).source == "registered"
                fell_back.release()
                while len(outages) == number:
                    await asyncio.sleep(0.005)
                assert (await gate.infer("m", X)).source == "gateway"
            while len(alerts) < 6:
                await asyncio.sleep(0.005)

    fell_back: asyncio.Semaphore
    with caplog.at_level(logging.INFO, "headgate"):
        asyncio.run(asyncio.wait_for(main(), FOREVER))
    assert [outage.fallbacks for outage in outages] == [3, 3] and outages[0].lasted_s > 0
    logged = [record.message for record in caplog.records]
    assert sum("no gateway answers" in each for each in logged) == 2
    assert sum("answers again after" in each for each in logged) == 2
    assert sum("answered by registered" in each for each in logged) == 2


def test_a_call_from_a_hook_is_refused_where_it_would_wait_for_itself() -> None:
    caught: list[BaseException] = []

    def hook(event: headgate.Event) -> None:
        if client:
            try:
                client[0].infer("m", X)
            except BaseException as error:
                caught.append(error)

    client: list[headgate.Client] = []
    with away(on_event=hook) as gate:
        client.append(gate)
        eventually(lambda: bool(caught))
    assert isinstance(caught[0], FailedPreconditionError) and "another thread" in str(caught[0])


@pytest.mark.parametrize("settings", [{"timeout": 0}, {"fallback_after": -1}, {"fallback_threads": 65}])
def test_a_setting_out_of_its_range_is_refused_by_name(settings: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError, match=next(iter(settings))):
        headgate.connect(NOBODY, **settings)


@pytest.mark.parametrize("timeout", [0, -1, "1", float("nan")])
def test_a_timeout_that_is_no_time_is_refused(timeout: Any) -> None:
    with away() as gate, pytest.raises(InvalidArgumentError, match="timeout"):
        gate.infer("m", X, timeout=timeout)


def test_many_rows_fall_back_each_to_its_own_answer_or_error() -> None:
    def model(request: fallback.Request) -> dict[str, Any] | None:
        x = np.asarray(request.inputs["X"])
        return None if x[0] < 0 else {"y": x}

    rows = [{"X": np.array([1.0])}, {"X": np.array([-1.0])}, {"X": np.array([2.0])}]
    with away() as client:
        results = client.infer_many("m", rows, timeout=5, fallbacks=[("registered", model)])
        first, refused, last = results
        assert isinstance(first, headgate.Result)
        assert isinstance(last, headgate.Result)
        assert (first["y"][0], last["y"][0]) == (1.0, 2.0)
        assert isinstance(refused, headgate.UnavailableError)
        assert NOBODY in str(refused)
        assert dict(client.metrics.calls) == {("ok", "registered"): 2, ("unavailable", "client"): 1}


def test_many_rows_without_an_answer_are_one_call_for_the_breaker() -> None:
    with away(fallback_after=FOREVER) as client:
        for calls in (1, 2, 3):
            results = client.infer_many("m", [X] * 5, timeout=0.05)
            assert all(isinstance(each, headgate.UnavailableError) for each in results)
            assert client.gate.breaker.state == ("closed" if calls < 3 else "open")
        assert all(isinstance(each, headgate.UnavailableError) for each in client.infer_many("m", [X] * 5))
