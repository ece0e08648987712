"""Titles, labels and remarks on the paper of a contract."""

from collections.abc import Mapping
from typing import Final

from contracts.contract import ContractType, Role, Signature
from menus.translate import Text, t

KEPT: Final = t("What is kept of an agreement by phone")
TITLE: Final = t("Contract {reference}")
SCAN: Final = t("Scan to ask whether this is on record. What counts is contract.json; this page is made from it.")
PAGE: Final = t("Page {page} of {pages}")
BOXED: Final = t(
    "Letters that no font here has, drawn as a box with their Unicode number: {n}. The JSON files of this pack have the"
    " letters."
)
TYPES: Final[Mapping[ContractType, Text]] = {
    ContractType.AGRICULTURAL_SUPPLY: t("agricultural supply"),
    ContractType.SERVICE_AGREEMENT: t("service agreement"),
    ContractType.GOODS_PURCHASE: t("goods purchase"),
    ContractType.LOGISTICS: t("transport of goods"),
    ContractType.OTHER: t("other agreement"),
}

AGREED: Final = t("What was agreed")
GOODS: Final = t("Goods")
TOTAL: Final = t("Total")
DELIVERY: Final = t("Delivery")
PAYMENT: Final = t("Payment")
SILENCE: Final = t("Silence")
CLOCK_STOPPED: Final = t("does not count since {since}: a party wrote or asked, and an answer is awaited")
TERMS: Final = t("Terms")
VERSION: Final = t("version {n}")
CODE: Final = t("Code")
CODE_LETTERS: Final = t("the letters in the SMS that all have confirmed")

BETWEEN: Final = t("Between")
ROLES: Final[Mapping[Role, Text]] = {
    Role.BUYER: t("Buyer"), Role.SELLER: t("Seller"), Role.MEDIATOR: t("Arbiter"), Role.WITNESS: t("Witness"),
}  # fmt: skip
NO_NAME: Final = t("no name given")
SIGNATURES: Final[Mapping[Signature | None, Text]] = {
    None: t("is not asked"),
    Signature.PENDING: t("has not answered"),
    Signature.SIGNED: t("has said yes"),
    Signature.REJECTED: t("has said no"),
    Signature.EXPIRED: t("did not answer in time"),
}

HAPPENED: Final = t("What happened")
TIMES: Final = t("Times are {zone} ({offsets})")
AND: Final = t("{one} and {other}")

ANSWERS: Final = t("Who said what, and what they were shown")
SOME_VOID: Final = t("Some answers on this paper do not count: their key was taken back. They are marked below.")
VOID: Final = t("does not count: the key that signed it was taken back")
NOBODY: Final = t("Nobody has answered yet.")
ERASED: Final = t("(the texts were erased with a person)")
