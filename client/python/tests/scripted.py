"""A gateway whose every word is written by the test."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import msgpack
from websockets.asyncio.server import Server, ServerConnection, serve

Frame = dict[str, Any]
WELCOME = {
    "type": "welcome",
    "connection": "c",
    "epoch": "e1",
    "server": "scripted/1",
    "features": ["infer"],
    "ping_ms": 10_000,
    "pong_ms": 8_000,
    "credits": 256,
    "limits": {"message_bytes": 2**25, "bytes_in_flight": 2**26},
}


class Peer:
    """One connection, seen from the gateway."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket
        self._frames: list[Frame] = []

    async def next(self, kind: str | None = None) -> Frame:
        """The next frame, which must be of that type."""
        while not self._frames:
            unpacker = msgpack.Unpacker()
            message = await asyncio.wait_for(self.socket.recv(), 10)
            assert isinstance(message, bytes)
            unpacker.feed(message)
            self._frames = list(unpacker)
        frame = self._frames.pop(0)
        assert kind is None or frame["type"] == kind, frame
        return frame

    async def send(self, *frames: Frame) -> None:
        """All in one message."""
        await self.socket.send(b"".join(msgpack.packb(frame) for frame in frames))

    async def greet(self, **changed: Any) -> Frame:
        """Take the hello, say welcome."""
        hello = await self.next("hello")
        await self.send({**WELCOME, **changed})
        return hello

    async def silence(self) -> None:
        """Say nothing until the client goes."""
        await self.socket.wait_closed()


def result(frame: Frame, value: float = 1.0) -> Frame:
    """An answer of one number."""
    import struct

    tensor = {"datatype": "FP64", "shape": [1], "data": struct.pack("<d", value)}
    return {
        "type": "result",
        "id": frame["id"],
        "model": frame["model"],
        "version": "1",
        "outputs": {"y": tensor},
        "backend": "scripted",
        "precision": "FP64",
        "timing": {"queue_ms": 0, "compute_ms": 0, "batch_size": 1},
    }


def error(frame: Frame, code: str, **fields: Any) -> Frame:
    """A refusal."""
    body = {"type": "error", "id": frame["id"], "code": code, "message": code}
    return {**body, "retryable": False, "processed": "no", **fields}


Play = Callable[[Peer], Awaitable[None]]


@asynccontextmanager
async def scripted(*plays: Play, ready: Callable[[], bool] = lambda: True) -> Any:
    """A server whose n-th connection plays the n-th script, the last one again and again; gives its url.

    What a script raises fails the test at the end.
    """
    failures: list[BaseException] = []
    count = 0

    async def handler(socket: ServerConnection) -> None:
        nonlocal count
        play = plays[min(count, len(plays) - 1)]
        count += 1
        try:
            await play(Peer(socket))
        except Exception as failure:
            failures.append(failure)

    def health(socket: ServerConnection, request: Any) -> Any:
        if request.path == "/v2/health/ready":
            return socket.respond(HTTPStatus.OK if ready() else HTTPStatus.SERVICE_UNAVAILABLE, "")
        return None

    server: Server = await serve(
        handler,
        "127.0.0.1",
        0,
        subprotocols=["headgate.v1.msgpack"],
        compression=None,
        max_size=None,
        process_request=health,
        ping_interval=None,
    )
    try:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()
        await server.wait_closed()
    assert not failures, failures
