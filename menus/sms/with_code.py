"""How an SMS ends that is worth keeping; once all have agreed to terms, it ends with the short code of these.

The parties' phones are witnesses of what was agreed, so each gets the code, and it may cost nobody a segment: where the
SMS would become one longer, fewer words stand around the code.
"""

from collections.abc import Callable
from typing import Final

from contracts.notices import Notice, tells_code
from contracts.proof.short_code import grouped
from menus.sms.drafts import Draft
from menus.translate import Text, t

KEEP: Final = t("Keep this SMS.")


def with_code(notice: Notice, compose: Callable[[Text], Draft]) -> Draft:
    """Return the SMS that `compose` makes with KEEP; or if it tells a code, with the longest ending that takes no
    segment more than KEEP, and with the first if every one does."""
    first, *shorter = _endings(notice) or (KEEP,)
    longest = compose(first)
    if first is KEEP or longest.segments == 1:
        return longest
    most = compose(KEEP).segments
    return next((one for one in (longest, *map(compose, shorter)) if one.segments <= most), longest)


def _endings(notice: Notice) -> tuple[Text, ...]:
    """What can stand in place of KEEP, the longest first; nothing if the SMS tells no code, or none is known."""
    code = notice.contracts[0].code if tells_code(notice) else None
    if code is None:
        return ()
    letters = grouped(code)
    return (
        t("Keep this SMS. Code {letters}", letters=letters),
        t("Code {letters}", letters=letters),
        t("{name}", name=code),
    )
