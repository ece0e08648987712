"""Forged and mistaken callbacks: none moves money, and each is refused with a 4xx or kept with what came of it."""

import asyncio
import copy
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
import pytest
import pytest_asyncio

from gateway.payments.kept_callbacks import CallbackMarks
from gateway.services import SERVICES
from storage.encryption import Encryptor
from tests.gateway.payments.mobile_money import open_with_mobile_money
from tests.gateway.payments.trade import WITHIN_SECONDS, Trade, trade_of
from tests.gateway.two_contracts import AMINA, OTIENO, call_rest
from tests.service import TOKEN

Json = dict[str, Any]
JSON = {"Content-Type": "application/json"}


@dataclass
class Forger:
    """Somebody who knows the token, an open prompt and the shortcode. `own_id`, `checkout`: of the prompt."""

    trade: Trade
    own_id: str
    checkout: str

    def marked(self, kind: str, own_id: str | None = None) -> str:
        """The path that only Daraja knows."""
        marks = CallbackMarks(Encryptor(self.trade.service.settings.secret_key.get_secret_value()))
        return f"{kind}/{marks.segment('daraja', kind, own_id or self.own_id)}"

    def paid(self, **changed: Any) -> Json:
        """A callback that says that the prompt is paid."""
        items = {"Amount": 3500.0, "MpesaReceiptNumber": "FORGED0001", "TransactionDate": 20261123100000,
                 "PhoneNumber": 254711222333} | changed  # fmt: skip
        return {"Body": {"stkCallback": {
            "MerchantRequestID": "29115-34620561-1", "CheckoutRequestID": self.checkout, "ResultCode": 0,
            "ResultDesc": "The service request is processed successfully.",
            "CallbackMetadata": {"Item": [{"Name": name, "Value": value} for name, value in items.items()]},
        }}}  # fmt: skip

    def paybill(self, **changed: Any) -> Json:
        """A confirmation that somebody has paid by paybill."""
        return {
            "TransactionType": "Pay Bill", "TransID": "FORGED0002", "TransTime": "20261123100000",
            "TransAmount": "3500.00", "BusinessShortCode": "600000", "BillRefNumber": self.trade.reference,
            "InvoiceNumber": "", "OrgAccountBalance": "3500.00", "ThirdPartyTransID": "", "MSISDN": "2547****333",
            "FirstName": "Otieno", "MiddleName": "", "LastName": "",
        } | changed  # fmt: skip

    def result(self, **changed: Any) -> Json:
        """A result that says that a payout is paid."""
        return {"Result": {
            "ResultType": 0, "ResultCode": 0, "ResultDesc": "done", "OriginatorConversationID": self.own_id,
            "ConversationID": "AG_20261123_0000", "TransactionID": "FORGED0003",
            "ResultParameters": {"ResultParameter": [{"Key": "TransactionAmount", "Value": 3465},
                                                     {"Key": "TransactionReceipt", "Value": "FORGED0003"}]},
        } | changed}  # fmt: skip

    async def sends(self, path: str, body: Any, *, token: str = TOKEN, method: str = "POST", **headers: str) -> int:
        sent = body if isinstance(body, bytes) else orjson.dumps(body)
        reply = await self.trade.service.edge.request(method, f"/hooks/{token}/{path}", sent, **(JSON | headers))
        return reply.status


@pytest_asyncio.fixture
async def forger(database_url: str, redis_url: str) -> AsyncIterator[Forger]:
    async with open_with_mobile_money(database_url, redis_url) as (service, money):
        trade = Trade(service, money, service.phone(AMINA), service.phone(OTIENO))
        await trade.agree()
        prompt = await money.prompt(OTIENO)
        own_id = await service.db.fetchval("SELECT own_id FROM transfers WHERE kind = 'prompt'")
        yield Forger(trade, own_id, prompt["id"])


async def settle(forger: Forger) -> list[str]:
    """Deal with all that was kept, as the loop does; return what came of each callback, but for the answers of the rail
    to our own questions, which come as callbacks too."""
    services, db = forger.trade.service.apps[0][SERVICES], forger.trade.service.db
    for _ in range(12):
        await services.money.loop.work_once()
        forger.trade.service.now.passes(timedelta(minutes=1))
    return [
        row["outcome"] or "open" for row in await db.fetch("SELECT outcome FROM rail_callbacks WHERE kind <> 'status'")
    ]


async def money_of(forger: Forger) -> tuple[int, int, str]:
    payment = await forger.trade.payment()
    entries = await forger.trade.service.db.fetchval("SELECT count(*) FROM ledger_entries")
    return payment["received_minor"], entries, payment["status"]


def without(*path: str) -> Callable[[Json], Json]:
    def take(body: Json) -> Json:
        changed = copy.deepcopy(body)
        inner = changed
        for name in path[:-1]:
            inner = inner[name]
        del inner[path[-1]]
        return changed

    return take


REFUSED: list[tuple[str, Callable[[Forger], tuple[str, Any, Json]], int]] = [
    ("a wrong token", lambda f: ("daraja/payments/" + f.marked("stk"), f.paid(), {"token": "wrong"}), 404),
    ("no rail of ours", lambda f: ("airtel/payments/stk", f.paid(), {}), 404),
    ("a rail without an account", lambda f: ("pawapay/payments/deposits", {"depositId": f.own_id}, {}), 404),
    ("a mark that is made up", lambda f: (f"daraja/payments/stk/{f.own_id}.{'0' * 32}", f.paid(), {}), 404),
    ("a mark of another kind", lambda f: ("daraja/payments/result" + f.marked("stk")[3:], f.result(), {}), 404),
    ("a mark of another transfer",
     lambda f: (f"daraja/payments/stk/x{f.marked('stk').partition('/')[2]}", f.paid(), {}), 404),
    ("an empty mark", lambda f: (f"daraja/payments/stk/{f.own_id}.", f.paid(), {}), 404),
    ("a kind that is none", lambda f: ("daraja/payments/paid", f.paid(), {}), 400),
    ("a GET", lambda f: ("daraja/payments/" + f.marked("stk"), b"", {"method": "GET"}), 405),
    ("a form", lambda f: ("daraja/payments/stk", b"a=1", {"Content-Type": "application/x-www-form-urlencoded"}), 415),
    ("packed", lambda f: ("daraja/payments/stk", f.paid(), {"Content-Encoding": "gzip"}), 415),
    ("no body", lambda f: ("daraja/payments/stk", b"", {}), 400),
    ("no JSON", lambda f: ("daraja/payments/stk", b"paid!", {}), 400),
    ("no UTF-8", lambda f: ("daraja/payments/stk", b'{"Body": "\xff"}', {}), 400),
    ("a list", lambda f: ("daraja/payments/stk", [f.paid()], {}), 400),
    ("a number that is none", lambda f: ("daraja/payments/stk", b'{"Body": NaN}', {}), 400),
    ("too long", lambda f: ("daraja/payments/stk", b" " * 70_000, {}), 413),
    ("no Body", lambda f: ("daraja/payments/stk", {}, {}), 400),
    ("no callback in it", lambda f: ("daraja/payments/stk", {"Body": {}}, {}), 400),
    ("no id of the request",
     lambda f: ("daraja/payments/stk", without("Body", "stkCallback", "CheckoutRequestID")(f.paid()), {}), 400),
    ("no code", lambda f: ("daraja/payments/stk", without("Body", "stkCallback", "ResultCode")(f.paid()), {}), 400),
    ("paid without a word of it",
     lambda f: ("daraja/payments/stk", without("Body", "stkCallback", "CallbackMetadata")(f.paid()), {}), 400),
    ("a negative amount", lambda f: ("daraja/payments/" + f.marked("stk"), f.paid(Amount=-3500), {}), 400),
    ("nothing paid", lambda f: ("daraja/payments/" + f.marked("stk"), f.paid(Amount=0), {}), 400),
    ("an amount in words", lambda f: ("daraja/payments/" + f.marked("stk"), f.paid(Amount="all"), {}), 400),
    ("a receipt that is none", lambda f: ("daraja/payments/" + f.marked("stk"), f.paid(MpesaReceiptNumber=7), {}), 400),
    ("another shortcode", lambda f: ("daraja/payments/confirmation", f.paybill(BusinessShortCode="999999"), {}), 400),
    ("a negative payment", lambda f: ("daraja/payments/confirmation", f.paybill(TransAmount="-3500.00"), {}), 400),
    ("a payment without a receipt",
     lambda f: ("daraja/payments/confirmation", without("TransID")(f.paybill()), {}), 400),
    ("a payment of too much", lambda f: ("daraja/payments/confirmation", f.paybill(TransAmount="9" * 30), {}), 400),
    ("a result without an id",
     lambda f: ("daraja/payments/result", without("Result", "ConversationID")(f.result()), {}), 400),
]  # fmt: skip


async def test_what_cannot_be_one_is_refused_and_moves_nothing(forger: Forger) -> None:
    for name, forge, status in REFUSED:
        path, body, how = forge(forger)
        assert await forger.sends(path, body, **how) == status, name
    assert await settle(forger) == []
    assert await money_of(forger) == (0, 0, "PENDING")


KEPT: list[tuple[str, Callable[[Forger], tuple[str, Any]], str]] = [
    ("paid, at a path that anybody knows", lambda f: ("daraja/payments/stk", f.paid()), "asked about"),
    ("paid, for a prompt that is not there",
     lambda f: ("daraja/payments/stk", {"Body": {"stkCallback": f.paid()["Body"]["stkCallback"]
                | {"CheckoutRequestID": "ws_CO_0"}}}), "fits no transfer"),
    ("cancelled, at a path that anybody knows",
     lambda f: ("daraja/payments/stk", {"Body": {"stkCallback": f.paid()["Body"]["stkCallback"]
                | {"ResultCode": 1032}}}), "asked about"),
    ("another amount, at the right path", lambda f: ("daraja/payments/" + f.marked("stk"), f.paid(Amount=1)),
     "another amount"),
    ("a payout paid, that nobody ordered", lambda f: ("daraja/payments/result", f.result()), "asked about"),
    ("money by paybill that never came", lambda f: ("daraja/payments/confirmation", f.paybill()), "money came"),
    ("the same, for another contract",
     lambda f: ("daraja/payments/confirmation", f.paybill(TransID="FORGED0004", BillRefNumber="40718353")),
     "money came"),
    ("the same, with an amount of its own",
     lambda f: ("daraja/payments/confirmation", f.paybill(TransID="FORGED0005", TransAmount="1.00")), "money came"),
]  # fmt: skip


async def test_what_only_claims_is_asked_about_and_moves_nothing(forger: Forger) -> None:
    """Daraja knows of none of it, so nothing is counted, and what came of each is kept."""
    for name, forge, _ in KEPT:
        path, body = forge(forger)
        assert await forger.sends(path, body) == 200, name
    outcomes = await settle(forger)
    assert sorted(outcomes) == sorted(outcome for _, _, outcome in KEPT)
    assert await money_of(forger) == (0, 0, "PENDING")


async def test_a_true_callback_again_and_a_receipt_used_before_count_once(forger: Forger) -> None:
    receipt = await forger.trade.money.pays(OTIENO)
    await forger.trade.hears(forger.trade.amina, "You can deliver now")
    before = await money_of(forger)
    again = forger.paid(MpesaReceiptNumber=receipt)
    for path, body in (
        ("daraja/payments/" + forger.marked("stk"), again),
        ("daraja/payments/stk", again),
        ("daraja/payments/confirmation", forger.paybill(TransID=receipt)),
        ("daraja/payments/confirmation", forger.paybill(TransID=receipt, BillRefNumber="40718353")),
    ):
        assert await forger.sends(path, body) == 200
    await settle(forger)
    assert await money_of(forger) == before
    assert before[0] == 350_000


@pytest.mark.parametrize("names_a_contract", [True, False])
async def test_a_receipt_told_early_for_another_contract_is_seen_by_an_operator(
    database_url: str, redis_url: str, names_a_contract: bool
) -> None:
    """Who knows the token and the receipt before M-Pesa tells of it can name an account: M-Pesa's books have none. The
    buyer's request is then not called paid, and an operator is shown it."""
    async with open_with_mobile_money(database_url, redis_url) as (service, money):
        for api in ("push", "paybill"):
            await money.set_fault(api=api, callbacks="never")
        trade, other = trade_of(service, money), trade_of(service, money)
        await trade.agree()
        prompt = await money.prompt(OTIENO)
        own_id = await service.db.fetchval("SELECT own_id FROM transfers WHERE kind = 'prompt'")
        await other.offer()
        if names_a_contract:
            for phone in (other.amina, other.otieno):
                await phone.sends_sms(f"YES {other.reference}")
        forger, receipt = Forger(trade, own_id, prompt["id"]), await money.answers(prompt["id"])
        forged = forger.paybill(TransID=receipt, BillRefNumber=other.reference)
        assert await forger.sends("daraja/payments/confirmation", forged) == 200
        async with asyncio.timeout(WITHIN_SECONDS):
            while not await service.db.fetchval("SELECT count(*) FROM ledger_entries"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        told = forger.paid(MpesaReceiptNumber=receipt)
        assert await forger.sends("daraja/payments/" + forger.marked("stk"), told) == 200
        assert "counted for another contract" in await settle(forger)
        assert (await money_of(forger))[0] == 0
        service.now.passes(timedelta(hours=2))
        waiting = (await call_rest(service, "/v1/transfers/waiting"))["items"]
        assert ("prompt", trade.reference) in {(each["kind"], each["reference"]) for each in waiting}


async def test_final_states_in_another_order_and_results_of_others_change_nothing(forger: Forger) -> None:
    """After the true word that the prompt is paid: that it failed, at its own path; that it is paid twice over, with
    names that are there twice; and results at the path of a payout that name another one."""
    receipt = await forger.trade.money.pays(OTIENO)
    await forger.trade.hears(forger.trade.amina, "You can deliver now")
    await forger.trade.otieno.sends_sms(f"PART 17 {forger.trade.reference}")
    await forger.trade.paid_minor(117_900)
    before = await money_of(forger)
    payout = await forger.trade.service.db.fetchval("SELECT own_id FROM transfers WHERE kind = 'release'")
    stk, of_payout = "daraja/payments/" + forger.marked("stk"), "daraja/payments/" + forger.marked("result", payout)
    told = forger.paid()["Body"]["stkCallback"]
    failed = {"Body": {"stkCallback": told | {"ResultCode": 1032}}}
    twice = orjson.dumps(failed).replace(b'"ResultCode":1032', b'"ResultCode":1032,"ResultCode":0')
    twice = twice.replace(b"FORGED0001", receipt.encode())
    for path, body in (
        (stk, failed),
        (stk, forger.paid()),  # under another receipt
        (stk, twice),
        (of_payout, forger.result()),  # names the prompt
        (of_payout, forger.result(OriginatorConversationID=payout, ResultCode=2001)),
        (of_payout, forger.result(OriginatorConversationID=payout, ResultCode="SFC_IC0003")),
        ("daraja/payments/" + forger.marked("timeout", payout), forger.result(OriginatorConversationID=payout)),
    ):
        assert await forger.sends(path, body) == 200
    await settle(forger)
    assert await money_of(forger) == before
    assert (await forger.trade.payment())["paid_minor"] == 117_900
