"""Golden vectors for the jump model and for Bayesian online changepoint detection.

    .venv/bin/pip install jumpmodels==0.1.1
    .venv/bin/python test/golden/make_regimes.py

The jump model's come from jumpmodels, its authors' own package. The changepoints' come from a plain
implementation below, which keeps every run length and takes densities and tails from scipy.
"""

import csv

import numpy as np
from jumpmodels.jump import JumpModel
from make import FOLDER, case, data, regimes, write
from scipy.special import gammainc, gammaln, poch
from scipy.stats import invgamma
from scipy.stats import t as student_t


def array(x):
    return {"shape": list(np.shape(x)), "data": np.ravel(x).tolist()}


def jump_cases(sets):
    rows = [
        ("iris", {"n_components": 3, "jump_penalty": 1.0}),
        ("iris", {"n_components": 2, "jump_penalty": 0.0}),
        ("regimes", {"n_components": 2, "jump_penalty": 5.0}),
        ("market", {"n_components": 2, "jump_penalty": 100.0}),
        ("tall", {"n_components": 2, "jump_penalty": 20.0}),
        ("wine", {"n_components": 3, "jump_penalty": 500.0}),
    ]
    for name, parameters in rows:
        fitted = JumpModel(**parameters, n_init=50).fit(sets[name])
        order = np.argsort(fitted.centers_[:, 0])
        rank = np.argsort(order)
        yield case(
            name,
            parameters | {"n_init": 50},
            {
                "objective": array(fitted.val_),
                "cluster_centers": array(fitted.centers_[order]),
                "labels": array(rank[np.asarray(fitted.labels_)]),
                "online": array(rank[np.asarray(fitted.predict_online(sets[name]))]),
            },
        )


def bocpd(x, warmup, expected_run):
    """P(variance above the level) after each row past the warmup."""
    mean, variance = x[:warmup].mean(axis=0), x[:warmup].var(axis=0)
    kappa, alpha = np.ones(1), np.ones(1)
    mu, beta = mean[None].copy(), variance[None].copy()
    prior = (mu.copy(), beta.copy())
    weight = np.ones(1)
    turbulent = []
    for t in range(warmup, len(x)):
        scale = np.sqrt(beta * ((kappa + 1) / (kappa * alpha))[:, None])
        density = student_t.pdf(x[t], 2 * alpha[:, None], mu, scale).prod(axis=1)
        grown = weight * density
        weight = np.append(grown.sum() / expected_run, grown * (1 - 1 / expected_run))
        weight /= weight.sum()
        off = x[t] - mu
        beta = np.vstack([prior[1], beta + (kappa / (2 * (kappa + 1)))[:, None] * off**2])
        mu = np.vstack([prior[0], mu + off / (kappa + 1)[:, None]])
        kappa, alpha = np.append(1.0, kappa + 1), np.append(1.0, alpha + 0.5)
        level = x[: t + 1].var(axis=0)
        tail = invgamma.sf(level, alpha[:, None], scale=beta).mean(axis=1)
        turbulent.append(float(weight @ tail))
    return turbulent


def bocpd_cases():
    with (FOLDER.parent.parent / "examples/data/sp500.csv").open() as lines:
        close = np.array([float(row["close"]) for row in csv.DictReader(lines)])
    sets = {
        "sp500": np.round(100 * np.diff(np.log(close[2000:2801])), 4)[:, None],
        "two_columns": regimes(400, 2, 5),
    }
    for name, x in sets.items():
        yield {
            "name": name,
            "rows": array(x),
            "warmup": 100,
            "expected_run": 250,
            "turbulent": bocpd(x, 100, 250),
        }


def gamma():
    a = np.array([0.5, 1, 1.5, 2, 7.5, 29.5, 30, 30.5, 100, 1234.5, 20_000])
    ratios = np.array([0.01, 0.3, 0.9, 0.99, 1, 1.01, 1.1, 2, 10])
    return {
        "a": a.tolist(),
        "log_gamma": gammaln(a).tolist(),
        "half_step": np.log(poch(a, 0.5)).tolist(),
        "ratios": ratios.tolist(),
        "lower_tail": gammainc(a[:, None], a[:, None] * ratios).tolist(),
    }


def main():
    write("jump_model", list(jump_cases(data())))
    write("gamma", gamma())
    write("bocpd", list(bocpd_cases()))


if __name__ == "__main__":
    main()
