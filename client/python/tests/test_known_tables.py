"""Arrays that drop-ins see again are referred to, and never to other numbers than theirs."""

from __future__ import annotations

import gc
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from dataset_keeper import Job

from headgate.datasets import kept_rows, memory
from headgate.errors import PermissionDeniedError, ResourceExhaustedError

Array = np.ndarray
N, P, WINDOW = 1000, 50, 252


@pytest.fixture
def job() -> Iterator[Job]:
    made = Job()
    yield made
    made.close()


def table(seed: int = 0, rows: int = N) -> Array:
    return np.random.default_rng(seed).normal(size=(rows, P))


def test_the_base_of_a_rolling_window_is_put_once_at_the_second_window(job: Job) -> None:
    base = table()
    sent = [job.ask(base[at : at + WINDOW]) for at in range(20)]
    assert sent == [False, False] + [True] * 18
    assert job.puts() == 1


def test_an_array_that_is_fitted_once_is_not_put(job: Job) -> None:
    for seed in range(10):
        job.ask(table(seed))
    assert job.puts() == 0


def test_a_small_array_is_never_put(job: Job) -> None:
    small = table(rows=100)
    assert not any(job.ask(small) for _ in range(10))
    assert job.puts() == 0


def test_a_window_of_a_far_larger_base_is_sent_until_a_share_of_the_base_was(job: Job) -> None:
    base = table(rows=80 * WINDOW)
    sent = [job.ask(base[at : at + WINDOW]) for at in range(12)]
    assert sent.index(True) == 10  # 80 / 8
    assert job.puts() == 2  # 8 MB in parts


def test_an_equal_array_at_another_place_is_known_by_its_content(job: Job) -> None:
    assert [job.ask(table()) for _ in range(5)] == [False, False, True, True, True]
    assert job.puts() == 1


SLICES = {
    "rows": lambda base: base[10 : 10 + WINDOW],
    "columns": lambda base: base[5:700, 10:40],
    "few columns": lambda base: base[:, 3:13],
    "every second row": lambda base: base[1::2],
    "every second column": lambda base: base[:, ::2],
    "rows backwards": lambda base: base[::-1],
    "columns backwards": lambda base: base[:, ::-1],
    "chosen columns": lambda base: base[:, [1, 7, 3] * 5],
    "chosen rows": lambda base: base[np.arange(0, N, 3)],
    "transposed": lambda base: base.T,
    "Fortran's order": lambda base: np.asfortranarray(base)[100:500],
    "reshaped": lambda base: base.reshape(N // 2, 2 * P)[3:400],
    "of three dimensions": lambda base: base.reshape(2, N // 2, P)[1, 7:400],
    "overlapping": lambda base: np.lib.stride_tricks.sliding_window_view(base.reshape(-1), 40)[:600],
    "float32": lambda base: base.astype(np.float32),
    "of a structure's field": lambda base: base.view([("a", "f8"), ("b", "f8")])["b"],
    "integers": lambda base: (np.nan_to_num(base) * 1000).astype(np.int64)[50:],
    "big-endian": lambda base: base.astype(">f8"),
    "as another type": lambda base: base.view(np.int64)[7:900],
    "not aligned": lambda base: np.frombuffer(b"x" + base.tobytes(), np.float64, offset=1).reshape(N, P)[9:],
    "read-only": lambda base: np.frombuffer(base.tobytes()).reshape(N, P)[3:],
    "with NaN": lambda base: np.where(base > 1, np.nan, base),
}


@pytest.mark.parametrize("kind", SLICES)
def test_a_slice_of_any_kind_is_answered_from_its_own_numbers(job: Job, kind: str) -> None:
    base = table()
    for _ in range(6):
        job.ask(SLICES[kind](base))
    view = SLICES[kind](base)
    for _ in range(4):
        job.ask(view)
    assert (job.references > 0) != (kind == "big-endian")
    base[: N // 2] += 1.0
    for _ in range(4):
        job.ask(SLICES[kind](base))


@pytest.mark.parametrize(
    "kind", ["rows", "Fortran's order", "every second row", "of three dimensions", "columns"]
)
def test_windows_of_that_kind_are_rows_of_one_table(job: Job, kind: str) -> None:
    base = np.asfortranarray(table()) if kind == "Fortran's order" else table()
    cut = (lambda each: each[100:500]) if kind == "Fortran's order" else SLICES[kind]
    windows = [cut(base)[at : at + 300] for at in range(30)]
    sent = [job.ask(each) for each in windows]
    assert all(sent[5:])
    assert job.puts() == 1


def test_a_mutation_of_a_single_bit_is_noticed(job: Job) -> None:
    base = table()
    for _ in range(3):
        job.ask(base)
    assert job.ask(base)
    base.view(np.uint64)[777, 7] ^= 1
    assert not job.ask(base)
    base[5, 5] = 0.0
    for _ in range(8):
        job.ask(base)
    base[5, 5] = -0.0
    assert not job.ask(base)


def test_what_is_put_is_what_is_compared_with(job: Job) -> None:
    base = table()
    job.keeper.held = True
    for _ in range(2):
        job.ask(base, settled=False)
    base += 1.0  # The put is on its way
    job.keeper.held = False
    job.settle()
    assert not job.ask(base)
    base[:] = table()
    for _ in range(4):
        job.ask(base)
    assert job.references > 0


def test_a_window_beside_the_mutation_is_still_referred_to(job: Job) -> None:
    base = table()
    for at in range(4):
        job.ask(base[at : at + WINDOW])
    base[900] = 7.0
    assert job.ask(base[10 : 10 + WINDOW])
    assert not job.ask(base[-WINDOW:])


def test_a_buffer_that_is_filled_anew_each_time_is_not_put_each_time(job: Job) -> None:
    buffer = table()
    random = np.random.default_rng(3)
    for _ in range(200):
        buffer[:] = random.normal(size=buffer.shape)
        assert not job.ask(buffer)
    assert job.puts() == 0
    for _ in range(200):
        buffer[500, 17] += 1.0  # An element that is not looked at before the put
        assert not job.ask(buffer)
    assert job.puts() <= 7


def test_random_mutations_never_give_a_stale_answer() -> None:
    for seed in range(12):
        _mutate_at_random(seed)


def _mutate_at_random(seed: int) -> None:
    random = np.random.default_rng(seed)
    job = Job("sampled" if seed % 4 == 3 else "on")
    bases = [table(seed), np.asfortranarray(table(seed + 1)), table(seed + 2).astype(np.float32)]
    cuts = list(SLICES.values())
    for _ in range(120):
        which = int(random.integers(len(bases)))
        base = bases[which]
        action = int(random.integers(10))
        if action == 0:
            base[random.integers(N), random.integers(P)] += random.choice([1e-9, 1.0, np.nan])
        elif action == 1:
            base[:] = base[::-1].copy()
        elif action == 2:
            base.sort(axis=0)
        elif action == 3:
            bases[which] = base = base.copy(order="K")
        elif action == 4:
            bases[which] = base = table(int(random.integers(1000))).astype(base.dtype)
        elif action == 5:
            for key in list(job.keeper.versions)[: int(random.integers(3))]:
                del job.keeper.versions[key]
        rows = int(random.integers(300, N + 1))
        first = int(random.integers(N - rows + 1))
        job.ask(base[first : first + rows])
        if random.random() < 0.3:
            job.ask(cuts[int(random.integers(len(cuts)))](np.ascontiguousarray(base, np.float64)))
        if random.random() < 0.5:
            job.ask(base)
            job.ask(base.copy())
    assert job.references > 20
    job.close()


def test_one_that_has_grown_is_appended_to(job: Job) -> None:
    whole = table(rows=4000)
    sent = [job.ask(whole[:rows].copy()) for rows in range(3000, 3010)]
    assert sent == [False, False] + [True] * 8
    assert (job.puts(), job.puts("append")) == (1, 8)
    (put,) = [frame for frame in job.keeper.frames if frame.get("part", 0) == 0 and frame["type"] == "put"]
    assert put["expiry_ms"] == 3_600_000  # what a killed process leaves is gone soon
    changed = whole[:3010].copy()
    changed[1500, 20] += 1
    assert not job.ask(changed)


@pytest.mark.parametrize("changes", ["while it is copied", "while it is appended"])
def test_one_that_a_thread_writes_to_while_it_grows_is_answered_from_its_own_numbers(
    job: Job, monkeypatch: pytest.MonkeyPatch, changes: str
) -> None:
    whole = table(rows=4000)
    for rows in range(3000, 3003):
        job.ask(whole[:rows].copy())
    grown = whole[:3010].copy()
    if changes == "while it is copied":
        copy = kept_rows.KeptRows.copy

        def late(rows: Array, every: int = 1) -> kept_rows.KeptRows:
            rows[1500, 20] += 1
            return copy(rows, every)

        monkeypatch.setattr(kept_rows.KeptRows, "copy", late)
        assert not job.ask(grown)
        monkeypatch.undo()
    else:
        job.keeper.held = True
        asked = threading.Thread(target=job.tables.referred, args=({"X": grown},))
        asked.start()
        time.sleep(0.05)
        grown[1500, 20] += 1
        job.keeper.held = False
        asked.join()
    for _ in range(3):
        job.ask(grown)
        job.ask(whole[:3010].copy())


def _memory_mapped() -> tuple[Array, Array]:
    file = tempfile.TemporaryFile()  # noqa: SIM115
    file.write(table().tobytes())
    file.flush()
    mapped = [np.memmap(file, np.float64, "r+", shape=(N, P)) for _ in range(2)]
    return mapped[0], mapped[1]


def _read_only() -> tuple[Array, Array]:
    base = table()
    view = base[:]
    view.flags.writeable = False
    return view, base


def _viewed_as_bytes() -> tuple[Array, Array]:
    memory = bytearray(table().tobytes())
    return np.frombuffer(memory, np.float64).reshape(N, P), np.frombuffer(memory, np.float64).reshape(N, P)


def _fields() -> tuple[Array, Array]:
    both = np.zeros(N, [("a", np.float64, P), ("b", np.float64, P)])
    both["a"] = table()
    return both["a"], both["a"]


@pytest.mark.parametrize(
    "make",
    [
        _memory_mapped,
        _read_only,
        _viewed_as_bytes,
        _fields,
        lambda: (table().view(np.matrix), None),
        lambda: (np.ma.masked_array(table(), mask=table() > 0), None),
        lambda: (np.broadcast_to(table()[:1], (N, P)), None),
        lambda: (table()[::-1, ::-1], None),
        lambda: (table().astype(">f8"), None),
        lambda: (table().astype(np.float32), None),
        lambda: (np.asfortranarray(table()), None),
        lambda: (table() > 0, None),
    ],
)
def test_whatever_an_array_is_made_of_it_is_answered_from_its_own_numbers(job: Job, make: Any) -> None:
    given, other = make()
    written = given if other is None else other
    for at in range(24):
        job.ask(given)
        job.ask(given[at : at + 500])
        if at % 4 == 3 and written.flags.writeable:
            written[at, at] = not written[at, at] if written.dtype == bool else at


def test_a_true_of_another_byte_is_not_the_same(job: Job) -> None:
    base = np.zeros((4000, P), np.uint8)
    base[7] = 1
    given = base.view(bool)
    for _ in range(4):
        job.ask(given)
    base[7, 7] = 2
    assert not job.ask(given)


def test_a_table_that_grew_is_dropped_at_the_end() -> None:
    job = Job()
    whole = table(rows=4000)
    for rows in range(3000, 3006):
        job.ask(whole[:rows].copy())
    assert job.keeper.versions
    job.close()
    assert not job.keeper.versions


def test_what_the_gateway_has_lost_is_sent_and_put_again(job: Job) -> None:
    base = table()
    for _ in range(4):
        job.ask(base)
    job.keeper.versions.clear()
    sent = [job.ask(base) for _ in range(4)]
    assert not sent[0]
    assert sent[2:] == [True, True]
    assert job.puts() == 2


@pytest.mark.parametrize("error", [PermissionDeniedError, ResourceExhaustedError])
def test_a_put_that_is_refused_is_not_tried_each_time(job: Job, error: type[Exception]) -> None:
    job.keeper.refuses = error("no", answered=True)  # type: ignore[call-arg,assignment]
    base = table()
    assert not any(job.ask(base) for _ in range(50))
    assert job.puts() == 1


def test_off_is_off() -> None:
    job = Job("off")
    base = table()
    assert not any(job.ask(base) for _ in range(5))
    assert job.keeper.frames == []
    job.close()


def test_without_a_gateway_nothing_is_noted(job: Job) -> None:
    job.keeper.connected = False
    base = table()
    assert not any(job.ask(base) for _ in range(5))
    assert job.keeper.frames == []


def test_arrays_are_held_by_weak_references_and_their_copies_go_with_them(job: Job) -> None:
    base = table()
    for at in range(5):
        job.ask(base[at : at + WINDOW])
    known = next(iter(job.tables._memory._tables))
    assert known.nbytes == base.nbytes
    gone = weakref.ref(base)
    del base
    gc.collect()
    assert gone() is None
    assert known.nbytes == 0


def test_copies_and_sights_are_bounded(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "COPIES_BYTES_MAX", 1_000_000)
    bases = [table(seed) for seed in range(8)]
    for base in bases:
        for _ in range(4):
            job.ask(base)
    assert sum(each.nbytes for each in job.tables._memory._tables) <= 1_000_000
    assert job.ask(bases[-1])
    keep = [table(1, rows=200) + seed for seed in range(600)]
    for base in keep:
        job.ask(base)
    assert len(job.tables._memory._sights) <= memory.SIGHTS_MAX


def test_a_large_table_is_left_alone_unless_samples_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headgate.datasets.known_tables.WHOLE_BYTES_MAX", 100_000)
    monkeypatch.setattr(kept_rows, "SAMPLE_BYTES_MAX", 100_000)
    monkeypatch.setattr(kept_rows, "SAMPLE_ROWS_LEAST", 100)
    base = table()
    exact, sampled = Job(), Job("sampled")
    assert not any(exact.ask(base) for _ in range(6))
    assert exact.puts() == 0
    assert [sampled.ask(base) for _ in range(4)] == [False, False, True, True]
    known = next(iter(sampled.tables._memory._tables))
    assert known.nbytes <= 100_000
    assert sampled.ask(base[100:600])
    assert not sampled.ask(base[100 : 100 + 200])  # Of these rows 50 are in the sample
    base += 1.0
    assert not sampled.ask(base)
    exact.close()
    sampled.close()


def test_threads_get_their_own_numbers(job: Job) -> None:
    failures: list[BaseException] = []

    bases = [table(seed // 2) for seed in range(6)]

    def work(seed: int) -> None:
        try:
            base = bases[seed]
            for at in range(60):
                job.ask(base[at : at + WINDOW], settled=False)
                if at == 30:
                    base[at + WINDOW // 2] += seed
        except BaseException as error:
            failures.append(error)

    for _ in range(3):
        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(60)
        job.settle()
    assert not failures
    assert job.references > 60
