"""What a person sees of a training: a bar of tqdm where that is installed, else lines; both on stderr."""

from __future__ import annotations

import asyncio
import importlib
import sys
import time
from concurrent import futures
from types import TracebackType
from typing import Any, Literal, NamedTuple, Protocol

from ..errors import CancelledError

_CANCELLED = (KeyboardInterrupt, asyncio.CancelledError, futures.CancelledError, CancelledError)

Stage = Literal["queued", "fit", "convert", "publish"]


class ProgressReport(NamedTuple):
    """What a job told of itself last."""

    stage: Stage
    share_done: float | None
    """Of the fit, from 0 to 1; None where the library does not tell."""
    iteration: int | None
    remaining_ms: float | None
    loss: float | None

    def __str__(self) -> str:
        told: list[str] = [self.stage]
        if self.iteration is not None:
            told.append(f"{self.iteration} done")
        if self.loss is not None:
            told.append(f"loss {self.loss:.4g}")
        return ", ".join(told)


class Bar(Protocol):
    """Shows reports until it is left; what it says last depends on how it is left."""

    def __enter__(self) -> Bar: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def show(self, report: ProgressReport) -> None:
        """The newest report."""
        ...


def bar_of(title: str) -> Bar:
    """A bar with a title beside it."""
    try:
        return TqdmBar(title, importlib.import_module("tqdm.auto").tqdm)
    except ImportError:
        return LinesBar(title)


class TqdmBar:
    """By tqdm, in a terminal and in a notebook."""

    def __init__(self, title: str, tqdm: Any) -> None:
        form = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}"
        self._bar = tqdm(total=1.0, desc=title, bar_format=form, file=sys.stderr)

    def __enter__(self) -> TqdmBar:
        return self

    def show(self, report: ProgressReport) -> None:
        """The newest report."""
        self._bar.set_postfix_str(str(report), refresh=False)
        self._to(report.share_done)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.set_postfix_str(ending_of(kind), refresh=False)
        self._to(1.0 if kind is None else None)
        self._bar.close()

    def _to(self, share: float | None) -> None:
        if share is not None and share > self._bar.n:
            self._bar.update(share - self._bar.n)
        self._bar.refresh()


class LinesBar:
    """A line at each stage and at each tenth of the fit, so that a log of it stays short."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._began = time.monotonic()
        self._said: tuple[Stage, int] | None = None

    def __enter__(self) -> LinesBar:
        return self

    def show(self, report: ProgressReport) -> None:
        """The newest report."""
        tenth = int(10 * (report.share_done or 0.0))
        if self._said == (report.stage, tenth):
            return
        self._said = (report.stage, tenth)
        share = "" if report.share_done is None else f"{report.share_done:.0%}, "
        left = "" if report.remaining_ms is None else f", {report.remaining_ms / 1000:.0f} s left"
        self._say(f"{share}{report}{left}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._say(f"{ending_of(kind)} after {time.monotonic() - self._began:.1f} s")

    def _say(self, text: str) -> None:
        print(f"{self._title}: {text}", file=sys.stderr, flush=True)


def ending_of(kind: type[BaseException] | None) -> str:
    """How a training ended, by the error that left it."""
    if kind is None:
        return "done"
    return "cancelled" if issubclass(kind, _CANCELLED) else "failed"
