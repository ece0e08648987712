"""Daraja's Swap: when Safaricom last changed the SIM of a number of its own. The answer comes at once."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from contracts.escrow.number_risk import NotKnown, NotSwapped, SwapAnswer
from contracts.fields.msisdn import Msisdn
from gateway.events import HttpAnswer
from gateway.number_risk.json_calls import read_object, refusal
from gateway.number_risk.port import swapped_at
from gateway.payments.daraja.client import DarajaClient
from gateway.payments.daraja.requests import DarajaCall

NAME: Final = "daraja"
_PATH: Final = "/imsi/v2/checkATI"
_RIGHT: Final = "200"  # in the body: its HTTP status is 200 also where the question failed

# "01-01-1900 00:00" is no date: there was no change in the last three months, the shortest of which have 89 days.
_NEVER: Final = 1900
_THREE_MONTHS: Final = timedelta(days=89)
_DATE: Final = re.compile(r"[0-9]{2}-[0-9]{2}-[0-9]{4} [0-9]{2}:[0-9]{2}")


class DarajaSwap:
    """Asks about Safaricom's own numbers. Safaricom wants a contract for it, and takes a fee for each question."""

    name: Final = NAME

    def __init__(self, client: DarajaClient) -> None:
        """`client`: the one that the rail of this account uses, whose access token is shared."""
        self._client = client

    async def ask(self, msisdn: Msisdn, now: datetime) -> SwapAnswer:
        if not msisdn.startswith("+254"):
            return NotKnown("knows Kenyan numbers only")
        answer = await self._client.send(DarajaCall(_PATH, {"customerNumber": msisdn.removeprefix("+")}))
        if not isinstance(answer, HttpAnswer):
            return NotKnown(answer.why[:200])
        told = read_object(answer)
        code = told.get("responseCode", told.get("errorCode"))
        if answer.status != 200 or str(code) != _RIGHT:
            return refusal(answer, code)
        return read_last_swap(told.get("lastSwapDate"), now)


def read_last_swap(text: object, now: datetime) -> SwapAnswer:
    """Read `14-02-2026 10:05`. It is not sure whether that is East African time or UTC, which is three hours later: it
    is read as UTC, so that money rather waits too long. A time after `now` was before it."""
    if not isinstance(text, str) or not _DATE.fullmatch(text.strip()):
        return NotKnown("names no date")
    try:
        read = datetime.strptime(text.strip(), "%d-%m-%Y %H:%M").replace(tzinfo=UTC)
    except ValueError:
        return NotKnown("names a day that there is not")
    return NotSwapped(_THREE_MONTHS) if read.year == _NEVER else swapped_at(read, now)
