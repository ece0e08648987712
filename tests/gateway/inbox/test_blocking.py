"""Who does not want a stranger's offers says so: STOP to all of them, BLOCK to one number, UNBLOCK to undo it."""

import pytest

from contracts.sms.understand import understand
from contracts.sms.vocabulary import Intent
from tests.gateway.inbox.texting import make_contract
from tests.gateway.offers_by_ussd import chooses_pin, offers_to
from tests.service import Service

AMINA, OTIENO, VICTIM = "+254712345678", "+254722000002", "+254733000003"
REFUSED = "Not sent: this person takes no offers now. They can make the contract with you."


@pytest.mark.parametrize(
    ("text", "intent", "number"),
    [
        ("BLOCK 0712345678", Intent.BLOCK, "0712345678"),
        ("block +254 712 345 678", Intent.BLOCK, "+254712345678"),
        ("0712-345-678 Block please", Intent.BLOCK, "0712345678"),
        ("Block", Intent.BLOCK, ""),
        ("block this number", Intent.BLOCK, ""),
        ("ZUIA 0712345678", Intent.BLOCK, "0712345678"),
        ("zuia namba hii", Intent.BLOCK, ""),
        ("Bloquez 0712345678", Intent.BLOCK, "0712345678"),
        ("toshe 0712345678", Intent.BLOCK, "0712345678"),
        ("አግድ 0712345678", Intent.BLOCK, "0712345678"),
        ("UNBLOCK 0712345678", Intent.UNBLOCK, "0712345678"),
        ("ruhusu 0712345678", Intent.UNBLOCK, "0712345678"),
        ("débloquer 0712345678", Intent.UNBLOCK, "0712345678"),
        ("bude 0712345678", Intent.UNBLOCK, "0712345678"),
        ("ፍቀድ 0712345678", Intent.UNBLOCK, "0712345678"),
        ("block 10 umoja", Intent.UNCLEAR, ""),
        ("block 10", Intent.UNCLEAR, ""),
        ("do not block him", Intent.UNCLEAR, ""),
        ("blok 0712345678", Intent.MEANT_STOP, ""),
    ],
)
def test_what_blocks_is_nothing_but_the_word_and_a_number(text: str, intent: Intent, number: str) -> None:
    meaning = understand(text)
    assert (meaning.intent, meaning.number) == (intent, number)


async def test_a_blocked_number_makes_no_offers_until_it_is_unblocked(service: Service) -> None:
    amina, victim = service.phone(AMINA), service.phone(VICTIM)
    await chooses_pin(amina)
    assert "is made" in await offers_to(amina, VICTIM)
    assert "Unknown? BLOCK" in (await victim.next_sms() or "")
    await victim.sends_sms("BLOCK")
    answer = await victim.next_sms()
    assert answer == (
        "VoicePact: 0712 345 678 can send you no more offers. Contracts that you confirmed go on. "
        "To undo it, answer UNBLOCK 0712 345 678"
    )
    assert await offers_to(amina, VICTIM) == REFUSED
    await victim.sends_sms("UNBLOCK 0712 345 678")
    assert "can send you offers again" in (await victim.next_sms() or "")
    assert "is made" in await offers_to(amina, VICTIM)
    await victim.sends_sms("block 0722 000 009")  # of whom we never heard
    await victim.sends_sms("block 0733 000 003")  # oneself
    blocked = await service.db.fetch("SELECT f.msisdn FROM blocks b JOIN phones f ON f.id = b.blocked_phone_id")
    assert [row["msisdn"] for row in blocked] == ["+254722000009"]


async def test_who_sent_stop_gets_offers_of_people_they_know_only(service: Service) -> None:
    await make_contract(service)  # of BUYER and SELLER, +254711000001 and +254722000001
    buyer, stranger = service.phone("+254711000001"), service.phone(OTIENO)
    for phone in (buyer, stranger):
        await chooses_pin(phone)
    await service.phone("+254722000001").sends_sms("STOP")
    assert await offers_to(stranger, "+254722000001") == REFUSED, "the same words as for who is blocked"
    assert "is made" in await offers_to(buyer, "+254722000001")


async def test_an_offer_that_still_waits_is_not_sent_after_stop_or_block(service: Service) -> None:
    amina, otieno, victim = service.phone(AMINA), service.phone(OTIENO), service.phone(VICTIM)
    for phone in (amina, otieno):
        await chooses_pin(phone)
        await offers_to(phone, VICTIM)
    await service.sms_settled()
    again = "UPDATE sms_logs SET status = 'queued', due_at = $1, submitted_at = NULL, settled_at = NULL,"
    await victim.sends_sms(f"BLOCK {AMINA}")
    await service.sms_settled()
    await service.db.execute(f"{again} provider_message_id = NULL WHERE kind = 'offered'", service.now())
    await service.db.execute("NOTIFY sms_queued")
    await service.sms_settled()
    rows = await service.db.fetch(
        "SELECT f.msisdn, m.status FROM sms_logs m JOIN offers o ON o.contract_id = m.contract_id"
        " JOIN phones f ON f.id = o.maker_id WHERE m.kind = 'offered' ORDER BY f.msisdn"
    )
    assert [(row["msisdn"], row["status"]) for row in rows] == [(AMINA, "rejected"), (OTIENO, "delivered")]
