"""Counts what this process sends, by the encoder that every message goes through."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from headgate.link import Link


class SentBytes:
    """Bytes of the messages."""

    total = 0


@contextmanager
def counted() -> Iterator[SentBytes]:
    """The bytes that are sent inside the block."""
    found, send = SentBytes(), Link.send

    def noted(self: Link, encoded: Any, *, alone: bool = False) -> None:
        parts = [encoded] if isinstance(encoded, bytes | bytearray | memoryview) else encoded
        found.total += sum(memoryview(each).nbytes for each in parts)
        send(self, encoded, alone=alone)

    Link.send = noted  # type: ignore[method-assign]
    try:
        yield found
    finally:
        Link.send = send  # type: ignore[method-assign]


def fitted(model: Any, X: Any, y: Any) -> tuple[Any, int]:
    """The fitted model, and how many bytes the fit sent: for a process of joblib's."""
    with counted() as sent:
        model.fit(X.copy(), y)
    return model, sent.total
