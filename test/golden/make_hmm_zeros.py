"""Golden vectors for hidden Markov models with exact zeros: every possible path, added up one by one.

    .venv/bin/python test/golden/make_hmm_zeros.py    (the environment of make.py)

Writes hmm_zeros.json: `apply`, cases of a model and a series with what the sum over all its paths gives, and
`fit`, starts with zeros and what hmmlearn learns from them. hmmlearn's own scores are held against the
enumeration before anything is written: two roads to each number.
"""

import warnings

import numpy as np
from hmmlearn.hmm import GaussianHMM
from scipy.special import logsumexp
from scipy.stats import norm
from vectors import write

ABSORBING = [[0.99, 0.01], [0.0, 1.0]]
LEFT_RIGHT = [[0.9, 0.1, 0.0], [0.0, 0.9, 0.1], [0.0, 0.0, 1.0]]
TINY = [[0.5, 0.5], [1e-250, 1.0]]


def series():
    """By name: startprob, transmat, means, variances, X [n,1]."""
    rng = np.random.RandomState(0)
    there_and_back = np.r_[rng.randn(100), rng.randn(100) + 5, rng.randn(100)]
    steps = np.r_[rng.randn(20), rng.randn(20) + 5, rng.randn(20) + 10]
    far = np.array([0.0, 40.0, 41.0, 0.0, 1.0, -39.0, 0.0, 40.0])
    cyclic = [[0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.5, 0.0, 0.5]]
    return {
        "absorbing": ([1, 0], ABSORBING, [0, 5], [1, 1], there_and_back),
        "left_right": ([1, 0, 0], LEFT_RIGHT, [0, 5, 10], [1, 1, 1], steps),
        "left_right_back": ([1, 0, 0], LEFT_RIGHT, [0, 5, 10], [1, 1, 1], np.r_[steps[:50], steps[:6]]),
        "absorbing_far": ([0.5, 0.5], ABSORBING, [0, 40], [1, 1], far),
        "cyclic_far": ([0.2, 0.3, 0.5], cyclic, [0, 40, -40], [1, 2, 0.5], far),
        "tiny": ([1, 0], TINY, [0, 40], [1, 1], far),
        "identity": ([0.5, 0.5], [[1, 0], [0, 1]], [0, 40], [1, 1], far),
    }


def paths(startprob, transmat, densities):
    """Every possible path and log p(X, path)."""
    with np.errstate(divide="ignore"):
        log_start, log_step = np.log(startprob), np.log(transmat)
    found = [((j,), log_start[j] + densities[0, j]) for j in range(len(startprob)) if startprob[j] > 0]
    for row in densities[1:]:
        found = [
            ((*path, j), value + log_step[path[-1], j] + row[j])
            for path, value in found
            for j in range(len(row))
            if transmat[path[-1], j] > 0
        ]
    return [path for path, _ in found], np.array([value for _, value in found])


def posterior(states, values, k):
    """The probability of each state of each row, from paths [paths,n] and their logarithms."""
    weights = np.exp(values - logsumexp(values))
    return np.stack([[weights[column == j].sum() for j in range(k)] for column in np.transpose(states)])


def enumerated(startprob, transmat, means, variances, x):
    densities = norm.logpdf(x[:, None], means, np.sqrt(variances))
    k = len(startprob)
    states, values = paths(startprob, transmat, densities)
    filtered = []
    for t in range(1, len(x) + 1):
        filtered.append(posterior(*paths(startprob, transmat, densities[:t]), k)[-1])
    return {
        "log_likelihood": logsumexp(values),
        "smoothed": posterior(states, values, k),
        "filtered": np.array(filtered),
        "states": np.array(states[int(values.argmax())]),
    }


def model_of(startprob, transmat, means, variances, **parameters):
    model = GaussianHMM(len(startprob), covariance_type="full", init_params="", **parameters)
    model.startprob_, model.transmat_ = np.array(startprob, float), np.array(transmat, float)
    model.means_ = np.array(means, float)[:, None]
    model.covars_ = np.array(variances, float)[:, None, None]
    model.n_features = 1
    return model


def attributes(model):
    names = ("startprob", "transmat", "means", "covars")
    return {name: getattr(model, name + "_").copy() for name in names}


def apply_cases():
    for name, (startprob, transmat, means, variances, x) in series().items():
        model = model_of(startprob, transmat, means, variances)
        exact = enumerated(np.array(startprob, float), np.array(transmat, float), means, variances, x)
        log_likelihood, smoothed = model.score_samples(x[:, None])
        assert np.isclose(log_likelihood, exact["log_likelihood"], rtol=1e-12, atol=0), name
        assert np.allclose(smoothed, exact["smoothed"], rtol=0, atol=1e-9), name
        assert (model.predict(x[:, None]) == exact["states"]).all(), name
        yield {
            "name": name,
            "inputs": shaped(attributes(model) | {"X": x[:, None]}),
            "expected": shaped(exact),
        }


def fit_cases():
    rng = np.random.RandomState(0)
    steps = np.r_[rng.randn(40), rng.randn(40) + 5, rng.randn(40) + 10][:, None]
    there_and_back = np.r_[rng.randn(60), rng.randn(60) + 5, rng.randn(60)][:, None]
    starts = {
        "left_right": ([1, 0, 0], LEFT_RIGHT, [1, 4, 8], [1, 1, 1], steps),
        "absorbing": ([1, 0], ABSORBING, [0.5, 4], [1, 1], there_and_back),
    }
    for name, (startprob, transmat, means, variances, x) in starts.items():
        model = model_of(startprob, transmat, means, variances, n_iter=20)
        inputs = attributes(model) | {"X": x}
        model.fit(x)
        log_likelihood, smoothed = model.score_samples(x)
        learned = attributes(model) | {
            "log_likelihood": log_likelihood,
            "smoothed": smoothed,
            "states": model.predict(x),
            "n_iter": model.monitor_.iter,
        }
        yield {"name": name, "inputs": shaped(inputs), "expected": shaped(learned)}


def shaped(values):
    return {k: {"shape": list(np.shape(v)), "data": np.ravel(v).tolist()} for k, v in values.items()}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    write("hmm_zeros", {"apply": list(apply_cases()), "fit": list(fit_cases())})
