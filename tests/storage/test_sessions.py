"""Sessions in a real Valkey: which save wins, who gets the lock, and that nobody can read them without the key."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from storage.encryption import Encryptor
from storage.sessions import Loaded, Sessions
from tests.storage.session_store import PLAIN, open_sessions


@pytest_asyncio.fixture
async def sessions(redis_url: str) -> AsyncIterator[Sessions]:
    async with open_sessions(redis_url) as sessions:
        yield sessions


@pytest_asyncio.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as redis:
        yield redis


async def test_a_saved_session_can_be_loaded(sessions: Sessions) -> None:
    new = await sessions.load("at", "s1")
    assert (new.version, new.plain, new.is_ours) == (0, None, True)
    assert await sessions.save(new, PLAIN)
    again = await sessions.load("at", "s1")
    assert (again.version, again.plain) == (1, PLAIN)
    assert await sessions.save(again, b"2")
    assert (await sessions.load("at", "s1")).version == 2


async def test_sessions_of_other_ids_and_providers_are_separate(sessions: Sessions) -> None:
    assert await sessions.save(await sessions.load("at", "s1"), PLAIN)
    for provider, session_id in [("at", "s2"), ("other", "s1"), ("at:s1", ""), ("at", "s1:lock")]:
        assert (await sessions.load(provider, session_id)).plain is None


async def test_a_server_that_forgot_our_script_is_sent_it_again(sessions: Sessions, redis: Redis) -> None:
    for text in (b"1", b"2"):
        loaded = await sessions.load("at", "s1")
        await redis.script_flush()
        assert await sessions.save(loaded, text, leaver=b"amina", leaves=True)
        assert (await sessions.load("at", "s1")).plain == text
    assert (await sessions.load("at", "s2", b"amina")).left_at == loaded.key


async def test_of_two_saves_one_wins(sessions: Sessions) -> None:
    one, two = await sessions.load("at", "s1"), await sessions.load("at", "s1")
    saved = await asyncio.gather(sessions.save(one, b"one"), sessions.save(two, b"two"))
    assert sorted(saved) == [False, True]
    assert (await sessions.load("at", "s1")).plain == (b"one" if saved[0] else b"two")


async def test_of_many_processes_that_save_at_once_one_wins(redis_url: str) -> None:
    async with open_sessions(redis_url) as first, open_sessions(redis_url) as second:
        for _ in range(20):
            loaded = [await store.load("at", "s1") for store in (first, second)]
            saved = await asyncio.gather(
                *(store.save(one, PLAIN) for store, one in zip((first, second), loaded, strict=True))
            )
            assert sorted(saved) == [False, True]


async def test_an_old_load_cannot_overwrite_a_newer_session(sessions: Sessions) -> None:
    old = await sessions.load("at", "s1")
    for plain in (b"1", b"2"):
        assert await sessions.save(await sessions.load("at", "s1"), plain)
    assert not await sessions.save(old, b"old")
    assert (await sessions.load("at", "s1")).plain == b"2"


async def test_a_deleted_session_is_not_brought_back_by_a_late_save(sessions: Sessions, redis: Redis) -> None:
    await sessions.save(await sessions.load("at", "s1"), PLAIN)
    loaded = await sessions.load("at", "s1")
    await redis.delete(loaded.key)
    assert not await sessions.save(loaded, b"2")
    assert (await sessions.load("at", "s1")).plain is None


async def test_only_one_load_at_a_time_gets_the_lock(sessions: Sessions) -> None:
    loaded = await asyncio.gather(*(sessions.load("at", "s1") for _ in range(10)))
    assert [one.is_ours for one in loaded].count(True) == 1


@pytest.mark.parametrize("way", ["save", "release"])
async def test_save_and_release_free_the_lock(sessions: Sessions, way: str) -> None:
    holder = await sessions.load("at", "s1")
    waiting = await sessions.load("at", "s1")
    assert (holder.is_ours, waiting.is_ours) == (True, False)
    if way == "save":
        await sessions.save(holder, PLAIN)
    else:
        await sessions.release(holder)
    assert (await sessions.load("at", "s1", token=waiting.token)).is_ours


async def test_a_save_that_loses_still_frees_its_lock(sessions: Sessions) -> None:
    holder = await sessions.load("at", "s1")
    late = Loaded(holder.key, 7, None, holder.token, is_ours=True)
    assert not await sessions.save(late, PLAIN)
    assert (await sessions.load("at", "s1")).is_ours


async def test_a_load_without_the_lock_frees_no_lock(sessions: Sessions) -> None:
    holder, other = await sessions.load("at", "s1"), await sessions.load("at", "s1")
    await sessions.release(other)
    assert await sessions.save(other, PLAIN), "the lock is for smoothness: saving needs only the version"
    assert not (await sessions.load("at", "s1")).is_ours, "and the holder's lock is still the holder's"
    await sessions.release(holder)
    assert (await sessions.load("at", "s1")).is_ours


async def test_a_lock_whose_process_died_ends_by_itself(redis_url: str) -> None:
    async with open_sessions(redis_url, lock=0.1) as sessions:
        dead = await sessions.load("at", "s1")
        assert not (await sessions.load("at", "s1")).is_ours
        await asyncio.sleep(0.15)
        heir = await sessions.load("at", "s1")
        assert heir.is_ours
        await sessions.release(dead)  # it was not dead after all
        assert not (await sessions.load("at", "s1")).is_ours, "the lock is the heir's now"


async def test_a_session_is_kept_for_its_ttl_from_the_last_save(redis_url: str, redis: Redis) -> None:
    async with open_sessions(redis_url, ttl=100) as sessions:
        await sessions.save(await sessions.load("at", "s1"), PLAIN)
        loaded = await sessions.load("at", "s1")
        assert 99_000 < await redis.pttl(loaded.key) <= 100_000
        await redis.pexpire(loaded.key, 500)
        await sessions.save(loaded, PLAIN)
        assert 99_000 < await redis.pttl(loaded.key) <= 100_000
        await redis.pexpire(loaded.key, 1)
        await asyncio.sleep(0.02)
        assert (await sessions.load("at", "s1")).plain is None


async def test_a_lock_ends_with_its_ttl(sessions: Sessions, redis: Redis) -> None:
    loaded = await sessions.load("at", "s1")
    assert 0 < await redis.pttl(loaded.key + ":lock") <= 5000


async def test_sessions_cannot_be_read_in_the_store(sessions: Sessions, redis: Redis) -> None:
    loaded = await sessions.load("at", "s1")
    await sessions.save(loaded, PLAIN)
    value = await redis.get(loaded.key)
    assert isinstance(value, bytes)
    assert b"0712345678" not in value and b"language" not in value
    await sessions.save(await sessions.load("at", "s1"), PLAIN)
    again = await redis.get(loaded.key)
    assert isinstance(again, bytes) and again[2:] != value[2:], "the same twice looks different"


async def test_a_value_under_another_key_cannot_be_decrypted(sessions: Sessions, redis: Redis) -> None:
    mine, theirs = await sessions.load("at", "mine"), await sessions.load("at", "theirs")
    await sessions.save(mine, PLAIN)
    value = await redis.get(mine.key)
    assert value
    await redis.set(theirs.key, value)
    assert (await sessions.load("at", "theirs")).plain is None


async def test_another_secret_key_decrypts_nothing(sessions: Sessions, redis_url: str) -> None:
    await sessions.save(await sessions.load("at", "s1"), PLAIN)
    async with open_sessions(redis_url, encryptor=Encryptor("another secret")) as others:
        loaded = await others.load("at", "s1")
        assert loaded.plain is None
        assert await others.save(loaded, b"theirs now")


@pytest.mark.parametrize(
    "altered",
    [
        pytest.param(lambda value: value[:-1] + bytes([value[-1] ^ 1]), id="its last bit turned"),
        pytest.param(lambda value: value[:2] + bytes([value[2] ^ 1]) + value[3:], id="its first bit turned"),
        pytest.param(lambda value: value[:-1], id="a byte short"),
        pytest.param(lambda value: value + b"x", id="a byte long"),
        pytest.param(lambda value: value[:20], id="cut off"),
        pytest.param(lambda value: value[:5], id="cut off within the nonce"),
        pytest.param(lambda _: b"1:", id="nothing but a version"),
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda _: b"rubbish", id="no version"),
        pytest.param(lambda _: b"x1:rubbish", id="a version that is none"),
        pytest.param(lambda value: "\u0661".encode() + value[1:], id="a version in another script"),
    ],
)
async def test_an_altered_value_counts_as_no_session_and_is_overwritten(
    sessions: Sessions, redis: Redis, altered: object
) -> None:
    await sessions.save(await sessions.load("at", "s1"), PLAIN)
    loaded = await sessions.load("at", "s1")
    assert callable(altered)
    await redis.set(loaded.key, altered(await redis.get(loaded.key)))
    broken = await sessions.load("at", "s1")
    assert broken.plain is None
    assert await sessions.save(broken, b"new")
    assert (await sessions.load("at", "s1")).plain == b"new"


async def test_a_caller_finds_the_session_they_left_unfinished(sessions: Sessions) -> None:
    first = await sessions.load("at", "s1")
    await sessions.save(first, PLAIN, leaver=b"amina", leaves=True)
    again = await sessions.load("at", "s2", b"amina")
    assert again.left_at == first.key
    assert await sessions.peek(first.key) == PLAIN
    assert (await sessions.load("at", "s2", b"baraka")).left_at is None
    assert (await sessions.load("at", "s1", b"amina")).left_at is None, "that is where they are"
    await sessions.save(again, PLAIN, leaver=b"amina", leaves=False)
    assert (await sessions.load("at", "s3", b"amina")).left_at is None


async def test_loads_and_saves_of_one_moment_share_round_trips(redis_url: str, redis: Redis) -> None:
    """As the server counts them: what came on our connections, read by read."""
    async with open_sessions(redis_url) as sessions:
        await sessions.beat()
        before = (await redis.info("stats"))["total_reads_processed"]
        loaded = await asyncio.gather(*(sessions.load("at", f"s{n}") for n in range(60)))
        await asyncio.gather(*(sessions.save(one, PLAIN) for one in loaded))
        reads = (await redis.info("stats"))["total_reads_processed"] - before
        assert reads <= 8, "two pipelines of a few packets, and the question itself"


async def test_a_key_of_the_wrong_type_fails_only_its_own_session(sessions: Sessions, redis: Redis) -> None:
    bad = (await sessions.load("at", "bad")).key
    await redis.rpush(bad, "what", "ever")
    answers = await asyncio.gather(
        *(sessions.load("at", name) for name in ("s1", "bad", "s2")), return_exceptions=True
    )  # fmt: skip
    one, fault, two = answers
    assert isinstance(one, Loaded) and isinstance(two, Loaded)
    assert isinstance(fault, ResponseError) and "WRONGTYPE" in str(fault)
    saved = await asyncio.gather(
        sessions.save(one, b"one"),
        sessions.save(Loaded(bad, 0, None, "token", is_ours=True), b"bad"),
        sessions.save(two, b"two"),
        return_exceptions=True,
    )
    assert saved[0] is True and saved[2] is True
    assert isinstance(saved[1], ResponseError)
    assert (await sessions.load("at", "s2")).plain == b"two", "each got its own reply"
