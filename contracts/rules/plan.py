"""Who acts, and everything that follows from the act: rows to write and people to notify."""

from uuid import UUID

from contracts.contract import Contract
from contracts.fields.msisdn import Msisdn
from contracts.notices import Notice
from storage.acts import rows
from storage.acts.money_rows import MoneyRows
from values.frozen import Frozen, Hidden


class Actor(Frozen):
    """Who acts, and over which channel: what a confirmation must be able to prove later.

    `channel` is ussd or sms, `conversation` the provider's id of the session or message, `shown` the texts that the
    person was shown, oldest first. `typed`, `english`, `pin` and `messages`: as in a ConfirmationRow.
    """

    msisdn: Hidden[Msisdn]
    language: str
    channel: str
    provider: str
    network_code: str
    conversation: str
    menu_version: str
    shown: Hidden[tuple[str, ...]] = ()
    typed: Hidden[tuple[str | None, ...]] = ()
    english: Hidden[tuple[str | None, ...]] = ()
    pin: str = "none"
    messages: tuple[UUID, ...] = ()


class Plan(Frozen):
    """All rows that an effect writes, and the notices it causes, which get their text and rows in the outbox.

    `messages`: texts in an operator's own words, beside those that the notices get. `about`: the contract as it is
    after the effect; None for an effect on no contract.
    """

    people: tuple[rows.PersonRow, ...] = ()
    contract: rows.ContractRow | None = None
    parties: tuple[rows.PartyRow, ...] = ()
    change: rows.ContractChangeRow | None = None
    signatures: tuple[rows.SignatureRow, ...] = ()
    confirmation: rows.ConfirmationRow | None = None
    form: rows.FormRow | None = None
    proposal: rows.ProposalRow | None = None
    delivery: rows.DeliveryRow | None = None
    dispute: rows.DisputeRow | None = None
    request: rows.RequestRow | None = None
    offer: rows.OfferRow | None = None
    block: rows.BlockRow | None = None
    money: MoneyRows = MoneyRows()
    audit: tuple[rows.AuditRow, ...] = ()
    notices: tuple[Notice, ...] = ()
    messages: tuple[rows.MessageRow, ...] = ()
    about: Contract | None = None
