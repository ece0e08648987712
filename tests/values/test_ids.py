"""Ids that are ordered by time."""

import os
import uuid
from itertools import count

import pytest

from values import ids
from values.ids import new_id

AT_NS = 1_780_000_000_123_456_789  # nanoseconds since 1970


def test_an_id_is_a_uuid_of_version_7_that_says_when_it_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "time_ns", lambda: AT_NS)
    made = uuid.UUID(str(new_id()))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == AT_NS // 1_000_000
    assert (made.int >> 64 & 0xFFF) * 1_000_000 // 4096 == pytest.approx(AT_NS % 1_000_000, abs=250)


def test_ids_follow_each_other_and_none_is_there_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "time_ns", count(AT_NS, 3_000).__next__)
    made = [new_id().bytes for _ in range(20_000)]
    assert made == sorted(made)
    assert len({each[8:] for each in made}) == len(made), "the second half is random"


def test_a_forked_process_makes_other_ids() -> None:
    new_id()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, new_id().bytes[8:])
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 8) != new_id().bytes[8:]
