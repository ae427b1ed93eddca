"""Streams and subscriptions beyond changes of regime: feeds that die, streams that end, heartbeats, paths."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

import numpy as np
import pytest
from gateway_process import GatewayProcess
from scripted import Peer, scripted

import headgate
from headgate.errors import FailedPreconditionError, InvalidArgumentError, NotFoundError, UnimplementedError


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(work, 60))


def event(offset: int, **data: Any) -> dict[str, Any]:
    frame = {"type": "event", "topic": "regime.S", "epoch": "e1", "offset": offset, "position": offset}
    return {**frame, "ts": 1.0, "event_id": f"e1-{offset}", "data": {"stream": "S", **data}}


ENDED = {"observations": 3, "last_ts": 2.0}
SILENT = event(1, kind="feed_silent", last_ts=2.0, max_silence_ms=500)
RESUMED = event(2, kind="feed_resumed", observed_ts=9.0, silent_ms=750)
REPLACED = event(3, kind="stream_replaced", **ENDED, detector="bocpd", version="1")
CLOSED = event(4, kind="stream_closed", **ENDED, reason="closed")
LATER = event(5, kind="of_a_later_gateway")
HEARTBEAT = {
    "type": "heartbeat",
    "topic": "regime.S",
    "epoch": "e1",
    "offset": 5,
    "position": 7,
    "last_ts": 2.0,
    "silent_ms": 12.0,
}


async def tells_everything(peer: Peer) -> None:
    await peer.greet()
    frame = await peer.next("subscribe")
    assert frame.get("heartbeat_ms") in (None, 1000)
    await peer.send({"type": "ack", "id": frame["id"], "topic": "regime.S"})
    await peer.send(SILENT, SILENT, RESUMED, REPLACED, CLOSED, LATER, HEARTBEAT)
    await peer.silence()


def test_each_kind_of_event_has_its_type_comes_once_and_moves_the_cursor() -> None:
    alarms: list[headgate.FeedAlarm] = []
    endings: list[headgate.StreamEnding] = []
    beats: list[headgate.TopicHeartbeat] = []

    async def main() -> None:
        async with scripted(tells_everything) as url, headgate.connect(url, fallback=False) as gate:
            subscription = gate.subscribe(
                "regime.S",
                heartbeat_ms=1000,
                on_feed=alarms.append,
                on_ending=endings.append,
                on_heartbeat=beats.append,
            )
            while not beats:
                await asyncio.sleep(0.005)
            assert subscription.cursor == {"epoch": "e1", "offset": 5}

    run(main())
    silent, resumed = alarms
    assert isinstance(silent, headgate.FeedSilent) and (silent.last_ts, silent.max_silence_ms) == (2.0, 500)
    assert isinstance(resumed, headgate.FeedResumed) and (resumed.observed_ts, resumed.silent_ms) == (
        9.0,
        750,
    )
    replaced, closed = endings
    assert isinstance(replaced, headgate.StreamReplaced) and replaced.detector == "bocpd"
    assert isinstance(closed, headgate.StreamClosed) and closed.reason == "closed" and closed.offset == 4
    assert beats == [headgate.TopicHeartbeat("regime.S", 5, 7, 2.0, 12.0)]


def test_who_hears_no_alarms_is_told_of_a_dead_feed_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    endings: list[headgate.StreamEnding] = []

    async def main() -> None:
        async with scripted(tells_everything) as url, headgate.connect(url, fallback=False) as gate:
            gate.subscribe("regime.S", on_ending=endings.append)
            while len(endings) < 2:
                await asyncio.sleep(0.005)

    with caplog.at_level(logging.INFO, "headgate"):
        run(main())
    assert "stream S: its feed is silent for 500 ms" in caplog.text
    assert "stream S: its feed is back after 750 ms" in caplog.text


def test_a_hook_that_fails_is_logged_and_costs_no_connection(caplog: pytest.LogCaptureFixture) -> None:
    beats: list[headgate.TopicHeartbeat] = []

    def fails(_: object) -> None:
        raise KeyError("of the user's own")

    async def main() -> None:
        settings: dict[str, Any] = {"fallback": False, "on_event": fails}
        async with scripted(tells_everything) as url, headgate.connect(url, **settings) as gate:
            gate.subscribe("regime.S", on_feed=fails, on_ending=fails, on_heartbeat=beats.append)
            while not beats:
                await asyncio.sleep(0.005)
            assert gate.connected

    run(main())
    assert caplog.text.count("a hook failed") >= 5 and "broke the protocol" not in caplog.text


def test_what_an_older_gateway_does_not_have_is_not_sent() -> None:
    async def play(peer: Peer) -> None:
        await peer.greet(features=["infer"])
        assert (await peer.next())["type"] == "describe"
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, headgate.connect(url, fallback=False) as gate:
            history: headgate.History = {"ts": [1.0], "values": [[0.1]]}
            for work in (gate.stream_state("S"), gate.regime("S"), gate.stream("S", history=history)):
                with pytest.raises(UnimplementedError, match="older"):
                    await work
            with pytest.raises(headgate.HeadgateError):
                await gate.describe(timeout=0.05)

    run(main())


def test_every_call_of_a_stream_keeps_its_own_time() -> None:
    async def play(peer: Peer) -> None:
        await peer.greet(features=["state", "history"])
        asked = await peer.next("open")
        opened = {"type": "ack", "id": asked["id"], "stream": "S", "detector": "d", "created": True}
        await peer.send({**opened, "last_ts": None, "observations": 0})
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, headgate.connect(url, timeout=3600, fallback=False) as gate:
            stream = await gate.stream("S")
            for work in (
                stream.observe(1.0, [0.1], timeout=0.02),
                gate.stream("T", timeout=0.02),
                stream.state(timeout=0.02),
                gate.regime("S", timeout=0.02),
                stream.close(timeout=0.02),
            ):
                with pytest.raises((TimeoutError, ConnectionError)):
                    await work

    run(main())


def test_a_stream_begins_with_its_history_and_tells_its_path(gateway: GatewayProcess) -> None:
    rng = np.random.default_rng(0)
    times = np.arange(400) * 60_000.0
    values = rng.normal(0, 0.01, size=(400, 1))
    with headgate.Client(gateway.url) as gate:
        stream = gate.stream("paths", "bocpd", history={"ts": times[:-5], "values": values[:-5]})
        assert stream.created and stream.observe(times[-5:], values[-5:]).accepted == 5
        state = stream.state(path="filtered", limit=10, values=True)
        assert state.observations == 400 and state.last_ts == times[-1] and state.path is not None
        assert state.path.causal and state.path.kind == "filtered"
        assert np.array_equal(state.path.ts, times[-10:])
        assert np.array_equal(state.path.values, values[-10:])
        assert state.path.probabilities.shape == (10, len(state.path.regimes))
        assert gate.stream_state("paths").path is None
        known = gate.regime("paths")
        assert known is not None and known["observations"] == 400 and gate.regime("no-such-stream") is None
        with pytest.raises(NotFoundError):
            gate.stream_state("no-such-stream")
        with pytest.raises(FailedPreconditionError):
            stream.state(path="smoothed")
        with pytest.raises(InvalidArgumentError, match=r"history\.ts"):
            gate.stream("one-time", history={"ts": 1.0, "values": [[0.1]]})
        with gate.subscribe("regime.paths") as subscription:
            subscription.caught_up()
            assert gate.regime("paths") == known  # as well as a subscription of its own
        stream.close()


def test_a_feed_that_dies_is_told_by_a_real_gateway(gateway: GatewayProcess) -> None:
    alarms: list[headgate.FeedAlarm] = []

    async def main() -> None:
        async with headgate.connect(gateway.url) as gate:
            stream = await gate.stream("dies", "bocpd", {"max_silence_ms": 100})
            subscription = gate.subscribe("regime.dies", on_feed=alarms.append)
            await subscription.caught_up()
            await stream.observe(1.0, [0.1])
            while not alarms:
                await asyncio.sleep(0.01)
            await stream.observe(2.0, [0.1])
            while len(alarms) < 2:
                await asyncio.sleep(0.01)
            await stream.close()

    run(main())
    assert [alarm.kind for alarm in alarms[:2]] == ["feed_silent", "feed_resumed"]
