"""Whoever writes is not silent: a text stops the clocks that count its sender's silence. Pure, without I/O.

That is every text which is not exactly a command that only reads, and which did nothing else to a contract: what we
ask back, refuse or do not understand. If the text names a contract of the sender's, it stops that clock only.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from contracts.contract import Contract
from contracts.notices import NoticeKind
from contracts.refusals import Refusal
from contracts.rules import party_acts
from contracts.rules.plan import Plan
from contracts.rules.waiting import silence_counts
from contracts.sms.pure_read import is_pure_read
from gateway.inbox.mo_context import KnownContract, MoContext
from values.frozen import Frozen, replace

# A phone that got no acknowledgement sends its receipt of a part, its delivery or its WITHDRAW again: no new word.
_OF_A_COPY: Final = frozenset({NoticeKind.COUNTED_ALREADY, NoticeKind.ALREADY_SAID, NoticeKind.ALREADY_WITHDRAWN})


class StoppedClocks(Frozen):
    """`plan`: of the MO, with the clock of its contract stopped. `others`: a plan for each other contract whose clock
    the text stops as well, because it does not say which contract it is about."""

    plan: Plan
    others: tuple[Plan, ...] = ()


def stop_clocks(plan: Plan, context: MoContext) -> StoppedClocks:
    """Return `plan` with what it does to the clocks that count the sender's silence."""
    if _says_nothing_new(plan, context):
        return StoppedClocks(plan)
    written = [written for known in _counted(context) if (written := _write(known, context))]
    if len(written) > 1:
        written = [_without_words(one) for one in written]
    about = plan.about.id if plan.about else None
    main = next((one for one in written if _id_of(one) == about), written[0] if written and about is None else None)
    if main is None:
        return StoppedClocks(plan, tuple(written))
    return StoppedClocks(_together(plan, main), tuple(one for one in written if one is not main))


def _says_nothing_new(plan: Plan, context: MoContext) -> bool:
    return (
        bool(plan.audit)  # it acted: on a contract, on the sender's language, on who may write to them
        or any(notice.kind in _OF_A_COPY for notice in plan.notices)
        or is_pure_read(context.mo.text, context.meaning)
    )


def _counted(context: MoContext) -> Sequence[KnownContract]:
    """The contracts that the text may be about, and that silence of its sender would complete; those whose clock stands
    as well, so that each word is kept, but not a copy of it."""
    named = [known for known in context.contracts if known[0].reference == context.meaning.reference]
    return [
        known for known in named or context.contracts
        if (party := known[0].party(context.sender))
        and silence_counts(known[0], party)
        and not (known[0].clock_stopped_at and context.facts.is_repeat)
        and not (context.is_old and _began_after_text(known[0], context.mo.sent_at))
    ]  # fmt: skip


def _began_after_text(contract: Contract, sent_at: datetime | None) -> bool:
    """Whether the silence that counts began after the text was sent: then the text says nothing in it."""
    began = (contract.delivered_at, contract.part_at, contract.clock_started_at)
    return sent_at is not None and any(at > sent_at for at in began if at)


def _write(known: KnownContract, context: MoContext) -> Plan | None:
    contract, _ = known
    plan = party_acts.write_unclear(contract, context.actor(known), context.mo.text, context.now)
    return None if isinstance(plan, Refusal) else plan


def _without_words(written: Plan) -> Plan:
    """The words may be about another contract than this: its parties are told that there are some, and not which."""
    return replace(written, notices=tuple(replace(notice, words=None) for notice in written.notices))


def _together(plan: Plan, written: Plan) -> Plan:
    """Return one plan: the answer of `plan`, about the contract as `written` leaves it, and everything of that."""
    after = written.about
    assert after, "words are about a contract"
    answers = tuple(
        replace(notice, contracts=tuple(_as_it_is(contract, after) for contract in notice.contracts))
        for notice in plan.notices
    )
    return replace(written, notices=(*answers, *written.notices))


def _as_it_is(contract: Contract, after: Contract) -> Contract:
    return after if contract.id == after.id else contract


def _id_of(plan: Plan) -> UUID | None:
    return plan.about.id if plan.about else None
