"""Which network a phone is with, as pawaPay predicts it, and what the networks of a country allow (active-conf)."""

from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from contracts.actions import Clock
from contracts.escrow.outcomes import Failed, FailReason, NotSent
from contracts.fields.money import MAX_MAJOR, Currency
from contracts.fields.msisdn import Msisdn
from gateway.events import BadWire, HttpAnswer
from gateway.outgoing import AnswerLostError, NotReachedError
from gateway.payments.pawapay.amounts import read_money
from gateway.payments.pawapay.api import PawaPayApi
from gateway.payments.pawapay.failures import failed
from gateway.payments.pawapay.transfers import read_json
from gateway.providers.forms import is_id, try_later
from values.frozen import Frozen

COUNTRIES: Final = {
    Currency.KES: "KEN",
    Currency.UGX: "UGA",
    Currency.TZS: "TZA",
    Currency.RWF: "RWA",
    Currency.GHS: "GHA",
    Currency.ZMW: "ZMB",
    Currency.MWK: "MWI",
}
_WITH_DECIMALS: Final = frozenset({Currency.GHS, Currency.ZMW, Currency.MWK})  # on all their networks, as documented
_KES_MOST: Final = 150_000 * 100  # what a prompt of M-Pesa takes for sure
_PREDICTED_FOR: Final = timedelta(days=1)  # people take their number to another network
_LIMITS_FOR: Final = timedelta(hours=1)
_KEPT: Final = 10_000


class NetworkLimits(Frozen):
    """In minor units, each for every network of the currency: what amounts are multiples of, the most that one prompt
    may ask for, the least and the most that one payout may move."""

    smallest_unit: int
    largest_prompt: int
    smallest_payout: int
    largest_payout: int


class Networks:
    """Asks pawaPay, and remembers the answers for a day (networks of phones) and an hour (limits)."""

    def __init__(self, api: PawaPayApi, clock: Clock) -> None:
        self._api, self._clock = api, clock
        self._predicted: OrderedDict[Msisdn, tuple[str, str, datetime]] = OrderedDict()
        self._limits: dict[Currency, NetworkLimits] = {}
        self._asked_at: dict[Currency, datetime] = {}

    def limits(self, currency: Currency) -> NetworkLimits:
        """Return the limits that were read last. Until then they are those of the documents, and the largest prompt is
        only known for Kenya: elsewhere pawaPay refuses what is too much."""
        if known := self._limits.get(currency):
            return known
        most = _KES_MOST if currency is Currency.KES else MAX_MAJOR * 10**currency.exponent
        return NetworkLimits(_unit(currency, has_decimals=currency in _WITH_DECIMALS), most, 1, most)

    async def read_limits(self, currency: Currency) -> None:
        """Read the limits of a currency, unless that was done within the hour. Without an answer the old ones stay."""
        now = self._clock()
        if currency not in COUNTRIES or now - self._asked_at.get(currency, now - _LIMITS_FOR) < _LIMITS_FOR:
            return
        self._asked_at[currency] = now
        try:
            answer = await self._api.get(f"active-conf?country={COUNTRIES[currency]}")
        except (NotReachedError, AnswerLostError):
            return
        if answer.status == 200 and (limits := _read_limits(read_json(answer.body), currency)):
            self._limits[currency] = limits

    async def predict(self, msisdn: Msisdn, currency: Currency) -> str | Failed | NotSent:
        """Return pawaPay's name of the network of a phone (`MPESA_KEN`); Failed if it has none that moves this
        currency; NotSent if pawaPay does not tell now."""
        known = self._predicted.get(msisdn)
        if known is None or self._clock() - known[2] >= _PREDICTED_FOR:
            asked = await self._ask(msisdn)
            if isinstance(asked, Failed | NotSent):
                return asked
            known = self._remember(msisdn, *asked)
        country, provider, _ = known
        if country != COUNTRIES.get(currency):
            return Failed(FailReason.REFUSED, "INVALID_CURRENCY", f"a phone of {country} has no {currency}")
        return provider

    async def _ask(self, msisdn: Msisdn) -> tuple[str, str] | Failed | NotSent:
        try:
            answer = await self._api.post("predict-provider", {"phoneNumber": msisdn.lstrip("+")})
        except (NotReachedError, AnswerLostError) as fault:
            return NotSent(f"predict-provider: {fault}")
        reply = read_json(answer.body)
        country, provider = _name(reply.get("country")), _name(reply.get("provider"))
        if answer.status == 200 and country and provider:
            return country, provider
        return _refusal(answer, reply)

    def _remember(self, msisdn: Msisdn, country: str, provider: str) -> tuple[str, str, datetime]:
        known = self._predicted[msisdn] = country, provider, self._clock()
        self._predicted.move_to_end(msisdn)
        if len(self._predicted) > _KEPT:
            self._predicted.popitem(last=False)
        return known


def _refusal(answer: HttpAnswer, reply: dict[str, Any]) -> Failed | NotSent:
    """Return why there is no prediction. A 400 with a code of pawaPay's is about the number; all else passes."""
    reason = reply.get("failureReason")
    code = reason.get("failureCode") if isinstance(reason, dict) else None
    if answer.status == 400 and code:
        shown = failed(code, None)
        return Failed(FailReason.NOT_REGISTERED, shown.code, "pawaPay knows no network of this number")
    later = try_later(f"predict-provider: HTTP {answer.status}", answer)
    return NotSent(later.why, later.cause, later.after_seconds)


def _read_limits(conf: dict[str, Any], currency: Currency) -> NetworkLimits | None:
    """Return the narrowest of all networks; None if the answer names none. An unknown word for decimals means none."""
    found = list(_operations(conf, currency))
    if not found:
        return None
    has_decimals = all(operation.get("decimalsInAmount") == "TWO_PLACES" for _, operation in found)

    def amounts(kind: str, field: str) -> list[int]:
        each = (_minor(operation.get(field), currency) for name, operation in found if name == kind)
        return [minor for minor in each if minor is not None]

    unlimited = MAX_MAJOR * 10**currency.exponent
    return NetworkLimits(
        _unit(currency, has_decimals=has_decimals), min(amounts("DEPOSIT", "maxAmount"), default=unlimited),
        max(amounts("PAYOUT", "minAmount"), default=1), min(amounts("PAYOUT", "maxAmount"), default=unlimited),
    )  # fmt: skip


def _operations(conf: dict[str, Any], currency: Currency) -> Iterator[tuple[str, dict[str, Any]]]:
    """The operations of each network in this currency: in the answer an object by name, or a list."""
    for country in _objects(conf.get("countries")):
        for provider in _objects(country.get("providers")):
            for each in _objects(provider.get("currencies")):
                if each.get("currency") == currency.value:
                    yield from _named(each.get("operationTypes"))


def _named(types: object) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(types, dict):
        yield from ((str(name), operation) for name, operation in types.items() if isinstance(operation, dict))
    for operation in _objects(types):
        yield str(operation.get("operationType")), operation


def _objects(values: object) -> list[dict[str, Any]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _minor(amount: object, currency: Currency) -> int | None:
    try:
        return read_money(amount, currency.value).minor
    except BadWire:
        return None


def _unit(currency: Currency, *, has_decimals: bool) -> int:
    return 1 if has_decimals else 10**currency.exponent


def _name(value: object) -> str | None:
    return value if isinstance(value, str) and is_id(value) else None
