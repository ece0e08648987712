"""What we ask of Daraja, field by field, as it is documented."""

from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from contracts.fields.money import Currency, Money
from gateway.payments.daraja import account as kinds
from gateway.payments.daraja import requests
from gateway.payments.daraja.account import ID_LETTERS, is_own_id, new_own_id
from gateway.payments.daraja.credential import read_certificate, seal_password
from gateway.settings.mpesa import REFUSED_WORDS
from tests.gateway.payments.daraja.certificates import certificate_of
from tests.gateway.payments.daraja.daraja_account import ACCOUNT, JANE, NOW, ORDER, OWN_ID, callback_url
from values.frozen import replace

BOTH = replace(ACCOUNT, payout_shortcode="600001")


def test_a_prompt() -> None:
    call = requests.push(ACCOUNT, ORDER, NOW)
    assert call.path == "/mpesa/stkpush/v1/processrequest"
    password = call.body["Password"]
    assert isinstance(password, str) and b64decode(password) == b"600000passkey-of-a-test20261123100000"
    assert call.body == {
        "BusinessShortCode": "600000", "Password": password, "Timestamp": "20261123100000",
        "TransactionType": "CustomerPayBillOnline", "Amount": 150, "PartyA": "254711000022", "PartyB": "600000",
        "PhoneNumber": "254711000022",
        "CallBackURL": f"https://voicepact.example/hooks/t0ken/daraja/payments/stk/{OWN_ID}.0a1b2c",
        "AccountReference": "12345678", "TransactionDesc": "Pact 12345678",
    }  # fmt: skip


def test_a_reference_that_is_too_long_is_cut_and_not_refused() -> None:
    body = requests.push(ACCOUNT, replace(ORDER, reference="1234567890123456"), NOW).body
    assert (body["AccountReference"], body["TransactionDesc"]) == ("123456789012", "Pact 12345678")


def test_the_query_of_a_prompt_is_signed_as_the_prompt_is() -> None:
    call = requests.push_query(ACCOUNT, "ws_CO_1", NOW)
    assert call.path == "/mpesa/stkpushquery/v1/query"
    assert call.body == {
        "BusinessShortCode": "600000", "Password": requests.push(ACCOUNT, ORDER, NOW).body["Password"],
        "Timestamp": "20261123100000", "CheckoutRequestID": "ws_CO_1",
    }  # fmt: skip


def test_a_payout_carries_our_id_and_leaves_from_the_shortcode_that_pays() -> None:
    call = requests.pay_out(BOTH, ORDER)
    assert call.path == "/mpesa/b2c/v3/paymentrequest"
    assert call.body == {
        "OriginatorConversationID": OWN_ID, "InitiatorName": "apiop", "SecurityCredential": "c2VhbGVk",
        "CommandID": "BusinessPayment", "Amount": 150, "PartyA": "600001", "PartyB": "254711000022",
        "Remarks": "Pact 12345678", "QueueTimeOutURL": callback_url("timeout", OWN_ID),
        "ResultURL": callback_url("result", OWN_ID), "Occassion": "12345678",
    }  # fmt: skip


def test_a_reversal_takes_from_the_shortcode_that_collected() -> None:
    call = requests.reverse(BOTH, ORDER, "TKN1A2B3C4")
    assert call.path == "/mpesa/reversal/v1/request"
    assert call.body == {
        "Initiator": "apiop", "SecurityCredential": "c2VhbGVk", "CommandID": "TransactionReversal",
        "TransactionID": "TKN1A2B3C4", "Amount": 150, "ReceiverParty": "600000", "RecieverIdentifierType": "11",
        "ResultURL": callback_url("reversal", OWN_ID), "QueueTimeOutURL": callback_url("reversal-timeout", OWN_ID),
        "Remarks": "Pact 12345678", "Occasion": "12345678",
    }  # fmt: skip


def test_a_question_names_a_receipt_or_the_id_of_the_order() -> None:
    by_receipt = requests.status_of_receipt(BOTH, "TKN1A2B3C4", OWN_ID)
    assert by_receipt.path == "/mpesa/transactionstatus/v1/query"
    assert by_receipt.body == {
        "Initiator": "apiop", "SecurityCredential": "c2VhbGVk", "CommandID": "TransactionStatusQuery",
        "TransactionID": "TKN1A2B3C4", "PartyA": "600000", "IdentifierType": "4",
        "ResultURL": callback_url("status", OWN_ID), "QueueTimeOutURL": callback_url("status-timeout", OWN_ID),
        "Remarks": "status", "Occasion": "status",
    }  # fmt: skip
    by_order = requests.status_of_order(BOTH, "600001", OWN_ID, OWN_ID).body
    assert (by_order["OriginalConversationID"], by_order["PartyA"], "TransactionID" in by_order) == (
        OWN_ID, "600001", False,
    )  # fmt: skip


def test_the_rest() -> None:
    balance = requests.balance(ACCOUNT, "600001", kinds.PAYOUT_BALANCE)
    assert (balance.path, balance.body["PartyA"]) == ("/mpesa/accountbalance/v1/query", "600001")
    assert balance.body["ResultURL"] == callback_url("payout-balance", None)
    paybill = requests.register_paybill(replace(ACCOUNT, c2b_version="v1"))
    assert paybill.path == "/mpesa/c2b/v1/registerurl"
    assert paybill.body == {
        "ShortCode": "600000", "ResponseType": "Completed", "ConfirmationURL": callback_url("confirmation", None),
        "ValidationURL": callback_url("validation", None),
    }  # fmt: skip
    assert requests.register_statement(ACCOUNT, JANE).body["NominatedNumber"] == "254711000022"
    page = requests.statement_page(ACCOUNT, NOW, NOW, 100)
    assert page.body == {
        "ShortCode": "600000", "StartDate": "2026-11-23 10:00:00", "EndDate": "2026-11-23 10:00:00",
        "OffSetValue": "100",
    }  # fmt: skip


@pytest.mark.parametrize("money", [Money(15050, Currency.KES), Money(0, Currency.KES), Money(100, Currency.UGX)])
def test_what_daraja_cannot_move_is_never_asked_for(money: Money) -> None:
    with pytest.raises(ValueError, match="whole Kenya shillings"):
        requests.push(ACCOUNT, replace(ORDER, money=money), NOW)


def test_no_repr_shows_a_secret_or_a_number() -> None:
    shown = f"{ACCOUNT!r} {requests.pay_out(ACCOUNT, ORDER)!r} {ORDER!r}"
    assert not [secret for secret in ("of-a-test", "c2VhbGVk", "254711000022") if secret in shown]


def test_an_id_of_ours_is_one_that_daraja_takes_and_its_address_too() -> None:
    made = {new_own_id() for _ in range(1000)}
    assert len(made) == 1000 and {len(own_id) for own_id in made} == {19}
    assert all(is_own_id(own_id) for own_id in made)
    assert not any(set(word) <= {*ID_LETTERS, "v", "p"} for word in REFUSED_WORDS), "no id can have one in it"
    for other in ("", "vp", "10571-7910404-1", OWN_ID + "0", OWN_ID[:-1] + "e", OWN_ID.upper()):
        assert not is_own_id(other)


def test_the_password_is_sealed_for_the_owner_of_the_certificate(tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    certificate = certificate_of(key)
    path = tmp_path / "safaricom.cer"
    for encoding in (serialization.Encoding.PEM, serialization.Encoding.DER):
        path.write_bytes(certificate.public_bytes(encoding))
        sealed = [seal_password("Pa55#word%", read_certificate(path)) for _ in range(2)]
        assert sealed[0] != sealed[1]
        assert {key.decrypt(b64decode(one), padding.PKCS1v15()) for one in sealed} == {b"Pa55#word%"}


def test_what_is_no_certificate_of_rsa_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ec.pem"
    path.write_bytes(certificate_of(ec.generate_private_key(ec.SECP256R1())).public_bytes(serialization.Encoding.PEM))
    with pytest.raises(ValueError, match="RSA key"):
        read_certificate(path)
    path.write_bytes(b"hello")
    with pytest.raises(ValueError, match="should be a certificate, PEM or DER"):
        read_certificate(path)
    with pytest.raises(ValueError, match=r"can be read \(No such file"):
        read_certificate(tmp_path / "none")
