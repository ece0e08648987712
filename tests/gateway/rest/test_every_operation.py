"""schemathesis drives every operation of the OpenAPI document against the real service: with requests that the document
allows, and with ones that it does not. No answer is a 5xx, and no status, media type, header or shape is undocumented.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gateway.limits.wrong_credentials import WrongCredentials
from gateway.rest.openapi.document import endpoints_of, make_document
from storage.embedded.servers import ServerUrls
from tests.conftest import EXAMPLES
from tests.gateway.contracts_by_rest import make_confirmed_contract, open_dispute, post_json
from tests.gateway.operator_client import KEY, Operator, contract_body, make_operator_app, open_operator
from tests.service import fresh_database

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    response_headers_conformance,
]  # fmt: skip
DOCUMENT = make_document(endpoints_of(make_operator_app("postgresql://nobody/none", "redis://nobody")))
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
# A live stream never ends: tests/gateway/feed/test_live.py follows those.
OPERATIONS: dict[str, Any] = {
    one.ok().label: one.ok()
    for one in SCHEMA.get_all_operations()
    if isinstance(one, Ok) and not one.ok().label.endswith("/live")
}

Known = dict[str, list[Any]]


@pytest_asyncio.fixture(scope="module")
async def operator(servers: ServerUrls, template_database: str) -> AsyncIterator[Operator]:
    """One service for all operations: they meet what others have made."""
    async with (
        fresh_database(servers.database_url, template_database) as url,
        open_operator(url, servers.redis_url) as opened,
    ):
        yield opened


@pytest_asyncio.fixture(scope="module")
async def known(operator: Operator) -> Known:
    """What the paths can name: contracts in several states, and what is in them."""
    offered = (await operator.post(contract_body())).json
    confirmed = await make_confirmed_contract(operator)
    proposed = await make_confirmed_contract(operator)
    await post_json(operator, f"/v1/contracts/{proposed['id']}/proposals", {"kind": "cancel"})
    dispute = await open_dispute(operator)
    path = f"/v1/disputes/{dispute['id']}/files?name=bags.jpg"
    file = await operator.ask("POST", path, b"a picture", {"Content-Type": "image/jpeg"})
    assert file.status == 201
    message = (await operator.get("/v1/messages")).json["items"][0]
    webhook = await post_json(operator, "/v1/webhooks", {"url": "https://shop.example/voicepact"})
    contracts = [offered["id"], confirmed["reference"], proposed["id"], dispute["contract"]["id"]]
    return {
        "contract": contracts, "payment": contracts, "dispute": [dispute["id"]], "file": [file.json["id"]],
        "message": [message["id"]], "n": ["2"], "webhook": [webhook.json["id"]],
    }  # fmt: skip


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("label", OPERATIONS)
async def test_no_answer_is_a_fault_of_ours_nor_undocumented(
    operator: Operator, known: Known, label: str, mode: GenerationMode
) -> None:
    url = str(operator.client.make_url("/")).rstrip("/")
    await asyncio.to_thread(drive, url, OPERATIONS[label], known, mode)


def drive(url: str, operation: Any, known: Known, mode: GenerationMode) -> None:
    with requests.Session() as session:

        @settings(max_examples=EXAMPLES // 2, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode), drawn=some.data())
        def ask(case: Any, drawn: some.DataObject) -> None:
            for name in case.path_parameters or {}:
                if name in known and drawn.draw(some.booleans()):
                    case.path_parameters[name] = drawn.draw(some.sampled_from(known[name]))
            if isinstance(case.body, dict):
                for name, meant in ({**examples_of(operation.label), **known}).items():
                    if name in case.body and drawn.draw(some.booleans()):
                        case.body[name] = drawn.draw(some.sampled_from(meant))
            headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": uuid4().hex}
            answer = case.call(base_url=url, session=session, headers=headers)
            case.validate_response(answer, checks=CHECKS)

        ask()


def examples_of(label: str) -> Known:
    """Return what the document says that each field of an operation's body may be: else nearly all would be refused."""
    method, path = label.lower().split(" ")
    content = DOCUMENT["paths"][path][method].get("requestBody", {}).get("content", {})
    name = content.get("application/json", {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
    fields = DOCUMENT["components"]["schemas"][name]["properties"] if name else {}
    return {field: schema["examples"] for field, schema in fields.items()}


async def test_a_key_is_asked_for_by_all_but_the_document(operator: Operator) -> None:
    operator.services.limits.wrong = WrongCredentials(0)  # the operations above have sent many
    answers = {}
    for label in OPERATIONS:
        method, path = label.split()
        shown = path.replace("{contract}", "12345674").replace("{", "").replace("}", "")
        async with operator.client.request(method, shown) as answer:
            answers[label] = answer.status
    assert {label for label, status in answers.items() if status != 401} <= {
        "GET /v1/openapi.json", "DELETE /v1/contracts/{contract}/proposals/{n}",
    }  # fmt: skip
