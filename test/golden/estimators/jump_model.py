"""The jump model of its authors' own package, jumpmodels 0.1.1."""

import numpy as np
from jumpmodels.jump import JumpModel
from vectors import case, shaped


def cases(sets):
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
            shaped(
                {
                    "objective": fitted.val_,
                    "cluster_centers": fitted.centers_[order],
                    "labels": rank[np.asarray(fitted.labels_)],
                    "online": rank[np.asarray(fitted.predict_online(sets[name]))],
                }
            ),
        )
