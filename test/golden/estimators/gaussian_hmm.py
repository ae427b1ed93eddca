"""hmmlearn's GaussianHMM."""

import numpy as np
from hmmlearn.hmm import GaussianHMM
from scipy.special import logsumexp
from vectors import (
    applied,
    around,
    case,
    taken,
)


def cases(sets):
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
    # hmmlearn's one-pass variances lose all digits at an offset of 1e8: the reference is the fit of the same
    # series without the offset, with its means moved by it.
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


def fitted_models(sets):
    rows = [
        ("regimes", 400, {"n_components": 2}),
        ("regimes_pair", 300, {"n_components": 3, "covariance_type": "full"}),
        ("regimes_pair", 200, {"n_components": 2}),
    ]
    for name, n, parameters in rows:
        x = sets[name]
        model = GaussianHMM(random_state=0, n_iter=20, **parameters).fit(x[:n])
        yield name, n, x, model, taken(model, ["startprob", "transmat", "means"]) | {"covars": model.covars_}


def apply(sets):
    for name, n, x, model, attributes in fitted_models(sets):
        rows = around(n, x, 40)
        x = x[slice(*rows)]
        log_likelihood, smoothed = model.score_samples(x)
        expected = {
            "log_likelihood": log_likelihood,
            "filtered": filtered(model, x),
            "smoothed": smoothed,
            "states": model.predict(x),
        }
        yield applied(name, rows, {}, attributes, expected)


def update(sets):
    """hmmlearn has no update: log p(rest | first) is computed as the difference of two of its scores."""
    for name, n, x, model, attributes in fitted_models(sets):
        del attributes["startprob"]
        to = n + 50
        whole = filtered(model, x[:to])
        expected = {"filtered": whole[n:], "log_likelihood": model.score(x[:to]) - model.score(x[:n])}
        yield applied(name, (n, to), {}, attributes | {"filtered": whole[:n][-3:]}, expected)
