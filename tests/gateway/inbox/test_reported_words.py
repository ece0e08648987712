"""Words that people were reported to send, and what comes of them: a STOP is a STOP, and nobody is left in silence."""

import pytest

from tests.gateway.inbox.texting import STRANGER, answers_to, make_offer, send_sms, status_of
from tests.service import Service

SELLER = "+254722000999"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Stop. Thank you", marks=pytest.mark.reported("B25")),
        pytest.param("acha, asante sana", marks=pytest.mark.reported("B25")),
        pytest.param("Arrêtez", marks=pytest.mark.reported("B26")),
        pytest.param("arretez svp", marks=pytest.mark.reported("B26")),
    ],
)
async def test_a_polite_stop_is_a_stop(service: Service, text: str) -> None:
    await send_sms(service, service.phone(STRANGER), text)
    assert await service.db.fetchval("SELECT opted_out FROM phones WHERE msisdn = $1", STRANGER)


@pytest.mark.reported("B36")
async def test_who_stops_us_in_other_words_is_told_the_word_each_time(service: Service) -> None:
    texts = ("REVOKE", "Stop sending me messages", "acha kunitumia ujumbe", "unsubscribe me")
    for text in texts:
        await send_sms(service, service.phone(STRANGER), text)
    answers = await service.db.fetch("SELECT kind, text FROM sms_logs WHERE direction = 'out'")
    assert [row["kind"] for row in answers] == ["help"] * len(texts)
    assert all("STOP" in row["text"] or "ACHA" in row["text"] for row in answers)


@pytest.mark.reported("B06")
@pytest.mark.parametrize("text", ["Nakubali", "J'accepte {ref}", "CONFIRM", "sawa", "agreed ok then"])
async def test_who_was_helped_today_is_still_answered(service: Service, text: str) -> None:
    """They believe that they have agreed: so they have, or they are asked what they mean."""
    reference = await make_offer(service, SELLER)
    assert await answers_to(service, SELLER, "HELP") == ["help"]
    answers = await answers_to(service, SELLER, text.format(ref=reference))
    assert len(answers) == 1
    assert (answers[0] == "unsure") == (await status_of(service, reference) == "PENDING")
