"""PIN hashes: Argon2id in its own small pool of threads, so that a hash never holds up another caller's hop.

A hash so cheap that handing it over would cost more than making it is made in place.
"""

import asyncio
import hmac
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import VerifyMismatchError

from contracts.fields.pin import Secret

# The least OWASP's password storage sheet names for Argon2id (19 MiB, 2 passes, 1 lane): about 20 ms of a core here.
MEMORY_KIB = 19 * 1024
TIME_COST = 2
THREADS = 2
_IN_PLACE_KIB = 64  # memory times passes: some 50 us; a trip to a thread and back takes several times that of the loop


class PinHasher:
    """Hashes and verifies PINs. `memory_kib` and `time_cost` price one hash; `threads` bounds how many run at once.

    Ten thousand PINs are minutes of guessing for whoever steals the table, whatever a hash costs. `pepper`, a key kept
    outside the database, is what makes a stolen table useless: with it each PIN is keyed before it is hashed.
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
        """A salted PHC string (`$argon2id$v=19$…`), different each time, that `verify` takes with the same pepper."""
        if self._in_place:
            return self._argon2.hash(self._keyed(secret))
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._argon2.hash, self._keyed(secret))

    async def verify(self, secret: Secret, hashed: str) -> bool:
        """Whether `secret` is what was hashed; a string that is no Argon2 hash raises argon2's InvalidHashError."""
        if self._in_place and _costs(hashed) <= _IN_PLACE_KIB:
            return self._matches(secret, hashed)
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._matches, secret, hashed)

    def close(self) -> None:
        """Let hashes under way finish, drop those still waiting, end the threads."""
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
    """Memory times passes of a hash as it was made, whatever a new one costs."""
    made = extract_parameters(hashed)
    return made.memory_cost * made.time_cost
