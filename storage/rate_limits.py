"""How often somebody may ask, counted in Redis or Valkey for all processes together."""

import hashlib

from storage.sessions import Client


class RateLimits:
    """Counts by the window: so many in each `seconds` from the first."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def retry_after_seconds(self, what: str, who: str, *, most: int, seconds: int) -> int:
        """Count one more of `what` by `who`: 0, or for how many seconds that is too often. Keeps a hash of `who` only,
        and not for longer than the window."""
        key = f"limit:{what}:{hashlib.blake2b(who.encode(), digest_size=12).hexdigest()}"
        async with self._client.pipeline(transaction=True) as trip:
            trip.incr(key)
            trip.expire(key, seconds, nx=True)
            trip.ttl(key)
            count, _, left = await trip.execute()
        return max(1, int(left)) if int(count) > most else 0
