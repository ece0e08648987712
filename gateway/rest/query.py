"""The query parameters of a request: each route has a model of its own, which the OpenAPI document shows."""

from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.events import BadWire
from gateway.rest.json_body import body_defaults
from gateway.rest.json_fields import REFUSED
from gateway.rest.json_request import safe_name


class Query(BaseModel):
    """Query parameters, each given once at most. A field's validator gets the text of its parameter."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class NoQuery(Query):
    """For a route without parameters."""


Q = TypeVar("Q", bound=Query)


def read_query(request: web.Request, model: type[Q]) -> Q:
    """Return the query parameters; raise BadWire if one is not known, is given twice, or is not what it should be."""
    known = [field.alias or name for name, field in model.model_fields.items()]
    for name in request.query:
        if name not in known:
            raise BadWire(safe_name(name) or "query", f"is not known here; there are {', '.join(known) or 'none'}")
        if len(request.query.getall(name)) > 1:
            raise BadWire(name, "is given twice")
    try:
        return model.model_validate(dict(request.query), context=body_defaults(request))
    except ValidationError as refused:
        first = refused.errors(include_url=False)[0]
        raise BadWire(str(first["loc"][0]), first["msg"] if first["type"] == REFUSED else "is required") from None
