"""`fit(..., progress=True)`: a bar that the job's events move, and that ends however the fit ends."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scripted import Frame, Peer, error, scripted
from websockets.exceptions import ConnectionClosed

import headgate
from headgate.background import Background
from headgate.backtest import Rolling, walk_forward
from headgate.errors import FailedPreconditionError
from headgate.sklearn import Pipeline, Ridge, StandardScaler
from headgate.tensors import to_wire
from headgate.training.results import JobState

X = np.random.default_rng(0).normal(size=(60, 3))
Y = X[:, 0] - X[:, 1]


class Bars:
    """In place of tqdm: what its bars were told."""

    def __init__(self, total: float, desc: str, **_: Any) -> None:
        assert total == 1.0
        self.desc, self.n, self.closed = desc, 0.0, 0
        self.seen: list[tuple[float, str]] = []
        self.threads: set[int] = set()
        self._postfix = ""
        made.append(self)

    def set_postfix_str(self, text: str, refresh: bool) -> None:
        self._postfix = text

    def update(self, share: float) -> None:
        self.n += share

    def refresh(self) -> None:
        self.seen.append((round(self.n, 6), self._postfix))
        self.threads.add(threading.get_ident())

    def close(self) -> None:
        self.closed += 1


made: list[Bars] = []


@pytest.fixture(params=["tqdm", "lines"])
def bars(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    made.clear()
    package, auto = ModuleType("tqdm"), ModuleType("tqdm.auto")
    auto.tqdm = Bars  # type: ignore[attr-defined]
    known = request.param == "tqdm"
    monkeypatch.setitem(sys.modules, "tqdm", package if known else None)  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "tqdm.auto", auto if known else None)  # type: ignore[arg-type]
    return str(request.param)


def state(label: str, **more: Any) -> Frame:
    fields = dict.fromkeys(JobState._fields) | {"job": "j1", "trainer": "ridge", "label": label}
    return {**fields, "state": "running", "stage": "fit", **more}


def event(offset: int, share: float) -> Frame:
    told = {"kind": "job_progress", "job": "j1", "trainer": "ridge", "stage": "fit", "iteration": offset}
    data = {**told, "share_done": share, "remaining_ms": 2000.0, "loss": 0.25, "score": None}
    return {"type": "event", "topic": "job.j1", "epoch": "e1", "offset": offset, "position": offset,
            "ts": 0.0, "event_id": str(offset), "data": data}  # fmt: skip


class Held:
    """Answers a training once its progress was told."""

    def __init__(self, answer: str = "result") -> None:
        self.answer = answer
        self.frames: list[Frame] = []
        self.told = threading.Event()

    async def play(self, peer: Peer) -> None:
        with suppress(ConnectionClosed):  # A test ends without waiting for the last frames
            await self._play(peer)

    async def _play(self, peer: Peer) -> None:
        await peer.greet(features=["infer", "train", "jobs"])
        training: Frame = {}
        lists = asked = 0
        is_heard = False
        while True:
            frame = await peer.next()
            self.frames.append(frame)
            if frame["type"] == "train":
                training = frame
            elif frame["type"] == "jobs" and "job" not in frame:
                # Another job is there first, and this one only when it is asked for again.
                known = [state("another"), *([state(training["label"])] if lists else [])]
                lists += 1
                await peer.send({"type": "ack", "id": frame["id"], "jobs": known})
            elif frame["type"] == "jobs":
                now = state(training["label"], share_done=0.6)
                await peer.send({"type": "ack", "id": frame["id"], "job": "j1", "state": now})
                asked += 1
                if is_heard and asked == 3:
                    await self._end(peer, training)
            elif frame["type"] == "subscribe" and frame["topic"] == "job.*":
                is_heard = True
                await peer.send({"type": "ack", "id": frame["id"], "snapshots": 0})
            elif frame["type"] == "subscribe":
                await peer.send({"type": "ack", "id": frame["id"], "snapshots": 0}, event(1, 0.5))
                await asyncio.sleep(0.05)
                await peer.send(event(2, 0.75))
                await asyncio.sleep(0.05)
                self.told.set()
                await self._end(peer, training)
            elif frame["type"] == "unsubscribe":
                await peer.send({"type": "ack", "id": frame["id"]})

    async def _end(self, peer: Peer, training: Frame) -> None:
        if self.answer == "result":
            await peer.send(_result(training))
        elif self.answer != "nothing":
            await peer.send(error(training, self.answer))


def _result(frame: Frame) -> Frame:
    rows = frame["inputs"]["X"]["shape"][0]
    outputs = {"handle": to_wire(["train:j1"]), "coef": to_wire(np.zeros(3))}
    if frame["trainer"] == "walk_forward":
        ranges = np.array([[[0, 40]]], dtype=np.int32)
        outputs = {
            "predictions": to_wire(np.zeros(rows)), "fold": to_wire(np.zeros(rows, dtype=np.int32)),
            "fold_scores": to_wire(np.ones(1)), "fold_fit_ms": to_wire(np.ones(1)),
            "train_ranges": to_wire(ranges), "test_ranges": to_wire(ranges),
        }  # fmt: skip
    return {
        "type": "result", "id": frame["id"], "model": frame["trainer"], "version": "1", "outputs": outputs,
        "backend": "scripted", "precision": "FP64",
        "timing": {"queue_ms": 0, "compute_ms": 0, "batch_size": 1},
        "training": {"job": "j1", "fit_ms": 1.0, "convert_ms": None, "libraries": {}},
    }  # fmt: skip


@pytest.fixture
def held() -> Iterator[Any]:
    background = Background()
    opened: list[Any] = []

    def start(answer: str = "result") -> Held:
        gateway = Held(answer)
        server = scripted(gateway.play)
        url = background.run(server.__aenter__())
        opened.append(server)
        headgate.configure(url, fallback=False, keep_onnx=False)
        return gateway

    yield start
    headgate.configure()
    for server in opened:
        background.run(server.__aexit__(None, None, None))
    background.stop()


def said(bars: str, title: str, capfd: pytest.CaptureFixture[str]) -> list[str]:
    """What was shown, and that the bar was ended once."""
    if bars == "tqdm":
        (bar,) = made
        assert bar.desc == title and bar.closed == 1
        assert bar.threads == {threading.get_ident()}  # A slow terminal does not hold the client up
        return [f"{share:.0%} {text}" for share, text in bar.seen]
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith(title)]
    return [line.removeprefix(f"{title}: ") for line in lines]


def check(told: list[str], bars: str, ending: str, last: str) -> None:
    assert any(line.startswith("50%") and "fit, 1 done, loss 0.25" in line for line in told), told
    assert any(line.startswith("75%") for line in told), told
    assert (f"{last} {ending}" == told[-1]) if bars == "tqdm" else told[-1].startswith(f"{ending} after")


def test_the_jobs_events_move_the_bar(held: Any, bars: str, capfd: pytest.CaptureFixture[str]) -> None:
    gateway = held()
    model = Ridge().fit(X, Y, progress=True)
    check(said(bars, "Ridge", capfd), bars, "done", "100%")
    assert model.source_ == "gateway"
    label = next(frame["label"] for frame in gateway.frames if frame["type"] == "train")
    assert label.startswith("Ridge ") and len(label) > len("Ridge ")


def test_a_pipeline_and_a_backtest_have_bars(held: Any, bars: str, capfd: pytest.CaptureFixture[str]) -> None:
    held()
    Pipeline([("scale", StandardScaler()), ("ridge", Ridge())]).fit(X, Y, progress=True)
    check(said(bars, "Pipeline", capfd), bars, "done", "100%")
    made.clear()
    held()
    walk_forward(Ridge(), X, Y, Rolling(40, 20), progress=True)
    check(said(bars, "walk_forward Ridge", capfd), bars, "done", "100%")


def test_without_progress_nothing_is_shown_and_no_job_is_looked_for(
    held: Any, bars: str, capfd: pytest.CaptureFixture[str]
) -> None:
    gateway = held()
    found: list[Any] = []
    fit = threading.Thread(target=lambda: found.append(Ridge().fit(X, Y)), daemon=True)
    fit.start()
    fit.join(0.3)
    assert fit.is_alive() and made == [] and capfd.readouterr().err == ""
    assert [frame["type"] for frame in gateway.frames] == ["train"]
    assert "label" not in gateway.frames[0]


def test_the_bar_ends_where_the_fit_fails(held: Any, bars: str, capfd: pytest.CaptureFixture[str]) -> None:
    held("internal")
    with pytest.raises(headgate.HeadgateError):
        Ridge().fit(X, Y, progress=True)
    check(said(bars, "Ridge", capfd), bars, "failed", "75%")


def test_the_bar_ends_where_the_fit_is_cancelled(
    held: Any, bars: str, capfd: pytest.CaptureFixture[str]
) -> None:
    gateway = held("nothing")

    async def main() -> None:
        task = asyncio.create_task(Ridge().afit(X, Y, progress=True))
        await asyncio.to_thread(gateway.told.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    ended = threading.Event()
    for _ in range(400):
        if any(frame["type"] == "cancel" for frame in gateway.frames):
            break
        ended.wait(0.01)
    assert any(frame["type"] == "cancel" for frame in gateway.frames)
    for _ in range(400):
        if bars == "tqdm" and made[0].closed:
            assert made[0].seen[-1] == (0.75, "cancelled")
            return
        if bars == "lines" and "cancelled after" in capfd.readouterr().err:
            return
        ended.wait(0.01)
    raise AssertionError("the bar did not end")


def test_where_the_program_listens_to_all_jobs_itself_the_bar_goes_on(
    held: Any, bars: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headgate.training.progress_feed._PAUSE_S", 0.01)
    held()
    with headgate.default_client().subscribe("job.*"):
        Ridge().fit(X, Y, progress=True)
    told = said(bars, "Ridge", capfd)
    assert any(line.startswith("60%") for line in told)
    assert told[-1].startswith("100% done" if bars == "tqdm" else "done after")


def test_in_the_clients_own_thread_it_is_refused_and_does_not_wait_for_itself(held: Any, bars: str) -> None:
    held()
    client = headgate.default_client()

    async def hook() -> str:
        with pytest.raises(FailedPreconditionError, match="a hook of the client called it"):
            Ridge().fit(X, Y, progress=True)
        return "refused"

    assert client.run(hook()) == "refused"
    assert made == []
