"""Keys of operators at the REST API: each role and scope on each route, wrong keys, and keys that end."""

import asyncio
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from aiohttp.web import RouteDef
from structlog.testing import capture_logs

from gateway import rest
from gateway.limits.table import WRONG_KEYS
from gateway.operators.keys import make_key
from gateway.operators.scope import SCOPES_OF, OperatorRole, Scope
from gateway.operators.sign_in import SignIn
from gateway.rest.operator_only import RouteRule, rule_of
from storage.operators import KeyRow, OperatorRows
from tests.gateway.held_payouts import held_payouts
from tests.gateway.known_operators import YEAR, add_operator, bearer, changes_in, kept, key_id
from tests.gateway.operator_client import KEY, NOON, Operator, RestReply, contract_body

PAGE = (Path(__file__).parents[3] / "docs/operators.md").read_text(encoding="utf-8")
DECIDERS, READERS_OF_LOOKS = (OperatorRole.ARBITER, OperatorRole.ADMIN), (OperatorRole.AUDITOR, OperatorRole.ADMIN)

# Every route asks for `read` if it is a GET, and else for `write`; but for these.
OTHERS = {
    "POST /v1/payments/{payment}/prompt": RouteRule(Scope.MONEY, ()),
    **{
        f"POST /v1/transfers/{{transfer}}/{act}": RouteRule(Scope.MONEY, ())
        for act in ("retry", "approve", "send-back", "assign", "paid")
    },
    "POST /v1/disputes/{dispute}/decision": RouteRule(Scope.WRITE, DECIDERS),
    "GET /v1/operators": RouteRule(Scope.ADMIN, ()),
    **{
        f"{method} /v1/webhooks{behind}": RouteRule(Scope.ADMIN, ())
        for method, behind in (
            ("POST", ""),
            ("GET", ""),
            ("GET", "/{webhook}"),
            ("PATCH", "/{webhook}"),
            ("DELETE", "/{webhook}"),
            ("POST", "/{webhook}/rotate"),
            ("POST", "/{webhook}/replay"),
            ("GET", "/{webhook}/attempts"),
        )
    },
    "GET /v1/looks": RouteRule(Scope.READ, READERS_OF_LOOKS),
}


def routes_of_api() -> Iterator[tuple[str, str, RouteRule]]:
    """Each route as the service serves it: its method, its path, and what it asks for."""
    for route in rest.routes:
        assert isinstance(route, RouteDef)
        rule = rule_of(route.handler)
        assert rule, f"{route.method} {route.path} is open to everybody"
        yield route.method, route.path, rule


def test_every_route_asks_for_what_it_should() -> None:
    for method, path, rule in routes_of_api():
        usual = RouteRule(Scope.READ if method == "GET" else Scope.WRITE, ())
        assert rule == OTHERS.get(f"{method} {path}", usual), f"{method} {path}: is it meant to ask for this?"
    assert OTHERS.keys() <= {f"{method} {path}" for method, path, _ in routes_of_api()}


def test_the_manual_names_the_routes_that_ask_for_more() -> None:
    for route, rule in OTHERS.items():
        (line,) = [line for line in PAGE.splitlines() if line.startswith("|") and f"`{route}`" in line]
        assert f"`{rule.scope}`" in line and all(f"`{role}`" in line for role in rule.roles), line


@pytest.mark.parametrize("role", OperatorRole)
async def test_each_scope_of_each_role_on_each_route(operator: Operator, database_url: str, role: OperatorRole) -> None:
    """What is allowed gets as far as the route's own answer (there is no such contract); the rest is refused."""
    keys = {scope: await add_operator(database_url, NOON, role, [scope], name=f"{role} {scope}")
            for scope in SCOPES_OF[role]}  # fmt: skip
    allowed = refused = 0
    for method, path, rule in routes_of_api():
        for scope, key in keys.items():
            answer = await operator.ask(method, filled(path), headers=bearer(key))
            if rule.scope is scope and (not rule.roles or role in rule.roles):
                allowed += 1
                assert answer.status in (200, 400, 404, 409, 415, 422), (method, path, role, scope, answer.body)
            else:
                refused += 1
                assert_forbidden(answer, rule)
    routes = list(routes_of_api())
    assert allowed + refused == len(routes) * len(keys)
    assert allowed == sum(rule.scope in keys and (not rule.roles or role in rule.roles) for _, _, rule in routes)


def filled(path: str) -> str:
    """Return a path of this route that leads to nothing. A live stream would never end: its `after` is refused."""
    named = re.sub(r"\{(\w+)(:(\{.*?\}|[^{}])*)?\}", lambda name: "1" if name[1] == "n" else str(UUID(int=7)), path)
    return f"{named}?after=x" if named.endswith("/live") else named


def assert_forbidden(answer: RestReply, rule: RouteRule) -> None:
    assert answer.status == 403 and answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["scope"] == rule.scope and answer.json.get("roles", []) == list(rule.roles)
    assert answer.json["reason"] == "forbidden" and "lacks the" in answer.json["title"]


async def test_who_may_write_and_is_no_arbiter_does_not_decide(operator: Operator, database_url: str) -> None:
    key = await add_operator(database_url, NOON, OperatorRole.OPERATOR)
    answer = await operator.ask("POST", f"/v1/disputes/{UUID(int=7)}/decision", b"{}", bearer(key))
    assert answer.status == 403 and answer.json["title"] == "This API key lacks the role arbiter or admin."


async def test_a_hundred_wrong_keys_are_slowed_and_are_one_line(operator: Operator) -> None:
    """They have the form of a key, so that each could be one."""
    rows = CountedRows(operator.services.records.pool)
    operator.services.sign_in, tried = SignIn(rows, lambda: 0.0), [make_key() for _ in range(100)]
    with capture_logs() as lines:
        answers = [await operator.ask("GET", "/v1/contracts", headers=bearer(key)) for key in tried]
        operator.services.limits.wrong.write_line()
    assert [answer.status for answer in answers] == [401] * WRONG_KEYS.most + [429] * (100 - WRONG_KEYS.most)
    assert [line["keys"] for line in lines] == [100] and lines[0]["event"] == "wrong keys and tokens"
    assert not any(key in repr(lines) for key in tried)
    assert rows.reads == 1, "strangers cost no trips"
    assert (await operator.get("/v1/contracts")).status == 200, "API_KEY, from the same address"


class CountedRows(OperatorRows):
    reads = 0

    async def keys(self, now: datetime) -> list[KeyRow]:
        self.reads += 1
        return await super().keys(now)


@pytest.mark.parametrize("key", ["vp_short", "vp_" + "x" * 44, "vp_" + "é" * 43, "", KEY + "x"])
async def test_what_has_not_the_form_of_a_key_is_none(operator: Operator, key: str) -> None:
    answer = await operator.ask("GET", "/v1/contracts", headers=bearer(key))
    assert answer.status == 401 and answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_key_that_has_expired(operator: Operator, database_url: str) -> None:
    key = await add_operator(database_url, NOON, OperatorRole.AUDITOR, valid_for=timedelta(days=1))
    assert (await operator.ask("GET", "/v1/contracts", headers=bearer(key))).status == 200
    operator.services.now = lambda: NOON + timedelta(days=1)
    answer = await operator.ask("GET", "/v1/contracts", headers=bearer(key))
    assert (answer.status, answer.json["title"]) == (401, "This API key has expired.")


async def test_a_revoked_key_stops_within_two_seconds_in_each_process(operator: Operator, database_url: str) -> None:
    key, seconds = await add_operator(database_url, NOON, OperatorRole.AUDITOR), [0.0]
    one, other = (SignIn(operator.services.operators, lambda: seconds[0]) for _ in range(2))

    async def statuses() -> list[int]:
        found = list[int]()
        for operator.services.sign_in in (one, other):
            found.append((await operator.ask("GET", "/v1/contracts", headers=bearer(key))).status)
        return found

    assert await statuses() == [200, 200]
    async with changes_in(database_url, NOON) as changes:
        await changes.revoke("ann")
    seconds[0] = 2.0
    assert await statuses() == [401, 401]


async def test_a_new_key_is_known_at_once(operator: Operator, database_url: str) -> None:
    """At most a quarter of a second after a process read the keys before."""
    seconds = count(0.0, 0.25)
    operator.services.sign_in = SignIn(operator.services.operators, lambda: next(seconds))
    for name in ("Ann", "Otieno"):
        key = await add_operator(database_url, NOON, OperatorRole.AUDITOR, name=name)
        assert (await operator.ask("GET", "/v1/contracts", headers=bearer(key))).status == 200


async def test_a_rotated_key_is_valid_beside_the_next_for_a_day(operator: Operator, database_url: str) -> None:
    first, second = await add_operator(database_url, NOON, OperatorRole.OPERATOR), make_key()
    made = (await operator.ask(
        "POST", "/v1/contracts", orjson.dumps(contract_body()),
        {**bearer(first), "Content-Type": "application/json"},
    )).json  # fmt: skip
    async with changes_in(database_url, NOON) as changes:
        before, ends_at = await changes.rotate("Ann", kept(second), NOON + YEAR, timedelta(hours=24))
    assert (before, ends_at) == (key_id(first), NOON + timedelta(hours=24))
    operator.services.sign_in = SignIn(operator.services.operators)

    async def statuses(now: datetime) -> list[int]:
        operator.services.now = lambda: now
        return [(await operator.ask("GET", "/v1/contracts", headers=bearer(key))).status for key in (first, second)]

    assert await statuses(NOON + timedelta(hours=23)) == [200, 200]
    assert await statuses(NOON + timedelta(hours=24)) == [401, 200]
    entries = (await operator.get(f"/v1/contracts/{made['id']}/audit")).json["items"]
    named = entries[0]["details"]["operator"]
    (ann,) = (await operator.get("/v1/operators")).json["items"]
    assert named in [key["id"] for key in ann["keys"]] and named == key_id(first), "the old entry names its key"
    assert {key["id"]: key["is_current"] for key in ann["keys"]} == {key_id(first): False, key_id(second): True}


async def test_without_the_database_nobody_says_that_a_key_is_wrong(operator: Operator, database_url: str) -> None:
    key = await add_operator(database_url, NOON, OperatorRole.AUDITOR)
    await operator.services.records.pool.close()
    for right_or_not in (key, make_key()):
        assert (await operator.ask("GET", "/v1/contracts", headers=bearer(right_or_not))).status == 503
    assert (await operator.ask("GET", "/v1/contracts", headers=bearer("no key at all"))).status == 401


async def test_an_admin_lists_operators_by_pages(operator: Operator, database_url: str) -> None:
    keys = [await add_operator(database_url, NOON + timedelta(seconds=n), OperatorRole.OPERATOR, name=f"Ann {n}")
            for n in range(3)]  # fmt: skip
    async with changes_in(database_url, NOON + timedelta(minutes=1)) as changes:
        await changes.revoke("Ann 0")
    first = (await operator.get("/v1/operators?limit=2")).json
    rest_of = (await operator.get(f"/v1/operators?limit=2&after={first['next']}")).json
    assert [one["name"] for one in first["items"] + rest_of["items"]] == ["Ann 2", "Ann 1", "Ann 0"]
    assert first["bootstrap"] == {"key": key_id(KEY), "name": "bootstrap (API_KEY)"} and rest_of["next"] is None
    (revoked,) = rest_of["items"]
    assert revoked["revoked_at"] == "2026-07-01T12:01:00.000000Z" and revoked["keys"][0]["id"] == key_id(keys[0])
    assert not any(key in repr(first) or key.removeprefix("vp_") in repr(first) for key in keys)


async def test_no_table_and_no_log_line_has_a_key(operator: Operator, database_url: str) -> None:
    with capture_logs() as lines:
        key = await add_operator(database_url, NOON, OperatorRole.OPERATOR)
        await operator.ask("GET", "/v1/contracts", headers=bearer(key))
        await operator.ask("GET", "/v1/operators", headers=bearer(key))
    tables = await operator.services.records.pool.fetchval(
        "SELECT string_agg(t::text, E'\\n') FROM (SELECT o::text FROM operators o UNION ALL SELECT k::text FROM"
        " operator_keys k UNION ALL SELECT a::text FROM audit_logs a UNION ALL SELECT l::text FROM looks l) AS t"
    )
    assert key_id(key) in tables and key_id(key) in repr(lines)
    assert key not in tables and key not in repr(lines)


async def test_money_needs_two_operators_and_nobody_is_two_by_another_key(
    operator: Operator, database_url: str
) -> None:
    contract = (await operator.post(contract_body())).json
    first, second, other = (
        await add_operator(database_url, NOON, OperatorRole.OPERATOR), make_key(),
        await add_operator(database_url, NOON, OperatorRole.OPERATOR, name="Otieno"),
    )  # fmt: skip
    async with changes_in(database_url, NOON) as changes:
        await changes.rotate("Ann", kept(second), NOON + YEAR, timedelta(hours=24))

    async def says(transfer: UUID, key: str) -> str:
        answer = await operator.ask("POST", f"/v1/transfers/{transfer}/approve", headers=bearer(key))
        assert answer.status == 200, answer.body
        said: str = answer.json["says"]
        return said.partition(":")[0]

    for transfer in await held_payouts(operator.services.records.pool, contract["id"], 5):
        assert [await says(transfer, key) for key in (first, second)] == ["kept"] * 2
        assert await says(transfer, other) == "two people have approved it"
    for transfer in await held_payouts(operator.services.records.pool, contract["id"], 10):
        at_once = await asyncio.gather(says(transfer, second), says(transfer, other))
        assert sorted(at_once) == ["kept", "two people have approved it"]


async def test_what_a_revoked_operator_said_about_money_counts_no_more(operator: Operator, database_url: str) -> None:
    contract, pool = (await operator.post(contract_body())).json, operator.services.records.pool
    ann, otieno, chege = [
        await add_operator(database_url, NOON, OperatorRole.OPERATOR, name=name) for name in ("Ann", "Otieno", "Chege")
    ]
    (transfer,) = await held_payouts(pool, contract["id"], 1)

    async def says(key: str) -> str:
        answer = await operator.ask("POST", f"/v1/transfers/{transfer}/approve", headers=bearer(key))
        return str(answer.json["says"]).partition(":")[0]

    assert await says(ann) == "kept"
    async with changes_in(database_url, NOON) as changes:
        await changes.revoke("Ann")
    assert await says(otieno) == "kept", "a key that was stolen and revoked is not one of two people"
    await pool.execute("UPDATE transfers SET due_at = $1 WHERE id = $2", NOON, transfer)
    (claimed,) = await operator.services.money.rows.claim(NOON, NOON + timedelta(minutes=1), 10)
    assert (claimed.id, claimed.approvals) == (transfer, 1), "nor does the loop count it"
    assert await says(chege) == "two people have approved it"
