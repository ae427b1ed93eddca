"""What the client does when the gateway's side goes wrong, against a scripted one."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import numpy as np
import pytest
from scripted import Peer, error, result, scripted
from websockets.exceptions import ConnectionClosed

import headgate
from headgate import Backoff
from headgate.errors import (
    CancelledError,
    DeadlineExceededError,
    InternalError,
    InvalidArgumentError,
    UnauthenticatedError,
    UnavailableError,
)

FAST = Backoff(0.01, 0.05)
X = {"X": np.zeros(3)}


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 30))


def open_gate(url: str | list[str], **settings: Any) -> headgate.connect:
    return headgate.connect(url, **{"backoff": FAST, "fallback": False, **settings})


async def answer_all(peer: Peer) -> None:
    await peer.greet()
    while True:
        try:
            frame = await peer.next()
        except Exception:
            return
        if frame["type"] == "infer":
            await peer.send(result(frame))


def test_hello_asks_for_large_messages_and_the_token_is_a_header() -> None:
    seen: list[Any] = []

    async def play(peer: Peer) -> None:
        seen.append(await peer.greet())
        assert peer.socket.request is not None
        seen.append(peer.socket.request.headers["Authorization"])
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url, token=lambda: "s3cret"):
            pass

    run(main())
    assert seen[0]["max_message_bytes"] == 32 * 1024 * 1024 and "token" not in seen[0]
    assert seen[1] == "Bearer s3cret"


@pytest.mark.parametrize("token", ["old", lambda: "old"])
def test_a_refreshed_token_is_that_of_later_connections_unless_a_function_gives_it(token: Any) -> None:
    seen: list[str] = []

    async def play(peer: Peer) -> None:
        assert peer.socket.request is not None
        seen.append(peer.socket.request.headers["Authorization"])
        await peer.greet()
        if len(seen) == 1:
            frame = await peer.next("refresh")
            assert frame["token"] == "new"
            await peer.send({"type": "ack", "id": frame["id"]})
        else:
            await peer.send(result(await peer.next("infer")))
            await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url, token=token) as gate:
            await gate.refresh("new")
            while gate.connected:
                await asyncio.sleep(0.001)
            await gate.infer("m", X)

    run(main())
    assert seen == ["Bearer old", "Bearer old" if callable(token) else "Bearer new"]


def test_frames_of_one_turn_leave_in_one_message() -> None:
    async def play(peer: Peer) -> None:
        await peer.greet()
        first = await peer.next("infer")
        others = [await asyncio.wait_for(peer.next("infer"), 0.01) for _ in range(9)]
        assert [len(peer._frames), first["timeout_ms"] <= 30_000] == [0, True]
        await peer.send(*(result(each, each["id"]) for each in reversed([first, *others])))
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            results = await asyncio.gather(*(gate.infer("m", X) for _ in range(10)))
            assert [each["y"][0] for each in results] == sorted(each["y"][0] for each in results)

    run(main())


def test_a_lost_request_is_told_unless_it_has_a_key_which_is_sent_again() -> None:
    async def dies(peer: Peer) -> None:
        await peer.greet()
        await peer.next("infer")
        await peer.next("infer")
        peer.socket.transport.abort()

    async def then(peer: Peer) -> None:
        await peer.greet()
        frame = await peer.next("infer")
        assert frame["key"] == "order-1"
        await peer.send(result(frame, 5.0))
        await peer.silence()

    async def main() -> None:
        async with scripted(dies, then) as url, open_gate(url) as gate:
            lost, kept = await asyncio.gather(
                gate.infer("m", X), gate.infer("m", X, key="order-1"), return_exceptions=True
            )
            assert isinstance(lost, UnavailableError) and lost.processed == "maybe" and lost.retryable
            assert kept["y"][0] == 5.0

    run(main())


def test_what_was_not_processed_is_sent_again_and_what_cannot_succeed_is_not() -> None:
    async def play(peer: Peer) -> None:
        await peer.greet()
        for _ in range(2):
            frame = await peer.next("infer")
            await peer.send(error(frame, "resource_exhausted", retryable=True, retry_after_ms=1))
        await peer.send(result(await peer.next("infer")))
        await peer.send(error(await peer.next("infer"), "invalid_argument"))
        await peer.send(error(await peer.next("infer"), "unavailable", retryable=True, processed="maybe"))
        await peer.send(error(await peer.next("infer"), "a_new_code"))
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            assert (await gate.infer("m", X)).source == "gateway"
            with pytest.raises(InvalidArgumentError) as wrong:
                await gate.infer("m", X)
            assert isinstance(wrong.value, ValueError) and not wrong.value.retryable
            with pytest.raises(UnavailableError):
                await gate.infer("m", X)
            with pytest.raises(InternalError):
                await gate.infer("m", X)

    run(main())


def test_too_many_connections_are_waited_out_as_any_outage_and_no_request_is_lost() -> None:
    async def over_quota(peer: Peer) -> None:
        await peer.next("hello")
        await peer.socket.close(4429, "quota connections: tenant desk may have 2 connections")

    async def main() -> None:
        async with scripted(over_quota, over_quota, answer_all) as url:
            gate = open_gate(url)
            async with gate as opened:
                assert (await opened.infer("m", X)).source == "gateway"

    run(main())


def test_cancelling_a_task_and_a_passed_deadline_send_cancel() -> None:
    cancelled: list[int] = []

    async def play(peer: Peer) -> None:
        await peer.greet()
        first = await peer.next("infer")
        frame = await peer.next("cancel")
        cancelled.append(frame["id"] == first["id"])
        second = await peer.next("infer")
        cancelled.append((await peer.next("cancel"))["id"] == second["id"])
        await peer.send(error(second, "cancelled"))
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            task = asyncio.create_task(gate.infer("m", X))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            with pytest.raises(DeadlineExceededError) as late:
                await gate.infer("m", X, timeout=0.05)
            assert late.value.processed == "maybe" and isinstance(late.value, TimeoutError)
            await asyncio.sleep(0.05)

    run(main())
    assert cancelled == [True, True]


def test_credits_and_bytes_hold_requests_back() -> None:
    async def play(peer: Peer) -> None:
        await peer.greet(credits=2, limits={"bytes_in_flight": 100_000, "message_bytes": 90_000})
        first, second = await peer.next("infer"), await peer.next("infer")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(peer.next(), 0.05)
        await peer.send(result(first), result(second))
        big = await peer.next("infer")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(peer.next(), 0.05)
        await peer.send(result(big))
        await peer.send(result(await peer.next("infer")))
        await peer.silence()

    async def main() -> None:
        large = {"X": np.zeros(10_000)}
        async with scripted(play) as url, open_gate(url) as gate:
            await asyncio.gather(
                gate.infer("m", X), gate.infer("m", X), gate.infer("m", large), gate.infer("m", large)
            )
            with pytest.raises(InvalidArgumentError, match=r"limits\.message_bytes"):
                await gate.infer("m", {"X": np.zeros(20_000)})

    run(main())


def test_text_over_the_gateways_limits_is_refused_here() -> None:
    """Sent, it would close the connection under the other requests."""
    limits = {"bytes_in_flight": 2**26, "message_bytes": 2**25, "text_bytes": 3_000, "text_values": 300}

    async def play(peer: Peer) -> None:
        await peer.greet(limits=limits)
        good = await peer.next("infer")
        await peer.send(result(good))
        assert len((await peer.next("infer"))["inputs"]["X"]["data"]) == 280
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            good = asyncio.ensure_future(gate.infer("m", X))
            with pytest.raises(InvalidArgumentError, match=r"takes 300 in .*welcome\.limits\.text_values"):
                await gate.infer("m", {"X": np.array(["a"] * 300, dtype=object)})
            with pytest.raises(InvalidArgumentError, match=r"takes 3000 in .*welcome\.limits\.text_bytes"):
                await gate.infer("m", {"X": np.array(["ü" * 1_500], dtype=object)})
            assert (await good)["y"][0] == 1
            with pytest.raises(DeadlineExceededError):  # within the limits: it is sent
                await gate.infer("m", {"X": np.array(["abc"] * 280, dtype=object)}, timeout=0.1)

    run(main())


def test_a_gateway_that_tells_no_limits_of_text_has_none() -> None:
    async def main() -> None:
        async with scripted(answer_all) as url, open_gate(url) as gate:
            assert (await gate.infer("m", {"X": np.array(["a"] * 200_000, dtype=object)}))["y"][0] == 1

    run(main())


def test_what_cannot_be_sent_is_told_and_harms_nobody_else() -> None:
    async def main() -> None:
        async with scripted(answer_all) as url, open_gate(url) as gate:
            good = gate.infer("m", X)
            with pytest.raises(InvalidArgumentError, match="the request"):
                await gate.infer("m", X, parameters={"x": object()})  # type: ignore[dict-item]
            assert (await good)["y"][0] == 1

    run(main())


@pytest.mark.parametrize(("code", "kind"), [(4401, UnauthenticatedError), (4400, InternalError)])
def test_a_final_close_ends_everything(code: int, kind: type[Exception]) -> None:
    async def play(peer: Peer) -> None:
        await peer.greet()
        await peer.next("infer")
        await peer.socket.close(code, "so")

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            with pytest.raises((kind, UnavailableError)):
                await gate.infer("m", X)
            await asyncio.sleep(0.05)
            with pytest.raises(kind, match="so"):
                await gate.infer("m", X)

    run(main())


def test_a_subscription_resumes_after_the_last_event_it_saw() -> None:
    def event(offset: int, epoch: str = "e1") -> dict[str, Any]:
        data = {
            "kind": "regime_change",
            "stream": "SPX",
            "from": "calm",
            "to": "turbulent",
            "probability": 0.9,
        }
        data |= {"probabilities": {}, "detector": "d", "version": "1", "observed_ts": 1.0}
        frame = {"type": "event", "topic": "regime.SPX", "epoch": epoch, "offset": offset, "position": offset}
        return {**frame, "ts": 1.0, "event_id": f"{epoch}-{offset}", "data": data}

    def snapshot(offset: int, recovered: bool, epoch: str = "e1") -> dict[str, Any]:
        frame = {"type": "snapshot", "topic": "regime.SPX", "epoch": epoch, "offset": offset}
        return {**frame, "position": offset, "recovered": recovered, "data": None}

    def ack(frame: dict[str, Any]) -> dict[str, Any]:
        return {"type": "ack", "id": frame["id"], "topic": frame["topic"]}

    async def first(peer: Peer) -> None:
        await peer.greet()
        frame = await peer.next("subscribe")
        assert "since" not in frame
        await peer.send(ack(frame), snapshot(2, False), event(3))
        await asyncio.sleep(0.02)
        peer.socket.transport.abort()

    async def second(peer: Peer) -> None:
        await peer.greet()
        frame = await peer.next("subscribe")
        assert frame["since"] == {"epoch": "e1", "offset": 3}
        await peer.send(ack(frame), event(3), event(4), snapshot(4, True))
        await asyncio.sleep(0.02)
        await peer.socket.close(1012)

    async def third(peer: Peer) -> None:
        await peer.greet(epoch="e2")
        frame = await peer.next("subscribe")
        assert frame["since"] == {"epoch": "e1", "offset": 4}
        await peer.send(ack(frame), snapshot(1, False, "e2"), event(2, "e2"))
        assert (await peer.next("unsubscribe"))["topic"] == "regime.SPX"
        await peer.silence()

    snapshots: list[bool] = []

    async def main() -> None:
        async with scripted(first, second, third) as url, open_gate(url) as gate:
            ids = []
            subscription = gate.subscribe(
                "regime.SPX", on_snapshot=lambda told: snapshots.append(told.recovered)
            )
            async with subscription:
                async for change in subscription:
                    ids.append(change.event_id)
                    if len(ids) == 3:
                        break
            assert ids == ["e1-3", "e1-4", "e2-2"]
            assert subscription.cursor == {"epoch": "e2", "offset": 2}
            with pytest.raises(StopAsyncIteration):
                await anext(subscription)
            await asyncio.sleep(0.02)

    run(main())
    assert snapshots == [False, True, False]


def test_who_is_closed_before_catching_up_or_as_too_slow_stays_away_longer_each_time() -> None:
    def snapshot(to_come: int) -> dict[str, Any]:
        frame = {"type": "snapshot", "topic": f"regime.S{to_come}", "epoch": "e1", "offset": 1, "position": 7}
        return {**frame, "recovered": False, "to_come": to_come, "data": None}

    def ending(code: int, *to_come: int) -> Callable[[Peer], Awaitable[None]]:
        async def peer(peer: Peer) -> None:
            await peer.greet()
            frame = await peer.next("subscribe")
            await peer.send(
                {"type": "ack", "id": frame["id"], "topic": "regime.*", "snapshots": 2},
                *map(snapshot, to_come),
            )
            await asyncio.sleep(0.02)
            await peer.socket.close(code)

        return peer

    async def stays(peer: Peer) -> None:
        await peer.greet()
        await peer.silence()

    attempts: list[int] = []

    async def main() -> None:
        peers = [ending(1012, 1), ending(1012, 1), ending(4480, 1, 0), ending(1012, 1, 0), stays]

        def heard(event: headgate.Event) -> None:
            if event.kind == "reconnecting":
                attempts.append(event.detail["attempt"])

        async with scripted(*peers) as url, open_gate(url, on_event=heard) as gate:
            gate.subscribe("regime.*")
            while len(attempts) < 4 or not gate.connected:
                await asyncio.sleep(0.01)

    run(main())
    assert attempts == [0, 1, 2, 0]


def test_a_subscription_that_is_made_when_the_connection_is_told_is_sent_once() -> None:
    subscribed: list[str] = []
    gates: list[headgate.Gate] = []

    async def play(peer: Peer) -> None:
        await peer.greet()
        subscribed.append((await peer.next("subscribe"))["topic"])
        with contextlib.suppress(TimeoutError, ConnectionClosed):
            while True:
                subscribed.append((await asyncio.wait_for(peer.next("subscribe"), 0.2))["topic"])
        peer.socket.transport.abort()

    def heard(event: headgate.Event) -> None:
        if event.kind == "connected" and gates and len(subscribed) == 1:
            gates[0].subscribe("regime.B")

    async def main() -> None:
        async with scripted(play) as url, open_gate(url, on_event=heard) as gate:
            gates.append(gate)
            gate.subscribe("regime.A")
            while len(subscribed) < 5:
                await asyncio.sleep(0.01)

    run(main())
    assert subscribed[:5] == ["regime.A", "regime.A", "regime.B", "regime.A", "regime.B"]


def test_a_stream_is_opened_again_before_it_is_fed() -> None:
    def opened(frame: dict[str, Any], created: bool) -> dict[str, Any]:
        ack = {"type": "ack", "id": frame["id"], "stream": "S", "detector": "d", "created": created}
        return {**ack, "last_ts": None, "observations": 0}

    async def first(peer: Peer) -> None:
        await peer.greet()
        await peer.send(opened(await peer.next("open"), True))
        await peer.next("observe")
        peer.socket.transport.abort()

    async def second(peer: Peer) -> None:
        await peer.greet()
        frame = await peer.next("open")
        assert frame["parameters"] == {"n_components": 2}
        again = await peer.next("observe")
        ack = {"type": "ack", "id": again["id"], "stream": "S", "accepted": 1, "duplicates": 0}
        await peer.send(opened(frame, True), {**ack, "duplicate": False, "last_ts": 5.0})
        await peer.silence()

    events: list[str] = []

    async def main() -> None:
        settings = {"on_event": lambda event: events.append(event.kind)}
        async with scripted(first, second) as url, open_gate(url, **settings) as gate:
            stream = await gate.stream("S", "d", {"n_components": 2})
            assert (await stream.observe(5.0, [0.1])).last_ts == 5.0

    run(main())
    assert "stream_restarted" in events and events.count("connected") == 2


def test_a_draining_gateway_is_left_for_another_after_its_answers() -> None:
    async def draining(peer: Peer) -> None:
        await peer.greet()
        frame = await peer.next("infer")
        await peer.send({"type": "drain", "deadline_ms": 5000, "retry_min_ms": 5000, "retry_max_ms": 9000})
        await asyncio.sleep(0.02)
        await peer.send(result(frame, 1.0))
        await peer.silence()

    async def other(peer: Peer) -> None:
        await peer.greet()
        await peer.send(result(await peer.next("infer"), 2.0))
        await peer.silence()

    async def main() -> None:
        drained = False

        def note(event: headgate.Event) -> None:
            nonlocal drained
            drained = drained or event.kind == "draining"

        async with (
            scripted(draining, ready=lambda: not drained) as a,
            scripted(other, ready=lambda: drained) as b,
            open_gate([a, b], on_event=note) as gate,
        ):
            assert (await gate.infer("m", X))["y"][0] == 1.0
            assert (await gate.infer("m", X, timeout=3))["y"][0] == 2.0

    run(main())


def test_of_several_addresses_one_that_is_ready_is_taken() -> None:
    async def main() -> None:
        async with scripted(answer_all, ready=lambda: False) as a, scripted(answer_all) as b:
            for order in ([a, b], [b, a], ["ws://127.0.0.1:9/v1", a, b]):
                events: list[headgate.Event] = []
                async with open_gate(order, on_event=events.append) as gate:
                    await gate.infer("m", X)
                assert events[0].detail["url"] == b

    run(main())


def test_a_silent_peer_is_given_up_and_a_blocked_loop_is_not() -> None:
    async def hangs(peer: Peer) -> None:
        await peer.greet(ping_ms=400, pong_ms=200)
        await peer.silence()

    async def lives(peer: Peer) -> None:
        await peer.greet(ping_ms=400, pong_ms=200)
        while True:
            try:
                await peer.socket.ping()
                frame = await asyncio.wait_for(peer.next(), 0.1)
                await peer.send(result(frame))
            except asyncio.TimeoutError:
                pass
            except Exception:
                return

    events: list[str] = []

    async def main() -> None:
        settings = {"on_event": lambda event: events.append(event.kind)}
        async with scripted(hangs, lives) as url, open_gate(url, **settings) as gate:
            while events.count("connected") < 2:
                await asyncio.sleep(0.05)
            time.sleep(2.5)  # longer than the gateway's patience and the watch's interval
            await gate.infer("m", X)
            await asyncio.sleep(1.2)
            assert events.count("connected") == 2

    run(main())


def test_nobody_there_is_told_within_the_time_given() -> None:
    async def main() -> None:
        with pytest.raises(UnavailableError, match="is the address right"):
            await open_gate("ws://127.0.0.1:9/v1", connect_timeout=0.2)

    run(main())


@pytest.mark.parametrize("url", ["http://x", "", "ws://"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidArgumentError, match="url"):
        headgate.connect(url)


def test_closing_ends_what_is_unanswered() -> None:
    async def play(peer: Peer) -> None:
        await peer.greet()
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url:
            gate = await open_gate(url)
            task = asyncio.create_task(gate.infer("m", X))
            subscription = gate.subscribe("regime.*")
            await asyncio.sleep(0.02)
            await gate.close()
            with pytest.raises(CancelledError):
                await task
            assert [change async for change in subscription] == []

    run(main())


def test_a_client_closed_at_any_moment_of_its_opening_is_closed() -> None:
    async def token() -> str:
        await asyncio.sleep(0)
        return "token"

    async def greet(peer: Peer) -> None:
        with contextlib.suppress(ConnectionClosed):
            await peer.greet()
        await peer.silence()

    async def main(turns: int, asynchronous: bool) -> None:
        async with scripted(greet) as url:
            settings: dict[str, Any] = {"token": token if asynchronous else lambda: "token"}
            gate = await open_gate(url, wait=False, **settings)
            for _ in range(turns):
                await asyncio.sleep(0)
            await asyncio.wait_for(gate.close(), 5)

    for turns in range(24):
        for asynchronous in (False, True):
            run(main(turns, asynchronous))


def test_a_gateway_that_lacks_what_was_acked_is_told_of_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    def opened(frame: dict[str, Any], last_ts: float | None) -> dict[str, Any]:
        ack = {"type": "ack", "id": frame["id"], "stream": "S", "detector": "d", "created": last_ts is None}
        return {**ack, "last_ts": last_ts, "observations": 0}

    async def first(peer: Peer) -> None:
        await peer.greet()
        await peer.send(opened(await peer.next("open"), None))
        frame = await peer.next("observe")
        ack = {"type": "ack", "id": frame["id"], "stream": "S", "accepted": 1, "duplicates": 0}
        await peer.send({**ack, "duplicate": False, "last_ts": 5.0})
        await asyncio.sleep(0.02)
        peer.socket.transport.abort()

    def again(last_ts: float | None, stays: bool) -> Callable[[Peer], Awaitable[None]]:
        async def peer(peer: Peer) -> None:
            await peer.greet()
            await peer.send(opened(await peer.next("open"), last_ts))
            if stays:
                await peer.silence()
            await asyncio.sleep(0.02)
            peer.socket.transport.abort()

        return peer

    told: list[dict[str, Any]] = []

    async def main() -> None:
        def heard(event: headgate.Event) -> None:
            if event.kind == "observations_lost":
                told.append(dict(event.detail))

        peers = [first, again(5.0, False), again(3.0, False), again(3.0, False), again(None, True)]
        async with scripted(*peers) as url, open_gate(url, on_event=heard) as gate:
            stream = await gate.stream("S", "d")
            await stream.observe(5.0, [0.1])
            while len(told) < 2:
                await asyncio.sleep(0.01)

    run(main())
    assert told == [
        {"stream": "S", "acked_ts": 5.0, "last_ts": 3.0},
        {"stream": "S", "acked_ts": 3.0, "last_ts": None},
    ]
    assert "observations up to 5.0 were acked, this gateway has them up to 3.0" in caplog.text
