"""The life of the process: jobs come one by one, a cancellation may come at any time.

A thread reads the messages, so that a cancellation is seen while a library computes. Most trainings
notice it at their next iteration. A library that computes in C without ever asking is given
``GRACE_SECONDS``; then the process ends, and the gateway answers for the job and starts another.
"""

import os
import queue
import sys
import threading
from typing import Any, BinaryIO

from headgate_trainer.explanation import explain
from headgate_trainer.failure import TrainingError, invalid
from headgate_trainer.job import Job
from headgate_trainer.pipe import Message, MessageWriter, PipeError, read_message
from headgate_trainer.registry import installed_trainers
from headgate_trainer.tensors import to_arrays
from headgate_trainer.training import train
from headgate_trainer.versions import has_cuda, library_versions

GRACE_SECONDS = 0.5
EXIT_GARBAGE = 3


class Host:
    """Serves one gateway over two pipes."""

    def __init__(self, source: BinaryIO, target: BinaryIO, threads: int) -> None:
        self._source = source
        self._writer = MessageWriter(target)
        self._threads = threads
        self._jobs: queue.Queue[Job] = queue.Queue()
        self._lock = threading.Lock()
        self._current: Job | None = None
        self._trainers = installed_trainers()

    def run(self) -> None:
        """Tell that the process is ready, then train whatever comes."""
        self._writer.write(
            {
                "type": "ready",
                "libraries": library_versions(),
                "trainers": list(self._trainers),
                "cuda": has_cuda(),
            }
        )
        threading.Thread(target=self._read, daemon=True).start()
        import_libraries()
        while True:
            self._train(self._jobs.get())

    def _read(self) -> None:
        try:
            while (message := read_message(self._source)) is not None:
                self._take(message)
        except (PipeError, MemoryError) as error:
            print(
                f"the gateway's pipe is broken: {str(error) or 'too long a message'}",
                file=sys.stderr,
                flush=True,
            )
            os._exit(EXIT_GARBAGE)
        os._exit(0)

    def _take(self, message: Message) -> None:
        name = message.get("job")
        if message["type"] == "fit" and isinstance(name, str):
            try:
                job = self._job_of(name, message)
            except TrainingError as failure:
                self._writer.write(failed(name, failure))
                return
            self._begin(job)
        elif message["type"] == "cancel":
            with self._lock:
                job_now = self._current
            if job_now is not None and job_now.name == name:
                job_now.cancelled.set()
                timer = threading.Timer(GRACE_SECONDS, self._end_unless_noticed, [job_now])
                timer.daemon = True
                timer.start()
        else:
            print(f"a message of type {message['type']!r} was ignored", file=sys.stderr, flush=True)

    def _job_of(self, name: str, message: Message) -> Job:
        inputs, parameters = message.get("inputs"), message.get("parameters")
        if not isinstance(inputs, dict):
            raise invalid("inputs: must be a map of tensors")
        if not isinstance(parameters, dict):
            raise invalid("parameters: must be a map")
        return Job(
            name=name,
            trainer=str(message.get("trainer")),
            inputs=to_arrays(inputs),
            parameters=parameters,
            export=message.get("export") is True,
            threads=self._threads,
            send=self._send,
            checkpoint_state=message.get("checkpoint"),
        )

    def _begin(self, job: Job) -> None:
        with self._lock:
            busy = self._current is not None
            if not busy:
                self._current = job
        if busy:
            failure = TrainingError("failed_precondition", "this process trains another job now")
            self._writer.write(failed(job.name, failure))
        else:
            self._jobs.put(job)

    def _train(self, job: Job) -> None:
        failure: TrainingError | None = None
        try:
            trainer = self._trainers.get(job.trainer)
            if trainer is None:
                raise invalid(f"trainer: {job.trainer} is not installed here")
            job.check()
            train(job, trainer)
        except BaseException as error:
            failure = explain(error, job)
        with self._lock:
            self._current = None
        if failure is not None:
            self._writer.write(failed(job.name, failure))

    def _send(self, message: Message) -> None:
        """Send a message of the current job.

        The gateway may send the next job as soon as it has the last message of this one, so the
        place is free before that message goes.
        """
        with self._lock:
            job = self._current
            last = "exported" if job is not None and job.export else "fitted"
            if message["type"] == last:
                self._current = None
        self._writer.write(message)

    def _end_unless_noticed(self, job: Job) -> None:
        """End without an answer: after one, the gateway would send the next job here."""
        with self._lock:
            if self._current is job:
                os._exit(0)


def failed(job: str, failure: TrainingError) -> dict[str, Any]:
    """Make the message of a training that has failed."""
    return {"type": "failed", "job": job, "code": failure.code, "message": failure.message}


def import_libraries() -> None:
    """Import what the first job would wait for: 1.5 s of scikit-learn, 0.3 s of ONNX."""
    import onnx  # noqa: F401
    import onnxruntime  # noqa: F401
    import sklearn.ensemble
    import sklearn.linear_model
    import sklearn.neural_network  # noqa: F401
