"""Workers do each piece once, and the first error stops them all."""

from __future__ import annotations

import threading
import time

import pytest

from netinit.checkpoint.workers import carry_out


class Recorded:
    """A job that notes what is done to it."""

    def __init__(self, name, pieces, do=None, asks=False):
        self._asks = asks
        self.name, self.pieces, self.done, self.finished = name, pieces, [], 0
        self.begun, self._do = False, do

    def begin(self):
        self.begun = True
        return iter(range(self.pieces))

    def do(self, piece, buffer, ask):
        assert not self.finished
        if self._do is not None:
            self._do(piece, ask) if self._asks else self._do(piece)
        self.done.append(piece)
        return 10

    def finish(self):
        assert len(self.done) == self.pieces
        self.finished += 1


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("files", [1, 2, 9])
def test_each_piece_is_done_once_and_each_job_finished_once(workers, files):
    jobs = [Recorded(str(n), pieces) for n, pieces in enumerate([3, 1, 40, 1, 7])]
    reports = []
    carry_out(jobs, workers, files, reports.append)
    for job in jobs:
        assert sorted(job.done) == list(range(job.pieces))
        assert job.finished == 1
    assert sum(reports) == 10 * 52


def test_as_many_files_are_in_work_as_is_said():
    together = threading.Barrier(2, timeout=30)
    first, second = (Recorded(name, 1, lambda _: together.wait()) for name in "ab")
    carry_out([first, second], 2, 2)  # each waits for the other
    slow = Recorded("slow", 20, lambda _: time.sleep(0.001))
    after = Recorded("after", 1, lambda _: seen.append(len(slow.done)))
    seen = []
    carry_out([slow, after], 2, 1)
    assert seen[0] >= 19


def test_the_first_error_stops_all_and_is_raised_once():
    cause = ValueError("the cause")

    def fail(piece):
        if piece == 3:
            raise RuntimeError("it failed") from cause
        time.sleep(0.002)

    jobs = [Recorded("a", 1000, fail), Recorded("b", 1000, fail)]
    with pytest.raises(RuntimeError, match="it failed") as caught:
        carry_out(jobs, 4, 2)
    assert caught.value.__cause__ is cause
    assert sum(len(job.done) for job in jobs) < 100
    assert not any(job.finished for job in jobs)
    assert not [t for t in threading.enumerate() if t.name.startswith("netinit-write")]


@pytest.mark.parametrize("place", ["begin", "finish"])
def test_errors_when_a_job_begins_or_ends_are_raised(monkeypatch, place):
    def fail():
        raise OSError(place)

    job = Recorded("a", 2)
    setattr(job, place, fail)
    with pytest.raises(OSError, match=place):
        carry_out([job, Recorded("b", 2)], 2)


def test_an_error_of_the_report_stops_all():
    def interrupt(_):
        raise KeyboardInterrupt

    job = Recorded("a", 1000, lambda _: time.sleep(0.001))
    with pytest.raises(KeyboardInterrupt):
        carry_out([job], 2, report=interrupt)
    assert len(job.done) < 900
    assert not [t for t in threading.enumerate() if t.name.startswith("netinit-write")]


def test_what_is_asked_for_is_made_in_the_calling_thread():
    def do(piece, ask):
        made = ask(lambda: [piece, threading.current_thread()])
        assert made == [piece, threading.main_thread()]

    jobs = [Recorded(name, 20, do, asks=True) for name in "abc"]
    carry_out(jobs, 3, 3)
    assert [job.finished for job in jobs] == [1, 1, 1]


def test_an_error_in_what_is_asked_for_stops_all():
    def fail():
        raise KeyboardInterrupt

    jobs = [Recorded(name, 20, lambda piece, ask: ask(fail), asks=True) for name in "abc"]
    with pytest.raises(KeyboardInterrupt):
        carry_out(jobs, 3, 3)
    assert [job.done for job in jobs] == [[], [], []]
    assert not [t for t in threading.enumerate() if t.name.startswith("netinit-write")]


def test_a_worker_whose_start_is_interrupted_begins_nothing(monkeypatch):
    """It is not known to who waits for the others, and would open a file after all is undone."""
    started, start = [], threading.Thread.start

    def interrupted(thread):
        start(thread)
        started.append(thread)
        time.sleep(0.05)  # in which a worker had begun
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    job = Recorded("a", 3)
    with pytest.raises(KeyboardInterrupt):
        carry_out([job], 2)
    for thread in started:
        thread.join(10)
        assert not thread.is_alive()
    assert len(started) == 1
    assert not job.begun


@pytest.mark.parametrize("given", [0, 1, 2])
def test_threads_that_cannot_be_started_are_done_without(monkeypatch, given):
    started, start, told = [], threading.Thread.start, []

    def refused(thread):
        if len(started) == given:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    def do(piece, ask):
        assert ask(lambda: [piece, threading.current_thread()])[1] is threading.main_thread()

    monkeypatch.setattr(threading.Thread, "start", refused)
    jobs = [Recorded(name, 20, do, asks=True) for name in "abc"]
    carry_out(jobs, 4, 2, told.append)
    assert [sorted(job.done) for job in jobs] == [list(range(20))] * 3
    assert [job.finished for job in jobs] == [1, 1, 1]
    assert told == [10] * 60


def test_an_error_of_the_only_thread_is_raised(monkeypatch):
    def refused(_):
        raise RuntimeError("can't start new thread")

    def fail(piece):
        raise ValueError(piece)

    monkeypatch.setattr(threading.Thread, "start", refused)
    with pytest.raises(ValueError, match="0"):
        carry_out([Recorded("a", 9, fail)], 4)
