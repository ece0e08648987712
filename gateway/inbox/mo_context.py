"""A message from a phone as it is decided on: who wrote, what they were taken to mean, what is known of them."""

from collections.abc import Sequence
from typing import Final

from contracts.contract import Contract
from contracts.fields.msisdn import Msisdn
from contracts.notices import Notice, NoticeKind
from contracts.refusals import Why
from contracts.rules.plan import Actor
from contracts.sms.understand import SmsMeaning
from gateway.events import MoSms
from menus import MENU_VERSION
from storage.record_rows import MoFactsRow
from values.frozen import Frozen, Hidden

NAMED_AT_MOST: Final = 5  # contracts, as many as an SMS can

# Each with the last texts that its sender was sent about it.
KnownContracts = Sequence[tuple[Contract, tuple[str, ...]]]


class MoContext(Frozen):
    """A message, its sender, what we took it for, and what we know of its sender. `language`: for who chose none."""

    mo: MoSms
    sender: Hidden[Msisdn]
    meaning: SmsMeaning
    facts: MoFactsRow
    language: str

    def answer(
        self, kind: NoticeKind, *contracts: Contract, reference: str | None = None, why: Why | None = None
    ) -> Notice:
        return Notice(
            kind, self.facts.phone_id, self.sender, self.facts.language, contracts,
            reference=reference or (contracts[0].reference if contracts else None), why=why,
        )  # fmt: skip

    def actor(self, shown: tuple[str, ...] = ()) -> Actor:
        return Actor(
            self.sender, self.facts.language or self.language, "sms", self.mo.provider, "", self.mo.message_id,
            MENU_VERSION, shown,
        )  # fmt: skip
