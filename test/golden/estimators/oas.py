"""OAS."""

from sklearn.covariance import OAS
from vectors import covariance_apply, covariance_cases, shrunk_update

KIND = OAS
SETTINGS = {}


def cases(sets):
    return covariance_cases(OAS, sets, ["location", "covariance", "precision", "shrinkage"])


def apply(sets):
    rows = [("iris", 100, True), ("wine", 60, True), ("wine", 60, False), ("collinear", 60, True)]
    return covariance_apply(sets, OAS, rows)


def update(sets):
    return shrunk_update(sets, OAS)
