"""The inputs of the golden vectors, by name.

The numbers are rounded to keep the files small; both sides fit the rounded numbers.
"""

import numpy as np
from sklearn.datasets import load_iris, load_wine

KINDS = ["full", "tied", "diag", "spherical"]


def factors(rows, columns, rank, seed, decimals=3):
    """Columns that share `rank` factors of falling strength, plus noise: like returns of one market."""
    rng = np.random.default_rng(seed)
    strength = 4.0 * 0.7 ** np.arange(rank)
    common = (rng.normal(size=(rows, rank)) * strength) @ rng.normal(size=(rank, columns))
    return np.round(common + 0.3 * rng.normal(size=(rows, columns)), decimals)


def regimes(rows, columns, seed):
    """Returns in percent that switch between a calm and a turbulent state."""
    rng = np.random.default_rng(seed)
    state, out = 0, []
    for _ in range(rows):
        if rng.random() < (0.02 if state == 0 else 0.05):
            state = 1 - state
        out.append(rng.normal(0.05 - 0.15 * state, 0.6 if state == 0 else 2.2, size=columns))
    return np.round(np.array(out), 4)


def data():
    rng = np.random.default_rng(7)
    base = np.round(rng.normal(size=(60, 3)), 4)
    return {
        "iris": load_iris().data,
        "wine": load_wine().data,
        "collinear": np.column_stack([base, base[:, 0] + base[:, 1], 2 * base[:, 2]]),
        "constant": np.column_stack([base[:40, 0], np.full(40, 0.1), base[:40, 1]]),
        "wide": np.round(rng.normal(size=(10, 30)), 4),
        "one_row": np.array([[1.5, -2.0, 0.25, 3.0]]),
        "offset": 1e8 + np.round(rng.normal(size=(80, 3)) * [1, 2, 0.5], 4),
        "duplicates": np.repeat(np.round(rng.normal(size=(6, 2)), 2), 5, axis=0),
        "huge": base * 1e30,
        "tiny": base * 1e-30,
        "tall": factors(240, 12, 4, 1),
        "market": factors(252, 50, 6, 2),
        "long": factors(510, 60, 8, 3),
        "flat": factors(510, 60, 8, 4).T,
        "regimes": regimes(500, 1, 5),
        "regimes_offset": 1e8 + regimes(300, 1, 5),
        "regimes_pair": regimes(400, 2, 6),
    }


def risk_data():
    rng = np.random.default_rng(11)
    returns = np.round(regimes(160, 2, 12) / 100, 6)
    return {
        "returns": returns,
        "prices": np.round(100 * np.cumprod(1 + returns, axis=0), 4),
        "outliers": np.round(rng.normal(size=(400, 4)) * np.repeat([1, 5], [380, 20])[:, None], 3),
        "many": np.round(rng.standard_t(4, size=(2500, 2)), 2),
        "nearly_all": np.round(rng.normal(size=(257, 2)), 2),
    }


def decomposition_data():
    rng = np.random.default_rng(11)
    t = np.arange(400) / 50
    signals = np.column_stack([np.sin(2 * t), np.sign(np.sin(3 * t)), 2 * (t % 1) - 1])
    mixing = np.array([[1.0, 1.0, 1.0], [0.5, 2.0, 1.0], [1.5, 1.0, 2.0], [-1.0, 0.3, 0.7]])
    centres = np.array([[0, 0, 0, 0, 0], [6, 0, 1, 0, -2], [0, 5, -3, 2, 0], [-4, -4, 2, 6, 3]])
    label = rng.integers(0, 4, size=320)
    spread = np.array([0.6, 1.0, 1.4, 0.8])[label, None]
    angle = np.pi * rng.random(240)
    moons = np.column_stack([np.cos(angle), np.sin(angle)])
    moons[120:] = [1, 0.5] - moons[120:]
    lattice = np.stack(np.meshgrid(np.arange(9.0), np.arange(7.0)), axis=-1).reshape(-1, 2)
    heavy = rng.standard_t(3, size=(252, 50)) @ (np.eye(50) + 0.1 * rng.normal(size=(50, 50)))
    mixed = np.round((signals + 0.05 * rng.normal(size=signals.shape)) @ mixing.T, 4)
    base = data()
    signed = ["duplicates", "collinear", "huge", "tiny", "one_row"]
    return {
        "signals": mixed,
        "signals_offset": 1e8 + mixed[:150],
        "blobs": np.round(centres[label] + spread * rng.normal(size=(320, 5)), 3),
        "moons": np.round(moons + 0.06 * rng.normal(size=(240, 2)), 3),
        "lattice": lattice[rng.permutation(len(lattice))],
        "heavy_tails": np.round(heavy, 3),
        "counts": counts(rng, 120, 4, 25),
        "counts_wide": counts(rng, 12, 3, 40),
        "positive": np.abs(factors(252, 50, 5, 9)),
        **{f"absolute_{name}": np.abs(base[name]) for name in signed},
        "one_column": base["wine"][:, :1],
        "zeros": np.outer([1.0, 0, 2, 0, 3], [0.0, 1, 0, 2]),
    }


def counts(rng, rows, parts, columns):
    """Counts of events that are sums of a few parts."""
    rates = rng.gamma(1.0, 2.0, size=(rows, parts)) @ rng.gamma(0.5, 1.5, size=(parts, columns))
    return rng.poisson(rates).astype(float)
