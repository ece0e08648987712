"""Contracts and messages over REST: the real app on a real PostgreSQL."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.rules import creation
from tests.gateway.operator_client import BUYER, NOON, SELLER, Operator, RestReply, contract_body, open_operator

# Making a contract


async def test_a_contract_is_made_and_shown(operator: Operator) -> None:
    made = await operator.post(contract_body())
    assert made.status == 201
    contract = made.json
    assert made.headers["Location"] == f"/v1/contracts/{UUID(contract['id'])}"
    buyer, seller = contract.pop("parties")
    assert (buyer["msisdn"], buyer["role"], buyer["name"], buyer["signature"]) == (BUYER, "buyer", "Amina", "pending")
    assert (seller["msisdn"], seller["role"], seller["name"], seller["signature"]) == (
        SELLER, "seller", None, "pending",
    )  # fmt: skip
    assert contract["terms"] == {
        "product": "white maize", "quantity": "50", "unit": "bags", "total_minor": 17_500_050,
        "total_amount": "175000.50", "currency": "KES", "delivery_place": "Nakuru", "delivery_date": "2026-07-25",
        "silence_days": 7,
        "payment": None,
        "fee_minor": 0,
    }  # fmt: skip
    assert (contract["terms_version"], contract["received"], contract["proposal"]) == (1, None, None)
    assert contract["next"] == {"what": "remind_answer", "at": "2026-07-07T12:00:00.000000Z"}
    assert (contract["status"], contract["version"], contract["type"]) == ("PENDING", 1, "agricultural_supply")
    assert (contract["created_at"], contract["confirmed_at"]) == ("2026-07-01T12:00:00.000000Z", None)
    for name in (contract["id"], contract["id"].upper(), contract["reference"]):
        found = await operator.get(f"/v1/contracts/{name}")
        assert (found.status, found.body) == (200, made.body)


async def test_both_sides_are_asked_by_sms_with_the_reference(operator: Operator) -> None:
    witness = {"msisdn": "0711000003", "role": "witness"}
    contract = (await operator.post(contract_body(parties=[*contract_body()["parties"], witness]))).json
    queued = (await operator.get("/v1/messages")).json["items"]
    assert {message["msisdn"] for message in queued} == {BUYER, SELLER}
    for message in queued:
        assert (message["direction"], message["status"], message["kind"]) == ("out", "queued", "offered")
        assert message["contract_id"] == contract["id"]
        assert contract["reference"] in message["text"]
    assert [party["signature"] for party in contract["parties"]] == ["pending", "pending", None]


async def test_both_sides_confirm_by_sms(operator: Operator) -> None:
    contract = (await operator.post(contract_body())).json
    for msisdn in (BUYER, SELLER):
        await operator.sends_sms(msisdn, "Yes")
    contract = (await operator.get(f"/v1/contracts/{contract['id']}")).json
    assert (contract["status"], contract["version"]) == ("CONFIRMED", 3)
    assert [party["signature"] for party in contract["parties"]] == ["signed", "signed"]
    assert datetime.fromisoformat(contract["confirmed_at"]).utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("changed", "minor", "currency"),
    [
        pytest.param({"total_amount": "0.29"}, 29, "KES", id="no binary fraction"),
        pytest.param({"total_amount": "1234.5"}, 123_450, "KES", id="one decimal"),
        pytest.param({"total_amount": "7.5000"}, 750, "KES", id="idle zeros"),
        pytest.param({"total_amount": 3500, "currency": "UGX"}, 3500, "UGX", id="a currency without cents"),
        pytest.param({"total_amount": None, "total_minor": 350_001}, 350_001, "KES", id="minor units"),
        pytest.param({"total_amount": "100000000"}, 10_000_000_000, "KES", id="the most"),
    ],
)
async def test_the_total_is_exact(operator: Operator, changed: dict[str, Any], minor: int, currency: str) -> None:
    terms = (await operator.post(contract_body(**{f"terms__{name}": value for name, value in changed.items()}))).json[
        "terms"
    ]
    assert (terms["total_minor"], terms["currency"]) == (minor, currency)


async def test_a_json_number_is_read_digit_by_digit(operator: Operator) -> None:
    body = b'{"total_amount": 16777217.29, "quantity": 1.10, "unit": "tonnes"'
    rest = b', "product": "maize", "delivery_location": "Nakuru", "delivery_deadline": "2026-07-25T22:30:00Z"}'
    parties = b'[{"phone": "0711000001", "role": "buyer"}, {"phone_number": "+254711000002", "role": "seller"}]'
    terms = (await operator.post(b'{"parties": %b, "terms": %b%b}' % (parties, body, rest))).json["terms"]
    assert (terms["total_minor"], terms["quantity"]) == (1_677_721_729, "1.1")
    assert (terms["delivery_place"], terms["delivery_date"]) == ("Nakuru", "2026-07-26"), "by Nairobi's clock"


async def test_people_on_record_are_not_added_again(operator: Operator) -> None:
    for _ in range(2):
        assert (await operator.post(contract_body())).status == 201
    assert await operator.count("phones") == 2
    assert await operator.count("contracts") == 2


async def test_a_reference_that_is_taken_is_drawn_again(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["12345674", "12345674", "40718353"])
    monkeypatch.setattr(creation, "new_reference", lambda: next(drawn))
    references = [(await operator.post(contract_body())).json["reference"] for _ in range(2)]
    assert references == ["12345674", "40718353"]


# The same request again


async def test_twenty_at_once_with_one_key_make_one_contract(operator: Operator) -> None:
    answers = await asyncio.gather(*(operator.post(contract_body(), "once") for _ in range(20)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert [is_replayed(answer) for answer in answers].count(False) == 1
    assert await operator.count("contracts") == 1
    assert await operator.count("sms_logs") == 2


async def test_two_processes_with_one_key_make_one_contract(operator: Operator, redis_url: str) -> None:
    assert operator.services.settings.database_url
    async with open_operator(operator.services.settings.database_url, redis_url) as other:
        for _ in range(10):
            key = str(uuid4())
            here, there = await asyncio.gather(operator.post(contract_body(), key), other.post(contract_body(), key))
            assert (here.status, there.status, here.body) == (201, 201, there.body)
            assert {is_replayed(here), is_replayed(there)} == {True, False}
    assert await operator.count("contracts") == 10


async def test_two_processes_that_make_the_same_people_at_once_make_them_once(
    operator: Operator, redis_url: str
) -> None:
    """The contract's form has a person's id before the database has it: the second process decides again."""
    assert operator.services.settings.database_url
    async with open_operator(operator.services.settings.database_url, redis_url) as other:
        answers = await asyncio.gather(*(one.post(contract_body()) for _ in range(5) for one in (operator, other)))
    assert [answer.status for answer in answers] == [201] * 10
    assert await operator.count("phones") == 2
    assert await operator.count("contract_forms") == 10


async def test_a_repeat_is_answered_even_when_the_day_has_passed(operator: Operator) -> None:
    first = await operator.post(contract_body(terms__delivery_date="2026-07-02"), "k")
    operator.services.now = lambda: NOON + timedelta(days=3)
    again = await operator.post(contract_body(terms__delivery_date="2026-07-02"), "k")
    assert (again.status, again.body, is_replayed(again)) == (201, first.body, True)
    assert again.headers["Location"] == first.headers["Location"]


async def test_the_order_of_names_does_not_change_the_body(operator: Operator) -> None:
    first = await operator.post(contract_body(), "k")
    assert (await operator.post(dict(reversed(contract_body().items())), "k")).body == first.body


async def test_a_used_key_with_another_body_is_refused(operator: Operator) -> None:
    await operator.post(contract_body(), "k")
    refused = await operator.post(contract_body(terms__quantity=51), "k")
    assert (refused.status, refused.json["field"]) == (422, "Idempotency-Key")
    assert await operator.count("contracts") == 1


async def test_a_refused_body_leaves_its_key_free(operator: Operator) -> None:
    assert (await operator.post(contract_body(terms__product=""), "k")).status == 422
    assert (await operator.post(contract_body(), "k")).status == 201


@pytest.mark.parametrize("key", ["", "two words", "k" * 201, "ключ"])
async def test_a_key_is_visible_ascii(operator: Operator, key: str) -> None:
    refused = await operator.post(contract_body(), key)
    assert (refused.status, refused.json["field"]) == (400, "Idempotency-Key")


# Lists


async def test_pages_of_contracts_made_at_one_instant(operator: Operator) -> None:
    made = [await operator.post(contract_body()) for _ in range(45)]
    pages = await pages_of(operator, "/v1/contracts")
    assert [len(page) for page in pages] == [20, 20, 5]
    shown = [item for page in pages for item in page]
    assert {item["id"] for item in shown} == {answer.json["id"] for answer in made}
    assert len(shown) == 45
    assert next(item for item in shown if item["id"] == made[0].json["id"]) == made[0].json
    assert [len(page) for page in await pages_of(operator, "/v1/contracts?limit=45")] == [45]
    assert await pages_of(operator, f"/v1/contracts?msisdn={BUYER}&status=PENDING") == pages


async def test_newest_first_and_a_new_one_moves_no_page(operator: Operator) -> None:
    made = []
    for minute in range(4):
        operator.services.now = lambda at=NOON + timedelta(minutes=minute): at
        made.append((await operator.post(contract_body())).json["reference"])
        if minute == 2:
            first = (await operator.get("/v1/contracts?limit=2")).json
    second = (await operator.get(f"/v1/contracts?limit=2&after={first['next']}")).json
    assert [item["reference"] for item in first["items"] + second["items"]] == [made[2], made[1], made[0]]
    assert second["next"] is None


async def test_contracts_of_a_status_or_a_phone(operator: Operator) -> None:
    mine = (await operator.post(contract_body())).json["id"]
    others = (await operator.post(contract_body(parties=[
        {"msisdn": "0711000003", "role": "seller"}, {"msisdn": SELLER, "role": "buyer"},
    ]))).json["id"]  # fmt: skip
    await operator.sends_sms(BUYER, "No")
    for query, expected in {
        "status=cancelled": [mine], "status=PENDING": [others], "status=ACTIVE": [], f"msisdn={BUYER}": [mine],
        "msisdn=0711000003": [others], "msisdn=0711000009": [], f"status=PENDING&msisdn={SELLER}": [others],
    }.items():  # fmt: skip
        assert [item["id"] for item in (await operator.get(f"/v1/contracts?{query}")).json["items"]] == expected, query


@pytest.mark.parametrize(
    "spelling", ["%2B254711000002", "+254711000002", "0711000002", "254711000002", "0711%20000002"]
)
async def test_messages_of_a_phone_in_any_spelling(operator: Operator, spelling: str) -> None:
    made = (await operator.post(contract_body())).json
    await operator.sends_sms(SELLER, "hallo?")
    found = (await operator.get(f"/v1/messages?msisdn={spelling}")).json
    assert {message["msisdn"] for message in found["items"]} == {SELLER}
    assert {(message["direction"], message["kind"]) for message in found["items"]} == {
        ("out", "offered"), ("in", "unclear"), ("out", "unsure"),
    }  # fmt: skip
    assert {message["contract_id"] for message in found["items"]} == {made["id"]}, "it is about what waits for them"
    received = next(message for message in found["items"] if message["direction"] == "in")
    assert (received["text"], received["status"], received["shortcode"]) == ("hallo?", "received", "22384")
    assert (received["provider"], received["provider_message_id"]) == ("africastalking", "mo 1")
    assert received["created_at"].endswith("Z")


async def test_pages_of_messages(operator: Operator) -> None:
    for _ in range(6):
        await operator.post(contract_body())
    pages = await pages_of(operator, "/v1/messages?limit=5")
    assert [len(page) for page in pages] == [5, 5, 2]
    assert len({item["id"] for page in pages for item in page}) == 12


async def test_the_audit_is_a_chain_without_numbers(operator: Operator) -> None:
    contract = (await operator.post(contract_body())).json
    await operator.sends_sms(SELLER, "No")
    answer = await operator.get(f"/v1/contracts/{contract['reference']}/audit")
    made, declined, cancelled = answer.json["items"]
    assert [(entry["seq"], entry["action"], entry["channel"]) for entry in answer.json["items"]] == [
        (1, "contract.made", "api"), (2, "contract.decline", "sms"), (2, "contract.cancelled", "service"),
    ]  # fmt: skip
    assert made["hash"] == declined["prev_hash"]
    assert declined["hash"] == cancelled["hash"], "an act is one entry"
    assert made["at"] == "2026-07-01T12:00:00.000000Z"
    assert (made["actor_id"], declined["actor_id"]) == (None, contract["parties"][1]["id"])
    assert b"254711" not in answer.body


def is_replayed(answer: RestReply) -> bool:
    return answer.headers.get("Idempotency-Replayed") == "true"


async def pages_of(operator: Operator, path: str) -> list[list[dict[str, Any]]]:
    """Return every page, from the first, by following its cursor."""
    pages, cursor = [], ""
    while True:
        page = (await operator.get(f"{path}{'&' if '?' in path else '?'}{cursor}".rstrip("?&"))).json
        pages.append(page["items"])
        if page["next"] is None:
            return pages
        cursor = f"after={page['next']}"
