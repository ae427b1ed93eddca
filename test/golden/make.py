"""Golden vectors for engines/numerics, from scikit-learn and hmmlearn themselves.

    python -m venv .venv && .venv/bin/pip install -r test/golden/requirements.txt
    .venv/bin/python test/golden/make.py

Writes data.json (inputs by name) and one file an estimator (cases: data, parameters, expected). Data are
rounded so that the files stay small; the rounded numbers are what both sides fit.
"""

import json
import warnings
from pathlib import Path

import numpy as np
from hmmlearn.hmm import GaussianHMM
from scipy.special import logsumexp
from sklearn.cluster import KMeans
from sklearn.covariance import LedoitWolf
from sklearn.datasets import load_iris, load_wine
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

FOLDER = Path(__file__).parent


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


def attributes(fitted, names):
    """The named attributes, without their underscore, as flat lists with their shape."""
    out = {}
    for name in names:
        value = np.asarray(getattr(fitted, name + "_"))
        out[name] = {"shape": list(value.shape), "data": value.ravel().tolist()}
    return out


def scaler_cases(sets):
    for name in ["iris", "wine", "collinear", "constant", "one_row", "offset", "huge", "tiny"]:
        fitted = StandardScaler().fit(sets[name])
        yield case(name, {}, attributes(fitted, ["mean", "var", "scale", "n_samples_seen"]))


def pca_cases(sets):
    full = {"svd_solver": "full"}
    # At an offset of 1e8 scikit-learn's covariance_eigh has no digit left: its full solver is the reference.
    rows = [
        ("iris", {}, {}),
        ("iris", {"n_components": 2}, {"n_components": 2}),
        ("iris", {"n_components": 0.95}, {"n_components": 0.95}),
        ("iris", {"n_components": "mle"}, {"n_components": "mle"}),
        ("iris", full, full),
        ("wine", {}, {}),
        ("collinear", full, full),
        ("constant", full, full),
        ("wide", {}, {}),
        ("offset", {}, full),
        ("huge", full, full),
        ("tiny", full, full),
        ("tall", {}, {}),
        ("market", {}, {}),
        ("market", {"n_components": "mle"}, {"n_components": "mle"}),
        ("long", {"n_components": 5}, {"n_components": 5, "random_state": 0}),
        ("long", {"n_components": 0.9}, {"n_components": 0.9}),
        ("flat", {"n_components": 5, "random_state": 3}, {"n_components": 5, "random_state": 3}),
    ]
    names = ["components", "explained_variance", "explained_variance_ratio", "singular_values", "mean"]
    for name, ours, theirs in rows:
        fitted = PCA(**theirs).fit(sets[name])
        expected = attributes(fitted, [*names, "noise_variance"])
        variance = fitted.explained_variance_
        # Directions without variance are arbitrary: only the first `rank` components are compared.
        yield case(name, ours, expected) | {"rank": int(np.sum(variance > 1e-12 * variance[0]))}


def kmeans_cases(sets):
    rows = [
        ("iris", {"n_clusters": 3}),
        ("iris", {"n_clusters": 3, "n_init": 10, "random_state": 4}),
        ("iris", {"n_clusters": 5, "init": "random", "n_init": 3, "random_state": 1}),
        ("iris", {}),
        ("wine", {"n_clusters": 3, "random_state": 2}),
        ("offset", {"n_clusters": 4}),
        ("duplicates", {"n_clusters": 6}),
        ("one_row", {"n_clusters": 1}),
        ("wide", {"n_clusters": 10}),
        ("long", {"n_clusters": 4, "max_iter": 2}),
        ("regimes", {"n_clusters": 2, "n_init": 10}),
        ("huge", {"n_clusters": 2}),
    ]
    for name, parameters in rows:
        fitted = KMeans(**({"random_state": 0} | parameters)).fit(sets[name])
        yield case(name, parameters, attributes(fitted, ["cluster_centers", "labels", "inertia", "n_iter"]))


def ledoit_wolf_cases(sets):
    names = ["location", "covariance", "shrinkage", "precision"]
    for name in ["iris", "wine", "collinear", "constant", "wide", "one_row", "huge", "tiny", "market"]:
        yield case(name, {}, attributes(LedoitWolf().fit(sets[name]), names))
    centred = LedoitWolf(assume_centered=True).fit(sets["iris"])
    yield case("iris", {"assume_centered": True}, attributes(centred, names))
    yield case("regimes", {}, attributes(LedoitWolf().fit(sets["regimes"]), names))
    # At 1e8 the rounded mean costs scikit-learn's shrinkage 1e-9: the same data without the offset is right.
    expected = attributes(LedoitWolf().fit(sets["offset"] - 1e8), names)
    expected["location"]["data"] = [value + 1e8 for value in expected["location"]["data"]]
    yield case("offset", {}, expected)


def hmm_cases(sets):
    rows = [
        ("regimes", {"n_components": 2}),
        ("regimes", {"n_components": 2, "n_iter": 100, "tol": 1e-4, "random_state": 3}),
        ("regimes", {}),
        ("regimes_pair", {"n_components": 2, "n_iter": 40, "random_state": 1}),
        ("regimes_pair", {"n_components": 3, "covariance_type": "full", "n_iter": 40, "random_state": 2}),
        ("iris", {"n_components": 3, "covariance_type": "full", "n_iter": 20}),
    ]
    for name, parameters in rows:
        yield case(name, parameters, hmm_expected(sets[name], {"random_state": 0} | parameters))
    # hmmlearn's one-pass variances have no digit left at 1e8: the reference is the same series without the
    # offset, its means moved.
    parameters = {"n_components": 2, "n_iter": 20}
    expected = hmm_expected(sets["regimes_offset"] - 1e8, {"random_state": 0} | parameters)
    expected["means"]["data"] = [value + 1e8 for value in expected["means"]["data"]]
    yield case("regimes_offset", parameters, expected)


def hmm_expected(x, parameters):
    model = GaussianHMM(**parameters).fit(x)
    order = np.argsort([np.trace(covariance) for covariance in model.covars_], kind="stable")
    log_likelihood, smoothed = model.score_samples(x)
    rank = np.argsort(order)
    values = {
        "startprob": model.startprob_[order],
        "transmat": model.transmat_[np.ix_(order, order)],
        "means": model.means_[order],
        "covars": model.covars_[order],
        "log_likelihood": log_likelihood,
        "n_iter": len(model.monitor_.history),
        "filtered": filtered(model, x)[:, order],
        "smoothed": smoothed[:, order],
        "states": rank[model.predict(x)],
    }
    return {k: {"shape": list(np.shape(v)), "data": np.ravel(v).tolist()} for k, v in values.items()}


def filtered(model, x):
    """The forward recursion in logarithms; hmmlearn itself offers only the smoothed probabilities."""
    densities = model._compute_log_likelihood(x)
    with np.errstate(divide="ignore"):
        step, state = np.log(model.transmat_), np.log(model.startprob_)
    out = np.empty_like(densities)
    for t, density in enumerate(densities):
        state = density + (state if t == 0 else logsumexp(state[:, None] + step, axis=0))
        out[t] = np.exp(state - logsumexp(state))
    return out


def random_state():
    """numpy's generator, value for value."""
    rng = np.random.RandomState(42)
    uniform = rng.random_sample(700).tolist()
    normal = rng.normal(size=7).tolist()
    dirichlet = rng.dirichlet(np.full(3, 1 / 3)).tolist()
    return {"uniform_last": uniform[-5:], "normal": normal, "dirichlet": dirichlet}


def case(name, parameters, expected):
    return {"data": name, "parameters": parameters, "expected": expected}


def write(name, value):
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(value, separators=(",", ":")) + "\n")
    print(f"{path.name}: {path.stat().st_size} bytes")


def main():
    warnings.simplefilter("ignore")
    sets = data()
    write("data", {name: {"shape": list(x.shape), "data": x.ravel().tolist()} for name, x in sets.items()})
    write("random_state", random_state())
    write("standard_scaler", list(scaler_cases(sets)))
    write("pca", list(pca_cases(sets)))
    write("kmeans", list(kmeans_cases(sets)))
    write("ledoit_wolf", list(ledoit_wolf_cases(sets)))
    write("gaussian_hmm", list(hmm_cases(sets)))


if __name__ == "__main__":
    main()
