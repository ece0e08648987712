"""The list of contracts, by everything that it can be asked for."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.effects import Confirm
from tests.gateway.contracts_by_rest import act_by_phone, make_confirmed_contract, post_json
from tests.gateway.operator_client import BUYER, NOON, SELLER, Operator, contract_body
from tests.gateway.rest.test_contracts import pages_of


async def make(operator: Operator, **changed: Any) -> dict[str, Any]:
    made: dict[str, Any] = (await operator.post(contract_body(**changed))).json
    return made


async def found(operator: Operator, query: str) -> list[str]:
    return [item["id"] for item in (await operator.get(f"/v1/contracts?{query}")).json["items"]]


async def test_words_of_the_terms(operator: Operator) -> None:
    maize = (await make(operator))["id"]
    beans = (await make(operator, terms__product="Maharage mekundu", terms__delivery_place="Nakuru"))["id"]
    teff = (await make(operator, terms__product="ነጭ ጤፍ", terms__delivery_place="Thiès"))["id"]
    for query, expected in {
        "q=maize": [maize], "q=WHITE+Maize": [maize], "q=maize+white": [maize], "q=nakuru": [beans, maize],
        "q=maize+nakuru": [maize], "q=maharage": [beans], "q=ጤፍ": [teff], "q=thiès": [teff], "q=gold": [],
        "q=maize+mekundu": [], "q=product": [], "q=50": [], "q=mai": [],
    }.items():  # fmt: skip
        assert await found(operator, query) == expected, query


async def test_words_that_were_said(operator: Operator) -> None:
    other = await make(operator)
    contract = await make_confirmed_contract(operator)
    assert await found(operator, "q=soaked") == []
    await post_json(
        operator, "/v1/disputes", {"contract": contract["id"], "words": "Half of the bags are soaked", "by": BUYER}
    )
    await operator.sends_sms(SELLER, f"DISPUTE {contract['reference']} It rained on the lorry of the buyer")
    assert await found(operator, "q=soaked+bags") == [contract["id"]]
    assert await found(operator, "q=rained") == [contract["id"]]
    assert other["id"] not in await found(operator, "q=half")


async def test_terms_that_were_replaced_are_not_found(operator: Operator) -> None:
    contract = await make_confirmed_contract(operator)
    await post_json(
        operator, f"/v1/contracts/{contract['id']}/proposals", {"kind": "terms", "terms": {"product": "red sorghum"}}
    )
    assert await found(operator, "q=sorghum") == [], "it is only proposed"
    for msisdn in (BUYER, SELLER):
        agreed = await act_by_phone(operator, contract["id"], msisdn, Confirm(contract["id"], 2))
    assert agreed["terms"]["product"] == "red sorghum"
    assert await found(operator, "q=sorghum") == [contract["id"]]
    assert await found(operator, "q=maize") == []


async def test_a_word_that_most_have_is_found_in_pages(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.contract_lists.MOST_MATCHES", 10)
    made = [(await make(operator))["id"] for _ in range(25)]
    rare = (await make(operator, terms__product="coffee"))["id"]
    pages = await pages_of(operator, "/v1/contracts?q=maize&limit=10")
    assert [item["id"] for page in pages for item in page] == made[::-1]
    assert await found(operator, "q=coffee") == [rare]


async def test_the_rest_that_can_be_asked_for(operator: Operator) -> None:
    first = await make(operator)
    operator.services.now = lambda: NOON + timedelta(hours=1)
    other = [{"msisdn": "0711000003", "role": "buyer"}, {"msisdn": "0711000004", "role": "seller"}]
    second = await make(operator, type="logistics", parties=other)
    person = second["parties"][0]["id"]
    spaced = f"{first['reference'][:4]}+{first['reference'][4:]}"
    for query, expected in {
        f"reference={first['reference']}": [first], f"reference={spaced}": [first],
        f"reference={first['reference']}&type=logistics": [],
        "type=logistics": [second], "type=agricultural_supply": [first], "type=other": [],
        f"party={person}": [second], f"party={person}&q=maize": [second], f"party={person}&type=other": [],
        f"q=maize&msisdn={BUYER}": [first], f"reference={second['reference']}&msisdn={BUYER}": [],
        "since=2026-07-01T12:30:00Z": [second], "since=2026-07-01": [second, first], "since=2026-07-02": [],
        "since=2026-07-01T15:00:00+03:00": [second, first], "since=2026-07-01T15:00:00.000001%2B03:00": [second],
        "since=2026-07-01T12:30:00Z&status=PENDING": [second], f"since=2026-07-01T12:30:00Z&msisdn={BUYER}": [],
    }.items():  # fmt: skip
        assert await found(operator, query) == [one["id"] for one in expected], query


async def test_what_changed_last_comes_first(operator: Operator) -> None:
    made = []
    for minute in range(3):
        operator.services.now = lambda at=NOON + timedelta(minutes=minute): at
        made.append(await make_confirmed_contract(operator))
    path = f"/v1/contracts/{made[0]['id']}/deliveries"
    operator.services.now = lambda: NOON + timedelta(hours=2)
    assert (await post_json(operator, path, {"party": "seller"})).status == 201
    recent = "updated_since=2026-07-01T13:00:00Z"
    changed = await found(operator, recent)
    assert made[0]["id"] in changed
    ids = [one["id"] for one in made]
    assert sorted(await found(operator, "updated_since=2026-07-01")) == sorted(ids)
    pages = await pages_of(operator, "/v1/contracts?updated_since=2026-07-01&limit=1")
    assert sorted(item["id"] for page in pages for item in page) == sorted(ids), "each is there once"
    assert await found(operator, f"{recent}&status=PENDING") == []
    assert await found(operator, "updated_since=2100-01-01") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("q=", "q"), ("q=x", "q"), ("q=!!!", "q"), ("q=%00maize", "q"), (f"q={'maize+' * 30}", "q"),
        ("reference=12345678", "reference"), ("reference=x", "reference"), ("type=gold", "type"), ("party=me", "party"),
        ("since=yesterday", "since"), ("since=2026-07-01T12:00:00", "since"), ("since=2026-13-01", "since"),
        ("since=0001-01-01T00:00:00%2B23:59", "since"), ("updated_since=", "updated_since"),
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_for(operator: Operator, query: str, field: str) -> None:
    answer = await operator.get(f"/v1/contracts?{query}")
    assert (answer.status, answer.json["field"]) == (400, field)
