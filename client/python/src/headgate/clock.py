"""How far a gateway's clock is ahead of this one, from the `Date` of its HTTP answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from .addresses import tls_context
from .options import Tls

PROBES = 10
_PAUSE_S = 0.1
# Servers make a date's text once a second, and a busy one is late with it.
_LATE_S = 0.05


class Probe(NamedTuple):
    """One answer: when it was asked for and when it had come by this clock, and its whole second."""

    sent: float
    received: float
    date: float


class Ahead(NamedTuple):
    """The gateway's clock less this one, in seconds, known to `within_s` to either side."""

    ahead_s: float
    within_s: float


async def clock_ahead(url: str, timeout_s: float, tls: Tls = None) -> Ahead | None:
    """Compare the clocks; None when the gateway tells none in time.

    A date has whole seconds, so one alone says no more than a second's span. Of ten, spread over a second,
    two lie on either side of its turn: the clocks are known to about a tenth of a second.
    """
    probes: list[Probe] = []
    until = time.monotonic() + timeout_s
    for _ in range(PROBES):
        try:
            probe = await asyncio.wait_for(_probe(url, tls), max(0.0, until - time.monotonic()))
        except (OSError, asyncio.TimeoutError, ValueError):
            break
        if probe is not None:
            probes.append(probe)
        await asyncio.sleep(_PAUSE_S)
    return ahead_of(probes)


def ahead_of(probes: Sequence[Probe]) -> Ahead | None:
    """What all answers agree on; None without any.

    At some time between asking and answer the other clock stood within the second that its date names.
    """
    if not probes:
        return None
    least = max(each.date - each.received for each in probes)
    most = min(each.date + 1.0 + _LATE_S - each.sent for each in probes)
    low, high = sorted((least, most))  # they cross when a clock was set meanwhile
    return Ahead((low + high) / 2, (high - low) / 2)


async def _probe(url: str, tls: Tls) -> Probe | None:
    parts = urlsplit(url)
    secure = parts.scheme == "wss"
    context = tls_context(url, tls)
    port = parts.port or (443 if secure else 80)
    reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=context)
    try:
        host = parts.netloc.rpartition("@")[2]
        sent = time.time()
        writer.write(f"GET /v2/health/live HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        while line := (await reader.readline()).strip():
            name, _, value = line.decode("latin-1").partition(":")
            if name.lower() == "date":
                return Probe(sent, time.time(), parsedate_to_datetime(value.strip()).timestamp())
        return None
    finally:
        writer.close()
