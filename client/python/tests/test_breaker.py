from __future__ import annotations

from headgate.backoff import Backoff
from headgate.breaker import Breaker


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_opens_after_failures_in_a_row_and_lets_one_call_try() -> None:
    clock = Clock()
    breaker = Breaker(clock, failures=2, first_s=1.0, most_s=4.0)
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    assert breaker.allows() and breaker.state == "closed"
    breaker.failed()
    assert not breaker.allows() and breaker.state == "open"
    clock.now = 1.0
    assert breaker.state == "half_open"
    assert breaker.allows() and not breaker.allows()
    breaker.succeeded()
    assert breaker.state == "closed" and breaker.allows()


def test_trials_that_fail_come_ever_more_seldom_up_to_a_bound() -> None:
    clock = Clock()
    breaker = Breaker(clock, failures=1, first_s=1.0, most_s=4.0)
    breaker.failed()
    waits = []
    for _ in range(4):
        started = clock.now
        while not breaker.allows():
            clock.now += 0.5
        waits.append(clock.now - started)
        breaker.failed()
    assert waits == [1.0, 2.0, 4.0, 4.0]


def test_a_trial_that_was_cancelled_leaves_room_for_another() -> None:
    clock = Clock()
    breaker = Breaker(clock, failures=1, first_s=1.0)
    breaker.failed()
    clock.now = 1.0
    assert breaker.allows()
    breaker.abandoned()
    assert breaker.allows()


def test_full_jitter_is_bounded() -> None:
    backoff = Backoff()
    assert [backoff.pause_s(attempt, lambda: 1.0) for attempt in (0, 1, 5, 6, 1000)] == [0.5, 1, 16, 20, 20]
    assert backoff.pause_s(3, lambda: 0.0) == 0
