"""LedoitWolf."""

from sklearn.covariance import LedoitWolf
from vectors import attributes, case, covariance_apply, shrunk_update

KIND = LedoitWolf
SETTINGS = {}
CLIENTS_OWN = ["block_size"]


def cases(sets):
    names = ["location", "covariance", "shrinkage", "precision"]
    for name in ["iris", "wine", "collinear", "constant", "wide", "one_row", "huge", "tiny", "market"]:
        yield case(name, {}, attributes(LedoitWolf().fit(sets[name]), names))
    centred = LedoitWolf(assume_centered=True).fit(sets["iris"])
    yield case("iris", {"assume_centered": True}, attributes(centred, names))
    yield case("regimes", {}, attributes(LedoitWolf().fit(sets["regimes"]), names))
    # At an offset of 1e8 the rounding of the mean changes scikit-learn's shrinkage by 1e-9: the reference is
    # the fit of the same data without the offset.
    expected = attributes(LedoitWolf().fit(sets["offset"] - 1e8), names)
    expected["location"]["data"] = [value + 1e8 for value in expected["location"]["data"]]
    yield case("offset", {}, expected)


def apply(sets):
    rows = [("iris", 100, True), ("wine", 60, True), ("wine", 60, False), ("collinear", 60, True)]
    return covariance_apply(sets, LedoitWolf, [*rows, ("wide", 10, True), ("offset", 50, True)])


def update(sets):
    return shrunk_update(sets, LedoitWolf)
