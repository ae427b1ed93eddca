"""The synchronous client, for notebooks, threads and drop-ins: the same core in a thread of its own.

Its thread answers pings and reads events whatever the program does, so a busy program loses no connection.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar, overload
from weakref import WeakSet

from .background import Background
from .codec import Frame
from .connecting import options_of, require_tls
from .datasets.columns import columns_of
from .datasets.dataset import DatasetInfo
from .errors import CancelledError, FailedPreconditionError, HeadgateError
from .fallback import Fallback
from .gate import Gate
from .handle import Handle
from .metrics import Metrics
from .options import (
    DEFAULT_URL,
    InferManyOptions,
    InferOptions,
    ModelSettings,
    Options,
    ScheduleOptions,
    Settings,
    TrainOptions,
    addresses,
)
from .results import Parameters, Result
from .schedule_calls import ScheduleState
from .stream import History
from .stream_state import StreamState
from .subscription import Subscription
from .sync_datasets import SyncDataset
from .sync_jobs import JobsQuery, PromoteOptions, RollbackOptions, SyncJob, UploadOptions
from .sync_models import SyncModel, SyncPolicy
from .sync_streams import StateQuery, SubscribeSettings, SyncStream, SyncSubscription
from .sync_watch import SyncWatch
from .tensors import Tensors
from .training.promotion import PromotionRecord
from .training.results import JobState, PublishedVersion, TrainingResult
from .watch import Watch

if TYPE_CHECKING:
    from typing_extensions import Unpack

T = TypeVar("T")


class _Life(NamedTuple):
    """What belongs to one process."""

    background: Background
    gate: Gate


class Client(Handle):
    """A client to be called from any thread; `with headgate.Client(url) as gate`.

    In a forked child, as of gunicorn or multiprocessing, it connects anew at its first use; the parent's
    connection is left alone.

    :param url: one address or several; by default those of HEADGATE_URL
    :param wait: whether to wait until connected; without, calls wait or fall back
    The other settings are those of `Options`.
    """

    def __init__(
        self, url: str | Sequence[str] | None = None, *, wait: bool = True, **settings: Unpack[Settings]
    ) -> None:
        self._urls, self.options = addresses(url), options_of(settings)
        require_tls(self._urls, self.options)
        self._lock = threading.Lock()
        self._closed = False
        self._life: _Life | None = self._begin(wait)
        _clients.add(self)

    def __repr__(self) -> str:
        state = "closed" if self._closed else "connected" if self.connected else "not connected"
        return f"<headgate.Client {', '.join(self._urls)}: {state}>"

    def _begin(self, wait: bool) -> _Life:
        background = Background()
        try:
            return _Life(background, background.run(_start(self._urls, self.options, wait)))
        except BaseException:
            background.stop()
            raise

    def _alive(self) -> _Life:
        with self._lock:
            if self._closed:
                raise CancelledError("the client was closed")
            if self._life is None:
                self._life = self._begin(wait=False)
            return self._life

    def left_by_fork(self) -> None:
        """In a forked child: the thread and its event loop stayed with the parent.

        They are kept unused, since to end them would reach into what both processes share.
        """
        self._lock = threading.Lock()
        if self._life is not None:
            self._life.gate.let_go()
            _parents.append(self._life)
            self._life = None

    @property
    def gate(self) -> Gate:
        """The asyncio client in this one's thread."""
        return self._alive().gate

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine in the client's thread; an interrupt cancels it there."""
        try:
            background = self._alive().background
        except HeadgateError:
            work.close()
            raise
        return background.run(work)

    def run_of(self, gate: Gate, work: Coroutine[Any, Any, T]) -> T:
        """As `run`, for what belongs to that connection.

        :raises FailedPreconditionError: when it was a parent process's
        """
        if self._alive().gate is not gate:
            work.close()
            raise FailedPreconditionError(
                "this stream, subscription or watch was opened before the process forked: "
                "open it anew in this one"
            )
        return self.run(work)

    def require_other_thread(self) -> None:
        """Before waiting for what was submitted.

        :raises FailedPreconditionError: in the client's own thread, which would wait for itself for ever
        """
        self._alive().background.require_other_thread()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Start a coroutine in the client's thread: for many requests in flight from one thread."""
        return self._alive().background.submit(work)

    @property
    def metrics(self) -> Metrics:
        """What its calls came to and how long they took, since it was made or its process forked."""
        return self.gate.metrics

    @property
    def connected(self) -> bool:
        """Whether there is a connection now."""
        return self._life is not None and self._life.gate.connected

    def infer(
        self,
        model: str,
        inputs: Tensors,
        *,
        fallbacks: Sequence[Fallback] | None = None,
        **options: Unpack[InferOptions],
    ) -> Result:
        """As `Gate.infer`."""
        return self.run(self.gate.infer(model, inputs, fallbacks=fallbacks, **options))

    def infer_many(
        self,
        model: str,
        rows: Sequence[Tensors],
        *,
        fallbacks: Sequence[Fallback] | None = None,
        **options: Unpack[InferManyOptions],
    ) -> list[Result | HeadgateError]:
        """As `Gate.infer_many`."""
        return self.run(self.gate.infer_many(model, rows, fallbacks=fallbacks, **options))

    def describe(self, model: str | None = None, *, timeout: float | None = None) -> Frame:
        """As `Gate.describe`."""
        return self.run(self.gate.describe(model, timeout=timeout))

    def stream(
        self,
        name: str,
        detector: str = "gaussian_hmm",
        parameters: Parameters | None = None,
        *,
        replace: bool = False,
        history: History | None = None,
        timeout: float | None = None,
    ) -> SyncStream:
        """As `Gate.stream`."""
        gate = self.gate
        opening = gate.stream(name, detector, parameters, replace=replace, history=history, timeout=timeout)
        return SyncStream(self, gate, self.run(opening))

    open_stream = stream

    def stream_state(self, name: str, **query: Unpack[StateQuery]) -> StreamState:
        """As `Gate.stream_state`."""
        return self.run(self.gate.stream_state(name, **query))

    def regime(self, stream: str, *, timeout: float | None = None) -> Mapping[str, Any] | None:
        """As `Gate.regime`."""
        return self.run(self.gate.regime(stream, timeout=timeout))

    def subscribe(
        self, topic: str, *, since: Mapping[str, Any] | None = None, **options: Unpack[SubscribeSettings]
    ) -> SyncSubscription:
        """As `Gate.subscribe`; its hooks are called in the client's thread, and must return soon."""
        gate = self.gate

        async def start() -> Subscription:
            return gate.subscribe(topic, since=since, **options)

        return SyncSubscription(self, gate, self.run(start()))

    def watch(
        self,
        topic: str,
        *,
        interval: float | None = None,
        contains: str | None = None,
        on_end: Callable[[HeadgateError], None] | None = None,
    ) -> SyncWatch:
        """As `Gate.watch`; `on_end` is called in the client's thread, and must return soon."""
        gate = self.gate

        async def start() -> Watch:
            return gate.watch(topic, interval=interval, contains=contains, on_end=on_end)

        return SyncWatch(self, gate, self.run(start()))

    def refresh(self, token: str) -> None:
        """As `Gate.refresh`."""
        self.run(self.gate.refresh(token))

    def dataset(
        self,
        data: Any,
        name: str | None = None,
        *,
        ts: float | None = None,
        keep: bool = True,
        timeout: float | None = None,
    ) -> SyncDataset:
        """As `Gate.dataset`."""
        gate = self.gate
        columns = columns_of(data)  # Here, for a large copy would hold the client's thread up
        putting = gate.put_columns(columns, data, name, ts, keep, timeout)
        return SyncDataset(self, gate, self.run(putting))

    def datasets(self, prefix: str | None = None, *, timeout: float | None = None) -> list[DatasetInfo]:
        """As `Gate.datasets`."""
        return self.run(self.gate.datasets(prefix, timeout=timeout))

    @overload
    def train(
        self,
        trainer: str,
        inputs: Tensors,
        *,
        background: Literal[False] = False,
        **options: Unpack[TrainOptions],
    ) -> TrainingResult: ...

    @overload
    def train(
        self, trainer: str, inputs: Tensors, *, background: Literal[True], **options: Unpack[TrainOptions]
    ) -> SyncJob: ...

    def train(
        self, trainer: str, inputs: Tensors, *, background: bool = False, **options: Unpack[TrainOptions]
    ) -> TrainingResult | SyncJob:
        """As `Gate.train`."""
        gate = self.gate
        inputs = gate.tables.referred(inputs)  # Here, for to compare large arrays would hold the client up
        if background:
            return SyncJob(self, self.run(gate.train(trainer, inputs, background=True, **options)).name)
        return self.run(gate.train(trainer, inputs, **options))

    def jobs(self, **query: Unpack[JobsQuery]) -> list[JobState]:
        """As `Gate.jobs`."""
        return self.run(self.gate.jobs(**query))

    def job(self, name: str) -> SyncJob:
        """As `Gate.job`."""
        return SyncJob(self, name)

    def upload(
        self, onnx: bytes | str | os.PathLike[str], *, model: str, **options: Unpack[UploadOptions]
    ) -> PublishedVersion:
        """As `Gate.upload`."""
        return self.run(self.gate.upload(onnx, model=model, **options))

    def schedule(
        self,
        name: str,
        *,
        model: str,
        trainer: str,
        inputs: Mapping[str, Mapping[str, Any]],
        trigger: Mapping[str, Any],
        timeout: float | None = None,
        **options: Unpack[ScheduleOptions],
    ) -> ScheduleState:
        """As `Gate.schedule`."""
        return self.run(
            self.gate.schedule(
                name,
                model=model,
                trainer=trainer,
                inputs=inputs,
                trigger=trigger,
                timeout=timeout,
                **options,
            )
        )

    def schedules(
        self,
        *,
        model: str | None = None,
        after: str | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> list[ScheduleState]:
        """As `Gate.schedules`."""
        return self.run(self.gate.schedules(model=model, after=after, limit=limit, timeout=timeout))

    def schedule_state(self, name: str, *, timeout: float | None = None) -> ScheduleState:
        """As `Gate.schedule_state`."""
        return self.run(self.gate.schedule_state(name, timeout=timeout))

    def unschedule(self, name: str, *, timeout: float | None = None) -> None:
        """As `Gate.unschedule`."""
        self.run(self.gate.unschedule(name, timeout=timeout))

    def promote(self, model: str, version: str, **options: Unpack[PromoteOptions]) -> PromotionRecord:
        """As `Gate.promote`."""
        return self.run(self.gate.promote(model, version, **options))

    def rollback(self, model: str, **options: Unpack[RollbackOptions]) -> PromotionRecord:
        """As `Gate.rollback`."""
        return self.run(self.gate.rollback(model, **options))

    def model(self, name: str, *, version: str | None = None, **settings: Unpack[ModelSettings]) -> SyncModel:
        """A learned model, to `predict` with."""
        return SyncModel(self, lambda gate: gate.model(name, version=version, **settings))

    def policy(
        self, name: str, *, version: str | None = None, **settings: Unpack[ModelSettings]
    ) -> SyncPolicy:
        """A trading policy, to `act` with."""
        return SyncPolicy(self, lambda gate: gate.policy(name, version=version, **settings))

    def close(self) -> None:
        """End the connection; what is unanswered fails with `cancelled`."""
        with self._lock:
            self._closed = True
            life, self._life = self._life, None
        if life is not None:
            life.background.run(life.gate.close())
            life.background.stop()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


async def _start(urls: list[str], options: Options, wait: bool) -> Gate:
    gate = Gate(urls, options)
    gate.start()
    return await gate.opened() if wait else gate


class _Shared:
    """The one client of this process's drop-ins, and how it was configured."""

    def __init__(self) -> None:
        self.client: Client | None = None
        self.url: str | Sequence[str] | None = None
        self.settings: Settings = {}
        self.lock = threading.Lock()

    def close(self) -> None:
        client, self.client = self.client, None
        if client is not None:
            client.close()


_shared = _Shared()
_clients: WeakSet[Client] = WeakSet()
_parents: list[_Life] = []
atexit.register(_shared.close)


def _forked() -> None:
    """A lock that another thread of the parent held would stay locked in the child."""
    _shared.lock = threading.Lock()
    for client in list(_clients):
        client.left_by_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def configure(url: str | Sequence[str] | None = None, **settings: Unpack[Settings]) -> None:
    """Say where the drop-ins of this process find the gateway, and with which `Options`.

    In place of HEADGATE_URL and HEADGATE_TOKEN.
    """
    with _shared.lock:
        _shared.close()
        _shared.url, _shared.settings = url, settings


def default_client() -> Client:
    """The client that the drop-ins of this process share; it connects at its first use, without waiting."""
    with _shared.lock:
        if _shared.client is None:
            url = _shared.url or os.environ.get("HEADGATE_URL") or DEFAULT_URL
            urls = url.split(",") if isinstance(url, str) else url
            _shared.client = Client(urls, wait=False, **_shared.settings)
        return _shared.client
