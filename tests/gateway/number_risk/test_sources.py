"""Each source against its simulator, over HTTP: every way in which it says nothing is "not known", never "not
swapped"."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from contracts.escrow.number_risk import NotKnown, NotSwapped, SwapAnswer, Swapped
from contracts.fields.msisdn import Msisdn
from gateway.events import BadWire, ProviderAccount
from gateway.number_risk.africastalking import AfricasTalkingInsights, read_answer
from gateway.number_risk.camara import CamaraSimSwap, read_date
from gateway.number_risk.daraja import DarajaSwap, read_last_swap
from gateway.number_risk.port import Awaited, SourceThatCallsBack, SwapSource
from tests.gateway.number_risk.sim_cards import AMINA, DAY, HOUR, NOW, SimCards, open_sim_cards

COOLING = 72 * HOUR
AWAY = "http://127.0.0.1:9"


@pytest_asyncio.fixture
async def sims() -> AsyncIterator[SimCards]:
    async with open_sim_cards() as sims:
        yield sims


def daraja(sims: SimCards) -> DarajaSwap:
    return DarajaSwap(sims.daraja_client())


def camara(sims: SimCards, client_id: str = "us", cooling: timedelta = COOLING) -> CamaraSimSwap:
    return CamaraSimSwap(sims.http, sims.camara_account(client_id), cooling)


def insights(sims: SimCards, url: str = "", key: str = "a key") -> AfricasTalkingInsights:
    return AfricasTalkingInsights(sims.http, ProviderAccount("sandbox", key, base_url=url or sims.url))


@pytest.mark.parametrize(
    ("card", "said"),
    [
        pytest.param({}, NotSwapped(89 * DAY), id="the sentinel of 1900"),
        pytest.param({"swapped_at": NOW - 30 * HOUR}, Swapped(NOW - 27 * HOUR), id="a date, read as the later zone"),
        pytest.param({"swapped_at": NOW - HOUR}, Swapped(NOW), id="a date that is later than now in that zone"),
        pytest.param({"swapped_at": NOW + 3 * DAY}, NotKnown("names a day that is still to come"), id="in days"),
        pytest.param({"mode": "undated"}, NotKnown("names no date"), id="no date"),
        pytest.param({"mode": "unreadable"}, NotKnown("names no date"), id="words"),
        pytest.param({"mode": "throttle"}, NotKnown("HTTP 429 429.003.02"), id="too many questions"),
        pytest.param({"mode": "unavailable"}, NotKnown("HTTP 503 503.003.02"), id="away"),
        pytest.param({"mode": "slow", "seconds": 30}, NotKnown("no answer from Daraja: TimeoutError"), id="slow"),
    ],
)
async def test_daraja(sims: SimCards, card: Mapping[str, Any], said: SwapAnswer) -> None:
    await sims.set(**card)
    assert await daraja(sims).ask(AMINA, NOW) == said


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        pytest.param({"mode": "wrong_token", "times": 1}, NotSwapped(89 * DAY), id="a token that has ended"),
        pytest.param({"mode": "wrong_token"}, NotKnown("HTTP 404 404.001.03"), id="no token is good"),
        pytest.param({"mode": "throttle"}, NotKnown("HTTP 429 without a code"), id="too many questions"),
        pytest.param({"mode": "page"}, NotKnown("HTTP 200 without a code"), id="a web page"),
        pytest.param({"mode": "spike"}, NotKnown("HTTP 500 500.003.02"), id="busy"),
        pytest.param({"mode": "drop"}, NotKnown("no answer from Daraja: ServerDisconnectedError"), id="it breaks off"),
    ],
)
async def test_daraja_fails(sims: SimCards, fault: Mapping[str, Any], said: SwapAnswer) -> None:
    await sims.set_daraja(**fault)
    assert await daraja(sims).ask(AMINA, NOW) == said


async def test_daraja_does_not_know_us(sims: SimCards) -> None:
    said = await DarajaSwap(sims.daraja_client("another key")).ask(AMINA, NOW)
    assert isinstance(said, NotKnown) and said.why.startswith("no access token: ")
    assert await sims.calls() == {}


async def test_daraja_is_not_asked_about_numbers_of_other_countries(sims: SimCards) -> None:
    assert await daraja(sims).ask(Msisdn("+256772123456"), NOW) == NotKnown("knows Kenyan numbers only")
    assert await sims.calls() == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("01-01-1900 00:00", NotSwapped(89 * DAY)),
        (" 01-01-1900 00:00 ", NotSwapped(89 * DAY)),
        ("04-10-2026 10:05", Swapped(datetime(2026, 10, 4, 10, 5, tzinfo=UTC))),
        ("31-02-2026 10:05", NotKnown("names a day that there is not")),
        ("2026-10-04 10:05", NotKnown("names no date")),
        ("04-10-2026", NotKnown("names no date")),
        ("", NotKnown("names no date")),
        (None, NotKnown("names no date")),
        (1900, NotKnown("names no date")),
    ],
)
def test_a_date_of_daraja(text: object, said: SwapAnswer) -> None:
    assert read_last_swap(text, NOW) == said


@pytest.mark.parametrize(
    ("card", "said"),
    [
        pytest.param({"monitored_days": 90}, NotSwapped(90 * DAY), id="null, and for how long it was watched"),
        pytest.param({"monitored_days": 1}, NotSwapped(DAY), id="watched for a day only"),
        pytest.param({"swapped_at": NOW - 30 * HOUR}, Swapped(NOW - 30 * HOUR), id="a date with nanoseconds"),
        pytest.param({"mode": "undated", "as_of": NOW}, NotSwapped(COOLING), id="null alone: asked whether"),
        pytest.param(
            {"mode": "undated", "as_of": NOW, "swapped_at": NOW - HOUR}, Swapped(NOW), id="null alone: some time since"
        ),
        pytest.param(
            {"mode": "undated", "as_of": NOW, "swapped_at": NOW - 73 * HOUR}, NotSwapped(COOLING), id="null alone: not"
        ),
        pytest.param(
            {"mode": "undated", "as_of": NOW, "looks_back_hours": 24}, NotSwapped(DAY), id="looks back for a day only"
        ),
        pytest.param(
            {"mode": "undated", "as_of": NOW, "looks_back_hours": 24, "swapped_at": NOW - HOUR}, Swapped(NOW),
            id="looks back for a day, in which it was",
        ),
        pytest.param({"mode": "undated", "looks_back_hours": 12}, NotKnown("HTTP 400 OUT_OF_RANGE"), id="nor that"),
        pytest.param({"mode": "date_refused", "as_of": NOW}, NotSwapped(COOLING), id="may only ask whether"),
        pytest.param({"mode": "unreadable"}, NotKnown("names a date without its zone"), id="a date without its zone"),
        pytest.param({"mode": "throttle"}, NotKnown("HTTP 429 TOO_MANY_REQUESTS"), id="too many questions"),
        pytest.param({"mode": "unavailable"}, NotKnown("HTTP 503 UNAVAILABLE"), id="away"),
        pytest.param({"mode": "slow", "seconds": 30}, NotKnown("did not answer in time"), id="slow"),
    ],
)  # fmt: skip
async def test_camara(sims: SimCards, card: Mapping[str, Any], said: SwapAnswer) -> None:
    await sims.set(**card)
    assert await camara(sims).ask(AMINA, NOW) == said


async def test_camara_shares_a_token_and_replaces_one_that_is_refused(sims: SimCards) -> None:
    source = camara(sims)
    for _ in range(2):
        assert await source.ask(AMINA, NOW) == NotSwapped(90 * DAY)
    assert (await sims.calls())["/oauth2/token"] == 1
    await sims.revoke_tokens()
    assert await source.ask(AMINA, NOW) == NotSwapped(90 * DAY)
    assert (await sims.calls())["/oauth2/token"] == 2


async def test_camara_without_a_token(sims: SimCards) -> None:
    said = await camara(sims, "stranger").ask(AMINA, NOW)
    assert said == NotKnown("no access token: HTTP 401 invalid_client")
    assert await sims.calls() == {"/oauth2/token": 1}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"latestSimChange": None}, None),
        ({"latestSimChange": None, "monitoredPeriod": None}, None),
        ({"latestSimChange": None, "monitoredPeriod": 0}, None),
        ({"latestSimChange": None, "monitoredPeriod": -3}, None),
        ({"latestSimChange": None, "monitoredPeriod": True}, None),
        ({"latestSimChange": None, "monitoredPeriod": "90"}, None),
        ({"latestSimChange": None, "monitoredPeriod": 10**12}, None),
        ({"latestSimChange": None, "monitoredPeriod": 90}, NotSwapped(90 * DAY)),
        ({"latestSimChange": "2026-10-04T12:00:00.123456789+03:00"},
         Swapped(datetime(2026, 10, 4, 9, 0, 0, 123456, tzinfo=UTC))),
        ({"latestSimChange": "2026-10-04T09:00:00Z", "monitoredPeriod": 90}, Swapped(NOW - DAY)),
        ({"latestSimChange": "2026-10-05T10:00:00Z"}, Swapped(NOW)),
        ({"latestSimChange": "2026-10-07T10:00:00Z"}, NotKnown("names a day that is still to come")),
        ({"latestSimChange": ""}, NotKnown("names no date")),
        ({"latestSimChange": 0}, NotKnown("names no date")),
        ({"latestSimChange": "never"}, NotKnown("names no date")),
    ],
)  # fmt: skip
def test_a_date_of_camara(told: dict[str, Any], said: SwapAnswer | None) -> None:
    assert read_date(told, NOW) == said


async def test_insights_takes_the_question_and_answers_later(sims: SimCards) -> None:
    source = insights(sims)
    said = await source.ask(AMINA, NOW)
    assert isinstance(said, Awaited) and said.request_id.startswith("ATSwpid_")
    assert isinstance(source, SourceThatCallsBack) and not isinstance(daraja(sims), SourceThatCallsBack)


@pytest.mark.parametrize(
    ("card", "said"),
    [
        ({"mode": "throttle"}, NotKnown("HTTP 429 without a code")),
        ({"mode": "unavailable"}, NotKnown("HTTP 503 without a code")),
        ({"mode": "slow", "seconds": 30}, NotKnown("did not answer in time")),
    ],
)
async def test_insights_takes_no_question(sims: SimCards, card: Mapping[str, Any], said: SwapAnswer) -> None:
    await sims.set(**card)
    assert await insights(sims).ask(AMINA, NOW) == said


async def test_insights_refuses_us(sims: SimCards) -> None:
    assert await insights(sims, key=" ").ask(AMINA, NOW) == NotKnown("HTTP 401 without a code")
    assert await insights(sims).ask(Msisdn("0712345678"), NOW) == NotKnown("takes no such number")


async def test_nobody_is_there(sims: SimCards) -> None:
    away = SimCards(AWAY, sims.http)
    sources: list[SwapSource] = [daraja(away), camara(away), insights(away)]
    for source in sources:
        said = await source.ask(AMINA, NOW)
        assert isinstance(said, NotKnown) and ("cannot be reached" in said.why or "no access token" in said.why)


@pytest.mark.parametrize(
    ("status", "day", "said"),
    [
        ("Swapped", "01-01-1900", Swapped(NOW)),
        ("Swapped", None, Swapped(NOW)),
        ("Swapped", "yesterday", Swapped(NOW)),
        ("Swapped", "03-10-2026", Swapped(datetime(2026, 10, 4, tzinfo=UTC))),
        ("Swapped", "05-10-2026", Swapped(NOW)),
        ("Swapped", "05-10-2027", NotKnown("names a day that is still to come")),
        ("NotSwapped", "01-01-1900", NotSwapped(None)),
        ("NotSwapped", "", NotSwapped(None)),
        ("NotSwapped", "03-10-2026", Swapped(datetime(2026, 10, 4, tzinfo=UTC))),
        ("Failed", "01-01-1900", NotKnown("answered with a word that is new to us")),
        ("swapped", "03-10-2026", NotKnown("answered with a word that is new to us")),
        ("", None, NotKnown("answered with a word that is new to us")),
    ],
)
def test_an_answer_of_insights(status: str, day: object, said: SwapAnswer) -> None:
    assert read_answer(status, day, NOW) == said


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"status": "Swapped"}, "requestId"),
        ({"status": "Swapped", "requestId": ""}, "requestId"),
        ({"status": "Swapped", "requestId": 7}, "requestId"),
        ({"status": "Swapped", "requestId": "a b"}, "requestId"),
        ({"status": "Swapped", "requestId": "x" * 201}, "requestId"),
        ({"requestId": "ATSwpid_1"}, "status"),
        ({"requestId": "ATSwpid_1", "status": None}, "status"),
    ],
)
async def test_what_is_no_answer_of_insights(sims: SimCards, sent: Mapping[str, object], field: str) -> None:
    with pytest.raises(BadWire) as bad:
        insights(sims).read_callback(sent, NOW)
    assert bad.value.field == field
