"""An account with Daraja, and the samples of tests/wire/daraja as callbacks and answers."""

import json

import orjson

from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from gateway.events import HttpAnswer
from gateway.payments.daraja.account import DarajaAccount
from gateway.payments.port import Callback, Order
from tests.clock import STARTS_AT
from tests.wire import read

NOW = STARTS_AT
JANE = Msisdn("+254711000022")
OWN_ID = "vp0123456789abdfghj"  # the one in the samples
CHECKOUT, CONVERSATION = "ws_CO_231120261001000011000022", "AG_20261123_0000aaaa1111bbbb2222"
ORIGINATOR = "71840-27539181-07"  # what Daraja calls the reversal in the samples


def callback_url(kind: str, own_id: str | None) -> str:
    of_transfer = f"/{own_id}.0a1b2c" if own_id else ""
    return f"https://voicepact.example/hooks/t0ken/daraja/payments/{kind}{of_transfer}"


ACCOUNT = DarajaAccount(
    "key-of-a-test", "secret-of-a-test", "600000", "passkey-of-a-test", "apiop", "c2VhbGVk", callback_url
)  # fmt: skip


def kes(shillings: int | str) -> Money:
    return Money(int(float(shillings) * 100), Currency.KES)


ORDER = Order(OWN_ID, JANE, kes(150), "12345678")


def sample_callback(name: str, own_id: str | None = OWN_ID) -> Callback:
    """The sample; its kind is the last part of its path."""
    sample = read("daraja", name)
    path = sample.first_line.split()[1]
    return Callback(path.rpartition("/")[2], own_id, "POST", f"https://voicepact.example{path}", {}, sample.body)


def callback_of(kind: str, body: object, own_id: str | None = OWN_ID) -> Callback:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Callback(kind, own_id, "POST", callback_url(kind, own_id), {}, raw)


def sample_answer(name: str) -> HttpAnswer:
    return read("daraja", name).answer()


def answered(status: int, reply: object) -> HttpAnswer:
    return HttpAnswer(status, "application/json", orjson.dumps(reply))
