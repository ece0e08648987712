"""Hashes of PINs: they verify only their own PIN, for their own person, and never hold up the event loop."""

import asyncio
import hmac
import threading
from collections.abc import Sequence
from contextlib import AsyncExitStack
from uuid import UUID

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError

from contracts.fields.pin import Secret
from contracts.pin_hash import PinHasher, PinQueueFullError

AMINA, OTIENO = UUID(int=1), UUID(int=2)


@pytest.fixture
def hasher() -> PinHasher:
    return PinHasher(memory_kib=64, time_cost=1)


async def test_a_hash_verifies_its_own_pin_only(hasher: PinHasher) -> None:
    hashed = await hasher.hash(Secret("4071"), AMINA)
    assert "$argon2id$" in hashed and "4071" not in hashed
    assert hashed != await hasher.hash(Secret("4071"), AMINA)
    assert await hasher.verify(Secret("4071"), hashed, AMINA)
    assert not await hasher.verify(Secret("4072"), hashed, AMINA)
    with pytest.raises(InvalidHashError):
        await hasher.verify(Secret("4071"), "no hash", AMINA)
    hasher.close()


async def test_a_hash_verifies_for_its_own_person_only(hasher: PinHasher) -> None:
    hashed = await hasher.hash(Secret("4071"), AMINA)
    assert not hasher.is_outdated(hashed)
    assert not await hasher.verify(Secret("4071"), hashed, OTIENO)
    without_mark = hashed[hashed.index("$") :]
    assert hasher.is_outdated(without_mark)
    assert not await hasher.verify(Secret("4071"), without_mark, AMINA)
    hasher.close()


async def test_a_hash_of_an_older_version_verifies() -> None:
    pepper = b"kept elsewhere"
    hasher = PinHasher(memory_kib=64, time_cost=1, pepper=pepper)
    old = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(hmac.digest(pepper, b"4071", "sha256"))
    assert hasher.is_outdated(old)
    assert await hasher.verify(Secret("4071"), old, AMINA)
    assert not await hasher.verify(Secret("4072"), old, AMINA)
    hasher.close()


async def test_a_hash_cannot_be_verified_without_its_pepper(hasher: PinHasher) -> None:
    peppered = PinHasher(memory_kib=64, time_cost=1, pepper=b"kept elsewhere")
    hashed = await peppered.hash(Secret("4071"), AMINA)
    assert await peppered.verify(Secret("4071"), hashed, AMINA)
    assert not await hasher.verify(Secret("4071"), hashed, AMINA)
    peppered.close()
    hasher.close()


async def test_a_right_pin_takes_as_many_hashes_as_a_wrong_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where nobody knows with which of the keys its hash was made: a PIN that is locked must not show it."""
    before = PinHasher(memory_kib=64, time_cost=1, pepper=b"before")
    hashed = await before.hash(Secret("4071"), AMINA)
    after = PinHasher(memory_kib=64, time_cost=1, pepper=b"now", older_peppers=[b"before", b"long before"])
    verify, tried = PasswordHasher.verify, list[bytes]()

    def counted(hasher: PasswordHasher, phc: str, pin: bytes) -> bool:
        tried.append(pin)
        return verify(hasher, phc, pin)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    for pin, is_right in (("4071", True), ("4072", False)):
        tried.clear()
        assert await after.verify(Secret(pin), hashed, AMINA) is is_right
        assert len(tried) == 3
    before.close()
    after.close()


async def test_a_hash_of_another_cost_is_valid_and_outdated() -> None:
    dear, cheap = PinHasher(19 * 1024, 2, pepper=b"kept elsewhere"), PinHasher(pepper=b"kept elsewhere")
    hashed = await dear.hash(Secret("4071"), AMINA)
    assert await cheap.verify(Secret("4071"), hashed, AMINA)
    assert (cheap.is_outdated(hashed), dear.is_outdated(hashed)) == (True, False)
    assert dear.is_outdated(await cheap.hash(Secret("4071"), AMINA))
    dear.close()
    cheap.close()


async def test_the_event_loop_runs_while_a_pin_is_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    loop_ran = threading.Event()

    def wait_for_the_loop(_hasher: PasswordHasher, _pin: bytes) -> str:
        assert loop_ran.wait(timeout=30), "the hash holds up the event loop"
        return "hashed"

    monkeypatch.setattr(PasswordHasher, "hash", wait_for_the_loop)
    hasher = PinHasher(threads=1)
    asyncio.get_running_loop().call_soon(loop_ran.set)
    assert (await hasher.hash(Secret("4071"), AMINA)).endswith("hashed")
    hasher.close()


async def test_pins_of_one_moment_are_compared_together_each_with_its_own_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hasher = PinHasher(threads=1)
    hashed = await hasher.hash(Secret("4071"), AMINA)
    batches, compare = list[int](), PinHasher._compare_each

    def counted(hasher: PinHasher, pins: Sequence[tuple[bytes, str]]) -> list[bool | Exception]:
        batches.append(len(pins))
        return compare(hasher, pins)

    monkeypatch.setattr(PinHasher, "_compare_each", counted)
    pins = ((AMINA, "4071", hashed), (OTIENO, "4071", hashed), (AMINA, "4072", hashed), (AMINA, "4071", "no hash"))
    answers = await asyncio.gather(
        *(hasher.verify(Secret(pin), phc, person) for person, pin, phc in pins), return_exceptions=True
    )
    assert answers[:3] == [True, False, False] and isinstance(answers[3], InvalidHashError)
    assert batches == [4]
    await asyncio.gather(*(hasher.verify(Secret("4071"), hashed, AMINA) for _ in range(9)))
    assert batches[1:] == [8, 1], "so that nobody waits long for a thread"
    hasher.close()


async def test_a_pin_whose_turn_does_not_come_is_refused_and_the_next_one_is_not() -> None:
    hasher = PinHasher(memory_kib=19 * 1024, time_cost=2, threads=1)
    async with AsyncExitStack() as under_way:
        for _ in range(2):
            await under_way.enter_async_context(hasher.turn(60))
        with pytest.raises(PinQueueFullError):
            async with hasher.turn(0.01):
                pass
    async with hasher.turn(60):
        pass
    hasher.close()


async def test_a_queue_that_is_too_long_even_for_an_idle_machine_is_refused_at_once() -> None:
    hasher = PinHasher(memory_kib=19 * 1024, time_cost=2, threads=1)
    waits = [hasher.turn(60) for _ in range(4002)]
    entered = [asyncio.create_task(each.__aenter__()) for each in waits]
    await asyncio.sleep(0)
    with pytest.raises(PinQueueFullError):  # 4,000 wait, and each takes 15 ms: the turn would not come within 60 s
        async with hasher.turn(60):
            pass
    for task in entered:
        task.cancel()
    await asyncio.gather(*entered, return_exceptions=True)
    hasher.close()
