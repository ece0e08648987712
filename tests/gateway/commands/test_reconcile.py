"""`voicepact payments reconcile` as a process, with the books of the simulated Daraja over HTTP: every difference is
named."""

import asyncio
import json
import os
import pty
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest_asyncio
from pydantic import SecretStr

from gateway.settings.mpesa import simulated_mpesa
from gateway.simulator.control import KEY_HEADER
from tests.clock import ServiceClock
from tests.gateway.payments.mobile_money import open_with_mobile_money
from tests.gateway.payments.trade import Trade, trade_of
from tests.gateway.phone.handset_process import own_environment
from tests.gateway.phone.service_process import ServiceProcess
from tests.gateway.two_contracts import AMINA, OTIENO

WITHIN_SECONDS = 60
NO_PAWAPAY = "there is no account with pawapay: set PAWAPAY_TOKEN; or give a statement as a file"
COLUMNS = "Receipt No.,Completion Time,Transaction Status,Paid In,Withdrawn,A/C No."


@dataclass
class Reconciled:
    code: int
    out: list[str]
    err: str


@dataclass
class Books:
    """A trade whose money has moved: Otieno has paid by prompt, Amina has got a part. `folder`: where commands run."""

    trade: Trade
    folder: Path

    async def reconcile(self, *words: str) -> Reconciled:
        """Run the command with the account of the double in its environment."""
        settings = self.trade.service.settings
        account = simulated_mpesa(self.trade.service.edge.double_url)
        account["mpesa_largest_prompt"] = settings.mpesa_largest_prompt
        given = {
            name.upper(): value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            for name, value in account.items()
        }
        assert settings.database_url
        environment = {**given, "DATABASE_URL": settings.database_url, "WEBHOOK_BASE_URL": "https://pay.example"}
        return await reconcile(self.folder, *words, **environment)

    async def pays_unheard(self, shillings: int = 70) -> str:
        """Somebody pays by paybill, and Daraja does not tell us; return the receipt."""
        await self.trade.money.set_fault(api="paybill", callbacks="never")
        paid = await self.trade.money.pays_by_paybill(OTIENO, shillings, "school fees")
        await self.trade.money.set_fault(api="paybill")
        return str(paid["receipt"])

    async def statement(self, **said: dict[str, str] | None) -> Path:
        """Write all payments of Daraja's into a statement, as their portal gives it; `said`: what is in other columns
        of a receipt, or None where the line is missing."""
        names, rows = COLUMNS.split(","), [COLUMNS]
        for one in await self.trade.money.payments():
            is_in = one["kind"] in ("prompt", "paybill")
            row = {"Paid In": one["amount"] if is_in else "", "Withdrawn": "" if is_in else f"-{one['amount']}"}
            changed = said.get(one["receipt"], {})
            if changed is not None:
                row |= {"Receipt No.": one["receipt"], "Completion Time": "x", "Transaction Status": "Completed"}
                row |= {"A/C No.": one["account"]} | changed
                rows.append(",".join(row[name] for name in names))
        path = self.folder / "statement.csv"
        path.write_text("Short Code,600000\n\n" + "\n".join(rows) + "\n")
        return path


async def reconcile(folder: Path, *words: str, **environment: str) -> Reconciled:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "payments", "reconcile", *words, cwd=folder,
        env=own_environment() | environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(WITHIN_SECONDS):
        out, err = await process.communicate()
    return Reconciled(process.returncode or 0, out.decode().splitlines(), err.decode())


@pytest_asyncio.fixture
async def books(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Books]:
    now = ServiceClock(datetime.now(UTC))  # the command and the double have the machine's
    async with open_with_mobile_money(database_url, redis_url, now=now) as (service, money):
        books = Books(trade_of(service, money), tmp_path)
        await books.trade.agree()
        await money.pays(OTIENO)
        await books.trade.hears(books.trade.amina, "You can deliver now")
        await books.trade.otieno.sends_sms(f"PART 17 {books.trade.reference}")
        await books.trade.paid_minor(117_900)
        yield books


async def receipts(books: Books) -> dict[str, str]:
    """Return the receipt of each kind of payment."""
    return {one["kind"]: one["receipt"] for one in await books.trade.money.payments()}


async def test_nothing_is_different(books: Books) -> None:
    pulled = await books.reconcile()
    assert (pulled.code, pulled.out) == (0, ["1 lines in the books of daraja, 0 differences"]), pulled.err
    from_file = await books.reconcile(str(await books.statement()))
    assert (from_file.code, from_file.out) == (0, ["2 lines in the books of daraja, 0 differences"]), from_file.err
    assert "comparing 2/2" in from_file.err, "the bar says how far it is"


async def test_money_that_nobody_told_us_of_is_named_written_down_and_counted(books: Books) -> None:
    receipt = await books.pays_unheard()
    line = f"{receipt}  not counted here: theirs KES 70.00, ours nothing"
    from_file = await books.reconcile(str(await books.statement()))
    assert (from_file.code, from_file.out[0]) == (1, line), from_file.err
    await counted(books, receipt)
    again = await books.reconcile()
    assert (again.code, again.out) == (0, ["2 lines in the books of daraja, 0 differences"]), again.err
    other = await books.pays_unheard(90)
    pulled = await books.reconcile()
    assert (pulled.code, pulled.out[0]) == (1, f"{other}  not counted here: theirs KES 90.00, ours nothing"), pulled.err
    await counted(books, other)


async def counted(books: Books, receipt: str) -> None:
    """Return once this receipt is counted, in suspense: it names no contract."""
    sql = "SELECT contract_id IS NULL AND status = 'done' FROM transfers WHERE receipt = $1"
    async with asyncio.timeout(WITHIN_SECONDS):
        while not await books.trade.service.db.fetchval(sql, receipt):  # noqa: ASYNC110 - a row tells nobody
            await asyncio.sleep(0.05)


async def test_a_receipt_that_their_books_do_not_have_and_another_amount_are_named(books: Books) -> None:
    came, paid = (await receipts(books))["prompt"], (await receipts(books))["payout"]
    other = f"{came}  another amount: theirs KES 3400.00, ours KES 3500.00"
    gone = f"{came}  not in the rail's books: theirs nothing, ours KES 3500.00"
    for said, line in (("3400", other), (None, gone)):
        await books.trade.money.misstate(came, said)
        pulled = await books.reconcile()
        assert (pulled.code, pulled.out[:-1]) == (1, [line]), pulled.err
    from_file = await books.reconcile(str(await books.statement(**{came: {"Paid In": "3400.00"}})))
    assert (from_file.code, from_file.out[:-1]) == (1, [other])
    from_file = await books.reconcile(str(await books.statement(**{came: None, paid: None})))
    assert (from_file.code, from_file.out[:-1]) == (
        1, [gone, f"{paid}  not in the rail's books: theirs nothing, ours KES 1179.00"],
    )  # fmt: skip
    turned = await books.reconcile(str(await books.statement(**{paid: {"Paid In": "1179", "Withdrawn": ""}})))
    assert (turned.code, turned.out[:-1]) == (1, [f"{paid}  another direction: theirs KES 1179.00, ours KES 1179.00"])


async def test_what_was_paid_before_the_time_and_counted_in_its_first_hour_is_no_difference(books: Books) -> None:
    today = datetime.now(books.trade.service.settings.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    receipt = (await receipts(books))["prompt"]
    db = books.trade.service.db
    await books.trade.money.misstate(receipt, None)
    for minutes, code in ((-20, 0), (20, 0), (80, 1)):
        at = today - timedelta(days=1) + timedelta(minutes=minutes)
        await db.execute("ALTER TABLE transfers DISABLE TRIGGER ALL")
        await db.execute("UPDATE transfers SET ended_at = $1 WHERE receipt = $2", at, receipt)
        await db.execute("ALTER TABLE transfers ENABLE TRIGGER ALL")
        pulled = await books.reconcile()
        assert pulled.code == code, (minutes, pulled)


async def test_what_cannot_be_compared_is_one_line_and_another_exit_code(books: Books) -> None:
    (books.folder / "no.csv").write_text("Date,Amount\n1,2\n")
    for words, line in (
        (("no.csv",), "no.csv: has no line with the columns Receipt No., Paid In and Withdrawn"),
        (("nowhere.csv",), "nowhere.csv: cannot be read as CSV in UTF-8 (FileNotFoundError)"),
        (("--since", "2026-01-01"), "daraja: Daraja has the last 48 hours only; give a statement as a file"),
        (("--since", "2999-01-01"), "since: should be a day before until, and not in the future"),
        (("--rail", "pawapay"), f"rail: {NO_PAWAPAY}"),
    ):  # fmt: skip
        refused = await books.reconcile(*words)
        assert (refused.code, refused.out) == (2, []), words
        assert refused.err.splitlines()[-1] == f"voicepact: {line}"
    await books.trade.money.set_fault(api="statement", mode="error")
    refused = await books.reconcile()
    assert refused.code == 2 and "daraja: HTTP 500" in refused.err.splitlines()[-1]
    assert (await books.reconcile("--rail", "airtel")).code not in (0, 1)


async def test_a_terminal_shows_how_far_it_is(books: Books) -> None:
    ours, theirs = pty.openpty()
    settings = books.trade.service.settings
    assert settings.database_url
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "payments", "reconcile", str(await books.statement()), cwd=books.folder,
        env=own_environment() | {"DATABASE_URL": settings.database_url}, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    shown = await asyncio.to_thread(read_all, ours)
    assert await process.wait() == 0
    assert "reading the books of daraja" in shown or "comparing" in shown
    assert "2/2" in shown and "2 lines in the books of daraja, 0 differences" in shown


def read_all(terminal: int) -> str:
    found = b""
    with suppress(OSError):  # its other end is closed
        while chunk := os.read(terminal, 4096):
            found += chunk
    os.close(terminal)
    return found.decode()


async def test_beside_the_service_of_a_developer_it_asks_the_simulator_of_that_service(tmp_path: Path) -> None:
    """Without any setting: `voicepact serve` has started the double, and serve.json says where."""
    running = ServiceProcess(tmp_path, ESCROW="on")
    try:
        announced = json.loads((tmp_path / "data" / "serve.json").read_text())
        headers = {KEY_HEADER: announced["simulator_key"]}
        async with aiohttp.ClientSession(announced["simulator_url"], headers=headers) as http:
            body = {"msisdn": AMINA, "pin": "9731", "amount": 150, "account": "maize"}
            paid: dict[str, Any] = await (await http.post("/control/daraja/pay", json=body)).json()
        assert paid["code"] == "0"
        async with asyncio.timeout(WITHIN_SECONDS):
            while (found := await reconcile(tmp_path, "--data-dir", "data")).code == 1:
                assert found.out[0].startswith(f"{paid['receipt']}  not counted here"), "it was just paid"
        assert (found.code, found.out) == (0, ["1 lines in the books of daraja, 0 differences"]), found.err
    finally:
        running.stop()
    alone = await reconcile(tmp_path, "--data-dir", "data")
    line = "rail: there is no account with daraja, and no service that simulates it runs: set MPESA_CONSUMER_KEY"
    assert (alone.code, alone.err.splitlines()[-1]) == (2, f"voicepact: {line}; or give a statement as a file")
