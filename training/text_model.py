"""The shared parts of the text models: tokens, torch's own answers, and the ONNX export."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import torch
from tokenizers import Tokenizer
from torch import nn

from training import export

OPSET = 17
FEEDS = ("input_ids", "attention_mask", "token_type_ids")


def encode(tokenizer: Tokenizer, texts: Sequence[str]) -> export.Arrays:
    """Encode [m] strings as [m, tokens] of the longest text, the form that the graph takes."""
    encoded = tokenizer.encode_batch(list(texts))
    columns = (
        [e.ids for e in encoded],
        [e.attention_mask for e in encoded],
        [e.type_ids for e in encoded],
    )
    return {name: np.array(x, dtype=np.int64) for name, x in zip(FEEDS, columns, strict=True)}


def answers(
    model: nn.Module, outputs: Sequence[str], tokenizer: Tokenizer, texts: Sequence[str]
) -> export.Arrays:
    """Return the torch model's own answers, each text alone, so without padding."""
    with torch.no_grad():
        rows = [
            model(*(torch.from_numpy(x) for x in encode(tokenizer, [text]).values()))
            for text in texts
        ]
    columns = zip(*rows, strict=True)
    return {name: torch.cat(column).numpy() for name, column in zip(outputs, columns, strict=True)}


def to_onnx(model: nn.Module, outputs: Sequence[str]) -> onnx.ModelProto:
    """Export with inputs [batch, tokens] and ``outputs`` [batch, ...]."""
    example = torch.tensor([[2, 3, 4, 1], [2, 3, 1, 0]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
    axes = {name: {0: "batch", 1: "tokens"} for name in FEEDS} | {
        name: {0: "batch"} for name in outputs
    }
    with warnings.catch_warnings(), TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        # Deprecation warnings, and warnings on traced constants, which export.py checks.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (example, mask, torch.zeros_like(example)),
            path,
            dynamo=False,
            opset_version=OPSET,
            input_names=list(FEEDS),
            output_names=list(outputs),
            dynamic_axes=axes,
        )
        return onnx.load_model(path)
