"""Everything known about one MO while it is being answered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from contracts.contract import Contract
from contracts.fields.msisdn import Msisdn
from contracts.notices import Notice, NoticeKind
from contracts.proof.paper_check import PaperCheck
from contracts.refusals import Why
from contracts.rules.plan import Actor, Plan
from contracts.rules.sms_limits import SmsLimits
from contracts.rules.waiting import WaitingPeriods
from contracts.sms.understand import SmsMeaning
from contracts.terms import Terms
from gateway.events import MoSms
from gateway.inbox.provider_time import is_old
from menus import MENU_VERSION
from storage.record_rows import MoFactsRow
from values.frozen import Frozen, Hidden

NAMED_AT_MOST: Final = 5  # contracts, as many as an SMS can hold

# A contract of the sender with the last SMS that we sent to them about it.
KnownContract = tuple[Contract, tuple[str, ...]]


class BlockTarget(Frozen):
    """Whom a sender blocks or unblocks. `phone_id`: None if we do not know that number yet."""

    phone_id: UUID | None
    msisdn: Hidden[Msisdn]


class MoContext(Frozen):
    """One MO, what it means, and what we know of its sender.

    `contracts`: those that the MO may be about.
    `language`: for a sender of whom we know none.
    `paper`: what a CHECK found.
    """

    mo: MoSms
    sender: Hidden[Msisdn]
    meaning: SmsMeaning
    facts: MoFactsRow
    contracts: Hidden[Sequence[KnownContract]]
    language: str
    now: datetime
    periods: WaitingPeriods
    limits: SmsLimits = SmsLimits()
    block_target: BlockTarget | None = None
    paper: PaperCheck | None = None

    @property
    def is_old(self) -> bool:
        """Whether the MO was sent so long ago that it moves nothing: it is answered with what waits now."""
        return is_old(self.mo.sent_at, self.now)

    def reply(
        self, kind: NoticeKind, *contracts: Contract, reference: str | None = None, why: Why | None = None
    ) -> Plan:
        """Return a plan that does nothing but answer. It is about the contract, if the answer names only one."""
        notice = self.answer(kind, *contracts, reference=reference, why=why)
        return Plan(notices=(notice,), about=contracts[0] if len(contracts) == 1 else None)

    def answer(
        self, kind: NoticeKind, *contracts: Contract, reference: str | None = None, why: Why | None = None
    ) -> Notice:
        """Return an SMS to the sender."""
        return Notice(
            kind, self.facts.phone_id, self.sender, self.facts.language, contracts,
            reference=reference or (contracts[0].reference if contracts else None), why=why,
        )  # fmt: skip

    def actor(self, known: KnownContract | None = None) -> Actor:
        """Return the sender as who acts on a contract, with the SMS that they had about it."""
        contract, shown = known or (None, ())
        about = str(contract.id) if contract else ""
        english = self.facts.english.get(about, ())
        return Actor(
            self.sender, self.facts.language or self.language, "sms", self.mo.provider, self.mo.network_code,
            self.mo.message_id, MENU_VERSION, shown, (self.mo.text,), english if any(english) else (),
            messages=self.facts.text_ids.get(about, ()),
        )  # fmt: skip

    def is_enough(self, contract: Contract, terms: Terms | None = None) -> bool:
        """Whether this SMS may bind its sender to `contract`, and to `terms` for it; else they need their PIN."""
        party = contract.party(self.sender)
        return party is not None and self.limits.bind_to(contract, party, terms)


def known_contracts(facts: MoFactsRow) -> Sequence[KnownContract]:
    return [(Contract.from_row(row), texts) for row, texts in facts.contracts]
