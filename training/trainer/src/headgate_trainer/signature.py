"""The tensors that most trainers have in common."""

from headgate_trainer.registry import Family, TensorSpec

CLASSES = (
    "INT64",
    "INT32",
    "INT16",
    "INT8",
    "UINT64",
    "UINT32",
    "UINT16",
    "UINT8",
    "BOOL",
    "BYTES",
)
FLOATS = ("FP64", "FP32")


def table_inputs(
    family: Family, *, missing: bool, weights: bool, multi_output: bool
) -> tuple[TensorSpec, ...]:
    """List X, y, the weights, and the eval set."""
    said = " NaN stands for a missing value." if missing else ""
    targets: tuple[str, ...] = CLASSES
    shapes: tuple[tuple[int | str, ...], ...] = ()
    if family != "classifier":
        targets = (*FLOATS, *CLASSES[:-2])
        shapes = (("rows", "outputs"),) if multi_output else ()

    def of(name: str, rows: str, what: str, optional: bool) -> tuple[TensorSpec, TensorSpec]:
        X = TensorSpec(f"X{name}", FLOATS, (rows, "columns"), f"{what}{said}", optional, missing)
        meant = "class" if family == "classifier" else "value to predict"
        of_shapes = tuple((rows, *shape[1:]) for shape in shapes)
        y = TensorSpec(
            f"y{name}",
            targets,
            (rows,),
            f"The {meant} of each of these rows.",
            optional,
            False,
            of_shapes,
        )
        return X, y

    weight = TensorSpec(
        "sample_weight",
        FLOATS,
        ("rows",),
        "The weight of each training row; absent: all are 1.",
        True,
    )
    held_out = "Held-out rows, from which the answer has scores; the fit does not learn from them."
    return (
        *of("", "rows", "The training rows.", False),
        *([weight] if weights else []),
        *of("_eval", "eval_rows", held_out, True),
    )


def score_outputs(family: Family, *, probabilities: bool) -> tuple[TensorSpec, ...]:
    """List the scores."""
    found = []
    for prefix, rows in (("train", "the training rows"), ("eval", "the eval set")):
        names = {"score": "R²", "rmse": "The root of the mean squared error"}
        if family == "classifier":
            names = {"score": "The accuracy"}
            if probabilities:
                names["log_loss"] = "The logarithmic loss"
        for name, what in names.items():
            found.append(
                TensorSpec(
                    f"{prefix}_{name}", ("FP64",), (), f"{what} on {rows}.", prefix == "eval"
                )
            )
    return tuple(found)


def predictions(
    family: Family, *, probabilities: bool, multi_output: bool
) -> tuple[TensorSpec, ...]:
    """List the outputs of the application."""
    if family != "classifier":
        shapes = (("batch", "outputs"),) if multi_output else ()
        text = "The predicted value of each row."
        return (TensorSpec("predictions", ("FP64",), ("batch",), text, other_shapes=shapes),)
    labels = TensorSpec(
        "labels", ("INT64", "BYTES"), ("batch",), "The predicted class of each row, as in y."
    )
    if not probabilities:
        return (labels,)
    text = "The probability of each class, in the order of `classes`."
    return (labels, TensorSpec("probabilities", ("FP64",), ("batch", "classes"), text))
