"""Schedules: what both clients send, and what they answer."""

from __future__ import annotations

from typing import Any

import pytest
from scripted import Frame, Peer, scripted
from test_training import ack, open_gate, run

import headgate

GIVEN: dict[str, Any] = {
    "model": "direction",
    "trainer": "ridge",
    "inputs": {"X": {"ref": "bars", "columns": ["a"]}, "y": {"ref": "labels"}},
    "trigger": {"at": ["05:30"], "weekdays": ["mon"]},
    "validation": {"rows": 100, "folds": 5},
}
STATE: Frame = {"schedule": "nightly", **GIVEN, "retrains": 0, "last": None}


def test_they_are_put_listed_described_and_removed() -> None:
    asked: list[Frame] = []

    async def play(peer: Peer) -> None:
        await peer.greet(features=["infer", "schedule"])
        for answer in ({"created": True, "state": STATE}, {"schedules": [STATE]}, {"state": STATE}, {}):
            asked.append(await peer.next())
            await peer.send(ack(asked[-1], **answer))
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            assert await gate.schedule("nightly", **GIVEN, replace=True, tolerance=None) == STATE
            assert await gate.schedules(model="direction") == [STATE]
            assert (await gate.schedule_state("nightly"))["retrains"] == 0
            await gate.unschedule("nightly")

    run(main())
    assert [{**each, "id": 0} for each in asked] == [
        {"type": "schedule", "id": 0, "schedule": "nightly", **GIVEN, "replace": True},
        {"type": "schedules", "id": 0, "model": "direction"},
        {"type": "schedules", "id": 0, "schedule": "nightly"},
        {"type": "unschedule", "id": 0, "schedule": "nightly"},
    ]


def test_a_gateway_without_schedules_is_named() -> None:
    async def play(peer: Peer) -> None:
        await peer.greet(features=["infer"])
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            with pytest.raises(headgate.HeadgateError) as refused:
                await gate.schedules()
            assert refused.value.code == "unimplemented"

    run(main())
