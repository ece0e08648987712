"""What every rail (a provider of mobile money) must be able to do. One folder each: `daraja/`, `pawapay/`.

A transfer is written down with an id of ours before the rail hears of it, and that id goes with each call: a call whose
answer was lost is asked about, and never sent again under another id. A rail does no I/O but its own HTTP calls, and
keeps nothing but its access token.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from contracts.escrow.outcomes import Outcome, SendOutcome
from contracts.escrow.paid_unasked import NotTaken
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from gateway.events import HttpReply
from values.frozen import Frozen, Hidden


class Order(Frozen):
    """A transfer that a rail shall carry out. `own_id`: ours, unique, stored before the call. `reference`: the
    contract's eight digits; the payer's phone shows it, and a paybill payment names it as its account."""

    own_id: str
    msisdn: Hidden[Msisdn]
    money: Money
    reference: str


class Sent(Frozen):
    """A transfer that a rail was given, to be asked about. `kind`: collect, pay_out or reverse, as it was called; or
    confirm, of money that came by itself. `rail_id`: the rail's id of it, if an answer brought one. `receipt`: of the
    money, if one is known or was told. `sent_at`: when the first call began."""

    kind: str
    own_id: str
    rail_id: str | None
    money: Money
    msisdn: Hidden[Msisdn | None]
    sent_at: datetime
    receipt: str | None = None


class TransferNews(Frozen):
    """What a callback says about one of our transfers: a hint, until it fits our row. `own_id`: ours, if the callback
    names it; `rail_id`: the rail's, if not. `is_answer`: we have asked, and this is what the rail's books say.
    `is_unanswered`: we have asked, and the question came to nothing; `finds_nothing`: because of what was asked for, as
    far as the rail says, and not of our account."""

    own_id: str | None
    rail_id: str | None
    outcome: Outcome
    is_answer: bool = False
    is_unanswered: bool = False
    finds_nothing: bool = False


class MoneyCame(Frozen):
    """Money that somebody paid to our account by themselves. `account`: what they typed as the account, as they typed
    it; `receipt`: the rail's number, unique; `payer`: opaque, never a number to write to."""

    receipt: str
    money: Money
    account: Hidden[str]
    payer: Hidden[str | None]
    at: datetime | None


class PaymentQuestion(Frozen):
    """What a rail asks before it takes money that somebody pays by themselves. `account`: as `MoneyCame` has it. An
    amount that is none is 0."""

    money: Money
    account: Hidden[str]


class Balance(Frozen):
    """What our account with a rail holds. `name`: of one of its purses (`Utility Account`)."""

    name: str
    money: Money


class BalanceNews(Frozen):
    """What a callback says that our account holds, asked for by `balances`."""

    balances: tuple[Balance, ...]


News = TransferNews | MoneyCame | BalanceNews


class Callback(Frozen):
    """A request of a rail to our hook. `kind`: the last part of its path (`stk`, `result`, `timeout`, `confirmation`
    ...). `own_id`: of the transfer, if the path named one and its mark was right: then only the rail can know this
    path. `url`: our public address as the rail called it. `body`: as it came; it may name people."""

    kind: str
    own_id: str | None
    method: str
    url: str
    headers: Hidden[Mapping[str, str]]
    body: Hidden[bytes]


class StatementLine(Frozen):
    """One payment to our account as the rail's own books have it. `at`: may be off by three hours where a rail does not
    say in which zone it counts."""

    receipt: str
    money: Money
    account: Hidden[str]
    at: datetime | None
    payer: Hidden[str | None] = None


class Rail(Protocol):
    """One provider of mobile money. `send` methods return what is known at once; the rest comes as a callback, or from
    `enquire`. No method raises for what a provider answers; all may be called again with the same order."""

    @property
    def name(self) -> str:
        """The `{provider}` in the paths of its hooks; rows store it."""

    @property
    def currencies(self) -> frozenset[Currency]: ...

    @property
    def signs_callbacks(self) -> bool:
        """Whether every callback is signed. If not, one without a marked path is only a hint, and is asked about."""

    @property
    def reverses(self) -> bool:
        """Whether `reverse` can give money back to a payer whose number we do not know."""

    @property
    def always_has_receipt(self) -> bool:
        """Whether every payment gets a receipt sooner or later, and money is counted only once it is known. If not, our
        own id stands for one that is missing."""

    @property
    def asks(self) -> frozenset[str]:
        """The kinds of callbacks with which it asks before it takes money. It waits for the answer, and so does who
        pays."""

    def smallest_unit(self, currency: Currency) -> int:
        """The minor units that an amount must be a multiple of: 100 where only whole shillings move."""

    def largest_prompt(self, currency: Currency) -> int:
        """The most that one prompt may ask for, in minor units."""

    def payout_limits(self, currency: Currency) -> tuple[int, int]:
        """The least and the most that one payout may move, in minor units."""

    def new_id(self) -> str:
        """Return a new id of a transfer, in the form that the rail takes."""

    async def read_limits(self) -> None:
        """Read what the rail allows now, unless that was done within the hour: when a process starts, and once a day.
        Nothing to do where its limits are settings, or documented. Raise nothing."""

    async def collect(self, order: Order) -> SendOutcome:
        """Ask the payer, on their phone, to pay."""

    async def pay_out(self, order: Order) -> SendOutcome:
        """Pay to a phone: a release or a refund."""

    async def reverse(self, order: Order, receipt: str | None, collect_id: str | None) -> SendOutcome:
        """Give back a whole payment to whoever paid it. `receipt`: the rail's number of it; `collect_id`: `own_id` of
        the order to collect that brought it. Give all that is known: some rails know a payment by its receipt, others,
        which may send none, by our id."""

    async def enquire(self, sent: Sent) -> Outcome:
        """Ask what became of a transfer. Where a rail answers by a callback only, this returns
        Unknown(is_pending=True), and the answer comes as TransferNews."""

    async def confirm(self, came: MoneyCame, own_id: str) -> Outcome:
        """Ask whether money that an unsigned callback told of did come. `own_id`: of this question."""

    async def verify(self, callback: Callback) -> bool:
        """Return whether the signature is right; only called where `signs_callbacks`. A key that is new to us is asked
        of the rail."""

    def read_callback(self, callback: Callback) -> Sequence[News]:
        """Return what a callback says. Raise BadWire for one that cannot be what its path claims; the error names the
        field and never shows its value."""

    def read_question(self, callback: Callback) -> PaymentQuestion:
        """Return what a callback of a kind in `asks` asks. Raise BadWire as `read_callback` does."""

    def answer_callback(self, callback: Callback, refusal: NotTaken | None = None) -> HttpReply:
        """Return the answer that tells the rail to send it no more; with `refusal`, to a question, that the money is
        not taken."""

    def statement(self, since: datetime, until: datetime) -> AsyncIterator[StatementLine]:
        """Yield the payments to our account of that time, oldest first. Raise StatementUnavailable."""

    async def balances(self) -> Sequence[Balance]:
        """Return what our account holds; empty where the rail does not tell it now, or tells it as BalanceNews."""


class StatementUnavailable(Exception):  # noqa: N818 - it reads as what happened
    """A rail gives no statement now, or none for that time. The message says which, for an operator."""
