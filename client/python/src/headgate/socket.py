"""The only module that imports `websockets`: it opens a connection and passes messages on as they arrive."""

from __future__ import annotations

import asyncio
import os
import secrets
import ssl
import struct
import time
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.typing import Subprotocol

from .addresses import tls_context
from .codec import Bytes
from .options import Tls
from .trouble import refusal, trouble

try:
    from websockets.speedups import apply_mask
except ImportError:  # There is no compiled wheel for this platform
    from websockets.utils import apply_mask

SUBPROTOCOL = Subprotocol("headgate.v1.msgpack")
_CLOSE_TIMEOUT_S = 2.0
# A multiple of four, the mask's length; a piece stays in the processor's cache from masking to sending.
_PIECE_BYTES = 256 * 1024
# Sending waits above this many unsent bytes: a batch of small frames stays below, a 10 MB window does not.
_WRITE_LIMIT = 1024 * 1024

Receive = Callable[[list[Bytes]], None]


class Refused(Exception):
    """The gateway answered the upgrade with an HTTP status."""

    def __init__(self, status: int, retry_after_s: float, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.retry_after_s = retry_after_s


class Connection(ClientConnection):
    """Passes messages to a callback, as their fragments, in the turn of the loop in which they arrive.

    `recv` would wake a task for each message and join fragments; for a client with hundreds of requests in
    flight that costs a third of its time.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.last_seen = time.monotonic()
        self._early: list[list[Bytes]] = []
        self.received: Receive = self._early.append
        self._fragments: list[Bytes] = []
        self._within_frame = False

    def data_received(self, data: bytes) -> None:
        """Any received byte shows that the peer is alive, pings too."""
        self.last_seen = time.monotonic()
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Keep what TLS says: in TLS 1.3 a gateway refuses a client's certificate after the handshake."""
        super().connection_lost(exc)
        if isinstance(exc, ssl.SSLError) and self.protocol.handshake_exc is not None:
            self.protocol.handshake_exc.__cause__ = exc

    def process_event(self, event: Any) -> None:
        """Handle data frames before `websockets` queues them."""
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

        It does what `send` does without its locks, context managers and frame objects, which cost a third of
        a small request's time.
        """
        if self._within_frame or not self._writable():
            return False
        transport = self.transport
        if transport.get_write_buffer_size() > _WRITE_LIMIT:
            return False
        mask = secrets.token_bytes(4)
        transport.write(header(Opcode.BINARY, True, len(message)) + mask + apply_mask(message, mask))
        return True

    async def write_slowly(self, message: Bytes | list[Bytes]) -> bool:
        """Send a message, parts as its fragments, waiting for the socket; false when the connection is gone.

        A fragment is masked and written a piece at a time, while the gateway reads. `websockets` copies it
        three times first, which for 13 MB takes 17 ms where masking takes 0.5.
        """
        parts = message if isinstance(message, list) else [message]
        opcode = Opcode.BINARY
        for index, part in enumerate(parts):
            self._within_frame = True
            try:
                if not await self._write_frame(opcode, index == len(parts) - 1, part):
                    return False
            finally:
                self._within_frame = False
            self.send_data()
            opcode = Opcode.CONT
        return True

    async def _write_frame(self, opcode: Opcode, fin: bool, data: Bytes) -> bool:
        mask = secrets.token_bytes(4)
        head = header(opcode, fin, len(data)) + mask
        view = memoryview(data)
        for at in range(0, max(1, len(data)), _PIECE_BYTES):
            if not self._writable():
                return False
            self.transport.write(head + apply_mask(view[at : at + _PIECE_BYTES], mask))
            head = b""
            if self.transport.get_write_buffer_size() > _WRITE_LIMIT:
                await self.drain()
        return self._writable()

    def _writable(self) -> bool:
        return self.protocol.state is State.OPEN and not self.transport.is_closing()

    def send_data(self) -> None:
        """Frames that `websockets` itself sends, such as pongs, wait for the end of the current frame."""
        if not self._within_frame:
            super().send_data()

    def deliver_to(self, received: Receive) -> None:
        """Begin to pass messages to the callback, first those that arrived before."""
        self.received = received
        early, self._early = self._early, []
        for fragments in early:
            received(fragments)


class _Connect(connect):
    """Follows no redirect: a redirect would send the token to another host or over another scheme."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def open_socket(
    url: str, token: str | None, max_message_bytes: int, timeout_s: float, tls: Tls = None
) -> Connection:
    """Open a connection in the binary form.

    :raises Refused: when the upgrade got an HTTP status
    :raises OSError: when nobody answered
    """
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    try:
        socket = await _Connect(
            url,
            subprotocols=[SUBPROTOCOL],
            additional_headers=headers,
            compression=None,
            ssl=tls_context(url, tls),
            max_size=max_message_bytes,
            open_timeout=timeout_s,
            close_timeout=_CLOSE_TIMEOUT_S,
            ping_interval=None,  # The gateway sends the pings; the link notices silence
            write_limit=_WRITE_LIMIT,
            create_connection=Connection,
            process_exception=lambda error: error,  # The link reconnects
        )
    except InvalidStatus as error:
        status, headers_ = error.response.status_code, error.response.headers
        reason = refusal(status, headers_.get("Location"), headers_.get("Content-Type", ""))
        raise Refused(status, _retry_after(error), reason) from error
    except (InvalidHandshake, InvalidURI, ssl.SSLError) as error:
        raise OSError(trouble(error, secure=url.startswith("wss:"))) from error
    except ConnectionResetError as error:
        raise OSError(trouble(error, secure=url.startswith("wss:"))) from error
    assert isinstance(socket, Connection)
    return socket


def _retry_after(error: InvalidStatus) -> float:
    try:
        return float(error.response.headers.get("Retry-After", "0"))
    except ValueError:
        return 0.0


def header(opcode: Opcode, fin: bool, length: int) -> bytes:
    """The header of a client's frame, up to its mask."""
    first = (0x80 if fin else 0) | opcode
    if length < 126:
        return bytes((first, 0x80 | length))
    if length < 65_536:
        return struct.pack("!BBH", first, 0x80 | 126, length)
    return struct.pack("!BBQ", first, 0x80 | 127, length)


async def send(socket: Connection, message: Bytes | list[Bytes]) -> bool:
    """Send a message, parts as its fragments; false when the connection is gone."""
    try:
        return await socket.write_slowly(message)
    except (ConnectionClosed, OSError):
        return False


async def close(socket: Connection, code: int = 1000) -> None:
    """Do the closing handshake, for at most `close_timeout`."""
    try:
        await asyncio.wait_for(socket.close(code), _CLOSE_TIMEOUT_S)
    except (ConnectionClosed, OSError, asyncio.TimeoutError):
        abort(socket)


def abort(socket: Connection) -> None:
    """Drop the connection now."""
    socket.transport.abort()


def let_go(socket: Connection) -> None:
    """Close a forked child's copy of the socket, which would keep the connection open after the parent.

    The descriptor is pointed at /dev/null, so that a later close of the same number, as by the socket's
    finaliser, closes nothing else. Closing the socket itself would send a close to the gateway in the
    parent's name.
    """
    own = socket.transport.get_extra_info("socket")
    if own is None or own.fileno() < 0:
        return
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, own.fileno())
    os.close(nothing)
