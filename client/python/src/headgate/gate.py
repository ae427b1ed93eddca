"""The client: one socket for everything, for days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import fallback, libraries
from .asks import infer_frame
from .codec import Frame
from .errors import HeadgateError, NotFoundError
from .events import (
    ChallengerKept,
    FeedAlarm,
    JobEvent,
    ModelExpired,
    ModelPromoted,
    ModelServing,
    RetrainFailed,
    StreamEnding,
    TopicHeartbeat,
    TopicSnapshot,
)
from .many_calls import ManyCalls
from .models import Model, Policy
from .options import ModelSettings
from .results import Parameters, Result
from .schemas import with_schemas
from .stream import History, Stream
from .stream_state import PathKind, StreamState, state_frame, stream_state_of
from .subscription import SubscribeOptions, Subscription
from .tensors import Tensors
from .watch import Watch, WatchOptions

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Gate(ManyCalls):
    """A client of one service, made by `connect`. Belongs to the event loop it was opened in."""

    async def __aenter__(self) -> Gate:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def infer(
        self,
        model: str,
        inputs: Tensors,
        *,
        parameters: Parameters | None = None,
        outputs: Sequence[str] | None = None,
        version: str | None = None,
        timeout: float | None = None,
        priority: int | None = None,
        key: str | None = None,
        traceparent: str | None = None,
        fallbacks: Sequence[fallback.Fallback] | None = None,
    ) -> Result:
        """Ask a model or a fit; cancelling the call cancels it at the gateway.

        :param inputs: arrays by name, sent in their own dtype, or references; the signature is in `describe`
        :param timeout: seconds for everything: waiting, retries, and a fallback
        :param priority: 1 is the highest
        :param key: idempotency key: a repeat within the gateway's window runs nothing
        :param fallbacks: asked in order when no gateway answers; by default what was registered for the model
            and, for a fit, what the drop-ins of `headgate.sklearn` fall back to
        :raises UnavailableError: when no gateway and no fallback answered, with the address and the cause
        :raises HeadgateError: with gRPC's `code`
        """
        if fallbacks is None:
            fallbacks = libraries.chain(model) if self.options.falls_back else ()
        budget = self.seconds(timeout)
        make = infer_frame(
            model,
            inputs,
            parameters=parameters,
            outputs=outputs,
            version=version,
            priority=priority,
            key=key,
            traceparent=traceparent,
            to_wire=self._wire_inputs,
        )
        request = fallback.Request(model, version, inputs, parameters or {})
        with self.metrics.call() as call:
            result = await self._answered(make, request, budget, key is not None, fallbacks, outputs)
            call.result = result
        return result

    async def describe(
        self, model: str | None = None, *, timeout: float | None = None, impatient: bool = False
    ) -> Frame:
        """`models`, `detectors` and `kernels`, with their signatures, as PROTOCOL.md has them.

        Each also has `parameters_schema`, its parameters as JSON Schema.

        :param impatient: whether to give up when no gateway is there for `fallback_after`
        """
        body = {"type": "describe"} if model is None else {"type": "describe", "model": model}
        ack = await self.ack(lambda number: {**body, "id": number}, timeout=timeout, impatient=impatient)
        return with_schemas(ack)

    async def stream(
        self,
        name: str,
        detector: str = "gaussian_hmm",
        parameters: Parameters | None = None,
        *,
        replace: bool = False,
        history: History | None = None,
        timeout: float | None = None,
    ) -> Stream:
        """Bind a detector to a stream, or join it; the same again is no change.

        :param history: `{"ts": [n], "values": [n, d]}`: a new stream's detector warms up on it, and no event
            tells of it; a stream that is there ignores it
        """
        stream = Stream(name, detector, parameters or {}, history, self)
        return await self._standing.open_stream(stream, replace, timeout)

    open_stream = stream

    def forget(self, name: str) -> None:
        """A stream was closed."""
        self._standing.forget(name)

    async def stream_state(
        self,
        name: str,
        *,
        path: PathKind | None = None,
        limit: int | None = None,
        values: bool | None = None,
        timeout: float | None = None,
    ) -> StreamState:
        """Where a stream of anybody's stands.

        :param path: how it came there: `filtered`, as it was said at the time, or `smoothed`, as the past
            looks from today, for charts only
        :param limit: observations of the path, the newest so many; 1,000 by default
        :param values: whether the path has the observations themselves
        :raises NotFoundError: when there is no such stream
        :raises FailedPreconditionError: when there is no smoothed path, or none yet
        """
        make = state_frame(name, path, limit, values)
        return stream_state_of(await self.ack(make, timeout=timeout, needs="state"))

    def subscribe(
        self,
        topic: str,
        *,
        since: Mapping[str, Any] | None = None,
        mode: str | None = None,
        heartbeat_ms: int | None = None,
        on_snapshot: Callable[[TopicSnapshot], None] | None = None,
        on_feed: Callable[[FeedAlarm], None] | None = None,
        on_ending: Callable[[StreamEnding], None] | None = None,
        on_heartbeat: Callable[[TopicHeartbeat], None] | None = None,
        on_job: Callable[[JobEvent], None] | None = None,
        on_serving: Callable[[ModelServing], None] | None = None,
        on_promoted: Callable[[ModelPromoted], None] | None = None,
        on_expired: Callable[[ModelExpired], None] | None = None,
        on_challenger_kept: Callable[[ChallengerKept], None] | None = None,
        on_retrain_failed: Callable[[RetrainFailed], None] | None = None,
    ) -> Subscription:
        """Changes of `regime.<stream>`, or of all by `regime.*`; over reconnections each once, in order.

        Also the events of `job.<job>` and `model.<model>`, which `on_job`, `on_serving`, `on_promoted`,
        `on_expired`, `on_challenger_kept` and `on_retrain_failed` are told.

        :param since: resume after this cursor
        :param mode: `latest` may skip changes that a busy reader would get late
        :param heartbeat_ms: between heartbeats, from 1,000; without, there are none
        :param on_snapshot: hears where a topic stands whenever a (re)connection has caught up
        :param on_feed: hears of feeds that fall silent and come back, where who opened the stream set
            `max_silence_ms`; without it a silent feed is logged
        :param on_ending: hears of streams that are opened anew with another detector, closed, or expire
        :param on_job: hears of the progress of jobs and of their changes
        :param on_serving: hears of versions of models that serve from now on
        :param on_promoted: hears of promotions of versions, and of rollbacks
        :param on_expired: hears of versions that have expired, each once
        :param on_challenger_kept: hears of versions that a schedule published and did not promote
        :param on_retrain_failed: hears of retrainings of a schedule that came to nothing
        """
        options = SubscribeOptions(
            mode,
            heartbeat_ms,
            on_snapshot,
            on_feed,
            on_ending,
            on_heartbeat,
            on_job,
            on_serving,
            on_promoted,
            on_expired,
            on_challenger_kept,
            on_retrain_failed,
        )
        return self._standing.subscribe(topic, since, options)

    def watch(
        self,
        topic: str,
        *,
        interval: float | None = None,
        contains: str | None = None,
        on_end: Callable[[HeadgateError], None] | None = None,
    ) -> Watch:
        """The gateway's own figures, such as `gateway.stats`, until the watch is stopped.

        It goes on over reconnections, and gives whoever reads slowly the newest sample only.

        :param interval: seconds between two samples, 0.25 to 60; the gateway rounds up to one of a few. 1 by
            default
        :param contains: of `gateway.streams`: only streams whose names contain this text
        :param on_end: hears once that no further sample will come, with the reason, which the iteration
            raises as well: `UnimplementedError` from a gateway that cannot be watched
        :raises FailedPreconditionError: when this client watches the topic already
        """
        return self._watches.watch(topic, WatchOptions(interval, contains, on_end))

    async def regime(self, stream: str, *, timeout: float | None = None) -> Mapping[str, Any] | None:
        """The state of a stream now: `regime`, `probability`, ...; None when there is no such stream."""
        make = state_frame(stream, None, None, None)
        try:
            state: Mapping[str, Any] = (await self.ack(make, timeout=timeout, needs="state"))["state"]
            return state
        except NotFoundError:
            return None

    def model(self, name: str, *, version: str | None = None, **settings: Unpack[ModelSettings]) -> Model:
        """A learned model, to `predict` with."""
        return Model(self, name, version=version, **settings)

    def policy(self, name: str, *, version: str | None = None, **settings: Unpack[ModelSettings]) -> Policy:
        """A trading policy, to `act` with; it falls back only to what was registered for it."""
        return Policy(self, name, version=version, **settings)

    async def refresh(self, token: str) -> None:
        """Give a new token before the old one expires; the connection lives on.

        A token that was given as a string is replaced by it for later connections too; where a function makes
        the tokens, the client renews them by itself.
        """
        ack = await self.ack(lambda number: {"type": "refresh", "id": number, "token": token})
        self._link.use_token(token)
        if self._link.makes_tokens:
            self._renewal.begin(ack.get("expires_in_ms"))
