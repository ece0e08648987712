"""The OpenAPI document is whole and says what every field is; the page to try it works."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from gateway.rest.openapi.document import endpoints_of, make_document
from tests.browser import needs_browser, open_page
from tests.gateway.operator_client import Operator, make_operator_app

DOCUMENT = make_document(endpoints_of(make_operator_app("postgresql://nobody/none", "redis://nobody")))
SCHEMAS = DOCUMENT["components"]["schemas"]
UNITS = {
    "_minor": "minor units", "_amount": "major units", "_at": "UTC", "_days": "days", "size": "bytes",
}  # fmt: skip


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def fields() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, schema in SCHEMAS.items():
        for field, shown in schema.get("properties", {}).items():
            yield f"{name}.{field}", shown


async def test_the_document_is_served_without_a_key_and_is_openapi_3_1(operator: Operator) -> None:
    async with operator.client.get("/v1/openapi.json") as answer:
        assert (answer.status, answer.content_type) == (200, "application/json")
        document = await answer.json()
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


async def test_every_route_is_in_the_document_and_the_other_way_round(operator: Operator) -> None:
    routed = {
        f"{route.method} {route.resource.canonical}"
        for route in operator.client.app.router.routes()
        if route.resource and route.resource.canonical.startswith("/v1") and route.method != "HEAD"
    }
    assert routed == {name for name, _ in operations()}
    assert len(routed) > 25


def test_each_operation_has_a_name_of_its_own_and_says_what_it_does() -> None:
    names = [operation["operationId"] for _, operation in operations()]
    assert len(set(names)) == len(names)
    for name, operation in operations():
        assert 10 < len(operation["summary"]) < 120, name
        assert not operation["summary"].endswith("."), name


@pytest.mark.parametrize(("name", "field"), [pytest.param(name, field, id=name) for name, field in fields()])
def test_every_field_has_words_a_unit_and_an_example(name: str, field: dict[str, Any]) -> None:
    assert len(field["description"]) > 3
    for ending, unit in UNITS.items():
        if name.endswith(ending) and field != SCHEMAS["TermsBody"]["properties"]["silence_days"]:
            assert unit in field["description"], f"the description says nothing of {unit}"
    whole = Draft202012Validator({**field, "components": DOCUMENT["components"]})
    assert [fault.message for example in field["examples"] for fault in whole.iter_errors(example)] == []


@pytest.mark.parametrize(("name", "operation"), [pytest.param(name, one, id=name) for name, one in operations()])
def test_every_parameter_has_words_and_an_example(name: str, operation: dict[str, Any]) -> None:
    for parameter in operation["parameters"]:
        assert len(parameter["description"]) > 3
        whole = Draft202012Validator({**parameter["schema"], "components": DOCUMENT["components"]})
        assert [fault.message for fault in whole.iter_errors(parameter["example"])] == [], parameter["name"]


def test_only_what_says_nothing_of_anybody_is_open() -> None:
    assert [name for name, operation in operations() if not operation["security"]] == ["GET /v1/openapi.json"]


@needs_browser
async def test_the_page_shows_every_operation_and_asks_nobody_else(operator: Operator) -> None:
    address = str(operator.client.make_url("/docs"))
    origin = address.removesuffix("/docs")
    async with open_page() as page:
        await page.go(address)
        await page.wait_for("document.querySelector('.opblock-summary')")
        assert await page.run("document.querySelectorAll('.opblock-summary').length") == len(list(operations()))
        assert page.faults == []
        assert all(one.startswith((address, f"{origin}/v1/openapi.json", "data:")) for one in page.requests)
