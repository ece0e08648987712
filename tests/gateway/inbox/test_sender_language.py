"""A sender who has chosen no language is answered, from the first text on, in the one they write."""

import pytest

from tests.gateway.inbox.texting import BUYER, make_offer, seller_msisdns, send_sms
from tests.service import Service

WRITTEN = [
    ("NDIYO", "sw"), ("oui", "fr"), ("na yarda", "ha"), ("አዎ", "am"), ("YES", None), ("sijapokea", "sw"),
    ("pas reçu", "fr"), ("ban karɓa ba", "ha"), ("አልደረሰኝም", "am"), ("LUGHA Hausa", "ha"),
]  # fmt: skip
SPOKEN = """SELECT f.language, f.language_presumed,
    (SELECT array_agg(DISTINCT m.language) FROM sms_logs m WHERE m.phone_id = f.id AND m.direction = 'out'
     AND m.created_at >= (SELECT i.created_at FROM sms_logs i WHERE i.phone_id = f.id AND i.direction = 'in')) AS spoken
    FROM phones f WHERE f.msisdn = $1"""


async def test_the_answer_and_what_is_stored_follow_the_first_text(service: Service) -> None:
    wrong = []
    for (text, language), seller in zip(WRITTEN, seller_msisdns(), strict=False):
        await make_offer(service, seller)
        await send_sms(service, service.phone(seller), text)
        await service.sms_settled()
        row = await service.db.fetchrow(SPOKEN, seller)
        assert row
        chosen = text.startswith("LUGHA")
        expected = (language, None if chosen or not language else True, [language or "en"])
        if (row["language"], row["language_presumed"], row["spoken"]) != expected:
            wrong.append((text, tuple(row)))
    assert not wrong


@pytest.mark.parametrize(
    ("texts", "language", "presumed"),
    [
        pytest.param(["NDIYO", "oui"], "fr", True, id="a later text shows better"),
        pytest.param(["LANG en", "NDIYO"], "en", None, id="a choice stays"),
        pytest.param(["NDIYO", "LANG fr", "sijapokea"], "fr", None, id="a choice after a presumption"),
        pytest.param(["ACHA"], "sw", True, id="with a STOP"),
    ],
)
async def test_a_choice_wins_over_what_is_presumed(
    service: Service, texts: list[str], language: str, presumed: bool | None
) -> None:
    phone = service.phone(next(seller_msisdns()))
    for text in texts:
        await send_sms(service, phone, text)
    row = await service.db.fetchrow("SELECT language, language_presumed FROM phones WHERE msisdn = $1", phone.msisdn)
    assert row and tuple(row) == (language, presumed)


async def test_what_the_maker_hears_stays_in_their_language(service: Service) -> None:
    seller = next(seller_msisdns())
    await make_offer(service, seller)
    await send_sms(service, service.phone(seller), "NDIYO")
    await service.sms_settled()
    spoken = await service.db.fetch(
        "SELECT DISTINCT m.language FROM sms_logs m JOIN phones f ON f.id = m.phone_id"
        " WHERE f.msisdn = $1 AND m.direction = 'out'", BUYER,
    )  # fmt: skip
    assert [row["language"] for row in spoken] == ["en"]
