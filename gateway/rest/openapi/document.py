"""The OpenAPI 3.1 document, made from the routes of the application and what they declare."""

import re
from collections.abc import Hashable, Iterable, Mapping
from functools import cache
from typing import Any, Final

import orjson
from aiohttp import hdrs, web
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from gateway.rest.json_body import Body, NoBody
from gateway.rest.openapi.operation import Media, Operation, declared_by, summary_of
from gateway.rest.openapi.parameters import (
    ANSWER_HEADERS,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    IF_NONE_MATCH,
    REQUEST_ID,
    path_parameters,
)
from gateway.rest.operator_only import RouteRule, rule_of
from gateway.rest.query import Query
from gateway.rest.shapes.contract import ContractView
from gateway.rest.shapes.problem import Problem

PREFIX: Final = "/v1/"
_REF: Final = "#/components/schemas/{model}"
_OF_CONTRACTS: Final = ("contracts", "disputes", "payments", "transfers")  # whose writes are to a contract
_JSON: Final = "application/json"
_PROBLEM: Final = "application/problem+json"

_GENERIC: Final = re.compile(rb"\b(Page|WholeList)_(\w+)_(?=\")")

_DESCRIPTION = """\
Programs of an operator make contracts, report and propose, read, and handle disputes. Every request has an API key in
`Authorization: Bearer`. Times are UTC (ISO 8601), money is in whole minor units (cents) or a decimal string, phone
numbers are E.164. An operator cannot consent for a person: that counts only from the person's own phone."""

_PROBLEMS: Final[Mapping[int, str]] = {
    400: "Broken JSON, a name given twice, or a parameter or header that is not understood.",
    401: "The key is missing or wrong.",
    408: "The body came too slowly.",
    404: "There is no such thing.",
    412: "The contract has changed since it was read: see `If-Match`.",
    413: "The body is too big.",
    415: "The body has another Content-Type than it should, or a Content-Encoding.",
    422: "A value that is not accepted, or an Idempotency-Key that was used with another body.",
    429: "Too often; `Retry-After` says in how many seconds to try again.",
    503: "Not available for a moment; send the same request again, with the same Idempotency-Key.",
}


class _Schemas(GenerateJsonSchema):
    """Leaves out what says nothing: titles that repeat the name of a field, and null as a default."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        shown = super().default_schema(schema)
        return {name: value for name, value in shown.items() if name != "default" or value is not None}


Endpoint = tuple[str, str, Hashable]  # a path with its parameters' names, a method, and the handler


def endpoints_of(app: web.Application) -> tuple[Endpoint, ...]:
    """Return all that an application answers under /v1. HEAD goes with GET."""
    return tuple(
        (route.resource.canonical, route.method, route.handler)
        for route in app.router.routes()
        if route.resource and route.resource.canonical.startswith(PREFIX) and route.method != hdrs.METH_HEAD
    )


@cache
def make_document(endpoints: tuple[Endpoint, ...]) -> dict[str, Any]:
    """Return the document of these endpoints. Raise KeyError for one that declares nothing."""
    operations = {}
    for path, method, handler in endpoints:
        declared = declared_by(handler)
        if declared is None:
            raise KeyError(f"{method} {path} declares nothing: see gateway.rest.openapi.operation")
        operations[path, method] = declared
    refs, schemas = _schemas_of(operations.values())
    paths: dict[str, Any] = {}
    for path, method, handler in endpoints:
        shown = _operation(path, handler, operations[path, method], refs, schemas)
        paths.setdefault(path, {})[method.lower()] = shown
    hidden = {NoBody.__name__, *(operation.query.__name__ for operation in operations.values())}
    return {
        "openapi": "3.1.0",
        "info": {"title": "VoicePact", "version": "1", "description": _DESCRIPTION, "license": {"name": "MIT"}},
        "servers": [{"url": "/"}],
        "security": [{"apiKey": []}],
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in schemas.items() if name not in hidden},
            "headers": dict(ANSWER_HEADERS),
            "securitySchemes": {
                "apiKey": {"type": "http", "scheme": "bearer", "description": "An API key of this service."}
            },
        },
    }


def _schemas_of(operations: Iterable[Operation]) -> tuple[dict[Any, JsonSchemaValue], dict[str, Any]]:
    """Return a schema (mostly a reference) for each type that a declaration names, and all named schemas."""
    read: set[type[Query | Body]] = set()
    answered: set[Any] = {Problem}
    for operation in operations:
        body = operation.body
        read |= {operation.query, *([body] if body and not isinstance(body, Media) else [])}
        answered |= {answer for answer in operation.answers.values() if answer and not isinstance(answer, Media)}
    found, named = TypeAdapter.json_schemas(
        [
            *((one, "validation", TypeAdapter(one)) for one in sorted(read, key=repr)),
            *((one, "serialization", TypeAdapter(one)) for one in sorted(answered, key=repr)),
        ],
        schema_generator=_Schemas,
        ref_template=_REF,
    )  # fmt: skip
    schemas: dict[str, Any] = {_tidy(name): _tidy(schema) for name, schema in named["$defs"].items()}
    for name, schema in schemas.items():
        schema["title"] = name  # programs that make clients name a class by it
        for field in schema.get("properties", {}).values():
            field.setdefault("examples", [_example_of(field, schemas)])
    return {one: _tidy(schema) for (one, _mode), schema in found.items()}, schemas


def _tidy(value: Any) -> Any:
    """Return a name or a schema with `PageOfContractView` where pydantic wrote `Page_ContractView_`."""
    return orjson.loads(_GENERIC.sub(rb"\1Of\2", orjson.dumps(value)))


def _example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """Return the example of a field, or one that is made of the examples of what it holds."""
    if "examples" in schema:
        return schema["examples"][0]
    if "anyOf" in schema:
        return _example_of(schema["anyOf"][0], schemas)
    if schema.get("type") == "array":
        return [_example_of(schema["items"], schemas)]
    if "$ref" in schema:
        fields = schemas[schema["$ref"].rpartition("/")[2]]["properties"]
        return {name: _example_of(field, schemas) for name, field in fields.items()}
    raise ValueError(f"no example: {schema}")


def _operation(
    path: str, handler: Any, operation: Operation, refs: Mapping[Any, JsonSchemaValue], schemas: Mapping[str, Any]
) -> dict[str, Any]:
    summary, rest = summary_of(handler)
    rule = rule_of(handler)
    parameters = [*path_parameters(path), *_query_parameters(schemas[operation.query.__name__])]
    return {
        "operationId": handler.__name__,
        "summary": summary,
        **({"description": rest} if rest else {}),
        "tags": [path.removeprefix(PREFIX).partition("/")[0].partition(".")[0]],
        "security": [{"apiKey": [rule.scope]}] if rule else [],
        "parameters": [*parameters, *_headers(path, operation)],
        **_request_body(operation, refs),
        "responses": _responses(path, operation, refs, rule),
    }


def _headers(path: str, operation: Operation) -> list[Mapping[str, Any]]:
    """Return the headers that a request may have."""
    found: list[Mapping[str, Any]] = [REQUEST_ID]
    if operation.is_write:
        found.append(IDEMPOTENCY_KEY)
    if _changes_contract(path, operation):
        found.append(IF_MATCH)
    if 304 in operation.answers:
        found.append(IF_NONE_MATCH)
    return found


def _changes_contract(path: str, operation: Operation) -> bool:
    return operation.is_write and any(path.startswith(f"{PREFIX}{of}/{{") for of in _OF_CONTRACTS)


def _query_parameters(model: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the parameters of a query's model, from its schema."""
    found = []
    for name, schema in model.get("properties", {}).items():
        rest = {word: value for word, value in schema.items() if word not in ("description", "examples")}
        found.append(
            {
                "name": name, "in": "query", "required": name in model.get("required", ()),
                "description": schema["description"], "schema": rest, "example": schema["examples"][0],
            }
        )  # fmt: skip
    return found


def _request_body(operation: Operation, refs: Mapping[Any, JsonSchemaValue]) -> dict[str, Any]:
    if operation.body is None or operation.body is NoBody:
        return {}
    return {"requestBody": {"required": True, "content": _content(operation.body, refs)}}


def _content(body: Any, refs: Mapping[Any, JsonSchemaValue], media_type: str = _JSON) -> dict[str, Any]:
    return {body.type: {"schema": {}}} if isinstance(body, Media) else {media_type: {"schema": refs[body]}}


def _responses(
    path: str, operation: Operation, refs: Mapping[Any, JsonSchemaValue], rule: RouteRule | None
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status, answer in operation.answers.items():
        content = {"content": _content(answer, refs)} if answer else {}
        names = _answer_headers(operation, status, answer, is_open=rule is None)
        found[str(status)] = {"description": _what_it_is(status, answer), "headers": names, **content}
    for status, why in sorted(_problems_of(path, operation, rule).items()):
        schema = dict(refs[Problem])
        if status == 409 and operation.refusals:
            schema["properties"] = {"reason": {"enum": sorted({one.value for one in operation.refusals})}}
        found[str(status)] = {
            "description": why,
            "headers": _named_headers("X-Request-Id", *(["Retry-After"] if status in (429, 503) else [])),
            "content": {_PROBLEM: {"schema": schema}},
        }
    return found


def _answer_headers(operation: Operation, status: int, answer: Any, *, is_open: bool) -> dict[str, Any]:
    return _named_headers(
        "X-Request-Id",
        *([] if is_open else ["RateLimit-Policy", "RateLimit"]),
        *(["Idempotency-Replayed"] if operation.is_write else []),
        *(["ETag"] if answer is ContractView or status == 304 else []),
        *(["Location"] if operation.is_located else []),
    )


def _named_headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _problems_of(path: str, operation: Operation, rule: RouteRule | None) -> dict[int, str]:
    statuses = {400, 415, 429, 503} | ({401} if rule else set()) | ({404} if "{" in path else set())
    if operation.body is not None and operation.body is not NoBody:
        statuses |= {408, 413}
    if operation.is_write:
        statuses.add(422)
    found = {status: _PROBLEMS[status] for status in statuses}
    if _changes_contract(path, operation):
        found[412] = _PROBLEMS[412]
    if rule:
        roles = f", and be of an operator who is {' or '.join(rule.roles)}" if rule.roles else ""
        found[403] = f"The key has to have the scope `{rule.scope}`{roles}."
    if operation.refusals:
        reasons = "".join(f"\n- `{one.value}`: {text}" for one, text in operation.refusals.items())
        found[409] = f"It cannot be done now. `reason` says why:\n{reasons}"
    return found | dict(operation.problems)


def _what_it_is(status: int, answer: Any) -> str:
    if answer is None:
        return {101: "A WebSocket follows.", 304: "Nothing is new."}.get(status, "Done.")
    return f"Bytes of type {answer.type}." if isinstance(answer, Media) else summary_of(answer)[0] + "."
