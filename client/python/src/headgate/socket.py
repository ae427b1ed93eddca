"""The one module that knows `websockets`: opens a connection, hands over messages as they come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.typing import Subprotocol

from .codec import Bytes

SUBPROTOCOL = Subprotocol("headgate.v1.msgpack")
_CLOSE_TIMEOUT_S = 2.0
# `send` waits above it: a batch of small frames never does, a 10 MB window does.
_WRITE_LIMIT = 1024 * 1024

Receive = Callable[[list[Bytes]], None]


class Refused(Exception):
    """The upgrade was answered by an HTTP status."""

    def __init__(self, status: int, retry_after_s: float) -> None:
        super().__init__(f"the gateway refused the connection: HTTP {status}")
        self.status = status
        self.retry_after_s = retry_after_s


class Connection(ClientConnection):
    """Hands messages to a callback, as the fragments that came, in the turn in which they came.

    `recv` would wake a task for each message and join fragments; for a client with hundreds of
    requests in flight that costs a third of the time there is.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.last_seen = time.monotonic()
        self._early: list[list[Bytes]] = []
        self.received: Receive = self._early.append
        self._fragments: list[Bytes] = []

    def data_received(self, data: bytes) -> None:
        """Anything that comes is a sign of life, pings too."""
        self.last_seen = time.monotonic()
        super().data_received(data)

    def process_event(self, event: Any) -> None:
        """Take data frames before `websockets` queues them."""
        if not isinstance(event, Frame) or event.opcode not in (Opcode.BINARY, Opcode.TEXT, Opcode.CONT):
            super().process_event(event)
            return
        if event.fin and not self._fragments:
            self.received([event.data])
            return
        self._fragments.append(event.data)
        if event.fin:
            fragments, self._fragments = self._fragments, []
            self.received(fragments)

    def write(self, message: Bytes) -> bool:
        """Send a message in this turn; false when it would have to wait, or there is no connection.

        What `send` does without its locks and context managers, a third of the time of a small request.
        """
        transport = self.transport
        if (
            self.protocol.state is not State.OPEN
            or transport.is_closing()
            or transport.get_write_buffer_size() > _WRITE_LIMIT
        ):
            return False
        self.protocol.send_binary(message)
        for data in self.protocol.data_to_send():
            transport.write(data)
        return True

    def deliver_to(self, received: Receive) -> None:
        """Begin to hand messages over, those first that came meanwhile."""
        self.received = received
        early, self._early = self._early, []
        for fragments in early:
            received(fragments)


async def open_socket(url: str, token: str | None, max_message_bytes: int, timeout_s: float) -> Connection:
    """A connection that speaks the binary form.

    :raises Refused: when the upgrade got an HTTP status
    :raises OSError: when nobody answered
    """
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    try:
        socket = await connect(
            url,
            subprotocols=[SUBPROTOCOL],
            additional_headers=headers,
            compression=None,
            max_size=max_message_bytes,
            open_timeout=timeout_s,
            close_timeout=_CLOSE_TIMEOUT_S,
            ping_interval=None,  # the gateway pings; silence is watched by the link
            write_limit=_WRITE_LIMIT,
            create_connection=Connection,
            process_exception=lambda error: error,  # the link reconnects by itself
        )
    except InvalidStatus as error:
        raise Refused(error.response.status_code, _retry_after(error)) from error
    except (InvalidHandshake, InvalidURI) as error:
        raise OSError(str(error)) from error
    assert isinstance(socket, Connection)
    return socket


def _retry_after(error: InvalidStatus) -> float:
    try:
        return float(error.response.headers.get("Retry-After", "0"))
    except ValueError:
        return 0.0


async def send(socket: Connection, message: Bytes | list[Bytes]) -> bool:
    """Send a message, parts as its fragments; false when the connection is gone."""
    try:
        await socket.send(message)
    except (ConnectionClosed, OSError):
        return False
    return True


async def close(socket: Connection, code: int = 1000) -> None:
    """The closing handshake, for as long as `close_timeout`."""
    try:
        await asyncio.wait_for(socket.close(code), _CLOSE_TIMEOUT_S)
    except (ConnectionClosed, OSError, asyncio.TimeoutError):
        abort(socket)


def abort(socket: Connection) -> None:
    """Drop the connection now."""
    socket.transport.abort()
