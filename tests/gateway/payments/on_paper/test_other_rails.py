"""MTN MoMo and Airtel Money fit the port as it is: orders, answers, questions, callbacks, and what is ambiguous."""

import hmac
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from contracts.escrow.outcomes import Failed, FailReason, NotSent, OrderAccepted, Outcome, Paid, SendOutcome, Unknown
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from gateway.events import BadWire
from gateway.payments.port import Callback, Order, Rail, Sent, TransferNews
from tests.gateway.payments.on_paper.airtel import PaperAirtel
from tests.gateway.payments.on_paper.mtn import PaperMtn
from tests.gateway.payments.on_paper.paper_wire import PaperAnswer, PaperWire

NOW = datetime(2026, 1, 1, 8, tzinfo=UTC)
UGX_500, ZMW_100 = Money(500, Currency.UGX), Money(10_000, Currency.ZMW)
OWN_ID = "00000000-0000-4000-8000-0000000000d1"
KEY = b"callback-key-of-a-test"
COLLECT, PAYOUT = "POST /collection/v1_0/requesttopay", "POST /disbursement/v1_0/transfer"
PAYMENTS, DISBURSEMENTS = "POST /merchant/v1/payments/", "POST /standard/v2/disbursements/"
ASK_MTN, ASK_AIRTEL = f"GET {COLLECT[5:]}/{OWN_ID}", f"GET /standard/v1/payments/{OWN_ID}"
MTN_ORDER = Order(OWN_ID, Msisdn("+256770000051"), UGX_500, "12345678")
AIRTEL_ORDER = Order(OWN_ID, Msisdn("+260970000051"), ZMW_100, "12345678")


def mtn(answers: dict[str, PaperAnswer]) -> PaperMtn:
    return PaperMtn(PaperWire(answers), "https://voicepact.example/hooks/t/mtn/payments/result")


def airtel(answers: dict[str, PaperAnswer]) -> PaperAirtel:
    return PaperAirtel(PaperWire(answers), KEY, lambda: NOW)


def sent(kind: str = "collect", money: Money = UGX_500, ago: timedelta = timedelta(minutes=5)) -> Sent:
    return Sent(kind, OWN_ID, None, money, None, NOW - ago)


def posted(body: object, method: str = "POST", own_id: str | None = None) -> Callback:
    return Callback("result", own_id, method, "https://voicepact.example/", {}, orjson.dumps(body))


def test_both_are_rails() -> None:
    rails: list[Rail] = [mtn({}), airtel({})]
    assert [rail.name for rail in rails] == ["mtn", "airtel"]


async def test_mtn_is_given_our_id_in_a_header_and_in_the_path_of_its_callback() -> None:
    wire = PaperWire(dict.fromkeys((COLLECT, PAYOUT, "POST /disbursement/v1_0/refund"), PaperAnswer(202)))
    rail = PaperMtn(wire, "https://voicepact.example/r")
    assert await rail.collect(MTN_ORDER) == await rail.pay_out(MTN_ORDER) == OrderAccepted()
    assert await rail.reverse(MTN_ORDER, None, "the-id-of-the-collect") == OrderAccepted()
    collect, payout, refund = wire.calls
    assert collect.headers == {"X-Reference-Id": OWN_ID, "X-Callback-Url": f"https://voicepact.example/r/{OWN_ID}"}
    assert collect.body["payer"] == payout.body["payee"] == {"partyIdType": "MSISDN", "partyId": "256770000051"}
    assert (collect.body["amount"], collect.body["currency"], collect.body["externalId"]) == ("500", "UGX", "12345678")
    assert refund.body["referenceIdToRefund"] == "the-id-of-the-collect", "MTN knows a payment by our id"


def found(status: str, **more: Any) -> PaperAnswer:
    return PaperAnswer(200, {"amount": "500", "currency": "UGX", "status": status, **more})


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({COLLECT: PaperAnswer(202)}, OrderAccepted()),
        ({COLLECT: PaperAnswer(409), ASK_MTN: found("PENDING")}, OrderAccepted()),
        (
            {COLLECT: PaperAnswer(409), ASK_MTN: found("SUCCESSFUL", financialTransactionId="2300001")},
            Paid("2300001", UGX_500),
        ),
        ({COLLECT: PaperAnswer(409), ASK_MTN: PaperAnswer(404)}, Unknown("RESOURCE_NOT_FOUND", is_missing=True)),
        (
            {COLLECT: PaperAnswer(400, {"code": "PAYER_NOT_FOUND"})},
            Failed(FailReason.NOT_REGISTERED, "PAYER_NOT_FOUND"),
        ),
        ({COLLECT: PaperAnswer(401)}, NotSent("HTTP 401", "account")),
        ({COLLECT: PaperAnswer(429)}, NotSent("HTTP 429", "busy")),
        ({COLLECT: PaperAnswer(500)}, Unknown("HTTP 500")),
        ({}, Unknown("no answer")),
    ],
)
async def test_the_answers_of_mtn_to_an_order(answers: dict[str, PaperAnswer], outcome: SendOutcome) -> None:
    assert await mtn(answers).collect(MTN_ORDER) == outcome


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (found("SUCCESSFUL", financialTransactionId="2300001"), Paid("2300001", UGX_500)),
        (found("SUCCESSFUL"), Paid(None, UGX_500)),
        (found("PENDING"), Unknown("PENDING", is_pending=True)),
        (found("CREATED"), Unknown("CREATED", is_pending=True)),
        (found("FAILED", reason="APPROVAL_REJECTED"), Failed(FailReason.CANCELLED, "APPROVAL_REJECTED")),
        (found("FAILED", reason={"code": "NOT_ENOUGH_FUNDS"}), Failed(FailReason.NO_FUNDS, "NOT_ENOUGH_FUNDS")),
        (found("FAILED", reason="EXPIRED"), Failed(FailReason.NO_ANSWER, "EXPIRED")),
        (found("ONGOING"), Unknown("status: is new to us")),
        (
            PaperAnswer(200, {"status": "SUCCESSFUL", "amount": "5", "currency": "EUR"}),
            Unknown("amount: must be money that we know"),
        ),
        (PaperAnswer(404), Unknown("RESOURCE_NOT_FOUND", is_missing=True)),
        (PaperAnswer(503), Unknown("HTTP 503")),
    ],
)  # fmt: skip
async def test_the_answers_of_mtn_to_a_question(answer: PaperAnswer, outcome: Outcome) -> None:
    assert await mtn({ASK_MTN: answer}).enquire(sent()) == outcome


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_a_callback_of_mtn_is_about_the_transfer_in_its_path(method: str) -> None:
    rail = mtn({})
    body = {"externalId": "12345678", "amount": "500", "currency": "UGX", "status": "FAILED", "reason": "EXPIRED"}
    outcome = Failed(FailReason.NO_ANSWER, "EXPIRED")
    assert rail.read_callback(posted(body, method, OWN_ID)) == [TransferNews(OWN_ID, None, outcome)]
    assert not rail.signs_callbacks and not await rail.verify(posted(body, method, OWN_ID))
    with pytest.raises(BadWire):
        rail.read_callback(posted({"status": "DONE"}, method, OWN_ID))


def said(code: str, http: int = 200, **transaction: str) -> PaperAnswer:
    told = {"success": True, "response_code": code}
    return PaperAnswer(http, {"data": {"transaction": {"id": OWN_ID, **transaction}}, "status": told})


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (said("DP00800001006", status="SUCCESS"), OrderAccepted()),  # "success" of the prompt
        (said("DP00800001000"), Unknown("HTTP 200")),
        (said("DP00800001002"), Failed(FailReason.WRONG_PIN, "DP00800001002")),
        (said("DP00800001007"), Failed(FailReason.NO_FUNDS, "DP00800001007")),
        (said("ESB000008"), Unknown("ESB000008")),
        (PaperAnswer(504), Unknown("HTTP 504")),
        (PaperAnswer(401), NotSent("HTTP 401", "account")),
        (PaperAnswer(0), Unknown("no answer")),
    ],
)  # fmt: skip
async def test_the_answers_of_airtel_to_an_order(answer: PaperAnswer, outcome: SendOutcome) -> None:
    got = await airtel({PAYMENTS: answer}).collect(AIRTEL_ORDER)
    assert got == (OrderAccepted(OWN_ID) if outcome == OrderAccepted() else outcome)


async def test_airtel_is_given_a_number_without_country_and_a_receipt_to_refund() -> None:
    taken = said("DP00800001006")
    wire = PaperWire({PAYMENTS: taken, "POST /standard/v1/payments/refund": taken})
    rail = PaperAirtel(wire, KEY, lambda: NOW)
    await rail.collect(AIRTEL_ORDER)
    await rail.reverse(AIRTEL_ORDER, "MP260101.0800.A00001", OWN_ID)
    collect, refund = wire.calls
    assert collect.body["subscriber"] == {"country": "ZM", "currency": "ZMW", "msisdn": "970000051"}
    assert collect.body["transaction"] == {"amount": "100.00", "id": OWN_ID}
    assert refund.body == {"transaction": {"airtel_money_id": "MP260101.0800.A00001"}}


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (said("DP00900001001", status="TS", airtel_money_id="MP1"), Paid("MP1")),
        (said("DP00900001006", status="TIP"), OrderAccepted()),
        (said("ESB000045", 400), Unknown("ESB000045", is_missing=True)),
        (PaperAnswer(0), Unknown("not answered")),
    ],
)
async def test_a_payout_that_airtel_has_already_is_asked_about(found: PaperAnswer, outcome: SendOutcome) -> None:
    rail = airtel({DISBURSEMENTS: said("DP00900001017"), ASK_AIRTEL: found})
    assert await rail.pay_out(AIRTEL_ORDER) == outcome


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("TS", Paid("MP1")), ("TF", Failed(FailReason.REFUSED, "TF")), ("TE", Failed(FailReason.NO_ANSWER, "TE")),
        ("TIP", Unknown("TIP", is_pending=True)), ("TA", Unknown("TA")), ("TR", Unknown("TR")),
    ],
)  # fmt: skip
async def test_the_states_of_airtel_in_answers_and_in_callbacks(state: str, outcome: Outcome) -> None:
    more: dict[str, Any] = {"airtel_money_id": "MP1"} if state == "TS" else {}
    rail = airtel({ASK_AIRTEL: said("DP00800001001", status=state, **more)})
    assert await rail.enquire(sent(money=ZMW_100)) == outcome
    callback = posted({"transaction": {"id": OWN_ID, "message": "m", "status_code": state, **more}})
    assert rail.read_callback(callback) == [TransferNews(OWN_ID, None, outcome)]


async def test_airtel_is_not_asked_before_three_minutes() -> None:
    wire = PaperWire({})
    rail = PaperAirtel(wire, KEY, lambda: NOW)
    early = await rail.enquire(sent(money=ZMW_100, ago=timedelta(minutes=2)))
    assert early == Unknown("too early to ask", is_pending=True) and not wire.calls
    await rail.enquire(sent(money=ZMW_100, ago=timedelta(minutes=3)))
    assert len(wire.calls) == 1


async def test_the_hash_of_airtel_is_over_the_transaction_as_it_came() -> None:
    raw = b'{"id": "x", "message":"Paid",  "status_code":"TS","airtel_money_id":"MP1"}'
    right = b64encode(hmac.digest(KEY, raw, "sha256")).decode()
    for given, is_right in ((right, True), (right[::-1], False), (None, False)):
        end = b"" if given is None else b',"hash":"' + given.encode() + b'"'
        body = b'{"transaction":' + raw + end + b"}"
        callback = Callback("result", None, "POST", "https://voicepact.example/", {}, body)
        assert await airtel({}).verify(callback) is is_right
