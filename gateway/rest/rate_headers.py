"""RateLimit and RateLimit-Policy, as draft-ietf-httpapi-ratelimit-headers has them: how many requests a key may still
send, and until when."""

from typing import Final

from aiohttp import web

from gateway.limits.use_counter import UseCounter

_HIGHEST: Final = 10**15 - 1  # of an integer in a structured field (RFC 9651)


def tell_limit(answer: web.StreamResponse, counter: UseCounter, who: str) -> None:
    """Add the headers to an answer that is not sent yet. Where the limit does not hold there are none."""
    if counter.limit.most > _HIGHEST:
        return
    left, seconds = counter.left(who)
    answer.headers["RateLimit-Policy"] = f'"key";q={counter.limit.most};w={counter.limit.seconds}'
    answer.headers["RateLimit"] = f'"key";r={left};t={seconds}'
