"""The events of a subscription: changes and other pushed events, snapshots and heartbeats. Times in ms."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from .codec import Frame
from .training.promotion import PromotionRecord, promotion_of
from .training.results import JobStage, JobState, state_of


class Change(NamedTuple):
    """A regime change."""

    kind: str
    stream: str
    from_: str
    to: str
    probability: float
    probabilities: Mapping[str, float]
    detector: str
    version: str
    observed_ts: float
    topic: str
    epoch: str
    offset: int
    position: int
    ts: float
    event_id: str


class FeedSilent(NamedTuple):
    """No observation of a stream arrived for `max_silence_ms`; `last_ts` is None before the first one."""

    kind: Literal["feed_silent"]
    stream: str
    last_ts: float | None
    max_silence_ms: float
    topic: str
    epoch: str
    offset: int
    position: int
    ts: float
    event_id: str


class FeedResumed(NamedTuple):
    """A silent stream was observed again, at `observed_ts`."""

    kind: Literal["feed_resumed"]
    stream: str
    observed_ts: float
    silent_ms: float
    topic: str
    epoch: str
    offset: int
    position: int
    ts: float
    event_id: str


class StreamReplaced(NamedTuple):
    """A stream was opened again with another detector or other parameters; its regimes start afresh."""

    kind: Literal["stream_replaced"]
    stream: str
    detector: str
    version: str
    observations: int
    last_ts: float | None
    topic: str
    epoch: str
    offset: int
    position: int
    ts: float
    event_id: str


class StreamClosed(NamedTuple):
    """A stream has ended: a client closed it, or it expired; `reason` says which."""

    kind: Literal["stream_closed"]
    stream: str
    reason: str
    observations: int
    last_ts: float | None
    topic: str
    epoch: str
    offset: int
    position: int
    ts: float
    event_id: str


class JobProgress(NamedTuple):
    """A job goes on."""

    kind: Literal["job_progress"]
    job: str
    trainer: str
    stage: JobStage
    iteration: int | None
    share_done: float | None
    """Of the fit, from 0 to 1; None where the library does not tell."""
    remaining_ms: float | None
    """Estimated until the fit is done; None where that is not known."""
    loss: float | None
    score: float | None
    topic: str
    epoch: str
    offset: int
    position: int
    ts: float
    event_id: str
    figures: Mapping[str, float] = MappingProxyType({})
    """What else the trainer told, by name: of a policy its `reward` and its `entropy`."""


class JobChanged(NamedTuple):
    """A job is in another state or stage now."""

    kind: Literal["job_changed"]
    state: JobState
    topic: str
    epoch: str
    offset: int
    position: int
    ts: float
    event_id: str


class ModelServing(NamedTuple):
    """A version of a model serves from now on."""

    kind: Literal["model_serving"]
    model: str
    version: str
    traffic: float
    """The share of the requests without a version that it answers, from 0 to 1."""
    job: str | None
    """The job that trained it; None for a version from another source."""
    topic: str
    epoch: str
    offset: int
    position: int
    ts: float
    event_id: str


class ModelPromoted(NamedTuple):
    """A version of a model was promoted, or a promotion was taken back."""

    kind: Literal["model_promoted"]
    model: str
    record: PromotionRecord
    topic: str
    epoch: str
    offset: int
    position: int
    ts: float
    event_id: str


class ModelExpired(NamedTuple):
    """A version of a model has expired: it refuses every request from now on."""

    kind: Literal["model_expired"]
    model: str
    version: str
    expires_ts: float
    """When it expired, in milliseconds since the epoch."""
    topic: str
    epoch: str
    offset: int
    position: int
    ts: float
    event_id: str


class ChallengerKept(NamedTuple):
    """A schedule's candidate was published and not promoted."""

    kind: Literal["challenger_kept"]
    model: str
    version: str
    """The candidate's."""
    schedule: str
    reason: str
    """Why it was not promoted, as in `last` of the schedule."""
    score: str | None
    candidate: float | None
    """The candidate's score; None where there is none, or no finite one."""
    champion: str | None
    """The version that is the champion; None where there is none."""
    champion_score: float | None
    """The champion's score on the same rows; None where there is none, or no finite one."""
    topic: str
    epoch: str
    offset: int
    position: int
    ts: float
    event_id: str


class RetrainFailed(NamedTuple):
    """A schedule's retraining came to nothing; `schedule_state` has the message."""

    kind: Literal["retrain_failed"]
    model: str
    schedule: str
    code: str
    topic: str
    epoch: str
    offset: int
    position: int
    ts: float
    event_id: str


JobEvent = JobProgress | JobChanged
FeedAlarm = FeedSilent | FeedResumed
StreamEnding = StreamReplaced | StreamClosed


class TopicSnapshot(NamedTuple):
    """Where a topic stands once a (re)connection caught up; if not `recovered`, changes may be missing."""

    topic: str
    recovered: bool
    state: Mapping[str, Any] | None


class TopicHeartbeat(NamedTuple):
    """Shows that a subscription is alive, and the state of its feed."""

    topic: str
    offset: int | None
    """Of the topic's newest event; None for the pattern."""
    position: int
    last_ts: float | None
    """Of the stream's last observation, its own time."""
    silent_ms: float | None
    """For how long the stream was given nothing; None without a stream, and for the pattern."""


ModelEvent = ModelServing | ModelPromoted | ModelExpired | ChallengerKept | RetrainFailed
Event = Change | FeedAlarm | StreamEnding | JobEvent | ModelEvent

_KINDS: Mapping[str, type[Event]] = {
    "regime_change": Change,
    "feed_silent": FeedSilent,
    "feed_resumed": FeedResumed,
    "stream_replaced": StreamReplaced,
    "stream_closed": StreamClosed,
    "job_progress": JobProgress,
    "job_changed": JobChanged,
    "model_serving": ModelServing,
    "model_promoted": ModelPromoted,
    "model_expired": ModelExpired,
    "challenger_kept": ChallengerKept,
    "retrain_failed": RetrainFailed,
}


def event_of(frame: Frame) -> Event | None:
    """Make an event of a frame; None for a kind that only later gateways have."""
    kind = _KINDS.get(frame["data"].get("kind"))
    if kind is None:
        return None
    known = {**frame["data"], **{name: frame[name] for name in _LOGGED}}
    known["from_"] = known.get("from")
    if kind is JobChanged:
        known["state"] = state_of(frame["data"])
    if kind is ModelPromoted:
        known["record"] = promotion_of(frame["data"])
    wanted = [name for name in kind._fields if name in known or name not in kind._field_defaults]
    return kind(**{name: known[name] for name in wanted})


_LOGGED = ("topic", "epoch", "offset", "position", "ts", "event_id")


def heartbeat_of(frame: Frame) -> TopicHeartbeat:
    """Make a heartbeat of a frame."""
    return TopicHeartbeat(
        frame["topic"], frame.get("offset"), frame["position"], frame["last_ts"], frame["silent_ms"]
    )
