"""The token ids of Hugging Face's tokenizers library for some texts, with the tokenizer of ``news-tone``.

``python test/golden/make_tokens.py`` (needs ``tokenizers`` of training/requirements.txt)
"""

import json
from pathlib import Path

from tokenizers import Tokenizer

HERE = Path(__file__).resolve().parent
TEXTS = (
    "Shares plunge after the bank warns of heavy losses",
    "",
    "NAÏVE investors hurt by Zürich café chain's bankruptcy…",
    "profit up 12.5%, costs down 3% — e-mail: a.b@c.de",
    "😀 bulls celebrate\n\ttwice",
    "東京 stocks",
    "antidisestablishmentarianism " * 4,
    "x" * 150,
    "[MASK] and [SEP] said so",
)
CUT = 8


def main() -> None:
    """Writes the tokens of whole texts, and of texts truncated at either end."""
    path = HERE.parents[1] / "models" / "news-tone" / "1" / "tokenizer.json"
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    rows = {"texts": list(TEXTS), "cut": CUT, "whole": [tokenizer.encode(text).ids for text in TEXTS]}
    for direction in ("right", "left"):
        tokenizer.enable_truncation(CUT, direction=direction)
        rows[direction] = [tokenizer.encode(text).ids for text in TEXTS]
    (HERE / "tokens.json").write_text(json.dumps(rows, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
