"""The message for each cause of a failed connection, with what to do about it."""

from __future__ import annotations

import asyncio
import errno
import re
import socket
import ssl

from websockets.exceptions import InvalidMessage

# OpenSSL's name for an answer that is not TLS; it changed with version 3.
_NO_TLS = {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG"}

_ERRORS = {
    errno.ECONNREFUSED: (
        "nothing listens there (connection refused): is the gateway running, is the address right?"
    ),
    errno.ECONNRESET: (
        "the connection was reset before an answer: is this a gateway, does a firewall stand between, and "
        "does the port speak TLS (wss://)?"
    ),
    errno.EHOSTUNREACH: "there is no way to this host from here: check the address and the network",
    errno.ENETUNREACH: "there is no way to this network from here: check the address and the network",
    errno.ETIMEDOUT: "the host did not answer: check the address, and whether a firewall drops the packets",
}


def trouble(error: BaseException) -> str:
    """The reason why a connection could not be opened."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"TLS: certificate verify failed: {error.verify_message.rstrip('.')}. Trust the authority "
            "that signed it (SSL_CERT_FILE names its file), and use the name that it was made for"
        )
    if isinstance(error, ssl.SSLError):
        return f"TLS: {_handshake(error)}"
    if isinstance(error, InvalidMessage):
        return "the answer is no HTTP: is this a gateway, and does the port speak TLS (wss://)?"
    if isinstance(error, socket.gaierror):
        return (
            f"DNS: the host's name could not be resolved ({error.strerror}): check how it is written, and "
            "that this machine or container can resolve it"
        )
    number = _number(error)
    if isinstance(error, asyncio.TimeoutError) and number != errno.ETIMEDOUT:
        return (
            "nobody answered in time: check the address, whether a firewall drops the packets, and whether "
            "the gateway hangs"
        )
    return _ERRORS.get(number) or str(error) or type(error).__name__


def refusal(status: int, location: str | None = None, content_type: str = "") -> str:
    """The meaning of an HTTP answer in place of a WebSocket."""
    if 300 <= status < 400:
        to = f" to {location}" if location else ""
        return (
            f"HTTP {status}, a redirect{to} that is not followed: give the address that it leads to if that "
            "is the gateway's; if it is a login, go round the proxy that asks for it"
        )
    meaning = _STATUSES.get(status)
    if meaning is None and 200 <= status < 300:
        page = "a web page" if "html" in content_type else "an ordinary answer"
        meaning = (
            f"{page} in place of a WebSocket: another server listens there, or a login page stands "
            "before the gateway"
        )
    if meaning is None and status >= 500:
        meaning = "the gateway, or a proxy before it, failed: its log has more"
    return f"HTTP {status}" + (f": {meaning}" if meaning else ", the connection was refused")


_BEHIND = (
    "a proxy answers, and the gateway behind it does not: is it running, does the proxy know its address?"
)
_STATUSES = {
    400: "no valid request for a WebSocket arrived: does a proxy between pass WebSockets on?",
    401: (
        "the token is missing, wrong or expired: set HEADGATE_TOKEN, or give `token`; where tokens expire, "
        "a function that gives a fresh one"
    ),
    403: "this token may not connect, or a proxy forbids it: ask whoever runs the gateway",
    404: "nothing is served at this path: the path of a gateway's address is /v1, as in ws://host:8470/v1",
    426: "no request for a WebSocket arrived: does a proxy between pass WebSockets on?",
    429: "there are too many connections or attempts: close some, or wait",
    502: _BEHIND,
    503: "the gateway, or a proxy before it, takes no connection now: it starts, drains or is full",
    504: _BEHIND,
}


def _handshake(error: ssl.SSLError) -> str:
    if error.reason in _NO_TLS:
        return "the port does not speak TLS: use ws://, or the port that does"
    return f"the handshake failed: {error.reason or error}"


def _number(error: BaseException) -> int:
    """An `OSError`'s number; for several attempts at a name's addresses, the number is only in the text."""
    number = getattr(error, "errno", None)
    if number is None and (found := re.search(r"\[Errno (\d+)\]", str(error))):
        return int(found[1])
    return number or 0
