"""Who acts, and all that follows from what they do: rows to write and people to tell."""

from typing import Any
from uuid import UUID

from contracts.contract import Contract, Party
from contracts.fields.msisdn import Msisdn
from contracts.notices import Notice
from storage.acts import rows as acts
from values.frozen import Frozen, Hidden, replace


class Actor(Frozen):
    """Who does it, and how they came: what a confirmation must be able to prove later."""

    msisdn: Hidden[Msisdn]
    language: str
    channel: str
    provider: str
    network_code: str
    conversation: str
    menu_version: str
    shown: Hidden[tuple[str, ...]] = ()


class Plan(Frozen):
    """All that follows from an effect, but for the words of its notices."""

    people: tuple[acts.PersonRow, ...] = ()
    contract: acts.ContractRow | None = None
    parties: tuple[acts.PartyRow, ...] = ()
    move: acts.MoveRow | None = None
    signatures: tuple[acts.SignatureRow, ...] = ()
    confirmation: acts.ConfirmationRow | None = None
    form: acts.FormRow | None = None
    proposal: acts.ProposalRow | None = None
    delivery: acts.DeliveryRow | None = None
    dispute: acts.DisputeRow | None = None
    request: acts.RequestRow | None = None
    audit: tuple[acts.AuditRow, ...] = ()
    notices: tuple[Notice, ...] = ()
    about: Contract | None = None


def answer_confirmation(
    contract_id: UUID, party: Party, actor: Actor, word: str, *, n: int = 1, subject: str = "terms"
) -> acts.ConfirmationRow:
    """What proves that `party` said `word` (confirm, decline) to what was asked under the number `n`."""
    return acts.ConfirmationRow(
        contract_id, party.phone_id, party.msisdn, word, actor.provider, actor.network_code, actor.conversation,
        actor.language, actor.menu_version, actor.shown, n, subject,
    )  # fmt: skip


def act_confirmation(
    after: Contract, actor: Actor | None, word: str, subject: str, words: str | None = None, **details: Any
) -> acts.ConfirmationRow:
    """What proves a word that is no yes or no, by which the contract became `after`. `words`: what was written with it.
    `actor` None: an operator's own word."""
    if subject == "dispute" and after.dispute:
        details["dispute"] = str(after.dispute.id)
    if actor is None:
        row = acts.ConfirmationRow(after.id, None, None, word, "", "", "", "", "", (), after.terms_version, subject)
    else:
        party = after.party(actor.msisdn)
        assert party, "the rule has looked"
        row = answer_confirmation(after.id, party, actor, word, n=after.terms_version, subject=subject)
    return replace(row, contract_version=after.version, details=details, words=words)


def audit_row(action: str, chain_id: UUID | None, actor_id: UUID | None, actor: Actor, **details: Any) -> acts.AuditRow:
    return acts.AuditRow(action, chain_id, actor_id, actor.msisdn, details)


def status_audit_row(after: Contract) -> acts.AuditRow:
    return acts.AuditRow(f"contract.{after.status.value.lower()}", after.id, None, None, {"version": after.version})


def new_contract_details(contract: Contract) -> dict[str, Any]:
    """What a new contract says, and the hash of its canonical form."""
    return {
        "reference": contract.reference,
        "type": contract.type.value,
        "terms": contract.terms.to_json(),
        "sha256": contract.form_hashes[contract.terms_version],
    }
