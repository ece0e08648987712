"""What a route declares: what it reads and what it answers. The route is run by this declaration, and the OpenAPI
document is made from it.

    @routes.get("/v1/payments")
    @operator_only(Scope.READ)
    @reads(PaymentsQuery, Page[PaymentView])
    async def list_payments(request: web.Request, query: PaymentsQuery) -> web.Response:
        ""\"Return payments of contracts with escrow, newest first. …""\"

    @routes.post("/v1/contracts/{contract}/clock")
    @operator_only(Scope.WRITE)
    @writes(ClockBody, ContractView, status=200, refusals=_REFUSALS)
    async def set_clock(request: web.Request, write: Write[ClockBody]) -> web.Response:
        ""\"Stop the clock for a party who called, …""\"
        return await write_to_contract(request, contract_id, write, decide, answer)

The first sentence of the docstring is the operation's summary, the rest its description.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any, Final, Generic, TypeVar

from aiohttp import web

from contracts.refusals import Refusal
from gateway.door.body import MAX_BODY_BYTES
from gateway.rest.json_body import Body, body_defaults, read_body
from gateway.rest.json_request import read_json
from gateway.rest.query import NoQuery, Query, read_query
from values.frozen import Frozen

Q = TypeVar("Q", bound=Query)
B = TypeVar("B", bound=Body)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Media(Frozen):
    """A body that is no JSON: bytes of this media type."""

    type: str


class Operation(Frozen):
    """`body`: what a request carries; None: nothing. `answers`: what each good status answers: a type, or Media; None:
    nothing. `refusals`: what 409 says. `problems`: what further statuses mean. `is_write`: it takes an
    Idempotency-Key. `is_located`: a good answer has a Location."""

    answers: Mapping[int, Any]
    query: type[Query] = NoQuery
    body: type[Body] | Media | None = None
    refusals: Mapping[Refusal, str] = {}
    problems: Mapping[int, str] = {}
    is_write: bool = False
    is_located: bool = False


class Write(Frozen, Generic[B]):
    """What a write reads and why it may be refused, for `write_once`."""

    model: type[B]
    refusals: Mapping[Refusal, str]


_DECLARED: Final[dict[Any, Operation]] = {}


def declared_by(handler: Any) -> Operation | None:
    """Return what the handler of a route declares, however it is wrapped."""
    found: Operation | None = _DECLARED.get(handler)
    inner = getattr(handler, "__wrapped__", None)
    return declared_by(inner) if found is None and inner else found


def summary_of(handler: Any) -> tuple[str, str]:
    """Return the first sentence of a handler's docstring, and the rest."""
    first, _, rest = " ".join((inspect.getdoc(handler) or "").split()).partition(". ")
    return first.removesuffix("."), rest


def reads(
    query: type[Q], answer: Any, *, problems: Mapping[int, str] | None = None
) -> Callable[[Callable[[web.Request, Q], Awaitable[web.StreamResponse]]], Handler]:
    """Declare a route that reads `query` and answers 200 with `answer`."""
    return declares(query, {200: answer}, problems=problems)


def declares(
    query: type[Q], answers: Mapping[int, Any], *, body: Media | None = None,
    problems: Mapping[int, str] | None = None, is_located: bool = False,
) -> Callable[[Callable[[web.Request, Q], Awaitable[web.StreamResponse]]], Handler]:  # fmt: skip
    """Declare a route that reads `query`, and by itself a body that is no JSON."""

    def declare(handler: Callable[[web.Request, Q], Awaitable[web.StreamResponse]]) -> Handler:
        @wraps(handler)
        async def read_first(request: web.Request) -> web.StreamResponse:
            return await handler(request, read_query(request, query))

        _DECLARED[read_first] = Operation(
            answers, query, body, problems=problems or {}, is_located=is_located
        )  # fmt: skip
        return read_first

    return declare


def takes(
    body: type[B], answers: Mapping[int, Any], *, most: int = MAX_BODY_BYTES, problems: Mapping[int, str] | None = None,
    is_located: bool = False,
) -> Callable[[Callable[[web.Request, B], Awaitable[web.StreamResponse]]], Handler]:  # fmt: skip
    """Declare a route that takes a JSON `body` of at most `most` bytes, and whose repeats are safe by what it does."""

    def declare(handler: Callable[[web.Request, B], Awaitable[web.StreamResponse]]) -> Handler:
        @wraps(handler)
        async def body_first(request: web.Request) -> web.StreamResponse:
            read_query(request, NoQuery)
            sent = await read_json(request, most=most)
            return await handler(request, read_body(body, sent, body_defaults(request)))

        _DECLARED[body_first] = Operation(
            answers, body=body, problems={422: "A value that is not accepted.", **(problems or {})},
            is_located=is_located,
        )  # fmt: skip
        return body_first

    return declare


def writes(
    body: type[B], answer: Any, *, status: int = 201, refusals: Mapping[Refusal, str] | None = None,
    problems: Mapping[int, str] | None = None, is_located: bool = False,
) -> Callable[[Callable[[web.Request, Write[B]], Awaitable[web.StreamResponse]]], Handler]:  # fmt: skip
    """Declare a route that writes once what `body` asks for: see `write_once`."""
    write = Write(body, refusals or {})

    def declare(handler: Callable[[web.Request, Write[B]], Awaitable[web.StreamResponse]]) -> Handler:
        @wraps(handler)
        async def without_query(request: web.Request) -> web.StreamResponse:
            read_query(request, NoQuery)
            return await handler(request, write)

        _DECLARED[without_query] = Operation(
            {status: answer}, body=body, refusals=write.refusals, problems=problems or {}, is_write=True,
            is_located=is_located,
        )  # fmt: skip
        return without_query

    return declare
