"""`voicepact payments`: money that needs a person, and the books of a rail beside ours."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

from aiohttp import ClientSession
from cyclopts import App
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from contracts.escrow.number_risk import HoldReason
from contracts.escrow.reconcile import BookLine, FoundDifference
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn, masked, parse_msisdn
from contracts.fields.reference import is_reference
from contracts.refusals import BadInput
from gateway.commands.existing import existing_servers
from gateway.commands.operator import CommandOperator, Operator, with_operator
from gateway.commands.startup import DATA_DIR, Limit, StartError, read_settings
from gateway.commands.terminal import echo, show_table, whole
from gateway.operators.scope import Scope
from gateway.outbox.compose import composer_of
from gateway.outgoing import open_client
from gateway.payments.by_hand import ByHand, NotPossible
from gateway.payments.daraja.rail import NAME as DARAJA
from gateway.payments.daraja.rail import RegistrationError
from gateway.payments.kept_callbacks import CallbackMarks
from gateway.payments.port import Rail, StatementUnavailable
from gateway.payments.rails import PAYING_SECONDS, make_rails
from gateway.payments.rails import register as register_rails
from gateway.payments.reconciling import compare, counted_of, statement_of, write_down_missing
from gateway.payments.statement_file import NotAStatement, read_statement
from gateway.providers.forms import is_id
from gateway.settings import Settings
from storage.encryption import Encryptor
from storage.looks import LookRows
from storage.money_reads import MoneyReads, WaitingTransfer
from storage.postgres import database
from storage.postgres.database import Pool
from storage.transfers import TransferRows

_UNKNOWN_SINCE: Final = timedelta(hours=1)
_LONGEST_WHY: Final = 200
_ACCOUNTS: Final = {"daraja": "MPESA_CONSUMER_KEY", "pawapay": "PAWAPAY_TOKEN"}  # by rail, a setting of its account

RailName = Literal["daraja", "pawapay"]

payments = App(
    name="payments", help="Money that needs a person: list it, decide on it, compare it with a rail's books."
)


@payments.command
def waiting(*, limit: Limit = 50, operator: Operator = None, data_dir: Path = DATA_DIR) -> None:
    """List transfers that need a person, oldest first: payouts that failed, wait for an approval or are of an amount
    that the rail does not move, transfers without an outcome for an hour, and money that belongs to no contract.
    Numbers are masked."""

    async def look(pool: Pool, who: CommandOperator) -> Sequence[WaitingTransfer]:
        now = datetime.now(UTC)
        rows = await MoneyReads(pool).waiting(now - _UNKNOWN_SINCE, limit)
        seen = {row.msisdn for row in rows if row.msisdn}
        await LookRows(pool).note(who.looker, "payments waiting", now, msisdns=seen)
        return rows

    rows = with_operator(data_dir, operator, Scope.READ, look)
    if not rows:
        echo("no money needs a person")
        return
    table = Table(whole("id"), "what", "amount", "who", "contract", "since", "next step")
    for row in rows:
        money, who = Money(row.amount_minor, Currency(row.currency)), masked(Msisdn(row.msisdn)) if row.msisdn else ""
        table.add_row(
            str(row.id), _what(row), f"{row.currency} {money.major}", who, row.reference or row.account or "",
            f"{row.created_at.astimezone():%d %b %H:%M}", _next_step(row),
        )  # fmt: skip
    show_table(table)


@payments.command
def approve(transfer: UUID, *, operator: Operator = None, data_dir: Path = DATA_DIR) -> None:
    """Say that a large payout may be sent. Two people have to say so.

    Parameters
    ----------
    transfer: its id, as `voicepact payments waiting` shows it.
    """
    _by_hand(data_dir, operator, lambda hand: hand.approve(transfer))


@payments.command
def retry(transfer: UUID, *, operator: Operator = None, data_dir: Path = DATA_DIR) -> None:
    """Order a payout again that failed.

    Parameters
    ----------
    transfer: its id, as `voicepact payments waiting` shows it.
    """
    _by_hand(data_dir, operator, lambda hand: hand.retry(transfer))


@payments.command
def dismiss(transfer: UUID, why: str, *, operator: Operator = None, data_dir: Path = DATA_DIR) -> None:
    """Say that money which somebody told us of never came: its receipt is not in the rail's portal.

    Parameters
    ----------
    transfer: its id, as `voicepact payments waiting` shows it.
    why: what you have seen, for the audit; no names and no numbers of people.
    """
    if not 1 <= len(why.strip()) <= _LONGEST_WHY:
        raise StartError(f"why: should be a text of 1 to {_LONGEST_WHY} characters")
    _by_hand(data_dir, operator, lambda hand: hand.dismiss(transfer, why.strip()))


@payments.command
def paid(transfer: UUID, receipt: str, *, operator: Operator = None, data_dir: Path = DATA_DIR) -> None:
    """Say that somebody has paid by hand what mobile money could not. Two people have to say the same.

    Parameters
    ----------
    transfer: its id, as `voicepact payments waiting` shows it.
    receipt: the number of the payment: on a receipt, a bank's slip or in a book.
    """
    if not is_id(receipt):
        raise StartError("receipt: should be letters, digits and signs, without a space")
    _by_hand(data_dir, operator, lambda hand: hand.paid(transfer, receipt))


@payments.command
def assign(transfer: UUID, contract: str, *, operator: Operator = None, data_dir: Path = DATA_DIR) -> None:
    """Say to which contract money belongs that names none. Two people have to say the same.

    Parameters
    ----------
    transfer: its id, as `voicepact payments waiting` shows it.
    contract: the 8 digits of the contract.
    """
    reference = "".join(contract.split())
    if not is_reference(reference):
        raise StartError("contract: should be the 8 digits of a contract")
    _by_hand(data_dir, operator, lambda hand: hand.assign(transfer, reference))


@payments.command
def send_back(transfer: UUID, *, operator: Operator = None, data_dir: Path = DATA_DIR) -> None:
    """Give money that belongs to no contract back to who paid it. Two people have to say so.

    Parameters
    ----------
    transfer: its id, as `voicepact payments waiting` shows it.
    """
    _by_hand(data_dir, operator, lambda hand: hand.send_back(transfer))


@payments.command
def register(*, nominated: str | None = None, data_dir: Path = DATA_DIR) -> None:
    """Tell M-Pesa where payments by paybill are told: once, in production. Safaricom takes it one time only; to change
    it, delete it in the portal's URL management first.

    Parameters
    ----------
    nominated: the number in the organisation's records; with it statements are asked for, too, for reconciliation.
    """
    settings = read_settings()
    try:
        number = parse_msisdn(nominated, settings.default_country) if nominated else None
    except BadInput:
        raise StartError("nominated: is no mobile number") from None

    async def run() -> None:
        async with open_client(PAYING_SECONDS) as http:
            rails = _rails(settings, http)
            if DARAJA not in rails:
                raise StartError("MPESA_CONSUMER_KEY: there is no account with M-Pesa")
            try:
                await register_rails(rails, number)
            except RegistrationError as why:
                raise StartError(f"M-Pesa did not take the addresses: {why}") from None

    asyncio.run(run())
    echo("payments by paybill are told to this service from now on")


@payments.command
def reconcile(
    file: Path | None = None, *, rail: RailName = "daraja", since: date | None = None, until: date | None = None,
    data_dir: Path = DATA_DIR,
) -> None:  # fmt: skip
    """Compare a rail's books with ours and name every difference; exit with 1 if there is one. Money that came without
    a word to us is written down, and counted once the rail has confirmed it.

    Parameters
    ----------
    file: a statement (CSV) from the rail's portal. Without it the rail is asked, which has the last 48 hours.
    rail: daraja or pawapay.
    since: the first day; without it yesterday.
    until: the last day; without it today.
    """
    settings, now = read_settings(), datetime.now(UTC)
    today = now.astimezone(settings.zone).date()
    begins = datetime.combine(since or today - timedelta(days=1), time(), settings.zone)
    ends = min(datetime.combine((until or today) + timedelta(days=1), time(), settings.zone), now)
    if begins >= ends:
        raise StartError("since: should be a day before until, and not in the future")
    with existing_servers(settings, data_dir) as settings:
        found, count = asyncio.run(_reconcile(settings, rail, file, begins, ends, now))
    for each in found:
        echo(_difference(each))
    echo(f"{count} lines in the books of {rail}, {len(found)} differences")
    if found:
        sys.exit(1)


async def _reconcile(
    settings: Settings, name: RailName, file: Path | None, since: datetime, until: datetime, now: datetime
) -> tuple[list[FoundDifference], int]:
    assert settings.database_url
    pool = await database.open_pool(settings.database_url, smallest=1, largest=1, timeout_seconds=10)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn())
    try:
        reads = MoneyReads(pool)
        counted = await counted_of(reads, name, since, until)
        async with open_client(PAYING_SECONDS) as http:
            rail = _rails(settings, http).get(name)
            if rail is None and file is None:
                raise StartError(f"rail: {_no_account(settings, name)}; or give a statement as a file")
            with Progress(*columns, console=Console(stderr=True)) as bar:
                task = bar.add_task(f"reading the books of {name}")
                try:
                    theirs = (
                        list(read_statement(file, settings.currency)) if file
                        else await statement_of(rail, since, until, lambda: bar.advance(task)) if rail
                        else []
                    )  # fmt: skip
                except NotAStatement as wrong:
                    raise StartError(f"{file}: {wrong}") from None
                except StatementUnavailable as why:
                    raise StartError(f"{name}: {why}; give a statement as a file") from None
                bar.update(task, total=len(theirs), completed=len(theirs), description="comparing")
                found = await compare(reads, name, theirs, counted, only_in=file is None)
            if rail:
                await write_down_missing(TransferRows(pool), rail, found, now)
            return found, len(theirs)
    finally:
        await database.close_pool(pool, within_seconds=1.0)


def _no_account(settings: Settings, name: RailName) -> str:
    """Return what is missing, in the words of a line."""
    played = "" if settings.environment == "production" or name != DARAJA else ", and no service that simulates it runs"
    return f"there is no account with {name}{played}: set {_ACCOUNTS[name]}"


def _rails(settings: Settings, http: ClientSession) -> dict[str, Rail]:
    marks = CallbackMarks(Encryptor(*settings.secret_keys))
    return make_rails(settings, http, marks, "http://127.0.0.1:8000", lambda: datetime.now(UTC))


def _by_hand(data_dir: Path, operator: str | None, act: Callable[[ByHand], Awaitable[str]]) -> None:
    settings = read_settings()

    async def run(pool: Pool, who: CommandOperator) -> str:
        hand = ByHand(pool, composer_of(settings), who.audit_name, datetime.now(UTC), person=who.person)
        try:
            return await act(hand)
        except NotPossible as why:
            raise StartError(str(why)) from None

    echo(with_operator(data_dir, operator, Scope.MONEY, run))


def _what(row: WaitingTransfer) -> str:
    names = {"release": "payout", "refund": "refund", "return": "return", "prompt": "prompt", "paybill": "money"}
    if row.status == "failed":
        return f"{names[row.kind]} failed: {row.reason}"
    if row.held_why == HoldReason.RAIL_LIMIT:
        return f"{names[row.kind]} of an amount that the rail does not move"
    if row.held_why:
        return f"{names[row.kind]} waits for approval"
    return "money of no contract" if row.status == "done" else f"{names[row.kind]}: no outcome"


def _next_step(row: WaitingTransfer) -> str:
    if row.status == "failed":
        return "retry; or pay by hand, then: paid" if row.kind != "return" else "pay it back by hand"
    if row.held_why == HoldReason.RAIL_LIMIT:
        return "pay it by hand, then: paid"
    if row.held_why:
        return f"approve ({row.approvals} of 2)"
    if row.status == "done":
        return "assign, or send-back"
    return "look at the rail's portal" + ("; if it never came: dismiss" if row.kind == "paybill" else "")


def _difference(found: FoundDifference) -> str:
    def amount(line: BookLine | None) -> str:
        return f"{line.money.currency.value} {line.money.major}" if line else "nothing"

    return f"{found.receipt}  {found.what.value}: theirs {amount(found.theirs)}, ours {amount(found.ours)}"
