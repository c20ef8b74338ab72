"""Jobs side by side: one moves at a time, and others go on while one waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial

import pytest

from rlve_dsl.user import SideBySide, waiting


def side_by_side(jobs: Sequence[Callable[[], None]], at_once: int) -> None:
    """Do all jobs."""
    floor = SideBySide(at_once)
    try:
        for done in [floor.submit(job) for job in jobs]:
            done.result()
    finally:
        floor.close()


@pytest.mark.parametrize("at_once", [1, 2, 5, 50])
def test_every_job_is_done_and_one_moves_at_a_time(at_once: int) -> None:
    moving, done = 0, []

    def job(number: int) -> None:
        nonlocal moving
        for _ in range(20):
            moving += 1
            assert moving == 1
            threading.Event().wait(0)  # gives other threads every chance
            moving -= 1
            with waiting():
                pass
        done.append(number)

    side_by_side([partial(job, number) for number in range(5)], at_once)
    assert sorted(done) == list(range(5))


def test_while_one_waits_the_others_go_on() -> None:
    all_there = threading.Barrier(3, timeout=60)

    def job() -> None:
        with waiting():
            all_there.wait()  # ends when all three jobs are here

    side_by_side([job] * 3, at_once=3)
    assert not all_there.broken


def test_without_waiting_jobs_are_done_in_order() -> None:
    done: list[int] = []
    side_by_side([partial(done.append, number) for number in range(9)], at_once=1)
    assert done == list(range(9))


@pytest.mark.parametrize("at_once", [1, 3])
def test_an_exception_reaches_the_caller(at_once: int) -> None:
    def job(number: int) -> None:
        with waiting():
            pass
        if number == 2:
            raise ValueError("two")

    with pytest.raises(ValueError, match="two"):
        side_by_side([partial(job, number) for number in range(4)], at_once)


def test_an_exception_while_waiting_leaves_the_others_moving() -> None:
    done: list[int] = []

    def job(number: int) -> None:
        try:
            with waiting():
                raise OSError
        except OSError:
            done.append(number)

    side_by_side([partial(job, number) for number in range(4)], at_once=2)
    assert sorted(done) == [0, 1, 2, 3]


def test_waiting_alone_is_nothing() -> None:
    with waiting():
        pass
