"""Headgate's client: models, scikit-learn's numerics and market regimes over one socket.

`headgate.connect` is the asyncio client, `headgate.Client` the synchronous one; `headgate.sklearn` and
`headgate.hmm` are drop-ins for scikit-learn and hmmlearn, `headgate.risk` asks for value at risk and
factor risk.
"""

from __future__ import annotations

from . import errors, fallback
from .backoff import Backoff
from .connecting import connect
from .datasets.dataset import Dataset, DatasetInfo
from .datasets.dataset_reference import DatasetReference, StreamReference
from .errors import HeadgateError, UnavailableError
from .events import (
    ChallengerKept,
    Change,
    FeedAlarm,
    FeedResumed,
    FeedSilent,
    JobChanged,
    JobProgress,
    ModelExpired,
    ModelPromoted,
    ModelServing,
    RetrainFailed,
    StreamClosed,
    StreamEnding,
    StreamReplaced,
    TopicHeartbeat,
    TopicSnapshot,
)
from .fallback import Alert
from .gate import Gate
from .metrics import Metrics
from .options import Event, Options
from .outages import Outage
from .references import InputUsed, Reference
from .results import Result, json_default
from .schemas import parameters_schema
from .stream import History, Observed, Stream
from .stream_state import RegimePath, StreamState
from .subscription import Subscription
from .sync import Client, configure, default_client
from .sync_datasets import SyncDataset
from .sync_jobs import SyncJob
from .sync_streams import SyncStream, SyncSubscription
from .sync_watch import SyncWatch
from .training.job import Job
from .training.promotion import PromotionRecord
from .training.results import CurvePoint, JobError, JobState, PublishedVersion, TrainingResult
from .watch import Sample, Watch

__version__ = "0.1.0"

__all__ = [
    "Alert",
    "Backoff",
    "ChallengerKept",
    "Change",
    "Client",
    "CurvePoint",
    "Dataset",
    "DatasetInfo",
    "DatasetReference",
    "Event",
    "FeedAlarm",
    "FeedResumed",
    "FeedSilent",
    "Gate",
    "HeadgateError",
    "History",
    "InputUsed",
    "Job",
    "JobChanged",
    "JobError",
    "JobProgress",
    "JobState",
    "Metrics",
    "ModelExpired",
    "ModelPromoted",
    "ModelServing",
    "Observed",
    "Options",
    "Outage",
    "PromotionRecord",
    "PublishedVersion",
    "Reference",
    "RegimePath",
    "Result",
    "RetrainFailed",
    "Sample",
    "Stream",
    "StreamClosed",
    "StreamEnding",
    "StreamReference",
    "StreamReplaced",
    "StreamState",
    "Subscription",
    "SyncDataset",
    "SyncJob",
    "SyncStream",
    "SyncSubscription",
    "SyncWatch",
    "TopicHeartbeat",
    "TopicSnapshot",
    "TrainingResult",
    "UnavailableError",
    "Watch",
    "__version__",
    "configure",
    "connect",
    "default_client",
    "errors",
    "fallback",
    "json_default",
    "parameters_schema",
]
