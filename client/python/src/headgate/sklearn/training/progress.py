"""Waits for a training and draws its bar, both in the thread that called `fit`.

The client's own thread only puts reports into a queue: a terminal that is slow holds no connection up.
"""

from __future__ import annotations

import uuid
from collections.abc import Coroutine
from queue import SimpleQueue
from typing import Any, TypeVar

from ...sync import Client
from ...training.progress_bar import ProgressReport, bar_of
from ...training.progress_feed import followed
from ..awaited import Cancellation

T = TypeVar("T")


def label_of(title: str) -> str:
    """A label for the job, by which it is found among others."""
    return f"{title[:200]} {uuid.uuid4().hex[:12]}"


def shown(
    client: Client, work: Coroutine[Any, Any, T], title: str, label: str, cancellation: Cancellation | None
) -> T:
    """The work's result; the bar ends with it, however it ends."""
    try:
        client.require_other_thread()
    except BaseException:
        work.close()
        raise
    reports: SimpleQueue[ProgressReport | None] = SimpleQueue()
    request = client.submit(followed(client.gate, work, label, reports.put))
    request.add_done_callback(lambda _: reports.put(None))
    if cancellation is not None:
        cancellation.watch(request)
    try:
        with bar_of(title) as bar:
            while (report := reports.get()) is not None:
                bar.show(report)
            return request.result()
    except BaseException:
        request.cancel()
        raise
