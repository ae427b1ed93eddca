from __future__ import annotations

from collections.abc import Iterator

import pytest
from gateway_process import GatewayProcess

import headgate


@pytest.fixture(scope="session")
def gateway() -> Iterator[GatewayProcess]:
    """One gateway for all that do not harm it."""
    process = GatewayProcess()
    yield process
    process.dispose()


@pytest.fixture
def own_gateway() -> Iterator[GatewayProcess]:
    """One to be killed."""
    process = GatewayProcess()
    yield process
    process.dispose()


@pytest.fixture
def strict(gateway: GatewayProcess) -> Iterator[headgate.Client]:
    """The drop-ins' client, with fallback forbidden."""
    headgate.configure(gateway.url, fallback=False, timeout=60)
    yield headgate.default_client()
    headgate.configure()
