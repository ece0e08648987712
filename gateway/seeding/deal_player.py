"""Plays one recent deal, step by step, through the service's own handlers."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from contracts import actions
from contracts.contract import Contract, Party, Role
from contracts.fields.msisdn import Msisdn
from contracts.refusals import Refusal
from contracts.rules import creation, operator_acts
from contracts.rules.creation import NewContract
from contracts.rules.plan import Plan
from gateway.seeding.money import SeedRail
from gateway.seeding.office import by_operator, decision_plan, parties_of, terms_of
from gateway.seeding.phones import CONFIRM, RECEIVED, SeedPhones
from gateway.seeding.stories import Deal, TimedStep
from gateway.seeding.words import text_of
from gateway.services import Services
from storage.acts.rows import ApiOnce

Event = tuple[datetime, Callable[[], Awaitable[None]]]

ARBITER: Final = Party(None, Msisdn("+254799000999"), Role.MEDIATOR, "Chief Wekesa Murunga", None, None)
_BY_USSD: Final = 0.3  # of the answers for which a call opens with the question


class DealPlayer:
    """`operator`: the office, as the audit names it. `by_phone`: the seller makes the offer, where the story lets one.

    A step that does nothing ends the story: in a database that somebody works with, a person may have another PIN, or
    have chosen that no SMS binds them.
    """

    def __init__(
        self, services: Services, phones: SeedPhones, rail: SeedRail, operator: str, deal: Deal, random: Random, *,
        by_phone: bool,
    ) -> None:  # fmt: skip
        self._services = services
        self._phones = phones
        self._rail = rail
        self._operator = operator
        self._deal = deal
        self._random = random
        self._is_by_phone = by_phone and bool(deal.steps) and not deal.escrow
        self._contract_id: UUID | None = None
        self._goes_on = True

    def events(self) -> list[Event]:
        """Return what happens, each with its time. The first is the offer: by the office, or by the seller's phone."""
        steps, made_at = self._deal.steps, self._deal.asked_at
        if self._is_by_phone:  # by that the seller has said yes
            made_at, steps = steps[0].at, steps[1:]
        offer = self._offer_by_phone if self._is_by_phone else self._offer
        return [(made_at, offer), *((step.at, self._event(step)) for step in steps)]

    def _event(self, step: TimedStep) -> Callable[[], Awaitable[None]]:
        async def happens() -> None:
            if self._goes_on:
                before = await self._contract()
                await self._take(step, before)
                self._goes_on = (await self._contract()).version > before.version

        return happens

    async def _take(self, step: TimedStep, contract: Contract) -> None:
        match step.does:
            case "paid":
                await self._rail.buyer_pays(contract.id)
            case "not_paid":
                await self._rail.buyer_does_not_pay(contract.id)
            case "mediator":
                await self._by_office(lambda now: operator_acts.assign_mediator(contract, ARBITER))
            case _ if step.who is None:
                periods = self._services.settings.waiting_periods
                await self._by_office(lambda now: decision_plan(contract, step.does, now, periods))
            case "yes" if self._random.random() < _BY_USSD and await self._phones.answers(step.who, contract, CONFIRM):
                pass
            case "received" if self._random.random() < _BY_USSD and await self._phones.answers(
                step.who, contract, RECEIVED
            ):
                pass
            case _:
                await self._phones.writes(step.who, text_of(step.does, contract, step.who.language, self._random))

    async def _offer(self) -> None:
        """The office writes the offer down, and both sides are asked."""
        deal, settings = self._deal, self._services.settings
        assert settings.escrow_rules, "money may wait, outside production"
        trade = deal.trade
        facts = await self._services.records.facts(None, None, [trade.seller.msisdn, trade.buyer.msisdn])
        known = {Msisdn(row["msisdn"]): UUID(row["id"]) for row in facts.others}
        new = NewContract(trade.goods.type, terms_of(deal, settings.escrow_rules), parties_of(trade, known, {}))
        made = await self._by_office(lambda now: creation.create_contract(new, None, now, settings.waiting_periods))
        self._contract_id = made.id
        self._rail.contracts.add(made.id)

    async def _offer_by_phone(self) -> None:
        trade = self._deal.trade
        if trade.seller.language != "en":
            await self._phones.chooses_language(trade.seller)
        due = self._deal.asked_at + timedelta(days=self._deal.due_days)
        reference = await self._phones.offers(trade, f"{due:%d/%m/%Y}")
        row = await self._services.records.contract_by_reference(reference) if reference else None
        if row is None:
            self._goes_on = False
        else:
            self._contract_id = UUID(row["id"])

    async def _by_office(self, decide: Callable[[datetime], Plan | Refusal]) -> Contract:
        """Carry out what the office decides, as a request to the REST API does."""
        now = self._services.now()
        plan = decide(now)
        assert isinstance(plan, Plan) and plan.about, f"the office may not do this: {plan}"
        done = await actions.carry_out(
            self._services.records, by_operator(plan, self._operator), channel="api", now=now,
            messages=self._services.composer.compose(plan.notices, now),
            api=ApiOnce(f"seed {secrets.token_hex(16)}", secrets.token_hex(32)),
        )  # fmt: skip
        assert done, "nobody else changes the examples meanwhile"
        return plan.about

    async def _contract(self) -> Contract:
        assert self._contract_id, "it was offered"
        row = await self._services.records.contract(self._contract_id)
        assert row, "contracts are never deleted"
        return Contract.from_row(row)
