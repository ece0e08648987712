"""The simulated Daraja's orders and questions whose answers come as callbacks: payouts, reversals, status, balance."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

from aiohttp import web

from gateway.simulator import daraja_fields as fields
from gateway.simulator.daraja import DarajaSimulator
from gateway.simulator.daraja_book import BookedPayment
from gateway.simulator.daraja_callbacks import (
    Pairs,
    new_conversation,
    payout_parameters,
    result,
    reversal_parameters,
    stamp,
    status_parameters,
)
from gateway.simulator.daraja_faults import DarajaApi, DarajaCallbackMode, DarajaFault, DarajaMode
from gateway.simulator.daraja_fields import DarajaRefused

LEAST_PAYOUT, MOST_PAYOUT = 10, 250_000
WRONG_INITIATOR, TOO_LITTLE, TOO_MUCH, NOT_FOUND = "2001", "2", "3", "15"
ALREADY_REVERSED, NO_SUCH_RECEIPT = "R000001", "R000002"
COMMANDS: Final = "BusinessPayment|PromotionPayment|SalaryPayment"
_ANY = r".{2,100}"
_CREDENTIAL = r"\S{1,1000}"


class DarajaOrders:
    """The routes. What is taken is carried out at once, and told of later."""

    def __init__(self, daraja: DarajaSimulator) -> None:
        self._daraja, self._book, self._settings = daraja, daraja.book, daraja.settings

    def add_routes(self, app: web.Application) -> None:
        route = self._daraja.route
        app.router.add_post("/mpesa/b2c/v3/paymentrequest", route(DarajaApi.PAYOUT, self.pay_out))
        app.router.add_post("/mpesa/reversal/v1/request", route(DarajaApi.REVERSAL, self.reverse))
        app.router.add_post("/mpesa/transactionstatus/v1/query", route(DarajaApi.STATUS, self.status))
        app.router.add_post("/mpesa/accountbalance/v1/query", route(DarajaApi.BALANCE, self.balance))

    async def pay_out(self, body: Mapping[str, Any], fault: DarajaFault) -> dict[str, Any]:
        """Pay to a phone, once for each OriginatorConversationID."""
        own_id = fields.text(body, "OriginatorConversationID", fields.OWN_ID)
        payer, payee = fields.text(body, "PartyA", self._settings.pays_from), fields.text(body, "PartyB", fields.PHONE)
        amount = fields.amount(body)
        for field, pattern in (("CommandID", COMMANDS), ("Remarks", _ANY), ("SecurityCredential", _CREDENTIAL)):
            fields.text(body, field, pattern)
        urls = fields.callback_url(body, "ResultURL"), fields.callback_url(body, "QueueTimeOutURL")
        if own_id in self._book.orders:
            if fault.mode is DarajaMode.DUPLICATE_AS_CODE:
                return _taken(own_id, "", "1", "Duplicate OriginatorConversationID.")
            raise DarajaRefused(500, "500.002.1001", "Duplicate OriginatorConversationID.")
        code = fault.code or self._payout_refusal(body, payer, payee, amount)
        payment = self._carry_out("payout", payer, payee, amount, own_id, code)
        found = payout_parameters(payment, float(self._book.shortcodes[payer]))
        await self._tell(code, payment, found, urls, fault)
        return _taken(own_id, payment.conversation_id)

    async def reverse(self, body: Mapping[str, Any], fault: DarajaFault) -> dict[str, Any]:
        """Give back a payment by its receipt, whole."""
        receipt, shortcode = fields.text(body, "TransactionID"), fields.text(body, "ReceiverParty", fields.SHORTCODE)
        amount = fields.amount(body)
        for field, pattern in (
            ("CommandID", "TransactionReversal"), ("RecieverIdentifierType", "11"), ("Remarks", _ANY),
            ("SecurityCredential", _CREDENTIAL),
        ):  # fmt: skip
            fields.text(body, field, pattern)
        urls = fields.callback_url(body, "ResultURL"), fields.callback_url(body, "QueueTimeOutURL")
        original = self._book.payments.get(receipt)
        code = fault.code or self._reversal_refusal(body, original, shortcode, amount)
        payee = original.payer if original else "254700000000"
        payment = self._carry_out("reversal", shortcode, payee, amount, uuid4().hex, code)
        found: Pairs = []
        if code is None and original:
            original.is_reversed = True
            found = reversal_parameters(payment, original, self._book.shortcodes[shortcode])
        await self._tell(code, payment, found, urls, fault)
        return _taken(payment.originator_id, payment.conversation_id)

    async def status(self, body: Mapping[str, Any], fault: DarajaFault) -> dict[str, Any]:
        """Answer a question about a payment, by its receipt or its OriginatorConversationID. The answer's own ids are
        those of the question."""
        fields.text(body, "CommandID", "TransactionStatusQuery")
        fields.text(body, "IdentifierType", "4")
        fields.text(body, "PartyA", fields.SHORTCODE)
        urls = fields.callback_url(body, "ResultURL"), fields.callback_url(body, "QueueTimeOutURL")
        if "TransactionID" in body:
            payment = self._book.payments.get(fields.text(body, "TransactionID"))
        else:
            payment = self._book.orders.get(fields.text(body, "OriginalConversationID"))
        code = fault.code or self._wrong_initiator(body, "Initiator") or (None if payment else NOT_FOUND)
        found = status_parameters(payment, fault.status or payment.status) if payment else []
        return await self._answer(code, found, urls, fault)

    async def balance(self, body: Mapping[str, Any], fault: DarajaFault) -> dict[str, Any]:
        """Say what a shortcode holds. Here its codes are strings."""
        fields.text(body, "CommandID", "AccountBalance")
        fields.text(body, "IdentifierType", "4")
        funds = self._book.shortcodes.get(fields.text(body, "PartyA", fields.SHORTCODE))
        if funds is None:
            raise fields.bad_field("PartyA")
        urls = fields.callback_url(body, "ResultURL"), fields.callback_url(body, "QueueTimeOutURL")
        purses = {"Working Account": Decimal(0), "Utility Account": funds, "Charges Paid Account": Decimal(0)}
        told = "&".join(f"{name}|KES|{held:.2f}|{held:.2f}|0.00|0.00" for name, held in purses.items())
        at = stamp(self._settings.now())
        found: Pairs = [("AccountBalance", told), ("BOCompletedTime", int(at))]
        fault = DarajaFault(callbacks=fault.callbacks, code=fault.code, spells_codes="string")
        return await self._answer(fault.code or self._wrong_initiator(body, "Initiator"), found, urls, fault)

    def _payout_refusal(self, body: Mapping[str, Any], payer: str, payee: str, amount: Decimal) -> str | None:
        if wrong := self._wrong_initiator(body, "InitiatorName"):
            return wrong
        if not LEAST_PAYOUT <= amount <= MOST_PAYOUT:
            return TOO_LITTLE if amount < LEAST_PAYOUT else TOO_MUCH
        return self._book.refusal(payer, payee, amount)

    def _reversal_refusal(
        self, body: Mapping[str, Any], original: BookedPayment | None, shortcode: str, amount: Decimal
    ) -> str | None:
        if wrong := self._wrong_initiator(body, "Initiator"):
            return wrong
        is_ours = original and original.kind in ("prompt", "paybill") and original.payee == shortcode
        if original is None or not is_ours or original.amount != amount:
            return NO_SUCH_RECEIPT
        return ALREADY_REVERSED if original.is_reversed else self._book.refusal(shortcode, original.payer, amount)

    def _wrong_initiator(self, body: Mapping[str, Any], field: str) -> str | None:
        return None if fields.text(body, field) == self._settings.initiator else WRONG_INITIATOR

    def _carry_out(
        self, kind: str, payer: str, payee: str, amount: Decimal, originator_id: str, code: str | None
    ) -> BookedPayment:
        """Move the money, or keep a declined order, which has a TransactionID too."""
        now = self._settings.now()
        payment = (self._book.note if code else self._book.pay)(kind, payer, payee, amount, "", now)
        payment.status = "Declined" if code else "Completed"
        payment.originator_id, payment.conversation_id = originator_id, new_conversation(now)
        self._book.orders[originator_id] = payment
        return payment

    async def _answer(
        self, code: str | None, found: Pairs, urls: tuple[str, str], fault: DarajaFault
    ) -> dict[str, Any]:  # fmt: skip
        """Take a question; its answer is told of later."""
        asked = BookedPayment(0, "T000000000", "question", "", "", Decimal(0), "", self._settings.now(), uuid4().hex)
        asked.conversation_id = new_conversation(asked.at)
        await self._tell(code, asked, found, urls, fault)
        return _taken(asked.originator_id, asked.conversation_id)

    async def _tell(
        self, code: str | None, payment: BookedPayment, found: Pairs, urls: tuple[str, str], fault: DarajaFault
    ) -> None:
        told = result(
            code or "0", payment.originator_id, payment.conversation_id, payment.receipt, found, fault.spells_codes
        )
        if fault.callbacks is DarajaCallbackMode.EARLY:
            await self._daraja.callbacks.deliver(urls[0], told, fault.callbacks)
        else:
            self._daraja.callbacks.deliver_later(urls[0], told, fault.callbacks, urls[1])


def _taken(
    originator_id: str, conversation_id: str, code: str = "0", words: str = "Accept the service request successfully."
) -> dict[str, Any]:
    ids = {"ConversationID": conversation_id, "OriginatorConversationID": originator_id}
    return {**ids, "ResponseCode": code, "ResponseDescription": words}
