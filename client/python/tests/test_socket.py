"""What is written reads as WebSocket frames, by `websockets`' own server half."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from headgate import socket as wire


class Slow(asyncio.Transport):
    """A transport that takes everything and is always full."""

    def __init__(self, protocol: Any) -> None:
        super().__init__()
        self.protocol, self.written, self.waits = protocol, b"", 0

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def get_write_buffer_size(self) -> int:
        return 2**30 if self.waits < 3 else 0

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...
    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...


def read(data: bytes) -> list[Frame]:
    """The frames that a server sees."""
    server = ServerProtocol(state=State.OPEN, max_size=None)
    server.receive_data(data)
    assert server.state is State.OPEN
    return [event for event in server.events_received() if isinstance(event, Frame)]


@pytest.mark.parametrize("sizes", [[3], [0], [125, 126], [65_535, 65_536], [700_001, 5, 300_000]])
def test_parts_are_fragments_of_one_message_and_a_pong_waits_for_their_end(sizes: list[int]) -> None:
    parts = [bytes(range(256)) * (size // 256) + bytes(size % 256) for size in sizes]

    async def main() -> Slow:
        protocol = ClientProtocol(parse_uri("ws://x/"), state=State.OPEN, max_size=None)
        connection = wire.Connection(protocol)
        connection.response = Response(101, "Switching Protocols", Headers())  # the handshake is over
        transport = Slow(connection)
        connection.connection_made(transport)

        async def drain() -> None:
            """The gateway pings whenever the client waits for the socket."""
            transport.waits += 1
            connection.data_received(b"\x89\x01" + str(transport.waits).encode())

        connection.drain = drain  # type: ignore[method-assign]
        assert await connection.write_slowly(list(parts) if len(parts) > 1 else parts[0])
        return transport

    transport = asyncio.run(main())
    frames = read(transport.written)
    data = [frame for frame in frames if frame.opcode is not Opcode.PONG]
    assert [frame.data for frame in data] == parts
    assert [frame.opcode for frame in data] == [Opcode.BINARY] + [Opcode.CONT] * (len(parts) - 1)
    assert [frame.fin for frame in data] == [False] * (len(parts) - 1) + [True]
    pongs = [bytes(frame.data) for frame in frames if frame.opcode is Opcode.PONG]
    assert pongs == [str(i + 1).encode() for i in range(transport.waits)] and pongs


def test_a_large_message_arrives_through_a_socket_that_is_read_late() -> None:
    parts: list[Any] = [b"head", memoryview(bytes(range(256)) * 40_000), b"tail"]

    async def main() -> bytes:
        came: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def late(server: ServerConnection) -> None:
            await server.ping()
            server.transport.pause_reading()
            await asyncio.sleep(0.1)
            server.transport.resume_reading()
            message = await server.recv()
            assert isinstance(message, bytes)
            came.set_result(message)

        async with serve(late, "127.0.0.1", 0, subprotocols=[wire.SUBPROTOCOL], max_size=None) as server:
            port = server.sockets[0].getsockname()[1]
            connection = await wire.open_socket(f"ws://127.0.0.1:{port}", None, 2**20, 10)
            assert await wire.send(connection, parts)
            message = await came
            assert connection.write(b"one more")
            await wire.close(connection)
            assert not connection.write(b"too late") and not await wire.send(connection, [b"too", b"late"])
            return message

    assert asyncio.run(main()) == b"".join(bytes(part) for part in parts)
