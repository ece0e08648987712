"""What the SMS about a contract asks of a reader whose SMS alone would not bind them: to dial, and to give their PIN.

Each stands in place of a sentence that asks for YES, RECEIVED or DELIVERED, under the same condition. Where none stands
here the sentence stays, and who answers it is told then that their PIN is needed (NoticeKind.NEEDS_PIN).
"""

from collections.abc import Mapping

from contracts.contract import Role
from contracts.notices import NoticeKind
from menus.sms.conditions import Condition
from menus.sms.sentences import SENTENCES, STATUS_SENTENCES
from menus.translate import Text, t, tn
from values.frozen import replace

_WITH_PIN: Mapping[tuple[NoticeKind, Condition | None], Text] = {
    (NoticeKind.CONFIRMED_BY_OTHER, Condition.READER_ANSWERS): t(
        "{by} confirmed contract {reference}: {goods}. It waits for your answer: dial {code} with your PIN, or "
        "NO {reference}"
    ),
    (NoticeKind.REMIND_ANSWER, None): t(
        "Contract {reference}: {goods}. It still waits for you. To agree, dial {code} with your PIN. To refuse, "
        "answer NO {reference}. On {day} it expires."
    ),
    (NoticeKind.CANCEL_PROPOSED, Condition.READER_ANSWERS_OFFICE): t(
        "{Office} asks to cancel contract {reference}: {goods}. To cancel it, dial {code} with your PIN. To keep it, "
        "NO {reference}"
    ),
    (NoticeKind.CANCEL_PROPOSED, Condition.READER_ANSWERS_PROPOSAL): t(
        "The other party asks to cancel contract {reference}: {goods}. To cancel it, dial {code} with your PIN. "
        "To keep it, NO {reference}"
    ),
    (NoticeKind.AMEND_PROPOSED, Condition.READER_ANSWERS_OFFICE): t(
        "{Office} asks to change contract {reference} to: {new_terms} To agree, dial {code} with your PIN. If not, "
        "NO {reference}"
    ),
    (NoticeKind.AMEND_PROPOSED, Condition.READER_ANSWERS_PROPOSAL): t(
        "The other party asks to change contract {reference} to: {new_terms} To agree, dial {code} with your PIN. "
        "If not, NO {reference}"
    ),
    (NoticeKind.DELIVERED, Condition.READER_BUYS): t(
        "Contract {reference}: the seller says the goods are delivered, {quantity} {product}. All there? Dial {code} "
        "and say so with your PIN. A problem: DISPUTE {reference} and what it is. No answer by {day}: it counts as "
        "received."
    ),
    (NoticeKind.REMIND_RECEIPT, None): t(
        "Contract {reference}, {quantity} {product}: is all there? Dial {code} and say so with your PIN. A problem: "
        "DISPUTE {reference} and what it is. No answer by {day}: it counts as received."
    ),
    (NoticeKind.REMIND_DELIVERY, None): t(
        "Remember contract {reference}: {terms} When it is delivered, dial {code} and say so with your PIN."
    ),
}
_ANSWER_WITH_PIN = t("It waits for your answer: dial {code} with your PIN, or NO {reference}")


def with_pin(sentence: Text) -> Text:
    """Return the sentence that asks for the PIN in place of `sentence`, with the same values; itself if none does."""
    found = _BY_SOURCE.get(sentence.source)
    return replace(found, values=sentence.values) if found else sentence


def offer_with_pin(reader: Role, others: int, values: Mapping[str, object]) -> Text:
    """Return the offer to a buyer or a seller, whom so many `others` make it."""
    if reader is Role.SELLER:
        return tn(
            "VoicePact {reference}: {other} buys {goods} from you. Delivery {place}, {due}. "
            "To agree, dial {code} with your PIN. To refuse, reply NO",
            "VoicePact {reference}: {other} buy {goods} from you. Delivery {place}, {due}. "
            "To agree, dial {code} with your PIN. To refuse, reply NO",
            n=others,
            **values,
        )
    return tn(
        "VoicePact {reference}: {other} sells you {goods}. Delivery {place}, {due}. "
        "To agree, dial {code} with your PIN. To refuse, reply NO",
        "VoicePact {reference}: {other} sell you {goods}. Delivery {place}, {due}. "
        "To agree, dial {code} with your PIN. To refuse, reply NO",
        n=others,
        **values,
    )


def _sentence(kind: NoticeKind, condition: Condition | None) -> Text:
    sentences = SENTENCES[kind]
    found = sentences if isinstance(sentences, Text) else sentences[condition] if condition else None
    assert found, f"{kind} has a sentence for {condition}"
    return found


_BY_SOURCE = {
    **{_sentence(*place).source: text for place, text in _WITH_PIN.items()},
    STATUS_SENTENCES[Condition.READER_ANSWERS].source: _ANSWER_WITH_PIN,
}
