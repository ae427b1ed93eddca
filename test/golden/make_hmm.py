"""Golden vectors for a gaussian_hmm's parameters and inputs beside its rows: hmmlearn's numbers for each.

    .venv/bin/python test/golden/make_hmm.py    (the environment of make.py)

Writes hmm_variants.json, whose cases are about rows of regimes_pair. `fit` has the kinds of covariance, several
sequences, starts that are given in part, `params`, priors and 0 iterations; `apply` has models that were never
fitted, on one sequence and several.
"""

import warnings

import numpy as np
from data_sets import data
from estimators.gaussian_hmm import filtered
from hmmlearn.hmm import GaussianHMM
from vectors import write

KINDS = ("full", "tied", "diag", "spherical")
LENGTHS = [70, 1, 29, 50]


class LearningCovariancesAlone(GaussianHMM):
    """hmmlearn's formulas for learning the covariances while the means stay fixed.

    hmmlearn 0.3.3 adds up a state's rows for its means alone, so that without "m" in `params` its covariances
    are the rows' second moments about 0 divided by 1e-5, or by 0. Its own step is right once it has the sums.
    """

    def _needs_sufficient_statistics_for_mean(self):
        return True


def fitted(sets, kind, *, k=3, lengths=None, start=None, rows=150, **parameters):
    """A case with what hmmlearn learns from the first rows of regimes_pair."""
    x = sets["regimes_pair"][:rows]
    wanted = ["log_likelihood", "n_iter", "history"]
    if "params" not in parameters and lengths is not None:
        wanted += ["smoothed", "filtered", "states"]
    covariances_alone = "m" not in parameters.get("params", "stmc")
    class_ = LearningCovariancesAlone if covariances_alone else GaussianHMM
    settings = {"n_iter": 15, "tol": -1.0, "random_state": 4} | parameters
    model = class_(k, covariance_type=kind, init_params="stmc" if not start else letters(start), **settings)
    model.n_features = x.shape[1]
    for name, value in (start or {}).items():
        setattr(model, name + "_", np.array(value))
    model.fit(x, lengths)
    log_likelihood, smoothed = model.score_samples(x, lengths)
    inputs = whole(start or {}, kind, k, 2)
    if lengths is not None:
        inputs["lengths"] = lengths
    sent = {"n_components": k, "covariance_type": kind, "order": "none"}
    for name, value in settings.items():
        target = inputs if np.ndim(value) else sent
        target[name] = value
    values = {
        "log_likelihood": log_likelihood,
        "smoothed": smoothed,
        "filtered": in_parts(model, x, lengths),
        "states": model.predict(x, lengths),
        "n_iter": model.monitor_.iter,
        "history": np.array(model.monitor_.history),
    }
    expected = attributes(model) | {name: values[name] for name in wanted}
    return {"rows": [0, rows], "parameters": sent, "inputs": shaped(inputs), "expected": shaped(expected)}


def letters(start):
    return "".join(name[0] for name in ("startprob", "transmat", "means", "covars") if name not in start)


def whole(start, kind, k, p):
    """Covariances in the wire's form, a matrix for each state."""
    if "covars" not in start:
        return start
    shape = {"tied": (1, p, p), "diag": (k, 1, p), "spherical": (k, 1, 1), "full": (k, p, p)}[kind]
    covars = np.reshape(start["covars"], shape)
    covars = covars if kind in ("full", "tied") else covars * np.eye(p)
    return start | {"covars": np.broadcast_to(covars, (k, p, p))}


def attributes(model):
    """Covariances in the wire's form: hmmlearn 0.3.3 returns k*p matrices for fitted spherical ones."""
    names = ("startprob", "transmat", "means")
    found = {name: np.array(getattr(model, name + "_")) for name in names}
    k, p = found["means"].shape
    covars = np.reshape(model._covars_, (k, -1))[:, :1] if model.covariance_type == "spherical" else None
    of_model = model._covars_ if covars is None else covars
    return found | whole({"covars": of_model}, model.covariance_type, k, p)


def in_parts(model, x, lengths):
    parts = [x] if lengths is None else np.split(x, np.cumsum(lengths)[:-1])
    return np.concatenate([filtered(model, part) for part in parts])


COVARS = {
    "full": [[[0.5, 0.1], [0.1, 0.4]], [[2.0, -0.3], [-0.3, 3.0]], [[5.0, 0.0], [0.0, 4.0]]],
    "tied": [[1.5, 0.2], [0.2, 1.0]],
    "diag": [[0.5, 0.4], [2.0, 3.0], [5.0, 4.0]],
    "spherical": [0.5, 2.0, 5.0],
}
STARTPROB = [0.6, 0.3, 0.1]
TRANSMAT = [[0.9, 0.06, 0.04], [0.05, 0.9, 0.05], [0.1, 0.1, 0.8]]
MEANS = [[0.0, 0.1], [-0.5, 0.5], [1.0, -1.0]]


def fit_cases(sets):
    for kind in KINDS:
        start = {"startprob": STARTPROB, "transmat": TRANSMAT, "means": MEANS, "covars": COVARS[kind]}
        yield f"{kind}", fitted(sets, kind)
        yield f"{kind}, sequences", fitted(sets, kind, lengths=LENGTHS)
        yield f"{kind}, started", fitted(sets, kind, start=start, lengths=LENGTHS)
        yield f"{kind}, no iteration", fitted(sets, kind, n_iter=0)
        for part in ("startprob", "transmat", "means", "covars"):
            yield f"{kind}, {part} given", fitted(sets, kind, start={part: start[part]}, n_iter=3)
        for params in ("", "s", "t", "m", "c", "st", "mc", "tmc", "stc"):
            found = fitted(sets, kind, start=start, params=params, n_iter=5, lengths=LENGTHS)
            yield f"{kind}, params {params!r}", found
        scale = {"full": (3, 2, 2), "tied": (2, 2), "diag": (3, 2), "spherical": (3, 2)}[kind]
        prior = np.arange(1, 1 + np.prod(scale)).reshape(scale) * 0.1
        prior = prior + np.swapaxes(prior, -1, -2) if kind in ("full", "tied") else prior
        given = {
            "startprob_prior": np.array([3.0, 2.0, 1.5]),
            "transmat_prior": np.array(TRANSMAT) * 10 + 1,
            "means_prior": np.array(MEANS),
            "means_weight": 4.0,
            "covars_prior": prior,
            "covars_weight": 5.0,
        }
        case = fitted(sets, kind, start=start, lengths=LENGTHS, **given)
        wide = whole({"covars": prior if kind != "spherical" else prior[:, :1]}, kind, 3, 2)["covars"]
        case["inputs"] |= shaped({"covars_prior": wide if kind != "spherical" else variances(prior)})
        yield f"{kind}, priors", case
        numbers = {"startprob_prior": 1.5, "transmat_prior": 2.0, "means_prior": 0.7, "means_weight": 30.0}
        yield f"{kind}, priors of a number", fitted(sets, kind, start=start, **numbers, covars_prior=0.3)
    weight = np.array([[1.0, 20.0], [3.0, 0.0], [50.0, 2.0]])
    yield "diag, weights", fitted(sets, "diag", means_prior=np.array(MEANS), means_weight=weight)


def variances(values):
    return np.array([np.diag(row) for row in values])


def apply_cases(sets):
    x = sets["regimes_pair"][280:400]
    for kind in KINDS:
        model = GaussianHMM(3, covariance_type=kind)
        model.startprob_, model.transmat_ = np.array(STARTPROB), np.array(TRANSMAT)
        model.means_, model.covars_ = np.array(MEANS), np.array(COVARS[kind])
        model.n_features = 2
        for lengths in (None, [1, 60, 58, 1]):
            log_likelihood, smoothed = model.score_samples(x, lengths)
            path_log_likelihood, states = model.decode(x, lengths)
            inputs = attributes(model) | ({} if lengths is None else {"lengths": lengths})
            if kind == "diag":
                inputs["covars"] = COVARS["diag"]
            expected = {
                "log_likelihood": log_likelihood,
                "filtered": in_parts(model, x, lengths),
                "smoothed": smoothed,
                "states": states,
                "path_log_likelihood": path_log_likelihood,
            }
            yield (
                f"{kind}, {lengths}",
                {"rows": [280, 400], "inputs": shaped(inputs), "expected": shaped(expected)},
            )


def shaped(values):
    return {k: {"shape": list(np.shape(v)), "data": np.ravel(v).tolist()} for k, v in values.items()}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sets = data()
    cases = {"fit": fit_cases(sets), "apply": apply_cases(sets)}
    write("hmm_variants", {key: [{"name": n} | each for n, each in found] for key, found in cases.items()})
