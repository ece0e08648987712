"""An operator writes to a party of a contract, in their own words.

The words go out in our name, so they keep to what holds for every text that a person puts into our messages: no phone
number, no link, no word that people answer us with. They are never sent after a STOP, and wait for the morning.
"""

from typing import Annotated, Any, Final

from aiohttp import web
from pydantic import Field

from contracts.contract import Contract
from contracts.fields.languages import LANGUAGES
from contracts.refusals import Refusal
from contracts.rules import operator_acts
from contracts.rules.plan import Plan
from contracts.urgency import MessageClass
from gateway.http import problem
from gateway.operators.scope import Scope
from gateway.rest import json_fields, views
from gateway.rest.contracts import find_contract
from gateway.rest.json_body import Body
from gateway.rest.json_fields import BodyDefaults, fault
from gateway.rest.json_request import Unprocessable, answer_json
from gateway.rest.openapi.described import described
from gateway.rest.openapi.operation import Write, writes
from gateway.rest.operator_only import operator_only
from gateway.rest.party_field import PartyName, find_party
from gateway.rest.shapes.message import MessageHistoryView
from gateway.rest.write_once import write_once
from gateway.services import SERVICES
from storage import sessions
from storage.operator_reads import UsedIdempotencyKey
from values.frozen import replace

routes = web.RouteTableDef()

MESSAGE_LETTERS: Final = 300  # two segments of an SMS, or five in a script of its own
_PER_DAY, _DAY_SECONDS = 5, 86_400  # texts of operators to one phone: who gets more of them reads none
_REFUSALS: Final = {
    Refusal.NOT_YOURS: "This person is no party of the contract.",
    Refusal.NOT_UNDER_WAY: "The contract is over.",
}
_PROBLEMS: Final = {404: "This key was used for a message that is not kept any more."}


def _read_class(typed: str, _defaults: BodyDefaults) -> MessageClass:
    if typed not in (MessageClass.SERVICE, MessageClass.PROMOTIONAL):
        raise fault("should be service or promotional: only what a contract depends on is critical")
    return MessageClass(typed)


def _read_language(typed: str, _defaults: BodyDefaults) -> str:
    if typed not in LANGUAGES:
        raise fault(f"should be one of {', '.join(LANGUAGES)}")
    return typed


class MessageBody(Body):
    """A text to a party of a contract."""

    contract: Annotated[
        str,
        json_fields.string(lambda typed, _defaults: typed.strip()),
        described("The contract's id or reference.", "40718353"),
    ]
    party: PartyName
    text: Annotated[
        str,
        json_fields.shown_text(MESSAGE_LETTERS),
        described(
            "Your words, sent behind the contract's number: no phone number, link, or word that people answer us with.",
            "The lorry comes tomorrow at ten",
        ),
    ]
    message_class: Annotated[
        MessageClass,
        json_fields.string(_read_class, shown_as=Any),
        Field(alias="class"),
        described(
            "`service`, or `promotional` for an advertisement, which goes after all else.",
            "service",
            type="string",
            enum=["service", "promotional"],
        ),
    ] = MessageClass.SERVICE
    language: Annotated[
        str | None,
        json_fields.string(_read_language, may_be_null=True),
        described("The language of your words, by ISO 639-1; without it, that of the party.", "en"),
    ] = None


@routes.post("/v1/messages")
@operator_only(Scope.WRITE)
@writes(MessageBody, MessageHistoryView, refusals=_REFUSALS, is_located=True, problems=_PROBLEMS)
async def send_message(request: web.Request, write: Write[MessageBody]) -> web.Response:
    """Send an SMS in your own words to a party of a contract. It is not sent after a STOP, and at night it waits for
    the morning; each phone gets at most five a day from operators."""
    services, is_counted = request.app[SERVICES], False

    async def decide(body: MessageBody) -> Plan | Refusal | web.Response:
        nonlocal is_counted
        row = await find_contract(services.records, body.contract)
        if row is None:
            raise Unprocessable([("contract", "is no contract's id or reference")])
        contract = Contract.from_row(row)
        party = find_party(contract, body.party, services.settings.default_country)
        plan = operator_acts.write_to_party(contract, party)
        if isinstance(plan, Refusal):
            return plan
        assert party, "else it was refused"
        if not is_counted and (refused := await _refuse_too_many(request, party.msisdn)):
            return refused
        is_counted = True
        message = services.composer.own_words(
            contract, party, body.text, body.language, body.message_class, services.now()
        )
        return replace(plan, messages=(message,))

    return await write_once(request, write, decide, _answer)


async def _refuse_too_many(request: web.Request, msisdn: str) -> web.Response | None:
    """Count one more text to this phone. Return 429 if it had enough of them today. Without the session store none is
    counted."""
    limits = request.app[SERVICES].shared_limits
    try:
        wait = await limits.retry_after_seconds("own words", msisdn, most=_PER_DAY, seconds=_DAY_SECONDS)
    except sessions.UNAVAILABLE:
        return None
    if not wait:
        return None
    answer = problem(429, "Operators have written to this person often enough today.", reason="written_often")
    answer.headers["Retry-After"] = str(wait)
    return answer


async def _answer(request: web.Request, used: UsedIdempotencyKey) -> web.Response:
    assert used.contract_id, "a message is about a contract"
    queue = request.app[SERVICES].queue
    message_id = await queue.sent_by_act(used.contract_id, used.act_id)
    row = await queue.message(message_id) if message_id else None
    if row is None:  # a repeat, after RETENTION_MESSAGES_DAYS
        raise web.HTTPNotFound(reason="The message is not kept any more.")
    headers = {"Location": f"/v1/messages/{row['id']}"}
    return answer_json(views.message_history_json(row), status=201, headers=headers)
