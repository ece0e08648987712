"""Africa's Talking Insights: whether the SIM of a number was changed. The answer comes later, by a call to our hook."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import aiohttp
from africastalking.Insights import InsightService  # type: ignore[import-untyped]  # the SDK has no types

from contracts.escrow.number_risk import NotKnown, NotSwapped, SwapAnswer, Swapped
from contracts.fields.msisdn import Msisdn
from gateway.events import BadWire, ProviderAccount
from gateway.number_risk.json_calls import post_json, read_object, refusal
from gateway.number_risk.port import Awaited, swapped_at
from gateway.providers.forms import is_id

NAME: Final = "africastalking"
_NEVER: Final = 1900
_DATE: Final = re.compile(r"[0-9]{2}-[0-9]{2}-[0-9]{4}")


class AfricasTalkingInsights:
    """Insights for one account. Its answers are not signed; each is to a question of ours, whose id nobody can
    guess."""

    name: Final = NAME

    def __init__(self, http: aiohttp.ClientSession, account: ProviderAccount) -> None:
        self._http, self._sdk = http, _DescribingInsights(account)

    async def ask(self, msisdn: Msisdn, now: datetime) -> NotKnown | Awaited:
        try:
            url, headers, body = self._sdk.check_sim_swap_state([msisdn])  # a bare text is taken letter by letter
        except ValueError:  # the SDK's own error shows the whole number
            return NotKnown("takes no such number")
        answer = await post_json(self._http, url, headers, body)
        if isinstance(answer, NotKnown):
            return answer
        told = read_object(answer)
        if answer.status not in (200, 201):
            return refusal(answer, None)
        entry = _only_entry(told)
        status, request_id = entry.get("status"), entry.get("requestId")
        if status == "Queued" and isinstance(request_id, str) and is_id(request_id):
            return Awaited(request_id)
        return refusal(answer, status or told.get("status"))

    def read_callback(self, sent: Mapping[str, object], now: datetime) -> tuple[str, SwapAnswer]:
        request_id, status = sent.get("requestId"), sent.get("status")
        if not isinstance(request_id, str) or not is_id(request_id):
            raise BadWire("requestId", "must be the id of a question")
        if not isinstance(status, str):
            raise BadWire("status", "is missing")
        return request_id, read_answer(status, sent.get("lastSimSwapDate"), now)


def read_answer(status: str, last: object, now: datetime) -> SwapAnswer:
    """Return what an answer says. Its status decides: 01-01-1900, which is no date, stands beside each. A day is read
    as its end, and a change without a day as one of today: it must have cooled since. A recent day beside NotSwapped
    holds money, too."""
    day = _end_of_day(last)
    if status not in ("Swapped", "NotSwapped"):
        return NotKnown("answered with a word that is new to us")
    if day is not None:
        return swapped_at(day, now)
    return Swapped(now) if status == "Swapped" else NotSwapped(None)


def _end_of_day(text: object) -> datetime | None:
    """Read `14-02-2026`; None for what is no date."""
    if not isinstance(text, str) or not _DATE.fullmatch(text.strip()):
        return None
    try:
        read = datetime.strptime(text.strip(), "%d-%m-%Y").replace(tzinfo=UTC)
    except ValueError:
        return None
    return None if read.year == _NEVER else read + timedelta(days=1)


def _only_entry(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the entry of the one number that was asked about; an empty one if there is not just one."""
    entries = told.get("responses")
    if not isinstance(entries, list) or len(entries) != 1 or not isinstance(entries[0], dict):
        return {}
    return entries[0]


class _DescribingInsights(InsightService):  # type: ignore[misc]  # the SDK has no types
    """The official SDK, but it returns the request instead of sending it (docs/decisions/0004)."""

    def __init__(self, account: ProviderAccount) -> None:
        self._host = account.base_url
        super().__init__(account.username, account.api_key)

    def _init_service(self) -> None:
        super()._init_service()
        if self._host:
            self._baseUrl = self._host.rstrip("/") + "/v1"

    def _make_request(
        self, url: str, method: str, headers: Mapping[str, str], data: str, **_unused: object
    ) -> tuple[str, dict[str, str], bytes]:
        return url, dict(headers), data.encode()
