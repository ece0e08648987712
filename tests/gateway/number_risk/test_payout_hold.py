"""Whether money may leave to a number: the running service asks the simulator, keeps what it said, and takes
callbacks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from contracts.escrow.number_risk import Hold, HoldReason
from gateway.number_risk.checks import NumberChecks
from gateway.services import SERVICES
from tests.gateway.number_risk.sim_cards import AMINA, CAMARA, HOUR, MINUTE, SimCards
from tests.resilience.people import with_pin
from tests.service import DARAJA, Service, open_service

_AWAITED = "SELECT EXISTS (SELECT FROM number_checks WHERE status = 'asked')"
DATE, INSIGHTS, SWAP = "/sim-swap/v2/retrieve-date", "/v1/sim-swap", "/imsi/v2/checkATI"


class Payouts:
    """Asks whether money may leave to Amina, as a payout does."""

    def __init__(self, service: Service, amina: UUID) -> None:
        self.service, self.sims, self.amina = service, SimCards(service.edge.double_url, service.edge.http), amina
        self.checks: NumberChecks = service.apps[0][SERVICES].number_checks

    async def hold(self) -> Hold | None:
        return await self.checks.payout_hold(self.amina, AMINA, self.service.now())

    async def why(self) -> HoldReason | None:
        hold = await self.hold()
        return hold.why if hold else None

    async def minutes(self) -> int | None:
        """Return for how many minutes, rounded, money waits now."""
        hold = await self.hold()
        return round((hold.until - self.service.now()) / MINUTE) if hold else None

    async def asked(self, path: str = DATE) -> int:
        return (await self.sims.calls()).get(path, 0)

    async def answered(self) -> None:
        """Wait until the source has called back."""
        async with asyncio.timeout(10):
            while await self.service.db.fetchval(_AWAITED):  # noqa: ASYNC110 - a row tells nobody
                await asyncio.sleep(0.01)


@asynccontextmanager
async def open_payouts(database_url: str, redis_url: str, checks: str, **settings: Any) -> AsyncIterator[Payouts]:
    async with open_service(database_url, redis_url, number_checks=checks, **CAMARA, **settings) as service:
        await with_pin(service, AMINA)
        yield Payouts(service, await service.db.fetchval("SELECT id FROM phones WHERE msisdn = $1", AMINA))


async def test_an_answer_is_kept_for_six_hours(database_url: str, redis_url: str) -> None:
    async with open_payouts(database_url, redis_url, "camara") as payouts:
        assert [await payouts.hold() for _ in range(3)] == [None] * 3
        payouts.service.now.passes(6 * HOUR - MINUTE)
        assert await payouts.hold() is None and await payouts.asked() == 1
        payouts.service.now.passes(MINUTE)
        await payouts.sims.set(swapped_at=payouts.service.now() - HOUR)
        assert await payouts.why() is HoldReason.SIM_SWAPPED and await payouts.asked() == 2


async def test_a_recent_change_holds_until_it_has_cooled_and_is_not_asked_about_again(
    database_url: str, redis_url: str
) -> None:
    async with open_payouts(database_url, redis_url, "camara") as payouts:
        swapped_at = payouts.service.now() - HOUR
        await payouts.sims.set(swapped_at=swapped_at)
        assert await payouts.hold() == Hold(swapped_at + 72 * HOUR, HoldReason.SIM_SWAPPED, swapped_at)
        payouts.service.now.passes(71 * HOUR - MINUTE)
        assert await payouts.minutes() == 1 and await payouts.asked() == 1
        payouts.service.now.passes(MINUTE)
        assert await payouts.hold() is None and await payouts.asked() == 2


async def test_a_change_that_is_not_dated_holds_until_it_is_none_any_more(database_url: str, redis_url: str) -> None:
    async with open_payouts(database_url, redis_url, "camara") as payouts:
        card: dict[str, Any] = {"mode": "undated", "swapped_at": payouts.service.now() - HOUR}
        await payouts.sims.set(**card, as_of=payouts.service.now())
        assert await payouts.minutes() == 72 * 60
        payouts.service.now.passes(72 * HOUR)
        await payouts.sims.set(**card, as_of=payouts.service.now())
        assert await payouts.hold() is None


@pytest.mark.parametrize("mode", ["throttle", "unavailable", "unreadable"])
async def test_money_waits_where_nobody_knows_and_it_is_asked_again(
    database_url: str, redis_url: str, mode: str
) -> None:
    async with open_payouts(database_url, redis_url, "camara") as payouts:
        await payouts.sims.set(mode=mode)
        hold = await payouts.hold()
        assert hold and hold.why is HoldReason.NOT_KNOWN and hold.note.startswith("camara: ")
        assert await payouts.minutes() == 15 and await payouts.asked() == 1
        payouts.service.now.passes(15 * MINUTE)
        await payouts.sims.set()
        assert await payouts.hold() is None and await payouts.asked() == 2


@pytest.mark.parametrize(("cooling_hours", "is_enough"), [(24, True), (25, False)])
async def test_a_source_must_look_back_for_the_cooling_time(
    database_url: str, redis_url: str, cooling_hours: int, is_enough: bool
) -> None:
    async with open_payouts(database_url, redis_url, "camara", cooling_hours=cooling_hours) as payouts:
        await payouts.sims.set(monitored_days=1)
        hold = await payouts.hold()
        assert is_enough == (hold is None)
        assert is_enough or (hold and hold.note == "camara: looks back 24 hours only, COOLING_HOURS is more")


async def test_the_answer_comes_by_a_callback(database_url: str, redis_url: str) -> None:
    async with open_payouts(database_url, redis_url, "africastalking") as payouts:
        await payouts.sims.set(mode="twice")
        hold = await payouts.hold()
        assert hold and hold.note == "africastalking: was asked, and has not answered"
        await payouts.answered()
        assert await payouts.hold() is None and await payouts.asked(INSIGHTS) == 1, "the first answer counts"
        assert AMINA[4:] not in payouts.service.logged()


async def test_the_callback_comes_before_the_answer_to_the_question(database_url: str, redis_url: str) -> None:
    async with open_payouts(database_url, redis_url, "africastalking") as payouts:
        await payouts.sims.set(mode="early", swapped_at=payouts.service.now() - 50 * HOUR)
        assert await payouts.why() is HoldReason.SIM_SWAPPED


async def test_the_callback_never_comes(database_url: str, redis_url: str) -> None:
    async with open_payouts(database_url, redis_url, "africastalking,camara") as payouts:
        await payouts.sims.set(mode="silent")
        assert await payouts.minutes() == 1
        payouts.service.now.passes(9 * MINUTE)
        assert await payouts.why() is HoldReason.NOT_KNOWN and await payouts.asked() == 0
        payouts.service.now.passes(MINUTE)
        assert await payouts.hold() is None and await payouts.asked() == 1
        assert await payouts.asked(INSIGHTS) == 1, "the other was asked first"


async def test_the_only_source_is_silent_and_is_asked_again(database_url: str, redis_url: str) -> None:
    async with open_payouts(database_url, redis_url, "africastalking") as payouts:
        await payouts.sims.set(mode="silent")
        for n in (1, 2, 3):
            assert await payouts.minutes() == 1 and await payouts.asked(INSIGHTS) == n
            payouts.service.now.passes(10 * MINUTE)


async def test_the_next_source_is_asked_where_one_does_not_know(database_url: str, redis_url: str) -> None:
    async with open_payouts(database_url, redis_url, "camara,africastalking") as payouts:
        await payouts.sims.set(mode="unreadable", swapped_at=payouts.service.now())
        hold = await payouts.hold()
        assert hold and "camara: names a date without its zone" in hold.note
        assert "africastalking: was asked" in hold.note
        await payouts.answered()
        assert await payouts.why() is HoldReason.NOT_KNOWN and await payouts.asked() == 1


async def test_daraja_first_with_the_account_of_mpesa(database_url: str, redis_url: str) -> None:
    account = {
        "mpesa_consumer_key": DARAJA.consumer_key, "mpesa_consumer_secret": DARAJA.consumer_secret,
        "mpesa_shortcode": DARAJA.shortcode, "mpesa_passkey": DARAJA.passkey, "mpesa_initiator_name": DARAJA.initiator,
        "mpesa_security_credential": "sealed",
    }  # fmt: skip
    async with open_payouts(database_url, redis_url, "daraja,camara", **account) as payouts:
        assert await payouts.hold() is None and await payouts.sims.calls() == {SWAP: 1}
        payouts.service.now.passes(6 * HOUR)
        await payouts.sims.set(mode="unavailable")
        assert await payouts.why() is HoldReason.NOT_KNOWN
        assert (await payouts.asked(SWAP), await payouts.asked(DATE)) == (2, 1)


@pytest.mark.parametrize("checks", ["", "camara"])
async def test_a_recovered_pin_holds_without_a_question(database_url: str, redis_url: str, checks: str) -> None:
    async with open_payouts(database_url, redis_url, checks) as payouts:
        await payouts.service.db.execute("UPDATE phones SET recovered_at = $1", payouts.service.now() - HOUR)
        hold = await payouts.hold()
        assert hold and hold.why is HoldReason.PIN_RECOVERED and await payouts.minutes() == 71 * 60
        assert await payouts.sims.calls() == {}
        payouts.service.now.passes(71 * HOUR)
        assert await payouts.hold() is None


async def test_nobody_is_asked_and_nothing_held_where_nobody_is_named(database_url: str, redis_url: str) -> None:
    async with open_payouts(database_url, redis_url, "") as payouts:
        await payouts.sims.set(swapped_at=payouts.service.now())
        assert await payouts.hold() is None and await payouts.sims.calls() == {}


@pytest.mark.parametrize(
    ("body", "content_type", "status", "field"),
    [
        (b'{"requestId": "ATSwpid_1", "status": "NotSwapped"}', "application/json;charset=UTF-8", 200, None),
        (b'{"requestId": "ATSwpid_1", "status": "NotSwapped"}', "application/x-www-form-urlencoded", 415, None),
        (b"requestId=ATSwpid_1", "application/json", 400, b"body: is not JSON"),
        (b"[1]", "application/json", 400, b"body: should be a JSON object"),
        (b"\xff", "application/json", 400, b"body: is not JSON"),
        (b"[" * 60_000, "application/json", 400, b"body: is not JSON"),
        (b'{"status": "NotSwapped"}', "application/json", 400, b"requestId: must be"),
        (b'{"requestId": "ATSwpid_1", "status": 1}', "application/json", 400, b"status: is missing"),
        (b" " * 70_000, "application/json", 413, None),
    ],
)
async def test_a_callback_that_nobody_asked_for_clears_nobody(
    database_url: str, redis_url: str, body: bytes, content_type: str, status: int, field: bytes | None
) -> None:
    async with open_payouts(database_url, redis_url, "africastalking") as payouts:
        await payouts.sims.set(mode="silent")
        assert await payouts.why() is HoldReason.NOT_KNOWN
        answer = await payouts.service.edge.hook("number-checks", body, **{"Content-Type": content_type})
        assert answer.status == status and (field or b"") in answer.body
        assert await payouts.why() is HoldReason.NOT_KNOWN
        assert '"level":"error"' not in payouts.service.logged()


@pytest.mark.parametrize(
    ("checks", "path"),
    [
        ("africastalking", "/hooks/wrong/africastalking/number-checks"),
        ("africastalking", "/hooks/hooks-token-of-a-test/twilio/number-checks"),
        ("africastalking,camara", "/hooks/hooks-token-of-a-test/camara/number-checks"),
        ("camara", "/hooks/hooks-token-of-a-test/africastalking/number-checks"),
    ],
)
async def test_a_callback_of_nobody_is_not_found(database_url: str, redis_url: str, checks: str, path: str) -> None:
    async with open_payouts(database_url, redis_url, checks) as payouts:
        body, headers = b'{"requestId": "ATSwpid_1", "status": "NotSwapped"}', {"Content-Type": "application/json"}
        assert (await payouts.service.edge.request("POST", path, body, **headers)).status == 404
        assert await payouts.service.db.fetchval("SELECT count(*) FROM number_checks") == 0
