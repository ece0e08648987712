"""`voicepact disputes`: the problems that wait for a decision, and who is to decide them.

The mediator (people read *arbiter*) decides on their own phone. An operator names them here, and sees what waits.
"""

import secrets
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TypeVar

from cyclopts import App

from contracts import actions
from contracts.contract import Contract, Party, Role
from contracts.fields.free_text import NAME_LETTERS
from contracts.fields.msisdn import masked, parse_msisdn
from contracts.fields.shown_text import parse_shown_text
from contracts.refusals import BadInput, Refusal
from contracts.rules import operator_acts
from contracts.rules.plan import Plan
from gateway.commands.operator import CommandOperator, Operator, with_operator
from gateway.commands.startup import DATA_DIR, Limit, StartError, read_settings
from gateway.commands.terminal import echo
from gateway.operators.scope import Scope
from gateway.outbox.compose import MessageComposer, composer_of
from storage.acts.rows import ApiOnce
from storage.disputes import DisputeRows
from storage.looks import Looker, LookRows
from storage.postgres.database import Pool
from storage.records import Records
from values.frozen import replace

T = TypeVar("T")
_REFUSALS = {
    Refusal.NOT_UNDER_WAY: "this contract has no open problem",
    Refusal.ALREADY_SAID: "this number is a party of the contract already",
}

disputes = App(name="disputes", help="Problems with contracts: list what waits for a decision, and name who decides.")


@disputes.command
def waiting(*, limit: Limit = 50, operator: Operator = None, data_dir: Path = DATA_DIR) -> None:
    """List the newest problems that wait for a decision, and who decides by when. LATE: that day is over.

    Parameters
    ----------
    limit: how many at most.
    """
    settings = read_settings()

    async def look(pool: Pool, who: CommandOperator) -> list[str]:
        return await list_waiting(pool, limit, settings.zone, who.looker)

    lines = with_operator(data_dir, operator, Scope.READ, look)
    for line in lines or ["no problem waits for a decision"]:
        echo(line)


@disputes.command
def mediator(
    contract: str, msisdn: str, *, name: str | None = None, operator: Operator = None, data_dir: Path = DATA_DIR
) -> None:  # fmt: skip
    """Name who decides the problem with a contract. They are asked by SMS, and decide on their own phone.

    Parameters
    ----------
    contract: the 8 digits of the contract.
    msisdn: the mediator's number, in any form.
    name: what both sides call the mediator.
    """
    settings = read_settings()
    try:
        number = parse_msisdn(msisdn, settings.default_country)
        shown = parse_shown_text(name, longest=NAME_LETTERS, shortest=1) if name else None
    except BadInput as wrong:
        raise StartError(f"this is no mobile number, or no name: {wrong.why}") from None
    party = Party(None, number, Role.MEDIATOR, shown, None, None)
    composer = composer_of(settings)

    async def name_them(pool: Pool, who: CommandOperator) -> None:
        await name_mediator(pool, composer, contract, party, who.audit_name, datetime.now(UTC))

    with_operator(data_dir, operator, Scope.WRITE, name_them)
    echo(f"{shown or masked(number)} is asked to decide on contract {contract}")


async def list_waiting(pool: Pool, limit: int, zone: tzinfo, looker: Looker) -> list[str]:
    """Return one line for each problem that waits for a decision, newest first; no words of the parties. `looker`: who
    reads them."""
    records, rows = Records(pool), DisputeRows(pool)
    pages = [await rows.page(limit, None, status, None) for status in ("open", "appealed")]
    every = [row for page in pages for row in page.rows]
    found, lines = sorted(every, key=lambda each: each["opened_at"], reverse=True)[:limit], list[str]()
    for row in found:
        contract = await records.contract(row["contract_id"])
        assert contract is not None, "contracts are never deleted"
        names = [party.name or masked(party.msisdn) for party in Contract.from_row(contract).parties
                 if party.role is Role.MEDIATOR]  # fmt: skip
        lines.append(
            f"{row['reference']}  {'appealed' if row['status'] == 'appealed' else 'reported'} "
            f"{_day(row['appealed_at'] or row['opened_at'], zone)}, {' and '.join(names) or 'no mediator'}, "
            f"{'LATE, told again' if row['escalated_at'] else 'to decide by'} {_day(row['decide_by'], zone)}"
        )
    seen = [row["contract_id"] for row in found]
    await LookRows(pool).note(looker, "disputes waiting", datetime.now(UTC), ids=seen)
    return lines


async def name_mediator(
    pool: Pool, composer: MessageComposer, reference: str, party: Party, operator: str, now: datetime
) -> None:
    """Make `party` the mediator of the contract, and ask them by SMS. `operator`: who names them, for the audit. Raise
    StartError if that is refused."""
    records = Records(pool)

    async def attempt() -> bool | None:
        row = await records.contract_by_reference("".join(reference.split()))
        if row is None:
            raise StartError(f"there is no contract {reference}")
        plan = operator_acts.assign_mediator(Contract.from_row(row), party)
        if isinstance(plan, Refusal):
            raise StartError(_REFUSALS.get(plan, "this cannot be done now"))
        once = ApiOnce(f"mediator-{secrets.token_hex(8)}", secrets.token_hex(32))
        messages = composer.compose(plan.notices, now)
        done = await actions.carry_out(
            records, _by_operator(plan, operator), channel="api", now=now, messages=messages, api=once
        )  # fmt: skip
        return done or None  # the contract has changed meanwhile

    await actions.retry_when_changed(attempt)
    await records.finish_waking_outbox()


def _by_operator(plan: Plan, operator: str) -> Plan:
    audit = tuple(replace(row, details={**row.details, "operator": operator}) for row in plan.audit)
    return replace(plan, audit=audit)


def _day(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%d %b %Y}"
