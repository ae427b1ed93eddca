"""A gateway that trains with scikit-learn in the test's process, and predicts with what it keeps."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from typing import Any

import numpy as np
from scripted import Frame, Peer, error, scripted
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from websockets.exceptions import ConnectionClosed

from headgate.background import Background
from headgate.sklearn.training.trained import Trained
from headgate.tensors import from_wire, to_wire
from headgate.training.results import JobState

FEATURES = ["infer", "train", "jobs", "upload"]


class TrainingGateway:
    """On a thread of its own; what it is asked is in `frames`."""

    def __init__(self, kinds: list[type[Trained]]) -> None:
        self._kinds = {each._servable: each for each in kinds}
        self._kept: dict[str, Any] = {}
        self._outputs: dict[str, Frame] = {}
        self.frames: list[Frame] = []
        self.exported: bytes | None = None
        """The ONNX file of each job; None where none is kept."""
        self.is_exporting = False
        """Whether the jobs go on after their fits."""
        self.failure: Frame | None = None
        """Why the jobs failed."""
        self.on_jobs: Callable[[Frame], None] = lambda frame: None
        self.refusal: str | None = None
        """The code with which everything is refused that is to be predicted."""
        self._stack = AsyncExitStack()
        self._background = Background()
        self.url: str = self._background.run(self._stack.enter_async_context(scripted(self._play)))

    def forget(self) -> None:
        """Let all handles expire."""
        self._kept.clear()

    def close(self) -> None:
        self._background.run(self._stack.aclose())
        self._background.stop()

    async def _play(self, peer: Peer) -> None:
        await peer.greet(features=FEATURES)
        while True:
            try:
                frame = await peer.next()
            except Exception:
                return
            self.frames.append(frame)
            answer = getattr(self, f"_{frame['type']}", None)
            if answer is not None:
                with suppress(ConnectionClosed):  # A model may be fetched while the client is closed
                    await peer.send(answer(frame))

    def _train(self, frame: Frame) -> Frame:
        if frame["trainer"] == "pipeline":
            return self._train_pipeline(frame)
        ours = self._kinds[frame["trainer"]]
        theirs = getattr(importlib.import_module(ours._library), ours.__name__)
        inputs = {name: from_wire(tensor) for name, tensor in frame["inputs"].items()}
        parameters = {name: _of_json(name, value) for name, value in frame.get("parameters", {}).items()}
        accepted = inspect.signature(theirs.fit).parameters
        try:
            X, y = np.array(inputs.pop("X")), np.array(inputs.pop("y"))
            fitted = theirs(**parameters).fit(X, y, **{k: v for k, v in inputs.items() if k in accepted})
            score = fitted.score(X, y) if len(X) > 1 else 0.0
        except Exception as failure:
            return {**error(frame, "invalid_argument"), "message": str(failure)}
        job = f"j{len(self._kept)}"
        self._kept[f"train:{job}"] = fitted
        names = ("feature_importances", "coef", "intercept", "n_iter", "loss_curve")
        found = {name: getattr(fitted, f"{name}_", None) for name in names}
        outputs = {name: to_wire(value) for name, value in found.items() if value is not None}
        outputs |= {"handle": to_wire([f"train:{job}"]), "train_score": to_wire(score)}
        self._outputs[job] = outputs
        if frame.get("background"):
            return {"type": "ack", "id": frame["id"], "job": job}
        training = {"job": job, "fit_ms": 1.0, "convert_ms": None, "libraries": {}}
        return {**_result(frame, frame["trainer"], outputs), "training": training}

    def _train_pipeline(self, frame: Frame) -> Frame:
        """Of a standard scaler and an estimator."""
        told = frame["parameters"]["estimator"]
        ours = self._kinds[told["trainer"]]
        estimator = getattr(importlib.import_module(ours._library), ours.__name__)(**told["parameters"])
        inputs = {name: from_wire(tensor) for name, tensor in frame["inputs"].items()}
        fitted = make_pipeline(StandardScaler(), estimator).fit(inputs["X"], inputs["y"])
        handle = f"train:p{len(self._kept)}"
        self._kept[handle] = fitted
        outputs = {"handle": to_wire([handle]), "coef": to_wire(fitted[-1].coef_)}
        training = {"job": "p", "fit_ms": 1.0, "convert_ms": None, "libraries": {}}
        return {**_result(frame, "pipeline", outputs), "training": training}

    def _subscribe(self, frame: Frame) -> Frame:
        return {"type": "ack", "id": frame["id"]}

    def _jobs(self, frame: Frame) -> Frame:
        self.on_jobs(frame)
        job = frame.get("job", "j0")
        now = "running" if self.is_exporting else "done" if self.failure is None else "failed"
        state = dict.fromkeys(JobState._fields) | {"job": job, "state": now, "trainer": ""}
        state |= {"stage": "convert" if self.is_exporting else None, "error": self.failure}
        if "job" not in frame:
            return {"type": "ack", "id": frame["id"], "jobs": [state]}
        further: Frame = {"outputs": self._outputs[job]} if frame.get("outputs") else {}
        if "onnx_from" in frame and self.exported is not None:
            rest = self.exported[frame["onnx_from"] :][:64]
            further["onnx"] = {"bytes": rest, "total": len(self.exported)}
        return {"type": "ack", "id": frame["id"], "job": job, "state": state, **further}

    def _upload(self, frame: Frame) -> Frame:
        return {"type": "ack", "id": frame["id"], "model": frame["publish"]["model"], "version": "1"}

    def _infer(self, frame: Frame) -> Frame:
        if self.refusal is not None:
            return error(frame, self.refusal)
        fitted = self._kept.get(frame["parameters"]["handle"])
        if fitted is None:
            return {**error(frame, "not_found"), "message": "parameters.handle: is unknown or has expired"}
        X = from_wire(frame["inputs"]["X"])
        outputs: Frame = {}
        for name in frame.get("outputs", ["labels"]):
            value = fitted.predict_proba(X) if name == "probabilities" else fitted.predict(X)
            outputs[name] = to_wire(value)
        return _result(frame, frame["model"], outputs)


def _result(frame: Frame, model: str, outputs: Frame) -> Frame:
    return {
        "type": "result", "id": frame["id"], "model": model, "version": "1", "outputs": outputs,
        "backend": "scripted", "precision": "FP64",
        "timing": {"queue_ms": 0, "compute_ms": 0, "batch_size": 1},
    }  # fmt: skip


def _of_json(name: str, value: Any) -> Any:
    if name == "class_weight" and isinstance(value, dict):
        return {int(key): each for key, each in value.items()}
    return tuple(value) if name == "hidden_layer_sizes" else value
