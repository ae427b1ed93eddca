"""The form of a golden vector, and the vectors that several covariance estimators share."""

import json
from pathlib import Path

import numpy as np
from sklearn.covariance import EmpiricalCovariance, LedoitWolf

FOLDER = Path(__file__).parent


def case(name, parameters, expected):
    return {"data": name, "parameters": parameters, "expected": expected}


def applied(name, rows, parameters, attributes, expected):
    return {
        "data": name,
        "rows": rows,
        "parameters": parameters,
        "attributes": shaped(attributes),
        "expected": shaped(expected),
    }


def attributes(fitted, names):
    """The named attributes without their trailing underscore, as flat lists with their shape."""
    out = {}
    for name in names:
        value = np.asarray(getattr(fitted, name + "_"))
        out[name] = {"shape": list(value.shape), "data": value.ravel().tolist()}
    return out


def taken(fitted, names):
    return {name: getattr(fitted, name + "_") for name in names}


def around(n, x, size=12):
    """The bounds of some rows on both sides of row n."""
    return max(0, n - size), min(len(x), n + size)


def shaped(values=(), **more):
    """Each array as a flat list with its shape."""
    every = dict(values) | more
    return {k: {"shape": list(np.shape(v)), "data": np.ravel(v).tolist()} for k, v in every.items()}


def write(name, value):
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(value, separators=(",", ":")) + "\n")
    print(f"{path.name}: {path.stat().st_size} bytes")


def covariance_cases(estimator, sets, names):
    awkward = ["collinear", "constant", "wide", "one_row", "huge", "tiny"]
    for name in ["iris", "wine", *awkward, "market", "regimes"]:
        yield case(name, {}, attributes(estimator().fit(sets[name]), names))
    centred = estimator(assume_centered=True).fit(sets["iris"])
    yield case("iris", {"assume_centered": True}, attributes(centred, names))
    # As for Ledoit and Wolf: at an offset of 1e8 the reference is the fit of the same data without the
    # offset.
    expected = attributes(estimator().fit(sets["offset"] - 1e8), names)
    expected["location"]["data"] = [value + 1e8 for value in expected["location"]["data"]]
    yield case("offset", {}, expected)


def covariance_apply(sets, estimator, rows):
    for name, n, store in rows:
        x = sets[name]
        fitted = estimator(store_precision=store).fit(x[:n])
        names = ["location", "covariance", *(["precision"] if store else [])]
        rows = around(n, x)
        some = x[slice(*rows)]
        expected = {"mahalanobis": fitted.mahalanobis(some), "score": fitted.score(some)}
        yield applied(name, rows, {}, taken(fitted, names), expected)


def shrunk_update(sets, estimator):
    """The request holds the moments of the first rows, by their definition; the reference fits all rows."""
    rows = [
        ("iris", 100, {}),
        ("wine", 60, {}),
        ("collinear", 30, {}),
        ("wine", 1, {}),
        ("wide", 4, {}),
        ("iris", 60, {"assume_centered": True}),
        ("huge", 20, {}),
        ("tiny", 20, {}),
    ]
    for name, n, parameters in rows:
        x = sets[name]
        yield shrunk_case(name, n, parameters, estimator, x, 0)
    yield shrunk_case("offset", 50, {}, estimator, sets["offset"] - 1e8, 1e8)


def shrunk_case(name, n, parameters, estimator, x, offset):
    """A case whose reference is the fit of x without the offset, with the locations moved by it."""
    before = EmpiricalCovariance(**parameters).fit(x[:n])
    after = estimator(**parameters).fit(x)
    whole = EmpiricalCovariance(**parameters).fit(x)
    location = before.location_ + offset
    attributes = {
        "location": location,
        "location_remainder": before.location_ - (location - offset),
        "n_samples": n,
        **moments(before, x[:n], estimator),
    }
    expected = {
        "location": after.location_ + offset,
        "n_samples": len(x),
        **taken(after, ["covariance", "precision", "shrinkage"]),
        **moments(whole, x, estimator),
    }
    if name in ["collinear", "huge", "tiny"]:
        del expected["precision"]
    return applied(name, (n, len(x)), parameters, attributes, expected)


def moments(fitted, x, estimator):
    about = x - fitted.location_
    squares = (about**2).sum(axis=1)
    third = {"third_moments": (squares[:, None] * about).mean(axis=0), "fourth_moment": (squares**2).mean()}
    return {"empirical_covariance": fitted.covariance_} | (third if estimator is LedoitWolf else {})
