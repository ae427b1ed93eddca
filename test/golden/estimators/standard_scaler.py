"""StandardScaler."""

from sklearn.preprocessing import StandardScaler
from vectors import applied, around, attributes, case, taken

KIND = StandardScaler
SETTINGS = {}
CLIENTS_OWN = ["copy"]


def cases(sets):
    for name in ["iris", "wine", "collinear", "constant", "one_row", "offset", "huge", "tiny"]:
        fitted = StandardScaler().fit(sets[name])
        yield case(name, {}, attributes(fitted, ["mean", "var", "scale", "n_samples_seen"]))


def apply(sets):
    rows = [("iris", 100, {}), ("constant", 30, {}), ("offset", 50, {}), ("tiny", 60, {}), ("huge", 60, {})]
    rows += [("wine", 60, {"with_mean": False}), ("wine", 60, {"with_std": False})]
    for name, n, parameters in rows:
        x = sets[name]
        fitted = StandardScaler(**parameters).fit(x[:n])
        used = [a for a in ["mean", "scale"] if getattr(fitted, a + "_") is not None]
        attributes = taken(fitted, used)
        at, to = around(n, x)
        scaled = fitted.transform(x[at:to])
        yield applied(name, (at, to), parameters, attributes, {"transform": scaled})
        back = {"inverse_transform": fitted.inverse_transform(scaled)}
        yield applied(name, (at, to), parameters | {"inverse": True}, attributes | {"X": scaled}, back)


def update(sets):
    rows = [("iris", 100, {}), ("constant", 30, {}), ("offset", 50, {}), ("wine", 1, {})]
    for name, n, parameters in [*rows, ("wine", 60, {"with_std": False})]:
        fitted = StandardScaler(**parameters).fit(sets[name][:n])
        names = ["mean", "n_samples_seen"] + ([] if fitted.var_ is None else ["var"])
        attributes = taken(fitted, names)
        fitted.partial_fit(sets[name][n:])
        after = names + ([] if fitted.scale_ is None else ["scale"])
        yield applied(name, (n, len(sets[name])), parameters, attributes, taken(fitted, after))
