"""The estimators of scikit-learn that are trainers."""

from typing import Any

from headgate_trainer.fit_inputs import Table
from headgate_trainer.registry import Family, Tolerance
from headgate_trainer.scikit.neighbours import unique_neighbours
from headgate_trainer.scikit.trainer import ScikitTrainer, Traits

TREES, SMOOTH, DISTANCES = Tolerance(1e-6), Tolerance(1e-9), Tolerance(1e-6)
EARLY_STOPPING_ROWS = 10_000


def _categories(values: dict[str, Any]) -> str | None:
    given = values["categorical_features"]
    if isinstance(given, list) and any(each is not False for each in given):
        return (
            "parameters.categorical_features: splits by category cannot be exported; encode them "
            "as columns, or train without keep_seconds and publish"
        )
    return None


def _held_out(values: dict[str, Any], table: Table) -> dict[str, Any]:
    """Give the eval set to the library where it stops early; otherwise it would refuse it."""
    stops = values["early_stopping"]
    if stops == "auto":
        stops = len(table.X) > EARLY_STOPPING_ROWS
    return (
        {"X_val": table.X_eval, "y_val": table.y_eval} if stops and table.X_eval is not None else {}
    )


FOREST = Traits(
    attributes=("classes", "n_features_in", "feature_importances", "oob_score"),
    export="trees:forest",
    tolerance=TREES,
    missing=True,
    multi_output=True,
    threaded=True,
)
BOOSTING = Traits(
    attributes=(
        "classes",
        "n_features_in",
        "feature_importances",
        "n_estimators",
        "train_scores",
        "oob_scores",
    ),
    export="trees:gradient_boosting",
    tolerance=TREES,
)
HISTOGRAMS = Traits(
    attributes=("classes", "n_features_in", "n_iter", "train_scores", "validation_score_curve"),
    export="trees:hist_gradient_boosting",
    tolerance=TREES,
    missing=True,
    empty_columns=False,
    refuse=_categories,
    eval_arguments=_held_out,
)
NETWORK = Traits(
    attributes=(
        "classes",
        "n_features_in",
        "n_iter",
        "loss",
        "best_loss",
        "loss_curve",
        "validation_scores",
        "best_validation_score",
    ),
    export="linear:perceptron",
    tolerance=SMOOTH,
    multi_output=True,
)
LOGISTIC = Traits(
    attributes=("classes", "n_features_in", "coef", "intercept", "n_iter"),
    export="linear:logistic",
    tolerance=SMOOTH,
)
LINEAR = Traits(
    attributes=("n_features_in", "coef", "intercept", "n_iter", "dual_gap"),
    export="linear:linear",
    tolerance=SMOOTH,
    multi_output=True,
)
VECTORS = Traits(
    attributes=(
        "classes",
        "n_features_in",
        "support",
        "n_support",
        "dual_coef",
        "intercept",
        "n_iter",
    ),
    export="vectors:classification",
    tolerance=DISTANCES,
    probabilities=False,
)
SUPPORT_REGRESSION = Traits(
    attributes=("n_features_in", "support", "n_support", "dual_coef", "intercept", "n_iter"),
    export="vectors:regression",
    tolerance=DISTANCES,
)
NEIGHBOURS = Traits(
    attributes=("classes", "n_features_in", "n_samples_fit"),
    export="neighbours:classification",
    tolerance=DISTANCES,
    weights=False,
    comparable=unique_neighbours,
)
NEIGHBOUR_REGRESSION = Traits(
    attributes=("n_features_in", "n_samples_fit"),
    export="neighbours:regression",
    tolerance=DISTANCES,
    weights=False,
    multi_output=True,
    comparable=unique_neighbours,
)


def _one(name: str, family: Family, path: str, traits: Traits, does: str) -> ScikitTrainer:
    if family == "regressor":
        attributes = tuple(each for each in traits.attributes if each != "classes")
        traits = Traits(**{**vars(traits), "attributes": attributes})
    return ScikitTrainer(
        name,
        family,
        f"{does} This is scikit-learn's {path.split(':')[1]}.",
        path=path,
        traits=traits,
        proven_within=traits.tolerance,
    )


def _both(name: str, path: str, traits: Traits, does: str) -> list[ScikitTrainer]:
    ends: list[tuple[Family, str, str]] = [
        ("classifier", "classifier", "classes"),
        ("regressor", "regressor", "numbers"),
    ]
    return [
        _one(f"{name}_{end}", family, f"{path}{end.capitalize()}", traits, does.format(what))
        for family, end, what in ends
    ]


_LINEAR = "sklearn.linear_model"
ESTIMATORS = [
    *_both(
        "random_forest",
        "sklearn.ensemble:RandomForest",
        FOREST,
        "Predicts {} by the average of trees, each grown on a sample of the rows.",
    ),
    *_both(
        "extra_trees",
        "sklearn.ensemble:ExtraTrees",
        FOREST,
        "Predicts {} by the average of trees whose thresholds are drawn at random.",
    ),
    *_both(
        "gradient_boosting",
        "sklearn.ensemble:GradientBoosting",
        BOOSTING,
        "Predicts {} by a sum of trees, each fitted to the errors of those before it.",
    ),
    *_both(
        "hist_gradient_boosting",
        "sklearn.ensemble:HistGradientBoosting",
        HISTOGRAMS,
        "Predicts {} by boosted trees over binned columns, which is fast for many rows.",
    ),
    *_both(
        "mlp",
        "sklearn.neural_network:MLP",
        NETWORK,
        "Predicts {} by a multi-layer perceptron.",
    ),
    _one(
        "logistic_regression",
        "classifier",
        f"{_LINEAR}:LogisticRegression",
        LOGISTIC,
        "Predicts classes by a regularised logistic regression.",
    ),
    _one(
        "ridge",
        "regressor",
        f"{_LINEAR}:Ridge",
        LINEAR,
        "Predicts numbers by least squares with an L2 penalty.",
    ),
    _one(
        "lasso",
        "regressor",
        f"{_LINEAR}:Lasso",
        LINEAR,
        "Predicts numbers by least squares with an L1 penalty.",
    ),
    _one(
        "elastic_net",
        "regressor",
        f"{_LINEAR}:ElasticNet",
        LINEAR,
        "Predicts numbers by least squares with an L1 and an L2 penalty.",
    ),
    _one("svc", "classifier", "sklearn.svm:SVC", VECTORS, "Predicts classes by support vectors."),
    _one(
        "svr",
        "regressor",
        "sklearn.svm:SVR",
        SUPPORT_REGRESSION,
        "Predicts numbers by support vectors.",
    ),
    _one(
        "k_neighbors_classifier",
        "classifier",
        "sklearn.neighbors:KNeighborsClassifier",
        NEIGHBOURS,
        "Predicts the class of most of the nearest training rows.",
    ),
    _one(
        "k_neighbors_regressor",
        "regressor",
        "sklearn.neighbors:KNeighborsRegressor",
        NEIGHBOUR_REGRESSION,
        "Predicts the average of the nearest training rows.",
    ),
]
