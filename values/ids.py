"""Ids and random bytes.

An id begins with the time (UUID version 7, RFC 9562). So new rows go to the end of an index, and the pages that a busy
hour writes are few; random ids would write another page for each row once a table is large.

A call of the kernel's generator releases the interpreter lock, which costs a hop more than all that it does with the
bytes. So some thousand bytes are fetched at once. No byte is given out twice, not even in a forked process.
"""

import os
from time import time_ns

from asyncpg.pgproto.pgproto import UUID  # a uuid.UUID that is made in C

SERVICE_CHAIN = UUID("00000000-0000-4000-8000-000000000001")  # the audit chain of what concerns no contract or person

_AT_ONCE = 4096

_bytes = b""
_next = 0


def random_bytes(count: int) -> bytes:
    """Return `count` bytes (4096 at most) of the kernel's cryptographic generator."""
    global _bytes, _next  # noqa: PLW0603 - one supply for each process
    if _next + count > len(_bytes):
        _bytes, _next = os.urandom(_AT_ONCE), 0
    _next += count
    return _bytes[_next - count : _next]


def new_id() -> UUID:
    """Return a UUID of version 7: the time to a quarter of a microsecond, and 62 random bits.

    Ids of one process follow each other in order, as far as the clock does. They are no secret: who has one knows when
    it was made, and can guess no other.
    """
    milliseconds, rest = divmod(time_ns(), 1_000_000)
    head = milliseconds << 16 | 0x7000 | rest * 4096 // 1_000_000
    tail = int.from_bytes(random_bytes(8)) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    return UUID((head << 64 | tail).to_bytes(16))


def _forget() -> None:
    global _bytes  # noqa: PLW0603 - one supply for each process
    _bytes = b""


os.register_at_fork(after_in_child=_forget)
