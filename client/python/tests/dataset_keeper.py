"""What a gateway does with puts and references, in memory; for tests of what the client sends by itself."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import numpy as np

from headgate.background import Background
from headgate.datasets.known_tables import KnownTables
from headgate.datasets.table_puts import TablePuts
from headgate.errors import HeadgateError, NotFoundError
from headgate.options import DatasetsMode
from headgate.references import Reference
from headgate.tensors import from_wire

Frame = dict[str, Any]


class Keeper:
    """Keeps what is put under the hash of its content, and reads what references name."""

    message_bytes = 2**25

    def __init__(self) -> None:
        self.versions: dict[tuple[str, str], np.ndarray] = {}
        self.frames: list[Frame] = []
        self.refuses: HeadgateError | None = None
        self.connected = True
        self.held = False
        """Whether what is sent to it waits on its way."""
        self._uploads: dict[str, list[np.ndarray]] = {}

    def has(self, feature: str) -> bool:
        return self.connected and feature == "datasets"

    async def request(self, make: Any, **_given: Any) -> Frame:
        while self.held:
            await asyncio.sleep(0.001)
        frame = make(1, 1000.0)
        self.frames.append({key: value for key, value in frame.items() if key != "columns"})
        # The bytes on the wire are those of this moment.
        if "columns" in frame:
            tensor = frame["columns"]["X"]
            frame["columns"] = {"X": {**tensor, "data": bytes(tensor["data"])}}
        await asyncio.sleep(0)
        if self.refuses is not None:
            raise self.refuses
        return getattr(self, f"_{frame['type']}")(frame)

    def _put(self, frame: Frame) -> Frame:
        rows = from_wire(frame["columns"]["X"])
        if "upload" in frame:
            parts = self._uploads.setdefault(frame["upload"], [])
            assert frame["part"] == len(parts)
            parts.append(rows)
            if not frame.get("last"):
                return {"upload": frame["upload"], "part": frame["part"]}
            rows = np.concatenate(parts)
        return self._kept(frame.get("dataset"), rows)

    def _append(self, frame: Frame) -> Frame:
        before = self.versions[(frame["dataset"], frame["version"])]
        return self._kept(frame["dataset"], np.concatenate([before, from_wire(frame["columns"]["X"])]))

    def _drop(self, frame: Frame) -> Frame:
        for key in [each for each in self.versions if each[0] == frame["dataset"]]:
            del self.versions[key]
        return {}

    def _kept(self, dataset: str | None, rows: np.ndarray) -> Frame:
        text = f"{rows.dtype} {rows.shape} ".encode() + rows.tobytes()
        sha256 = hashlib.sha256(text).hexdigest()
        name = dataset or f"auto:{sha256[:32]}"
        self.versions[(name, sha256[:32])] = rows
        return {
            "dataset": name, "version": sha256[:32], "rows": len(rows), "bytes": rows.nbytes, "sha256": sha256
        }  # fmt: skip

    def read(self, reference: Reference) -> np.ndarray:
        """The rows that a reference names."""
        wire = reference.to_wire()
        kept = self.versions.get((wire["ref"], wire["version"]))
        if kept is None:
            raise NotFoundError("inputs.X.ref: not found", answered=True)
        first, end = wire["rows"]
        assert 0 <= first < end <= len(kept)
        return kept[first:end]


class Job:
    """A client of a keeper, as drop-ins use it: what is referred to is compared with what was given."""

    def __init__(self, mode: DatasetsMode = "on") -> None:
        self.keeper = Keeper()
        self._background = Background()
        self._puts = self._background.run(self._begin())
        self.tables = KnownTables(self._puts, mode)
        self.references = 0

    async def _begin(self) -> TablePuts:
        return TablePuts(self.keeper)

    def ask(self, array: np.ndarray, settled: bool = True) -> bool:
        """Whether a reference was sent; it must be of the array's very bytes."""
        sent = self.tables.referred({"X": array})
        if sent["X"] is array:
            if settled:
                self.settle()
            return False
        try:
            read = self.keeper.read(sent["X"])
        except NotFoundError:
            self.tables.lost(sent)
            assert sent["X"].local() is array
            return False
        assert read.dtype == array.dtype and read.shape == array.shape
        assert read.tobytes() == np.ascontiguousarray(array).tobytes()
        self.references += 1
        return True

    def settle(self) -> None:
        """Wait for the puts in the background."""
        self._background.run(_others_done())

    def puts(self, kind: str = "put") -> int:
        """How many frames of a type were sent."""
        return sum(frame["type"] == kind for frame in self.keeper.frames)

    def close(self) -> None:
        self._background.run(self._puts.end())
        self._background.stop()


async def _others_done() -> None:
    me = asyncio.current_task()
    others = [each for each in asyncio.all_tasks() if each is not me]
    await asyncio.gather(*others)
