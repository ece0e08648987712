"""A person who writes to us wants our answers: their text ends an opt-out that is only presumed.

A provider's refusals, not a word of theirs, made it (`outbox.count_refusal`). The word STOP is a word of theirs.
"""

from typing import Final

from contracts.rules.plan import Plan
from contracts.sms.vocabulary import Intent
from gateway.inbox.mo_context import MoContext
from storage.acts.rows import AuditRow, PersonRow
from values.frozen import replace
from values.ids import new_id

_WANTS_NO_MORE: Final = frozenset({Intent.STOP, Intent.MEANT_STOP})


def hear_again(plan: Plan, context: MoContext) -> Plan:
    """Return `plan`, and with it the end of an opt-out that is presumed of the sender."""
    facts = context.facts
    if not facts.is_presumed_out or context.is_old or context.meaning.intent in _WANTS_NO_MORE:
        return plan
    own = next((each for each in plan.people if each.msisdn == context.sender), None)
    person = own or PersonRow(facts.phone_id or new_id(), context.sender)
    if person.opts_out is not None:
        return plan
    others = tuple(each for each in plan.people if each is not own)
    entry = AuditRow("messages.started", None, facts.phone_id, context.sender, {"wrote": True})
    return replace(plan, people=(*others, replace(person, opts_out=False)), audit=(*plan.audit, entry))
