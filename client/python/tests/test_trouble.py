"""What the client says of a way that leads to no gateway, and that its token goes nowhere else."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gateway_process import GatewayProcess

import headgate
from headgate.errors import UnavailableError
from headgate.options import Tls
from headgate.trouble import trouble

CERTIFICATES = Path(__file__).resolve().parents[3] / "test" / "support" / "certificates"


def server_context(name: str) -> ssl.SSLContext:
    """A gateway's certificate, of those that the core suite has too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{name}.pem", CERTIFICATES / f"{name}.key")
    return context


def client_context(authority: str = "authority", own: str | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(CERTIFICATES / f"{authority}.pem"))
    if own is not None:
        context.load_cert_chain(CERTIFICATES / f"{own}.pem", CERTIFICATES / f"{own}.key")
    return context


Heads = list[str]


def server(
    answer: bytes, heads: Heads, context: ssl.SSLContext | None = None
) -> asyncio.Task[asyncio.Server]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n") and not head.startswith(b"\x16"):  # 22: a TLS handshake
            piece = await reader.read(65_536)
            if not piece:
                break
            head += piece
        heads.append(head.decode("latin-1"))
        writer.write(answer)
        writer.close()

    return asyncio.ensure_future(asyncio.start_server(serve, "127.0.0.1", 0, ssl=context))


def port(served: asyncio.Server) -> int:
    return int(served.sockets[0].getsockname()[1])


async def refusal(url: str, tls: Tls = None) -> str:
    with pytest.raises(UnavailableError) as caught:
        await headgate.connect(url, token="secret", connect_timeout=0.5, tls=tls)
    return str(caught.value)


BAD = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


def test_a_redirect_is_not_followed_and_is_told() -> None:
    async def main() -> None:
        here: Heads = []
        there: Heads = []
        other = await server(BAD, there)
        for location in (f"ws://127.0.0.1:{port(other)}/v1", f"ws://localhost:{port(other)}/v1", "/v2"):
            found = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
            named = await server(found, here)
            told = await refusal(f"ws://127.0.0.1:{port(named)}/v1")
            assert f"a redirect to {location} that is not followed" in told
        assert there == []
        assert all(head.startswith("GET /v1 ") and "Bearer secret" in head for head in here)

    asyncio.run(main())


def test_tls_trouble_is_told_as_tls_trouble() -> None:
    async def main() -> None:
        heads: Heads = []
        plain, tls = await server(BAD, heads), await server(BAD, heads, server_context("server"))
        told = await refusal(f"wss://localhost:{port(tls)}/v1")
        assert "TLS: certificate verify failed: unable to get local issuer certificate" in told
        assert "No authority that is trusted here signed it" in told
        assert "does not speak TLS: use ws://" in await refusal(f"wss://localhost:{port(plain)}/v1")
        assert "does the port speak TLS (wss://)?" in await refusal(f"ws://127.0.0.1:{port(tls)}/v1")
        assert not any("secret" in head for head in heads)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("name", "authority", "words"),
    [
        ("server", "other-authority", "No authority that is trusted here signed it"),
        ("expired", "authority", "The certificate has expired: whoever runs the gateway must renew it"),
        ("other-name", "authority", "certificate is not valid for 'localhost'"),
    ],
)
def test_a_wrong_certificate_is_told_in_a_sentence(name: str, authority: str, words: str) -> None:
    async def main() -> None:
        heads: Heads = []
        tls = await server(BAD, heads, server_context(name))
        url = f"wss://localhost:{port(tls)}/v1"
        for given in (client_context(authority), lambda: client_context(authority)):
            assert words in await refusal(url, given)
        assert not any("secret" in head for head in heads)

    asyncio.run(main())


def test_certificates_are_for_wss_alone() -> None:
    for client in (headgate.Client, headgate.connect):
        with pytest.raises(headgate.errors.InvalidArgumentError, match="tls: ws://h:1/v1 is not encrypted"):
            client("ws://h:1/v1", tls=client_context())


@pytest.fixture(scope="module")
def asking_gateway() -> Iterator[str]:
    """The address of a gateway that asks for a client certificate."""
    files = {name: str(CERTIFICATES / f"server.{end}") for name, end in (("cert", "pem"), ("key", "key"))}
    gateway = GatewayProcess({"tls": {**files, "client_ca": str(CERTIFICATES / "authority.pem")}})
    yield f"wss://localhost:{gateway.port}/v1"
    gateway.dispose()


def test_both_clients_show_a_certificate(asking_gateway: str) -> None:
    tls = client_context(own="agent")

    async def main() -> None:
        async with headgate.connect([asking_gateway, asking_gateway], tls=tls, fallback=False) as gate:
            assert gate.connected

    asyncio.run(main())
    with headgate.Client(asking_gateway, tls=lambda: tls, fallback=False) as client:
        assert client.infer("standard_scaler", {"X": np.ones((2, 1))}).outputs["mean"][0] == 1


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_gateway_that_refuses_a_client_is_told(asking_gateway: str, version: ssl.TLSVersion) -> None:
    def told(own: str | None) -> str:
        context = client_context(own=own)
        context.minimum_version = context.maximum_version = version
        return asyncio.run(refusal(asking_gateway, context))

    assert "asks for a client certificate" in told(None)
    assert "may not accept this client's certificate" in told("stranger")


ANSWERS = {
    "200 OK\r\nContent-Type: text/html": "HTTP 200: a web page in place of a WebSocket",
    "200 OK\r\nContent-Type: application/json": "HTTP 200: an ordinary answer in place of a WebSocket",
    "302 Found\r\nLocation: https://login.example/": "a redirect to https://login.example/ that is not",
    "400 Bad Request": "HTTP 400: no valid request for a WebSocket arrived",
    "401 Unauthorized": "HTTP 401: the token is missing, wrong or expired: set HEADGATE_TOKEN",
    "403 Forbidden": "HTTP 403: this token may not connect",
    "404 Not Found": "HTTP 404: nothing is served at this path: the path of a gateway's address is /v1",
    "426 Upgrade Required": "HTTP 426: no request for a WebSocket arrived",
    "500 Internal Server Error": "HTTP 500: the gateway, or a proxy before it, failed",
    "502 Bad Gateway": "HTTP 502: a proxy answers, and the gateway behind it does not",
    "503 Service Unavailable": "HTTP 503: the gateway, or a proxy before it, takes no connection now",
    "504 Gateway Timeout": "HTTP 504: a proxy answers, and the gateway behind it does not",
}


@pytest.mark.parametrize("head", ANSWERS)
def test_an_http_answer_is_told_with_what_it_means_and_the_address(head: str) -> None:
    async def main() -> None:
        served = await server(f"HTTP/1.1 {head}\r\nContent-Length: 0\r\n\r\n".encode(), [])
        url = f"ws://127.0.0.1:{port(served)}/v1"
        with pytest.raises(headgate.HeadgateError) as caught:
            await headgate.connect(url, connect_timeout=0.5)
        assert ANSWERS[head] in str(caught.value) and url in str(caught.value)

    asyncio.run(main())


def many(*numbers: int) -> OSError:
    """As the event loop tells of attempts at several addresses of one name."""
    return OSError(
        "Multiple exceptions: " + ", ".join(f"[Errno {number}] Connect call failed" for number in numbers)
    )


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "no"), "nothing listens there (connection refused)"),
        (many(errno.ECONNREFUSED, errno.ECONNREFUSED), "nothing listens there (connection refused)"),
        (
            socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
            "DNS: the host's name could",
        ),
        (ConnectionResetError(errno.ECONNRESET, "no"), "reset before an answer"),
        (OSError(errno.EHOSTUNREACH, "no"), "no way to this host"),
        (OSError(errno.ENETUNREACH, "no"), "no way to this network"),
        (TimeoutError(errno.ETIMEDOUT, "no"), "the host did not answer"),
        (asyncio.TimeoutError(), "nobody answered in time"),
        (TimeoutError("timed out during opening handshake"), "nobody answered in time"),
        (OSError(), "OSError"),
    ],
)
def test_each_cause_has_words_of_its_own(error: Exception, words: str) -> None:
    assert words in trouble(error)
