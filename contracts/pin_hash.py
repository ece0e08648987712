"""PIN hashes: Argon2id in a small thread pool of its own, so that a hash never delays another caller's hop.

A hash that is cheaper than the way to a thread and back is computed where it is needed.
"""

import asyncio
import hmac
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import VerifyMismatchError

from contracts.fields.pin import Secret

# The lowest cost for Argon2id in OWASP's password storage cheat sheet: 19 MiB, 2 passes, 1 lane. About 20 ms of a core.
MEMORY_KIB = 19 * 1024
TIME_COST = 2
THREADS = 2
_IN_PLACE_KIB = 64  # memory times passes: some 50 us, less than a thread costs
_BOUND = "person:"  # before the PHC string of a hash that is bound to its person; hashes before 0017 have none


class PinHasher:
    """Hashes and verifies PINs. `memory_kib` and `time_cost` set the cost of one hash, `threads` how many run at once.

    There are only ten thousand PINs of four digits: who steals the table can try them all, whatever one hash costs.
    `pepper`, a key that is kept outside the database, makes a stolen table useless: the PIN is keyed with it first, and
    with it the id of its person. So whoever can write the table cannot give a person the hash of another's PIN.
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

    async def hash(self, secret: Secret, person_id: UUID) -> str:
        """Return a salted hash that is bound to this person, another each time; `verify` needs the same pepper."""
        keyed = self._keyed(secret, person_id)
        if self._in_place:
            return _BOUND + self._argon2.hash(keyed)
        return _BOUND + await asyncio.get_running_loop().run_in_executor(self._pool, self._argon2.hash, keyed)

    async def verify(self, secret: Secret, hashed: str, person_id: UUID) -> bool:
        """Whether `secret` was hashed to `hashed` for this person, or for anybody if that hash is not `is_bound`.

        Raise argon2's InvalidHashError if that is no Argon2 hash.
        """
        phc, keyed = hashed.removeprefix(_BOUND), self._keyed(secret, person_id if is_bound(hashed) else None)
        if self._in_place and _costs(phc) <= _IN_PLACE_KIB:
            return self._matches(keyed, phc)
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._matches, keyed, phc)

    def close(self) -> None:
        """Let running hashes finish, drop those that wait, and end the threads."""
        self._pool.shutdown(cancel_futures=True)

    def _matches(self, keyed: bytes, phc: str) -> bool:
        try:
            return self._argon2.verify(phc, keyed)
        except VerifyMismatchError:
            return False

    def _keyed(self, secret: Secret, person_id: UUID | None) -> bytes:
        pin = secret.reveal().encode()
        if person_id is None:
            return hmac.digest(self._pepper, pin, "sha256") if self._pepper else pin
        return hmac.digest(self._pepper, person_id.bytes + pin, "sha256")


def is_bound(hashed: str) -> bool:
    """Whether a hash is bound to its person. One that is not is replaced when its PIN is typed right."""
    return hashed.startswith(_BOUND)


def _costs(phc: str) -> int:
    """Return memory times passes with which a hash was made."""
    made = extract_parameters(phc)
    return made.memory_cost * made.time_cost
