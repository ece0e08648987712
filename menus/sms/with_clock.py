"""What an SMS about a request adds while the clock stands, because somebody whose silence would count has spoken."""

from typing import Final

from contracts.contract import Role
from contracts.notices import Notice, NoticeKind
from menus.phrases.stopped_clock import SILENCE_DOES_NOT_COUNT
from menus.translate import Text, t
from values.frozen import replace

_OPEN: Final = frozenset(
    {
        NoticeKind.CANCEL_PROPOSED, NoticeKind.AMEND_PROPOSED, NoticeKind.CONFIRMED_BY_OTHER,
        NoticeKind.YOU_ASKED_TO_CANCEL, NoticeKind.YOU_ASKED_TO_CHANGE,
    }
)  # fmt: skip
_SETTLED: Final = frozenset({NoticeKind.PROPOSAL_DECLINED, NoticeKind.PROPOSAL_WITHDRAWN, NoticeKind.AMENDED})
_TO_ITS_MAKER: Final = (NoticeKind.YOU_ASKED_TO_CANCEL, NoticeKind.YOU_ASKED_TO_CHANGE)

_AFTER_A_WORD_TO_SEND: Final = t("{text}. Silence does not count now.")  # it has no stop of its own
_AND_STANDING: Final = t("{text} {standing}")


def with_clock(text: Text, notice: Notice) -> Text:
    """Return `text`, whose values are filled in, with a sentence that silence does not count, where it does not.

    Once nothing is asked for any more, a buyer reads the words that we wait for.
    """
    contract = notice.contracts[0]
    if contract.clock_stopped_at is None or not contract.is_under_way:
        return text
    reader = contract.party(notice.msisdn)
    if notice.kind in _SETTLED and reader and reader.role is Role.BUYER:
        return replace(_AND_STANDING, values={"text": text, "standing": text.values["standing"]})
    if notice.kind not in _OPEN | _SETTLED:
        return text
    ends_with_word = notice.kind in _TO_ITS_MAKER or contract.waits_for(notice.msisdn)
    return replace(_AFTER_A_WORD_TO_SEND if ends_with_word else SILENCE_DOES_NOT_COUNT, values={"text": text})
