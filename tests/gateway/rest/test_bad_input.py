"""What the REST API refuses: with which status and field, and never with what was sent."""

import codecs
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from pydantic import SecretStr

from storage.embedded.servers import ServerUrls
from tests.gateway.operator_client import BUYER, KEY, SELLER, Operator, RestReply, contract_body, open_operator
from tests.service import fresh_database

JSON = {"Content-Type": "application/json"}
TWO = contract_body()["parties"]


@pytest_asyncio.fixture(scope="module")
async def operator(servers: ServerUrls, template_database: str) -> AsyncIterator[Operator]:
    """One service for the whole module: a refused request writes nothing."""
    async with (
        fresh_database(servers.database_url, template_database) as url,
        open_operator(url, servers.redis_url) as opened,
    ):
        yield opened


def assert_problem(answer: RestReply, status: int, field: str | None = None) -> None:
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
    said = answer.json
    assert said["status"] == status
    if field is not None:
        assert (said["field"], said["errors"][0]["field"]) == (field, field), said


# Who asks


@pytest.mark.parametrize(
    "given",
    [None, "", "Bearer", "Bearer ", f"Basic {KEY}", KEY, f"Bearer {KEY}x", f"Bearer {KEY[:-1]}", "Bearer ключ"],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/contracts"), ("GET", "/v1/contracts"), ("GET", "/v1/contracts/12345674"),
        ("GET", "/v1/contracts/12345674/audit"), ("GET", "/v1/messages"),
    ],
)  # fmt: skip
async def test_a_request_without_the_key_gets_401(
    operator: Operator, method: str, path: str, given: str | None
) -> None:
    headers = {} if given is None else {"Authorization": given}
    async with operator.client.request(method, path, data=b"not even read", headers=headers) as response:
        answer = RestReply(response.status, response.headers, await response.read())
    assert_problem(answer, 401)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_service_without_a_key_lets_nobody_in(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    keyless = operator.services.settings.model_copy(update={"api_key": SecretStr("")})
    monkeypatch.setattr(operator.services, "settings", keyless)
    assert (await operator.ask("GET", "/v1/contracts", headers={"Authorization": "Bearer "})).status == 401


async def test_neither_the_key_nor_a_number_is_logged(operator: Operator, capfd: pytest.CaptureFixture[str]) -> None:
    await operator.post(contract_body())
    await operator.post(contract_body(terms__product=7))
    await operator.ask("GET", "/v1/contracts", headers={"Authorization": f"Bearer {KEY}x"})
    logged = "".join(capfd.readouterr())
    assert "contract.made" in logged
    assert KEY not in logged
    assert BUYER[1:] not in logged


# A body as a whole


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        pytest.param(b"", 400, "body", id="nothing"),
        pytest.param(b"{", 400, "body", id="broken off"),
        pytest.param(b"{} {}", 400, "body", id="two values"),
        pytest.param(b"\xff\xfe", 400, "body", id="not UTF-8"),
        pytest.param(b'{"parties": NaN}', 400, "body", id="NaN"),
        pytest.param(b'{"parties": -Infinity}', 400, "body", id="Infinity"),
        pytest.param(b'{"type": "other", "type": "logistics"}', 400, "type", id="a name twice"),
        pytest.param(b'{"0712345678": 1, "0712345678": 2}', 400, "body", id="a name twice that may be a number"),
        pytest.param(b'{"type": "\\ud800"}', 400, "body", id="half a surrogate pair"),
        pytest.param(b'{"\\ud800": 1}', 400, "body", id="half a surrogate pair as a name"),
        pytest.param(b'{"type": "\x00"}', 400, "body", id="a raw NUL"),
        pytest.param(b"[" * 20_000 + b"]" * 20_000, 400, "body", id="nested too deeply"),
        pytest.param(b'{"a":' * 9_000 + b"1" + b"}" * 9_000, 400, "body", id="objects nested too deeply"),
        pytest.param(b'{"type": 1e9999999999999999999999}', 400, "body", id="a number no machine holds"),
        pytest.param(b'{"type": %b}' % (b"9" * 5000), 400, "body", id="an integer of 5000 digits"),
        pytest.param(b" " * 1_000_000, 413, None, id="a megabyte"),
        pytest.param(b"[]", 422, "body", id="a list"),
        pytest.param(b"null", 422, "body", id="null"),
        pytest.param(b'"{}"', 422, "body", id="a string"),
        pytest.param(b"{}", 422, "parties", id="an empty object"),
    ],
)
async def test_a_body_that_is_not_json(operator: Operator, body: bytes, status: int, field: str | None) -> None:
    before = await operator.count("api_requests")
    assert_problem(await operator.post(body), status, field)
    assert await operator.count("api_requests") == before


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json"])
async def test_a_body_with_another_content_type(operator: Operator, kind: str) -> None:
    answer = await operator.ask("POST", "/v1/contracts", orjson.dumps(contract_body()), {"Content-Type": kind})
    assert_problem(answer, 415)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "identity"])
async def test_a_body_with_a_content_encoding(operator: Operator, encoding: str) -> None:
    headers = {**JSON, "Content-Encoding": encoding}
    assert_problem(await operator.ask("POST", "/v1/contracts", gzip.compress(b" " * 5_000_000), headers), 415)


@pytest.mark.reported("B38")
async def test_a_byte_order_mark_is_skipped(operator: Operator) -> None:
    assert (await operator.post(codecs.BOM_UTF8 + orjson.dumps(contract_body()))).status == 201


# Its values


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"type": "barter"}, "type"),
        ({"type": 1}, "type"),
        ({"parties": {}}, "parties"),
        ({"parties": []}, "parties"),
        ({"parties": TWO[:1]}, "parties"),
        ({"parties": [TWO[0], {**TWO[1], "role": "witness"}]}, "parties"),
        ({"parties": [{"msisdn": f"07110000{n:02}", "role": "buyer"} for n in range(11)]}, "parties"),
        ({"parties": [TWO[0], "0711000002"]}, "parties[1]"),
        ({"parties": [TWO[0], {**TWO[1], "msisdn": BUYER}]}, "parties[1].msisdn"),
        ({"parties": [TWO[0], {**TWO[1], "msisdn": 254711000002}]}, "parties[1].msisdn"),
        ({"parties": [TWO[0], {**TWO[1], "msisdn": "07123"}]}, "parties[1].msisdn"),
        ({"parties": [TWO[0], {**TWO[1], "msisdn": "+0711000002"}]}, "parties[1].msisdn"),
        ({"parties": [TWO[0], {**TWO[1], "msisdn": "020 2222222"}]}, "parties[1].msisdn"),
        ({"parties": [TWO[0], {**TWO[1], "phone": "0711000003"}]}, "parties[1].phone"),
        ({"parties": [TWO[0], {"role": "seller"}]}, "parties[1].msisdn"),
        ({"parties": [TWO[0], {"msisdn": SELLER}]}, "parties[1].role"),
        ({"parties": [TWO[0], {**TWO[1], "role": "thief"}]}, "parties[1].role"),
        ({"parties": [TWO[0], {**TWO[1], "name": ""}]}, "parties[1].name"),
        ({"parties": [TWO[0], {**TWO[1], "name": "N" * 61}]}, "parties[1].name"),
        ({"parties": [TWO[0], {**TWO[1], "name": "a\x00b"}]}, "parties[1].name"),
        ({"parties": [TWO[0], {**TWO[1], "name": "VoicePact office"}]}, "parties[1].name"),
        ({"parties": [TWO[0], {**TWO[1], "msisdn": "+4915112345678"}]}, "parties[1].msisdn"),
        ({"parties": [TWO[0], {**TWO[1], "email": "x"}]}, "parties[1].email"),
        ({"parties": [TWO[0], {**TWO[1], "0711000003": "x"}]}, "parties[1]"),
        ({"terms": []}, "terms"),
        ({"terms__product": None}, "terms.product"),
        ({"terms__product": " "}, "terms.product"),
        ({"terms__product": "m\u202eaize"}, "terms.product"),
        ({"terms__product": "m" * 31}, "terms.product"),
        ({"terms__product": "50 bags maize"}, "terms.product"),
        ({"terms__product": "call 0712 345 678"}, "terms.product"),
        ({"terms__product": "reply YES"}, "terms.product"),
        ({"terms__delivery_place": "bit.ly/x"}, "terms.delivery_place"),
        ({"terms__quantity": None}, "terms.quantity"),
        ({"terms__quantity": True}, "terms.quantity"),
        ({"terms__quantity": 0}, "terms.quantity"),
        ({"terms__quantity": -1}, "terms.quantity"),
        ({"terms__quantity": 1e300}, "terms.quantity"),
        ({"terms__quantity": 1e-300}, "terms.quantity"),
        ({"terms__quantity": 1.2345}, "terms.quantity"),
        ({"terms__quantity": "some"}, "terms.quantity"),
        pytest.param(*({"terms__quantity": "1.500"}, "terms.quantity"), marks=pytest.mark.reported("B29")),
        ({"terms__unit": "per day"}, "terms.unit"),
        ({"terms__unit": None}, "terms.unit"),
        ({"terms__unit": "000 kg"}, "terms.unit"),
        ({"terms__unit": 7}, "terms.unit"),
        ({"terms__quantity": "50 sacks"}, "terms.unit"),
        ({"terms__total_amount": None}, "terms.total_minor"),
        ({"terms__total_minor": 1}, "terms.total_amount"),
        ({"terms__total_amount": "1.005"}, "terms.total_amount"),
        ({"terms__total_amount": 0.1 + 0.2}, "terms.total_amount"),
        ({"terms__total_amount": "3,500"}, "terms.total_amount"),
        pytest.param(*({"terms__total_amount": "3.500"}, "terms.total_amount"), marks=pytest.mark.reported("B29")),
        ({"terms__total_amount": "1e3"}, "terms.total_amount"),
        ({"terms__total_amount": "-1"}, "terms.total_amount"),
        ({"terms__total_amount": "٣٥٠٠"}, "terms.total_amount"),
        ({"terms__total_amount": "100000000.01"}, "terms.total_amount"),
        ({"terms__total_amount": 1e300}, "terms.total_amount"),
        ({"terms__total_amount": 1e-300}, "terms.total_amount"),
        ({"terms__total_amount": False}, "terms.total_amount"),
        ({"terms__currency": "UGX"}, "terms.total_amount"),
        ({"terms__currency": "USD"}, "terms.currency"),
        ({"terms__total_amount": None, "terms__total_minor": 0}, "terms.total_minor"),
        ({"terms__total_amount": None, "terms__total_minor": 1.0}, "terms.total_minor"),
        ({"terms__total_amount": None, "terms__total_minor": "100"}, "terms.total_minor"),
        ({"terms__total_amount": None, "terms__total_minor": 10_000_000_001}, "terms.total_minor"),
        ({"terms__delivery_place": "?"}, "terms.delivery_place"),
        ({"terms__delivery_location": "Nakuru"}, "terms.delivery_location"),
        ({"terms__delivery_date": "2026-02-30"}, "terms.delivery_date"),
        ({"terms__delivery_date": "2026-06-30"}, "terms.delivery_date"),
        ({"terms__delivery_date": "2029-01-01"}, "terms.delivery_date"),
        ({"terms__delivery_date": "0001-01-01T00:00:00+14:00"}, "terms.delivery_date"),
        ({"terms__delivery_date": 20260725}, "terms.delivery_date"),
        *(({"terms__silence_days": days}, "terms.silence_days") for days in (0, 91, -1, 7.0, "7", True, [7])),
        ({"terms__colour": "white"}, "terms.colour"),
        ({"status": "CONFIRMED"}, "status"),
    ],
)
async def test_a_value_that_is_refused(operator: Operator, changed: dict[str, Any], field: str) -> None:
    before = await operator.count("contracts")
    answer = await operator.post(contract_body(**changed))
    assert_problem(answer, 422, field)
    assert b"0711" not in answer.body
    assert b"254711" not in answer.body
    assert await operator.count("contracts") == before


async def test_every_fault_is_named_at_once(operator: Operator) -> None:
    parties = [{**TWO[0], "role": "king"}, {**TWO[1], "msisdn": "1"}]
    answer = await operator.post(contract_body(parties=parties, terms__unit=None, terms__total_amount="0.001", more=1))
    assert [error["field"] for error in answer.json["errors"]] == [
        "parties[0].role", "parties[1].msisdn", "terms.unit", "terms.total_amount", "more",
    ]  # fmt: skip
    assert all(error["why"] for error in answer.json["errors"])


async def test_an_answer_names_at_most_twenty_faults(operator: Operator) -> None:
    answer = await operator.post({f"name{chr(97 + n % 26)}{n}": n for n in range(3000)})
    assert (answer.status, len(answer.json["errors"])) == (422, 20)


# Queries and paths


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"), ("limit=101", "limit"), ("limit=", "limit"), ("limit=-1", "limit"),
        ("limit=1e1", "limit"), ("limit=%D9%A1", "limit"), ("limit=1&limit=2", "limit"), ("limit=99999999", "limit"),
        ("after=", "after"), ("after=x", "after"), ("after=%00", "after"), (f"after=f{'_' * 31}", "after"),
        (f"after={'A' * 31}", "after"), ("after=%2F" + "A" * 31, "after"), ("after=ключ", "after"),
        ("page=2", "page"), ("0712345678=1", "query"), ("msisdn=", "msisdn"), ("msisdn=07", "msisdn"),
        ("msisdn=%00", "msisdn"), ("msisdn=+", "msisdn"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/v1/contracts", "/v1/messages"])
async def test_a_wrong_query_parameter(operator: Operator, path: str, query: str, field: str) -> None:
    assert_problem(await operator.get(f"{path}?{query}"), 400, field)


async def test_an_unknown_status(operator: Operator) -> None:
    assert_problem(await operator.get("/v1/contracts?status=DONE"), 400, "status")
    assert_problem(await operator.get("/v1/messages?status=DONE"), 400, "status")
    assert_problem(await operator.get("/v1/messages?direction=up"), 400, "direction")
    assert_problem(await operator.get("/v1/messages?class=urgent"), 400, "class")
    assert_problem(await operator.get("/v1/messages?contract_id=40718353"), 400, "contract_id")
    assert_problem(await operator.get("/v1/messages?kind=vague"), 400, "kind")
    assert_problem(await operator.get("/v1/contracts/12345674?limit=1"), 400, "limit")


@pytest.mark.parametrize(
    "name",
    [
        "12345674", "12345675", "1", "x", "%00", "%FF", "١٢٣٤٥٦٧٤", "00000000-0000-0000-0000-000000000000",
        "{00000000-0000-0000-0000-000000000000}", "00000000000000000000000000000000", "urn:uuid:x",
    ],
)  # fmt: skip
@pytest.mark.parametrize("of", ["", "/audit"])
async def test_an_unknown_contract(operator: Operator, name: str, of: str) -> None:
    assert_problem(await operator.get(f"/v1/contracts/{name}{of}"), 404)


# Anything at all

_VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=12)
    | some.sampled_from(["buyer", "seller", "0711000001", "+254711000002", "50 bags", "KES", "2026-07-25"]),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
_NAMES = some.sampled_from(
    ["type", "parties", "terms", "parties__0", "terms__product", "terms__quantity", "terms__unit", "terms__currency",
     "terms__total_minor", "terms__total_amount", "terms__delivery_place", "terms__delivery_date",
     "terms__silence_days"]
)  # fmt: skip
TERMS = contract_body()["terms"]
_BODIES = _VALUES | some.dictionaries(_NAMES, _VALUES, min_size=1, max_size=3).map(
    lambda changed: {name: value for name, value in changed.items() if "__" not in name}
    | {"terms": {**TERMS, **{n.partition("__")[2]: v for n, v in changed.items() if n[:7] == "terms__"}}}
    | {"parties": [changed.get("parties__0", TWO[0]), TWO[1]]}
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=_BODIES)
async def test_no_body_makes_the_service_fail(operator: Operator, body: Any) -> None:
    answer = await operator.post(json.dumps(body).encode())
    assert answer.status in (201, 400, 422), answer.json
