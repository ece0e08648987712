"""Every act that is late, with the right PIN, is promised: it happens once, or its caller is told why it could not."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from menus.refusal_texts import LATER
from menus.translate import translate
from tests.handset import Handset
from tests.resilience.lateness import (
    LOCK_AUDIT,
    LOCK_CONTRACTS,
    hold_lock,
    open_acting_service,
    wait_for_promises,
    wait_until_idle,
)
from tests.resilience.people import AMINA, OTIENO, PIN, offers, with_pin
from tests.service import Service, audit_of

BUYS, SELLS = AMINA, OTIENO
PINS = {BUYS: PIN, SELLS: "7391"}


@dataclass(frozen=True)
class Deed:
    """Something a phone says: who, what they dial, what they choose or type until the PIN is asked for."""

    by: str
    dials: str
    then: tuple[str, ...]


DELIVERED = Deed(SELLS, "3*1", ("It is delivered",))
RECEIVED = Deed(BUYS, "3*1", ("I received all of it",))
PART = Deed(BUYS, "3*1*2*20", ("Confirm",))
MORE = Deed(BUYS, "3*1*2*40", ("Confirm",))
COMPLAINT = Deed(BUYS, "4*1*half of it is wet", ("Report it",))
AN_END = Deed(SELLS, "1*1", ("Change or cancel", "Cancel the contract", "Ask them"))
LESS = Deed(SELLS, "1*1", ("Change or cancel", "Quantity", "=10 bags", "Ask them"))
ELSEWHERE = Deed(SELLS, "1*1", ("Change or cancel", "Delivery place", "=Nakuru", "Ask them"))
AGREES = Deed(BUYS, "1*1", ("Agree",))
DISAGREES = Deed(BUYS, "1*1", ("Disagree",))
APPEALS = Deed(BUYS, "1*1", ("Appeal", "=it was not so", "Appeal"))
APPEALS_TOO = Deed(SELLS, "1*1", ("Appeal", "=nor so", "Appeal"))
RULED = Deed("", "", ())  # not by phone: a dispute that is decided

# What is late, what came before it, the audit's word for it, and who is told what of it.
LATE = [
    pytest.param(DELIVERED, (), "delivery.said", ["delivered", "you_delivered"], id="delivered"),
    pytest.param(RECEIVED, (DELIVERED,), "delivery.received", ["received"] * 2, id="received"),
    pytest.param(PART, (), "delivery.received", ["received_part"] * 2, id="a part"),
    pytest.param(COMPLAINT, (), "dispute.opened", ["disputed", "you_complained"], id="a problem"),
    pytest.param(AN_END, (), "proposal.made", ["cancel_proposed", "you_asked_to_cancel"], id="an end is asked for"),
    pytest.param(
        ELSEWHERE, (PART,), "proposal.made", ["amend_proposed", "you_asked_to_change"], id="new terms are asked for"
    ),
    pytest.param(AGREES, (AN_END,), "proposal.confirm", ["cancelled_together"] * 2, id="yes to an end"),
    pytest.param(DISAGREES, (AN_END,), "proposal.decline", ["proposal_declined"] * 2, id="no to it"),
    pytest.param(APPEALS, (RULED,), "dispute.appealed", ["appealed"] * 2, id="an appeal"),
]
# What is late, what came before it, what happens before the promise is kept, and what its caller is told then.
REFUSED = [
    pytest.param(DELIVERED, (), (DELIVERED,), "already_said", id="already said"),
    pytest.param(PART, (), (MORE,), "too_much", id="too much"),
    pytest.param(RECEIVED, (), (RECEIVED,), "not_under_way", id="over"),
    pytest.param(COMPLAINT, (), (COMPLAINT,), "in_dispute", id="in dispute"),
    pytest.param(ELSEWHERE, (), (AN_END,), "already_proposed", id="somebody else asks"),
    pytest.param(ELSEWHERE, (), (ELSEWHERE, AGREES), "nothing_changes", id="it is so already"),
    pytest.param(LESS, (), (PART,), "less_than_came", id="more has come"),
    pytest.param(AGREES, (AN_END,), (DISAGREES,), "no_longer_open", id="asked no more"),
    pytest.param(APPEALS, (RULED,), (APPEALS_TOO,), "no_appeal", id="somebody else appealed"),
]


async def to_its_pin(service: Service, deed: Deed) -> Handset:
    phone = service.phone(deed.by)
    await phone.dial(deed.dials)
    for step in deed.then:
        await (phone.types(step[1:]) if step.startswith("=") else phone.chooses(step))
    assert phone.screen.text.startswith("Enter your PIN"), phone.screen.text
    return phone


async def happens(service: Service, deed: Deed) -> None:
    if deed is RULED:
        await ruled(service)
        return
    version = await service.db.fetchval("SELECT version FROM contracts")
    phone = await to_its_pin(service, deed)
    said = await phone.types(PINS[deed.by])
    assert await service.db.fetchval("SELECT version FROM contracts") == version + 1, said.text


async def ruled(service: Service) -> None:
    """A dispute, opened and decided by an operator."""
    reference = await service.db.fetchval("SELECT reference FROM contracts")
    opened = await operator(service, "/v1/disputes", {"contract": reference, "words": "wet"})
    await operator(service, f"/v1/disputes/{opened['id']}/decision", {"decision": "cancel", "reasons": "So it is"})


async def operator(service: Service, path: str, body: Any) -> Any:
    headers = {"Authorization": "Bearer an-api-key-of-a-test", "Content-Type": "application/json"}
    answer = await service.edge.request("POST", path, orjson.dumps(body), **headers)
    assert answer.status in (200, 201), answer.body
    return orjson.loads(answer.body)


@asynccontextmanager
async def agreed(database_url: str, redis_url: str, before: tuple[Deed, ...]) -> AsyncIterator[Service]:
    """A contract that both confirmed, and what came before what is late."""
    async with open_acting_service(database_url, redis_url) as service:
        reference = await offers(service, BUYS, SELLS, "maize", PIN)
        seller = await with_pin(service, SELLS, PINS[SELLS])
        await seller.sends_sms(f"YES {reference}")
        for deed in before:
            await happens(service, deed)
        await service.sms_settled()
        yield service


async def comes_late(service: Service, deed: Deed, lock: str = LOCK_CONTRACTS) -> Handset:
    phone = await to_its_pin(service, deed)
    async with hold_lock(service.settings.database_url or "", lock):
        screen = await phone.types(PINS[deed.by])
        if lock == LOCK_CONTRACTS:
            await wait_until_idle(service)  # what was tried under the lock is over: it does not happen after all
    await wait_until_idle(service)
    assert (screen.text, screen.ends) == (translate(LATER, "en"), True)
    return phone


async def kinds(service: Service) -> Counter[str]:
    rows = await service.db.fetch("SELECT kind FROM sms_logs WHERE direction = 'out'")
    return Counter(row["kind"] for row in rows)


async def actions(service: Service) -> list[str]:
    chain = await service.db.fetchval("SELECT id FROM contracts")
    return [action for _, _, action in await audit_of(service.db, chain)]


@pytest.mark.parametrize("lock", [LOCK_CONTRACTS, LOCK_AUDIT], ids=["it does not happen", "it may happen after all"])
@pytest.mark.parametrize(("deed", "before", "action", "told"), LATE)
async def test_a_late_act_happens_once_and_is_told(
    database_url: str, redis_url: str, deed: Deed, before: tuple[Deed, ...], action: str, told: list[str], lock: str
) -> None:
    async with agreed(database_url, redis_url, before) as service:
        done, said = await actions(service), await kinds(service)
        phone = await comes_late(service, deed, lock)
        await wait_for_promises(service)
        assert (await actions(service))[len(done) :].count(action) == 1
        assert sorted((await kinds(service) - said).elements()) == told, "its caller among them"
        assert (await phone.hop()).text == translate(LATER, "en"), "a repeat is told what it was told"
        assert (await actions(service))[len(done) :].count(action) == 1


@pytest.mark.parametrize(("deed", "before", "meanwhile", "told"), REFUSED)
async def test_one_that_is_refused_by_then_is_told_why(
    database_url: str, redis_url: str, deed: Deed, before: tuple[Deed, ...], meanwhile: tuple[Deed, ...], told: str
) -> None:
    async with agreed(database_url, redis_url, before) as service:
        await comes_late(service, deed)
        for other in meanwhile:
            await happens(service, other)
        done = await actions(service)
        await wait_for_promises(service)
        assert await actions(service) == done, "nothing happens twice"
        rows = await service.db.fetch(
            "SELECT f.msisdn FROM sms_logs m JOIN phones f ON f.id = m.phone_id WHERE m.kind = $1", told
        )
        assert [row["msisdn"] for row in rows] == [deed.by]


async def test_a_part_outlives_the_process(database_url: str, redis_url: str) -> None:
    async with agreed(database_url, redis_url, ()) as service:
        await comes_late(service, PART)
    async with open_acting_service(database_url, redis_url) as service:
        await wait_for_promises(service)
        assert await service.db.fetchval("SELECT sum(quantity) FROM deliveries") == 20
