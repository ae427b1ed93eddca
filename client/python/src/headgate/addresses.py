"""Several gateways: which one to try next, by measured latency and health."""

from __future__ import annotations

import asyncio
import math
import ssl
from collections.abc import Sequence
from urllib.parse import urlsplit

from .options import Tls

_PROBE_S = 1.0


class Addresses:
    """The addresses of one service. With one there is nothing to choose, and nothing is measured."""

    def __init__(self, urls: Sequence[str], tls: Tls = None) -> None:
        self.urls = list(urls)
        self._tls = tls
        self._failed: dict[str, int] = dict.fromkeys(self.urls, 0)
        self._turn = 0

    def __len__(self) -> int:
        return len(self.urls)

    def failed(self, url: str) -> None:
        """It was lost, refused or is draining: others come before it until it serves again."""
        self._turn += 1
        self._failed[url] = self._turn

    def served(self, url: str) -> None:
        """It said welcome."""
        self._failed[url] = 0

    async def choose(self) -> str:
        """The ready one that answers soonest; when none does, the one that failed longest ago."""
        if len(self.urls) == 1:
            return self.urls[0]
        seconds = await asyncio.gather(*(ready_after(url, tls=self._tls) for url in self.urls))
        ranked = zip(seconds, self.urls, strict=True)
        return min(ranked, key=lambda each: (math.isinf(each[0]), self._penalty(*each), each[0]))[1]

    def _penalty(self, seconds: float, url: str) -> int:
        return self._failed[url] if math.isinf(seconds) else 0


def tls_context(url: str, tls: Tls) -> ssl.SSLContext | None:
    """The context for an address; None for one without TLS. It verifies unless its maker turned that off."""
    if not url.startswith("wss:"):
        return None
    if callable(tls):
        return tls()
    return ssl.create_default_context() if tls is None else tls


async def ready_after(url: str, timeout_s: float = _PROBE_S, tls: Tls = None) -> float:
    """Seconds until `GET /v2/health/ready` answered 200 on a new connection; infinity when it did not."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    try:
        status = await asyncio.wait_for(_status(url, tls), timeout_s)
    except (OSError, asyncio.TimeoutError, ValueError):
        return math.inf
    return loop.time() - started if status == 200 else math.inf


async def _status(url: str, tls: Tls) -> int:
    parts = urlsplit(url)
    secure = parts.scheme == "wss"
    port = parts.port or (443 if secure else 80)
    context = tls_context(url, tls)
    reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=context)
    try:
        host = parts.netloc.rpartition("@")[2]
        writer.write(f"GET /v2/health/ready HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        line = await reader.readline()
        return int(line.split()[1]) if len(line.split()) > 1 else 0
    finally:
        writer.close()
