"""The SMS about a delivery: that the goods were delivered and came, and what the buyer's silence brings about."""

from collections.abc import Mapping

from contracts.notices import NoticeKind
from menus.sms.conditions import Condition
from menus.translate import Text, t

DELIVERY_SENTENCES: Mapping[NoticeKind, Text | Mapping[Condition, Text]] = {
    NoticeKind.YOU_DELIVERED: {
        Condition.CLOCK_STANDS: t(
            "You said that the goods of contract {reference} are delivered. The buyer wrote to us before, so "
            "only their answer counts, not their silence. If none comes, answer DISPUTE {reference} and what "
            "is wrong."
        ),
        Condition.ALWAYS: t(
            "You said that the goods of contract {reference} are delivered: {goods}. "
            "If the buyer does not answer by {day}, they count as received."
        ),
    },
    NoticeKind.DELIVERED: {
        Condition.CLOCK_STANDS_FOR_BUYER: t(
            "Contract {reference}, {quantity} {product}: the seller says again that it is delivered. If you have it "
            "all, answer RECEIVED {reference}. A part: PART {reference} and how much. A problem: DISPUTE {reference} "
            "and what it is."
        ),
        Condition.CLOCK_STANDS: t(
            "The seller says again that the goods of contract {reference} are delivered: {goods}. It waits "
            "for the buyer's answer."
        ),
        Condition.READER_BUYS: t(
            "Contract {reference}: the seller says the goods are delivered, {quantity} {product}. All there? "
            "Answer RECEIVED {reference}. A part: PART {reference} and how much. A problem: DISPUTE "
            "{reference} and what it is. No answer by {day}: they count as received."
        ),
        Condition.ALWAYS: t(
            "The seller says that the goods of contract {reference} are delivered: {goods}. If the buyer "
            "does not answer by {day}, they count as received."
        ),
    },
    NoticeKind.QUESTIONED: {
        Condition.HAS_WORDS: t(
            'Contract {reference}: {by} wrote "{words}". Nothing counts as received until they confirm. '
            "A problem: DISPUTE {reference} and what it is."
        ),
        Condition.ALWAYS: t(
            "{by} wrote to us about contract {reference}. Nothing counts as received until they confirm. "
            "A problem: DISPUTE {reference} and what it is."
        ),
    },
    NoticeKind.CLOCK_STOPPED: {
        Condition.CLOCK_STANDS_FOR_BUYER: t(
            "Contract {reference}: {office} wrote down what you said. If you have it all, answer RECEIVED "
            "{reference}. A part: PART {reference} and how much. A problem: DISPUTE {reference} and what it is."
        ),
        Condition.ALWAYS: t(
            "Contract {reference}: {office} was told of a question about the delivery. Nothing counts as "
            "received until it is answered. A problem: DISPUTE {reference} and what it is."
        ),
    },
    NoticeKind.CLOCK_STARTED: {
        Condition.PART_RECEIVED: t(
            "{Office} has looked at contract {reference}. {came} of {quantity} {product} came. "
            "If we hear nothing by {day}, the contract ends with {came} received. A problem: DISPUTE "
            "{reference} and what it is."
        ),
        Condition.READER_BUYS: t(
            "{Office} has looked at contract {reference}. If you have it all, answer RECEIVED {reference}. "
            "A part: PART {reference} and how much. A problem: DISPUTE {reference} and what it is. No answer: on {day} "
            "it counts as received."
        ),
        Condition.ALWAYS: t(
            "{Office} has looked at contract {reference}: {goods}. "
            "If the buyer does not answer, it counts as received on {day}."
        ),
    },
    NoticeKind.RECEIVED: {
        Condition.DONE_BY_READER: t(
            "You received all goods of contract {reference}: {goods}. The contract is complete. Keep this SMS."
        ),
        Condition.ALWAYS: t(
            "{by} received all goods of contract {reference}: {goods}. The contract is complete. Keep this SMS."
        ),
    },
    NoticeKind.RECEIVED_PART: {
        Condition.DONE_BY_READER: t(
            "Contract {reference}: you have {came} of {quantity} {product}. All there? Answer RECEIVED "
            "{reference}. If we hear nothing by {day}, the contract ends with {came} received."
        ),
        Condition.READER_BUYS: t(
            "Contract {reference}: {by} has {came} of {quantity} {product}. All there? Answer RECEIVED "
            "{reference}. If we hear nothing by {day}, the contract ends with {came} received."
        ),
        Condition.READER_SELLS: t(
            "Contract {reference}: {by} has {came} of {quantity} {product}. Rest delivered? DELIVERED "
            "{reference}. If we hear nothing by {day}, the contract ends with {came} received."
        ),
        Condition.ALWAYS: t(
            "Contract {reference}: {by} has {came} of {quantity} {product}. If we hear nothing by {day}, the "
            "contract ends with {came} received."
        ),
    },
    NoticeKind.DELIVERY_REPORTED: {
        Condition.DONE_BY_READER: t(
            "{Office} reports that you delivered the goods of contract {reference}: {goods}. "
            "Only your own word counts: if it is true, answer DELIVERED {reference}"
        ),
        Condition.READER_BUYS: t(
            "{Office} reports that the goods of contract {reference} are delivered: {quantity} "
            "{product}. All there? Answer RECEIVED {reference}. A part: PART {reference} and how much. A "
            "problem: DISPUTE {reference} and what it is."
        ),
        Condition.ALWAYS: t("{Office} reports that the goods of contract {reference} are delivered: {goods}."),
    },
    NoticeKind.RECEIPT_ASKED: t(
        "VoicePact asks: contract {reference}, {quantity} {product}, is all there? If yes, answer "
        "RECEIVED {reference}. A part: PART {reference} and how much. A problem: DISPUTE {reference} and "
        "what it is."
    ),
    NoticeKind.REMIND_DELIVERY: t(
        "Remember contract {reference}: {terms} When it is delivered, answer DELIVERED {reference}"
    ),
    NoticeKind.REMIND_EXPIRY: {
        Condition.READER_BUYS: t(
            "Contract {reference}, {quantity} {product}: nobody said that it is delivered. If you have it all, answer "
            "RECEIVED {reference}. A problem: DISPUTE {reference} and what it is. On {day} it expires."
        ),
        Condition.READER_SELLS: t(
            "Contract {reference}, {quantity} {product}: nobody said that it is delivered. If it is, answer "
            "DELIVERED {reference}. A problem: DISPUTE {reference} and what it is. On {day} it expires."
        ),
    },
    NoticeKind.REMIND_RECEIPT: t(
        "Contract {reference}, {quantity} {product}: is all there? Answer RECEIVED {reference}. A part: "
        "PART {reference} and how much. A problem: DISPUTE {reference} and what it is. No answer by "
        "{day}: it counts as received."
    ),
    NoticeKind.REMIND_REST: {
        Condition.READER_BUYS: t(
            "Contract {reference}: {came} of {quantity} {product} came. If you have the rest, answer "
            "RECEIVED {reference}. A problem: DISPUTE {reference} and what it is. If we hear nothing by "
            "{day}, the contract ends with {came} received."
        ),
        Condition.READER_SELLS: t(
            "Contract {reference}: {came} of {quantity} {product} came. When the rest is delivered, answer "
            "DELIVERED {reference}. A problem: DISPUTE {reference} and what it is. If we hear nothing by "
            "{day}, the contract ends with {came} received."
        ),
    },
    NoticeKind.COMPLETED_BY_TIME: {
        Condition.READER_BUYS: t(
            "Contract {reference}: {goods}. No word about the delivery came from you in time, so it counts as "
            "received. It is complete."
        ),
        Condition.ALWAYS: t(
            "Contract {reference}: {goods}. No word about the delivery came from the buyer in time, so it counts as "
            "received. It is complete."
        ),
    },
    NoticeKind.COMPLETED_IN_PART: t(
        "Contract {reference} ended with {came} of {quantity} {product} received. Not received: {left}. Keep this SMS."
    ),
}
