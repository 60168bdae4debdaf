"""Lines of the log on their way out: whoever reads them may stall, and a value may be no JSON."""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import orjson
import pytest

from service.observe.log import LOGGER, UNTELLABLE, JsonLines
from service.observe.outlet import FLUSHED_WITHIN_S, Outlet
from tests.timing import Stopwatch

SMALLEST_PIPE = 4_096  # bytes
ROOM = 4
LINE = "x" * 1_023


@dataclass
class Pipe:
    """A pipe that nobody reads yet, and an outlet that writes into it."""

    end: int
    outlet: Outlet
    told: list[int] = field(default_factory=list)

    def say(self, lines: int) -> None:
        """Hands over this many lines."""
        for _ in range(lines):
            self.outlet.handle(logging.LogRecord("any", logging.INFO, "any", 1, LINE, (), None))

    def fill(self) -> None:
        """Writes as many lines as the pipe holds."""
        self.say(4)
        self.outlet.flush()

    def read(self) -> list[bytes]:
        """Reads until all that waits has come."""
        os.set_blocking(self.end, False)
        found, ends_at = b"", time.monotonic() + 10
        while time.monotonic() < ends_at:
            nothing_waits = not self.outlet.queue.unfinished_tasks  # type: ignore[attr-defined]
            try:
                found += os.read(self.end, SMALLEST_PIPE)
            except BlockingIOError:
                if nothing_waits:
                    break
                time.sleep(0.001)
        return found.splitlines()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """A pipe with room for four lines, and an outlet in which four more may wait."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, SMALLEST_PIPE)
    told: list[int] = []
    pipe = Pipe(reading, Outlet(writing, told.append, ROOM), told)
    yield pipe
    os.close(reading)
    pipe.outlet.flush()
    os.close(writing)


def test_a_reader_that_stalls_holds_up_nobody_and_lines_beyond_the_room_are_counted(
    pipe: Pipe,
) -> None:
    pipe.fill()
    watch = Stopwatch()
    pipe.say(100)
    assert watch.seconds < 1
    assert pipe.outlet.lost >= 100 - ROOM - 1


def test_lost_lines_are_told_once_when_lines_go_out_again(pipe: Pipe) -> None:
    pipe.fill()
    pipe.say(100)
    assert pipe.told == []
    lines = pipe.read()
    assert set(lines) == {LINE.encode()}
    assert pipe.told == [4 + 100 - len(lines)]
    pipe.say(1)
    pipe.read()
    assert len(pipe.told) == 1


def test_a_flush_waits_for_the_last_line_and_not_for_a_reader_that_stalls(pipe: Pipe) -> None:
    pipe.fill()
    pipe.say(2)
    watch = Stopwatch()
    pipe.outlet.flush()
    assert FLUSHED_WITHIN_S * 0.9 < watch.seconds < FLUSHED_WITHIN_S + 2
    assert len(pipe.read()) == 6


def test_a_reader_that_is_gone_costs_lines_only() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    pipe = Pipe(reading, Outlet(writing, lambda _lost: None, ROOM))
    pipe.say(3)
    pipe.outlet.flush()
    os.close(writing)
    assert pipe.outlet.lost == 3


def test_a_pipe_that_another_owner_made_impatient_is_waited_for(pipe: Pipe) -> None:
    os.set_blocking(pipe.outlet._writer._descriptor, False)
    pipe.fill()
    pipe.say(4)
    assert len(pipe.read()) == 8


@pytest.mark.parametrize(
    "value",
    [object(), "\ud800", 2**70, {1: "a"}, {"a": b"b"}],
    ids=lambda value: type(value).__name__,
)
def test_a_value_that_json_cannot_hold_costs_its_field_only(value: object) -> None:
    said = logging.LogRecord(LOGGER, logging.INFO, "any", 1, "request", (), None)
    said.fields = {"status": 200, "hook": value}
    line = orjson.loads(JsonLines().format(said))
    assert line["event"] == "request"
    assert (line["status"], line["hook"]) == (200, UNTELLABLE)


def test_arguments_that_do_not_fit_a_text_are_told_as_such() -> None:
    said = logging.LogRecord(
        "uvicorn.error", logging.ERROR, "any", 1, "%d of %d", ("CANARY",), None
    )
    line = orjson.loads(JsonLines().format(said))
    assert (line["event"], line["text"]) == ("uvicorn.error", UNTELLABLE)
