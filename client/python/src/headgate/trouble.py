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


_CUT_OFF = (
    "TLS: the connection was cut off after the handshake: the gateway may not accept this client's "
    "certificate, because of its authority, its age or its purpose; the gateway's log says which"
)


def trouble(error: BaseException, secure: bool = False) -> str:  # noqa: PLR0911
    """The reason why a connection could not be opened.

    :param secure: whether it was opened with TLS
    """
    if isinstance(error, InvalidMessage) and isinstance(error.__cause__, ssl.SSLError):
        error = error.__cause__
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS: certificate verify failed: {error.verify_message.rstrip('.')}. {_advice(error)}"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {_handshake(error)}"
    if secure and isinstance(error, (InvalidMessage, ConnectionResetError)):
        return _CUT_OFF
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
    reason = error.reason or str(error)
    if "ALERT_CERTIFICATE_REQUIRED" in reason or "ALERT_HANDSHAKE_FAILURE" in reason:
        return (
            "the gateway asks for a client certificate, or shares no cipher with this client: give `tls` a "
            "context that has loaded one (load_cert_chain)"
        )
    if "PROTOCOL_VERSION" in reason or "UNSUPPORTED_PROTOCOL" in reason:
        return "this client and the gateway share no version of TLS: it takes 1.2 and 1.3"
    if "_ALERT_" in reason:
        return "the gateway does not accept this client's certificate: its log says why"
    return f"the handshake failed: {reason}"


# OpenSSL's numbers of what is wrong with a certificate.
_NOT_YET_VALID, _EXPIRED, _OTHER_NAME, _OTHER_ADDRESS = 9, 10, 62, 64


def _advice(error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code in (_OTHER_NAME, _OTHER_ADDRESS):
        return "Use a name that the certificate was made for, or have it made for this one"
    if error.verify_code == _EXPIRED:
        return (
            "The certificate has expired: whoever runs the gateway must renew it, unless this machine's "
            "clock is wrong"
        )
    if error.verify_code == _NOT_YET_VALID:
        return "The certificate is not valid yet: is this machine's clock right?"
    return (
        "No authority that is trusted here signed it: trust the one that did (`tls` is an ssl.SSLContext "
        "that knows it, or SSL_CERT_FILE names its file)"
    )


def _number(error: BaseException) -> int:
    """An `OSError`'s number; for several attempts at a name's addresses, the number is only in the text."""
    number = getattr(error, "errno", None)
    if number is None and (found := re.search(r"\[Errno (\d+)\]", str(error))):
        return int(found[1])
    return number or 0
