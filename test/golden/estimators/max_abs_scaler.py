"""MaxAbsScaler."""

from sklearn.preprocessing import MaxAbsScaler
from vectors import applied, around, attributes, case, taken

KIND = MaxAbsScaler
SETTINGS = {}
CLIENTS_OWN = ["copy"]
NAMES = ["max_abs", "scale", "n_samples_seen"]


def cases(sets):
    for name in [
        "iris",
        "wine",
        "collinear",
        "constant",
        "one_row",
        "offset",
        "huge",
        "tiny",
        "zeros",
        "wide",
    ]:
        yield case(name, {}, attributes(MaxAbsScaler().fit(sets[name]), NAMES))


def apply(sets):
    rows = [("iris", 100), ("constant", 30), ("offset", 50), ("tiny", 60), ("huge", 60), ("wide", 8)]
    for name, n in rows:
        x = sets[name]
        fitted = MaxAbsScaler().fit(x[:n])
        at, to = around(n, x)
        scaled = fitted.transform(x[at:to])
        scale = taken(fitted, ["scale"])
        yield applied(name, (at, to), {}, scale, {"transform": scaled})
        back = {"inverse_transform": fitted.inverse_transform(scaled)}
        yield applied(name, (at, to), {"inverse": True}, scale | {"X": scaled}, back)
        clipped = fitted.set_params(clip=True).transform(x[at:to])
        yield applied(name, (at, to), {"clip": True}, scale, {"transform": clipped})


def update(sets):
    for name, n in [("iris", 100), ("constant", 30), ("offset", 50), ("wine", 1), ("tiny", 20)]:
        fitted = MaxAbsScaler().fit(sets[name][:n])
        before = taken(fitted, ["max_abs", "n_samples_seen"])
        fitted.partial_fit(sets[name][n:])
        yield applied(name, (n, len(sets[name])), {}, before, taken(fitted, NAMES))
