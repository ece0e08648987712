"""What a screen has to know before it is drawn. A screen has one reading at most, and a reading makes one query.

A reading takes the records and the caller's msisdn, and by name what the screen's place carries.
"""

from uuid import UUID

from contracts.contract import Contract, Role, Status
from contracts.escrow.money_lines import MoneyLine, MoneyPage, Movement
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from contracts.fields.reference import is_reference
from contracts.proof.paper_check import PaperCheck, check_code
from storage.evidence import EvidenceRows
from storage.record_rows import CallerRow, ContractLineRow
from storage.records import Records
from values.frozen import Frozen


class Person(Frozen):
    """The caller. `language`: None if we know none; `language_presumed`: they did not choose it. `waiting`:
    how many contracts wait for the caller's answer, 20 at most; `more_wait`: there are more than these. `pin_only`: no
    SMS binds the caller, only their PIN."""

    language: str | None = None
    has_pin: bool = False
    waiting: int = 0
    pin_only: bool = False
    language_presumed: bool = False
    more_wait: bool = False


class ContractLine(Frozen):
    """A contract in the caller's list. `waits`: for the caller's answer. `role`: the caller's. `awaits_receipt`: a
    delivery was reported, and the caller has not said yet what came."""

    contract_id: str
    status: Status
    product: str
    total: Money
    waits: bool
    role: Role | None = None
    awaits_receipt: bool = False


class OpenQuestions(Frozen):
    """The caller, and what waits for their answer: a new contract, a proposal, a reported delivery, or a dispute that
    they have to decide. `lines` has the newest 20 of it, newest first; `only` is the contract where it is the only one;
    `is_more`: more than these wait."""

    person: Person = Person()
    lines: tuple[ContractLine, ...] = ()
    only: Contract | None = None
    is_more: bool = False


class Deliveries(Frozen):
    """The caller's contracts that are under way, newest first; `only` is the contract where it is the only one."""

    lines: tuple[ContractLine, ...] = ()
    only: Contract | None = None


async def person(records: Records, msisdn: Msisdn) -> Person:
    """Read who the caller is; a caller without a row has no language, no PIN and no contracts."""
    row = await records.caller(msisdn)
    return _person(row) if row else Person()


async def open_questions(records: Records, msisdn: Msisdn) -> OpenQuestions:
    """Read who dials and what waits for their answer, in one query."""
    row = await records.dialler(msisdn)
    if row is None:
        return OpenQuestions()
    only = Contract.from_row(row.only) if row.only else None
    return OpenQuestions(_person(row.caller), tuple(map(_line, row.lines)), only, row.is_more)


async def deliveries_of(records: Records, msisdn: Msisdn) -> Deliveries:
    """Read the contracts of which the caller is a buyer or seller, and whose goods may be delivered now."""
    lines, only = await records.deliveries_of_caller(msisdn)
    return Deliveries(tuple(map(_line, lines)), Contract.from_row(only) if only else None)


async def contracts_of(records: Records, msisdn: Msisdn) -> list[ContractLine]:
    """Read the caller's newest 40 contracts: those that wait for their answer first, then newest first."""
    found = [_line(row) for row in await records.contracts_of_caller(msisdn)]
    return sorted(found, key=lambda line: not line.waits)


async def payments_of(records: Records, msisdn: Msisdn) -> list[MoneyLine]:
    """Read the caller's newest contracts whose money waits with us, or did, newest first."""
    return [MoneyLine.from_row(row) for row in await records.payments_of_caller(msisdn)]


async def payment_of(records: Records, msisdn: Msisdn, contract_id: str) -> MoneyPage | None:
    """Read the money of one contract; None if the caller is not in it, or its money does not wait with us."""
    found = await records.payment_of_contract(UUID(contract_id))
    contract = Contract.from_row(found[0]) if found else None
    if found is None or contract is None or contract.escrow is None or contract.party(msisdn) is None:
        return None
    return MoneyPage(contract, tuple(Movement.from_row(row, contract.escrow.currency) for row in found[1]))


async def paper(records: Records, _msisdn: Msisdn | None, reference: str, code: str) -> PaperCheck:
    """Read whether the terms with this short code are in force, for anybody. The gateway limits how often."""
    found = await EvidenceRows(records.pool).public(reference) if is_reference(reference) else None
    return check_code(found, code)


async def contract_of(records: Records, msisdn: Msisdn, contract_id: str) -> Contract | None:
    """Read one contract; None if there is none with this id, or the caller is not in it."""
    row = await records.contract(UUID(contract_id))
    contract = Contract.from_row(row) if row else None
    return contract if contract and contract.party(msisdn) else None


def _person(row: CallerRow) -> Person:
    return Person(row.language, row.has_pin, row.waiting, row.pin_only, row.language_presumed, row.more_wait)


def _line(row: ContractLineRow) -> ContractLine:
    total = Money(row.total_minor, Currency(row.currency))
    return ContractLine(
        str(row.id), Status(row.status), row.product, total, row.waits, Role(row.role), row.awaits_receipt
    )  # fmt: skip
