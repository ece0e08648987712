"""CallBatcher: calls of one moment travel together, and a fault reaches only the callers it concerns."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from storage.call_batcher import CallBatcher


class BadRowError(Exception):
    """A fault of one row: nothing has been written."""


class BrokenConnectionError(Exception):
    """Any other fault."""


@dataclass
class Server:
    """Doubles numbers. Refuses a batch with one of `bad` in it, is slow, or breaks; remembers every batch."""

    bad: frozenset[int] = frozenset()
    broken: bool = False
    seconds: float = 0.0
    gate: asyncio.Event | None = None
    batches: list[list[int]] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0

    async def run(self, calls: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(calls))
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await (self.gate.wait() if self.gate else asyncio.sleep(self.seconds))
            if self.broken:
                raise BrokenConnectionError
            if self.bad & set(calls):
                raise BadRowError(self.bad & set(calls))
            return [call * 2 for call in calls]
        finally:
            self.under_way -= 1


async def _call_all(batcher: CallBatcher[int, int], calls: Sequence[int]) -> list[int | BaseException]:
    async with asyncio.timeout(30):
        return await asyncio.gather(*map(batcher, calls), return_exceptions=True)


async def test_calls_of_one_loop_iteration_are_one_batch() -> None:
    server = Server()
    assert await _call_all(CallBatcher(server.run), range(20)) == [n * 2 for n in range(20)]
    assert server.batches == [list(range(20))]


async def test_a_call_in_a_later_loop_iteration_is_a_batch_of_its_own() -> None:
    server = Server()
    batcher = CallBatcher(server.run)
    assert [await batcher(1), await batcher(2)] == [2, 4]
    assert server.batches == [[1], [2]]


@pytest.mark.parametrize(
    ("most", "trips", "sizes", "at_once"),
    [
        pytest.param(10, 4, [10, 10, 5], 3, id="cut at the most a trip takes"),
        pytest.param(10, 2, [10, 10, 5], 2, id="no more trips at once than allowed"),
        pytest.param(1, 1, [1] * 25, 1, id="one by one"),
        pytest.param(25, 1, [25], 1, id="exactly full"),
    ],
)
async def test_batches_keep_to_their_limits(most: int, trips: int, sizes: list[int], at_once: int) -> None:
    server = Server(seconds=0.002)
    assert await _call_all(CallBatcher(server.run, largest_batch=most, batches_at_once=trips), range(25)) == [
        n * 2 for n in range(25)
    ]
    assert [len(batch) for batch in server.batches] == sizes
    assert server.most_under_way == at_once


async def test_calls_made_while_all_batches_are_under_way_travel_together() -> None:
    server = Server(gate=asyncio.Event())
    batcher = CallBatcher(server.run, batches_at_once=1)
    waiting = []
    for call in range(5):  # five turns of the loop
        waiting.append(asyncio.ensure_future(batcher(call)))
        await asyncio.sleep(0)
    assert server.gate
    server.gate.set()
    assert await asyncio.gather(*waiting) == [0, 2, 4, 6, 8]
    assert server.batches == [[0], [1, 2, 3, 4]]


async def test_every_caller_gets_its_own_answer_under_load() -> None:
    server = Server(seconds=0.0005)
    batcher = CallBatcher(server.run, largest_batch=7, batches_at_once=3)

    async def caller(start: int) -> list[int]:
        return [await batcher(start + step) for step in range(20)]

    async with asyncio.timeout(20):
        found = await asyncio.gather(*(caller(n * 1000) for n in range(60)))
    assert found == [[(n * 1000 + step) * 2 for step in range(20)] for n in range(60)]
    assert len(server.batches) < 1200, "they travelled together"


async def test_an_exception_in_place_of_an_answer_reaches_only_its_caller() -> None:
    async def run(calls: Sequence[int]) -> list[int | Exception]:
        return [BadRowError("three") if call == 3 else call for call in calls]

    *others, three, last = await _call_all(CallBatcher(run), [1, 2, 3, 4])
    assert (others, last) == ([1, 2], 4)
    assert isinstance(three, BadRowError)


async def test_a_bad_row_fails_only_its_own_call() -> None:
    server = Server(bad=frozenset({3}))
    one, two, three, four = await _call_all(CallBatcher(server.run, retry_singly_on=(BadRowError,)), [1, 2, 3, 4])
    assert (one, two, four) == (2, 4, 8)
    assert isinstance(three, BadRowError)
    assert server.batches == [[1, 2, 3, 4], [1], [2], [3], [4]]


async def test_a_bad_row_in_a_batch_of_one_is_not_tried_twice() -> None:
    server = Server(bad=frozenset({3}))
    with pytest.raises(BadRowError):
        await CallBatcher(server.run, retry_singly_on=(BadRowError,))(3)
    assert server.batches == [[3]]


@pytest.mark.parametrize("count", [1, 4])
async def test_any_other_fault_reaches_every_caller_of_the_batch(count: int) -> None:
    server = Server(broken=True)
    answers = await _call_all(CallBatcher(server.run, retry_singly_on=(BadRowError,)), range(count))
    assert [type(answer) for answer in answers] == [BrokenConnectionError] * count
    assert len(server.batches) == 1, "nothing was tried again"


async def test_a_connection_may_break_while_calls_are_retried_singly() -> None:
    """The ones done by then keep their answers; nobody is left waiting."""
    done: list[int] = []

    async def run(calls: Sequence[int]) -> list[int | Exception]:
        if len(calls) > 1:
            raise BadRowError
        if calls[0] > 2:
            raise BrokenConnectionError
        done.extend(calls)
        return list(calls)

    answers = await _call_all(CallBatcher(run, retry_singly_on=(BadRowError,)), [1, 2, 3, 4])
    assert answers[:2] == done == [1, 2]
    assert [type(answer) for answer in answers[2:]] == [BrokenConnectionError] * 2


async def test_a_batch_after_a_fault_works_as_usual() -> None:
    server = Server(broken=True)
    batcher = CallBatcher(server.run, batches_at_once=1)
    await _call_all(batcher, [1, 2])
    server.broken = False
    assert await _call_all(batcher, [1, 2]) == [2, 4]


async def test_a_cancelled_caller_disturbs_no_other() -> None:
    server = Server(gate=asyncio.Event())
    batcher = CallBatcher(server.run)
    calls = [asyncio.ensure_future(batcher(n)) for n in range(3)]
    await asyncio.sleep(0.001)
    calls[1].cancel()
    await asyncio.sleep(0)
    assert server.gate
    server.gate.set()
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert (answers[0], answers[2]) == (0, 4)
    assert isinstance(answers[1], asyncio.CancelledError)
    assert server.batches == [[0, 1, 2]]
    assert await batcher(7) == 14, "the dropped answer is nobody else's"
    await asyncio.sleep(0.001)
    assert not batcher._waiting and not batcher._under_way, "nothing of it is left behind"


async def test_a_caller_cancelled_before_its_batch_starts_does_not_harm_the_batch() -> None:
    server = Server()
    batcher = CallBatcher(server.run)
    one, two = asyncio.ensure_future(batcher(1)), asyncio.ensure_future(batcher(2))
    await asyncio.sleep(0)  # both wait now; the batch starts in the next loop iteration
    one.cancel()
    assert await two == 4
    with pytest.raises(asyncio.CancelledError):
        await one


async def test_a_fault_for_a_cancelled_caller_reaches_nobody() -> None:
    server = Server(gate=asyncio.Event(), broken=True)
    call = asyncio.ensure_future(CallBatcher(server.run)(1))
    await asyncio.sleep(0.001)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert server.gate
    server.gate.set()
    await asyncio.sleep(0.001)  # an exception nobody fetches is a warning, and a warning fails this run
    assert call.cancelled()


@pytest.mark.parametrize("count", [0, 2, 5])
async def test_too_few_or_too_many_answers_leave_no_caller_waiting(count: int) -> None:
    async def run(calls: Sequence[int]) -> list[int | Exception]:
        return [1] * count

    answers = await _call_all(CallBatcher(run), [1, 2, 3])
    assert [type(answer) for answer in answers] == [ValueError] * 3
