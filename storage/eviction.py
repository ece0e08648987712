"""Whether a Redis or Valkey may delete keys before their time, when its memory is full."""

from storage import sessions

_KEEPS = "noeviction"


async def evicting_policy(url: str, timeout_seconds: float) -> str | None:
    """Return the server's maxmemory-policy if that may evict a key; None if it does not, or the server does not say.

    Every policy but one may: sessions have an expiry, so `volatile-lru` takes them first.
    """
    client = sessions.open_client(url, most_connections=1, timeout_seconds=timeout_seconds)
    try:
        memory = await client.info("memory")  # not CONFIG GET: hosted servers forbid that
    except sessions.UNAVAILABLE:
        return None
    finally:
        await client.aclose()
    policy = str(memory.get("maxmemory_policy", _KEEPS))
    return None if policy == _KEEPS else policy
