"""PIN hashes: Argon2id in a small thread pool of its own, so that a hash never delays another caller's hop.

A hash that is cheaper than the way to a thread and back is computed where it is needed.
"""

import asyncio
import hmac
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import VerifyMismatchError

from contracts.fields.pin import Secret

# The lowest cost for Argon2id in OWASP's password storage cheat sheet: 19 MiB, 2 passes, 1 lane. About 20 ms of a core.
MEMORY_KIB = 19 * 1024
TIME_COST = 2
THREADS = 2
_IN_PLACE_KIB = 64  # memory times passes: some 50 us, less than a thread costs


class PinHasher:
    """Hashes and verifies PINs. `memory_kib` and `time_cost` set the cost of one hash, `threads` how many run at once.

    There are only ten thousand PINs of four digits: who steals the table can try them all, whatever one hash costs.
    `pepper`, a key that is kept outside the database, makes a stolen table useless: the PIN is keyed with it first.
    """

    def __init__(
        self,
        memory_kib: int = MEMORY_KIB,
        time_cost: int = TIME_COST,
        threads: int = THREADS,
        *,
        pepper: bytes = b"",
    ) -> None:
        self._argon2 = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1, type=Type.ID)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="pin-hash")
        self._pepper = pepper
        self._in_place = memory_kib * time_cost <= _IN_PLACE_KIB

    async def hash(self, secret: Secret) -> str:
        """Return a salted PHC string (`$argon2id$v=19$…`), another each time; `verify` needs the same pepper."""
        if self._in_place:
            return self._argon2.hash(self._keyed(secret))
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._argon2.hash, self._keyed(secret))

    async def verify(self, secret: Secret, hashed: str) -> bool:
        """Whether `secret` was hashed to `hashed`. Raise argon2's InvalidHashError if that is no Argon2 hash."""
        if self._in_place and _costs(hashed) <= _IN_PLACE_KIB:
            return self._matches(secret, hashed)
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._matches, secret, hashed)

    def close(self) -> None:
        """Let running hashes finish, drop those that wait, and end the threads."""
        self._pool.shutdown(cancel_futures=True)

    def _matches(self, secret: Secret, hashed: str) -> bool:
        try:
            return self._argon2.verify(hashed, self._keyed(secret))
        except VerifyMismatchError:
            return False

    def _keyed(self, secret: Secret) -> bytes:
        pin = secret.reveal().encode()
        return hmac.digest(self._pepper, pin, "sha256") if self._pepper else pin


def _costs(hashed: str) -> int:
    """Return memory times passes with which `hashed` was made."""
    made = extract_parameters(hashed)
    return made.memory_cost * made.time_cost
