"""Train ``anomaly-isolation-forest``: how much a day differs from the training years.

``python -m training.anomaly_isolation_forest``
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

from training import card, export, isolation_graph
from training.data import Bars, Series, load_nasdaq, load_sp500
from training.dataset import Rows, golden_rows, rows_in
from training.features import feature_table, log_return
from training.fixtures import write_fixture
from training.split import TEST, TRAIN, VALIDATION

NAME = "anomaly-isolation-forest"
SEED = 7
CONTAMINATION = 0.02  # the share of training days that count as anomalous
FEATURES = tuple(card.MEANINGS)  # all 16 features, in that order
LARGE = 0.95  # a next-day move above this quantile of the test's moves is large


def inputs(bars: Bars) -> NDArray[np.float64]:
    """Lay out the features as [n, 16]."""
    return feature_table(bars, FEATURES)


def next_move(bars: Bars) -> Series:
    """Compute the size of the next day's log return; only the score uses it, never the forest."""
    return np.append(np.abs(log_return(bars.close, 1))[1:], np.nan)


def train(X: NDArray[np.float32]) -> IsolationForest:
    """Fit on FP32 inputs, the datatype of the served inputs."""
    forest = IsolationForest(
        n_estimators=100, contamination=CONTAMINATION, random_state=SEED, n_jobs=1
    )
    return forest.fit(X)


def answers(forest: IsolationForest, X: NDArray[np.float32]) -> export.Arrays:
    """Return scikit-learn's own answers."""
    return {
        "label": forest.predict(X).astype(np.int64),
        "decision_function": forest.decision_function(X).astype(np.float32),
        "score_samples": forest.score_samples(X).astype(np.float32),
    }


def scores(forest: IsolationForest, test: Rows) -> str:
    """Score whether anomalous days come before large moves, compared with single features."""
    large = test.y > np.quantile(test.y, LARGE)

    def line(name: str, strangeness: Series) -> tuple[str, str]:
        return name, f"{roc_auc_score(large, strangeness):.3f}"

    rows = [
        line("**this model**, -score_samples", -forest.score_samples(test.X)),
        *(
            line(f"{name} alone", test.X[:, FEATURES.index(name)].astype(np.float64))
            for name in ("log_range_1", "log_range_5", "log_volatility_21")
        ),
        line("a coin", np.zeros(len(large))),
    ]
    return card.table(("order of the days", "AUC, large move next day"), rows)


def by_year(label: NDArray[np.int64], test: Rows) -> str:
    """Compute the share of each year's test days that are anomalous."""
    year = test.date.astype("datetime64[Y]")
    rows = [(str(each), f"{(label[year == each] < 0).mean():.3f}") for each in np.unique(year)]
    return card.table(("year", "called anomalous"), rows)


def strangest(forest: IsolationForest, test: Rows, count: int = 5) -> str:
    """Name the test days with the lowest scores."""
    return ", ".join(str(test.date[i]) for i in np.argsort(forest.score_samples(test.X))[:count])


def golden_of_both(label: NDArray[np.int64], test: Rows) -> NDArray[np.intp]:
    """Choose held-out rows spread evenly, and the last anomalous row."""
    return np.unique(np.append(golden_rows(test, 4), np.flatnonzero(label < 0)[-1]))


def main() -> None:
    """Train, score and publish the model."""
    sp500, nasdaq = load_sp500(), load_nasdaq()
    train_rows = rows_in(TRAIN, [sp500, nasdaq], inputs, next_move)
    validation = rows_in(VALIDATION, [sp500, nasdaq], inputs, next_move)
    test = rows_in(TEST, [sp500], inputs, next_move)
    forest = train(train_rows.X)
    expected = answers(forest, test.X)
    at = golden_of_both(expected["label"], test)
    export.publish(
        export.Model(
            name=NAME,
            description="How unlike the days of 1999 to 2006 a day is, from 16 daily features of "
            "the market's state.",
            max_batch_size=256,
            inputs=[
                export.Tensor("X", "FP32", [16], "The features of day t, in the card's order.")
            ],
            outputs=[
                export.Tensor(
                    "label",
                    "INT64",
                    [],
                    "The verdict, as scikit-learn's: -1 for an anomalous day, 1 for a usual one.",
                ),
                export.Tensor(
                    "decision_function",
                    "FP32",
                    [],
                    "The score_samples less the offset; an anomalous day is below 0.",
                ),
                export.Tensor(
                    "score_samples", "FP32", [], "The day's score, from -1, surely anomalous, to 0."
                ),
            ],
            graph=isolation_graph.to_graph(forest),
            made_by=card.versions("scikit-learn"),
            card=card.write_up(
                NAME,
                inputs=card.inputs_table(FEATURES),
                split=card.split_table(train_rows, validation, test),
                scores=scores(forest, test),
                years=by_year(expected["label"], test),
                strangest=strangest(forest, test),
                offset=f"{forest.offset_:.4f}",
                versions=card.versions("scikit-learn", "onnx", "numpy", "pandas", "arch"),
                seed=SEED,
                golden=card.dates(test, at),
            ),
        ),
        inputs={"X": test.X},
        outputs=expected,
        golden=at,
    )
    write_fixture(NAME, sp500, FEATURES, inputs)


if __name__ == "__main__":
    main()
