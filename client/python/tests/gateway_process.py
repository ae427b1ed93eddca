"""The built gateway as a child process, with a data folder of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
_PROGRAM = ROOT / "dist" / "gateway" / "main.js"
_HOLD = ROOT / "dist" / "load-tests" / "harness" / "end-with-parent.js"
_READY_WITHIN_S = 60


class GatewayProcess:
    """Started, ready to answer, and ended by its id."""

    def __init__(self, config: dict[str, Any] | None = None, port: int = 0) -> None:
        if not _PROGRAM.exists():
            raise RuntimeError("the gateway is not built: run npm run build")
        self._folder = tempfile.TemporaryDirectory(prefix="headgate-python-")
        file = Path(self._folder.name) / "gateway.json"
        file.write_text(json.dumps(config or {}))
        data = str(Path(self._folder.name) / "data")
        flags = ["--port", str(port), "--models", str(ROOT / "models"), "--data", data, "--config", str(file)]
        self._start(flags, {})
        flags[1] = str(self.port)
        self._flags = flags
        self.url = f"ws://127.0.0.1:{self.port}/v1"

    def _start(self, flags: list[str], environment: Mapping[str, str]) -> None:
        self._child = subprocess.Popen(
            ["node", "--import", _HOLD.as_uri(), str(_PROGRAM), *flags],
            cwd=ROOT,
            env={**os.environ, **environment, "HEADGATE_HELD_BY_STDIN": "1"},
            stdout=subprocess.PIPE,
            text=True,
            # By the end of this pipe it notices that we have gone, however we were ended.
            stdin=subprocess.PIPE,
        )
        self.port = self._wait()

    def again(self, environment: Mapping[str, str] | None = None) -> None:
        """Start it again after its end, on the same port and with what it had kept."""
        self._start(self._flags, environment or {})

    def _wait(self) -> int:
        assert self._child.stdout is not None
        port = 0
        for line in self._child.stdout:
            said = json.loads(line)
            port = said.get("port", port)
            if said.get("msg") == "ready":
                # Read on: a gateway whose log nobody reads stands still once the pipe is full.
                threading.Thread(target=self._drain, daemon=True).start()
                return int(port)
        raise RuntimeError(f"the gateway ended with {self._child.wait()}")

    def _drain(self) -> None:
        assert self._child.stdout is not None
        with self._child.stdout as log:
            for _ in log:
                pass

    def kill(self) -> None:
        """End it as a crash would."""
        self._child.kill()
        self._child.wait()

    def pause(self) -> None:
        """Make it hang: its sockets stay, nothing is answered."""
        self._child.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._child.send_signal(signal.SIGCONT)

    def drain(self) -> int:
        """Ask it to stop, and wait."""
        self._child.terminate()
        return self._child.wait(timeout=40)

    def dispose(self) -> None:
        """End it and remove its data folder."""
        if self._child.poll() is None:
            self.kill()
        self._folder.cleanup()
