"""Whether scikit-learn accepts each value of each parameter of each estimator, from its own constraints.

    .venv/bin/python test/golden/make_parameters.py    (the environment of make.py)

The estimators are those in estimators/ that name a class of scikit-learn's: KIND, with SETTINGS for a small fit;
BESIDE holds settings beside which a parameter is seen to matter, CLIENTS_OWN the parameters that are not on the
wire, and differs(name, value, taken) says where the wire differs.

Writes parameters.json: by estimator and parameter, values just inside and just outside of each of
`_parameter_constraints`, and a few of every type, each with whether a fit on `X` takes it. A value is a pair of
its type and itself as JSON or text; `test/numerics/parameters.test.ts` and the Python client's
`test_parameters.py` read them.
"""

import numbers
import warnings

import numpy as np
from make import modules
from sklearn.utils._param_validation import Interval, Options, make_constraint
from vectors import write

EVERYWHERE = [None, True, False, -1, 0, 1, 2, -0.5, 0.5, 1.0, 1.5, 2.0, np.nan, np.inf, "foo", "auto"]
NUMPY = [np.int64(2), np.float32(0.5), np.bool_(True)]


def edges(constraint):
    """Values on both sides of an interval's ends."""
    if isinstance(constraint, Interval):
        for end in (constraint.left, constraint.right):
            if end is None or not np.isfinite(end):
                continue
            if constraint.type is numbers.Integral:
                yield from (
                    int(end) - 1,
                    int(end),
                    int(end) + 1,
                    float(end),
                    np.int64(end),
                    np.int64(end - 1),
                )
            else:
                near = max(abs(end), 1.0) * 1e-6
                yield from (float(end - near), float(end), float(end + near), np.float64(end), int(end))
    elif isinstance(constraint, Options):
        yield from constraint.options


def candidates(constraints):
    given = EVERYWHERE + NUMPY
    for constraint in constraints:
        given.extend(edges(make_constraint(constraint)))
    found = {}
    for value in given:
        found.setdefault(repr(encoded(value)), value)
    return sorted(found.values(), key=lambda value: repr(encoded(value)))


def encoded(value):
    """A value's type, and the value itself if JSON can hold it, else its text."""
    kind = type(value).__name__
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return [kind, str(value)]
    return [kind, value]


def taken(kind, settings, x):
    try:
        kind(**settings).fit(x.copy())  # copy=False changes the data in place
    # Max_features=0 passes the check and fails later.
    except (ValueError, TypeError, NotImplementedError, UnboundLocalError):
        return False
    return True


def table(module, x):
    """For each parameter the values that are tried: type, value, and whether scikit-learn accepts it."""
    of = {}
    for name, constraints in module.KIND._parameter_constraints.items():
        settings = module.SETTINGS | getattr(module, "BESIDE", {}).get(name, {})
        if isinstance(constraints, list):
            of[name] = [
                [*encoded(value), taken(module.KIND, settings | {name: value}, x)]
                for value in candidates(constraints)
                if not callable(value)
            ]
    return of


def differing(module, tried):
    """The values that the wire treats otherwise than scikit-learn does, as docs/numerics.md says."""
    differs = getattr(module, "differs", lambda name, value, taken: False)
    return [
        [name, kind, value]
        for name, values in tried.items()
        for kind, value, took in values
        if differs(name, value, took) or (took and name == "random_state" and value is None)
    ]


def main():
    warnings.simplefilter("ignore")
    x = np.abs(np.random.RandomState(0).randn(20, 4)).round(3)
    x[:10] += 3
    of = {name: module for name, module in modules([]) if hasattr(module, "KIND")}
    tried = {name: table(module, x) for name, module in of.items()}
    besides = {name: getattr(module, "BESIDE", {}) for name, module in of.items()}
    written = {
        "X": {"shape": list(x.shape), "data": x.ravel().tolist()},
        "settings": {name: module.SETTINGS for name, module in of.items()},
        "beside": [[name, *each] for name, beside in besides.items() for each in beside.items()],
        "clients_own": {name: getattr(module, "CLIENTS_OWN", []) for name, module in of.items()},
        "differing": {name: differing(module, tried[name]) for name, module in of.items()},
        "taken": tried,
    }
    write("parameters", written)


if __name__ == "__main__":
    main()
