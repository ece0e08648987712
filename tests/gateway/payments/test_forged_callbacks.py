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

from contracts.escrow.outcomes import Failed, FailReason
from contracts.fields.msisdn import Msisdn
from gateway.payments.kept_callbacks import CallbackMarks
from gateway.payments.recorder import Recorder
from gateway.services import SERVICES
from storage.encryption import Encryptor
from tests.gateway.payments.mobile_money import MobileMoney, open_with_mobile_money
from tests.gateway.payments.trade import WITHIN_SECONDS, Trade, trade_of
from tests.gateway.two_contracts import AMINA, OTIENO, call_rest
from tests.service import TOKEN, Service

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


async def open_two(service: Service, money: MobileMoney) -> tuple[Forger, Trade]:
    """Otieno has a request to pay open, and Daraja will not tell that it is paid; and he has refused to pay another
    contract of as much."""
    trade, other = trade_of(service, money), trade_of(service, money)
    await other.agree()
    await money.refuses(OTIENO)
    await other.hears(other.otieno, "was not answered with a payment")
    for api in ("push", "paybill"):
        await money.set_fault(api=api, callbacks="never")
    await trade.agree()
    prompt = await money.prompt(OTIENO)
    own_id = await service.db.fetchval("SELECT own_id FROM transfers WHERE kind = 'prompt' AND status <> 'failed'")
    return Forger(trade, own_id, prompt["id"]), other


@pytest.mark.parametrize("names_a_contract", [True, False])
async def test_a_receipt_told_early_for_another_contract_counts_for_its_own(
    database_url: str, redis_url: str, names_a_contract: bool
) -> None:
    """Who knows the token and the receipt before M-Pesa tells of it can name an account: M-Pesa's books have none. But
    they have the amount and the payer, who has a request of another contract open."""
    async with open_with_mobile_money(database_url, redis_url) as (service, money):
        forger, other = await open_two(service, money)
        receipt = await money.answers(forger.checkout)
        named = other.reference if names_a_contract else "99999999"
        forged = forger.paybill(TransID=receipt, BillRefNumber=named)
        assert await forger.sends("daraja/payments/confirmation", forged) == 200
        await comes_to(service, receipt, "words", "fits a request of another contract")
        assert (await money_of(forger))[:2] == (0, 0)
        told = forger.paid(MpesaReceiptNumber=receipt)
        assert await forger.sends("daraja/payments/" + forger.marked("stk"), told) == 200
        await settle(forger)
        assert (await money_of(forger))[0] == 350_000
        service.now.passes(timedelta(hours=1))
        await comes_to(service, receipt, "reason", "counted")
        assert (await other.payment())["received_minor"] == 0


async def test_a_payer_who_refuses_one_request_pays_another_contract(database_url: str, redis_url: str) -> None:
    """Their own money, by paybill, of the amount of the request that is open: it waits for the outcome of that."""
    async with open_with_mobile_money(database_url, redis_url) as (service, money):
        forger, other = await open_two(service, money)
        paid = await money.pays_by_paybill(OTIENO, 3500, other.reference)
        told = forger.paybill(TransID=paid["receipt"], BillRefNumber=other.reference)
        assert await forger.sends("daraja/payments/confirmation", told) == 200
        await comes_to(service, paid["receipt"], "words", "fits a request of another contract")
        await money.refuses(OTIENO)
        refused = {"Body": {"stkCallback": forger.paid()["Body"]["stkCallback"] | {"ResultCode": 1032}}}
        assert await forger.sends("daraja/payments/" + forger.marked("stk"), refused) == 200
        await settle(forger)
        service.now.passes(timedelta(hours=1))
        await comes_to(service, paid["receipt"], "status", "done")
        assert (await other.payment())["received_minor"] == 350_000


async def test_a_prompt_without_an_outcome_keeps_its_money_for_a_day(database_url: str, redis_url: str) -> None:
    """The request counts as not answered, because nobody could say what became of it: the payment still fits it. An
    operator sees it; after a day it is counted as it was told."""
    async with open_with_mobile_money(database_url, redis_url) as (service, money):
        forger, other = await open_two(service, money)
        receipt = await money.answers(forger.checkout)
        forged = forger.paybill(TransID=receipt, BillRefNumber=other.reference)
        assert await forger.sends("daraja/payments/confirmation", forged) == 200
        await comes_to(service, receipt, "words", "fits a request of another contract")
        services = service.apps[0][SERVICES]
        recorder = Recorder(services.records, services.money.rows, services.composer, service.now)
        prompt = await service.db.fetchval("SELECT id FROM transfers WHERE own_id = $1", forger.own_id)
        await recorder.failed(prompt, Failed(FailReason.NO_ANSWER, "none"))
        service.now.passes(timedelta(hours=3))
        await settle(forger)
        assert (await other.payment())["received_minor"] == 0
        waiting = (await call_rest(service, "/v1/transfers/waiting"))["items"]
        assert [(each["kind"], each["reference"]) for each in waiting] == [("paybill", other.reference)]
        service.now.passes(timedelta(hours=22))
        await comes_to(service, receipt, "status", "done")
        assert (await other.payment())["received_minor"] == 350_000


async def test_who_pays_for_the_buyer_of_another_contract_is_counted_at_once(database_url: str, redis_url: str) -> None:
    """His brother pays by paybill, while a request of as much is open on Otieno's phone."""
    async with open_with_mobile_money(database_url, redis_url) as (service, money):
        forger, other = await open_two(service, money)
        paid = await money.pays_by_paybill(Msisdn("+254733444555"), 3500, other.reference)
        told = forger.paybill(TransID=paid["receipt"], BillRefNumber=other.reference)
        assert await forger.sends("daraja/payments/confirmation", told) == 200
        await other.hears(other.amina, "You can deliver now")


async def comes_to(service: Service, receipt: str, field: str, wanted: str) -> None:
    """Wait until the money that came by itself has this in one of its fields."""
    query = "SELECT to_jsonb(t) ->> $2 FROM transfers t WHERE receipt = $1 AND kind = 'paybill'"
    async with asyncio.timeout(WITHIN_SECONDS):
        while await service.db.fetchval(query, receipt, field) != wanted:  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.05)


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
