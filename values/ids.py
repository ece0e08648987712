"""Random ids and bytes.

A call of the kernel's generator releases the interpreter lock, which costs a hop more than all that it does with the
bytes. So some thousand bytes are fetched at once. No byte is given out twice, not even in a forked process.
"""

import os

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
    """Return a random UUID, version 4."""
    drawn = bytearray(random_bytes(16))
    drawn[6] = drawn[6] & 0x0F | 0x40
    drawn[8] = drawn[8] & 0x3F | 0x80
    return UUID(bytes(drawn))


def _forget() -> None:
    global _bytes  # noqa: PLW0603 - one supply for each process
    _bytes = b""


os.register_at_fork(after_in_child=_forget)
