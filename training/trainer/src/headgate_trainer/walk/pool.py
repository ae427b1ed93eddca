"""Runs tasks in forked processes, which share the memory of this one.

The children are in this process's group, so the gateway ends them with it. A library's OpenMP
threads do not survive a fork, and its next parallel region would wait for them for ever: children
compute with one OpenMP thread. BLAS starts its threads anew after a fork, and joblib's begin with
each fit, so these two may have the child's share.
"""

import contextlib
import ctypes
import gc
import os
import signal
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait

import numpy as np

from headgate_trainer.failure import TrainingError

Work = Callable[[int], bytes]
# Between two looks at whether the job was cancelled.
LOOK_SECONDS = 0.05
_TASK_BYTES = 4
_FD_MAX = 65_536
_PR_SET_PDEATHSIG = 1


FOLD_WORKERS = "HEADGATE_TRAINER_FOLD_WORKERS"
# With 5 more, a process has a third of the time of another one on a core that both want.
SPARE_NICENESS = 5


@dataclass(frozen=True)
class CrewSize:
    """How many processes work at one time, and how many of them at the training's own niceness.

    The others take cores that are free: where another training wants them, they give way.
    """

    children: int
    regular: int
    threads: int
    """Of BLAS and of a forest, in each of them."""


@dataclass(frozen=True)
class Child:
    """A process with the pipe on which it takes tasks and answers."""

    pid: int
    pipe: Connection


def run_forked(
    work: Work,
    tasks: int,
    size: CrewSize,
    take: Callable[[bytes], None],
    check: Callable[[], None],
) -> None:
    """Do each task in one of the children, and take the answers as they come.

    ``check`` is called many times a second and raises to end it. However it ends, no child is left.
    """
    crew: list[Child] = []
    waiting = iter(range(tasks))
    gc.freeze()  # A collection would write to the pages that the children share.
    try:
        for at in range(min(size.children, tasks)):
            niceness = 0 if at < size.regular else SPARE_NICENESS
            crew.append(_fork(work, size.threads, niceness))
            _give(crew[-1], next(waiting))
        left = tasks
        by_pipe = {child.pipe: child for child in crew}
        while left > 0:
            check()
            for pipe in wait(list(by_pipe), LOOK_SECONDS):
                assert isinstance(pipe, Connection)
                take(_answer(by_pipe[pipe]))
                left -= 1
                task = next(waiting, None)
                if task is None:
                    del by_pipe[pipe]
                else:
                    _give(by_pipe[pipe], task)
    finally:
        gc.unfreeze()
        for child in crew:
            _end(child)


def workers_max(threads: int) -> int:
    """How many folds are fitted at one time: the gateway's setting, at least the threads."""
    told = os.environ.get(FOLD_WORKERS, "")
    return max(threads, int(told)) if told.isdigit() else threads


def _give(child: Child, task: int) -> None:
    try:
        child.pipe.send_bytes(task.to_bytes(_TASK_BYTES, "little"))
    except OSError:
        raise _died() from None


def _answer(child: Child) -> bytes:
    try:
        return child.pipe.recv_bytes()
    except (EOFError, OSError):
        raise _died() from None


def _died() -> TrainingError:
    return TrainingError(
        "resource_exhausted",
        "a process that fitted a fold was ended from outside, as the system does where memory is "
        "short; use fewer workers, or fewer rows",
    )


def _end(child: Child) -> None:
    child.pipe.close()
    with contextlib.suppress(ProcessLookupError):
        os.kill(child.pid, signal.SIGKILL)
    os.waitpid(child.pid, 0)


def _fork(work: Work, threads: int, niceness: int) -> Child:
    ours, theirs = Pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    with warnings.catch_warnings():
        # Python warns of forks beside threads; the host's other thread waits for the gateway.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        try:
            os.nice(niceness)
            _serve(work, theirs, threads, parent)
        finally:
            os._exit(1)
    theirs.close()
    return Child(pid, ours)


def _serve(work: Work, pipe: Connection, threads: int, parent: int) -> None:
    """Do tasks until the pipe ends; never returns to the code that forked."""
    own = pipe.fileno()
    os.closerange(3, own)
    os.closerange(own + 1, _FD_MAX)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    _end_with(parent)
    _limit(threads)
    np.random.seed()  # noqa: NPY002 - A fork has its parent's random numbers, the same in every child.
    while True:
        try:
            task = int.from_bytes(pipe.recv_bytes(_TASK_BYTES), "little")
        except EOFError:
            os._exit(0)
        pipe.send_bytes(work(task))


def _end_with(parent: int) -> None:
    """Have Linux end this process with its parent, also where that was killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def _limit(threads: int) -> None:
    from threadpoolctl import ThreadpoolController

    os.environ["OMP_NUM_THREADS"] = "1"
    controller = ThreadpoolController()
    controller.limit(limits=1, user_api="openmp")
    controller.limit(limits=threads, user_api="blas")
