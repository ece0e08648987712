"""Holds an answer that a test gets against the OpenAPI document: status, media type, and the shape of its body."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson
from aiohttp import web
from jsonschema_rs import Draft202012Validator

from gateway.rest.openapi.document import Endpoint, endpoints_of, make_document


class UndocumentedError(AssertionError):
    """An answer that the document does not have."""


def check_documented(
    app: web.Application, method: str, path: str, status: int, headers: Mapping[str, str], body: bytes
) -> None:
    """Raise UndocumentedError unless the document has this answer. A path or a method that is not in it is left to the
    test: the answer is 404 or 405."""
    endpoints = endpoints_of(app)
    shown = next((one for pattern, one in _patterns(endpoints) if pattern.fullmatch(path.partition("?")[0])), {})
    if method.lower() not in shown:
        return
    where = f"{method} {path}: {status} {body[:300]!r}"
    found = shown[method.lower()]["responses"].get(str(status))
    if found is None:
        raise UndocumentedError(f"{where} has an undocumented status")
    media_type = headers.get("Content-Type", "").partition(";")[0]
    content = found.get("content", {})
    if not content and not body:
        return
    schema = content.get(media_type, content.get("*/*", {})).get("schema")
    if schema is None:
        raise UndocumentedError(f"{where} has the undocumented media type {media_type}")
    if media_type.endswith("json") and "*/*" not in content:
        for fault in _validator(endpoints, orjson.dumps(schema)).iter_errors(orjson.loads(body)):
            raise UndocumentedError(f"{where}: {list(fault.instance_path)}: {fault.message}")


@cache
def _patterns(endpoints: tuple[Endpoint, ...]) -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    paths = make_document(endpoints)["paths"]
    return [(re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), shown) for path, shown in paths.items()]


@cache
def _validator(endpoints: tuple[Endpoint, ...], schema: bytes) -> Draft202012Validator:
    whole = {**orjson.loads(schema), "components": make_document(endpoints)["components"]}
    return Draft202012Validator(whole, validate_formats=True)
