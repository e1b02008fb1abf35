"""Jobs are done once by the threads that there are, be it none but the caller's."""

from __future__ import annotations

import threading
from contextlib import nullcontext

import pytest

from netinit.checkpoint.parallel import work_off


@pytest.mark.parametrize("given", [0, 1, 3])
def test_threads_that_cannot_be_started_are_done_without(monkeypatch, given):
    started, start, made, told = [], threading.Thread.start, [], []

    def refused(thread):
        if len(started) == given:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    def job(own):
        made.append(own)
        return 2

    monkeypatch.setattr(threading.Thread, "start", refused)
    work_off(iter([job] * 50), lambda: nullcontext("tools"), 4, told.append)
    assert made == ["tools"] * 50
    assert told[-1] == 100
    assert not any(thread.is_alive() for thread in started)


@pytest.mark.parametrize("given", [0, 2])
def test_an_error_is_raised_where_few_threads_are(monkeypatch, given):
    started, start = [], threading.Thread.start

    def refused(thread):
        if len(started) == given:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    def fail(own):
        raise OSError(5, own)

    monkeypatch.setattr(threading.Thread, "start", refused)
    with pytest.raises(OSError, match="tools"):
        work_off(iter([fail] * 9), lambda: nullcontext("tools"), 4, lambda _: None)
