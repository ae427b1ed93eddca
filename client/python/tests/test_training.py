"""Trainings: what is sent, what is waited for over lost connections, how each ends."""

from __future__ import annotations

import asyncio
import re
import struct
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gateway_process import ROOT
from scripted import Frame, Peer, error, scripted
from training_gateway import TrainingGateway

import headgate
from headgate import Backoff
from headgate.errors import (
    CancelledError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    UnavailableError,
    UnimplementedError,
)
from headgate.sklearn import GradientBoostingClassifier, RandomForestClassifier

RECORD: Frame = {
    "action": "promote",
    "ts": 7.0,
    "by": "key:3f9a",
    "reason": "it scored better",
    "from": "1",
    "to": "2",
    "traffic": 1,
    "alias": "champion",
    "alias_from": None,
}
FEATURES = ["infer", "train", "jobs", "upload"]
X, Y = np.arange(8.0).reshape(4, 2), np.array([0, 1, 0, 1])
TRAINING = {"job": "j1", "fit_ms": 12.5, "convert_ms": None, "libraries": {"python": "3.12.1"}}


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 60))


def open_gate(url: str, **settings: Any) -> headgate.connect:
    return headgate.connect(url, fallback=False, backoff=Backoff(0.01, 0.05), **settings)


def outputs(**more: Any) -> Frame:
    data = struct.pack("<2d", 0.25, 0.75)
    return {"feature_importances": {"datatype": "FP64", "shape": [2], "data": data}, **more}


def trained(frame: Frame) -> Frame:
    handle = {"datatype": "BYTES", "shape": [1], "data": ["h-7"]}
    return {
        "type": "result", "id": frame["id"], "model": frame["trainer"], "version": "1", "backend": "python",
        "precision": "FP64", "timing": {"queue_ms": 0, "compute_ms": 12.5, "batch_size": 1},
        "outputs": outputs(handle=handle), "training": TRAINING,
    }  # fmt: skip


def state(name: str = "running", **changed: Any) -> Frame:
    return {
        "kind": "job_state", "job": "j1", "trainer": "ridge", "label": None, "state": name, "stage": None,
        "background": True, "created_ts": 1.0, "started_ts": 2.0, "ended_ts": None, "share_done": None,
        "remaining_ms": None, "loss": None, "score": None, "fit_ms": None, "convert_ms": None, "restarts": 0,
        "resumed_from": None, "handle": None, "published": None, "error": None, **changed,
    }  # fmt: skip


def ack(frame: Frame, **more: Any) -> Frame:
    return {"type": "ack", "id": frame["id"], **more}


def event(offset: int, data: Frame) -> Frame:
    return {
        "type": "event", "topic": "job.j1", "epoch": "e1", "offset": offset, "position": offset, "ts": 5.0,
        "event_id": f"e1-{offset}", "data": data,
    }  # fmt: skip


def progress(offset: int, share: float) -> Frame:
    data = {"kind": "job_progress", "job": "j1", "trainer": "ridge", "stage": "fit", "iteration": offset}
    return event(offset, {**data, "share_done": share, "remaining_ms": None, "loss": 0.5, "score": None})


def changed(offset: int, name: str, **more: Any) -> Frame:
    return event(offset, {**state(name, **more), "kind": "job_changed"})


def snapshot(offset: int, recovered: bool = True) -> Frame:
    topic = {"type": "snapshot", "topic": "job.j1", "epoch": "e1", "offset": offset, "position": offset}
    return {**topic, "recovered": recovered, "data": None}


async def followed(peer: Peer, now: Frame) -> Frame:
    """Take a subscription to the job, and say in which state the job is."""
    subscribed = await peer.next("subscribe")
    await peer.send(ack(subscribed, snapshots=1), snapshot(subscribed.get("since", {}).get("offset", 0)))
    await peer.send(ack(await peer.next("jobs"), state=now))
    return subscribed


def test_a_training_answers_with_the_fitted_attributes_and_a_handle() -> None:
    asked: list[Frame] = []

    async def play(peer: Peer) -> None:
        await peer.greet(features=FEATURES)
        asked.append(await peer.next("train"))
        await peer.send(trained(asked[0]))
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            parameters = {"steps": [["scaler", {}], ["ridge", {"alpha": 2.0}]]}
            result = await gate.train(
                "pipeline", {"X": X, "y": Y}, parameters=parameters, keep_seconds=60, label="nightly",
                publish={"model": "risk", "traffic": 0.1, "version": None},
            )  # fmt: skip
            assert result["feature_importances"].tolist() == [0.25, 0.75]
            assert (result.handle, result.job, result.fit_ms, result.convert_ms) == ("h-7", "j1", 12.5, None)
            assert result.libraries == {"python": "3.12.1"} and result.published is None
            assert list(result.outputs) == ["feature_importances"]

    run(main())
    inputs = asked[0].pop("inputs")
    assert inputs["X"]["shape"] == [4, 2] and inputs["y"]["datatype"] == "INT64"
    assert {**asked[0], "id": 0} == {
        "type": "train", "id": 0, "trainer": "pipeline", "keep_seconds": 60, "label": "nightly",
        "parameters": {"steps": [["scaler", {}], ["ridge", {"alpha": 2.0}]]},
        "publish": {"model": "risk", "traffic": 0.1},
    }  # fmt: skip


def test_what_is_nested_too_deeply_is_refused_before_it_ends_the_connection() -> None:
    asked: list[Frame] = []

    async def play(peer: Peer) -> None:
        await peer.greet(features=FEATURES)
        asked.append(await peer.next("train"))
        await peer.send(trained(asked[0]))
        await peer.silence()

    def nested(levels: int) -> Any:
        return [nested(levels - 1)] if levels else 1

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            # The request and `parameters` are two of the eight.
            with pytest.raises(InvalidArgumentError, match=r"parameters: lists and maps .* 8 deep"):
                await gate.train("ridge", {"X": X, "y": Y}, parameters={"alpha": nested(7)})
            assert (await gate.train("ridge", {"X": X, "y": Y}, parameters={"alpha": nested(6)})).job == "j1"

    run(main())
    assert asked[0]["parameters"] == {"alpha": nested(6)}


def test_a_training_without_a_key_is_not_sent_twice_but_one_in_the_background_is() -> None:
    keys: list[str] = []

    async def lose(peer: Peer) -> None:
        await peer.greet(features=FEATURES)
        keys.append((await peer.next("train")).get("key", ""))

    async def take(peer: Peer) -> None:
        await peer.greet(features=FEATURES)
        frame = await peer.next("train")
        keys.append(frame["key"])
        await peer.send(ack(frame, job="j1"))
        await peer.silence()

    async def main() -> None:
        async with scripted(lose, lose, take) as url, open_gate(url) as gate:
            with pytest.raises(UnavailableError) as lost:
                await gate.train("ridge", {"X": X, "y": Y})
            assert lost.value.processed == "maybe"
            job = await gate.train("ridge", {"X": X, "y": Y}, background=True)
            assert job.name == "j1"

    run(main())
    assert keys[0] == "" and keys[1] == keys[2] != ""


def test_a_jobs_progress_goes_on_over_a_lost_connection_and_ends_with_the_job() -> None:
    subscriptions: list[Frame] = []
    read = asyncio.Event()

    async def first(peer: Peer) -> None:
        await peer.greet(features=FEATURES)
        subscriptions.append(await followed(peer, state()))
        await peer.send(progress(1, 0.25))
        await read.wait()

    async def second(peer: Peer) -> None:
        await peer.greet(features=FEATURES)
        subscriptions.append(await followed(peer, state()))
        await peer.send(progress(1, 0.25), progress(2, 0.5), changed(3, "done", fit_ms=9.0))
        await peer.next("unsubscribe")
        await peer.silence()

    async def main() -> None:
        async with scripted(first, second) as url, open_gate(url) as gate:
            shares = []
            async for each in gate.job("j1").progress():
                shares.append(each.share_done)
                read.set()
            assert shares == [0.25, 0.5]

    run(main())
    assert [each.get("since") for each in subscriptions] == [None, {"epoch": "e1", "offset": 1}]


def test_all_who_wait_for_a_job_share_one_subscription_and_its_result_is_fetched() -> None:
    async def play(peer: Peer) -> None:
        await peer.greet(features=FEATURES)
        await followed(peer, state())
        end = {"published": {"model": "risk", "version": "4"}, "handle": "h-9", "fit_ms": 9.0}
        await peer.send(changed(1, "running", stage="convert"), changed(2, "done", **end))
        kinds = sorted([(await peer.next())["type"], (wanted := await peer.next())["type"]])
        assert kinds == ["jobs", "unsubscribe"], kinds
        if wanted["type"] == "jobs":
            assert wanted["outputs"] is True
        numbers = wanted["id"] - 1, wanted["id"]
        for number in numbers:
            await peer.send(
                {"type": "ack", "id": number, "job": "j1", "state": state(), "outputs": outputs()}
            )
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            job = gate.job("j1")
            result, end = await asyncio.gather(job.result(), gate.job("j1").wait())
            assert end.state == "done" and end.has_ended
            assert result["feature_importances"].tolist() == [0.25, 0.75]
            assert result.published == headgate.PublishedVersion("risk", "4")
            assert (result.handle, result.job, result.fit_ms) == ("h-9", "j1", 9.0)

    run(main())


@pytest.mark.parametrize(
    ("now", "kind", "text"),
    [
        (state("failed", error={"code": "invalid_argument", "message": "inputs.y: has one class only"}),
         InvalidArgumentError, "job j1: inputs.y: has one class only"),
        (state("cancelled"), CancelledError, "job j1 was cancelled"),
    ],
)  # fmt: skip
def test_a_job_that_ended_before_is_found_by_asking_and_its_failure_is_raised(
    now: Frame, kind: type[Exception], text: str
) -> None:
    async def play(peer: Peer) -> None:
        await peer.greet(features=FEATURES)
        await followed(peer, now)
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            with pytest.raises(kind, match=text):
                await gate.job("j1").result()

    run(main())


def test_a_job_that_the_gateway_does_not_know_ends_the_wait() -> None:
    async def play(peer: Peer) -> None:
        await peer.greet(features=FEATURES)
        subscribed = await peer.next("subscribe")
        await peer.send(ack(subscribed, snapshots=1), snapshot(0))
        await peer.send(error(await peer.next("jobs"), "not_found"))
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            with pytest.raises(NotFoundError):
                await gate.job("j1").wait()

    run(main())


def test_who_waits_for_a_job_hears_that_the_client_was_closed() -> None:
    async def play(peer: Peer) -> None:
        await peer.greet(features=FEATURES)
        await followed(peer, state())
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url:
            gate = await open_gate(url)
            waiting = asyncio.ensure_future(gate.job("j1").wait())
            await asyncio.sleep(0.05)
            await gate.close()
            with pytest.raises(CancelledError):
                await waiting

    run(main())


def record() -> headgate.PromotionRecord:
    fields = {name: value for name, value in RECORD.items() if name != "from"}
    return headgate.PromotionRecord(**fields, from_=RECORD["from"])


def test_regimes_and_jobs_are_subscribed_beside_each_other() -> None:
    serving = {"kind": "model_serving", "model": "risk", "version": "2", "traffic": 1, "job": "j1"}
    promoted = {"kind": "model_promoted", "model": "risk", **RECORD}
    expired = {"kind": "model_expired", "model": "risk", "version": "1", "expires_ts": 9.0}
    decision = {"score": "r2", "candidate": 0.25, "champion": "1", "champion_score": 0.5}
    challenger = {"model": "risk", "version": "3", "schedule": "nightly", "reason": "worse", **decision}
    kept = {"kind": "challenger_kept", **challenger}
    code = "not_found"
    failed = {"kind": "retrain_failed", "model": "risk", "schedule": "nightly", "code": code}

    async def play(peer: Peer) -> None:
        await peer.greet(features=FEATURES)
        for _ in range(3):
            await peer.send(ack(await peer.next("subscribe")))
        await peer.send(progress(1, 0.5), {**event(2, serving), "topic": "model.risk"})
        await peer.send(
            {**event(3, promoted), "topic": "model.risk"}, {**event(4, expired), "topic": "model.risk"}
        )
        await peer.send(
            {**event(5, kept), "topic": "model.risk"}, {**event(6, failed), "topic": "model.risk"}
        )
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            changes = gate.subscribe("regime.*")
            heard: list[Any] = []
            gate.subscribe("job.*", on_job=heard.append)
            hears = heard.append
            gate.subscribe(
                "model.risk",
                on_serving=hears,
                on_promoted=hears,
                on_expired=hears,
                on_challenger_kept=hears,
                on_retrain_failed=hears,
            )
            while len(heard) < 6:
                await asyncio.sleep(0.002)
            kinds = [each.kind for each in heard]
            assert kinds[:3] == ["job_progress", "model_serving", "model_promoted"]
            assert kinds[3:] == ["model_expired", "challenger_kept", "retrain_failed"]
            assert heard[2].record == record() and heard[2].model == "risk" and heard[2].offset == 3
            assert (heard[3].model, heard[3].version, heard[3].expires_ts) == ("risk", "1", 9.0)
            assert {name: getattr(heard[4], name) for name in challenger} == challenger
            assert isinstance(heard[4], headgate.ChallengerKept) and heard[4].offset == 5
            told = heard[5]
            assert isinstance(told, headgate.RetrainFailed)
            assert (told.model, told.schedule, told.code, told.offset) == ("risk", "nightly", code, 6)
            assert changes.cursor is None  # of another topic's event it knows nothing
            with pytest.raises(FailedPreconditionError, match=r"listens to job\.\* already"):
                gate.subscribe("job.j1")

    run(main())


def test_jobs_are_listed_and_one_is_cancelled_and_told_of() -> None:
    asked: list[Frame] = []

    async def play(peer: Peer) -> None:
        await peer.greet(features=FEATURES)
        curve = [{"iteration": 1, "loss": 0.5, "score": None}]
        for answer in (
            {"jobs": [state("failed", error={"code": "internal", "message": "m"}), state("queued")]},
            {},
            {"state": state(), "log": ["a", "b"], "curve": curve},
            {"state": state(), "log": ["a", "b"], "curve": curve},
        ):
            asked.append(await peer.next())
            await peer.send(ack(asked[-1], **answer))
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            first, second = await gate.jobs(state="failed", limit=2)
            assert first.error == headgate.JobError("internal", "m") and second.state == "queued"
            await gate.job("j1").cancel()
            assert await gate.job("j1").log() == ["a", "b"]
            assert await gate.job("j1").curve() == [headgate.CurvePoint(1, 0.5, None)]

    run(main())
    assert [{**each, "id": 0} for each in asked[:3]] == [
        {"type": "jobs", "id": 0, "state": "failed", "limit": 2},
        {"type": "cancel_job", "id": 0, "job": "j1"},
        {"type": "jobs", "id": 0, "job": "j1", "log": True},
    ]


def test_a_large_model_is_uploaded_in_parts_and_a_small_one_whole(tmp_path: Path) -> None:
    parts: list[Frame] = []

    async def play(peer: Peer) -> None:
        await peer.greet(features=FEATURES, limits={"message_bytes": 2048, "bytes_in_flight": 2**26})
        while len(parts) < 4:
            parts.append(await peer.next("upload"))
            await peer.send(ack(parts[-1], model="risk", version="3"))
        await peer.silence()

    onnx = bytes(range(256)) * 10
    (tmp_path / "m.onnx").write_bytes(b"small")

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            assert await gate.upload(onnx, model="risk", aliases=["live"]) == ("risk", "3")
            await gate.upload(tmp_path / "m.onnx", model="risk")
            with pytest.raises(InvalidArgumentError, match="onnx: the file is empty"):
                await gate.upload(b"", model="risk")

    run(main())
    large, small = parts[:3], parts[3]
    assert b"".join(each["onnx"] for each in large) == onnx
    assert [(each["part"], each["last"]) for each in large] == [(0, False), (1, False), (2, True)]
    assert len({each["upload"] for each in large}) == 1
    assert [each.get("publish") for each in large] == [{"model": "risk", "aliases": ["live"]}, None, None]
    assert small["onnx"] == b"small" and "upload" not in small and "part" not in small


def test_an_exported_model_is_fetched_part_by_part() -> None:
    whole = b"0123456789"

    async def play(peer: Peer) -> None:
        await peer.greet(features=FEATURES)
        for at in (0, 4, 8):
            frame = await peer.next("jobs")
            assert frame["onnx_from"] == at
            part = {"from": at, "total": len(whole), "sha256": "", "bytes": whole[at : at + 4]}
            await peer.send(ack(frame, state=state("done"), onnx=part))
        await peer.send(ack(await peer.next("jobs"), state=state("done")))
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            assert await gate.job("j1").onnx() == whole
            with pytest.raises(FailedPreconditionError, match="train with keep_seconds"):
                await gate.job("j1").onnx()

    run(main())


def test_a_version_is_promoted_and_taken_back_and_the_record_told() -> None:
    asked: list[Frame] = []

    async def play(peer: Peer) -> None:
        await peer.greet(features=[*FEATURES, "promote"])
        for _ in range(3):
            asked.append(await peer.next())
            await peer.send(ack(asked[-1], model="risk", **RECORD))
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            given = {"traffic": 0.0, "alias": "champion", "reason": "it scored better"}
            assert await gate.promote("risk", "2", **given) == record()  # type: ignore[arg-type]
            assert await gate.rollback("risk", alias="champion") == record()
            await gate.rollback("risk")

    run(main())
    assert [{**each, "id": 0} for each in asked] == [
        {
            "type": "promote",
            "id": 0,
            "model": "risk",
            "version": "2",
            "traffic": 0.0,
            "alias": "champion",
            "reason": "it scored better",
        },
        {"type": "rollback", "id": 0, "model": "risk", "alias": "champion"},
        {"type": "rollback", "id": 0, "model": "risk"},
    ]


def test_threads_promote_as_well() -> None:
    async def play(peer: Peer) -> None:
        await peer.greet(features=[*FEATURES, "promote"])
        for kind in ("promote", "rollback"):
            await peer.send(ack(await peer.next(kind), model="risk", **RECORD))
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url:

            def work() -> list[headgate.PromotionRecord]:
                with headgate.Client(url) as client:
                    return [client.promote("risk", "2", traffic=1.0), client.rollback("risk", reason="r")]

            assert await asyncio.to_thread(work) == [record(), record()]

    run(main())


def test_a_promotion_is_not_sent_again_after_a_lost_connection() -> None:
    async def lost(peer: Peer) -> None:
        await peer.greet(features=[*FEATURES, "promote"])
        await peer.next("promote")
        await peer.socket.close()

    async def back(peer: Peer) -> None:
        await peer.greet(features=[*FEATURES, "promote"])
        await peer.silence()

    async def main() -> None:
        async with scripted(lost, back) as url, open_gate(url) as gate:
            with pytest.raises(UnavailableError):  # a repeat would wait for the second connection's answer
                await gate.promote("risk", "2")

    run(main())


def test_an_expiry_is_not_given_to_a_gateway_that_would_pass_over_it() -> None:
    async def play(peer: Peer) -> None:
        await peer.greet(features=FEATURES)
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            publish = {"model": "risk", "expires_after_ms": 1_000}
            for call in (
                gate.train("ridge", {"X": X, "y": Y}, publish=publish),
                gate.upload(b"m", model="risk", expires_after_ms=1_000),
            ):
                with pytest.raises(UnimplementedError, match="`model_expiry`"):
                    await call

    run(main())


def test_an_older_gateway_is_told_of_by_name_and_keeps_its_connection() -> None:
    async def play(peer: Peer) -> None:
        await peer.greet()
        await peer.silence()

    async def main() -> None:
        async with scripted(play) as url, open_gate(url) as gate:
            for call in (
                gate.train("ridge", {"X": X, "y": Y}),
                gate.jobs(),
                gate.job("j1").cancel(),
                gate.upload(b"m", model="risk"),
                gate.promote("risk", "2"),
                gate.rollback("risk"),
            ):
                with pytest.raises(UnimplementedError, match=r"`(train|jobs|upload|promote)`"):
                    await call
            assert gate.connected

    run(main())


def test_without_a_gateway_a_training_waits_no_longer_than_any_call() -> None:
    async def main() -> None:
        gate = await headgate.connect("ws://127.0.0.1:9/v1", wait=False, timeout=0.2)
        with pytest.raises(UnavailableError, match=r"127\.0\.0\.1:9"):
            await gate.train("ridge", {"X": X, "y": Y})
        with pytest.raises(InvalidArgumentError, match=r"publish\.model"):
            await gate.train("ridge", {"X": X, "y": Y}, publish={"version": "2"})
        await gate.close()

    run(main())


def test_the_blocking_client_trains_and_reads_a_jobs_progress() -> None:
    async def play(peer: Peer) -> None:
        await peer.greet(features=FEATURES)
        await peer.send(ack(await peer.next("train"), job="j1"))
        await followed(peer, state())
        await peer.send(progress(1, 0.5))
        await asyncio.sleep(0.05)
        await peer.send(changed(2, "done"))
        await peer.next("unsubscribe")
        await peer.silence()

    def follow(url: str) -> None:
        with headgate.Client(url, fallback=False) as gate:
            job = gate.train("ridge", {"X": X, "y": Y}, background=True)
            assert [each.share_done for each in job.progress()] == [0.5]

    async def main() -> None:
        async with scripted(play) as url:
            await asyncio.to_thread(follow, url)

    run(main())


def test_the_example_of_the_docs_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "python.md").read_text()
    found = re.findall(r"```python\n(.*?)```", page[page.index("## Training\n") :], re.DOTALL)
    gateway = TrainingGateway([RandomForestClassifier, GradientBoostingClassifier])
    monkeypatch.setenv("HEADGATE_URL", gateway.url)
    for example in found[:2]:
        exec(compile(example, "docs/python.md", "exec"), {})
    assert [each["trainer"] for each in gateway.frames if each["type"] == "train"] == [
        "random_forest_classifier",
        "gradient_boosting_classifier",
    ]
    gateway.close()
