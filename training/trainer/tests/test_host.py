"""The process over real pipes: jobs, failures, cancellation at each stage, the end of the input."""

import resource
import struct
import time
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from jobs import arrays, predict, table, targets
from processes import TrainerProcess
from sklearn.ensemble import RandomForestClassifier

from headgate_trainer.host import EXIT_GARBAGE
from headgate_trainer.pipe import PipeError, read_message


def forest_inputs(rows: int = 240) -> Any:
    X, score = table(rows)
    return {"X": X, "y": targets("classifier", score)}


def test_jobs_one_after_the_other() -> None:
    with TrainerProcess() as process:
        assert process.ready["type"] == "ready"
        assert "random_forest_classifier" in process.ready["trainers"]
        assert process.ready["libraries"]["scikit-learn"].startswith("1.9")
        inputs = forest_inputs()
        for seed in range(2):
            process.fit(
                f"j{seed}", "random_forest_classifier", inputs, {"random_state": seed}, True
            )
            fitted = process.read_until("fitted", "failed")
            library = RandomForestClassifier(random_state=seed).fit(inputs["X"], inputs["y"])
            importances = arrays(fitted["outputs"])["feature_importances"]
            np.testing.assert_array_equal(importances, library.feature_importances_)
            exported = process.read_until("exported", "failed")
            assert exported["job"] == f"j{seed}"
            golden = arrays(exported["golden"]["inputs"])["X"]
            assert len(golden) == 64
            got = predict(exported["onnx"], golden, ["labels", "probabilities"])
            for name, want in arrays(exported["golden"]["outputs"]).items():
                np.testing.assert_array_equal(got[name], want)


def test_a_refused_job_leaves_the_process_as_it_was() -> None:
    with TrainerProcess() as process:
        process.fit("a", "no_such_trainer", forest_inputs(), {})
        assert process.read_until("failed")["message"].startswith("trainer: no_such_trainer")
        process.write({"type": "fit", "job": "b", "inputs": 3, "parameters": {}})
        assert process.read_until("failed")["message"].startswith("inputs: ")
        process.write({"type": "dance"})
        broken = {"datatype": "FP64", "shape": [2, 2], "data": b"123"}
        process.write(
            {
                "type": "fit",
                "job": "c",
                "trainer": "ridge",
                "inputs": {"X": broken},
                "parameters": {},
            }
        )
        assert process.read_until("failed")["message"].startswith("inputs.X: ")
        process.fit("d", "ridge", {"X": np.eye(3), "y": np.arange(3.0)}, {})
        assert process.read_until("fitted", "failed")["type"] == "fitted"


def test_a_second_job_is_refused_while_one_runs() -> None:
    with TrainerProcess() as process:
        process.fit("a", "random_forest_classifier", forest_inputs(), {"n_estimators": 2000})
        process.read_until("progress")
        process.fit("b", "ridge", {"X": np.eye(3), "y": np.arange(3.0)}, {})
        refused = process.read_until("failed")
        assert (refused["job"], refused["code"]) == ("b", "failed_precondition")


SLOW = {
    "forest": ("random_forest_classifier", {"n_estimators": 2000}),
    "boosting": ("gradient_boosting_classifier", {"n_estimators": 2000}),
    "histograms": ("hist_gradient_boosting_classifier", {"max_iter": 20000}),
    "network": ("mlp_classifier", {"max_iter": 200000, "n_iter_no_change": 200000}),
    "pipeline": (
        "pipeline",
        {
            "estimator": {
                "trainer": "random_forest_classifier",
                "parameters": {"n_estimators": 2000},
            }
        },
    ),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_fit_notices_its_cancellation(name: str) -> None:
    trainer, parameters = SLOW[name]
    with TrainerProcess() as process:
        process.fit("a", trainer, forest_inputs(), parameters)
        process.read_until("progress")
        process.write({"type": "cancel", "job": "another"})
        process.write({"type": "cancel", "job": "a"})
        failed = process.read_until("failed", "fitted")
        assert (failed["job"], failed["code"]) == ("a", "cancelled")
        # The process has noticed it by itself and trains on.
        process.fit("b", "ridge", {"X": np.eye(3), "y": np.arange(3.0)}, {})
        assert process.read_until("fitted", "failed")["type"] == "fitted"


def test_an_export_notices_its_cancellation() -> None:
    with TrainerProcess() as process:
        process.fit(
            "a", "random_forest_classifier", forest_inputs(4000), {"n_estimators": 200}, True
        )
        process.read_until("fitted")
        process.write({"type": "cancel", "job": "a"})
        failed = process.read_until("failed", "exported")
        assert (failed["type"], failed["code"]) == ("failed", "cancelled")


def test_a_library_that_never_asks_is_ended() -> None:
    X = np.random.default_rng(0).normal(size=(6000, 40))
    with TrainerProcess() as process:
        process.fit("a", "svr", {"X": X, "y": X[:, 0]}, {"C": 1e9, "epsilon": 0, "tol": 1e-12})
        time.sleep(3)
        process.write({"type": "cancel", "job": "a"})
        assert process.read() is None
        assert process.end() == (0, "")


def test_the_process_ends_with_its_input() -> None:
    with TrainerProcess() as process:
        process.fit("a", "random_forest_classifier", forest_inputs(), {"n_estimators": 2000})
        process.read_until("progress")
        assert process.process.stdin is not None
        process.process.stdin.close()
        assert process.process.wait(20) == 0


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("<I", 5) + b"hello",
        struct.pack("<I", 1) + b"\x93",
        struct.pack("<I", 2) + b"\xc1\xc1",
        struct.pack("<I", 1) + b"\x80",
    ],
    ids=["text", "a cut list", "no MessagePack", "a map without a type"],
)
def test_garbage_ends_the_process(data: bytes) -> None:
    with TrainerProcess() as process:
        process.write_bytes(data)
        code, log = process.end()
        assert code == EXIT_GARBAGE
        assert "the gateway's pipe is broken" in log
        assert "Traceback" not in log


def test_a_false_length_takes_no_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(PipeError, match="ended 4294967195 bytes before"):
        read_message(BytesIO(struct.pack("<I", 0xFFFFFFFF) + b"x" * 100))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1 << 20, "KiB"


def test_an_input_that_ends_within_a_message_ends_the_process() -> None:
    with TrainerProcess() as process:
        process.write_bytes(struct.pack("<I", 0xFFFFFFFF) + b"x" * 100)
        assert process.process.stdin is not None
        process.process.stdin.close()
        assert process.process.wait(20) == EXIT_GARBAGE


def test_the_log_has_no_paths() -> None:
    with TrainerProcess() as process:
        process.fit("a", "mlp_classifier", forest_inputs(), {"max_iter": 2, "random_state": 0})
        process.read_until("fitted")
        assert process.process.stdin is not None
        process.process.stdin.close()
        process.process.wait(20)
        assert process.process.stderr is not None
        log = process.process.stderr.read().decode()
        assert log.startswith("ConvergenceWarning: ")
        assert "/" not in log
