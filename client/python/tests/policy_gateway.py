"""A gateway whose policies answer the negated sum of the observation, and a file that computes the same."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from typing import Any

import numpy as np
from scripted import Frame, Peer, error, scripted

from headgate.background import Background
from headgate.rl.policy_file import _field, _varint
from headgate.tensors import from_wire, to_wire
from headgate.training.results import JobState

LAYOUT: dict[str, Any] = {
    "window": 2, "columns": ["return[0]", "feature[1]"], "state": ["position[0]", "cash"],
    "assets": 1, "scaling": {"kind": "none"}, "actions": {"kind": "weight", "low": -1.0, "high": 1.0},
}  # fmt: skip
SIZE = 6


def policy_onnx(size: int = SIZE) -> bytes:
    """The graph action = -sum(observation), written by hand: the tests need no onnx."""

    def text(number: int, value: str) -> bytes:
        return _field(number, value.encode())

    def number(field: int, value: int) -> bytes:
        return _varint(field * 8) + _varint(value)

    def value(name: str, width: int) -> bytes:
        sizes = _field(1, text(2, "batch")) + _field(1, number(1, width))
        return text(1, name) + _field(2, _field(1, number(1, 1) + _field(2, sizes)))

    axes = text(1, "axes") + number(8, 1) + number(20, 7)
    keep = text(1, "keepdims") + number(3, 1) + number(20, 2)
    added = text(1, "observation") + text(2, "sum") + text(4, "ReduceSum") + _field(5, axes) + _field(5, keep)
    negated = text(1, "sum") + text(2, "action") + text(4, "Neg")
    graph = _field(1, added) + _field(1, negated) + text(2, "policy")
    graph += _field(11, value("observation", size)) + _field(12, value("action", 1))
    return number(1, 8) + _field(7, graph) + _field(8, text(1, "") + number(2, 11))


class PolicyGateway:
    """On a thread of its own; what it is asked is in `frames`."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.layout: dict[str, Any] = dict(LAYOUT)
        self.described: dict[str, Any] | None = dict(LAYOUT)
        self.failure: tuple[str, str] | None = None
        self.is_kept = True
        self.state = "done"
        self._stack = AsyncExitStack()
        self._background = Background()
        self.url: str = self._background.run(self._stack.enter_async_context(scripted(self._play)))

    def asked(self, kind: str) -> list[Frame]:
        return [frame for frame in self.frames if frame["type"] == kind]

    def close(self) -> None:
        self._background.run(self._stack.aclose())
        self._background.stop()

    async def _play(self, peer: Peer) -> None:
        await peer.greet(features=["infer", "train", "jobs", "upload"])
        while True:
            try:
                frame = await peer.next()
            except Exception:
                return
            self.frames.append(frame)
            answer = getattr(self, f"_{frame['type']}", None)
            if answer is not None:
                await peer.send(answer(frame))

    def _train(self, frame: Frame) -> Frame:
        if self.failure is not None:
            code, message = self.failure
            return {**error(frame, code), "message": message}
        return {"type": "ack", "id": frame["id"], "job": "j1"}

    def _subscribe(self, frame: Frame) -> Frame:
        return {"type": "ack", "id": frame["id"]}

    def _cancel_job(self, frame: Frame) -> Frame:
        return {"type": "ack", "id": frame["id"], "job": frame["job"], "state": self._state("cancelled")}

    def _state(self, state: str = "done") -> Frame:
        found = dict.fromkeys(JobState._fields) | {"job": "j1", "state": state, "trainer": "ppo"}
        return found | {"handle": "train:j1", "fit_ms": 1.0, "convert_ms": 2.0}

    def _jobs(self, frame: Frame) -> Frame:
        more: Frame = {}
        if frame.get("outputs"):
            layout = json.dumps(self.layout)
            outputs = {"test_total_return": np.array([0.1, -0.2]), "seeds": np.array([0, 1])}
            more["outputs"] = {name: to_wire(value) for name, value in outputs.items()}
            more["outputs"] |= {"observation_layout": _text(layout), "summary": _text("# Beside holding")}
        if "onnx_from" in frame:
            onnx, first = policy_onnx(), frame["onnx_from"]
            more["onnx"] = {"from": first, "total": len(onnx), "sha256": "", "bytes": onnx[first:]}
        return {"type": "ack", "id": frame["id"], "job": "j1", "state": self._state(self.state), **more}

    def _describe(self, frame: Frame) -> Frame:
        policy = {} if self.described is None else {"policy": self.described}
        entry = {
            "name": frame["model"], "version": "1", "kind": "model", "state": "ready", "max_batch_size": 256,
            "inputs": [{"name": "observation", "datatypes": ["FP32"], "shape": ["batch", SIZE]}],
            "outputs": [{"name": "action", "datatypes": ["FP32"], "shape": ["batch", 1]}], "parameters": [],
        }  # fmt: skip
        return {"type": "ack", "id": frame["id"], "models": [{**entry, **policy}], "detectors": [],
                "kernels": None}  # fmt: skip

    def _infer(self, frame: Frame) -> Frame:
        if "handle" in frame.get("parameters", {}) and not self.is_kept:
            return {**error(frame, "not_found"), "message": "parameters.handle: has expired"}
        action = -from_wire(frame["inputs"]["observation"]).sum(axis=1, keepdims=True)
        return {
            "type": "result", "id": frame["id"], "model": frame["model"], "version": "1",
            "outputs": {"action": to_wire(action)}, "backend": "scripted", "precision": "FP32",
            "timing": {"queue_ms": 0, "compute_ms": 0, "batch_size": 1},
        }  # fmt: skip

    def _upload(self, frame: Frame) -> Frame:
        return {"type": "ack", "id": frame["id"], "model": "trader", "version": "1"}


def _text(value: str) -> Frame:
    return {"datatype": "BYTES", "shape": [], "data": [value]}
