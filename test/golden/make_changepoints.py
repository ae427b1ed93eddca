"""Golden vectors for Bayesian online changepoint detection.

    .venv/bin/python test/golden/make_changepoints.py

They come from a plain implementation below, which keeps every run length and takes densities and tails from scipy.
"""

import csv

import numpy as np
from data_sets import regimes
from scipy.special import gammainc, gammaln, poch
from scipy.stats import invgamma
from scipy.stats import t as student_t
from vectors import FOLDER, write


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
            "rows": {"shape": list(np.shape(x)), "data": np.ravel(x).tolist()},
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
    write("gamma", gamma())
    write("bocpd", list(bocpd_cases()))


if __name__ == "__main__":
    main()
