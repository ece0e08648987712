"""A JSON body as a pydantic model, or every fault in it with its path."""

from collections.abc import Sequence
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails

from gateway.rest.json_fields import REFUSED, BodyDefaults, fault
from gateway.rest.json_request import Unprocessable, safe_name
from gateway.services import SERVICES

MAX_PARTIES = 10

_TYPE_FAULTS = {
    "missing": "is required",
    "model_type": "should be an object",
    "list_type": "should be a list",
    "too_long": "should have at most {max_length} entries",
    "too_short": "should have at least {min_length} entries",
}

Path = tuple[int | str, ...]
Fault = tuple[Path, str]  # where, and what is wrong there


class Body(BaseModel):
    """A body that may hold no other names than those of its fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class NoBody(Body):
    """For a route without a body."""


B = TypeVar("B", bound=Body)


def read_body(model: type[B], sent: Any, defaults: BodyDefaults) -> B:
    """Return the JSON value `sent` as `model`; raise Unprocessable with all faults in it."""
    try:
        return model.model_validate(sent, context=defaults)
    except ValidationError as refused:
        raise Unprocessable([_to_path_and_text(error) for error in refused.errors(include_url=False)]) from None


def body_defaults(request: web.Request) -> BodyDefaults:
    """Return what a body means when it leaves country, currency or time zone out."""
    services = request.app[SERVICES]
    settings = services.settings
    today = services.now().astimezone(settings.zone).date()
    return BodyDefaults(
        settings.default_country, settings.currency, settings.zone, today, settings.served_calling_codes
    )  # fmt: skip


def faults_at(faults: Sequence[Fault]) -> ValidationError:
    """Return an error to raise inside a validator. pydantic puts the path of the outer field before each path."""
    lines = [InitErrorDetails(type=fault(why), loc=path, input=None) for path, why in faults]
    return ValidationError.from_exception_data("body", lines)


def _to_path_and_text(error: ErrorDetails) -> tuple[str, str]:
    """Return, for example, ("parties[1].msisdn", "is required"). An unknown name is repeated only if it is harmless."""
    path = list(error["loc"])
    if error["type"] == REFUSED:
        return _spell(path), error["msg"]
    if error["type"] != "extra_forbidden":
        why = _TYPE_FAULTS.get(error["type"], "is not as it should be")
        return _spell(path), why.format_map(error.get("ctx", {}))
    if name := safe_name(str(path.pop())):
        return _spell([*path, name]), "is not known here"
    return _spell(path), "holds a name that is not known here"


def _spell(path: Sequence[int | str]) -> str:
    spelled = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return spelled.removeprefix(".") or "body"
