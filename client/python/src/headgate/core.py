"""What a client is beneath its calls: one connection after another, and what is kept across them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from . import fallback
from .allowance import Allowance
from .asks import local_result
from .breaker import Breaker
from .calls import Calls, seconds
from .codec import Frame
from .errors import CancelledError, HeadgateError, UnimplementedError
from .handle import Handle
from .hooks import told
from .link import Link
from .metrics import Metrics
from .options import Event, Options
from .outages import Outage, Outages
from .renewal import TokenRenewal
from .requests import Requests
from .results import Result
from .stand_ins import StandIns
from .standing import Standing
from .watches import Watches

log = logging.getLogger("headgate")

Self = TypeVar("Self", bound="Core")


class Core(Handle):
    """The machinery of `Gate`, which adds the calls."""

    def __init__(self, urls: list[str], options: Options) -> None:
        self.urls = urls
        self.options = options
        self._link = Link(urls, options, self)
        self._loop = asyncio.get_running_loop()
        self._outages = Outages(urls, self._loop.time, self._came_back)
        self._requests = Requests(self._link, self._outages.error)
        self.breaker = Breaker(self._loop.time)
        self._calls = Calls(self._link, self._requests, self.breaker, self._outages, options.fallback_after)
        self._stand_ins = StandIns(options.fallback_threads, self._outages, options.on_fallback)
        self._standing = Standing(self)
        self._watches = Watches(self)
        self._renewal = TokenRenewal(self._renew_token, self._not_renewed)
        self._connected = asyncio.Event()
        self._settled = asyncio.Event()
        self._impatience: asyncio.TimerHandle | None = None
        self._failure: HeadgateError | None = None
        self._closed = False
        self.metrics = Metrics(self._outages, self._connected.is_set)
        """How many calls ended how, and how long they took, since this client was made."""
        self.welcome: Frame | None = None
        """What the gateway said at the last connection."""

    @property
    def connected(self) -> bool:
        """Whether there is a connection now."""
        return self._connected.is_set()

    def start(self) -> None:
        """Begin to connect, without waiting."""
        self._arm_impatience()
        self._link.start()

    async def opened(self: Self) -> Self:
        """Returns once connected.

        :raises UnavailableError: when no gateway could be had in `connect_timeout`
        """
        try:
            await asyncio.wait_for(self._settled.wait(), self.options.connect_timeout)
        except asyncio.TimeoutError:
            error = self._outages.last_error(f"no gateway answered within {self.options.connect_timeout:g} s")
            await self._end(error)
            raise error from None
        if self._failure is not None:
            await self.close()
            raise self._failure
        return self

    async def close(self) -> None:
        """End the connection; what is unanswered fails with `cancelled`."""
        await self._end(CancelledError("the client was closed"))

    def let_go(self) -> None:
        """In a forked child: the parent's connection is no longer this process's as well."""
        self._link.let_go()

    async def _end(self, error: HeadgateError) -> None:
        if self._closed:
            return
        self._closed = True
        self._failure = self._failure or error
        if self._impatience is not None:
            self._impatience.cancel()
        self._renewal.end()
        self._standing.end(None, error)
        self._watches.end(None, error)
        self._requests.end(error)
        self._stand_ins.close()
        await self._link.stop()

    # What the link tells.

    def up(self, welcome: Frame, url: str) -> None:
        """A connection is up."""
        if self._impatience is not None:
            self._impatience.cancel()
        self._connected.set()
        self._settled.set()
        self.welcome = welcome
        if self._link.makes_tokens:
            self._renewal.begin(welcome.get("expires_in_ms"))
        self.breaker.succeeded()
        # What a hook subscribes to or watches is sent at once: nothing of it may be left to be sent again.
        self._standing.restore()
        self._watches.restore()
        self._outages.over(url)
        limits = welcome["limits"]
        self.tell("connected", url=url, connection=welcome["connection"])
        self._requests.up(
            Allowance(
                credits=welcome["credits"],
                bytes_in_flight=limits.get("bytes_in_flight", 2**26),
                message_bytes=limits.get("message_bytes", 2**25),
                text_bytes=limits.get("text_bytes"),
                text_values=limits.get("text_values"),
            )
        )

    def down(self, code: int, reason: str, url: str) -> None:
        """The connection is gone."""
        was = self.connected
        self._connected.clear()
        self._renewal.end()
        cause = reason or f"the connection was closed with {code}"
        if not self._closed:
            self._outages.began(url, cause)
        self._requests.down(f"{url}: {cause}")
        if was and not self._closed:
            self._arm_impatience()
        self.tell("disconnected", url=url, code=code, reason=reason)

    def waiting(self, in_s: float, attempt: int) -> None:
        """The next attempt comes then."""
        self._outages.retried_in(in_s)
        self.tell("reconnecting", in_s=in_s, attempt=attempt)

    def failed(self, error: HeadgateError) -> None:
        """No further attempt will be made."""
        self._failure = error
        self._requests.end(error)
        self._standing.end(error, error)
        self._watches.end(error, error)
        self._settled.set()
        self.tell("failed", error=error)

    @property
    def caught_up(self) -> bool:
        """Whether the connection has given all that was missed before it."""
        return self._standing.is_caught_up

    def frame(self, frame: Frame) -> None:
        """A frame came."""
        kind = frame.get("type")
        if kind in ("result", "ack", "error"):
            if frame.get("id") is not None:
                self._requests.answer(frame)
                if self._link.draining and self._requests.idle:
                    self._link.leave()
            elif kind == "error" and frame.get("topic") is not None:
                self._watches.refused(frame)
        elif kind in ("event", "snapshot", "heartbeat"):
            self._standing.deliver(frame)
        elif kind == "sample":
            self._watches.deliver(frame)
        elif kind == "drain":
            self.tell("draining", deadline_ms=frame["deadline_ms"])
            if self._requests.idle and len(self.urls) > 1:
                self._link.leave()

    # What models, streams and subscriptions need.

    async def stand_in(
        self,
        request: fallback.Request,
        fallbacks: Sequence[fallback.Fallback],
        error: HeadgateError,
        within_s: float,
        *,
        wanted: Sequence[str] | None = None,
    ) -> Result:
        """The answer of the first fallback that has one.

        :param error: why the gateway does not answer; raised when nobody else does
        """
        started = self._loop.time()
        answer = await self._stand_ins.answer(request, fallbacks, error, within_s)
        if answer is None:
            raise error
        outputs, source = answer
        self.tell("fallback", model=request.model, source=source, error=error)
        elapsed_ms = (self._loop.time() - started) * 1000
        return local_result(request, outputs, source, elapsed_ms, wanted)

    def gave_up(self, timeout_s: float) -> HeadgateError:
        """What a caller is told that waited so long for something that it shares with others."""
        return self._calls.gave_up(timeout_s)

    def seconds(self, timeout: float | None) -> float:
        """A call's time: its own, or that of the client's options."""
        return seconds(timeout, self.options.timeout)

    async def ack(
        self,
        make: Callable[[int], Frame],
        *,
        timeout: float | None = None,
        impatient: bool = False,
        needs: str | None = None,
    ) -> Frame:
        """Ask for an `ack`; repeated after a lost connection, for doing these twice is doing them once.

        :param needs: the feature without which a gateway does not know such a frame
        """

        def made(number: int, _remaining: float) -> Frame:
            self._require(needs)
            return make(number)

        return await self._calls.ask(
            made,
            self.seconds(timeout),
            repeatable=True,
            impatient=impatient,
        )

    def _require(self, feature: str | None) -> None:
        features = (self.welcome or {}).get("features", ())
        if feature is not None and feature not in features:
            raise UnimplementedError(f"this gateway is older and does not have `{feature}`")

    def submit(
        self,
        make: Callable[[int], Frame],
        *,
        repeatable: bool,
        first: bool = True,
        needs: str | None = None,
    ) -> asyncio.Future[Frame]:
        """Ask in this turn, without a time limit.

        :param first: ahead of what waits; otherwise in the order of the calls
        :param needs: the feature without which a gateway does not know such a frame
        """

        def made(number: int, _remaining: float) -> Frame:
            self._require(needs)
            return make(number)

        try:
            return self._requests.submit(made, None, repeatable=repeatable, first=first).future
        except HeadgateError as error:
            failed: asyncio.Future[Frame] = self._loop.create_future()
            failed.set_exception(error)
            return failed

    async def _renew_token(self) -> object:
        """Give the gateway a fresh token; sent once, for another connection begins with its own."""
        token = await self._link.fresh_token()
        if token is None:
            return None
        future = self.submit(
            lambda number: {"type": "refresh", "id": number, "token": token}, repeatable=False
        )
        return (await asyncio.wait_for(future, self.options.timeout)).get("expires_in_ms")

    def _not_renewed(self, error: HeadgateError) -> None:
        if self.options.on_event is None:
            log.warning("the token could not be renewed: %s", error)
        self.tell("token_not_renewed", error=error)

    def tell(self, kind: str, **detail: Any) -> None:
        """Tell the user."""
        told(self.options.on_event, Event(kind, detail))

    def _came_back(self, outage: Outage) -> None:
        if self.options.on_back is not None:
            self._stand_ins.tell(self.options.on_back, outage)

    def _arm_impatience(self) -> None:
        if self._impatience is not None:
            self._impatience.cancel()
        self._impatience = self._loop.call_later(self.options.fallback_after, self._requests.lose_patience)
