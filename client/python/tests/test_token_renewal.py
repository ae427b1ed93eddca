"""A client whose tokens come from a function renews them before they expire, by the gateway's clock."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest
from scripted import Peer, error, result, scripted

import headgate
from headgate import Backoff
from headgate.errors import UnauthenticatedError
from headgate.renewal import TokenRenewal

FAST = Backoff(0.01, 0.05)
X = {"X": np.zeros(3)}


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 30))


def open_gate(url: str | list[str], **settings: Any) -> headgate.connect:
    return headgate.connect(url, **{"backoff": FAST, "fallback": False, **settings})


def numbered() -> Callable[[], str]:
    """A function that gives `token 1`, `token 2` and so on."""
    numbers = itertools.count(1)
    return lambda: f"token {next(numbers)}"


def header(peer: Peer) -> str:
    assert peer.socket.request is not None
    return str(peer.socket.request.headers["Authorization"])


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_token_is_renewed_before_it_expires_and_again_by_what_the_answer_says(asynchronous: bool) -> None:
    seen: list[str] = []

    async def play(peer: Peer) -> None:
        seen.append(header(peer))
        await peer.greet(expires_in_ms=50)
        for _ in range(2):
            frame = await peer.next("refresh")
            seen.append(frame["token"])
            await peer.send({"type": "ack", "id": frame["id"], "expires_in_ms": 3000})
        await peer.send(result(await peer.next("infer")))
        await peer.silence()

    make = numbered()

    async def later() -> str:
        await asyncio.sleep(0)
        return make()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url, token=later if asynchronous else make) as gate:
            while len(seen) < 3:
                await asyncio.sleep(0.01)
            await gate.infer("m", X)

    run(main())
    assert seen == ["Bearer token 1", "token 2", "token 3"]


def test_the_time_of_a_renewal_is_a_fifth_or_a_minute_before_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.random", lambda: 0.0)
    due: list[float] = []

    async def main() -> None:
        async def renew() -> None:
            return None

        renewal = TokenRenewal(renew, lambda _: None)
        for expires_in_ms in (100_000, 60 * 86_400_000, None, float("nan")):
            renewal.begin(expires_in_ms)
            timer = renewal._timer
            due.append(-1.0 if timer is None else round(timer.when() - asyncio.get_running_loop().time()))
        renewal.end()

    run(main())
    assert due == [80, 60 * 86_400 - 60, -1, -1]


def test_a_function_that_fails_and_a_token_that_is_refused_are_told_and_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    numbers = itertools.count(1)

    def token() -> str:
        number = next(numbers)
        if number == 2:
            raise RuntimeError("the vault is closed")
        return f"token {number}"

    refreshes: list[str] = []

    async def play(peer: Peer) -> None:
        await peer.greet(expires_in_ms=50)
        frame = await peer.next("refresh")
        refreshes.append(frame["token"])
        await peer.send(error(frame, "unauthenticated"))
        frame = await peer.next("refresh")
        refreshes.append(frame["token"])
        await peer.send({"type": "ack", "id": frame["id"]})
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url, token=token):
            while len(refreshes) < 2:
                await asyncio.sleep(0.01)

    with caplog.at_level(logging.WARNING, "headgate"):
        run(main())
    assert refreshes == ["token 3", "token 4"]
    assert "the function given as `token` failed: the vault is closed" in caplog.text


def test_after_4440_and_after_a_refused_token_the_function_is_asked_again() -> None:
    seen: list[str] = []
    events: list[str] = []

    def ends(code: int) -> Callable[[Peer], Coroutine[Any, Any, None]]:
        async def play(peer: Peer) -> None:
            seen.append(header(peer))
            await peer.greet()
            await peer.socket.close(code)

        return play

    async def refused(peer: Peer) -> None:
        seen.append(header(peer))
        await peer.next("hello")
        await peer.socket.close(4401)

    async def stays(peer: Peer) -> None:
        seen.append(header(peer))
        await peer.greet()
        await peer.send(result(await peer.next("infer")))
        await peer.silence()

    async def main() -> None:
        settings = {"token": numbered(), "on_event": lambda event: events.append(event.kind)}
        async with scripted(ends(4440), refused, stays) as url, open_gate(url, **settings) as gate:
            await gate.infer("m", X, key="1")

    run(main())
    assert seen == [f"Bearer token {number}" for number in (1, 2, 3)]
    assert "failed" not in events


def test_a_fixed_token_ends_the_client_at_its_first_refusal() -> None:
    async def expires(peer: Peer) -> None:
        await peer.greet(expires_in_ms=20)
        await asyncio.sleep(0.05)
        await peer.socket.close(4440)

    async def refused(peer: Peer) -> None:
        await peer.next("hello")
        await peer.socket.close(4401)

    async def main() -> None:
        async with scripted(expires, refused) as url, open_gate(url, token="fixed") as gate:
            with pytest.raises(UnauthenticatedError):
                await gate.infer("m", X, timeout=5, key="1")

    run(main())


def test_a_function_that_fails_at_the_start_is_the_cause_that_is_told() -> None:
    def token() -> str:
        raise KeyError("HEADGATE_SECRET")

    async def main() -> None:
        async with scripted() as url:
            with pytest.raises(headgate.errors.UnavailableError, match="HEADGATE_SECRET"):
                await open_gate(url, token=token, connect_timeout=0.3)

    run(main())
