"""Limits on how often somebody may do something, counted in Redis or Valkey for all processes together."""

import hashlib

from storage.sessions import Client


class RateLimits:
    """Counts uses in windows of time; a window begins with its first use."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def retry_after_seconds(self, what: str, who: str, *, most: int, seconds: int) -> int:
        """Count one use of `what` by `who`, who may do so `most` times in `seconds`. Return 0 if they may now, else for
        how many seconds to wait. Only a hash of `who` is stored, and not for longer than the window."""
        key = f"limit:{what}:{hashlib.blake2b(who.encode(), digest_size=12).hexdigest()}"
        async with self._client.pipeline(transaction=True) as trip:
            trip.incr(key)
            trip.expire(key, seconds, nx=True)
            trip.ttl(key)
            count, _, left = await trip.execute()
        return max(1, int(left)) if int(count) > most else 0
