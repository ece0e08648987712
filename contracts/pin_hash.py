"""PIN hashes: Argon2id in a small thread pool of its own, so that a hash never delays another caller's hop.

PINs that are typed at the same moment are compared on one thread, one after another, and answered together: so their
acts share a statement. A hash that is cheaper than the way to a thread and back is computed where it is needed.
"""

import asyncio
import hashlib
import hmac
import re
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from uuid import UUID

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import VerifyMismatchError

from contracts.fields.pin import Secret
from storage.call_batcher import CallBatcher

# About 0.7 ms of a core. No cost protects one of ten thousand PINs; see docs/decisions/0011-what-a-pin-costs.md.
MEMORY_KIB = 1024
TIME_COST = 1
THREADS = 2
_FASTEST_SECONDS_PER_MIB = 0.0004  # of memory, in one pass
_TOGETHER_SECONDS = 0.0033  # of hashing, at the fastest, for those that are answered together
_BATCHES_PER_THREAD = 2  # one is hashed while the tries of another are counted
_IN_PLACE_KIB = 64  # memory times passes: some 50 us, less than a thread costs
# Before the PHC string of a hash that is bound to its person; hashes before 0017 have none. Where SECRET_KEY was
# changed it is `person.1a2b3c4d:`, which says with which key.
_BOUND = re.compile(r"person(?:\.(?P<label>[0-9a-f]{8}))?:")


class PinQueueFullError(Exception):
    """So many PINs wait to be hashed that the turn of this one does not come in time."""


class PinHasher:
    """Hashes and verifies PINs. `memory_kib` and `time_cost` set the cost of one hash, `threads` how many run at once.

    There are only ten thousand PINs of four digits: who has the table and the pepper can try them all, whatever one
    hash costs. `pepper`, a key that is kept outside the database, makes a stolen table useless: the PIN is
    keyed with it first, and with it the id of its person. So whoever can write the table cannot give a person the hash
    of another's PIN.
    `older_peppers`: hashes made with these stay valid; each is replaced when its PIN is typed (`is_outdated`).
    """

    def __init__(
        self,
        memory_kib: int = MEMORY_KIB,
        time_cost: int = TIME_COST,
        threads: int = THREADS,
        *,
        pepper: bytes = b"",
        older_peppers: Sequence[bytes] = (),
    ) -> None:
        self._argon2 = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1, type=Type.ID)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="pin-hash")
        self._threads = threads
        self._waiting = 0
        self._peppers = {label_of(each): each for each in (pepper, *older_peppers)}
        self._label = label_of(pepper)
        self._prefix = prefix_of(pepper) if older_peppers else "person:"
        self._cost = memory_kib, time_cost
        self._fastest_seconds = memory_kib * time_cost / 1024 * _FASTEST_SECONDS_PER_MIB
        self._in_place = memory_kib * time_cost <= _IN_PLACE_KIB
        together = max(1, int(_TOGETHER_SECONDS / self._fastest_seconds))
        self._turns = asyncio.Semaphore(threads * _BATCHES_PER_THREAD * together)
        self._comparing = CallBatcher[tuple[bytes, str], bool](
            self._compare, largest_batch=together, batches_at_once=threads
        )

    @asynccontextmanager
    async def turn(self, seconds: float) -> AsyncIterator[None]:
        """Wait for up to `seconds` until it is this PIN's turn to be hashed; then its try may be counted.

        Raise PinQueueFullError if its turn does not come, so that no try is lost; at once, if those who wait would need
        longer even on an idle machine. A hash that takes no thread needs no turn.
        """
        if self._in_place:
            yield
            return
        if self._waiting * self._fastest_seconds / self._threads >= seconds:
            raise PinQueueFullError
        self._waiting += 1
        try:
            async with asyncio.timeout(seconds):
                await self._turns.acquire()
        except TimeoutError:
            raise PinQueueFullError from None
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns.release()

    async def hash(self, secret: Secret, person_id: UUID) -> str:
        """Return a salted hash that is bound to this person, another each time; `verify` needs the same pepper."""
        keyed = _keyed(secret, person_id, self._peppers[self._label])
        if self._in_place:
            return self._prefix + self._argon2.hash(keyed)
        return self._prefix + await asyncio.get_running_loop().run_in_executor(self._pool, self._argon2.hash, keyed)

    async def verify(self, secret: Secret, hashed: str, person_id: UUID) -> bool:
        """Whether `secret` was hashed to `hashed` for this person, or for anybody if that hash is not bound.

        Raise argon2's InvalidHashError if that is no Argon2 hash.
        """
        bound = _BOUND.match(hashed)
        phc, label = hashed[bound.end() if bound else 0 :], bound and bound["label"]
        peppers = [self._peppers[label]] if label in self._peppers else self._peppers.values()
        tried = [await self._is_match(_keyed(secret, person_id if bound else None, each), phc) for each in peppers]
        return any(tried)  # with every key, so that a right PIN takes as long as a wrong one

    def is_outdated(self, hashed: str) -> bool:
        """Return whether a hash should be replaced when its PIN is typed right: it is not bound to its person, may have
        been made with an older pepper, or was made at another cost."""
        bound = _BOUND.match(hashed)
        if bound is None or (len(self._peppers) > 1 and bound["label"] != self._label):
            return True
        made = extract_parameters(hashed[bound.end() :])
        return (made.memory_cost, made.time_cost) != self._cost

    def close(self) -> None:
        """Let running hashes finish, drop those that wait, and end the threads."""
        self._pool.shutdown(cancel_futures=True)

    async def _is_match(self, keyed: bytes, phc: str) -> bool:
        if self._in_place and _costs(phc) <= _IN_PLACE_KIB:
            return self._matches(keyed, phc)
        return await self._comparing((keyed, phc))

    async def _compare(self, pins: Sequence[tuple[bytes, str]]) -> list[bool | Exception]:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._compare_each, pins)

    def _compare_each(self, pins: Sequence[tuple[bytes, str]]) -> list[bool | Exception]:
        answers: list[bool | Exception] = []
        for keyed, phc in pins:
            try:
                answers.append(self._matches(keyed, phc))
            except Exception as fault:  # raised to who asked about this one
                answers.append(fault)
        return answers

    def _matches(self, keyed: bytes, phc: str) -> bool:
        try:
            return self._argon2.verify(phc, keyed)
        except VerifyMismatchError:
            return False


def prefix_of(pepper: bytes) -> str:
    """Return how a hash begins that was made with `pepper` while there were older ones."""
    return f"person.{label_of(pepper)}:"


def label_of(pepper: bytes) -> str:
    """Return the name of a pepper in hashes: it says which one, and nothing of it."""
    return hashlib.blake2b(b"label", key=pepper, digest_size=4).hexdigest()


def _keyed(secret: Secret, person_id: UUID | None, pepper: bytes) -> bytes:
    pin = secret.reveal().encode()
    if person_id is None:
        return hmac.digest(pepper, pin, "sha256") if pepper else pin
    return hmac.digest(pepper, person_id.bytes + pin, "sha256")


def _costs(phc: str) -> int:
    """Return memory times passes with which a hash was made."""
    made = extract_parameters(phc)
    return made.memory_cost * made.time_cost
