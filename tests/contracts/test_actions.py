"""Reading facts, deciding and writing are tried again while the contract changes in between."""

import asyncio

import pytest

from contracts import actions


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were asked for; none of them is waited for."""
    asked: list[float] = []

    async def sleep(seconds: float) -> None:
        asked.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return asked


@pytest.mark.parametrize("changes", [0, 1, 4])
async def test_an_attempt_is_repeated_until_the_contract_holds_still(changes: int, pauses: list[float]) -> None:
    results = iter([*(None,) * changes, "done", "too late"])

    async def attempt() -> str | None:
        return next(results)

    assert await actions.retry_when_changed(attempt) == "done"
    assert next(results) == "too late", "nothing is attempted after a result"
    assert len(pauses) == changes and all(seconds > 0 for seconds in pauses)


async def test_a_false_result_is_a_result() -> None:
    async def attempt() -> bool | None:
        return False

    assert await actions.retry_when_changed(attempt) is False


async def test_a_contract_that_never_holds_still_is_given_up(pauses: list[float]) -> None:
    attempts = 0

    async def attempt() -> None:
        nonlocal attempts
        attempts += 1

    with pytest.raises(TimeoutError, match="contract changed"):
        await actions.retry_when_changed(attempt, tries=3)
    assert (attempts, len(pauses)) == (3, 3)
