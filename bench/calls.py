"""The least that sending can cost with aiohttp: the same forms to the same provider, without a queue or a record.

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
    texts: list[tuple[str, str]]  # msisdn and text


@dataclass(frozen=True, slots=True)
class CallsResult:
    accepted: int
    seconds: float
    cpu_seconds: float


async def _all_calls(job: CallsJob) -> CallsResult:
    """Render all forms before the clock starts: making a form is not measured."""
    adapter = AfricasTalking(ProviderAccount("bench", "the provider takes any", base_url=job.provider_url))
    calls = [adapter.render_mt(MtSms((Msisdn(msisdn),), text)) for msisdn, text in job.texts]
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(), connector=aiohttp.TCPConnector(limit=0)
    ) as http:
        started, cpu = time.perf_counter(), time.process_time()
        waiting = iter(calls)
        accepted = sum(await asyncio.gather(*(_send_in_turn(http, waiting) for _ in range(job.in_flight))))
        return CallsResult(accepted, time.perf_counter() - started, time.process_time() - cpu)


async def _send_in_turn(http: aiohttp.ClientSession, waiting: Iterator[HttpCall]) -> int:
    """Send one after another until none is left; return how many were accepted."""
    accepted = 0
    for call in waiting:
        async with http.request(call.method, call.url, headers=call.headers, data=call.form) as answer:
            accepted += answer.status == 201 and bool(await answer.read())
    return accepted


if __name__ == "__main__":
    job = orjson.loads(sys.stdin.buffer.read())
    sys.stdout.buffer.write(orjson.dumps(asdict(uvloop.run(_all_calls(CallsJob(**job))))))
