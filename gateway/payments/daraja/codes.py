"""Daraja's codes, and what each means. They are strings: some have letters, and one that begins with 0 is another one.

A code is in a table only if Safaricom documents it as final; what is in none is unknown, and is asked about.
"""

from typing import Final

from contracts.escrow.outcomes import FailReason
from contracts.escrow.paid_unasked import NotTaken

PAID: Final = "0"

# ResultCode of a prompt: nobody paid, and this prompt is over.
PROMPT_FAILS: Final = {
    "1": FailReason.NO_FUNDS,
    "2": FailReason.LIMIT,  # below the smallest amount
    "3": FailReason.LIMIT,  # above the largest
    "4": FailReason.LIMIT,  # the day's sum
    "8": FailReason.LIMIT,  # the balance of the receiver
    "11": FailReason.REFUSED,  # the state of the payer's account
    "17": FailReason.BUSY,  # the same sum was paid to the same party within two minutes
    "26": FailReason.BUSY,  # the system
    "1001": FailReason.BUSY,  # another session of the payer
    "1019": FailReason.NO_ANSWER,  # expired
    "1025": FailReason.NO_ANSWER,  # the prompt could not be sent
    "1032": FailReason.CANCELLED,
    "1037": FailReason.NO_ANSWER,  # the phone is away, or nobody answered
    "2001": FailReason.WRONG_PIN,
    "2028": FailReason.OUR_FUNDS,  # our shortcode does not have this product
    "8006": FailReason.REFUSED,  # the payer's credential is locked
    "9999": FailReason.NO_ANSWER,  # the prompt did not arrive
    "SFC_IC0003": FailReason.NOT_REGISTERED,
}

# ResultCode of a payout or a reversal: nothing moved. Generic codes of the core (15 duplicate; 17, 18, 20, 22, 24, 25,
# 26, 29) are not here: they may follow an order that was carried out.
PAYOUT_FAILS: Final = {
    "1": FailReason.OUR_FUNDS,  # of the purse that pays (Utility)
    "2": FailReason.LIMIT,
    "3": FailReason.LIMIT,
    "4": FailReason.LIMIT,
    "8": FailReason.LIMIT,  # the balance of the receiver
    "11": FailReason.OUR_FUNDS,  # the state of our account
    "21": FailReason.OUR_FUNDS,  # our initiator may not do this
    "2001": FailReason.OUR_FUNDS,  # our initiator's name or password: not a payer's PIN, as with a prompt
    "2006": FailReason.REFUSED,  # the state of an account
    "2028": FailReason.OUR_FUNDS,  # our shortcode does not have this product
    "2040": FailReason.NOT_REGISTERED,
    "8006": FailReason.OUR_FUNDS,  # our initiator's password is locked
    "R000002": FailReason.REFUSED,  # no payment with this receipt
    "SFC_IC0003": FailReason.NOT_REGISTERED,
}
OF_OUR_ACCOUNT: Final = frozenset(code for code, reason in PAYOUT_FAILS.items() if reason is FailReason.OUR_FUNDS)
ALREADY_REVERSED: Final = "R000001"

# What our answer to a validation refuses with. The code chooses the SMS that the payer gets: also an account that takes
# no money now is a wrong one, or they would try it again.
REFUSES: Final = {
    NotTaken.NO_CONTRACT: "C2B00012",
    NotTaken.NOT_NOW: "C2B00012",
    NotTaken.AMOUNT: "C2B00013",
}

# ResultCode in the answer to a query about a prompt. 1037 with these words says the same as 4999.
STILL_PROCESSING: Final = "4999"
NO_RESPONSE: Final = "1037"
PROCESSING_WORDS: Final = ("under processing", "being processed")

# TransactionStatus, in lower case.
STATUS_PAID: Final = frozenset({"completed"})
STATUS_FAILED: Final = frozenset({"cancelled", "declined", "expired"})
STATUS_PENDING: Final = frozenset({"initiated", "authorized", "pending authorized"})

# errorCode of a refused request, and our words for it. Nothing was taken.
ACCOUNT_ERRORS: Final = {
    "400.008.01": "wrong kind of authorization",
    "400.008.02": "wrong grant type",
    "401.002.01": "wrong access token",
    "401.003.01": "the access token or this product's version is wrong for the app",
    "404.001.01": "no such product, or a wrong access token",
    "404.001.03": "wrong access token",
    "404.002.01": "no such path",
    "405.001": "wrong method",
}
TOKEN_ERRORS: Final = frozenset({"401.003.01", "404.001.03"})  # a new token may help
BUSY_ERRORS: Final = {"500.003.02": "too many requests at once", "500.003.03": "the quota is used up"}
BAD_FIELD: Final = "400.002.02"
SEVERAL_MEANINGS: Final = "500.001.1001"  # five, told apart by the words beside it
DUPLICATE_OR_INTERNAL: Final = "500.002.1001"

# ResponseCode of a statement.
STATEMENT_FOUND: Final = "1000"
STATEMENT_EMPTY: Final = "1001"
