"""Limits that a process counts for itself: a stranger is slowed, and nobody else is; a flood costs neither memory nor a
trip to a store."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request
from structlog.testing import capture_logs

from contracts.fields.msisdn import Msisdn
from gateway.events import UssdInput
from gateway.limits import use_counter
from gateway.limits.table import API_REQUESTS, CALLBACKS, HOPS, WRONG_KEYS, WRONG_TOKENS, Limit
from gateway.limits.use_counter import UseCounter
from gateway.limits.wrong_credentials import WrongCredentials
from gateway.settings import Settings
from menus.refusal_texts import BUSY
from menus.translate import translate
from storage.sessions import Client
from tests.gateway.operator_client import Operator

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WRONG = {"Authorization": "Bearer somebody else's"}
TWO_A_MINUTE = Limit("tries", "one who tries", 2, 60, "for a test")
PAGE = Path(__file__).parents[3] / "docs/limits.md"
DOCUMENTED = re.compile(r"`([A-Z_]+)` \(([0-9.]+)\)")


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_uses_are_counted_in_windows_that_end() -> None:
    clock = Clock()
    counter = UseCounter(TWO_A_MINUTE, clock)
    assert [counter.retry_after_seconds(who) for who in ("a", "a", "a", "b")] == [0, 0, 60, 0]
    clock.seconds = 59.5
    assert counter.retry_after_seconds("a") == 1
    clock.seconds = 60
    assert counter.retry_after_seconds("a") == 0


def test_a_flood_of_strangers_does_not_take_memory_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(use_counter, "_MOST_REMEMBERED", 100)
    counter = UseCounter(TWO_A_MINUTE, Clock())
    for number in range(1000):
        counter.retry_after_seconds(f"stranger {number}")
        counter.retry_after_seconds("a guest who comes often")
    assert len(counter) == 100
    assert counter.retry_after_seconds("a guest who comes often") > 0


async def test_wrong_keys_are_slowed_and_the_right_one_of_the_same_address_is_not(operator: Operator) -> None:
    answers = [await operator.ask("GET", "/v1/contracts", headers=WRONG) for _ in range(WRONG_KEYS.most + 1)]
    assert [answer.status for answer in answers] == [401] * WRONG_KEYS.most + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60 and answers[-1].headers["Connection"] == "close"
    assert (await operator.get("/v1/contracts")).status == 200


async def test_wrong_tokens_stay_unknown_paths_and_the_right_one_is_not_slowed(operator: Operator) -> None:
    wrong = "/hooks/a-wrong-token/africastalking/sms"
    answers = [await operator.ask("POST", wrong, b"", FORM) for _ in range(WRONG_TOKENS.most + 1)]
    assert {answer.status for answer in answers} == {404}
    assert answers[-1].headers["Connection"] == "close"
    assert (await operator.ask("POST", "/hooks/hooks/africastalking/sms", b"", FORM)).status == 400


async def test_wrong_keys_and_tokens_are_one_log_line_with_masked_addresses(operator: Operator) -> None:
    with capture_logs() as lines:
        for _ in range(3):
            await operator.ask("GET", "/v1/contracts", headers=WRONG)
            await operator.ask("POST", "/hooks/a-wrong-token/africastalking/sms", b"", FORM)
        operator.services.limits.wrong.write_line()
        operator.services.limits.wrong.write_line()
    (line,) = [line for line in lines if line["event"] == "wrong keys and tokens"]
    assert (line["keys"], line["tokens"], line["addresses"]) == (3, 3, {"127.0.0.0/24": 6})
    assert "a-wrong-token" not in repr(lines) and "somebody else" not in repr(lines)


async def test_wrong_keys_and_tokens_are_logged_a_minute_after_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, wrong, request = Clock(), WrongCredentials(proxy_hops=0), make_mocked_request("GET", "/")
    monkeypatch.setattr(asyncio.get_running_loop(), "time", clock)
    with capture_logs() as lines:
        for minute in (1, 2):
            for _ in range(100):
                wrong.wrong_key(request)
                wrong.wrong_token(request)
            clock.seconds += 59
            await timers_ran()
            assert len(lines) == minute - 1
            clock.seconds += 1
            await timers_ran()
            assert len(lines) == minute
        clock.seconds += 600
        await timers_ran()
    assert [(line["keys"], line["tokens"]) for line in lines] == [(100, 100)] * 2


async def test_a_key_that_sends_too_many_requests_waits(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operator.services.limits, "api_requests", UseCounter(TWO_A_MINUTE))
    answers = [await operator.get("/v1/contracts") for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[-1].json["reason"] == "too_many_requests"


async def test_a_provider_that_sends_too_many_is_told_to_repeat_later_and_others_are_not(operator: Operator) -> None:
    limits, path = operator.services.limits, "/hooks/hooks/africastalking/sms"
    limits.callbacks = UseCounter(TWO_A_MINUTE, Clock())
    with capture_logs() as lines:
        answers = [await operator.ask("POST", path, b"", FORM) for _ in range(4)]
    assert [answer.status for answer in answers] == [400, 400, 503, 503]
    assert [answers[at].headers.get("Retry-After") for at in (1, 2, 3)] == [None, "60", "60"]
    assert [line["provider"] for line in lines if line["event"] == "too many callbacks"] == ["africastalking"]
    assert limits.callbacks.retry_after_seconds("twilio") == 0


async def test_strangers_do_not_use_up_what_a_provider_may_send(operator: Operator) -> None:
    operator.services.limits.callbacks = UseCounter(TWO_A_MINUTE, Clock())
    for _ in range(3):
        await operator.ask("POST", "/hooks/a-wrong-token/africastalking/sms", b"", FORM)
    assert (await operator.ask("POST", "/hooks/hooks/africastalking/sms", b"", FORM)).status == 400


async def test_verify_is_limited_without_a_trip_to_the_store(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    async def unreachable(*_: Any, **__: Any) -> Any:
        raise AssertionError("a stranger's request reached the session store")

    monkeypatch.setattr(Client, "execute_command", unreachable)
    most = operator.services.settings.verify_per_minute
    answers = [await operator.ask("GET", "/verify/40718353", headers={"Authorization": ""}) for _ in range(most + 1)]
    assert [answer.status for answer in answers] == [200] * most + [429]


async def test_a_caller_who_dials_in_a_loop_is_told_to_wait_and_others_are_not(operator: Operator) -> None:
    def dial(number: int, msisdn: str) -> UssdInput:
        return UssdInput("africastalking", f"s{number}", Msisdn(msisdn), "*483#", "", "63902")

    handler = operator.services.hops
    handler._hops_of_callers = UseCounter(HOPS, Clock())
    for _ in range(HOPS.most):
        handler._hops_of_callers.retry_after_seconds("+254712345678")
    with capture_logs() as lines:
        for _ in range(3):
            refused = await handler.answer(dial(1, "+254712345678"))
            assert (refused.ends, refused.text) == (True, translate(BUSY, "en"))
    assert len(lines) == 1
    assert not (await handler.answer(dial(2, "+254711222333"))).ends


@pytest.mark.parametrize("limit", [HOPS, API_REQUESTS, CALLBACKS, WRONG_KEYS, WRONG_TOKENS], ids=lambda one: one.name)
def test_the_page_of_limits_has_each_limit_of_the_table(limit: Limit) -> None:
    (row,) = re.findall(rf"^\| {limit.name}\b.*", PAGE.read_text().replace(",", ""), re.MULTILINE)
    assert f"| {limit.whose} | {limit.most} in a minute" in row and limit.seconds == 60


def test_the_page_of_limits_says_what_the_settings_are() -> None:
    written = {name: float(value) for name, value in DOCUMENTED.findall(PAGE.read_text())}
    assert len(written) > 10
    assert written == {name: float(Settings.model_fields[name.lower()].default) for name in written}


async def timers_ran() -> None:
    """Let the event loop run the timers whose time has come."""
    for _ in range(3):
        await asyncio.sleep(0)
