"""From an effect to what it writes: look (one read), decide (no I/O), carry out (one statement).

`decide` gives a `Plan`, or a `Refusal`, which is an answer too. Between look and carry_out a contract may move on; then
carry_out says so, nothing is written, and the caller looks again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from contracts import effects, lifecycle
from contracts.effects import ChoosePin, Confirm, Decline, Effect, MakeContract, ProvePin, SetLanguage, UseRecovery
from contracts.lifecycle import Contract, ContractType, Party, Refusal, Role, Signature, Status
from contracts.money import Currency, Money
from contracts.msisdn import Msisdn
from contracts.notices import Kind, Notice, tell
from contracts.quantity import Quantity
from contracts.reference import new_reference
from contracts.terms import Terms
from storage import acts
from storage.chance import new_id
from storage.records import Hop, Records, StandRow


class Clock(Protocol):
    """Now, as an aware time."""

    def __call__(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it, and how they came: what a confirmation must be able to prove later."""

    msisdn: Msisdn = field(repr=False)
    language: str
    channel: str
    provider: str
    network_code: str
    conversation: str
    menu_version: str
    shown: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """All that follows from an effect, but for the words of its notices."""

    people: tuple[acts.PersonRow, ...] = ()
    contract: acts.ContractRow | None = None
    parties: tuple[acts.PartyRow, ...] = ()
    move: acts.MoveRow | None = None
    signatures: tuple[acts.SignatureRow, ...] = ()
    confirmation: acts.ConfirmationRow | None = None
    audit: tuple[acts.AuditRow, ...] = ()
    notices: tuple[Notice, ...] = ()
    about: Contract | None = None


async def look(records: Records, effect: Effect, actor: Actor, hop: Hop, now: datetime, *, pin: bool) -> StandRow:
    """What `effect` is decided on; with `pin`, a try is counted first (once per hop)."""
    contract_id, others = effects.contract_of(effect), effects.others_in(effect)
    if pin:
        stand = await records.try_pin(actor.msisdn, hop, now, contract_id, others)
        return stand or StandRow(None, None, False, None, [])
    return await records.stand(actor.msisdn, contract_id, others)


def decide(effect: Effect, stand: StandRow, actor: Actor, now: datetime, pin_hash: str | None = None) -> Plan | Refusal:
    """What `effect` writes. With a PIN that was right the caller adds `proved`; `pin_hash` is ChoosePin's."""
    match effect:
        case MakeContract():
            return _make(effect, stand, actor, now)
        case Confirm() | Decline():
            contract = Contract.from_row(stand.contract) if stand.contract else None
            return answer(contract, actor, yes=isinstance(effect, Confirm)) if contract else Refusal.NOT_YOURS
        case ChoosePin(changing):
            if stand.has_pin and not changing:
                return Refusal.HAS_PIN
            person = acts.PersonRow(stand.phone_id or new_id(), actor.msisdn, actor.language, pin_hash=pin_hash)
            return Plan(people=(person,), audit=(_entry("pin.proposed", None, stand.phone_id, actor),))
        case SetLanguage(language):
            person = acts.PersonRow(stand.phone_id or new_id(), actor.msisdn, language)
            said = _entry("language.chosen", None, stand.phone_id, actor, language=language)
            return Plan(people=(person,), audit=(said,))
        case UseRecovery():
            return Plan(audit=(_entry("pin.recovered", None, stand.phone_id, actor),))
        case ProvePin():
            return Plan(audit=(_entry("pin.proved", None, stand.phone_id, actor),))


def answer(contract: Contract, actor: Actor, *, yes: bool) -> Plan | Refusal:
    """One party's word on a contract, by whatever channel it came."""
    after = lifecycle.answer(contract, actor.msisdn, yes=yes)
    if isinstance(after, Refusal):
        return after
    party = contract.party(actor.msisdn)
    assert party is not None and party.phone_id is not None
    word = "confirm" if yes else "decline"
    audit = [_entry(f"contract.{word}", contract.id, party.phone_id, actor, role=party.role.value)]
    if after.status is not contract.status:
        audit.append(_moved(after))
    return Plan(
        move=acts.MoveRow(contract.id, contract.version, after.status.value),
        signatures=(acts.SignatureRow(contract.id, party.phone_id, "signed" if yes else "rejected"),),
        confirmation=_evidence(contract.id, party, actor, word),
        audit=tuple(audit),
        notices=_told_of_answer(after, actor.msisdn),
        about=after,
    )


def create(offered: "Offered", actor: Actor | None, now: datetime) -> Plan:
    """A new contract. `actor` is the party who makes it and so consents; None: somebody writes it down for both."""
    parties = tuple(
        Party(p.phone_id, p.msisdn, p.role, p.name, p.language, _first_word(p, actor)) for p in offered.parties
    )
    contract = Contract(new_id(), new_reference(), 1, Status.PENDING, offered.type, offered.terms, parties, now)
    by = contract.party(actor.msisdn) if actor else None
    maker = by.msisdn if by else None
    audit = [acts.AuditRow("contract.made", contract.id, by.phone_id if by else None, maker, _summary(contract))]
    confirmation = None
    if by and actor:
        audit.append(_entry("contract.confirm", contract.id, by.phone_id, actor, role=by.role.value))
        confirmation = _evidence(contract.id, by, actor, "confirm")
    return Plan(
        people=tuple(acts.PersonRow(new_id(), p.msisdn) for p in parties if p.phone_id is None and p is not by),
        contract=acts.ContractRow(
            contract.id, contract.reference, contract.type.value, contract.terms.to_json(),
            contract.terms.total.minor, contract.terms.total.currency.value,
        ),
        parties=tuple(
            acts.PartyRow(p.role.value, p.name, p.signature and p.signature.value, p.phone_id, p.msisdn)
            for p in parties
        ),
        confirmation=confirmation,
        audit=tuple(audit),
        notices=tuple(
            tell(p, Kind.OFFERED, contract, maker) for p in parties if p.signature is Signature.PENDING
        ),
        about=contract,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offered:
    """What a new contract is made of; `parties` have no signature yet."""

    type: ContractType
    terms: Terms
    parties: tuple[Party, ...]


def proved(stand: StandRow, actor: Actor, now: datetime) -> acts.PersonRow:
    """The row that says: this person has just typed the right PIN."""
    assert stand.phone_id and stand.pin_hash, "a PIN was checked"
    return acts.PersonRow(stand.phone_id, actor.msisdn, actor.language, stand.pin_hash, now)


async def carry_out(
    records: Records,
    plan: Plan,
    *,
    channel: str,
    now: datetime,
    messages: Sequence[acts.MessageRow] = (),
    person: acts.PersonRow | None = None,
    hop: acts.HopOnce | None = None,
    mo: acts.MoOnce | None = None,
    api: acts.ApiOnce | None = None,
) -> bool:
    """Do it, once for its cause (exactly one of hop, mo, api). False: done before, or decided on what has moved."""
    return await records.apply(
        acts.Act(
            act_id=new_id(), at=now, channel=channel, hop=hop, mo=mo, api=api,
            people=(*plan.people, person) if person else plan.people,
            contract=plan.contract, parties=plan.parties, move=plan.move, signatures=plan.signatures,
            confirmation=plan.confirmation, audit=plan.audit, messages=tuple(messages),
        )
    )  # fmt: skip


def _make(effect: MakeContract, stand: StandRow, actor: Actor, now: datetime) -> Plan:
    other = next((o for o in stand.others if o["msisdn"] == effect.other), None)
    mine, theirs = (Role.BUYER, Role.SELLER) if effect.role == "buyer" else (Role.SELLER, Role.BUYER)
    terms = Terms(
        effect.product,
        Quantity(effect.quantity, effect.unit),
        Money(effect.total_minor, Currency(effect.currency)),
        effect.place,
        date.fromisoformat(effect.due),
    )
    return create(
        Offered(
            ContractType.AGRICULTURAL_SUPPLY,
            terms,
            (
                Party(stand.phone_id, actor.msisdn, mine, None, actor.language, None),
                Party(
                    UUID(other["id"]) if other else None,
                    Msisdn(effect.other), theirs, None, other["language"] if other else None, None,
                ),
            ),
        ),
        actor,
        now,
    )  # fmt: skip


def _first_word(party: Party, actor: Actor | None) -> Signature | None:
    if not party.role.binds:
        return None
    return Signature.SIGNED if actor and party.msisdn == actor.msisdn else Signature.PENDING


def _told_of_answer(after: Contract, by: Msisdn) -> tuple[Notice, ...]:
    kinds = {
        Status.CONFIRMED: (Kind.CONFIRMED, Kind.CONFIRMED),
        Status.CANCELLED: (Kind.DECLINED, Kind.DECLINED),
        Status.PENDING: (Kind.WAITS_FOR_OTHERS, Kind.CONFIRMED_BY_OTHER),
    }
    own, others = kinds[after.status]
    return tuple(tell(party, own if party.msisdn == by else others, after, by) for party in after.parties)


def _evidence(contract_id: UUID, party: Party, actor: Actor, word: str) -> acts.ConfirmationRow:
    return acts.ConfirmationRow(
        contract_id, party.phone_id, party.msisdn, word, actor.provider, actor.network_code, actor.conversation,
        actor.language, actor.menu_version, actor.shown,
    )  # fmt: skip


def _entry(action: str, chain_id: UUID | None, actor_id: UUID | None, actor: Actor, **details: Any) -> acts.AuditRow:
    return acts.AuditRow(action, chain_id, actor_id, actor.msisdn, details)


def _moved(after: Contract) -> acts.AuditRow:
    return acts.AuditRow(f"contract.{after.status.value.lower()}", after.id, None, None, {"version": after.version})


def _summary(contract: Contract) -> dict[str, Any]:
    return {"reference": contract.reference, "type": contract.type.value, "terms": contract.terms.to_json()}
