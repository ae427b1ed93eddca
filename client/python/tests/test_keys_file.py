"""API keys that `headgate keys` made, against the real gateway, with both Python clients."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gateway_process import ROOT, GatewayProcess

import headgate
from headgate import Backoff
from headgate.errors import PermissionDeniedError, UnauthenticatedError

BRIEF_S = 12
X = {"X": np.random.default_rng(0).normal(size=(64, 3))}


def keys(*arguments: str) -> str:
    """What `headgate keys` prints."""
    program = ROOT / "dist" / "gateway" / "main.js"
    done = subprocess.run(
        ["node", str(program), "keys", *arguments], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return done.stdout.strip()


class Vault:
    """A keys file, and the tokens of its keys."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self, *more: str) -> str:
        return keys("create", "--keys", str(self.path), "--tenant", "desk", "--scopes", "fits:run", *more)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "keys.json")


@pytest.fixture
def guarded(vault: Vault) -> Iterator[GatewayProcess]:
    """A gateway that accepts the vault's keys only."""
    process = GatewayProcess({"auth": {"keys_file": str(vault.path), "expiry_grace_ms": 0}})
    yield process
    process.dispose()


def test_the_threaded_client_renews_its_tokens_by_itself(vault: Vault, guarded: GatewayProcess) -> None:
    lasting = vault.create()
    brief = vault.create("--expires", f"{BRIEF_S}s")
    expires_at = time.monotonic() + BRIEF_S
    time.sleep(2)  # the gateway looks at the file every second
    tokens = [brief]
    events: list[headgate.Event] = []

    def token() -> str:
        return tokens.pop() if tokens else lasting

    with headgate.Client(guarded.url, token=token, fallback=False, on_event=events.append) as gate:
        while time.monotonic() < expires_at + 2:
            gate.infer("pca", X)
            time.sleep(0.1)
    assert [event.kind for event in events] == ["connected", "disconnected"]


def test_the_awaited_client_is_ended_by_a_revocation_unless_a_function_has_another_token(
    vault: Vault, guarded: GatewayProcess
) -> None:
    first = vault.create()
    second = vault.create()
    time.sleep(2)

    async def main() -> None:
        events: list[headgate.Event] = []
        revoked = False
        fast = Backoff(0.01, 0.1)
        async with (
            headgate.connect(guarded.url, token=first, fallback=False, backoff=fast) as fixed,
            headgate.connect(
                guarded.url,
                token=lambda: second if revoked else first,
                fallback=False,
                backoff=fast,
                on_event=events.append,
            ) as renewing,
        ):
            await fixed.infer("pca", X)
            await renewing.infer("pca", X)
            revoked = True
            await asyncio.to_thread(keys, "revoke", "--keys", str(vault.path), first.split("_")[1])
            with pytest.raises(UnauthenticatedError, match="a function that gives a fresh one"):
                for _ in range(200):
                    await fixed.infer("pca", X, key=str(time.monotonic()))
                    await asyncio.sleep(0.05)
            await renewing.infer("pca", X, key="1")
            with pytest.raises(PermissionDeniedError, match="streams:write"):
                await renewing.stream("SPX")
        codes = [event.detail["code"] for event in events if event.kind == "disconnected"]
        assert codes[0] == 4440
        assert "failed" not in [event.kind for event in events]

    asyncio.run(asyncio.wait_for(main(), 60))
