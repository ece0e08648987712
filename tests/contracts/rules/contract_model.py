"""What a contract's life should be, told once more: a small model of plain values that shares no rule with the code."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from contracts.contract import Contract
from tests.contracts.rules.random_acts import NEWCOMER, Attempt

DAY = timedelta(days=1)
OVER = ("COMPLETED", "CANCELLED", "EXPIRED")


@dataclass
class ContractModel:
    """`words`: what each binding person said of the contract. `asked`: number, kind, terms and who agreed."""

    words: dict[str, str]
    sides: dict[str, str]
    everybody: set[str]
    terms: Any
    status: str = "PENDING"
    version: int = 1
    terms_n: int = 1
    last_n: int = 1
    asked: tuple[int, str, Any, set[str]] | None = None
    got: Decimal = Decimal(0)
    part_at: datetime | None = None
    settled: Decimal | None = None
    delivered: datetime | None = None
    clock: tuple[str, datetime] | None = None
    dispute: str | None = None
    ruling: str | None = None
    appeals: int = 0

    @classmethod
    def of(cls, contract: Contract) -> "ContractModel":
        binding = {p.msisdn: p.role.value for p in contract.parties if p.signature}
        return cls(
            dict.fromkeys(binding, "pending"), {str(who): side for who, side in binding.items()},
            {p.msisdn for p in contract.parties}, contract.terms,
            clock=("remind_answer", contract.created_at + 6 * DAY),
        )  # fmt: skip

    def does(self, attempt: Attempt) -> bool:
        """Do it, if it may be done; False: refused, nothing is other than it was."""
        done = bool(getattr(self, attempt.act)(attempt))
        self.version += done
        return done

    def answer(self, attempt: Attempt) -> bool:
        if attempt.by not in self.words:
            return False
        if self.asked and self.asked[0] == attempt.n:
            return self._answer_asked(attempt)
        if self.status != "PENDING" or attempt.n != self.terms_n:
            return False
        if attempt.yes and self.words[attempt.by] == "signed":
            return False
        self.words[attempt.by] = "signed" if attempt.yes else "rejected"
        if not attempt.yes:
            self._ends("CANCELLED")
        elif set(self.words.values()) == {"signed"}:
            self.status = "CONFIRMED"
            self._wait_for_delivery(attempt.now)
        return True

    def _answer_asked(self, attempt: Attempt) -> bool:
        assert self.asked
        n, kind, terms, agreed = self.asked
        if not attempt.yes:
            self.asked = None
        elif attempt.by in agreed:
            return False
        elif agreed | {attempt.by} != set(self.words):
            self.asked = (n, kind, terms, agreed | {attempt.by})
        elif kind == "cancel":
            self._ends("CANCELLED")
        else:
            assert self.clock
            self.asked, self.terms, self.terms_n = None, terms, n
            if self.got == Decimal(terms.quantity.amount):
                self._ends("COMPLETED")
            elif self.status == "CONFIRMED":
                self._wait_for_delivery(attempt.now)
            elif self.clock[0] in ("remind_rest", "complete_part"):
                self._wait_for_the_rest()
            else:
                self._wait_for_receipt()
        return True

    def deliver(self, attempt: Attempt) -> bool:
        if self._side(attempt) != "seller" or (self.clock and self.clock[0] in ("remind_receipt", "complete")):
            return False
        self.status, self.delivered = "ACTIVE", attempt.now
        self._wait_for_receipt()
        return True

    def receive(self, attempt: Attempt) -> bool:
        if self._side(attempt) != "buyer":
            return False
        self._ends("COMPLETED")
        return True

    def part(self, attempt: Attempt) -> bool:
        all_of_it = Decimal(self.terms.quantity.amount)
        if self._side(attempt) != "buyer" or attempt.part <= 0 or self.got + attempt.part > all_of_it:
            return False
        self.got, self.part_at = self.got + attempt.part, attempt.now
        if self.got == all_of_it:
            self._ends("COMPLETED")
            return True
        self.status = "ACTIVE"
        self._wait_for_the_rest()
        if self.asked and self.asked[1] == "amend" and self._is_too_little(self.asked[2]):
            self.asked = None
        return True

    def complain(self, attempt: Attempt) -> bool:
        if self.status not in ("CONFIRMED", "ACTIVE") or (attempt.yes and attempt.by not in self.words):
            return False
        self.status, self.dispute, self.clock, self.asked = "DISPUTED", "open", None, None
        return True

    def propose(self, attempt: Attempt) -> bool:
        if self._side(attempt) is None or self.asked or (attempt.terms and attempt.terms == self.terms):
            return False
        if attempt.terms and self._is_too_little(attempt.terms):
            return False
        self.last_n = max(self.last_n, self.terms_n) + 1
        self.asked = (self.last_n, "amend" if attempt.terms else "cancel", attempt.terms, {attempt.by})
        return True

    def decide(self, attempt: Attempt) -> bool:
        if self.dispute not in ("open", "appealed"):
            return False
        if attempt.split_minor is not None and attempt.split_minor >= self.terms.total.minor:
            return False
        self.ruling = attempt.decision.value
        if self.appeals:
            self._rule()
        else:
            self.dispute, self.clock = "decided", ("close_dispute", attempt.now + 3 * DAY)
        return True

    def appeal(self, attempt: Attempt) -> bool:
        if attempt.by not in self.words or self.dispute != "decided" or self.appeals:
            return False
        self.dispute, self.clock, self.appeals = "appealed", None, 1
        return True

    def assign(self, attempt: Attempt) -> bool:
        who = NEWCOMER if attempt.yes else attempt.by
        if self.status != "DISPUTED" or who in self.everybody:
            return False
        self.everybody.add(who)
        return True

    def wait(self, attempt: Attempt) -> bool:
        if self.clock is None or attempt.now < self.clock[1]:
            return False
        match self.clock[0]:
            case "remind_answer":
                self.clock = ("expire", attempt.now + DAY)
            case "remind_receipt":
                self.clock = ("complete", attempt.now + min(DAY, timedelta(days=self.terms.silence_days) / 2))
            case "remind_rest":
                self.clock = ("complete_part", attempt.now + min(DAY, timedelta(days=self.terms.silence_days) / 2))
            case "remind_delivery":
                self.clock = ("remind_expiry", max(self._due(), attempt.now) + 29 * DAY)
            case "remind_expiry":
                self.clock = ("expire", attempt.now + DAY)
            case "expire":
                self.words = {who: "expired" if word == "pending" else word for who, word in self.words.items()}
                self._ends("EXPIRED")
            case "complete":
                self._ends("COMPLETED")
            case "complete_part":
                self.settled = self.got
                self._ends("COMPLETED")
            case _:
                self._rule()
        return True

    def _side(self, attempt: Attempt) -> str | None:
        """Which side they are on, where the contract is under way."""
        return self.sides.get(attempt.by) if self.status in ("CONFIRMED", "ACTIVE") else None

    def _due(self) -> datetime:
        return datetime(self.terms.due.year, self.terms.due.month, self.terms.due.day, 9, tzinfo=UTC)

    def _wait_for_delivery(self, now: datetime) -> None:
        if now < self._due() - DAY:
            self.clock = ("remind_delivery", self._due() - DAY)
        else:
            self.clock = ("remind_expiry", max(now, self._due()) + 29 * DAY)

    def _wait_for_receipt(self) -> None:
        assert self.delivered
        silence = timedelta(days=self.terms.silence_days)
        self.clock = ("remind_receipt", self.delivered + silence - min(DAY, silence / 2))

    def _wait_for_the_rest(self) -> None:
        assert self.part_at
        silence = timedelta(days=self.terms.silence_days)
        self.clock = ("remind_rest", max(self.part_at, self._due()) + silence - min(DAY, silence / 2))

    def _is_too_little(self, terms: Any) -> bool:
        """Whether what has come already would be more than all of it, or cannot be compared."""
        came, bags = self.got > 0, self.terms.quantity.unit
        return came and (terms.quantity.unit != bags or Decimal(terms.quantity.amount) < self.got)

    def _rule(self) -> None:
        self._ends("CANCELLED" if self.ruling == "cancel" else "COMPLETED")
        self.dispute = "closed"

    def _ends(self, status: str) -> None:
        self.status, self.clock, self.asked = status, None, None


def model_of(contract: Contract) -> dict[str, Any]:
    """A contract in the model's words."""
    by_id = {party.phone_id: str(party.msisdn) for party in contract.parties if party.phone_id}
    asked, dispute = contract.proposal, contract.dispute
    return {
        "words": {str(p.msisdn): p.signature.value for p in contract.parties if p.signature},
        "everybody": {str(p.msisdn) for p in contract.parties},
        "terms": contract.terms,
        "status": contract.status.value,
        "version": contract.version,
        "terms_n": contract.terms_version,
        "last_n": contract.last_n,
        "asked": asked and (asked.n, asked.type.value, asked.terms, {by_id[person] for person in asked.consented}),
        "got": contract.received,
        "part_at": contract.part_at,
        "settled": contract.settled,
        "delivered": contract.delivered_at,
        "clock": contract.deadline and (contract.deadline.act.value, contract.deadline.at),
        "dispute": dispute and dispute.status,
        "ruling": dispute and dispute.decision and dispute.decision.value,
        "appeals": int(bool(dispute and dispute.was_appealed)),
    }
