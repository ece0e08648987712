"""Random bytes and ids in small pieces.

Each look at the kernel's generator lets go of the interpreter and costs a hop more than all else it does with what it
gets. So it is asked for a few thousand bytes at once, and no byte is given out twice, in a forked process neither.
"""

import os

from asyncpg.pgproto.pgproto import UUID  # made and written in C; it is a uuid.UUID to everybody else

_AT_ONCE = 4096

_bytes = b""
_next = 0


def random_bytes(count: int) -> bytes:
    """`count` bytes (4096 at most) of the kernel's cryptographic generator."""
    global _bytes, _next  # noqa: PLW0603 - one supply a process
    if _next + count > len(_bytes):
        _bytes, _next = os.urandom(_AT_ONCE), 0
    _next += count
    return _bytes[_next - count : _next]


def new_id() -> UUID:
    """A random UUID, version 4."""
    drawn = bytearray(random_bytes(16))
    drawn[6] = drawn[6] & 0x0F | 0x40
    drawn[8] = drawn[8] & 0x3F | 0x80
    return UUID(bytes(drawn))


def _forget() -> None:
    global _bytes  # noqa: PLW0603 - one supply a process
    _bytes = b""


os.register_at_fork(after_in_child=_forget)
