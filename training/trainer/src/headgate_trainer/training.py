"""Runs one job: the fit with its scores, then the export and its proof."""

import time

from headgate_trainer.failure import unfit
from headgate_trainer.job import Job
from headgate_trainer.registry import FittedModel, Trainer
from headgate_trainer.tensors import Array, to_tensors

# The gateway takes messages of up to 512 MiB by default; the golden rows go along.
EXPORT_BYTES_MAX = 480 << 20


def train(job: Job, trainer: Trainer) -> None:
    """Fit, send ``fitted``, and where it is asked for export, prove and send ``exported``."""
    trainer.check(job)
    if job.export and not trainer.predictions:
        raise unfit(
            f"{trainer.name}: its result cannot be exported, so it cannot be kept or published"
        )
    job.check()
    model = trainer.fit(job)
    job.check()
    outputs = to_tensors(model.attributes)
    job.send({"type": "fitted", "job": job.name, "fit_ms": model.fit_ms, "outputs": outputs})
    if job.export:
        export(job, model)


def export(job: Job, model: FittedModel) -> None:
    """Convert the model, prove it, and send it."""
    from headgate_trainer.proof import prove

    began = time.perf_counter()
    X, held_out = model.rows(job)
    graph = sendable(model.to_onnx(X[:1]))
    job.check()
    descriptions = DESCRIPTIONS | dict(model.descriptions)
    proof = prove(job, model, graph, X, held_out)
    job.check()
    job.send(
        {
            "type": "exported",
            "job": job.name,
            "convert_ms": (time.perf_counter() - began) * 1000,
            "onnx": graph,
            "inputs": [
                {
                    "name": model.input_name,
                    **_spec(X),
                    **({"allowNonFinite": True} if model.accepts_missing else {}),
                    "description": model.input_text,
                }
            ],
            "outputs": [
                {"name": name, **_spec(values), "description": descriptions[name]}
                for name, values in proof.outputs.items()
            ],
            "golden": {"inputs": to_tensors(proof.inputs), "outputs": to_tensors(proof.outputs)},
            "tolerance": proof.tolerance,
        }
    )


def sendable(graph: bytes) -> bytes:
    """Refuse a model that is larger than one message may be."""
    if len(graph) > EXPORT_BYTES_MAX:
        raise unfit(
            f"export: the model has {len(graph) >> 20} MiB, and at most {EXPORT_BYTES_MAX >> 20} "
            "can be served; fit fewer or smaller trees, or fewer rows"
        )
    return graph


DESCRIPTIONS = {
    "labels": "The predicted class of each row.",
    "probabilities": "The probability of each class, in the order of the fit's `classes`.",
    "predictions": "The predicted value of each row.",
}


def _spec(values: Array) -> dict[str, object]:
    kinds = {"f": f"FP{8 * values.dtype.itemsize}", "i": "INT64"}
    datatype = kinds.get(values.dtype.kind, "BYTES")
    return {"datatypes": [datatype], "shape": ["batch", *values.shape[1:]]}
