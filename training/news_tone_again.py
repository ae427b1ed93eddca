"""The torch model of ``news-tone``, rebuilt from the weights of its graph without training."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from tokenizers import Tokenizer
from transformers import BertForSequenceClassification

from training import export, news_tone, text_model


@dataclass(frozen=True)
class Answerer:
    """Hugging Face's tokenizer and torch's model, as their users run them."""

    model: news_tone.Tone
    tokenizer: Tokenizer

    def __call__(self, texts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """Answer a batch of texts, padded to the longest."""
        feeds = text_model.encode(self.tokenizer, texts)
        with torch.inference_mode():
            label, probabilities = self.model(*(torch.from_numpy(x) for x in feeds.values()))
        return label, probabilities


def answerer() -> Answerer:
    """Read the folder, and check the model on its golden answers."""
    version = export.MODELS / news_tone.NAME / "1"
    graph = onnx.load_model(version / "model.onnx").graph
    weights = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    state = {name: torch.tensor(x) for name, x in weights.items() if name.startswith("bert.")}
    # The exporter transposed these weights, and names a node after its module.
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in weights:
            name = node.name.removeprefix("/").removesuffix("/MatMul").replace("/", ".")
            state[f"{name}.weight"] = torch.tensor(weights[node.input[1]].T.copy())
    words = state["bert.bert.embeddings.word_embeddings.weight"]
    model = news_tone.Tone(BertForSequenceClassification(news_tone.architecture(len(words)))).eval()
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not missing, missing
    assert not unexpected, unexpected
    found = Answerer(model, Tokenizer.from_file(str(version / "tokenizer.json")))
    golden = json.loads((version / "golden.json").read_text())
    _, said = found(golden["inputs"]["text"]["data"])
    want = golden["outputs"]["probabilities"]["data"]
    np.testing.assert_allclose(said.numpy().reshape(-1), want, rtol=export.RTOL, atol=export.ATOL)
    return found
