"""Runs the model files of HEADGATE_MODELS with onnxruntime, where it is installed.

The folder is a gateway's model repository, or a copy of the part of it that matters:
`<name>/config.json` and `<name>/<version>/model.onnx`.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from .fallback import Fallback, Outputs, Request


def fallbacks(name: str) -> tuple[Fallback, ...]:
    """The onnxruntime fallback, when onnxruntime is installed and the model's file exists."""
    return () if _file(name) is None else (Fallback("onnxruntime", _answer),)


def describe(name: str) -> dict[str, Any] | None:
    """A model's signature from its config, as `describe` has it; None without the file or onnxruntime."""
    path = _file(name)
    if path is None or importlib.util.find_spec("onnxruntime") is None:
        return None
    config = json.loads((path.parents[1] / "config.json").read_text())
    batched = ["batch"] if config.get("max_batch_size", 0) > 0 else []
    sides = {
        side: [
            {"name": each["name"], "datatypes": [each["datatype"]], "shape": batched + each["dims"]}
            for each in config[key]
        ]
        for side, key in (("inputs", "input"), ("outputs", "output"))
    }
    return {"max_batch_size": config.get("max_batch_size", 0), **sides}


def _file(name: str, version: str | None = None) -> Path | None:
    root = os.environ.get("HEADGATE_MODELS")
    if not root or "/" in name or name.startswith("."):
        return None
    folder = Path(root) / name
    if not folder.is_dir():
        return None
    wanted = version or "*"
    files = [path for path in folder.glob(f"{wanted}/model.onnx") if path.parent.name.isdigit()]
    return max(files, key=lambda path: int(path.parent.name), default=None)


def _answer(request: Request) -> Outputs | None:
    path = _file(request.model, request.version)
    session = None if path is None else _session(path)
    if session is None:
        return None
    names = [each.name for each in session.get_outputs()]
    values = session.run(names, {name: np.asarray(value) for name, value in request.inputs.items()})
    return dict(zip(names, values, strict=True))


@functools.lru_cache(maxsize=8)
def _session(path: Path) -> Any:
    try:
        import onnxruntime
    except ImportError:
        return None
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
