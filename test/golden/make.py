"""Golden vectors for engines/numerics, from scikit-learn and hmmlearn themselves.

    python -m venv .venv && .venv/bin/pip install -r test/golden/requirements.txt
    .venv/bin/python test/golden/make.py [NAME ...]

Each estimator has a file in estimators/, which is found by its name: cases(sets) gives the cases of its fit (data,
parameters, expected), apply(sets) and update(sets) those of its applications, where it has them. One file is written
for each: NAME.json, NAME.apply.json, NAME.update.json. Without a NAME all are made; the last digits of some depend on
the machine's BLAS, so name those that you mean. The data sets themselves are written when all are made.
"""

import importlib
import sys
import warnings
from pathlib import Path

import numpy as np
from data_sets import data, decomposition_data, risk_data
from vectors import shaped, write

PARTS = {"cases": "", "apply": ".apply", "update": ".update"}


def modules(names):
    """The modules in estimators/ by name; that of jumpmodels only where the package is installed."""
    found = sorted(path.stem for path in (Path(__file__).parent / "estimators").glob("*.py"))
    for name in names or found:
        if name not in found:
            raise SystemExit(f"no estimators/{name}.py; there are {', '.join(found)}")
        try:
            yield name, importlib.import_module(f"estimators.{name}")
        except ModuleNotFoundError as missing:
            print(f"{name}: skipped, as {missing.name} is not installed")


def random_state():
    """numpy's generator, value for value."""
    rng = np.random.RandomState(42)
    uniform = rng.random_sample(700).tolist()
    normal = rng.normal(size=7).tolist()
    dirichlet = rng.dirichlet(np.full(3, 1 / 3)).tolist()
    return {"uniform_last": uniform[-5:], "normal": normal, "dirichlet": dirichlet}


def main(names):
    warnings.simplefilter("ignore")
    own = {"data": data(), "risk_data": risk_data(), "decomposition_data": decomposition_data()}
    sets = {name: x for each in own.values() for name, x in each.items()}
    if not names:
        for file, values in own.items():
            write(file, shaped(values))
        write("random_state", random_state())
    for name, module in modules(names):
        for function, suffix in PARTS.items():
            if hasattr(module, function):
                write(f"{name}{suffix}", list(getattr(module, function)(sets)))


if __name__ == "__main__":
    main(sys.argv[1:])
