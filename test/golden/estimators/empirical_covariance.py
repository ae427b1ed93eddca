"""EmpiricalCovariance."""

from sklearn.covariance import EmpiricalCovariance
from vectors import applied, covariance_apply, covariance_cases, taken

KIND = EmpiricalCovariance
SETTINGS = {}


def cases(sets):
    return covariance_cases(EmpiricalCovariance, sets, ["location", "covariance", "precision"])


def apply(sets):
    plain = [("iris", 100, True), ("tall", 120, False), ("offset", 50, True)]
    return covariance_apply(sets, EmpiricalCovariance, plain)


def update(sets):
    rows = [
        ("iris", 100, {}),
        ("collinear", 30, {}),
        ("wine", 1, {}),
        ("iris", 60, {"assume_centered": True}),
    ]
    for name, n, parameters in rows:
        x = sets[name]
        before = EmpiricalCovariance(**parameters).fit(x[:n])
        after = EmpiricalCovariance(**parameters).fit(x)
        attributes = taken(before, ["location", "covariance"]) | {"n_samples": n}
        expected = taken(after, ["location", "covariance"]) | {"n_samples": len(x)}
        yield applied(name, (n, len(x)), parameters, attributes, expected)
