"""Plays a deal in memory: what the rules decide, signed and with its audit entries, as acts that were not written yet.

The same functions decide as in the service (gateway/inbox, gateway/background/deadlines.py, gateway/payments); only
what they read of the record is what this player remembers of its one contract.
"""

import secrets
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from contracts.actions import act_of
from contracts.escrow import acts as money_acts
from contracts.escrow.outcomes import Failed, FailReason
from contracts.escrow.rules import EscrowRules
from contracts.fields.msisdn import Msisdn
from contracts.rules import creation, time_acts
from contracts.rules.creation import NewContract
from contracts.rules.plan import Plan
from contracts.rules.sms_limits import SmsLimits
from contracts.rules.waiting import WaitingPeriods
from contracts.sms.understand import understand
from gateway.events import MoSms
from gateway.inbox.decide import decide
from gateway.inbox.mo_context import MoContext
from gateway.inbox.receive import mo_row
from gateway.inbox.reply_number import from_number_written_to
from gateway.inbox.stopped_clock import stop_clocks
from gateway.outbox.compose import MessageComposer
from gateway.seeding.cooperative import SeedPerson
from gateway.seeding.office import PhoneIds, by_operator, decision_plan, parties_of, terms_of
from gateway.seeding.providers import NETWORK, PROVIDER, RAIL, SHORTCODE, new_receipt
from gateway.seeding.stories import Deal, TimedStep
from gateway.seeding.words import text_of
from storage.acts.history import History, SentRow
from storage.acts.money_rows import MoneyRows, RailOnce
from storage.acts.rows import Act, ApiOnce, MessageRow, MoOnce
from storage.record_rows import MoFactsRow
from storage.signing import SignerPort
from values.frozen import Frozen, replace

_A_MOMENT: Final = timedelta(seconds=2)
_PAYOUT_TAKES: Final = timedelta(seconds=40)
_TEXTS_BESIDE = 3  # as sms.mo_facts gives them
_UNREACHED: Final = 0.02  # of all messages: the phone was off for too long


class PastRules(Frozen):
    """By what everything is decided: as the settings say, as in the service. `operator`: as the audit names the
    office."""

    signer: SignerPort
    composer: MessageComposer
    periods: WaitingPeriods
    limits: SmsLimits
    escrow: EscrowRules
    operator: str


class PastPlayer:
    """Plays deals that are over. `told_costs`: since when people know what a contract costs, by msisdn; it grows."""

    def __init__(self, rules: PastRules, phone_ids: PhoneIds, random: Random) -> None:
        self._rules = rules
        self._phone_ids = phone_ids
        self._random = random
        self.told_costs: dict[Msisdn, datetime] = {}

    async def play(self, deal: Deal) -> History:
        """Return the history of a deal, from the offer to its end."""
        played = _PastContract(self._rules, self._random, self.told_costs)
        await played.offer(deal, self._phone_ids)
        for step in deal.steps:
            await played.pass_time(step.at)
            await played.take(step)
        await played.pass_time(None)
        return History(tuple(played.acts), played.sent)


class _PastContract:
    """One contract while its history is made."""

    def __init__(self, rules: PastRules, random: Random, told_costs: dict[Msisdn, datetime]) -> None:
        self._rules = rules
        self._random = random
        self._told_costs = told_costs
        self._texts: dict[Msisdn, list[MessageRow]] = {}
        self._prompt: money_acts.Transfer | None = None
        self._payouts: list[money_acts.Transfer] = []
        self.acts: list[Act] = []
        self.sent: dict[UUID, SentRow] = {}

    async def offer(self, deal: Deal, phone_ids: PhoneIds) -> None:
        """The office writes the offer down, and both sides are asked."""
        rules, terms = self._rules, terms_of(deal, self._rules.escrow)
        new = NewContract(deal.trade.goods.type, terms, parties_of(deal.trade, phone_ids, self._told_costs))
        plan = creation.create_contract(new, None, deal.asked_at, rules.periods)
        await self._by_office(plan, deal.asked_at)

    async def take(self, step: TimedStep) -> None:
        match step.does:
            case "paid":
                await self._pay(step.at)
            case "not_paid":
                await self._pay_not(step.at)
            case _ if step.who:
                text = text_of(step.does, self._contract, step.who.language, self._random)
                await self._write(step.who, text, step.at)
            case _:
                plan = decision_plan(self._contract, step.does, step.at, self._rules.periods)
                assert isinstance(plan, Plan), f"{step.does}: {plan}"
                await self._by_office(plan, step.at)
        await self._pay_out(step.at)

    async def pass_time(self, until: datetime | None) -> None:
        """Act at each deadline before `until`; None: until the contract is over."""
        while (deadline := self._contract.deadline) and (until is None or deadline.at < until):
            now = deadline.at + _A_MOMENT
            before = self._contract
            plan = time_acts.pass_time(before, now, self._rules.periods)
            assert plan, "its deadline has passed"
            once = MoOnce("time", f"{before.id}:{before.version}")
            await self._act(plan, "service", now, self._rules.composer.compose(plan.notices, now), mo=once)
            await self._pay_out(now)

    async def _write(self, person: SeedPerson, text: str, now: datetime) -> None:
        """A person writes an SMS, which acts."""
        contract, beside = self._contract, self._texts.get(person.msisdn, [])[-_TEXTS_BESIDE:]
        mo = MoSms(
            PROVIDER, secrets.token_hex(16), person.msisdn, person.msisdn, SHORTCODE, text, now, None, NETWORK, now
        )
        about, party = str(contract.id), contract.party(person.msisdn)
        assert party, "the stories are of the two sides"
        facts = MoFactsRow(
            party.phone_id, person.language, False, None, (), None, None, [], {}, False, frozenset(), frozenset(),
            language_presumed=True, text_ids={about: tuple(row.id for row in beside)},
            english={about: tuple(row.english for row in beside)},
        )  # fmt: skip
        context = MoContext(
            mo, person.msisdn, understand(text), facts, [(contract, tuple(row.text for row in beside))],
            person.language, now, self._rules.periods, self._rules.limits,
        )  # fmt: skip
        plan = stop_clocks(decide(context), context).plan
        assert plan.audit, f"this does nothing: {text}"
        answers = from_number_written_to(self._rules.composer.compose(plan.notices, now), mo, person.msisdn, ())
        row = mo_row(mo, context.meaning.intent.value, plan, person.msisdn, party.phone_id)
        await self._act(plan, "sms", now, (row, *answers), mo=MoOnce(mo.provider, mo.message_id))

    async def _by_office(self, plan: Plan, now: datetime) -> None:
        once = ApiOnce(f"seed {secrets.token_hex(16)}", secrets.token_hex(32))
        messages = self._rules.composer.compose(plan.notices, now)
        await self._act(by_operator(plan, self._rules.operator), "api", now, messages, api=once)

    async def _pay(self, now: datetime) -> None:
        assert self._prompt, "all have agreed, so the buyer was asked for the money"
        receipt = new_receipt()
        plan = money_acts.money_came(self._contract, self._prompt, receipt, now)
        self._prompt = None
        await self._by_rail(plan, receipt, now)

    async def _pay_not(self, now: datetime) -> None:
        assert self._prompt, "all have agreed, so the buyer was asked for the money"
        failed = Failed(FailReason.NO_ANSWER, "1037", "DS timeout user cannot be reached")
        plan, key = money_acts.prompt_failed(self._contract, self._prompt, failed), f"{self._prompt.id}:failed"
        self._prompt = None
        await self._by_rail(plan, key, now)

    async def _pay_out(self, now: datetime) -> None:
        """The rail pays what the last act has ordered."""
        payouts, self._payouts = self._payouts, []
        for n, payout in enumerate(payouts, 1):
            plan = money_acts.paid_out(self._contract, payout, new_receipt())
            await self._by_rail(plan, str(payout.id), now + n * _PAYOUT_TAKES)

    async def _by_rail(self, plan: Plan, key: str, now: datetime) -> None:
        messages = self._rules.composer.compose(plan.notices, now)
        await self._act(plan, "service", now, messages, rail=RailOnce(RAIL, key))

    async def _act(
        self, plan: Plan, channel: str, now: datetime, messages: tuple[MessageRow, ...], *, mo: MoOnce | None = None,
        api: ApiOnce | None = None, rail: RailOnce | None = None,
    ) -> None:  # fmt: skip
        """Make the act of a plan, and remember what the next step needs to know."""
        plan = replace(plan, money=_by_this_rail(plan.money))
        act = await act_of(
            plan, self._rules.signer, channel=channel, now=now, messages=messages, mo=mo, api=api, rail=rail
        )
        assert plan.about, "all of this is about the contract"
        hashes = {act.form.terms_version: act.form.sha256} if act.form else {}
        self._contract = replace(plan.about, form_hashes={**plan.about.form_hashes, **hashes})
        self.acts.append(act)
        for row in act.messages:
            if row.direction == "out" and row.msisdn:
                self._texts.setdefault(Msisdn(row.msisdn), []).append(row)
                self.sent[row.id] = self._sent(row, now)
        for person in act.people:
            if person.told_costs:
                self._told_costs.setdefault(Msisdn(person.msisdn), now)
        for transfer in plan.money.transfers:
            ordered = money_acts.Transfer(transfer.id, transfer.kind, transfer.amount_minor, "accepted")
            if transfer.kind == "prompt":
                self._prompt = ordered
            else:
                self._payouts.append(ordered)

    def _sent(self, row: MessageRow, now: datetime) -> SentRow:
        """Return what became of a message: nearly all reached their phone."""
        sent_at, message_id = now + timedelta(seconds=self._random.randint(1, 4)), f"ATXid_{secrets.token_hex(16)}"
        status, why, took = "delivered", None, timedelta(seconds=self._random.randint(2, 90))
        if self._random.random() < _UNREACHED:
            status, why, took = "failed", "DeliveryFailure", timedelta(hours=6)
        return SentRow(status, PROVIDER, message_id, f"KES {0.8 * row.segments:.4f}", sent_at, sent_at + took, why)


def _by_this_rail(money: MoneyRows) -> MoneyRows:
    """Return the rows with the rail that carried the transfers out, and our id there."""
    carried = tuple(replace(row, rail=RAIL, own_id=secrets.token_hex(16)) for row in money.transfers)
    return replace(money, transfers=carried)
