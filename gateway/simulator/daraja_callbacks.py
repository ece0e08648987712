"""The callbacks of the simulated Daraja: their bodies, and how often and when they are posted.

They go to where the gateway listens, at the path of the address in the request, as if a proxy stood between. One that
is not taken is not repeated: nobody has seen the real one do so.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

import aiohttp
import orjson

from gateway.simulator.daraja_book import BookedPayment, Prompt
from gateway.simulator.daraja_faults import DarajaCallbackMode
from gateway.simulator.gateway_client import GatewayAnswer, GatewayClient

EAT: Final = ZoneInfo("Africa/Nairobi")
NAME_OF_A_PERSON: Final = "Jane Doe"
NAME_OF_US: Final = "VoicePact"
WORDS: Final = {
    "0": "The service request is processed successfully.",
    "1": "The balance is insufficient for the transaction.",
    "2": "Declined due to limit rule: less than the minimum transaction amount.",
    "3": "Declined due to limit rule: greater than the maximum transaction amount.",
    "8": "Declined due to limit rule: would exceed the maximum balance.",
    "15": "Duplicate Detected",
    "1001": "Unable to lock subscriber, a transaction is already in process for the current subscriber",
    "1019": "Transaction has expired",
    "1032": "Request cancelled by user",
    "1037": "DS timeout user cannot be reached",
    "2001": "The initiator information is invalid.",
    "2040": "Credit Party customer type (Unregistered or Registered Customer) can't be supported by the service.",
    "4999": "The transaction is still under processing",
    "C2B00011": "Rejected: the number may not pay here.",
    "C2B00012": "Rejected: the account number is wrong.",
    "C2B00013": "Rejected: the amount is wrong.",
    "C2B00016": "Rejected.",
    "R000001": "The transaction has already been reversed.",
    "R000002": "The OriginalTransactionID is invalid.",
}
_LATE = 10  # times the usual wait
_WAITS_FOR = (DarajaCallbackMode.USUAL, DarajaCallbackMode.TWICE, DarajaCallbackMode.OTHER)
Pairs = list[tuple[str, object]]


class DarajaCallbacks:
    """Posts callbacks. `seconds`: the usual wait before one."""

    def __init__(self, gateway: GatewayClient, shortcode: str, seconds: float) -> None:
        self._gateway = gateway
        self._headers = {"Content-Type": "application/json;charset=UTF-8", "Businessshortcode": shortcode}
        self._seconds = seconds

    async def post(self, url: str, body: Mapping[str, Any]) -> GatewayAnswer | None:
        """Post once; None if nobody answered."""
        try:
            return await self._gateway.post_at(urlsplit(url).path, orjson.dumps(body), self._headers)
        except (aiohttp.ClientError, TimeoutError):
            return None

    async def deliver(self, url: str, body: dict[str, Any], how: str, timeout_url: str = "") -> None:
        """Post as a fault says. A callback that is late is posted in the background, any other before this returns;
        run this itself in the background where the request is to be answered first."""
        match DarajaCallbackMode(how):
            case DarajaCallbackMode.NEVER:
                return
            case DarajaCallbackMode.EARLY:
                await self.post(url, body)
            case DarajaCallbackMode.LATE:
                self._gateway.run_in_background(self._after(self._seconds * _LATE, url, body))
            case DarajaCallbackMode.TWICE:
                await self._after(self._seconds, url, body)
                await self._after(self._seconds, url, body)
            case DarajaCallbackMode.OTHER:
                await self._after(self._seconds, url, of_another(body))
            case DarajaCallbackMode.QUEUE_TIMEOUT if timeout_url:
                await self._after(self._seconds, timeout_url, timed_out(body))
                await self._after(self._seconds, url, body)
            case _:
                await self._after(self._seconds, url, body)

    def deliver_later(self, url: str, body: dict[str, Any], how: str, timeout_url: str = "") -> None:
        self._gateway.run_in_background(self.deliver(url, body, how, timeout_url))

    async def _after(self, seconds: float, url: str, body: Mapping[str, Any]) -> None:
        await asyncio.sleep(seconds)
        await self.post(url, body)


def stk_callback(prompt: Prompt, at: datetime) -> dict[str, Any]:
    """Every second one has four items in another order, as the portal's sample; the others have a Balance as well."""
    told: dict[str, Any] = {"MerchantRequestID": prompt.merchant_id, "CheckoutRequestID": prompt.checkout_id}
    told |= {"ResultCode": spelled(prompt.code or "", prompt.spells_codes), "ResultDesc": words(prompt.code or "")}
    if prompt.code == "0":
        items: list[dict[str, Any]] = [
            {"Name": "Amount", "Value": float(prompt.amount)},
            {"Name": "MpesaReceiptNumber", "Value": prompt.receipt},
            {"Name": "Balance"},
            {"Name": "TransactionDate", "Value": int(stamp(at))},
            {"Name": "PhoneNumber", "Value": int(prompt.phone)},
        ]
        if prompt.n % 2 == 0:
            items = [item for item in reversed(items) if item["Name"] != "Balance"]
        told["CallbackMetadata"] = {"Item": items}
    return {"Body": {"stkCallback": told}}


def result(
    code: str, originator_id: str, conversation_id: str, transaction_id: str, found: Pairs, spells_codes: str
) -> dict[str, Any]:
    """The envelope of every asynchronous result. Where it failed there are no parameters, and yet a TransactionID."""
    told: dict[str, Any] = {"ResultType": spelled("0", spells_codes), "ResultCode": spelled(code, spells_codes)}
    told |= {"ResultDesc": words(code), "OriginatorConversationID": originator_id}
    told |= {"ConversationID": conversation_id, "TransactionID": transaction_id}
    if code == "0":
        parameters = [{"Key": key} | ({} if value is None else {"Value": value}) for key, value in found]
        told["ResultParameters"] = {"ResultParameter": parameters[0] if len(parameters) == 1 else parameters}
    told["ReferenceData"] = {"ReferenceItem": {"Key": "Occasion"}}
    return {"Result": told}


def payout_parameters(payment: BookedPayment, funds: object) -> Pairs:
    return [
        ("TransactionAmount", float(payment.amount)),
        ("TransactionReceipt", payment.receipt),
        ("ReceiverPartyPublicName", f"{payment.payee} - {NAME_OF_A_PERSON}"),
        ("TransactionCompletedDateTime", f"{payment.at.astimezone(EAT):%d.%m.%Y %H:%M:%S}"),
        ("B2CUtilityAccountAvailableFunds", funds),
        ("B2CWorkingAccountAvailableFunds", 0.0),
        ("B2CRecipientIsRegisteredCustomer", "Y"),
        ("B2CChargesPaidAccountAvailableFunds", 0.0),
    ]


def reversal_parameters(payment: BookedPayment, original: BookedPayment, funds: object) -> Pairs:
    return [
        ("DebitAccountBalance", f"Utility Account|KES|{funds}|{funds}|0.00|0.00"),
        ("Amount", float(payment.amount)),
        ("TransCompletedTime", int(stamp(payment.at))),
        ("OriginalTransactionID", original.receipt),
        ("Charge", 0),
        ("CreditPartyPublicName", f"{payment.payee} - {NAME_OF_A_PERSON}"),
        ("DebitPartyPublicName", f"{payment.payer} - {NAME_OF_US}"),
    ]


def status_parameters(payment: BookedPayment, status: str) -> Pairs:
    """As in the portal's sample the credit party is named as a second debit party."""
    phone_pays = len(payment.payer) > len(payment.payee)
    names = (NAME_OF_A_PERSON, NAME_OF_US) if phone_pays else (NAME_OF_US, NAME_OF_A_PERSON)
    found: Pairs = [
        ("DebitPartyName", f"{payment.payer} - {names[0]}"),
        ("DebitPartyName", f"{payment.payee} - {names[1]}"),
        ("OriginatorConversationID", payment.originator_id or uuid4().hex),
        ("InitiatedTime", int(stamp(payment.at))),
        ("DebitAccountType", "Utility Account"),
        ("TransactionReason", None),
        ("ReasonType", payment.kind),
        ("TransactionStatus", status),
        ("FinalisedTime", stamp(payment.at)),
        ("Amount", f"{payment.amount:.2f}"),
        ("ConversationID", payment.conversation_id or new_conversation(payment.at)),
        ("ReceiptNo", payment.receipt),
    ]
    return found


def confirmation(
    payment: BookedPayment, payer: str, balance: object, third_party_id: str = ""
) -> dict[str, Any]:  # fmt: skip
    """The body of a validation (before: without a balance) and of a confirmation."""
    told = {"TransactionType": "Pay Bill", "TransID": payment.receipt, "TransTime": stamp(payment.at)}
    told |= {"TransAmount": f"{payment.amount:.2f}", "BusinessShortCode": payment.payee}
    told |= {"BillRefNumber": payment.account, "InvoiceNumber": "", "OrgAccountBalance": str(balance)}
    told |= {"ThirdPartyTransID": third_party_id, "MSISDN": payer}
    return told | {"FirstName": NAME_OF_A_PERSON.split()[0], "MiddleName": "", "LastName": ""}


def of_another(body: dict[str, Any]) -> dict[str, Any]:
    """The same callback for a transfer that nobody here knows."""
    told: dict[str, Any] = orjson.loads(orjson.dumps(body))
    if "Body" in told:
        told["Body"]["stkCallback"]["CheckoutRequestID"] = f"ws_CO_{uuid4().hex[:24]}"
    elif "Result" in told:
        told["Result"] |= {"OriginatorConversationID": uuid4().hex, "ConversationID": f"AG_{uuid4().hex}"}
    else:
        told |= {"TransID": f"T{uuid4().hex[:9].upper()}", "BusinessShortCode": "999999"}
    return told


def timed_out(body: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = orjson.loads(orjson.dumps(body))
    told["Result"].pop("ResultParameters", None)
    told["Result"] |= {"ResultCode": 1, "ResultDesc": "The service request timed out in the queue."}
    return told


def spelled(code: str, spells_codes: str) -> int | str:
    return int(code) if spells_codes == "number" and code.isdigit() else code


def words(code: str) -> str:
    return WORDS.get(code, "The transaction failed.")


def stamp(at: datetime) -> str:
    return f"{at.astimezone(EAT):%Y%m%d%H%M%S}"


def new_conversation(at: datetime) -> str:
    return f"AG_{at.astimezone(EAT):%Y%m%d}_{uuid4().hex[:20]}"
