"""A trainer's process over real pipes, as the gateway runs it."""

import os
import struct
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import msgpack

from headgate_trainer.pipe import read_message
from headgate_trainer.tensors import Arrays, to_tensors

SOURCE = Path(__file__).resolve().parents[1] / "src"


class TrainerProcess:
    """Starts the process and talks with it; ``log`` is what it wrote to standard error."""

    def __init__(self) -> None:
        answers, target = os.pipe()
        # The shell moves the pipe's end to descriptor 3, whatever number it has here.
        command = f'exec "{sys.executable}" -m headgate_trainer 3>&{target}'
        environment = {**os.environ, "PYTHONPATH": str(SOURCE), "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            ["bash", "-c", command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=[target],
            env=environment,
        )
        os.close(target)
        self._answers: BinaryIO = os.fdopen(answers, "rb")
        ready = self.read()
        assert ready is not None
        self.ready = ready

    def __enter__(self) -> "TrainerProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stderr, self._answers):
            assert stream is not None
            stream.close()

    def write_bytes(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def write(self, message: Mapping[str, Any]) -> None:
        body = msgpack.packb(message)
        self.write_bytes(struct.pack("<I", len(body)) + body)

    def fit(
        self,
        job: str,
        trainer: str,
        inputs: Arrays,
        parameters: Mapping[str, Any],
        export: bool = False,
    ) -> None:
        message = {"type": "fit", "job": job, "trainer": trainer, "parameters": parameters}
        self.write({**message, "export": export, "inputs": to_tensors(inputs)})

    def read(self) -> dict[str, Any] | None:
        return read_message(self._answers)

    def read_until(self, *kinds: str) -> dict[str, Any]:
        while True:
            message = self.read()
            assert message is not None, self.end()
            if message["type"] in kinds:
                return message

    def end(self) -> tuple[int, str]:
        """Wait for the end of the process; answer its exit code and its log."""
        _, log = self.process.communicate(timeout=20)
        return self.process.returncode, log.decode()
