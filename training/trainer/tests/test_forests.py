"""Forests through ONNX are scikit-learn's bit by bit, and watching them changes nothing."""

from typing import Any

import numpy as np
import pytest
from jobs import arrays, message, predict, run, table
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

TIE_ROWS = 20_000


@pytest.mark.parametrize("text", [False, True], ids=["integers", "text"])
@pytest.mark.parametrize("depth", [None, 5], ids=["pure leaves", "shares"])
def test_labels_at_ties(depth: int | None, text: bool) -> None:
    draw = np.random.default_rng(3)
    X = draw.integers(0, 4, (600, 5)).astype(np.float64)
    y = draw.integers(0, 2, 600)
    names = np.array(["up", "down"], dtype=object)[y] if text else y
    library = RandomForestClassifier(20, max_depth=depth, random_state=1).fit(X, names)
    parameters = {"n_estimators": 20, "max_depth": depth, "random_state": 1}
    exported = message(
        run("random_forest_classifier", {"X": X, "y": names}, parameters), "exported"
    )

    rows = draw.integers(0, 4, (TIE_ROWS, 5)).astype(np.float64)
    got = predict(exported["onnx"], rows, ["labels", "probabilities"])
    want = library.predict_proba(rows)
    if depth is None:
        assert (want[:, 0] == 0.5).sum() > 500
    np.testing.assert_array_equal(got["labels"], library.predict(rows))
    np.testing.assert_array_equal(got["probabilities"], want)


def test_rows_are_rounded_as_the_library_rounds_them() -> None:
    X, y = table()
    library = RandomForestRegressor(30, random_state=1).fit(X, y)
    messages = run(
        "random_forest_regressor", {"X": X, "y": y}, {"n_estimators": 30, "random_state": 1}
    )
    rows = []
    for member in library.estimators_[:10]:
        tree = member.tree_
        for node in np.flatnonzero(tree.children_left >= 0)[:40]:
            for near in (tree.threshold[node], np.nextafter(tree.threshold[node], np.inf)):
                row = X[node % len(X)].copy()
                row[tree.feature[node]] = near
                rows.append(row)
    got = predict(message(messages, "exported")["onnx"], np.array(rows), ["predictions"])
    np.testing.assert_array_equal(got["predictions"], library.predict(np.array(rows)))


@pytest.mark.parametrize("threads", [1, 2])
def test_watching_changes_nothing(threads: int) -> None:
    from headgate_trainer.job import Job
    from headgate_trainer.registry import all_trainers
    from headgate_trainer.training import train

    X, y = table()
    sent: list[dict[str, Any]] = []
    job = Job(
        "job",
        "random_forest_regressor",
        {"X": X, "y": y},
        {"random_state": 7},
        True,
        threads,
        sent.append,
    )
    train(job, all_trainers()["random_forest_regressor"])
    library = RandomForestRegressor(random_state=7).fit(X, y)
    outputs = arrays(message(sent, "fitted")["outputs"])
    np.testing.assert_array_equal(outputs["feature_importances"], library.feature_importances_)
    assert outputs["train_score"] == library.score(X, y)
    got = predict(message(sent, "exported")["onnx"], X, ["predictions"])
    np.testing.assert_array_equal(got["predictions"], library.predict(X))
    shares = [each["share_done"] for each in sent if each["type"] == "progress"]
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_several_outputs_and_missing_values() -> None:
    X, y = table()
    X[::5, 2] = np.nan
    Y = np.stack([y, -y * 2], axis=1)
    messages = run(
        "random_forest_regressor", {"X": X, "y": Y}, {"n_estimators": 9, "random_state": 0}
    )
    library = RandomForestRegressor(9, random_state=0).fit(X, Y)
    got = predict(message(messages, "exported")["onnx"], X, ["predictions"])
    np.testing.assert_allclose(got["predictions"], library.predict(X), rtol=1e-12)


def test_one_as_a_share_is_all_columns() -> None:
    X, y = table()
    fitted = message(
        run(
            "random_forest_regressor",
            {"X": X, "y": y},
            {"max_features": 1, "random_state": 0},
            export=False,
        ),
        "fitted",
    )
    library = RandomForestRegressor(max_features=1.0, random_state=0).fit(X, y)
    np.testing.assert_array_equal(
        arrays(fitted["outputs"])["feature_importances"], library.feature_importances_
    )
