"""An operator writes to a party in their own words, by the rules that hold for all that we send."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from contracts.urgency import OFFICE_WROTE, MessageClass, urgency_of_own_words, waits_for_morning
from tests.gateway.audit_record import log_job, take_all, verify_record
from tests.gateway.contracts_by_rest import make_confirmed_contract, post_json
from tests.gateway.operator_client import BUYER, NOON, SELLER, Operator, RestReply, contract_body

WORDS = "The lorry comes tomorrow at ten"


async def write(operator: Operator, about: dict[str, Any], key: str | None = None, **changed: Any) -> RestReply:
    body = {"contract": about["reference"], "party": "seller", "text": WORDS, **changed}
    return await post_json(operator, "/v1/messages", body, key)


async def test_a_party_gets_the_words_behind_the_number_of_the_contract(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    sent = await write(operator, contract)
    message = sent.json
    assert (sent.status, sent.headers["Location"]) == (201, f"/v1/messages/{message['id']}")
    reference = f"{contract['reference'][:4]} {contract['reference'][4:]}"
    assert (message["text"], message["encoding"]) == (f"{reference}: {WORDS}", "gsm7")
    assert (message["msisdn"], message["kind"], message["class"]) == (SELLER, "office_wrote", "service")
    assert (message["status"], message["contract_id"], message["segments"]) == ("queued", contract["id"], 1)
    entries = (await operator.get(f"/v1/contracts/{contract['id']}/audit")).json["items"]
    assert (entries[-1]["action"], entries[-1]["details"]["for"]) == ("party.written", contract["parties"][1]["id"])
    assert len(entries[-1]["details"]["operator"]) == 16
    assert "lorry" not in str(entries), "the words are in the message alone, where they can be wiped"


async def test_a_repeat_sends_nothing_again(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    first, again = [await write(operator, contract, "once") for _ in range(2)]
    assert (again.status, again.body, again.headers["Idempotency-Replayed"]) == (201, first.body, "true")


async def test_language_and_class_are_the_senders(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    swahili = await write(operator, contract, language="sw", text="Lori linakuja kesho asubuhi")
    assert swahili.json["language"] == "sw"
    promotion = (await write(operator, contract, **{"class": "promotional"})).json
    assert promotion["class"] == "promotional"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"text": "Call 0711 000 009 now"}, "text"), ({"text": "See www.example.com"}, "text"),
        ({"text": "YES"}, "text"), ({"text": "x" * 301}, "text"), ({"text": "\u0000bad"}, "text"),
        ({"class": "critical"}, "class"), ({"language": "xx"}, "language"), ({"contract": "12345678"}, "contract"),
        ({"party": "nobody at all"}, "party"),
    ],
)  # fmt: skip
async def test_what_is_not_sent(operator: Operator, changed: dict[str, Any], field: str) -> None:
    contract = await make_confirmed_contract(operator)
    refused = await write(operator, contract, **changed)
    assert (refused.status, refused.json["field"]) == (422, field)


async def test_a_stranger_and_an_end_are_refused(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    stranger = await write(operator, contract, party="+254711000099")
    assert (stranger.status, stranger.json["reason"]) == (409, "not_yours")
    offered = (await operator.post(contract_body())).json
    await operator.sends_sms(BUYER, f"NO {offered['reference']}")
    over = await write(operator, offered)
    assert (over.status, over.json["reason"]) == (409, "not_under_way")


async def test_a_phone_gets_five_a_day_from_all_operators(operator: Operator) -> None:
    contracts = [await make_confirmed_contract(operator) for _ in range(2)]
    answers = [await write(operator, contracts[n % 2]) for n in range(6)]
    assert [answer.status for answer in answers] == [201] * 5 + [429]
    assert answers[-1].json["reason"] == "written_often"
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 86_400
    assert (await write(operator, contracts[0], party="buyer")).status == 201, "another phone"


async def test_who_sent_stop_does_not_get_it(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    await operator.sends_sms(SELLER, "STOP")
    sent = (await write(operator, contract)).json
    now = NOON + timedelta(minutes=1)
    claim = await operator.services.queue.claim(
        now, 100, now + timedelta(minutes=1), gap=timedelta(seconds=1), hourly=100
    )  # fmt: skip
    assert UUID(sent["id"]) in claim.unsent["unwanted"]
    assert UUID(sent["id"]) not in [row.id for row in claim.rows]


def test_it_waits_for_the_morning_and_lives_until_then() -> None:
    assert waits_for_morning(OFFICE_WROTE, "service")
    for message_class in (MessageClass.SERVICE, MessageClass.PROMOTIONAL):
        assert urgency_of_own_words(message_class).lifetime > timedelta(days=1)


async def test_the_record_verifies_with_it(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    await write(operator, contract)
    await post_json(operator, "/v1/people/%2B254711000001/blocks", {"number": "+254733000009"})
    job = log_job(operator)
    await take_all(job, operator.services.evidence.log)
    counts = await verify_record(operator)
    assert (counts.chains, counts.contracts) == (2, 1), "of the contract, and of who blocks"
