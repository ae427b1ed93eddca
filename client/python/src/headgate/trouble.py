"""What went wrong on the way to a gateway, in words that say what to do: TLS trouble as TLS trouble."""

from __future__ import annotations

import ssl

from websockets.exceptions import InvalidMessage

# What OpenSSL calls an answer that is no TLS: the name changed with its version 3.
_NO_TLS = {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG"}


def trouble(error: BaseException) -> str:
    """The reason that a connection could not be had."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"TLS: certificate verify failed: {error.verify_message.rstrip('.')}. Trust the authority "
            "that signed it (SSL_CERT_FILE names its file), and use the name that it was made for"
        )
    if isinstance(error, ssl.SSLError):
        return f"TLS: {_handshake(error)}"
    if isinstance(error, InvalidMessage):
        return "the answer is no HTTP: is this a gateway, and does the port speak TLS (wss://)?"
    return str(error)


def _handshake(error: ssl.SSLError) -> str:
    if error.reason in _NO_TLS:
        return "the port does not speak TLS: use ws://, or the port that does"
    return f"the handshake failed: {error.reason or error}"
