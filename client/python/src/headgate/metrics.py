"""Counts a client's calls and their times, as an object and in Prometheus' text format."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .errors import HeadgateError
from .outages import Outages
from .results import Result

# Eight buckets an octave from 61 us to 4096 s: a percentile is exact to 4.4 %.
_FIRST_OCTAVE, _OCTAVES, _PER_OCTAVE = -14, 26, 8
_PROMETHEUS_OCTAVES = range(-12, 7)  # 0.24 ms to 64 s


@dataclass(frozen=True)
class Times:
    """The response times of the answers of one source, in seconds."""

    count: int
    mean_s: float
    p50_s: float
    p90_s: float
    p99_s: float
    most_s: float


class Histogram:
    """Counts durations in buckets."""

    def __init__(self) -> None:
        self.counts = [0] * (_OCTAVES * _PER_OCTAVE)
        self.sum_s = 0.0
        self.most_s = 0.0

    def add(self, seconds: float) -> None:
        """Add a duration."""
        place = (math.log2(seconds) - _FIRST_OCTAVE) * _PER_OCTAVE if seconds > 0 else 0.0
        self.counts[min(len(self.counts) - 1, max(0, int(place)))] += 1
        self.sum_s += seconds
        self.most_s = max(self.most_s, seconds)

    def percentile(self, share: float) -> float:
        """The middle of the percentile's bucket, at most the longest duration; 0 without any duration."""
        counts = list(self.counts)
        rank, seen = share * sum(counts), 0
        for place, count in enumerate(counts):
            seen += count
            if count and seen >= rank:
                middle: float = 2.0 ** (_FIRST_OCTAVE + (place + 0.5) / _PER_OCTAVE)
                return min(middle, self.most_s)
        return 0.0

    def up_to(self, octave: int) -> int:
        """The number of durations below 2^octave seconds."""
        return sum(self.counts[: (octave - _FIRST_OCTAVE) * _PER_OCTAVE])

    def times(self) -> Times:
        """The summary of the durations."""
        count = sum(self.counts)
        mean = self.sum_s / count if count else 0.0
        p50, p90, p99 = (self.percentile(share) for share in (0.5, 0.9, 0.99))
        return Times(count, mean, p50, p90, p99, self.most_s)


class Call:
    """One `infer` that is in progress, counted when the block ends."""

    __slots__ = ("_metrics", "_started", "result")

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._started = time.perf_counter()
        self.result: Result | None = None
        """None: it goes on as another call, which is counted then."""

    def __enter__(self) -> Call:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        outcome = self.result if error is None else error
        if outcome is not None:
            self._metrics.ended(outcome, self._started)


class Metrics:
    """The metrics of one client since its creation."""

    def __init__(self, outages: Outages, connected: Callable[[], bool]) -> None:
        self._outages = outages
        self._connected = connected
        self._calls: Counter[tuple[str, str]] = Counter()
        self._times: dict[str, Histogram] = {}

    def call(self) -> Call:
        """Count the outcome of a call, in a `with` block; the caller sets its result."""
        return Call(self)

    def ended(self, outcome: Result | BaseException, started: float) -> None:
        """Count a call that ended.

        :param started: by `time.perf_counter`
        """
        if isinstance(outcome, Result):
            source = outcome.source
            self._calls[("ok", source)] += 1
            if source not in self._times:
                self._times[source] = Histogram()
            self._times[source].add(time.perf_counter() - started)
        elif isinstance(outcome, HeadgateError):
            self._calls[(outcome.code, "gateway" if outcome.answered else "client")] += 1
        else:
            self._calls[("failed" if isinstance(outcome, Exception) else "cancelled", "client")] += 1

    @property
    def calls(self) -> Mapping[tuple[str, str], int]:
        """The number of calls by outcome and source; an error counts under its code."""
        return dict(self._calls)

    @property
    def times(self) -> Mapping[str, Times]:
        """The response times of the answers, by source."""
        return {source: histogram.times() for source, histogram in list(self._times.items())}

    def to_dict(self) -> dict[str, Any]:
        """All metrics as an object that can be written as JSON."""
        calls = [
            {"outcome": outcome, "source": source, "count": n} for (outcome, source), n in self.calls.items()
        ]
        return {
            "connected": self._connected(),
            "outages": self._outages.count,
            "outage_seconds": self._away_s(),
            "calls": calls,
            "times": {source: asdict(times) for source, times in self.times.items()},
        }

    def prometheus(self) -> str:
        """All metrics in Prometheus' text exposition format, to append to the program's own."""
        lines = _head("calls_total", "counter", "Calls of infer that ended, by outcome and source.")
        for (outcome, source), count in sorted(self.calls.items()):
            lines.append(f'headgate_client_calls_total{{outcome="{outcome}",source="{source}"}} {count}')
        lines += _head("response_seconds", "histogram", "Time of the calls that were answered, by source.")
        for source, histogram in sorted(self._times.items()):
            lines += _buckets(source, histogram)
        lines += _head("connected", "gauge", "Whether there is a connection now.")
        lines.append(f"headgate_client_connected {int(self._connected())}")
        lines += _head("outages_total", "counter", "Times in which no gateway answered.")
        lines.append(f"headgate_client_outages_total {self._outages.count}")
        lines += _head("outage_seconds_total", "counter", "How long no gateway answered, all together.")
        lines.append(f"headgate_client_outage_seconds_total {self._away_s():.3f}")
        return "\n".join(lines) + "\n"

    def _away_s(self) -> float:
        return self._outages.seconds + (self._outages.lasting_s or 0.0)


def _head(name: str, kind: str, text: str) -> list[str]:
    return [f"# HELP headgate_client_{name} {text}", f"# TYPE headgate_client_{name} {kind}"]


def _buckets(source: str, histogram: Histogram) -> list[str]:
    name, count = "headgate_client_response_seconds", sum(histogram.counts)
    bounds = [(repr(2.0**octave), histogram.up_to(octave)) for octave in _PROMETHEUS_OCTAVES]
    lines = [
        f'{name}_bucket{{source="{source}",le="{bound}"}} {below}'
        for bound, below in [*bounds, ("+Inf", count)]
    ]
    lines.append(f'{name}_sum{{source="{source}"}} {histogram.sum_s:.6f}')
    return [*lines, f'{name}_count{{source="{source}"}} {count}']
