"""Headgate's client: models, scikit-learn's numerics and market regimes over one socket.

`headgate.connect` is the asyncio client, `headgate.Client` the synchronous one; `headgate.sklearn` and
`headgate.hmm` are drop-ins for scikit-learn and hmmlearn, `headgate.risk` asks for value at risk and
factor risk.
"""

from __future__ import annotations

from . import errors, fallback
from .backoff import Backoff
from .connecting import connect
from .errors import HeadgateError, UnavailableError
from .fallback import Alert
from .gate import Gate
from .options import Event, Options
from .outages import Outage
from .results import Result
from .subscription import Change, Notice, Snapshot, Subscription
from .sync import Client, SyncSubscription, configure, default_client

__version__ = "0.1.0"

__all__ = [
    "Alert",
    "Backoff",
    "Change",
    "Client",
    "Event",
    "Gate",
    "HeadgateError",
    "Notice",
    "Options",
    "Outage",
    "Result",
    "Snapshot",
    "Subscription",
    "SyncSubscription",
    "UnavailableError",
    "__version__",
    "configure",
    "connect",
    "default_client",
    "errors",
    "fallback",
]
