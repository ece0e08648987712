"""The deadlines of requests: each has its whole time, and no more."""

import asyncio

import pytest

from gateway.limits.request_deadlines import RequestDeadlines

SOON, NEVER = 0.01, 3600.0  # seconds


async def request(deadlines: RequestDeadlines, work: asyncio.Event) -> str:
    with deadlines.of_request():
        await work.wait()
    return "answered"


async def test_what_hangs_ends_with_a_timeout_and_its_task_goes_on() -> None:
    with pytest.raises(TimeoutError):
        await request(RequestDeadlines(SOON), asyncio.Event())
    task = asyncio.current_task()
    assert task and not task.cancelling()
    await asyncio.sleep(0)


async def test_all_that_hang_end_also_those_that_begin_after_others_were_late() -> None:
    deadlines, done = RequestDeadlines(SOON), asyncio.Event()
    done.set()
    for _ in range(3):
        requests = [request(deadlines, asyncio.Event()) for _ in range(20)]
        assert await request(deadlines, done) == "answered"
        ended = await asyncio.gather(*requests, return_exceptions=True)
        assert {type(each) for each in ended} == {TimeoutError}


async def test_who_cancels_a_request_gets_no_timeout() -> None:
    task = asyncio.create_task(request(RequestDeadlines(NEVER), asyncio.Event()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_is_raised_within_comes_out_as_it_is() -> None:
    with pytest.raises(ValueError, match="ours"), RequestDeadlines(NEVER).of_request():
        raise ValueError("ours")
