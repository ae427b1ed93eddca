"""FastICA."""

from sklearn.decomposition import FastICA
from vectors import applied, around, attributes, case, taken

KIND = FastICA
SETTINGS = {"n_components": 2}
CLIENTS_OWN = ["fun_args", "w_init"]


def cases(sets):
    rows = [
        ("signals", {"n_components": 3}),
        ("signals", {"n_components": 3, "whiten_solver": "eigh"}),
        ("signals", {"n_components": 3, "algorithm": "deflation"}),
        ("signals", {"n_components": 3, "fun": "exp"}),
        ("signals", {"n_components": 3, "fun": "cube"}),
        ("signals", {"n_components": 3, "algorithm": "deflation", "fun": "cube"}),
        ("signals", {"n_components": 3, "algorithm": "deflation", "fun": "exp"}),
        ("signals", {"n_components": 3, "alpha": 1.5, "random_state": 5}),
        ("signals", {"whiten": "arbitrary-variance", "n_components": 2, "random_state": 2}),
        ("signals", {"n_components": 3, "max_iter": 2}),
        ("iris", {}),
        ("iris", {"n_components": 2, "random_state": 7}),
        ("wine", {"n_components": 4, "max_iter": 1000}),
        ("wide", {"n_components": 2, "max_iter": 1000}),
        ("collinear", {"n_components": 3, "max_iter": 2000}),
        ("huge", {"max_iter": 2000}),
        ("tiny", {"max_iter": 2000}),
        ("heavy_tails", {"n_components": 5, "max_iter": 1000}),
        ("one_column", {}),
    ]
    names = ["components", "mixing", "mean", "whitening", "n_iter"]
    for name, ours in rows:
        yield case(name, ours, attributes(fast_ica(sets[name], ours), names))
    raw = {"whiten": False, "max_iter": 5}
    yield case("signals", raw, attributes(fast_ica(sets["signals"], raw), ["components", "mixing", "n_iter"]))
    # At an offset of 1e8 the reference is the fit of the same data without the offset, with its mean moved by
    # it.
    parameters = {"n_components": 3}
    expected = attributes(fast_ica(sets["signals_offset"] - 1e8, parameters), names)
    expected["mean"]["data"] = [value + 1e8 for value in expected["mean"]["data"]]
    yield case("signals_offset", parameters, expected)


def fast_ica(x, ours):
    theirs = {"random_state": 0} | {key: value for key, value in ours.items() if key != "alpha"}
    if "alpha" in ours:
        theirs["fun_args"] = {"alpha": ours["alpha"]}
    return FastICA(**theirs).fit(x)


def apply(sets):
    rows = [
        ("signals", 300, {"n_components": 3}),
        ("signals", 300, {"n_components": 2, "whiten": "arbitrary-variance"}),
        ("signals", 300, {"whiten": False}),
        ("iris", 100, {"n_components": 2}),
        ("heavy_tails", 200, {"n_components": 5, "max_iter": 1000}),
        ("huge", 50, {"max_iter": 2000}),
    ]
    for name, n, parameters in rows:
        x = sets[name]
        fitted = FastICA(random_state=0, **parameters).fit(x[:n])
        whiten = {key: value for key, value in parameters.items() if key == "whiten"}
        attributes = taken(
            fitted, ["components", "mixing", *([] if whiten == {"whiten": False} else ["mean"])]
        )
        at, to = around(n, x)
        sources = fitted.transform(x[at:to])
        yield applied(name, (at, to), whiten, attributes, {"transform": sources})
        back = {"inverse_transform": fitted.inverse_transform(sources)}
        yield applied(name, (at, to), whiten | {"inverse": True}, attributes | {"X": sources}, back)
