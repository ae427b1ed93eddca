"""The client of the drop-ins, connected to the gateway that the suite has started."""

from __future__ import annotations

import os
from collections.abc import Iterator

import headgate
import pytest


@pytest.fixture
def client() -> Iterator[headgate.Client]:
    headgate.configure(os.environ["HEADGATE_URL"], fallback=False, timeout=60)
    yield headgate.default_client()
    headgate.configure()
