"""BLOCK and UNBLOCK: a person gets no more offers of a number, or gets them again. Contracts that they have go on."""

from datetime import datetime, timedelta
from typing import Final

from phonenumbers import region_code_for_country_code

from contracts.fields.msisdn import Msisdn, country_code, parse_msisdn
from contracts.notices import NoticeKind
from contracts.refusals import BadInput
from contracts.rules.plan import Plan
from contracts.sms.understand import SmsMeaning
from contracts.sms.vocabulary import Intent
from gateway.inbox.mo_context import BlockTarget, MoContext
from storage.acts.rows import AuditRow, BlockRow, PersonRow
from storage.records import Records
from values.frozen import replace
from values.ids import new_id

_NEWEST_OFFER_WITHIN: Final = timedelta(days=30)


async def find_block_target(
    records: Records, meaning: SmsMeaning, sender: Msisdn, now: datetime
) -> BlockTarget | None:  # fmt: skip
    """Return whom the sender of a BLOCK or an UNBLOCK means; None for any other text, and if it names nobody."""
    if meaning.intent not in (Intent.BLOCK, Intent.UNBLOCK):
        return None
    number = None
    if meaning.number:
        try:
            number = parse_msisdn(meaning.number, region_code_for_country_code(int(country_code(sender) or 0)))
        except BadInput:
            return None
    found = await records.block_target(sender, number, meaning.reference, now - _NEWEST_OFFER_WITHIN)
    if found:
        return BlockTarget(found[0], Msisdn(found[1]))
    return BlockTarget(None, number) if number else None


def block(context: MoContext) -> Plan:
    """Block or unblock the number that is meant, and say how to undo it. It is told to nobody else."""
    target, blocks = context.block_target, context.meaning.intent is Intent.BLOCK
    if target is None or target.msisdn == context.sender:
        return context.reply(NoticeKind.WHOM_TO_BLOCK)
    own_id, other_id = context.facts.phone_id or new_id(), target.phone_id or new_id()
    answer = context.answer(NoticeKind.BLOCKED if blocks else NoticeKind.UNBLOCKED)
    return Plan(
        people=(
            *((PersonRow(own_id, context.sender),) if context.facts.phone_id is None else ()),
            *((PersonRow(other_id, target.msisdn),) if target.phone_id is None else ()),
        ),
        block=BlockRow(own_id, other_id, blocks),
        audit=(
            AuditRow(
                "person.blocked" if blocks else "person.unblocked", None, context.facts.phone_id, context.sender,
                {"person": str(other_id)},
            ),
        ),
        notices=(replace(answer, number=target.msisdn),),
    )  # fmt: skip
