"""Watches of the gateway's own figures: what a reader gets, what a reconnection asks for, how they end."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Coroutine
from typing import Any

import numpy as np
import pytest
from gateway_process import ROOT, GatewayProcess
from scripted import Frame, Peer, error, scripted

import headgate
from headgate import Backoff
from headgate.errors import (
    FailedPreconditionError,
    HeadgateError,
    InvalidArgumentError,
    PermissionDeniedError,
    ResourceExhaustedError,
    UnauthenticatedError,
    UnimplementedError,
)

STATS = "gateway.stats"
FEATURES = ["infer", "watch"]


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 60))


def open_gate(url: str, **settings: Any) -> headgate.connect:
    return headgate.connect(url, fallback=False, backoff=Backoff(0.01, 0.05), **settings)


def ack(frame: Frame) -> Frame:
    return {"type": "ack", "id": frame["id"], "topic": frame["topic"], "interval_ms": 250}


def sample(seq: int, topic: str = STATS, **data: Any) -> Frame:
    return {"type": "sample", "topic": topic, "ts": 1000.0 + seq, "seq": seq, "data": data}


async def until(met: Any) -> None:
    while not met():
        await asyncio.sleep(0.002)


def test_the_first_sample_may_come_with_the_ack_and_each_is_given_once() -> None:
    asked: list[Frame] = []

    async def play(peer: Peer) -> None:
        await peer.greet(features=FEATURES)
        asked.append(await peer.next("watch"))
        await peer.send(ack(asked[0]), sample(7, requests=3))
        await peer.next("unwatch")
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            async with gate.watch("gateway.stats", interval=0.25) as watch:
                first = await anext(watch)
                assert first == headgate.Sample(STATS, 1007.0, 7, {"requests": 3})
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(anext(watch), 0.05)
            assert [each async for each in watch] == []

    run(main())
    assert {**asked[0], "id": 0} == {"type": "watch", "id": 0, "topic": STATS, "interval_ms": 250}


def test_a_slow_reader_gets_the_newest_sample_only() -> None:
    told: list[str] = []

    async def play(peer: Peer) -> None:
        await peer.greet(features=FEATURES)
        await peer.send(ack(await peer.next("watch")), *(sample(seq) for seq in range(1, 1001)))
        await peer.send(error(await peer.next("infer"), "not_found"))
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            watch = gate.watch(STATS, on_end=lambda error: told.append(error.code))
            with pytest.raises(headgate.errors.NotFoundError):
                await gate.infer("m", {"X": np.zeros(1)})  # Answered after the thousand samples
            assert (await anext(watch)).seq == 1000
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(anext(watch), 0.05)
        assert [each async for each in watch] == []

    run(main())
    assert told == []  # Who closes the client knows


def test_a_watch_goes_on_after_a_reconnection_and_a_stopped_one_does_not() -> None:
    asked: list[list[tuple[str, Any]]] = []

    async def play(peer: Peer) -> None:
        await peer.greet(features=FEATURES)
        frames = [await peer.next("watch") for _ in range(2 if not asked else 1)]
        asked.append([(frame["topic"], frame.get("contains")) for frame in frames])
        await peer.send(*map(ack, frames), sample(len(asked), topic="gateway.streams"))
        if len(asked) == 1:
            assert (await peer.next("unwatch"))["topic"] == STATS
            peer.socket.transport.abort()
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            streams = gate.watch("gateway.streams", contains="SPX")
            stats = gate.watch(STATS)
            assert (await anext(streams)).seq == 1
            stats.stop()
            assert (await anext(streams)).seq == 2

    run(main())
    assert asked == [[("gateway.streams", "SPX"), (STATS, None)], [("gateway.streams", "SPX")]]


def test_a_watch_that_waits_for_credits_is_asked_for_once_on_the_next_connection() -> None:
    asked: list[Frame] = []
    connections = 0

    async def play(peer: Peer) -> None:
        nonlocal connections
        connections += 1
        await peer.greet(features=FEATURES, credits=1)
        if connections == 1:
            await peer.next("infer")  # Takes the only credit
            await asyncio.sleep(0.05)
            return peer.socket.transport.abort()
        while not asked or asked[-1]["type"] != "infer":
            frame = await peer.next()
            asked.append(frame)
            if frame["type"] == "watch":
                await peer.send(ack(frame), sample(len(asked)))
        await peer.send(error(asked[-1], "not_found"))
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            lost = asyncio.ensure_future(gate.infer("m", {"X": np.zeros(1)}))
            await asyncio.sleep(0)
            watch = gate.watch(STATS)
            assert (await anext(watch)).topic == STATS
            with pytest.raises(HeadgateError):
                await lost
            with pytest.raises(headgate.errors.NotFoundError):
                await gate.infer("m", {"X": np.zeros(1)})  # After all that was sent before it

    run(main())
    assert [frame["type"] for frame in asked] == ["watch", "infer"]


def test_a_topic_may_be_watched_anew_at_once_and_gets_no_sample_of_the_earlier_watch() -> None:
    async def play(peer: Peer) -> None:
        await peer.greet(features=FEATURES)
        await peer.send(ack(await peer.next("watch")))
        left = await peer.next("unwatch")
        await peer.send(sample(1, contained="A"))
        await asyncio.sleep(0.05)
        await peer.send({"type": "ack", "id": left["id"], "topic": STATS})
        again = await peer.next("watch")
        assert again["contains"] == "B"
        await peer.send(ack(again), sample(2, contained="B"))
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            before = gate.watch(STATS, contains="A")
            await asyncio.sleep(0.02)
            before.stop()
            assert (await anext(gate.watch(STATS, contains="B"))).data == {"contained": "B"}

    run(main())


def test_what_the_gateway_ends_is_raised_and_told_once_after_the_last_sample() -> None:
    told: list[HeadgateError] = []
    over = {"type": "error", "code": "resource_exhausted", "message": "too large", "topic": STATS}

    async def play(peer: Peer) -> None:
        await peer.greet(features=FEATURES)
        await peer.send(ack(await peer.next("watch")), sample(1))
        await peer.send({**over, "retryable": False, "processed": "no"})
        await peer.send(error(await peer.next("watch"), "permission_denied"))
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            watch = gate.watch(STATS, on_end=told.append)
            await until(lambda: told)
            assert (await anext(watch)).seq == 1
            for _ in range(2):
                with pytest.raises(ResourceExhaustedError, match="too large"):
                    await anext(watch)
            watch.stop()
            with pytest.raises(PermissionDeniedError):
                await anext(gate.watch("gateway.workers", on_end=told.append))
            assert gate.connected

    run(main())
    assert [each.code for each in told] == ["resource_exhausted", "permission_denied"]


def test_a_gateway_without_the_feature_is_not_asked() -> None:
    told: list[HeadgateError] = []

    async def play(peer: Peer) -> None:
        await peer.greet(features=["infer"])
        await peer.send(error(await peer.next("infer"), "not_found"))  # The first frame that comes
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            with pytest.raises(UnimplementedError, match="watch"):
                await anext(gate.watch(STATS, on_end=told.append))
            with pytest.raises(headgate.errors.NotFoundError):
                await gate.infer("m", {"X": np.zeros(1)})

    run(main())
    assert [each.code for each in told] == ["unimplemented"]


def test_no_further_connection_ends_it_with_the_reason() -> None:
    told: list[HeadgateError] = []

    async def play(peer: Peer) -> None:
        await peer.greet(features=FEATURES)
        await peer.send(ack(await peer.next("watch")))
        await peer.socket.close(4401, "the token has expired")

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            watch = gate.watch(STATS, on_end=told.append)
            with pytest.raises(UnauthenticatedError):
                await anext(watch)
            with pytest.raises(UnauthenticatedError):
                gate.watch(STATS)

    run(main())
    assert [each.code for each in told] == ["unauthenticated"]


@pytest.mark.parametrize("interval", [0, -1, True, "1", float("nan"), float("inf")])
def test_an_interval_that_is_no_number_of_seconds_is_refused_by_name(interval: Any) -> None:
    async def play(peer: Peer) -> None:
        await peer.greet(features=FEATURES)
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            with pytest.raises(InvalidArgumentError, match="interval: "):
                gate.watch(STATS, interval=interval)
            first = gate.watch(STATS)
            with pytest.raises(FailedPreconditionError, match=r"watches gateway\.stats already"):
                gate.watch(STATS)
            first.stop()

    run(main())


def test_the_gateway_tells_its_figures_also_through_the_blocking_client(gateway: GatewayProcess) -> None:
    row = np.zeros((1, 16), np.float32)
    with headgate.Client(gateway.url, fallback=False) as client:
        with client.watch(STATS, interval=0.25) as stats:
            asked = 0
            for sample in stats:
                if sample.data["requests"] > 0:
                    break
                client.infer("market-impact", {"X": row})
                asked += 1
            assert asked > 0 and sample.data["models"][0]["model"] == "market-impact"
            assert sample.data["latency_ms"]["p50"] > 0 and sample.ts > 1.6e12
        with client.watch("gateway.models") as models:
            names = [each["name"] for each in next(models).data["models"]]
            assert "market-impact" in names
        with client.watch("gateway.streams", contains="no-such") as streams:
            assert next(streams).data["streams"] == []


def test_a_blocked_reader_ends_when_another_thread_stops_the_watch(gateway: GatewayProcess) -> None:
    with headgate.Client(gateway.url, fallback=False) as client:
        watch = client.watch(STATS, interval=60)
        assert watch.topic == STATS
        stopper = threading.Timer(0.1, watch.stop)
        stopper.start()
        assert list(watch) == []
        stopper.join()
        with client.watch("gateway.models", interval=60) as again:
            assert next(again).seq >= 0
        with pytest.raises(InvalidArgumentError, match="topic"):
            next(client.watch("gateway.nothing"))
        with pytest.raises(InvalidArgumentError, match="interval_ms"):
            next(client.watch("gateway.models", interval=0.1))


def test_the_example_of_the_docs_prints_a_sample(
    gateway: GatewayProcess, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs" / "python.md").read_text()
    found = re.search(r"## Watching the gateway\n.*?```python\n(.*?)```", page, re.DOTALL)
    assert found is not None
    monkeypatch.setenv("HEADGATE_URL", gateway.url)
    exec(compile(found[1], "docs/python.md", "exec"), {})
    assert re.fullmatch(r"[\d.]+ (None|\{.*\})\n", capsys.readouterr().out)
