"""From a notice to the row that is both its message and its place in the queue."""

from collections.abc import Iterable

from contracts.notices import Notice
from menus.gsm7 import segments
from menus.notices import text_of
from storage.acts import MessageRow
from storage.chance import new_id


def messages_for(notices: Iterable[Notice], language: str, service_code: str) -> tuple[MessageRow, ...]:
    """The MT rows for `notices`; `language` for people who never chose one."""
    return tuple(_message(notice, language, service_code) for notice in notices)


def _message(notice: Notice, language: str, service_code: str) -> MessageRow:
    text = text_of(notice, language, service_code)
    return MessageRow(
        id=new_id(),
        direction="out",
        text=text,
        kind=notice.kind.value,
        segments=len(segments(text)),
        phone_id=notice.phone_id,
        msisdn=notice.msisdn,
        language=notice.language or language,
        contract_id=notice.contracts[0].id if len(notice.contracts) == 1 else None,
    )
