"""Makes a WordPiece tokenizer with a smaller vocabulary from a larger one."""

import json
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

MIN_COUNT = 6  # a token that occurs less often in the training texts is split into smaller tokens


def pruned(
    source: Tokenizer, texts: Sequence[str], max_length: int
) -> tuple[str, NDArray[np.intp]]:
    """Keep the special tokens, the printable characters, and the tokens frequent in ``texts``.

    Answers the new ``tokenizer.json``, and for each new id the id it had. Texts are cut at
    ``max_length`` tokens and padded to the longest of their batch.
    """
    spec = json.loads(source.to_str())
    spec["padding"] = spec["truncation"] = None
    plain = Tokenizer.from_str(json.dumps(spec))
    counts: Counter[int] = Counter()
    for encoded in plain.encode_batch(list(texts)):
        counts.update(encoded.ids)
    vocabulary: dict[str, int] = spec["model"]["vocab"]
    special = {token["content"] for token in spec["added_tokens"]}

    def stays(token: str, old: int) -> bool:
        letter = token.removeprefix("##")
        return (
            token in special or (len(letter) == 1 and letter.isascii()) or counts[old] >= MIN_COUNT
        )

    kept = [(token, old) for token, old in sorted(vocabulary.items(), key=lambda each: each[1])]
    kept = [(token, old) for token, old in kept if stays(token, old)]
    spec["model"]["vocab"] = {token: new for new, (token, _) in enumerate(kept)}
    for token in spec["added_tokens"]:
        token["id"] = spec["model"]["vocab"][token["content"]]
    for token in spec["post_processor"]["special_tokens"].values():
        token["ids"] = [spec["model"]["vocab"][each] for each in token["tokens"]]
    small = Tokenizer.from_str(json.dumps(spec))
    small.enable_truncation(max_length)
    small.enable_padding(pad_id=small.token_to_id("[PAD]"), pad_token="[PAD]")
    return small.to_str(), np.array([old for _, old in kept], dtype=np.intp)
