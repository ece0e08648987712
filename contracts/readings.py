"""What a screen needs to know before it is drawn: one read each, made at the edge.

A reading takes the records and the caller's msisdn, then whatever its place carries by name.
"""

from uuid import UUID

from contracts.contract import Contract, Role, Status
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from storage.records import Records
from values.frozen import Frozen


class Person(Frozen):
    """The caller, as far as we know them. `language` None: never chosen. `waiting`: contracts that wait for them."""

    language: str | None = None
    has_pin: bool = False
    waiting: int = 0


class ContractLine(Frozen):
    """A contract in a list. `waits`: for the answer of whom the list is for."""

    contract_id: str
    status: Status
    product: str
    total: Money
    waits: bool
    role: Role | None = None


async def person(records: Records, msisdn: Msisdn) -> Person:
    row = await records.caller(msisdn)
    return Person(row.language, row.has_pin, row.waiting) if row else Person()


async def contracts_of(records: Records, msisdn: Msisdn) -> list[ContractLine]:
    """The caller's newest contracts (40 at most), those that wait for their answer first, then newest first."""
    found = [
        ContractLine(
            str(row.id),
            Status(row.status),
            row.product,
            Money(row.total_minor, Currency(row.currency)),
            row.waits,
            Role(row.role),
        )
        for row in await records.contracts_of_caller(msisdn)
    ]
    return sorted(found, key=lambda line: not line.waits)


async def contract_of(records: Records, msisdn: Msisdn, contract_id: str) -> Contract | None:
    """One contract; None if there is none, or it is not the caller's."""
    row = await records.contract(UUID(contract_id))
    contract = Contract.from_row(row) if row else None
    return contract if contract and contract.party(msisdn) else None
