"""One connection after another to one of several gateways: opens, says hello, watches for life, comes back.

Knows nothing of requests.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import random
import time
from collections.abc import Mapping
from typing import Protocol

from .addresses import Addresses
from .codec import Bytes, Frame, MalformedError, Parts, decode, encode
from .errors import HeadgateError, error_of
from .options import Options
from .renewal import token_error
from .socket import Connection, Refused, abort, close, let_go, open_socket, send
from .trouble import trouble

log = logging.getLogger("headgate")

GATHER_BYTES = 64 * 1024
FRAMES_MAX = 4096
_WATCH_S = 1.0

_SLOW_CONSUMER = 4480

_FINAL_CLOSES: Mapping[int, str] = {
    1002: "internal",
    1007: "internal",
    1009: "invalid_argument",
    4400: "internal",
    4401: "unauthenticated",
    4403: "permission_denied",
    4406: "unimplemented",
}
_FINAL_STATUSES: Mapping[int, str] = {
    400: "invalid_argument",
    401: "unauthenticated",
    403: "permission_denied",
    404: "not_found",
    426: "invalid_argument",
}


class Listener(Protocol):
    """Who is told."""

    def up(self, welcome: Frame, url: str) -> None: ...
    def down(self, code: int, reason: str, url: str) -> None: ...
    def frame(self, frame: Frame) -> None: ...
    def waiting(self, in_s: float, attempt: int) -> None: ...
    def failed(self, error: HeadgateError) -> None: ...
    @property
    def caught_up(self) -> bool: ...


class Link:
    """Runs as one task, and a second one that sends what must be waited for."""

    def __init__(self, urls: list[str], options: Options, listener: Listener) -> None:
        self._addresses = Addresses(urls, options.tls)
        self._options = options
        self._given_token = options.token
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._socket: Connection | None = None
        self._ready: list[bytes | Parts] = []
        self._due = False
        self._waiting: list[Bytes | list[Bytes]] = []
        self._wake: asyncio.Future[None] | None = None
        self._welcomed = False
        self._drain: Frame | None = None
        self._stopped = False
        self._attempt = 0  # connections in a row that came to nothing
        self._welcomed_at = 0.0
        self._was_welcomed = False
        self._task: asyncio.Task[None] | None = None
        self._url = urls[0]
        self._silence_s = float("inf")

    @property
    def open(self) -> bool:
        """Whether new requests are welcome."""
        return self._welcomed and self._drain is None

    @property
    def connected(self) -> bool:
        """Whether a gateway has said welcome on the connection that there is."""
        return self._welcomed

    @property
    def url(self) -> str:
        """The address of this connection, or of the last one."""
        return self._url

    @property
    def last_heard(self) -> float:
        """When anything last came, by a clock that only goes forward; 0 without a connection."""
        return 0.0 if self._socket is None else self._socket.last_seen

    @property
    def draining(self) -> bool:
        """Whether the gateway said that it goes."""
        return self._drain is not None

    def use_token(self, token: str) -> None:
        """Give later connections a new token; a function is asked at each, and stays."""
        if not callable(self._given_token):
            self._given_token = token

    def start(self) -> None:
        """Begin; the first attempt is made in this turn."""
        self._task = self._loop.create_task(self._run(), name="headgate-link")

    def send(self, encoded: bytes | Parts, *, alone: bool = False) -> None:
        """Send with whatever else is ready in this turn of the event loop; at once when nothing else can be.

        A turn of the loop is a system call, a tenth of what a small request costs.
        """
        self._ready.append(encoded)
        if alone:
            self._flush()
        elif not self._due:
            self._due = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        """Write what is ready; what would have to wait goes to the sender, with what comes after."""
        self._due = False
        if self._socket is None or self._wake is None or self._wake.done():
            return
        ready, self._ready = self._ready, []
        messages = gathered(ready)
        for index, message in enumerate(messages):
            if isinstance(message, list) or not self._socket.write(message):
                self._waiting = messages[index:]
                self._wake.set_result(None)
                return

    async def stop(self) -> None:
        """Close with 1000 and end."""
        self._stopped = True
        if self._socket is not None:
            await close(self._socket)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def let_go(self) -> None:
        """Take this process's hold from a socket that its parent goes on with."""
        if self._socket is not None:
            let_go(self._socket)

    def leave(self) -> None:
        """End this connection, to come back at another address."""
        if self._socket is not None:
            self._loop.create_task(close(self._socket))

    async def _run(self) -> None:
        while not self._stopped:
            url = self._url = await self._addresses.choose()
            code, reason, status, retry_after_s = await self._connection(url)
            if self._was_of_use(code):
                self._attempt = 0
            self._listener.down(code, reason, url)
            if self._stopped:
                return
            final = _FINAL_CLOSES.get(code) or _FINAL_STATUSES.get(status)
            if final is not None and not self._may_get_another_token(final):
                self._stopped = True
                self._listener.failed(error_of(final)(f"{url}: {reason or f'closed with {code}'}"))
                return
            self._addresses.failed(url)
            pause_s = self._pause_s(retry_after_s)
            self._listener.waiting(pause_s, self._attempt)
            self._attempt += 1
            await asyncio.sleep(pause_s)

    def _may_get_another_token(self, final: str) -> bool:
        """Whether a refused token is no reason to give up.

        The function that makes tokens gave good ones before, and may give one again. At the first connection
        a refusal is told at once.
        """
        return final == "unauthenticated" and self._welcomed_at > 0 and self.makes_tokens

    def _was_of_use(self, code: int) -> bool:
        """A welcome alone is not.

        Who is closed as too slow, or before catching up, would return at once for ever.
        """
        if not self._was_welcomed or not self._listener.caught_up:
            return False
        lasted_s = time.monotonic() - self._welcomed_at
        return code != _SLOW_CONSUMER or lasted_s > self._options.backoff.most_s

    async def _connection(self, url: str) -> tuple[int, str, int, float]:
        """One connection from beginning to end: close code, reason, HTTP status, seconds to stay away."""
        self._drain, self._welcomed, self._silence_s = None, False, float("inf")
        self._was_welcomed = False
        try:
            token = await asyncio.wait_for(self.fresh_token(), self._options.connect_timeout)
        except Exception as error:  # the user's function may raise anything; the next attempt asks it again
            return 1006, str(token_error(error)), 0, 0.0
        # Before Python 3.12 `wait_for` loses a cancellation that comes as its result does: `stop` would wait
        # for a connection that nobody ends.
        if self._stopped:
            return 1006, "", 0, 0.0
        try:
            socket = await open_socket(
                url,
                token,
                self._options.max_message_bytes,
                self._options.connect_timeout,
                self._options.tls,
            )
        except Refused as refused:
            return 1006, str(refused), refused.status, refused.retry_after_s
        except (OSError, asyncio.TimeoutError) as error:
            return 1006, trouble(error), 0, 0.0
        if self._stopped:
            await close(socket)
            return 1006, "", 0, 0.0
        self._socket, self._ready, self._waiting, self._wake = socket, [], [], None
        self.send(encode(self._hello()))
        helpers = [asyncio.ensure_future(self._sender(socket)), asyncio.ensure_future(self._watch(socket))]
        socket.deliver_to(self._take)
        try:
            await socket.wait_closed()
        finally:
            self._socket, self._welcomed = None, False
            for helper in helpers:
                helper.cancel()
        return socket.close_code or 1006, socket.close_reason or "", 0, 0.0

    @property
    def makes_tokens(self) -> bool:
        """Whether a function makes the tokens, which may give another one after the gateway refused one."""
        return callable(self._given_token)

    async def fresh_token(self) -> str | None:
        """The token for a connection; a function is asked each time."""
        token = self._given_token
        if callable(token):
            given = token()
            return await given if inspect.isawaitable(given) else given
        return token

    def _hello(self) -> Frame:
        hello: Frame = {"type": "hello", "max_message_bytes": self._options.max_message_bytes}
        if self._options.client is not None:
            hello["client"] = self._options.client
        return hello

    async def _sender(self, socket: Connection) -> None:
        """What `_flush` could not write; a frame in parts as fragments."""
        while True:
            if not self._waiting and not self._ready:
                self._wake = self._loop.create_future()
                await self._wake
            waiting, self._waiting = self._waiting, []
            ready, self._ready = self._ready, []
            for message in waiting + gathered(ready):
                if not await send(socket, message):
                    return

    def _take(self, fragments: list[Bytes]) -> None:
        try:
            for frame in decode(fragments):
                kind = frame.get("type")
                if kind == "welcome":
                    self._greeted(frame)
                elif kind == "drain":
                    self._drain = frame
                self._listener.frame(frame)
        except (MalformedError, KeyError, TypeError) as error:
            self._broken(error)

    def _broken(self, error: Exception) -> None:
        log.warning("%s broke the protocol, its connection is dropped: %r", self._url, error)
        if self._socket is not None:
            abort(self._socket)

    def _greeted(self, welcome: Frame) -> None:
        self._was_welcomed, self._welcomed_at = True, time.monotonic()
        self._addresses.served(self._url)
        self._welcomed = True
        self._silence_s = (welcome["ping_ms"] + welcome["pong_ms"]) / 1000
        self._listener.up(welcome, self._url)

    async def _watch(self, socket: Connection) -> None:
        """Silence for longer than a ping takes means a dead peer.

        A timer that came late saw a blocked event loop, not silence: what the peer sent meanwhile lies
        in the socket's buffer and is read first.
        """
        while True:
            looked = time.monotonic()
            await asyncio.sleep(_WATCH_S)
            now = time.monotonic()
            if now - looked > 2 * _WATCH_S:
                socket.last_seen = now
            if now - socket.last_seen > self._silence_s:
                abort(socket)
                return

    def _pause_s(self, retry_after_s: float) -> float:
        drain = self._drain
        if drain is not None and len(self._addresses) > 1:
            return 0.0  # another gateway takes over at once
        if drain is not None:
            low, high = drain["retry_min_ms"] / 1000, drain["retry_max_ms"] / 1000
            return float(low + random.random() * (high - low))
        round_ = self._attempt // len(self._addresses)  # each address once before the pause grows
        return max(retry_after_s, self._options.backoff.pause_s(round_, random.random))


def gathered(ready: list[bytes | Parts]) -> list[Bytes | list[Bytes]]:
    """Messages of up to 64 KiB or 4,096 frames; a bigger frame, and one in parts, goes alone."""
    if len(ready) <= 1:
        return [*ready]
    messages: list[Bytes | list[Bytes]] = []
    batch: list[bytes] = []
    size = 0
    for frame in ready:
        whole = isinstance(frame, list)
        if batch and (whole or size + len(frame) > GATHER_BYTES or len(batch) == FRAMES_MAX):
            messages.append(b"".join(batch))
            batch, size = [], 0
        if isinstance(frame, list):
            messages.append(frame)
        else:
            batch.append(frame)
            size += len(frame)
    if batch:
        messages.append(b"".join(batch))
    return messages
