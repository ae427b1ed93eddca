"""scikit-learn's own checks against the drop-ins, with fallback forbidden."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from drop_ins import DROP_INS
from gateway_process import GatewayProcess
from sklearn.utils.estimator_checks import parametrize_with_checks

import headgate

# Each excused check, and why. cuML excuses dozens.
EXCUSED: dict[str, dict[str, str]] = {
    "KMeans": {
        "check_sample_weight_equivalence_on_dense_data": (
            "repeated rows draw other starts than weighted ones; scikit-learn excuses its own, too"
        )
    }
}

SETTINGS: dict[str, dict[str, Any]] = {"NMF": {"max_iter": 500}}
"""As scikit-learn checks its own."""

ESTIMATORS = [each(**SETTINGS.get(each.__name__, {})) for each in DROP_INS]


@pytest.fixture(scope="module", autouse=True)
def no_fallback(gateway: GatewayProcess) -> Iterator[None]:
    headgate.configure(gateway.url, fallback=False, timeout=60)
    yield
    headgate.configure()


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(
    ESTIMATORS, expected_failed_checks=lambda estimator: EXCUSED.get(type(estimator).__name__, {})
)
def test_estimators_are_scikit_learns(estimator: Any, check: Any) -> None:
    check(estimator)


def test_few_are_excused() -> None:
    assert sum(map(len, EXCUSED.values())) < 10
