"""Looks: whoever sees something of a person has left an entry that says who, whom and when, before they saw it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from gateway.operators.scope import OperatorRole
from storage.postgres.database import Connection, connect
from tests.gateway.known_operators import add_operator, bearer, key_id
from tests.gateway.operator_client import BUYER, KEY, NOON, SELLER, Operator, contract_body

ALL = "SELECT key_id, name, what, contracts, phones, messages FROM looks ORDER BY id"


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Connection]:
    connection = await connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def contract(operator: Operator) -> dict[str, Any]:
    """A contract of two people, each of whom got an SMS."""
    made: dict[str, Any] = (await operator.post(contract_body())).json
    return made


async def newest(db: Connection) -> dict[str, Any]:
    row = await db.fetchrow(f"{ALL} DESC LIMIT 1")
    assert row, "nobody looked"
    return {**row, **{name: {str(one) for one in row[name]} for name in ("contracts", "phones", "messages")}}


def at(operator: Operator, passed: timedelta) -> None:
    """Let it be so long after noon for the service."""
    operator.services.now = lambda: NOON + passed


def people_of(contract: dict[str, Any]) -> set[str]:
    return {party["id"] for party in contract["parties"]}


@pytest.mark.parametrize("below", ["", "/audit", "/deliveries", "/proposals", "/evidence"])
async def test_a_look_at_a_contract_is_one_at_its_parties(
    operator: Operator, contract: dict[str, Any], db: Connection, below: str
) -> None:
    for named in (contract["id"], contract["reference"]):
        assert (await operator.get(f"/v1/contracts/{named}{below}")).status == 200
        assert await newest(db) == {
            "key_id": key_id(KEY), "name": "bootstrap (API_KEY)", "what": f"GET /v1/contracts/{{contract}}{below}",
            "contracts": {contract["id"]}, "phones": people_of(contract), "messages": set(),
        }  # fmt: skip


async def test_a_list_shows_whom_it_shows(operator: Operator, contract: dict[str, Any], db: Connection) -> None:
    other = (await operator.post(contract_body(parties=[
        {"msisdn": "+254711000003", "role": "buyer"}, {"msisdn": SELLER, "role": "seller"},
    ]))).json  # fmt: skip
    await operator.get("/v1/contracts?limit=1")
    seen = await newest(db)
    assert (seen["contracts"], seen["phones"]) == ({other["id"]}, people_of(other))
    await operator.get("/v1/contracts")
    assert (await newest(db))["contracts"] == {contract["id"], other["id"]}
    assert contract["id"] != other["id"]


async def test_messages_are_named_with_their_phones(
    operator: Operator, contract: dict[str, Any], db: Connection
) -> None:
    items = (await operator.get(f"/v1/messages?msisdn={quote(BUYER)}")).json["items"]
    seen = await newest(db)
    assert seen["messages"] == {one["id"] for one in items} and len(items) == 1
    assert seen["phones"] == people_of(contract), "the text to one is about both"
    await operator.get(f"/v1/messages/{items[0]['id']}")
    assert (await newest(db))["what"] == "GET /v1/messages/{message}"


async def test_disputes_and_their_files(operator: Operator, contract: dict[str, Any], db: Connection) -> None:
    for msisdn in (BUYER, SELLER):
        await operator.sends_sms(msisdn, f"yes {contract['reference']}")
    sent = {"Content-Type": "application/json"}
    body = f'{{"contract": "{contract["reference"]}", "words": "The maize is wet"}}'.encode()
    dispute = (await operator.ask("POST", "/v1/disputes", body, sent)).json
    file = (await operator.ask("POST", f"/v1/disputes/{dispute['id']}/files?name=a.txt", b"wet", {
        "Content-Type": "text/plain"
    })).json  # fmt: skip
    for path in (f"/v1/disputes/{dispute['id']}", f"/v1/disputes/{dispute['id']}/files/{file['id']}", "/v1/disputes"):
        before = await db.fetchval("SELECT count(*) FROM looks")
        assert (await operator.get(path)).status == 200
        assert (await newest(db))["contracts"] == {contract["id"]}
        assert await db.fetchval("SELECT count(*) FROM looks") == before + 1


@pytest.mark.parametrize(
    "path", ["/v1/contracts/40718353", "/v1/contracts?status=DISPUTED", "/v1/payments", "/v1/operators", "/v1/looks"]
)
async def test_who_sees_nobody_leaves_no_entry(
    operator: Operator, contract: dict[str, Any], db: Connection, path: str
) -> None:
    assert contract["id"]
    await operator.get(path)
    assert await db.fetch(ALL) == []


async def test_an_act_is_in_the_audit_and_its_repeat_is_a_look(operator: Operator, db: Connection) -> None:
    await operator.post(contract_body(), "key-1")
    assert await db.fetch(ALL) == []
    await operator.post(contract_body(), "key-1")
    assert (await newest(db))["what"] == "POST /v1/contracts"


async def test_what_cannot_be_written_down_is_not_shown(
    operator: Operator, contract: dict[str, Any], db: Connection
) -> None:
    await db.execute("ALTER TABLE looks ADD CONSTRAINT no_more CHECK (false) NOT VALID")
    path, headers = f"/v1/contracts/{contract['id']}", {"Authorization": f"Bearer {KEY}"}
    async with operator.client.get(path, headers=headers) as answer:  # no document has this status
        body = await answer.text()
    assert answer.status == 500 and contract["reference"] not in body and BUYER[1:] not in body


async def test_an_auditor_finds_looks_by_person_contract_and_operator(
    operator: Operator, contract: dict[str, Any], database_url: str
) -> None:
    auditor = await add_operator(database_url, NOON, OperatorRole.AUDITOR, name="Zuhura")
    ann = await add_operator(database_url, NOON, OperatorRole.OPERATOR)
    for n in range(3):
        at(operator, timedelta(minutes=n))
        assert (await operator.ask("GET", f"/v1/contracts/{contract['id']}", headers=bearer(ann))).status == 200

    async def looks(query: str) -> list[dict[str, Any]]:
        """All pages, two to a page."""
        found, after = list[dict[str, Any]](), ""
        while True:
            page = await operator.ask("GET", f"/v1/looks?limit=2{query}{after}", headers=bearer(auditor))
            assert page.status == 200, page.body
            found += page.json["items"]
            if page.json["next"] is None:
                return found
            after = f"&after={page.json['next']}"

    everything = await looks("")
    assert [one["at"][14:16] for one in everything] == ["02", "01", "00"] and {one["name"] for one in everything} == {
        "Ann"
    }
    assert everything[0]["operator"] == key_id(ann) and everything[0]["contracts"] == [contract["id"]]
    person = contract["parties"][0]["id"]
    for query in (
        f"&phone={quote(BUYER)}", f"&phone={person}", "&phone=0711000001", f"&contract={contract['reference']}",
        "&operator=ann", f"&operator={key_id(ann)}",
    ):  # fmt: skip
        assert [one["id"] for one in await looks(query) if one["name"] == "Ann"] == [one["id"] for one in everything]
    assert await looks("&operator=Otieno") == []
    of_auditor = await looks("&operator=Zuhura")
    assert {one["what"] for one in of_auditor} == {"GET /v1/looks"}, "who asks who looked at somebody looks, too"
    assert {person for one in of_auditor for person in one["phones"]} == people_of(contract)


@pytest.mark.parametrize(
    ("query", "field"),
    [("phone=x", "phone"), ("phone=0799000000", "phone"), ("contract=40718353", "contract"),
     ("contract=x&operator=Ann", "operator"), (f"operator={'x' * 61}", "operator"), ("who=me", "who")],
)  # fmt: skip
async def test_a_wrong_question_is_named(operator: Operator, query: str, field: str) -> None:
    answer = await operator.get(f"/v1/looks?{query}")
    assert answer.status == 400 and answer.json["field"] == field
