"""Sentences with human ratings: Hutto and Gilbert (2014), from vaderSentiment's sources.

``pip download -d training --no-deps --no-binary :all: vaderSentiment==3.3.2`` fetches the archive;
the texts are read inside it and never written out.
"""

import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ARCHIVE = Path(__file__).with_name("vaderSentiment-3.3.2.tar.gz")
_INNER = "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz"
NEWS = "nytEditorialSnippets"
OTHERS = ("tweets", "amazonReviewSnippets", "movieReviewSnippets")
NEGATIVE, NEUTRAL, POSITIVE = 0, 1, 2
NEUTRAL_WITHIN = 0.5  # a mean rating, from -4 to 4, at most this far from 0 is neutral


@dataclass(frozen=True)
class Sentences:
    """m sentences, each with the mean of at least 20 people's ratings, -4 to 4."""

    text: list[str]
    rating: NDArray[np.float64]  # [m]
    article: NDArray[np.int64]  # [m], the group of sentences that belong together

    @property
    def tone(self) -> NDArray[np.int64]:
        """Compute the classes [m]: 0 negative, 1 neutral, 2 positive."""
        beyond = np.abs(self.rating) > NEUTRAL_WITHIN
        tones = np.where(beyond, np.where(self.rating < 0, NEGATIVE, POSITIVE), NEUTRAL)
        return tones.astype(np.int64)

    def where(self, keep: NDArray[np.bool_]) -> "Sentences":
        """Keep the sentences where the mask is true."""
        text = [text for text, kept in zip(self.text, keep, strict=True) if kept]
        return Sentences(text, self.rating[keep], self.article[keep])


def load(kind: str, archive: Path = ARCHIVE) -> Sentences:
    """Read one of the four sets; an id is ``article_sentence``, or a number of its own."""
    with tarfile.open(archive) as outer:
        inner = outer.extractfile(_INNER)
        assert inner is not None
        with tarfile.open(fileobj=io.BytesIO(inner.read())) as files:
            found = files.extractfile(f"hutto_ICWSM_2014/{kind}_GroundTruth.txt")
            assert found is not None
            lines = found.read().decode("utf-8").splitlines()
    rows = [line.split("\t", 2) for line in lines if line.strip()]
    return Sentences(
        [text.strip() for _, _, text in rows],
        np.array([float(rating) for _, rating, _ in rows]),
        np.array([int(name.split("_")[0]) for name, _, _ in rows]),
    )
