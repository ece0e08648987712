"""What sending can cost at the least with aiohttp: the same forms to the same provider, and nothing kept of them.

A process of its own: a `CallsJob` in JSON on stdin, a `CallsResult` in JSON on stdout.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import aiohttp
import orjson
import uvloop

from contracts.fields.msisdn import Msisdn
from gateway.events import HttpCall, MtSms, ProviderAccount
from gateway.providers.africastalking import AfricasTalking


@dataclass(frozen=True, slots=True)
class CallsJob:
    provider_url: str
    in_flight: int
    texts: list[tuple[str, str]]  # msisdn and words


@dataclass(frozen=True, slots=True)
class CallsResult:
    accepted: int
    seconds: float
    cpu_seconds: float


async def _all_calls(job: CallsJob) -> CallsResult:
    """Rendered before the clock starts: how a form comes to be is not what is measured."""
    adapter = AfricasTalking(ProviderAccount("bench", "the provider takes any", base_url=job.provider_url))
    calls = [adapter.render_mt(MtSms((Msisdn(msisdn),), text)) for msisdn, text in job.texts]
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(), connector=aiohttp.TCPConnector(limit=0)
    ) as http:
        started, cpu = time.perf_counter(), time.process_time()
        waiting = iter(calls)
        accepted = sum(await asyncio.gather(*(_some(http, waiting) for _ in range(job.in_flight))))
        return CallsResult(accepted, time.perf_counter() - started, time.process_time() - cpu)


async def _some(http: aiohttp.ClientSession, waiting: Iterator[HttpCall]) -> int:
    """One after another, as long as there are any."""
    accepted = 0
    for call in waiting:
        async with http.request(call.method, call.url, headers=call.headers, data=call.form) as answer:
            accepted += answer.status == 201 and bool(await answer.read())
    return accepted


if __name__ == "__main__":
    asked = orjson.loads(sys.stdin.buffer.read())
    sys.stdout.buffer.write(orjson.dumps(asdict(uvloop.run(_all_calls(CallsJob(**asked))))))
